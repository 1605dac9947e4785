"""The company on file: who it is, and the few things its agent may correct. Row history keeps what it was."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from foreignwork.accounts.models import Organisation
from foreignwork.accounts.uscc import clean_uscc, validate_uscc
from foreignwork.accounts.who import Actor
from foreignwork.cases.forms import plain_words
from foreignwork.cases.problems import CaseError

from .entry import Visit, agents
from .once import new_key, once
from .places import cities, packs_in_force
from .summary import lines_of, posted


def own(actor: Actor) -> Any:
    """The employers ``actor`` may act for."""
    return Organisation.objects.filter(pk__in=actor.employers).order_by("pk")


class CompanyForm(forms.ModelForm):
    """Typed code is compacted before the model's own check, which says in words what is wrong with it."""

    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=30,
        help_text=_("18 位，见营业执照或法人证书。代码由登记机关赋予，不能在这里更改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Organisation
        fields: ClassVar = ["uscc", "name_en", "address", "phone"]
        help_texts: ClassVar = {
            "name_en": _("与营业执照、合同上的英文名称一致；没有可以不填。"),
            "address": _("办公地址，用于联系和邮寄。"),
            "phone": _("例如 0931-1234567。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain_words(self.fields.values())
        self.fields["uscc"].error_messages["required"] = _("请填写统一社会信用代码。")

    def clean_uscc(self) -> str:
        code = clean_uscc(self.cleaned_data["uscc"])
        if code == self.instance.uscc:
            return code
        # The code is who the unit is: an agent who could change it could take another unit's, and with it what the window
        # files for that unit, which it finds by its code (ADR 0015).
        validate_uscc(code)
        raise ValidationError(
            _("信用代码不能自行更改。登记机关变更了代码的，请携带变更证明联系 12345。"), code="uscc_fixed"
        )


@require_safe
@agents
def company(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """``portal:company``: the company on file, or a list when there are several."""
    names = dict(cities([policy.pack for policy in packs_in_force(visit.today)]))
    rows = [
        {
            "company": row,
            "city": names.get(row.city, row.city),
            "changes": row.history.select_related("history_user").order_by("-history_date")[:5],
        }
        for row in own(visit.actor)
    ]
    return render(request, "portal/company.html", {"rows": rows, "visit": visit})


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def company_edit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponseBase:
    """``portal:company_edit``."""
    row = get_object_or_404(own(visit.actor), pk=pk)
    form = CompanyForm(posted(request), instance=row)
    problems: list[Any] = []
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():

            def work() -> str:
                form.save()
                return reverse("portal:company")

            try:
                return redirect(once(request, visit, f"company/{pk}", form.cleaned_data, work))
            except CaseError as refused:
                problems, status = lines_of(refused), 409
    # A refused form has written on the instance: the heading shows what is on file.
    on_file = own(visit.actor).get(pk=pk) if form.is_bound else row
    context = {
        "form": form,
        "company": on_file,
        "problems": problems,
        "key": new_key(),
        "visit": visit,
    }
    return render(request, "portal/company_edit.html", context, status=status)
