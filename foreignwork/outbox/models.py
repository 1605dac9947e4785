"""The outbox: what must happen outside the transaction, written as rows of that transaction."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

WAITING = Q(sent_at__isnull=True) & Q(quarantined_at__isnull=True)


class OutboxMessage(models.Model):
    """One effect to run once. `key` says which one: a second row with the same key is not inserted.

    `payload` holds ids only. `attempts` is committed before the handler runs, so that a crash counts too.
    `last_error` is a class name, never a message text (which may quote data).
    """

    key = models.CharField(max_length=200)
    topic = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    available_at = models.DateTimeField(
        help_text="not before; moved into the future while running and after a failure"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    quarantined_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="each_effect_once"),
            models.CheckConstraint(
                name="outbox_not_sent_and_quarantined",
                condition=Q(sent_at__isnull=True) | Q(quarantined_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index("available_at", "id", name="outbox_waiting", condition=WAITING),
            models.Index(
                "quarantined_at", name="outbox_quarantined", condition=Q(quarantined_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
