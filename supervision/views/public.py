"""For everybody: which draws there were, each with everything needed to repeat it at home."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from foreignwork.cases.clock import today as day_of
from foreignwork.policies.models import PolicyVersion

from .. import frozen, policy, telling, verifier
from ..models import Draw

View = Callable[..., HttpResponse]
PAGE = 50


def draws() -> Any:
    return (
        Draw.objects.exclude(number=None)
        .select_related("part__plan", "jurisdiction", "office", "commitment", "result", "cancellation")
        .defer("result__packed", "cancellation__packed")
    )


def draw_or_404(number: str) -> Draw:
    found: Draw = get_object_or_404(draws(), number=number.upper())
    return found


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All draws from their commitment on, also those cancelled: newest first, fifty a page."""
    after = request.GET.get("after", "")
    rows = draws().order_by("-pk")
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return render(
        request,
        "supervision/public_draws.html",
        {
            "draws": [(row, telling.STATES[row.state]) for row in found],
            "next_url": f"?after={found[-1].pk}" if more else "",
        },
    )


@require_safe
def draw(request: HttpRequest, *, number: str) -> HttpResponse:
    """One draw, step by step, from the commitment to the substitutions."""
    row = draw_or_404(number)
    own = policy.of(PolicyVersion.objects.in_force(row.jurisdiction.code, day_of(row.opened_at)))
    return render(
        request,
        "supervision/public_draw.html",
        {"draw": row, "told": telling.Told(row, own), "has_record": row.state in ("published", "cancelled")},
    )


@require_safe
def commitment(request: HttpRequest, *, number: str) -> HttpResponse:
    """The document committed to, as published before any number was known."""
    row = draw_or_404(number)
    body = {"commit_doc": row.commitment.doc, "commit_hash": row.commitment.hash}
    return _download(json.dumps(body, ensure_ascii=False), f"{row.number}-commitment.json")


@require_safe
def record(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """The record as verifier.py reads it."""
    row = draw_or_404(number)
    try:
        text = frozen.record_text(row)
    except LookupError:
        raise Http404 from None
    answer = StreamingHttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.json"'
    return answer


@require_safe
def program(request: HttpRequest) -> HttpResponse:
    """verifier.py itself: one file, the standard library, readable."""
    return _download(inspect.getsource(verifier), "verifier.py", "text/x-python; charset=utf-8")


def _download(text: str, name: str, kind: str = "application/json; charset=utf-8") -> HttpResponse:
    answer = HttpResponse(text, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
