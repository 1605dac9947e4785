"""Forms of an inspection's steps before and after the visit; those filled in on site are in forms_onsite.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm
from foreignwork.rulebook.words import aside, labelled

from . import catalogue, policy, rules, sources
from .forms_joint import ParticipantForm, PartnerForm
from .forms_onsite import ArriveForm, NotDoneForm, RecordForm, ReinspectForm, ReuseForm
from .forms_staff import StaffForm

if TYPE_CHECKING:
    from .models import Inspection

LINES = forms.Textarea(attrs={"rows": 4})

__all__ = [
    "AnnounceForm",
    "ArriveForm",
    "AssignForm",
    "CorrectionForm",
    "CorrectionReportForm",
    "DefenceForm",
    "DrawnForm",
    "IntendedForm",
    "NotApprovedForm",
    "NotDoneForm",
    "ParticipantForm",
    "PartnerForm",
    "RecordForm",
    "ReinspectForm",
    "ReportedForm",
    "ReuseForm",
    "StaffForm",
    "StatementForm",
    "SubstituteForm",
    "TransferForm",
    "UnannouncedForm",
    "set_origin",
]


def model(name: str) -> Any:
    """Supervision's models, which are built on this flow and so come after it."""
    return apps.get_model("supervision", name)._default_manager


def set_origin(case: Inspection, data: dict[str, Any]) -> None:
    """Where an inspection comes from and what it covers; every start has its source (S004-22)."""
    case.source, case.source_ref, case.source_on = data["source"], data["source_ref"], data["source_on"]
    case.items, case.joint = list(data["items"]), list(data.get("joint") or ())


def named(entries: Any) -> list[tuple[str, str]]:
    """(code, text) of a table of texts of the pack."""
    return [(code, text.pick(get_language())) for code, text in entries.items()]


class OwnReasons(StepForm):
    """A coded reason of supervision's own section of the pack."""

    kind: ClassVar[str]
    clear: ClassVar[tuple[str, ...]] = ("reason",)

    def build(self) -> None:
        entries = policy.of(self.context.pack).reasons.get(self.kind, {})
        self.fields["reason"] = forms.ChoiceField(
            label=_("理由"),
            choices=[("", _("请选择"))]
            + [(code, entry.text.pick(get_language())) for code, entry in entries.items()],
            error_messages={"required": _("请选择理由。")},
        )
        self.fields["remark"] = forms.CharField(
            label=_("说明"), max_length=1000, required=False, widget=LINES
        )


class _Origin(StepForm):
    clear: ClassVar[tuple[str, ...]] = ("source", "source_ref", "source_on", "items", "subjects", "joint")

    def build(self) -> None:
        own, place = policy.of(self.context.pack), self.context.case.office.jurisdiction_id
        items = catalogue.of_place(own, place, self.context.today)
        self.fields["items"] = forms.MultipleChoiceField(
            label=_("检查事项（一次完成）"),
            choices=[(code, item.name.pick(get_language())) for code, item in items.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("请至少选择一个检查事项。")},
        )
        self.fields["subjects"] = forms.JSONField(
            label=_("检查对象"), widget=forms.HiddenInput, required=False, initial=list
        )
        self.fields["joint"] = forms.MultipleChoiceField(
            label=_("联合部门"),
            choices=named(policy.of(self.context.pack).departments),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=_("一次完成：请其他部门同时参加，减少对单位的打扰。"),
        )

    def clean_subjects(self) -> list[int]:
        wanted = self.cleaned_data["subjects"] or []
        ids = [pk for pk in wanted if type(pk) is int] if isinstance(wanted, list) else []
        place = self.context.case.office.jurisdiction_id
        return sorted(model("Subject").filter(pk__in=ids, jurisdiction=place).values_list("pk", flat=True))


class DrawnForm(_Origin):
    """What the draw says; no person fills this in."""

    clear: ClassVar[tuple[str, ...]] = (*_Origin.clear, "draw", "lead", "second")

    def build(self) -> None:
        super().build()
        for name, table in (("draw", "Draw"), ("lead", "Inspector"), ("second", "Inspector")):
            self.fields[name] = forms.ModelChoiceField(model(table).all())
        self.fields["source_on"] = forms.DateField()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if draw := data.get("draw"):
            data |= {"source": sources.DRAW, "source_ref": draw.number}
        return data


