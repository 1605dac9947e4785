"""Published results for everybody: the list with its search, and the same rows as open data (CSV, JSON) with their schema."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.cases.clock import now
from foreignwork.cases.clock import today as day_of
from foreignwork.portal.verify import too_many
from foreignwork.rulebook.words import listed as strung

from .. import catalogue, opendata, policy
from ..models import Inspection
from .room import tame

PAGE = 50
TITLE = "外国人来华工作检查结果公示"
LICENCE = "公共数据，注明来源后可以自由使用；以公示页面的当日内容为准。"
View = Callable[..., HttpResponseBase]


def slowly(view: View) -> View:
    """No more often from one address than the house allows for pages without sign-in."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if too_many(request):
            return render(request, "429.html", status=429)
        return view(request, *args, **kwargs)

    return wrapped


@require_safe
@slowly
def results(request: HttpRequest) -> HttpResponse:
    """Results in publication, newest first, fifty a page; people never appear (S004-25, -26)."""
    day = day_of(now())
    asked = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:60]
    rows = opendata.about(opendata.shown(day), asked)
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    named = rows.select_related("subject_org", "office", "policy_version").defer("policy_version__document")
    found = list(named.order_by("-pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    local = {
        place: catalogue.accepted(place, None) for place in {row.office.jurisdiction_id for row in found}
    }
    context = {
        "rows": [_row(row, local) for row in found],
        "columns": [
            pgettext_lazy("organisation", "单位"),
            pgettext_lazy("several", "检查事项"),
            pgettext_lazy("one", "检查结果"),
            _("检查日期"),
            _("公示日期"),
        ],
        "asked": asked,
        "next_url": "?" + urlencode({"q": asked, "after": found[-1].pk}) if more else "",
    }
    return render(request, "supervision/public_results.html", context)


def _row(row: Inspection, local: dict[int, dict[str, policy.Item]]) -> dict[str, Any]:
    own = policy.of(row.policy_version)
    known = local[row.office.jurisdiction_id] | dict(own.items)
    result = own.results.get(row.shown_result)
    items = [known[code].name.pick(get_language()) for code in row.items if code in known]
    assert row.subject_org is not None
    assert row.published_on is not None
    until = _("至 %(day)s") % {"day": row.published_until.isoformat()} if row.published_until else ""
    return {
        "cells": [
            {"text": row.subject_org.name, "sub": row.subject_org.uscc},
            strung(items),
            {"text": result.text.pick(get_language()) if result else row.state_label, "sub": row.office.name},
            row.visited_on.isoformat() if row.visited_on else "",
            {"text": row.published_on.isoformat(), "sub": until},
        ]
    }


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """What can be downloaded, what each column means, whose data it is."""
    context = {"columns": [(name, label) for name, label in opendata.COLUMNS.items()], "licence": LICENCE}
    return render(request, "supervision/open_data.html", context)


@require_safe
@slowly
def as_file(request: HttpRequest, *, kind: str) -> HttpResponseBase:
    """``csv`` or ``json``, streamed: a million rows need no more memory than two thousand."""
    at = now()
    day = day_of(at)
    lines = _csv(day) if kind == "csv" else _json(day, request)
    types = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}
    answer = StreamingHttpResponse(lines, content_type=types[kind])
    answer["Content-Disposition"] = f'attachment; filename="inspection-results-{day}.{kind}"'
    return answer


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(day: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(list(opendata.COLUMNS))
    for record in opendata.records(day):
        yield writer.writerow([tame(value) for value in record.values()])


def _json(day: Any, request: HttpRequest) -> Iterator[str]:
    head = {
        "title": TITLE,
        "licence": LICENCE,
        "source": request.build_absolute_uri(reverse("supervision:public_results")),
        "schema": request.build_absolute_uri(reverse("supervision:open_schema")),
        "as_of": day.isoformat(),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "results": ['
    for n, record in enumerate(opendata.records(day)):
        yield (",\n" if n else "\n") + json.dumps(record, ensure_ascii=False)
    yield "\n]}\n"


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """JSON Schema of one row, its descriptions in Chinese, the authentic language."""
    with override("zh-hans"):
        told = {
            name: {"type": "string", "description": str(label)} for name, label in opendata.COLUMNS.items()
        }
    return JsonResponse(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": TITLE,
            "type": "object",
            "properties": told,
            "required": list(told),
            "additionalProperties": False,
        },
        json_dumps_params={"ensure_ascii": False},
    )
