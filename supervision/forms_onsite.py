"""Forms of the visit itself: certificates shown, findings item by item and person by person, signatures or why there are none."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.forms import StepForm

from . import catalogue, joint, policy
from .onsite.forms import STROKES, signatures

LINES = forms.Textarea(attrs={"rows": 3})
HARMLESS = ("nothing_found", "not_active", "gone")
MATCHES = "as_permitted"
COMPARED = [
    (MATCHES, _("与许可一致")),
    ("post_differs", _("岗位或者职责不一致")),
    ("place_differs", _("工作地点不一致")),
    ("employer_differs", _("实际用人单位不一致")),
    ("pay_differs", _("工资薪金与申报不一致")),
    ("not_met", _("未见到本人")),
]
PERSON_ITEM = "post_as_permitted"


def results(context: Context) -> list[tuple[str, str]]:
    entries = policy.of(context.pack).results
    return [(code, entry.text.pick(get_language())) for code, entry in entries.items()]


def item_names(context: Context) -> dict[str, str]:
    """The items of this visit in words."""
    case: Any = context.case
    known, language = catalogue.of_case(context), get_language()
    return {code: known[code].name.pick(language) if code in known else code for code in case.items}


def not_ahead(form: StepForm, name: str) -> Any:
    """A day that has come, and does not lie before the visit was approved."""
    day = form.cleaned_data[name]
    if day > form.context.today:
        raise forms.ValidationError(_("日期不能晚于今天。"))
    return day


class ArriveForm(StepForm):
    """Both show their certificates before anything else (行政处罚法 55); numbers are taken from the register."""

    clear: ClassVar[tuple[str, ...]] = ("on", "certificates")
    on = forms.DateField(label=_("到场日期"))
    lead_shown = forms.BooleanField(
        label=_("主检人员已出示执法证"),
        error_messages={"required": _("两名检查人员都须出示执法证，否则当事人有权拒绝检查。")},
    )
    second_shown = forms.BooleanField(
        label=_("协检人员已出示执法证"),
        error_messages={"required": _("两名检查人员都须出示执法证，否则当事人有权拒绝检查。")},
    )
    met = forms.CharField(
        label=_("单位接待人"), max_length=120, error_messages={"required": _("请填写接待人姓名和职务。")}
    )

    def clean_on(self) -> Any:
        return not_ahead(self, "on")

    def clean(self) -> dict[str, Any]:
        from . import team

        data = super().clean() or {}
        case: Any = self.context.case
        if (day := data.get("on")) and case.lead and case.second:
            for problem in team.objections(self.context, [case.lead, case.second], day):
                self.add_error(None, problem.sentence)
            rows = apps.get_model("supervision", "Certificate")._default_manager.on(day)
            data["certificates"] = [
                row.number
                for row in rows.filter(inspector__in=[case.lead, case.second]).order_by("inspector")
            ]
        return data


class RecordForm(StepForm):
    """现场检查笔录: a result for every item, one line for every foreign national looked at, and who signed. An item whose result was taken
    over from another department need not be checked again (S004-54)."""

    clear: ClassVar[tuple[str, ...]] = ("signed", "problems")

    def build(self) -> None:
        case: Any = self.context.case
        self.taken_over = joint.results(case)
        theirs = {row.item for row in self.taken_over}
        for code, name in item_names(self.context).items():
            empty = _("已采用其他部门的结果，不再检查") if code in theirs else _("请选择")
            self.fields[f"result_{code}"] = forms.ChoiceField(
                label=name,
                choices=[("", empty), *results(self.context)],
                required=code not in theirs,
                error_messages={"required": _("请填写“%(name)s”的检查结果。") % {"name": name}},
            )
            self.fields[f"note_{code}"] = forms.CharField(
                label=_("“%(name)s”的情况") % {"name": name}, max_length=1000, required=False, widget=LINES
            )
        for subject in self._people():
            who = self._name(subject)
            self.fields[f"person_{subject.pk}"] = forms.ChoiceField(
                label=who, choices=[("", _("请选择")), *COMPARED]
            )
            self.fields[f"actual_{subject.pk}"] = forms.CharField(
                label=_("“%(name)s”的实际岗位、地点、工资") % {"name": who},
                max_length=500,
                required=False,
                widget=LINES,
            )
        reasons = policy.of(self.context.pack).reasons.get("not_signed", {})
        self.fields["signed"] = forms.ChoiceField(
            label=_("单位签字"),
            choices=[("signed", _("已签字确认"))]
            + [(code, entry.text.pick(get_language())) for code, entry in reasons.items()],
            widget=forms.RadioSelect,
        )
        self.fields["signer"] = forms.CharField(label=_("签字人"), max_length=120, required=False)
        self.fields["both_signed"] = forms.BooleanField(
            label=_("两名检查人员均已签字"),
            error_messages={"required": _("笔录须由两名检查人员签字。")},
        )
        self.fields["remark"] = forms.CharField(
            label=_("检查经过"), max_length=3000, required=False, widget=LINES
        )

        self.fields["signatures"] = forms.CharField(
            required=False, widget=forms.HiddenInput, max_length=3 * STROKES + 2000
        )

    def _people(self) -> list[Any]:
        case: Any = self.context.case
        rows = case.subjects.filter(subject__kind="person").select_related("subject__dossier")
        return [row.subject for row in rows.order_by("pk")]

    @staticmethod
    def _name(subject: Any) -> str:
        return str(subject.dossier.code)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        findings: list[dict[str, Any]] = []
        for code in item_names(self.context):
            result = data.get(f"result_{code}")
            note = data.get(f"note_{code}") or ""
            if result and result not in HARMLESS and not note:
                self.add_error(f"note_{code}", _("发现问题时请写明查到的事实。"))
            if result:
                findings.append({"item": code, "result": result, "detail": {"note": note} if note else None})
        for subject in self._people():
            compared = data.get(f"person_{subject.pk}")
            actual = data.get(f"actual_{subject.pk}") or ""
            if compared and compared not in (MATCHES, "not_met") and not actual:
                self.add_error(f"actual_{subject.pk}", _("不一致时请写明实际情况。"))
            if compared:
                findings.append(_of_person(subject, compared, actual))
        if data.get("signed") == "signed" and not data.get("signer"):
            self.add_error("signer", _("请填写签字人姓名。"))
        found = [*(row["result"] for row in findings), *(row.result for row in self.taken_over)]
        problems = sum(1 for result in found if result not in HARMLESS)
        kept = {name: data.get(name) for name in ("signed", "signer", "remark")}
        drawn = signatures(self, data.get("signatures") or "", signed=data.get("signed") or "")
        return {**kept, "findings": findings, "problems": problems, "signatures": drawn}


def _of_person(subject: Any, compared: str, actual: str) -> dict[str, Any]:
    """A line about one person; only a difference is a problem."""
    same = compared in (MATCHES, "not_met")
    return {
        "item": PERSON_ITEM,
        "subject_id": subject.pk,
        "result": "nothing_found" if same else "to_follow",
        "detail": {"compared": compared, "actual": actual},
    }


class ReuseForm(StepForm):
    """A result of another department stands for our own check of that item (S004-54)."""

    clear: ClassVar[tuple[str, ...]] = ("item", "department", "reference", "on", "result")
    department = forms.CharField(label=_("作出检查结果的部门"), max_length=120)
    reference = forms.CharField(label=_("文书编号"), max_length=80)
    on = forms.DateField(label=_("检查日期"))

    def build(self) -> None:
        self.fields["item"] = forms.ChoiceField(
            label=_("检查事项"), choices=list(item_names(self.context).items())
        )
        self.fields["result"] = forms.ChoiceField(label=_("结果"), choices=results(self.context))

    def clean_on(self) -> Any:
        return not_ahead(self, "on")


class NotDoneForm(StepForm):
    """The visit could not take place: an own kind of result, published like any other."""

    clear: ClassVar[tuple[str, ...]] = ("result",)

    def build(self) -> None:
        wanted = ("unreachable", "not_active", "gone", "obstructed")
        choices = [(code, text) for code, text in results(self.context) if code in wanted]
        self.fields["result"] = forms.ChoiceField(label=_("情形"), choices=choices)
        self.fields["remark"] = forms.CharField(
            label=_("经过"),
            max_length=1000,
            widget=LINES,
            error_messages={"required": _("请写明到场或者联系的经过。")},
        )


class ReinspectForm(StepForm):
    clear: ClassVar[tuple[str, ...]] = ("on",)
    on = forms.DateField(label=_("复查日期"))
    remark = forms.CharField(
        label=_("复查情况"),
        max_length=2000,
        widget=LINES,
        error_messages={"required": _("请写明复查看到的情况。")},
    )

    def clean_on(self) -> Any:
        return not_ahead(self, "on")
