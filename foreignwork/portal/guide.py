"""The public service guide (办事指南): what the pack in force says, today or on another day. Nobody signs in for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag, urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foreignwork.accounts.models import Jurisdiction
from foreignwork.cases import clock
from foreignwork.policies.models import PolicyVersion
from foreignwork.rulebook import printing
from foreignwork.rulebook.guide import Guide, guide_of
from foreignwork.rulebook.process import applied_for

from .places import packs_in_force


class NoGuide(Exception):
    """There is none to show; ``sentence`` says why, ``status`` how."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose guide, of which day. ``query`` carries a day that is not today to the next page."""

    place: Jurisdiction
    version: PolicyVersion
    on: date
    today: date

    @property
    def query(self) -> str:
        return "" if self.on == self.today else f"?{urlencode({'on': self.on.isoformat()})}"


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """``portal:guides``: the places whose guide there is."""
    rows = [
        {"version": row, "pack": row.pack, "codes": applied_for(row.pack)}
        for row in packs_in_force(clock.today(clock.now()))
    ]
    return render(request, "portal/guides.html", {"rows": rows})


@require_safe
def guide(request: HttpRequest, place: str) -> HttpResponse:
    """``portal:guide``: the whole filing, and the way to each matter. ``?on=2026-01-31``: of that day."""
    try:
        asked = ask(request, place)
    except NoGuide as problem:
        return _none(request, place, problem)
    return render(request, "portal/guide.html", _context(asked, guide_of(asked.version)))


@require_safe
def matter(request: HttpRequest, place: str, matter: str) -> HttpResponse:
    """``portal:guide_matter``: one matter in full; ``?for=extend``: only what that kind of case needs."""
    try:
        asked = ask(request, place)
    except NoGuide as problem:
        return _none(request, place, problem)
    try:
        found = guide_of(asked.version, only=matter, sub=request.GET.get("for", ""))
    except KeyError:
        raise Http404 from None
    context = _context(asked, found)
    one = found.matters[0]
    context["sub_query"] = f"{asked.query}{'&' if asked.query else '?'}for="
    context["chosen"] = one.entry.sub_matters[one.sub].name if one.sub else None
    return render(request, "portal/guide_matter.html", {**context, "matter": one})


@require_safe
def whole_pdf(request: HttpRequest, place: str) -> HttpResponse:
    """``portal:guide_pdf``: all of it as one file, in the reader's language. ``?on=`` as for the page."""
    return _pdf(request, place, printing.WHOLE)


@require_safe
def matter_pdf(request: HttpRequest, place: str, matter: str) -> HttpResponse:
    """``portal:guide_matter_pdf``: one matter as a file."""
    return _pdf(request, place, f"matter:{matter}")


@require_safe
def form_pdf(request: HttpRequest, place: str, material: str) -> HttpResponse:
    """``portal:guide_form``: the blank of a form which the system fills in."""
    return _pdf(request, place, f"form:{material}")


def _pdf(request: HttpRequest, place: str, part: str) -> HttpResponse:
    """The printed file; before the worker has made it, a page that says so (202, Retry-After) and the order to print it."""
    try:
        asked = ask(request, place)
    except NoGuide as problem:
        return _none(request, place, problem)
    language = get_language() or printing.LANGUAGES[0]
    try:
        found = printing.find_printed(asked.version, part, language)
    except KeyError:
        raise Http404 from None
    if found is None:
        printing.order([printing.sheet(asked.version, part, language)], at=clock.now())
        context = {"asked": asked, "again": request.get_full_path()}
        answer = render(request, "portal/guide_printing.html", context, status=202)
        answer.headers["Retry-After"] = "10"
        return answer
    etag = quote_etag(found.sha256)
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:  # the bytes are not read
        return unchanged
    response = HttpResponse(bytes(found.pdf), content_type="application/pdf")
    name = printing.known(asked.version, part, language).name
    response.headers["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"  # kept, and asked for again: the version may have changed
    return response


def ask(request: HttpRequest, code: str) -> Asked:
    """The version that governs the day asked for. Raises Http404 for an unknown place, NoGuide for a day without one."""
    place = Jurisdiction.objects.filter(code=code).first()
    if place is None:
        raise Http404
    today = clock.today(clock.now())
    typed = request.GET.get("on", "").strip()
    try:
        on = date.fromisoformat(typed) if typed else today
    except ValueError:
        raise NoGuide(_("日期不存在。请按“年-月-日”填写，例如 2026-01-31。"), 400) from None
    try:
        version = PolicyVersion.objects.select_related("jurisdiction").in_force(code, on)
    except PolicyVersion.DoesNotExist:
        raise NoGuide(_("这一天还没有公布办事指南。请选择较晚的日期。"), 404) from None
    return Asked(place, version, on, today)


def _context(asked: Asked, found: Guide) -> dict[str, Any]:
    return {
        "asked": asked,
        "guide": found,
        "query": asked.query,
        "forms_at": reverse("portal:guide_form", args=[asked.place.code, "x"])[:-2],
        "versions": PolicyVersion.objects.filter(jurisdiction=asked.place).order_by("-effective_from", "-id")[
            :12
        ],
        "list_url": reverse("portal:filing_start"),
    }


def _none(request: HttpRequest, place: str, problem: NoGuide) -> HttpResponse:
    context = {"place": place, "problem": problem.sentence, "typed": request.GET.get("on", "")[:40]}
    return render(request, "portal/guide_none.html", context, status=problem.status)
