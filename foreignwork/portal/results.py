"""One page with the results of a whole filing, and taking a whole filing back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foreignwork.cases.bundle_state import LOOKS, state_of
from foreignwork.cases.forms import plain_words
from foreignwork.cases.models import Bundle, Case, Entitlement
from foreignwork.cases.phases import Outcome
from foreignwork.cases.problems import CaseError
from foreignwork.workflow.withdrawing import can_be_withdrawn, withdraw_all

from . import board
from .bundles import find
from .entry import Visit, agents, visitors
from .once import new_key, once
from .people import names_of
from .progress import look_of, phase_words
from .summary import Line, errors_of, lines_of, posted


@dataclass(slots=True)
class Result:
    """What came of one matter: the words, what was granted, the papers, and what to do when it was not."""

    name: str
    case: Case
    words: str
    look: str
    entitlement: Entitlement | None
    papers: list[dict[str, Any]]
    next: str


def next_steps(case: Case) -> str:
    """What the reader may do now, in one sentence; the papers name the remedies of the law."""
    if case.outcome in (Outcome.REFUSED, Outcome.DECLINED):
        return _("理由和救济途径写在文书中；情形消除后可以重新申请。")
    if case.outcome in (Outcome.ENDED, Outcome.WITHDRAWN, Outcome.LAPSED):
        return _("需要时可以重新申请，已提交的材料仍在档案中，不用重交。")
    if not case.outcome:
        return _("正在办理，进度见办件页面。")
    return ""


def results_of(bundle: Bundle, cases: list[Case], *, today: date) -> list[Result]:
    """In the pack's order. The same queries, however many matters."""
    pack, language = bundle.policy_version.pack, get_language()
    granted = {row.case_id: row for row in Entitlement.objects.filter(case__in=cases)}
    cards = board.cards_of(bundle, cases, today=today, acts=False)
    papers = board.papers_of(cases, pack, cards)
    order = {code: n for n, code in enumerate(pack.matter_codes())}
    found = []
    for case in sorted(cases, key=lambda row: order.get(row.matter, 99)):
        name = pack.matters[case.matter].name.pick(language)
        mine = [paper for paper in papers if paper["matter"] == name]
        found.append(
            Result(
                name=name,
                case=case,
                words=phase_words(case),
                look=look_of(case),
                entitlement=granted.get(case.pk),
                papers=mine,
                next=next_steps(case),
            )
        )
    return found


@require_safe
@visitors
def result(request: HttpRequest, visit: Visit, number: str) -> HttpResponseBase:
    """``portal:result``: all results of the filing on one page, to read, to print, to keep."""
    row = find(visit, number)
    cases = board.cases_of([row])[row.pk]
    state = state_of(cases)
    context = {
        "bundle": row,
        "name": names_of([row.dossier_id]).get(row.dossier_id),
        "state": state.label,
        "look": LOOKS[state],
        "results": results_of(row, cases, today=visit.today),
        "hotline": row.policy_version.pack.meta.hotline,
        "crumbs": _crumbs(row),
        "visit": visit,
    }
    return render(request, "portal/result.html", context)


def _crumbs(row: Bundle) -> list[dict[str, str]]:
    return [
        {"label": _("我的办件"), "href": reverse("portal:home")},
        {"label": row.number, "href": reverse("portal:bundle", args=[row.number])},
    ]


class WithdrawForm(forms.Form):
    remark = forms.CharField(
        label=gettext_lazy("撤回的理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请写明理由，办件记录中会保留。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain_words(self.fields.values())


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def withdraw(request: HttpRequest, visit: Visit, number: str) -> HttpResponseBase:
    """``portal:withdraw``: take back every matter of the filing that is still open. POST does it, once."""
    row = find(visit, number)
    form, problems = WithdrawForm(posted(request)), list[Line]()
    open_ = can_be_withdrawn(row)
    if request.method == "POST" and form.is_valid():
        data = {"remark": form.cleaned_data["remark"]}
        where = reverse("portal:bundle", args=[row.number])

        def work() -> str:
            done = withdraw_all(row, actor=visit.actor, at=visit.at, data=data)
            if done:
                messages.success(request, _("已撤回 %(n)s 个事项。") % {"n": len(done)})
            return where

        try:
            return redirect(once(request, visit, f"withdraw/{row.number}", data, work))
        except CaseError as refused:
            problems = lines_of(refused)
    elif request.method == "POST":
        problems = errors_of(form)
    pack, language = row.policy_version.pack, get_language()
    context = {
        "bundle": row,
        "form": form,
        "problems": problems if not form.errors else [],
        "open": [pack.matters[case.matter].name.pick(language) for case in open_],
        "key": new_key(),
        "crumbs": _crumbs(row),
        "visit": visit,
    }
    status = 400 if form.errors else 422 if problems else 200
    return render(request, "portal/withdraw.html", context, status=status)
