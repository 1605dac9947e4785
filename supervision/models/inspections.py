"""An inspection is a case that an office opens; findings are its rows. A service visit is not an inspection and has its own table."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Office, Organisation, User
from foreignwork.cases.models import Case
from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import Sealed

from .. import sources
from ..flow import InspectionFlow
from .draws import Draw
from .registers import Inspector, Subject


class State(models.TextChoices):
    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("已批准，待派员")
    ASSIGNED = "assigned", _("已派员，待通知")
    NOTIFIED = "notified", _("待实施检查")
    ON_SITE = "on_site", _("正在检查")
    RECORDED = "recorded", _("已记录，待处理")
    CORRECTING = "correcting", _("责令改正中")
    FILED = "filed", _("已立案")
    TOLD = "told", _("已告知，听取意见")
    CLEARED = "cleared", _("未发现问题")
    CORRECTED = "corrected", _("已改正")
    NOT_DONE = "not_done", _("未实施检查")
    NOT_APPROVED = "not_approved", _("未批准")
    TRANSFERRED = "transferred", _("已移送")
    PENALISED = "penalised", _("已作出处罚决定")
    NOT_PENALISED = "not_penalised", _("不予处罚")


class Source(models.TextChoices):
    """The four lawful starts (S004-22). A service visit (走访) is none of them."""

    DRAW = sources.DRAW, _("双随机抽取")
    COMPLAINT = sources.COMPLAINT, _("投诉举报")
    LEAD = sources.LEAD, _("数据监测线索")
    TRANSFER = sources.TRANSFER, _("转办交办移送")


class Inspection(InspectionFlow, Case):
    """One visit to one firm or agency (``Case.subject_org``): all items on it at once, also on its foreign staff (S004-43)."""

    source = models.CharField(_("检查来源"), max_length=12, choices=Source)
    source_ref = models.CharField(_("来源编号"), max_length=80)
    source_on = models.DateField(_("来源日期"))
    draw = models.ForeignKey(Draw, models.PROTECT, null=True, blank=True, related_name="inspections")
    items = models.JSONField(_("检查事项"), default=list)
    joint = models.JSONField(_("联合部门"), default=list, help_text="codes of offices")
    lead = models.ForeignKey(Inspector, models.PROTECT, null=True, blank=True, related_name="leads")
    second = models.ForeignKey(Inspector, models.PROTECT, null=True, blank=True, related_name="seconds")
    planned_on = models.DateField(_("计划检查日期"), null=True, blank=True)
    announced = models.BooleanField(_("事先通知"), null=True, blank=True)
    visited_on = models.DateField(_("检查日期"), null=True, blank=True)
    findings_count = models.PositiveSmallIntegerField(_("发现问题数"), default=0)
    result = models.SlugField(_("检查结果"), max_length=40, blank=True)
    published_on = models.DateField(_("公示日期"), null=True, blank=True)
    hearing_on = models.DateField(_("听证日期"), null=True, blank=True)
    corrected_on = models.DateField(_("改正日期"), null=True, blank=True)
    shown_result = models.SlugField(_("公示的结果"), max_length=40, blank=True)
    term = models.SlugField(_("公示期限类别"), max_length=40, blank=True)
    published_until = models.DateField(_("公示截止日期"), null=True, blank=True)
    unpublished_on = models.DateField(_("停止公示日期"), null=True, blank=True)
    amendment = models.JSONField(
        _("待决定的公示变更"),
        null=True,
        blank=True,
        help_text="{kind, result, reason, by}: what one proposed",
    )

    class Meta:
        verbose_name = _("监督检查")
        indexes: ClassVar = [
            models.Index(
                fields=["case_ptr"],
                condition=Q(published_on__isnull=False, unpublished_on__isnull=True),
                name="results_shown",
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(source_ref="") & Q(source__in=Source.values), name="every_start_has_its_source"
            ),
            models.CheckConstraint(
                condition=(Q(source="draw") & Q(draw__isnull=False))
                | (~Q(source="draw") & Q(draw__isnull=True)),
                name="a_drawn_visit_names_its_draw",
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=True) | Q(second__isnull=True) | ~Q(lead=F("second")),
                name="two_people_on_a_visit",
            ),
        ]


class InspectionSubject(models.Model):
    """Who is looked at in the visit: the firm itself, and each foreign national drawn or reported under it."""

    append_only = True

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="subjects")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="inspections")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "subject"], name="each_subject_once_a_visit")
        ]


class Finding(Sealed):
    """What was found on one item, about the firm or one person. Corrections are further rows: the highest ``seq`` counts.

    ``made_by_office`` is another department when its result is reused (S004-54); ``follow_up`` is who governs and must follow up
    (谁管辖、谁负责, S004-53). ``detail`` is sealed: declared against actual post, place, pay, and what the inspectors wrote.
    """

    append_only = True

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="findings")
    seq = models.PositiveSmallIntegerField()
    item = models.SlugField(max_length=60)
    subject = models.ForeignKey(Subject, models.PROTECT, null=True, related_name="findings")
    result = models.SlugField(max_length=40)
    detail = SealedField(null=True)
    reused_from = models.CharField(max_length=120, blank=True)
    reused_ref = models.CharField(max_length=80, blank=True)
    follow_up = models.ForeignKey(Office, models.PROTECT, related_name="+")
    found_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    found_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["inspection_id", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "seq"], name="findings_in_order"),
            models.CheckConstraint(
                condition=Q(reused_from="", reused_ref="") | (~Q(reused_from="") & ~Q(reused_ref="")),
                name="a_reused_result_names_its_paper",
            ),
        ]


class Participant(models.Model):
    """An officer of another department who takes part in the visit (部门联合, S004-42, -56; S000-36): he has no sign-in here, the house
    writes him down. Corrections are further rows: of one department and certificate the highest ``seq`` counts.

    ``shown``: he came, and showed his certificate (law-notes 22); before the visit he is only expected.
    """

    append_only = True

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="participants")
    seq = models.PositiveSmallIntegerField()
    department = models.SlugField(_("联合部门"), max_length=40)
    name = models.CharField(_("姓名"), max_length=80)
    certificate = models.CharField(_("执法证号"), max_length=40)
    items = models.JSONField(_("负责的检查事项"), default=list)
    shown = models.BooleanField(_("已到场并出示执法证"), default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["inspection_id", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "seq"], name="participants_in_order"),
            models.CheckConstraint(
                condition=~Q(department="") & ~Q(name="") & ~Q(certificate=""),
                name="a_participant_is_named",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """What became of a published result: shown, corrected, taken back, ended; the file's own record of it, never public itself."""

    append_only = True

    class Kind(models.TextChoices):
        SHOWN = "shown", _("公示")
        CORRECT = "correct", _("更正")
        WITHDRAW = "withdraw", _("撤下")
        REPAIR = "repair", _("信用修复后提前停止公示")
        ENDED = "ended", _("公示期满")

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="publications")
    seq = models.PositiveSmallIntegerField()
    kind = models.CharField(_("变更"), max_length=12, choices=Kind)
    result = models.SlugField(_("公示的结果"), max_length=40)
    reason = models.SlugField(_("理由"), max_length=40, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    on = models.DateField(_("日期"))
    until_on = models.DateField(_("公示截止日期"), null=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["inspection_id", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "seq"], name="publications_in_order"),
            models.CheckConstraint(
                condition=~Q(kind__in=["correct", "withdraw", "repair"])
                | (~Q(reason="") & Q(proposed_by__isnull=False, by__isnull=False) & ~Q(proposed_by=F("by"))),
                name="a_change_has_reason_and_two_people",
            ),
        ]


class ServiceVisit(models.Model):
    """走访: help and information at a firm. Recorded as what it is, counted apart, and never a source of findings (law-notes 22)."""

    append_only = True

    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="service_visits")
    on = models.DateField(_("走访日期"))
    purpose = models.CharField(_("走访目的"), max_length=300)
    told = models.CharField(_("服务内容"), max_length=1000, blank=True)
    joint = models.JSONField(_("联合部门"), default=list)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
