"""The sub-matters of a work permit by their code in the packs, and the groups the flow speaks of."""

from __future__ import annotations

ABROAD, IN_CHINA = "new_abroad", "new_in_china"
SHORT_ABROAD, SHORT_IN_CHINA = "short_abroad", "short_in_china"
EXTEND, CHANGE, CANCEL, REISSUE, CONFIRM = "extend", "change", "cancel", "reissue", "confirmation"

AFTER_ENTRY = "after_entry"
"""Historic: permits of the former register that were taken over."""

NEW = (ABROAD, IN_CHINA, SHORT_ABROAD, SHORT_IN_CHINA)
"""What gives a permit to somebody who has none."""
SHORT = (SHORT_ABROAD, SHORT_IN_CHINA)
OUTSIDE = (ABROAD, SHORT_ABROAD)
"""The person is abroad: a notification for the visa first, the electronic permit after the entry (law-notes 14)."""
GIVING = (*NEW, EXTEND, CHANGE, REISSUE)
"""Sub-matters whose decision gives a permit, new or in place of the one held."""
GRANTING = (*GIVING, CONFIRM)
"""Sub-matters decided by a grant; a cancellation only ends a permit."""
