"""The forms with which a window clerk begins to act for an employer (代办), and what she did today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.assistance import LAST_FOUR
from foreignwork.accounts.models import Assistance, Organisation
from foreignwork.accounts.uscc import clean_uscc, validate_uscc
from foreignwork.cases.forms import plain_words
from foreignwork.policies.pack import Pack
from foreignwork.vault.uploads import Upload, UploadRefused, inspect, sentence
from foreignwork.workflow.assisting import Authorised, Letter, Site

from .seat import Seat

LISTED = 50


class UsccForm(forms.Form):
    """Which employer stands there: the code, exactly; names are not searched for."""

    uscc = forms.CharField(
        label=_("用人单位的统一社会信用代码"),
        max_length=30,
        help_text=_("18 位，照营业执照或者法人证书填写。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写统一社会信用代码。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain_words(self.fields.values())

    def clean_uscc(self) -> str:
        code = clean_uscc(self.cleaned_data["uscc"])
        validate_uscc(code)
        return code


class LicenceForm(forms.ModelForm):
    """An employer that is not on file yet, from the licence the person shows."""

    class Meta:
        model = Organisation
        fields = ("name_zh", "name_en", "nature", "address", "phone")
        labels = {"name_zh": _("单位名称"), "name_en": _("英文名称（没有可以不填）")}
        help_texts = {"name_zh": _("照营业执照或者法人证书填写。"), "phone": _("例如 0931-1234567。")}

    def __init__(self, *args: Any, packs: Sequence[Pack], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = (get_language() or "").startswith("en")
        cities = {
            str(option.value): option.en if english else option.zh
            for pack in packs
            if "city" in pack.questions
            for option in pack.options("city")
        }
        if cities:
            self.fields["city"] = forms.ChoiceField(label=_("所在市州"), choices=[("", "—"), *cities.items()])
        plain_words(self.fields.values())
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写“%(name)s”。") % {"name": field.label}

    def employer(self, uscc: str) -> Organisation:
        """The organisation, unsaved."""
        row: Organisation = self.instance
        row.uscc, row.city = uscc, self.cleaned_data.get("city", "")
        return row


class AssistForm(forms.Form):
    """Where the clerk sits, who came, with which document and letter."""

    site = forms.ChoiceField(label=_("办理窗口"))
    counter = forms.IntegerField(
        label=_("窗口号"),
        required=False,
        min_value=1,
        max_value=999,
        help_text=_("窗口有编号的填写编号；没有可以不填。"),
        error_messages={
            "invalid": _("窗口号是 1 至 999 的整数。"),
            "min_value": _("窗口号是 1 至 999 的整数。"),
            "max_value": _("窗口号是 1 至 999 的整数。"),
        },
    )
    person = forms.CharField(
        label=_("来人（被授权人）姓名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请填写来人的姓名，与身份证件一致。")},
    )
    id_kind = forms.ChoiceField(
        label=_("出示的身份证件"),
        choices=Assistance.IdKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择来人出示的身份证件。")},
    )
    id_last4 = forms.CharField(
        label=_("证件号码后四位"),
        max_length=4,
        help_text=_("只登记后四位，不登记完整号码。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 6}),
        error_messages={"required": _("请填写证件号码的后四位。"), "max_length": _("只填写后四位。")},
    )
    letter = forms.FileField(
        label=_("授权委托书（扫描件）"),
        help_text=_("单位盖章、写明委托事项和被授权人的授权委托书，PDF、JPG 或 PNG。"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={
            "required": _("请扫描并选择授权委托书。没有授权委托书不能代办。"),
            "empty": _("文件是空的，请重新扫描。"),
        },
    )
    present = forms.BooleanField(
        label=_("来人在场，本人与身份证件相符，姓名与授权委托书相符"),
        error_messages={"required": _("请当面核对来人、身份证件和授权委托书后勾选。")},
    )

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.code: site for site in sites}
        english = (get_language() or "").startswith("en")
        several = len({site.office.pk for site in sites}) > 1
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            (
                code,
                (site.en if english and site.en else site.zh) + (f" · {site.office.name}" if several else ""),
            )
            for code, site in self.sites.items()
        ]
        plain_words(self.fields.values())

    def clean_id_last4(self) -> str:
        text = self.cleaned_data["id_last4"].strip().upper()
        forms.RegexField(regex=LAST_FOUR, error_messages={"invalid": _("后四位是数字或者字母。")}).clean(text)
        return text

    def clean_letter(self) -> Letter:
        file = self.cleaned_data["letter"]
        limit = settings.UPLOAD_LIMIT
        try:
            if file.size > limit:
                size = {"size_mb": round(file.size / 2**20, 1), "max_mb": limit // 2**20}
                raise UploadRefused("too_large", {"name": file.name, **size})
            data = file.read()
            checked: Upload = inspect(file.name, data, max_bytes=limit)
        except UploadRefused as refused:
            raise forms.ValidationError(sentence(refused.code, refused.params)) from None
        return Letter(data, checked)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        site = self.sites.get(data.get("site", ""))
        counter = data.get("counter")
        if site and site.counters and counter and counter > site.counters:
            self.add_error("counter", _("这个办理点只有 %(n)s 个窗口，请核对窗口号。") % {"n": site.counters})
        return data

    @property
    def where(self) -> Site:
        return self.sites[self.cleaned_data["site"]]

    @property
    def authorised(self) -> Authorised:
        data = self.cleaned_data
        return Authorised(data["person"], data["id_kind"], data["id_last4"])


def mine_today(seat: Seat) -> list[Assistance]:
    """The clerk's own of today, newest first, with what was filed under each. Two queries."""
    rows = Assistance.objects.filter(clerk=seat.user, day=seat.today).select_related("employer")
    return list(rows.prefetch_related("bundles").order_by("-pk")[:LISTED])
