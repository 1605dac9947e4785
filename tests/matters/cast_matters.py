"""Short cuts for the tests of residence, social insurance and titles: a bundle up to the permit's grant, and what it left."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from foreignwork.accounts import who
from foreignwork.cases.clock import today
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Bundle, Case, CaseEvent, concrete
from foreignwork.cases.problems import Blocked, NotAllowed, WrongState
from foreignwork.cases.registry import get
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import Foreigner
from foreignwork.dossiers.models import DossierVersion, EngagementVersion
from foreignwork.notices.models import Notice
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.registry import handler_of
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion
from foreignwork.workflow import facts, opening
from foreignwork.workflow.perform import Invalid, perform
from foreignwork.workflow.turns import carry_out
from tests.stage import AT, bring, case_of

EFFECTS = ("case.moved", "dossier.dated", "entitlement.ended")


def later(days: int = 0, *, since: datetime = AT) -> datetime:
    return since + timedelta(days=days)


def drain(at: datetime) -> None:
    """Run the outbox's effects on cases until nothing is left (papers stay queued)."""
    while rows := list(OutboxMessage.objects.filter(topic__in=EFFECTS, sent_at__isnull=True).order_by("id")):
        for row in rows:
            handler_of(row.topic)(row.payload, at)
        OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(sent_at=at)


def filed(
    cast: Cast, who_: Foreigner, *, firm: str = "university", at: datetime = AT, **changes: Any
) -> Bundle:
    return stage.file(cast, firm, who_, at=at, **changes)


def granted(
    cast: Cast, who_: Foreigner, *, firm: str = "university", at: datetime = AT, **changes: Any
) -> Bundle:
    """A bundle whose work permit is granted, and whose siblings have looked at their gates."""
    bundle = filed(cast, who_, firm=firm, at=at, **changes)
    bring(cast, case_of(bundle, "W"), "granted", at=at)
    drain(at)
    return bundle


def filed_beside(cast: Cast, bundle: Bundle, who_: Foreigner, matter: str, *, at: datetime = AT) -> Bundle:
    """A further filing of the same person for this matter alone, the permit being held (S003-100)."""
    first = Bundle.objects.get(pk=bundle.pk)
    answers = {name: value for name, value in first.answers.items() if name not in ("matters", "public_body")}
    form = stage.filing(
        cast, first.engagement, who_, at=at, matters=(matter,), **{**answers, "purpose": "add"}
    )
    stage.hand_in(cast, form, who_, at=at)
    key = next(key for key, firm in cast.firms.items() if firm.pk == first.employer_id)
    return opening.file_bundle(form, actor=stage.actor(cast.agents[key], at), at=at)


def opened_beneath(cast: Cast, bundle: Bundle, who_: Foreigner, matter: str, *, at: datetime = AT) -> Bundle:
    """A case that no filing would open, for what the register knows from before: beneath the checks of the filing."""
    first = Bundle.objects.get(pk=bundle.pk)
    engagement = first.engagement
    again = Bundle.objects.create(
        number=f"AGAIN-{matter.upper()}",
        jurisdiction=cast.jurisdiction,
        policy_version=cast.policy,
        employer=engagement.employer,
        dossier=first.dossier,
        engagement=engagement,
        answers=dict(first.answers),
        filed_at=at,
    )
    form = stage.filing(cast, engagement, who_, at=at, matters=(matter,))
    person = DossierVersion.objects.filter(dossier=first.dossier).latest("seq")
    work = EngagementVersion.objects.filter(engagement=engagement).latest("seq")
    cases = opening._cases(again, form, cast.policy.pack, {}, person, work)
    user = who.actor(agent(cast, cases[0]), today(at))
    carry_out(opening._turns(contexts(cases, today(at)), user, at=at), at=at)
    return again


