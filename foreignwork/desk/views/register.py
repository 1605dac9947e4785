"""The register at the desk: the list, and one number with its history."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from foreignwork.cases import registry

from .. import register as book
from ..seat import Seat, at_desk


@require_safe
@at_desk
def register(request: HttpRequest, seat: Seat) -> HttpResponse:
    """``desk:register``: what one's offices granted, newest first."""
    form = book.RegisterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows, before = book.page_of(seat, asked, request.GET.get("before"))
    chosen = {name: value for name, value in asked.items() if value}
    here = reverse("desk:register")
    context = {
        "seat": seat,
        "form": form,
        "columns": book.COLUMNS,
        "rows": rows,
        "tools": [page for matter in registry.all_matters() for page in matter.register_pages],
        "clear": here if chosen else "",
        "older": f"{here}?{urlencode({**chosen, 'before': before})}" if before else "",
        "newer": f"{here}?{urlencode(chosen)}" if request.GET.get("before") else "",
    }
    return render(request, "desk/register.html", context, status=200 if form.is_valid() else 400)


@require_safe
@at_desk
def entry(request: HttpRequest, seat: Seat, *, pk: int) -> HttpResponse:
    """``desk:register_entry``: one number for life, and every term under it."""
    row = get_object_or_404(book.visible_to(seat).select_related("case"), pk=pk)
    context = {
        "seat": seat,
        "row": row,
        "terms": book.history_of(row, seat),
        "matter": row.case.matter_entry.label,
    }
    return render(request, "desk/register_entry.html", context)
