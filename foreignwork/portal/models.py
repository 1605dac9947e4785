"""What an agent has answered so far, so that a filing can be laid aside and taken up on another device."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from foreignwork.accounts.models import Jurisdiction, User
from foreignwork.accounts.who import Actor
from foreignwork.cases.models import Bundle
from foreignwork.dossiers.models import Engagement


class FilingDraftQuerySet(models.QuerySet["FilingDraft"]):
    def visible_to(self, actor: Actor) -> FilingDraftQuerySet:
        """One's own drafts, as long as one may act for the employer."""
        return self.filter(user_id=actor.user_id, engagement__employer_id__in=actor.employers)


class FilingDraft(models.Model):
    """Answers to the pack's questions: codes and dates only, never facts of the person. ``bundle`` is set when filed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="+")
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    suggested = models.JSONField(
        default=dict, help_text="answers the house proposes; the applicant's own replace them"
    )
    seen = models.JSONField(
        default=list, help_text="papers the clerk at the window has seen: codes of materials"
    )
    bundle = models.ForeignKey(Bundle, models.PROTECT, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField()

    objects = FilingDraftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "engagement", "jurisdiction"],
                condition=Q(bundle__isnull=True),
                name="one_open_draft_each",
            ),
        ]