def file_together(cast: Cast, matter: str) -> None:
    """Put a pack into force whose ``matter`` is filed with the permit: its gate is before the decision (law-notes 15)."""
    document = copy.deepcopy(dict(PolicyVersion.objects.get(pk=cast.policy.pk).document))
    for gate in document["matters"][matter]["gates"]:
        gate["at"] = "before_decision"
    PolicyVersion.objects.create(
        jurisdiction=cast.jurisdiction,
        pack_code=cast.policy.pack_code,
        version="together",
        effective_from=cast.policy.effective_from,
        sha256=loader.digest(document),
        document=document,
    )


def refuse_permit(cast: Cast, bundle: Bundle, *, at: datetime = AT) -> None:
    case = bring(cast, case_of(bundle, "W"), "second_reviewed", at=at)
    data = {"reasons": ["person_conditions"], "remark": "工作经历与岗位不符"}
    stage.act(case, cast.officer(case, "decide"), "refuse", at=at, data=data)
    drain(at)


def record(bundle: Bundle, kind: str, on: date, *, at: datetime) -> None:
    """Record an entry or a start of work, and let the waiting cases look again."""
    facts.record(bundle.dossier, kind=kind, on=on, by=None, at=at)
    drain(at)


def agent(cast: Cast, case: Case) -> Any:
    key = next(key for key, firm in cast.firms.items() if firm.pk == case.employer_id)
    return cast.agents[key]


def go(
    cast: Cast,
    case: Case,
    desk: str,
    action: str,
    *,
    at: datetime = AT,
    data: Mapping[str, Any] | None = None,
) -> Any:
    """One step by ``desk`` of the case's office, or by its employer's ``agent``."""
    user = agent(cast, case) if desk == "agent" else cast.officer(case, desk)
    return stage.act(case, user, action, at=at, data=data)


def by_system(case: Case, action: str, *, at: datetime) -> Any:
    return concrete(perform(case_id=case.pk, action=action, actor=who.system(today(at)), at=at))


def refused(cast: Cast, case: Case, desk: str, action: str, **kw: Any) -> list[str]:
    """The codes of the problems for which the step is refused; the case must stay as it was."""
    before = Case.objects.values().get(pk=case.pk)
    with pytest.raises((WrongState, NotAllowed, Blocked)) as caught:
        go(cast, case, desk, action, **kw)
    assert Case.objects.values().get(pk=case.pk) == before
    return [problem.code for problem in caught.value.problems]


def invalid(cast: Cast, case: Case, desk: str, action: str, **kw: Any) -> set[str]:
    """The fields the step's form refuses."""
    with pytest.raises(Invalid) as caught:
        go(cast, case, desk, action, **kw)
    return set(caught.value.form.errors)


def context_of(case: Case, at: datetime) -> Context:
    row = Case.objects.select_related("policy_version", "office", "dossier").get(pk=case.pk)
    own = concrete(row)
    for name in ("policy_version", "office", "dossier"):
        setattr(own, name, getattr(row, name))
    return contexts([own], today(at))[0]


def summary_of(case: Case, at: datetime) -> dict[str, Any]:
    rows = get(case.matter).summary(context_of(case, at))  # type: ignore[misc]
    return {str(label): value for label, value in rows}


def clock(case: Case, kind: str, basis: str) -> Deadline | None:
    return Deadline.objects.filter(case=case, kind=kind, basis=basis).order_by("-pk").first()


def papers(case: Case) -> list[str]:
    return list(Notice.objects.filter(case=case).order_by("pk").values_list("kind", flat=True))


def text_of(case: Case, kind: str) -> dict[str, Any]:
    """The frozen content of the case's latest paper of this kind."""
    found: Any = Notice.objects.filter(case=case, kind=kind).latest("pk").body.context
    return dict(found)


def actions(case: Case) -> list[str]:
    return list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("action", flat=True))


def issue_papers(case: Case, at: datetime) -> None:
    """As if the worker had rendered them."""
    Notice.objects.filter(case=case, status="queued").update(status="issued", issued_at=at)
