"""What one office tells another by a step: a referral to an authority outside, a mark on what a person holds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class EntitlementMark(models.Model):
    """A note on what a person holds, by a step of any matter: the card carries the permit, the loading failed. The latest of a
    kind counts. This is how matters tell each other things without knowing each other."""

    entitlement = models.ForeignKey("cases.Entitlement", models.PROTECT, related_name="marks", db_index=False)
    kind = models.SlugField(max_length=40, db_index=False)
    note = models.CharField(max_length=60, blank=True)
    on = models.DateField()
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField()

    append_only = True

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entitlement", "kind", "-id"], name="latest_mark")]


class Referral(models.Model):
    """A finding passed on to the authority that follows it up (移送): a duty done late is accepted here and referred there.

    ``ground`` is a key of the pack's ``referrals``; ``days`` by how many days a duty was late. Supervision reads these as leads.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="referrals", db_index=False)
    seq = models.PositiveIntegerField()
    ground = models.SlugField(max_length=60, db_index=False)
    days = models.PositiveIntegerField(default=0)
    on = models.DateField()
    at = models.DateTimeField()

    append_only = True

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ground", "-on", "-id"], name="referrals_by_ground")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "seq", "ground"], name="one_referral_per_event_and_ground"
            )
        ]