class ReportedForm(_Origin):
    """Opened by an officer: on a complaint, a data lead or a transfer, each with its number (S004-22). Never a draw, never a visit."""

    source = forms.ChoiceField(
        label=_("检查来源"),
        choices=[("", _("请选择")), *sources.REPORTED],
        help_text=_("双随机抽取的检查由抽取产生，不能在这里提出。上门服务请登记为走访。"),
        error_messages={
            "required": _("请选择检查来源；没有来源的检查不能发起。"),
            "invalid_choice": _("检查只能因双随机抽取、投诉举报、数据监测线索或者转办交办而发起。"),
        },
    )
    source_ref = forms.CharField(
        label=_("来源编号"),
        max_length=80,
        help_text=_("投诉编号、线索编号，或者转办函的文号。"),
        error_messages={"required": _("请填写来源编号，检查记录中会注明。")},
    )
    source_on = forms.DateField(label=_("收到日期"))
    grounds = forms.CharField(
        label=_("事由"),
        max_length=1000,
        widget=LINES,
        error_messages={"required": _("请写明为什么需要检查。")},
    )

    def clean_source_on(self) -> Any:
        day = self.cleaned_data["source_on"]
        if day > self.context.today:
            raise forms.ValidationError(_("收到日期不能晚于今天。"))
        return day


class NotApprovedForm(OwnReasons):
    kind = "not_approved"


class UnannouncedForm(OwnReasons):
    kind = "unannounced"


class _Team(StepForm):
    """Choice among inspectors who may go; those who may not stand in the list's help, with the reason."""

    def inspectors(self) -> list[tuple[int, str]]:
        from . import team

        return [
            (row.listed.inspector.pk, f"{row.listed.inspector}{aside(row.listed.entry.office.name)}")
            for row in team.of_case(self.context, self.context.today)
            if row.fit
        ]

    def choice(self, label: Any) -> forms.ModelChoiceField:
        ids = [pk for pk, _name in self.inspectors()]
        return forms.ModelChoiceField(
            model("Inspector").filter(pk__in=ids).select_related("user"),
            label=label,
            empty_label=_("请选择"),
            error_messages={
                "required": _("请选择检查人员。"),
                "invalid_choice": _("此人不能参加这次检查：不在名录库、证件失效或者须回避。"),
            },
        )


class AssignForm(_Team):
    """Two inspectors and a day. For a drawn visit the two are the draw's; only the day is chosen."""

    clear: ClassVar[tuple[str, ...]] = ("planned_on", "lead", "second")
    planned_on = forms.DateField(label=_("计划检查日期"))

    def build(self) -> None:
        if not self._drawn:
            self.fields["lead"] = self.choice(_("主检人员"))
            self.fields["second"] = self.choice(_("协检人员"))

    @property
    def _drawn(self) -> bool:
        return bool(getattr(self.context.case, "draw_id", None))

    def clean(self) -> dict[str, Any]:
        from . import team

        data = super().clean() or {}
        if self._drawn:
            case: Any = self.context.case
            data |= {"lead": case.lead, "second": case.second}
        day, lead, second = data.get("planned_on"), data.get("lead"), data.get("second")
        if day and day < self.context.today:
            self.add_error("planned_on", _("计划检查日期不能早于今天。"))
        elif lead and lead == second:
            self.add_error("second", _("检查须由两名不同的人员实施。"))
        elif day and lead and second:
            for problem in team.objections(self.context, [lead, second], day):
                self.add_error(None, problem.sentence)
        return data


