"""The sub-matters of a residence permit by their code in the packs, and the groups the flow speaks of."""

from __future__ import annotations

ISSUE, EXTEND, CHANGE, REPLACE, REISSUE, VOID = "issue", "extend", "change", "replace", "reissue", "void"

APPLIED_FOR = (ISSUE, EXTEND, CHANGE, REPLACE, REISSUE)
"""What is asked for; a document is declared void by the authority alone."""
NEW_PERIOD = (ISSUE, EXTEND)
"""Sub-matters that set a period anew; the others keep the one that runs (出境入境管理法 33, 35)."""
ABOUT_ONE = (EXTEND, CHANGE, REPLACE, REISSUE)
OFFICE = ("ex_officio",)
APPLICANT = ("applied",)
