"""Forms of the outcomes of acceptance, and of the end of an application."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import DeclineForm, StepForm, SupplementForm

from .forms_process import words

NOT_REQUIRED, NOT_COMPETENT = "not_required", "not_competent"
BY_ITSELF = ("supplement_lapsed", "withdrawn")


class NotRequiredForm(StepForm):
    remark = words(
        _("不需要许可的理由"), _("请写明申请事项依法不需要取得行政许可的理由。"), _("将写入告知书。")
    )


class OwnDeclineForm(DeclineForm):
    """Not our power: the applicant is told whom to ask (行政许可法 32(二)). That no licence is needed is a step of its own."""

    def build(self) -> None:
        super().build()
        self.fields["ask_whom"] = forms.CharField(
            label=_("应当向哪个行政机关申请"),
            max_length=120,
            required=False,
            help_text=_("不属于本机关职权范围时必须填写，将写入决定书。"),
        )

    def reasons(self, kind: str) -> list[tuple[str, str]]:
        return [entry for entry in super().reasons(kind) if entry[0] != NOT_REQUIRED]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if NOT_COMPETENT in (data.get("reasons") or []) and not data.get("ask_whom"):
            self.add_error("ask_whom", _("请写明申请人应当向哪个行政机关申请（行政许可法第三十二条）。"))
        return data


class CorrectionForm(StepForm):
    """An error that can be put right on the spot is put right, not returned (行政许可法 32(三))."""

    clear: ClassVar[tuple[str, ...]] = ("item",)

    def build(self) -> None:
        language = get_language()
        self.fields["item"] = forms.ChoiceField(
            label=_("更正的材料"),
            choices=[
                (row.code, self.context.pack.materials[row.code].name.pick(language))
                for row in self.context.items
                if row.document_id
            ],
            error_messages={"required": _("请选择更正的材料。")},
        )
        self.fields["remark"] = words(
            _("更正的内容"), _("请写明原来的内容和更正后的内容。"), _("办件记录中会保留。"), most=1000
        )
        self.fields["confirmed"] = forms.BooleanField(
            label=_("申请人已在现场确认更正"),
            error_messages={"required": _("当场更正须由申请人确认。")},
        )


class NewItemsForm(SupplementForm):
    """Items that could have been named the first time: only with a leader's reason (law-notes 4)."""

    def build(self) -> None:
        super().build()
        self.fields["remark"] = words(
            _("第一次没有告知的原因和批准理由"),
            _("请写明原因和理由；增加补正事项会提示给负责人。"),
            _("依照行政许可法第七十二条，不一次告知全部内容的，依法追究责任。"),
            most=1000,
        )

    def askable(self) -> list[str]:
        told = {row.item for row in self.context.supplements}
        mine = [row.code for row in self.context.items if not row.by_system and not row.on_paper]
        return [code for code in mine if code not in told]

    def clean(self) -> dict[str, Any]:
        remark = self.cleaned_data.get("remark", "")
        return {**super().clean(), "remark": remark}


class EndForm(StepForm):
    clear: ClassVar[tuple[str, ...]] = ("reason",)

    def build(self) -> None:
        language = get_language()
        self.fields["reason"] = forms.ChoiceField(
            label=_("终止办理的情形"),
            choices=[
                (code, entry.text.pick(language))
                for code, entry in self.context.pack.end_reasons.items()
                if code not in BY_ITSELF
            ],
            widget=forms.RadioSelect,
            error_messages={"required": _("请选择终止办理的情形。")},
        )
        self.fields["remark"] = words(_("事实和理由"), _("请写明事实和理由。"), _("将写入告知书。"))


class CommitmentForm(StepForm):
    """What the verification of an undertaking found."""

    clear: ClassVar[tuple[str, ...]] = ("kept",)

    kept = forms.ChoiceField(
        label=_("核查结果"),
        choices=[("yes", _("与承诺一致")), ("no", _("与承诺不一致"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择核查结果。")},
    )
    remark = words(_("核查情况"), _("请写明核查的方式和结果。"), _("将写入告知书。"))