class SubstituteForm(_Team):
    """One of the two is replaced. For a drawn visit the next in the draw's order comes in; nobody chooses."""

    clear: ClassVar[tuple[str, ...]] = ("slot", "reason", "outgoing", "incoming", "seq")
    slot = forms.ChoiceField(label=_("更换谁"), widget=forms.RadioSelect)

    def build(self) -> None:
        case: Any = self.context.case
        self.fields["slot"].choices = [  # type: ignore[attr-defined]
            (name, labelled(label, one))
            for name, label, one in (
                ("lead", _("主检人员"), case.lead),
                ("second", _("协检人员"), case.second),
            )
            if one
        ]
        entries = policy.of(self.context.pack).reasons.get("substitution", {})
        self.fields["reason"] = forms.ChoiceField(
            label=_("原因"),
            choices=[("", _("请选择"))]
            + [(code, entry.text.pick(get_language())) for code, entry in entries.items()],
        )
        if not getattr(case, "draw_id", None):
            self.fields["incoming"] = self.choice(_("改派"))

    def clean(self) -> dict[str, Any]:
        from . import handing_on

        data = super().clean() or {}
        case: Any = self.context.case
        if self.errors or not data.get("slot"):
            return data
        data["outgoing"] = getattr(case, data["slot"])
        if getattr(case, "draw_id", None):
            try:
                data |= handing_on.next_in_order(case, data["slot"], data["reason"])
            except handing_on.NobodyLeft:
                self.add_error(
                    None, _("抽取顺序中已没有可以接替的人员。本次检查不能按抽取结果实施，请登记原因。")
                )
        elif data.get("incoming") in (case.lead, case.second):
            self.add_error("incoming", _("此人已经参加这次检查。"))
        return data


class AnnounceForm(StepForm):
    """The notice of inspection: when, and what to have ready."""

    clear: ClassVar[tuple[str, ...]] = ("planned_on",)
    planned_on = forms.DateField(label=_("检查日期"))
    prepare = forms.CharField(label=_("请单位准备的材料"), max_length=1000, required=False, widget=LINES)

    def build(self) -> None:
        self.fields["planned_on"].initial = getattr(self.context.case, "planned_on", None)

    def clean_planned_on(self) -> Any:
        day = self.cleaned_data["planned_on"]
        if day < self.context.today:
            raise forms.ValidationError(_("检查日期不能早于今天。"))
        return day


class CorrectionForm(StepForm):
    """责令改正: what must be put right. The limit is the pack's."""

    demand = forms.CharField(
        label=_("改正要求"),
        max_length=2000,
        widget=LINES,
        help_text=_("逐项写明要改正什么、改正到什么程度。将写入责令改正通知书。"),
        error_messages={"required": _("请写明改正要求；没有要求的通知书无法执行。")},
    )


class CorrectionReportForm(StepForm):
    text = forms.CharField(
        label=_("改正情况"),
        max_length=2000,
        widget=LINES,
        error_messages={"required": _("请写明已经做了什么改正。")},
    )


class IntendedForm(StepForm):
    """What the office intends, told before it decides (行政处罚法 44)."""

    clear: ClassVar[tuple[str, ...]] = ("hearing",)
    facts = forms.CharField(label=_("查明的事实"), max_length=2000, widget=LINES)
    intended = forms.CharField(label=_("拟作出的处罚及依据"), max_length=1000, widget=LINES)
    hearing = forms.ChoiceField(
        label=_("当事人有没有要求听证的权利"),
        choices=[
            ("yes", _("有：属于行政处罚法第六十三条第一款所列情形")),
            ("no", _("没有：只告知陈述、申辩的权利")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择。有听证权利的，要求听证的期限届满以前不能作出决定。")},
    )


class StatementForm(StepForm):
    text = forms.CharField(
        label=_("内容"), max_length=3000, widget=LINES, error_messages={"required": _("请写明您的意见。")}
    )


class DefenceForm(StatementForm):
    """Statement and defence; who has the right to a hearing may give it up here, and then need not wait for its limit."""

    clear: ClassVar[tuple[str, ...]] = ("no_hearing",)

    def build(self) -> None:
        if rules.hearing_offered(self.context):
            self.fields["no_hearing"] = forms.BooleanField(label=_("不要求听证"), required=False)


class TransferForm(StepForm):
    to = forms.CharField(label=_("移送机关"), max_length=120)
    remark = forms.CharField(label=_("移送事由"), max_length=2000, widget=LINES)
