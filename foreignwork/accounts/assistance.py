"""WHO acts for whom at the window (代办, S002-52): an officer files for an employer who stands there, with his authorisation in hand.

行政许可法 29: an applicant may have an agent file. The agent here is a clerk of the office itself, so the authorisation is
kept as it was shown, for one employer, for one day; the row cannot be rewritten, only closed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import Blob, Sealed, SealedQuerySet

from . import roles

LAST_FOUR = r"^[0-9A-Z]{4}$"


class AssistanceQuerySet(SealedQuerySet):
    def running(self, user_id: int, day: date) -> models.QuerySet[Assistance]:
        """The one ``user_id`` has open on ``day``, while the post it was opened from is still held."""
        from .models import Post

        post = Post.objects.held_on(day).filter(
            user_id=OuterRef("clerk_id"), office_id=OuterRef("office_id"), role=roles.window_clerk.code
        )
        rows: models.QuerySet[Assistance] = self.filter(
            Exists(post), clerk_id=user_id, day=day, closed_at__isnull=True
        )
        return rows.select_related("employer", "office__jurisdiction")


class Assistance(Sealed):
    """A clerk acts for one employer until she closes it, at the latest until the end of its Shanghai ``day``.

    ``window`` is the code of the pack's site, ``site_zh``/``site_en`` its name on that day, ``counter`` the number of the
    place there (S000-07, S001-05). ``person`` is whoever the employer authorised and who stands at the window: the name
    sealed, of the document shown its kind and last four signs only. ``authorisation`` is the signed letter (授权委托书).
    """

    append_only = True
    append_only_except = ("closed_at",)

    class IdKind(models.TextChoices):
        RESIDENT = "resident", _("居民身份证")
        PASSPORT = "passport", _("护照")
        TRAVEL_PERMIT = "travel_permit", _("港澳台居民来往通行证或者居住证")
        PERMANENT = "permanent", _("外国人永久居留身份证")

    clerk = models.ForeignKey("accounts.User", models.PROTECT, related_name="assistances")
    office = models.ForeignKey("accounts.Office", models.PROTECT, related_name="assistances")
    employer = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="assistances")
    window = models.SlugField(max_length=60, blank=True)
    site_zh = models.CharField(max_length=200)
    site_en = models.CharField(max_length=300, blank=True)
    counter = models.PositiveSmallIntegerField(_("窗口号"), null=True, blank=True)
    person = SealedField()
    id_kind = models.CharField(max_length=16, choices=IdKind)
    id_last4 = models.CharField(max_length=4, validators=[RegexValidator(LAST_FOUR)])
    authorisation = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    day = models.DateField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AssistanceQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clerk", "day"], condition=Q(closed_at__isnull=True), name="one_assistance_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="assistance_closes_after_opening",
            ),
            models.CheckConstraint(condition=Q(id_last4__regex=LAST_FOUR), name="assistance_last_four"),
        ]
        indexes: ClassVar = [models.Index(fields=["office", "-day", "-id"], name="assistances_of_office")]

    def __str__(self) -> str:
        return f"{self.clerk_id} / {self.employer_id} / {self.day}"

    @property
    def site(self) -> str:
        """Where, in the reader's language, with the number of the place."""
        english = (get_language() or "").startswith("en")
        name = self.site_en if english and self.site_en else self.site_zh
        if self.counter is None:
            return name
        return str(_("%(site)s %(n)s 号窗口") % {"site": name, "n": self.counter})

    @classmethod
    def close(cls, pk: int, at: datetime) -> bool:
        """Close it; False when it was closed before."""
        return bool(cls.objects.filter(pk=pk, closed_at__isnull=True).update(closed_at=at))
