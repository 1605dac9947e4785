"""Forms of publication: what is shown and how long, what the firm asks, what one officer proposes and another decides."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import ReasonForm, StepForm

from . import policy, rules_publish
from .forms_onsite import results

LINES = forms.Textarea(attrs={"rows": 4})
KINDS = [
    ("correct", _("更正公示的结果")),
    ("withdraw", _("撤下公示")),
    ("repair", _("信用修复，提前停止公示")),
]


def term_words(term: policy.Term) -> str:
    """The term with its length, in the reader's language."""
    name = term.name.pick(get_language())
    return f"{name} · {_('最长 %(n)s 个月') % {'n': term.most}}" if term.most else name


class PublishForm(StepForm):
    """Only the firm and the coded result go out; what was written about people stays in the file (S004-25, -26).

    How grave a result is decides how long it is shown. The pack proposes, the officer chooses: no source maps every result.
    """

    clear: ClassVar[tuple[str, ...]] = ("term", "until")

    def build(self) -> None:
        own = policy.of(self.context.pack)
        case: Any = self.context.case
        self.fields["term"] = forms.ChoiceField(
            label=_("公示期限类别"),
            choices=[(code, term_words(term)) for code, term in own.publication.items()],
            initial=own.term_of(case.result),
            widget=forms.RadioSelect,
            error_messages={"required": _("请选择公示期限类别；期限届满自动停止公示。")},
        )
        self.fields["checked"] = forms.BooleanField(
            label=_("已核对：公示内容只有单位名称、检查事项、结果和日期，不含个人信息"),
            error_messages={"required": _("公示以前请核对内容。")},
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if term := data.get("term"):
            own = policy.of(self.context.pack)
            data["until"] = rules_publish.until_of(own, term, self.context.today)
        return data


class AskAmendmentForm(StepForm):
    clear: ClassVar[tuple[str, ...]] = ("kind",)
    kind = forms.ChoiceField(
        label=_("申请"),
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择申请什么。")},
    )
    text = forms.CharField(
        label=_("理由和证明"),
        max_length=3000,
        widget=LINES,
        error_messages={"required": _("请写明公示的内容哪里不对，或者已经怎样改正。")},
    )


class AmendmentForm(StepForm):
    """What is proposed to the leader, with its coded reason. A repair needs the correction and the least term."""

    clear: ClassVar[tuple[str, ...]] = ("kind", "result", "reason")

    def build(self) -> None:
        own = policy.of(self.context.pack)
        self.fields["kind"] = forms.ChoiceField(label=_("变更"), choices=KINDS, widget=forms.RadioSelect)
        self.fields["result"] = forms.ChoiceField(
            label=_("更正为"),
            choices=[("", _("（不更正结果）")), *results(self.context)],
            required=False,
            help_text=_("只在更正公示的结果时填写。"),
        )
        entries = own.reasons.get("publication", {})
        self.fields["reason"] = forms.ChoiceField(
            label=_("理由"),
            choices=[("", _("请选择"))]
            + [(c, entry.text.pick(get_language())) for c, entry in entries.items()],
            error_messages={"required": _("请选择理由。")},
        )
        self.fields["remark"] = forms.CharField(
            label=_("说明"),
            max_length=1000,
            widget=LINES,
            error_messages={"required": _("请写明查明的情况，供执法负责人决定。")},
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, case = data.get("kind"), self.context.case
        now_shown = getattr(case, "shown_result", "")
        if kind == "correct" and (not data.get("result") or data["result"] == now_shown):
            self.add_error("result", _("请选择更正以后的结果，与现在公示的不同。"))
        if kind != "correct":
            data["result"] = ""
        if kind == "repair":
            self._repair(case)
        return data

    def _repair(self, case: Any) -> None:
        least = rules_publish.repair_from(policy.of(self.context.pack), case)
        if case.state != "corrected" and not case.corrected_on:
            self.add_error("kind", _("尚未复查确认改正，不能以信用修复停止公示。"))
        elif least and self.context.today < least:
            words = _("最短公示期未满，%(day)s 起才可以修复。") % {"day": least.isoformat()}
            self.add_error("kind", words)


class DecideForm(ReasonForm):
    """``change`` is what the colleague proposed: the step writes it down, nobody types it."""

    clear: ClassVar[tuple[str, ...]] = ("change",)
