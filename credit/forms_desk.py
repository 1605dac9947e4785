"""Forms of credit's own pages at the desk."""

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import plain_words


class VoidForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明这条记录为什么有误。")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        plain_words(self.fields.values())
