"""Forms about the people of a case: who takes it over, whom the party objects to, what is reviewed again, which class it is."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm

from . import rules_people as rules
from .forms_process import words


class ReassignForm(StepForm):
    clear: ClassVar[tuple[str, ...]] = ("officer",)

    def build(self) -> None:
        self.fields["officer"] = forms.ChoiceField(
            label=_("改由谁办理"),
            choices=[(str(user.pk), str(user)) for user in rules.colleagues(self.context)],
            error_messages={
                "required": _("请选择接办人员。"),
                "invalid_choice": _("此人不能接办，请另选一人。"),
            },
        )
        self.fields["remark"] = words(_("改派理由"), _("请写明改派理由，办件记录中会保留。"), most=1000)


class ObjectionForm(StepForm):
    """The party asks that an officer keep away (申请回避)."""

    clear: ClassVar[tuple[str, ...]] = ("officer",)

    def build(self) -> None:
        self.fields["officer"] = forms.ChoiceField(
            label=_("申请哪位工作人员回避"),
            choices=[(str(user.pk), str(user)) for user in rules.handlers(self.context)],
            error_messages={"required": _("请选择工作人员。")},
        )
        self.fields["remark"] = words(_("理由"), _("请写明其与本案有利害关系等应当回避的理由。"), most=1000)


class ObjectionDecisionForm(StepForm):
    """The leader decides; reasons are told to the party either way."""

    clear: ClassVar[tuple[str, ...]] = ("upheld", "officer")

    upheld = forms.ChoiceField(
        label=_("决定"),
        choices=[("yes", _("应当回避")), ("no", _("不需要回避"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请作出是否回避的决定。")},
    )
    remark = words(_("理由"), _("请写明理由，将书面告知申请人。"), _("将写入决定书。"), most=1000)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        asked = rules.open_objection(self.context)
        if asked:
            data["officer"] = asked.data["officer"]
        return data


class ReviewAgainForm(StepForm):
    """What a recused officer did, reviewed again by somebody else."""

    clear: ClassVar[tuple[str, ...]] = ("acts",)

    def build(self) -> None:
        self.fields["acts"] = forms.MultipleChoiceField(
            label=_("已经重新审查的环节"),
            choices=[(entry.action, entry.label) for entry in rules.tainted(self.context)],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("请勾选已经重新审查的环节。")},
        )
        self.fields["remark"] = words(_("重新审查的结论"), _("请写明重新审查的结论。"), most=1000)


class ClassForm(StepForm):
    """The class the review finds, where it is not the one applied for."""

    clear: ClassVar[tuple[str, ...]] = ("category",)

    def build(self) -> None:
        language = get_language()
        self.fields["category"] = forms.ChoiceField(
            label=_("审查认定的类别"),
            choices=[
                (str(option.value), option.text.pick(language))
                for option in self.context.pack.options("category")
                if option.value != self.context.case.category
            ],
            widget=forms.RadioSelect,
            error_messages={"required": _("请选择审查认定的类别。")},
        )
        self.fields["remark"] = words(
            _("认定理由"), _("请写明认定的理由，将书面告知申请人。"), _("将写入告知书。"), most=1000
        )
