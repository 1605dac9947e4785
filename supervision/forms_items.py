"""Forms of local check items: what is asked for, and for its end. Answering is ``forms_plan.AnswerForm``."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import policy
from .forms_office import BOXES, LINES, OfficeForm, named
from .models import Kind


class _FromForm(OfficeForm):
    """From a day on, for a reason."""

    from_on = forms.DateField(label=_("自哪一天起"))
    reason = forms.CharField(
        label=_("申报理由"),
        max_length=500,
        widget=LINES,
        help_text=_("本地区的什么问题使这个事项有必要增加或者停用。"),
    )

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        self.day = day
        super().__init__(*args, **kwargs)

    def clean_from_on(self) -> date:
        day: date = self.cleaned_data["from_on"]
        if day < self.day:
            raise forms.ValidationError(_("清单的历史不能改变，请填写今天或者以后的日期。"))
        return day


class ItemForm(_FromForm):
    """A local item as the list shows it. English may be left out; English pages then show the Chinese text."""

    code = forms.SlugField(
        label=_("代码"),
        max_length=60,
        help_text=_("小写字母、数字和下划线。填写已有地方事项的代码，即为变更该事项。"),
    )
    name_zh = forms.CharField(label=_("事项名称"), max_length=200)
    name_en = forms.CharField(label=_("英文名称"), max_length=300, required=False)
    of = forms.MultipleChoiceField(label=_("检查对象"), choices=Kind.choices, widget=BOXES)
    basis_zh = forms.CharField(
        label=_("检查依据"),
        max_length=500,
        widget=LINES,
        help_text=_("法律、法规、规章的名称和条款；没有依据的不能增加。"),
    )
    basis_en = forms.CharField(label=_("检查依据（英文）"), max_length=500, required=False)
    method_zh = forms.CharField(label=_("检查方式"), max_length=300)
    method_en = forms.CharField(label=_("检查方式（英文）"), max_length=300, required=False)
    points_zh = forms.CharField(label=_("检查要点"), max_length=500, required=False, widget=LINES)
    points_en = forms.CharField(label=_("检查要点（英文）"), max_length=500, required=False)
    frequency_zh = forms.CharField(label=_("抽查频次"), max_length=200)
    frequency_en = forms.CharField(label=_("抽查频次（英文）"), max_length=200, required=False)

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["skill"] = forms.ChoiceField(
            label=_("所需专长"), choices=[("", _("不限")), *named(self.own.skills)], required=False
        )
        self.fields["departments"] = forms.MultipleChoiceField(
            label=_("可参加的部门"), choices=named(self.own.departments), widget=BOXES, required=False
        )
        last = ["skill", "departments", "from_on", "reason"]
        self.order_fields([*(name for name in self.fields if name not in last), *last])


class EndForm(_FromForm):
    """From which day on the item is no longer checked."""
