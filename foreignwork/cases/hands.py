"""Rows that keep the people of a case apart: who has which hand of it, who must keep away."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class StageHand(models.Model):
    """Who has a hand of a case (decisions 7): at least three different people, one person per hand, one hand per person.

    ``~<user>`` keeps who was set aside or re-routed, ``@<user>`` the clerk who acted for the applicant at the window (ADR
    0015): whoever has such a row can get no hand of the case, the database sees to it.
    """

    FOR_APPLICANT = "@"

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="hands", db_index=False)
    hand = models.CharField(max_length=40)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "hand"], name="one_person_per_hand"),
            models.UniqueConstraint(fields=["case", "user"], name="one_hand_per_person"),
        ]

    @property
    def for_applicant(self) -> bool:
        return self.hand.startswith(self.FOR_APPLICANT)


class Recusal(models.Model):
    """A person who must keep away from a case (回避, S004-18)."""

    append_only = True

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="recusals", db_index=False)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "user"], name="one_recusal_each")]
