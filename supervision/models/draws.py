"""A draw in the database: each act of draw.md is a row that is added and never changed. What may change is said beside it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction, Office, User
from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import Sealed

from .plans import PlanPart
from .registers import Inspector, Subject


def clock_timestamp() -> Func:
    """Order in time is by the database's clock (draw.md 3)."""
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


class Draw(models.Model):
    """A draw of one part of the plan. It takes its number with its commitment, so that numbers of a place and year have no gap:
    each is published or publicly cancelled.

    ``live`` is emptied when the draw is cancelled; while it stands the part cannot be drawn again (nobody draws until the
    result pleases). The other acts are rows of their own: ``commitment``, ``entries``, ``result``, ``cancellation``.
    """

    number = models.CharField(_("抽取编号"), max_length=60, unique=True, null=True, blank=True)
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="draws")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    part = models.ForeignKey(PlanPart, models.PROTECT, related_name="draws")
    year = models.PositiveSmallIntegerField()
    task = models.CharField(
        max_length=60, help_text="year of the plan and code of the part, in every version of it"
    )
    seq = models.PositiveIntegerField(null=True)
    sources = models.JSONField(_("公开随机来源"), default=list)
    live = models.BooleanField(null=True, default=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    trouble = models.CharField(max_length=60, blank=True, help_text="why freezing failed: a code")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "year", "seq"], name="draw_numbers_once"),
            models.UniqueConstraint(
                fields=["jurisdiction", "task"], condition=Q(live=True), name="one_live_draw_a_task"
            ),
            models.CheckConstraint(condition=Q(live__isnull=True) | Q(live=True), name="live_or_nothing"),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    def has(self, act: str) -> bool:
        """Whether the act (``commitment``, ``result``, ``cancellation``) stands."""
        return hasattr(self, act)

    @property
    def state(self) -> str:
        """preparing → committed → published, or cancelled."""
        if self.has("cancellation"):
            return "cancelled"
        if self.has("result"):
            return "published"
        return "committed" if self.has("commitment") else "preparing"


class Roster(models.Model):
    """A frozen roster: its canonical lines (JCS, ``\\n``-ended, sorted), compressed. ``sha256`` is the roster's own hash."""

    append_only = True

    class Of(models.TextChoices):
        OBJECTS = "objects", _("检查对象")
        INSPECTORS = "inspectors", _("检查人员")
        EXCLUDED = "excluded", _("未列入")

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="rosters")
    of = models.CharField(max_length=12, choices=Of)
    n = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    packed = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["draw", "of"], name="one_roster_of_a_kind")]


class DrawSecret(Sealed):
    """The secret of the one-time code and the key of the pseudonyms: sealed, used by the task that draws, shown by nothing."""

    append_only = True

    draw = models.OneToOneField(Draw, models.PROTECT, related_name="secret")
    secret = SealedField()
    pseudonyms = SealedField()


class RosterInspector(models.Model):
    """Who stands behind an inspector's pseudonym of a draw. Never published."""

    append_only = True

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="inspectors")
    ref = models.CharField(max_length=40)
    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draw", "ref"], name="one_inspector_behind_a_ref"),
            models.UniqueConstraint(fields=["draw", "inspector"], name="one_ref_per_inspector"),
        ]


class Commitment(models.Model):
    """Published before any entropy exists; immutable by grant and by trigger (draw.md 3)."""

    append_only = True

    draw = models.OneToOneField(Draw, models.PROTECT, related_name="commitment")
    doc = models.JSONField()
    hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=clock_timestamp(), editable=False)


class EntropyEntry(models.Model):
    """The public numbers as one person typed them. Two entries of one attempt must agree; if not, both are void and kept."""

    append_only = True

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="entries")
    attempt = models.PositiveSmallIntegerField()
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    values = models.JSONField()
    happened_on = models.DateField(_("公开事件日期"))
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=clock_timestamp(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["commitment", "attempt", "user"], name="one_entry_a_person_and_attempt"
            )
        ]


class DrawResult(models.Model):
    """The computed draw. ``packed`` is the published record as JSON, compressed, without its substitutions."""

    append_only = True

    draw = models.OneToOneField(Draw, models.PROTECT, related_name="result")
    reveal = models.CharField(max_length=64)
    sizes = models.JSONField()
    round = models.PositiveSmallIntegerField()
    selected = models.PositiveIntegerField()
    unassignable = models.PositiveIntegerField()
    packed = models.BinaryField()
    published_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=clock_timestamp(), editable=False)


class DrawCancellation(models.Model):
    """A draw given up before its numbers were agreed: public, with reason and code shown (draw.md 9)."""

    append_only = True

    draw = models.OneToOneField(Draw, models.PROTECT, related_name="cancellation")
    reason = models.SlugField(max_length=40)
    remark = models.CharField(max_length=500, blank=True)
    reveal = models.CharField(max_length=64, blank=True)
    packed = models.BinaryField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=clock_timestamp(), editable=False)


class DrawnObject(models.Model):
    """An object drawn, in the order drawn, with the two inspectors or the reason why there are none.

    Only ``inspection`` is filled later: the visit it became part of (several objects of one firm make one visit).
    """

    append_only = True
    append_only_except = ("inspection",)

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="objects_drawn")
    place = models.PositiveIntegerField()
    ref = models.CharField(max_length=60)
    org_ref = models.CharField(max_length=60)
    stratum = models.SlugField(max_length=40)
    district = models.SlugField(max_length=40)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="drawn")
    lead = models.ForeignKey(Inspector, models.PROTECT, null=True, related_name="+")
    second = models.ForeignKey(Inspector, models.PROTECT, null=True, related_name="+")
    unassigned = models.SlugField(max_length=40, blank=True)
    inspection = models.ForeignKey(
        "supervision.Inspection", models.PROTECT, null=True, related_name="drawn_objects"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draw", "ref"], name="drawn_once"),
            models.UniqueConstraint(fields=["draw", "place"], name="one_place_each"),
            models.CheckConstraint(
                condition=Q(unassigned="", lead__isnull=False, second__isnull=False)
                | (~Q(unassigned="") & Q(lead__isnull=True, second__isnull=True)),
                name="two_inspectors_or_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=True) | ~Q(lead=F("second")), name="two_different_inspectors"
            ),
        ]


class Substitution(models.Model):
    """One slot of a drawn visit handed on, for that visit only, in the order the draw gives (draw.md 9)."""

    append_only = True

    drawn = models.ForeignKey(DrawnObject, models.PROTECT, related_name="substitutions")
    seq = models.PositiveSmallIntegerField()
    outgoing = models.ForeignKey(Inspector, models.PROTECT, related_name="+")
    incoming = models.ForeignKey(Inspector, models.PROTECT, null=True, related_name="+")
    public = models.JSONField(help_text="as the record shows it: {object, out, in, reason, approver}")
    reason = models.SlugField(max_length=40)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="substitutions")

    class Meta:
        ordering: ClassVar = ["draw_id", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draw", "seq"], name="substitutions_in_order")
        ]
