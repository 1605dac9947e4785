"""Policy packs at the desk: read a version, compare two, propose a new one, approve what another proposed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Jurisdiction
from foreignwork.cases.problems import KeyReused
from foreignwork.policies import proposals
from foreignwork.policies.loader import PackError
from foreignwork.policies.models import PolicyVersion, Proposal
from foreignwork.policies.proposals import Faulty, Refused
from foreignwork.rulebook import differences, faults, reading
from foreignwork.rulebook import trials as trying
from foreignwork.workflow import keys

from .. import packs, trials
from ..pack_forms import CompareForm, DecisionForm, ProposalForm, TrialForm
from ..seat import RULE_ROLES, Seat, at_desk, needs_post, refused

SHOWN = 50
STATUSES = {"decided_already": 409, "overtaken": 409, "day_passed": 422, "reason_needed": 422}


def _no_reader(request: HttpRequest, seat: Seat) -> HttpResponse | None:
    return None if seat.reads_rules else refused(request, seat, needs_post(*RULE_ROLES))


@at_desk
def home(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All versions by place, and the proposals of one's own places."""
    if no := _no_reader(request, seat):
        return no
    places = []
    for place in Jurisdiction.objects.filter(policy_versions__isnull=False).distinct().order_by("pk"):
        rows = PolicyVersion.objects.filter(jurisdiction=place).order_by("-published_at")[:SHOWN]
        places.append({"place": place, "rows": packs.history(rows, seat.today)})
    rows = packs.proposals_for(seat).order_by("-pk")
    context = {
        "seat": seat,
        "places": places,
        "columns": [_("版本"), _("生效日期"), _("状态"), _("怎么发布的")],
        "open": rows.open(),
        "done": rows.filter(decision__isnull=False)[:SHOWN],
        "proposes": bool(seat.offices_as(roles.policy_officer)),
    }
    return render(request, "desk/packs.html", context)


@at_desk
def version(request: HttpRequest, seat: Seat, *, pk: int) -> HttpResponse:
    """One version in words, what is not certain first."""
    if no := _no_reader(request, seat):
        return no
    side = packs.side(seat, f"v{pk}")
    found = reading.sections(side.pack)
    context = {
        "seat": seat,
        "side": side,
        "version": side.source,
        "sections": found,
        "open_points": reading.open_points(found),
    }
    return render(request, "desk/pack_version.html", context)


