"""Forms of a visit together with other departments: who comes from them, and what they found."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm

from . import policy
from .forms_office import named
from .forms_onsite import item_names, results


class _Joint(StepForm):
    """Asks for one of the departments that take part."""

    def build(self) -> None:
        known = dict(named(policy.of(self.context.pack).departments))
        case: Any = self.context.case
        self.fields["department"] = forms.ChoiceField(
            label=_("联合部门"),
            choices=[(code, known.get(code, code)) for code in case.joint],
            error_messages={"required": _("请选择参加本次检查的部门。")},
        )


class ParticipantForm(_Joint):
    """An officer of another department, expected or there. Written down again with the same certificate, it is a correction."""

    clear: ClassVar[tuple[str, ...]] = ("department", "certificate", "items", "shown")

    def build(self) -> None:
        super().build()
        self.fields["officer"] = forms.CharField(label=_("姓名"), max_length=80)
        self.fields["certificate"] = forms.CharField(
            label=_("执法证号"),
            max_length=40,
            help_text=_("再次登记同一证号，以后一次登记为准。"),
        )
        self.fields["items"] = forms.MultipleChoiceField(
            label=_("负责的检查事项"),
            choices=list(item_names(self.context).items()),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("请选择该部门人员检查哪些事项。")},
        )
        if self.context.case.state == "on_site":
            self.fields["shown"] = forms.BooleanField(label=_("已到场并出示执法证"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        case: Any = self.context.case
        mine = {card.number for one in (case.lead, case.second) if one for card in one.certificates.all()}
        if data.get("certificate") in mine:
            words = _("这是本机关检查人员的执法证号。联合部门人员须持本部门的证件。")
            self.add_error("certificate", words)
        return {"shown": False, **data}


class PartnerForm(_Joint):
    """The result of a department that takes part in this visit: its own officer, its own paper (S004-53, -56)."""

    clear: ClassVar[tuple[str, ...]] = ("department", "item", "result", "reference")

    def build(self) -> None:
        super().build()
        self.fields["item"] = forms.ChoiceField(
            label=_("检查事项"), choices=list(item_names(self.context).items())
        )
        self.fields["result"] = forms.ChoiceField(label=_("结果"), choices=results(self.context))
        self.fields["reference"] = forms.CharField(label=_("该部门检查人员和文书编号"), max_length=80)
