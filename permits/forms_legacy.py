"""The form of the step that takes over a former permit, and what it gives; the upload of the file and the decision about it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.forms import StepForm
from foreignwork.cases.steps import Act, Draft

from .legacy.sheet import LARGEST


class LegacyForm(StepForm):
    """The permit as the former register has it. The rows were checked before; here their shape alone."""

    clear: ClassVar[tuple[str, ...]] = ("number", "valid_from", "valid_until")

    number = forms.CharField(label=_("许可证号"), max_length=20)
    post = forms.CharField(label=_("工作岗位"), max_length=120)
    valid_from = forms.DateField(label=_("有效期起"))
    valid_until = forms.DateField(label=_("有效期止"))


def former_draft(context: Context, act: Act) -> Draft:
    return Draft(
        number=act.data["number"],
        category=context.case.category,
        post=act.data["post"],
        valid_from=act.data["valid_from"],
        valid_until=act.data["valid_until"],
    )


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("旧版许可清单（CSV）"),
        help_text=_("使用下载的空白表填写，另存为 CSV。不要改动第一行。"),
        error_messages={
            "required": _("请选择文件。"),
            "empty": _("文件是空的，请重新选择。"),
            "missing": _("请选择文件。"),
        },
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError(
                _("文件超过 %(mb)s MB。请分成几个文件。") % {"mb": LARGEST // 2**20}, code="too_large"
            )
        return upload


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("决定"),
        choices=[("approve", _("批准转入")), ("reject", _("不同意"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择批准或者不同意。")},
    )
    reason = forms.CharField(
        label=_("理由"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不同意的，必须写明理由。"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("decision") == "reject" and not data.get("reason"):
            self.add_error("reason", _("请写明不同意的理由。"))
        return data