@at_desk
def compare(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Two versions, field by field."""
    if no := _no_reader(request, seat):
        return no
    asked = {"before", "after"} & request.GET.keys()
    form = CompareForm(request.GET if asked else None, sides=packs.sides(seat))
    context: dict[str, Any] = {"seat": seat, "form": form}
    if asked and form.is_valid():
        one, two = (packs.side(seat, form.cleaned_data[name]) for name in ("before", "after"))
        context |= {
            "before": one,
            "after": two,
            "changed": differences.differences(one.pack, two.pack, one.document, two.document),
        }
    return render(request, "desk/pack_compare.html", context, status=400 if form.errors else 200)


@at_desk
def propose(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The file, its day and the reason. What is faulty is told by file, key and reason, and the text stays."""
    places = packs.own_places(seat, roles.policy_officer)
    if not places:
        return refused(request, seat, needs_post(roles.policy_officer))
    if request.method != "POST":
        wanted = request.GET.get("place")
        place = next((one for one in places if one.code == wanted), places[0])
        form = ProposalForm(initial={"text": packs.starting_text(place)})
        return _propose_page(request, seat, form, place=place)
    form = ProposalForm(request.POST, request.FILES)
    if not form.is_valid():
        return _propose_page(request, seat, form, status=400)
    try:
        made = _entered(request, seat, form)
    except Faulty as error:
        return _propose_page(request, seat, _with_text(form), found=error.faults, status=422)
    except Refused as error:
        return _propose_page(request, seat, _with_text(form), problem=error.sentence, status=422)
    except KeyReused as error:
        return _propose_page(request, seat, _with_text(form), problem=str(error.problems[0]), status=409)
    messages.success(
        request, _("已提出。由本地区的负责人批准之后，自 %(day)s 起施行。") % {"day": made.effective_from}
    )
    return redirect("desk:pack_proposal", pk=made.pk)


def _entered(request: HttpRequest, seat: Seat, form: ProposalForm) -> Proposal:
    """Once, however often the button is pressed."""
    data, key = form.cleaned_data, request.POST.get("key", "")
    content = {"text": data["text"], "on": data["on"], "reason": data["reason"]}
    with transaction.atomic():
        if keys.KEY.fullmatch(key):
            print_ = keys.fingerprint("propose_pack", content)
            found = keys.claim(user=seat.user, key=key, print_=print_, at=seat.at)
            if found is not None:
                return Proposal.objects.get(pk=found["proposal"])
        made = proposals.propose(**content, actor=seat.actor, at=seat.at)
        if keys.KEY.fullmatch(key):
            keys.settle(user=seat.user, key=key, outcome={"proposal": made.pk})
    return made


def _with_text(form: ProposalForm) -> ProposalForm:
    """The form as it came, with an uploaded file's text in the field, so that it can be put right here."""
    again = ProposalForm({**form.data.dict(), "text": form.cleaned_data["text"]})  # type: ignore[attr-defined]
    again.is_valid()
    return again


def _propose_page(
    request: HttpRequest,
    seat: Seat,
    form: ProposalForm,
    *,
    place: Jurisdiction | None = None,
    found: list[PackError] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "seat": seat,
        "form": form,
        "place": place,
        "places": packs.own_places(seat, roles.policy_officer),
        "faults": [{"fault": one, "words": faults.in_words(one)} for one in found or ()],
        "problem": problem,
        "key": uuid4(),
    }
    return render(request, "desk/pack_propose.html", context, status=status)


@at_desk
def proposal(request: HttpRequest, seat: Seat, *, pk: int) -> HttpResponse:
    """What is proposed, what it changes, and what became of it."""
    if no := _no_reader(request, seat):
        return no
    return _proposal_page(request, seat, _open(seat, pk), DecisionForm())


@at_desk
def decide(request: HttpRequest, seat: Seat, *, pk: int) -> HttpResponse:
    """Approve, refuse or withdraw. The kernel says who may; the page says why not."""
    if no := _no_reader(request, seat):
        return no
    found = _open(seat, pk)
    if request.method != "POST":
        return redirect("desk:pack_proposal", pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _proposal_page(request, seat, found, form, status=400)
    try:
        _do(found, seat, form)
    except Refused as error:
        status = STATUSES.get(error.code, 403)
        return _proposal_page(request, seat, _open(seat, pk), form, problem=error.sentence, status=status)
    said = {
        "approve": _("已批准，自 %(day)s 起施行。") % {"day": found.effective_from},
        "refuse": _("未批准。现行版本继续有效。"),
        "withdraw": _("已撤回。现行版本继续有效。"),
    }
    messages.success(request, said[form.cleaned_data["what"]])
    return redirect("desk:pack_proposal", pk=pk)


def _do(found: Proposal, seat: Seat, form: DecisionForm) -> None:
    what, reason = form.cleaned_data["what"], form.cleaned_data["reason"]
    if what == "approve":
        proposals.approve(found, actor=seat.actor, at=seat.at, reason=reason)
    elif what == "refuse":
        proposals.refuse(found, actor=seat.actor, at=seat.at, reason=reason)
    else:
        proposals.withdraw(found, actor=seat.actor, at=seat.at, reason=reason)


def _open(seat: Seat, pk: int) -> Proposal:
    found = packs.proposals_for(seat).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _proposal_page(
    request: HttpRequest,
    seat: Seat,
    found: Proposal,
    form: DecisionForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    base = found.base
    decision = getattr(found, "decision", None)
    points = reading.open_points(reading.sections(found.pack))
    context = {
        "seat": seat,
        "proposal": found,
        "decision": decision,
        "look": packs.OUTCOMES.get(decision.outcome, "") if decision else "",
        "base": base,
        "changed": differences.differences(
            base.pack, found.pack, base.document, found.documents[0]["document"]
        )
        if base
        else [],
        "later": found.documents[1:],
        "replaced": proposals.replaced_plans(found) if decision is None else [],
        "open_points": points,
        "objection": proposals.objection(found, seat.actor) if decision is None else None,
        "own": found.proposed_by_id == seat.user.pk,
        "form": form,
        "problem": problem,
    }
    return render(request, "desk/pack_proposal.html", context, status=status)


@at_desk
def simulate(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Try rules on cases that were filed: the worker does it, the result has a page of its own."""
    if no := _no_reader(request, seat):
        return no
    mine = {place.pk for place in packs.own_places(seat)}
    choices = packs.sides(seat, only=mine)
    if request.method == "POST":
        form = TrialForm(request.POST, sides=choices, today=seat.today)
        if form.is_valid():
            data = form.cleaned_data
            source = packs.side(seat, data["candidate"]).source
            made = trying.begin(source, since=data["since"], until=data["until"], by=seat.user, at=seat.at)
            return redirect("desk:pack_trial", pk=made.pk)
    else:
        wanted = request.GET.get("candidate", "")
        form = TrialForm(
            sides=choices,
            today=seat.today,
            initial={"candidate": wanted} if dict(choices).get(wanted) else None,
        )
    context = {"seat": seat, "form": form, "trials": trials.trials_for(seat)[:20]}
    return render(request, "desk/pack_simulate.html", context, status=400 if form.errors else 200)


@at_desk
def trial(request: HttpRequest, seat: Seat, *, pk: int) -> HttpResponse:
    """What the rules tried would have changed: figures, and the cases, those that would be overdue first."""
    if no := _no_reader(request, seat):
        return no
    found = trials.trials_for(seat).filter(pk=pk).first()
    if found is None:
        raise Http404
    rows, after = trials.page(found, seat, request.GET.get("after", ""))
    context = {
        "seat": seat,
        "trial": found,
        "rows": rows,
        "columns": trials.COLUMNS,
        "counters": trials.figures(found),
        "looked_at": found.counts.get("cases", 0),
        "next_url": f"?after={after}" if after else "",
        "first_url": "?" if request.GET.get("after") else "",
    }
    return render(request, "desk/pack_trial.html", context)
