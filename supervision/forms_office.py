"""Forms of the supervision desk: registers, plan, proposals, draws. Input only; what may be done is asked elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Office, Organisation, User
from foreignwork.cases.forms import plain_words, plausible_days
from foreignwork.policies.pack import Pack

from . import policy

LINES = forms.Textarea(attrs={"rows": 3})
BOXES = forms.CheckboxSelectMultiple


class OfficeForm(forms.Form):
    """Base: plausible days, no hidden characters, choices made for the place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.build()
        plausible_days(self.fields.values())
        plain_words(self.fields.values())
        for field in self.fields.values():
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _("请填写“%(name)s”。") % {"name": field.label}

    def build(self) -> None:
        """Add what depends on the place."""


def cities(pack: Pack) -> list[tuple[str, str]]:
    """Districts, as the pack's question about the city names them."""
    if "city" not in pack.questions:
        return []
    return [(str(option.value), option.text.pick(get_language())) for option in pack.options("city")]


def named(entries: Any) -> list[tuple[str, str]]:
    """(code, name) of a table of the pack whose entries have a ``name`` or are texts themselves."""
    return [(code, getattr(entry, "name", entry).pick(get_language())) for code, entry in entries.items()]


def reasons(own: policy.Own, kind: str) -> list[tuple[str, str]]:
    return [(code, entry.text.pick(get_language())) for code, entry in own.reasons.get(kind, {}).items()]


class DayForm(OfficeForm):
    """Which day's register."""

    on = forms.DateField(label=_("名录日期"), required=False)


# --- inspectors -------------------------------------------------------------------------------------------------------


class EnlistForm(OfficeForm):
    """Enter an inspector, or change what holds from a day on."""

    on = forms.DateField(label=_("自哪一天起"))
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args: Any, pack: Pack, office: Office, day: date, **kwargs: Any) -> None:
        self.pack, self.office, self.day = pack, office, day
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        holders = User.objects.filter(
            posts__in=self.office.posts.filter(role=roles.inspector.code).held_on(self.day)
        ).distinct()
        self.fields["user"] = forms.ModelChoiceField(
            holders.order_by("username"), label=_("检查人员"), empty_label=_("请选择")
        )
        self.fields["districts"] = forms.MultipleChoiceField(
            label=_("负责地区"), choices=cities(self.pack), widget=BOXES
        )
        self.fields["skills"] = forms.MultipleChoiceField(
            label=_("业务专长"), choices=named(policy.of(self.pack).skills), widget=BOXES, required=False
        )
        self.order_fields(["user", "districts", "skills", "on", "reason"])


class CertificateForm(OfficeForm):
    number = forms.CharField(label=_("执法证号"), max_length=40)
    issuer = forms.CharField(label=_("发证机关"), max_length=120)
    from_on = forms.DateField(label=_("有效期起"))
    until_on = forms.DateField(label=_("有效期止"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("from_on") and data.get("until_on") and data["until_on"] < data["from_on"]:
            self.add_error("until_on", _("有效期止不能早于有效期起。"))
        return data


class LeavingForm(OfficeForm):
    """Strike somebody off the register; what he did before stays on record."""

    on = forms.DateField(label=_("最后一天"))
    reason = forms.CharField(label=_("原因"), max_length=200)


class TrainingForm(OfficeForm):
    on = forms.DateField(label=_("培训日期"))
    subject = forms.CharField(label=_("培训内容"), max_length=200)
    hours = forms.IntegerField(label=_("学时"), min_value=1, max_value=1000)


class InterestForm(OfficeForm):
    """A relation that keeps an inspector away from an organisation (回避)."""

    uscc = forms.CharField(label=_("单位的统一社会信用代码"), max_length=18)
    from_on = forms.DateField(label=_("自哪一天起"))

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["ground"] = forms.ChoiceField(label=_("理由"), choices=reasons(self.own, "recusal"))
        self.order_fields(["uscc", "ground", "from_on"])

    def clean_uscc(self) -> Organisation:
        return organisation_of(self.cleaned_data["uscc"])


def organisation_of(text: str) -> Organisation:
    """Raises ValidationError with a sentence for a code nobody knows."""
    found = Organisation.objects.filter(uscc=text.strip().upper()).first()
    if found is None:
        raise forms.ValidationError(_("没有找到这个统一社会信用代码的单位，请核对。"))
    return found


class FilingForm(OfficeForm):
    """The register filed upwards (S004-36); also the report of a plan (S004-31)."""

    reference = forms.CharField(label=_("报送文号"), max_length=80)
    on = forms.DateField(label=_("报送日期"))

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["recipient"] = forms.ChoiceField(label=_("报送对象"), choices=named(self.own.recipients))
        self.order_fields(["recipient", "reference", "on"])


# --- visits ---------------------------------------------------------------------------------------------------------------


class FirmForm(OfficeForm):
    """Which firm an inspection or a service visit is about."""

    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=18)

    def clean_uscc(self) -> Organisation:
        return organisation_of(self.cleaned_data["uscc"])


class ServiceVisitForm(FirmForm):
    """走访: recorded as what it is; there is nowhere to write a finding (law-notes 22)."""

    on = forms.DateField(label=_("走访日期"))
    purpose = forms.CharField(label=_("走访目的"), max_length=300)
    told = forms.CharField(label=_("提供的服务"), max_length=1000, widget=LINES, required=False)

    def __init__(self, *args: Any, own: policy.Own, day: date, **kwargs: Any) -> None:
        self.own, self.day = own, day
        super().__init__(*args, **kwargs)

    def clean_on(self) -> date:
        """A visit that was made: the year's report counts these rows."""
        on: date = self.cleaned_data["on"]
        if on > self.day:
            raise forms.ValidationError(_("日期不能晚于今天。"))
        return on

    def build(self) -> None:
        self.fields["joint"] = forms.MultipleChoiceField(
            label=_("联合部门"), choices=named(self.own.departments), widget=BOXES, required=False
        )
