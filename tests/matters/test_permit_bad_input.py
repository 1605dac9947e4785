"""What an application or a decision may not be: each a clear sentence, and nothing changed (issue 4, "Bad input")."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Bundle, Case, CaseEvent, Entitlement
from foreignwork.cases.problems import Blocked, CaseError, NotAllowed
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.desk import seat as desk_seat
from foreignwork.notices.models import Notice
from foreignwork.outbox.models import OutboxMessage
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.opening import Filing, file_bundle
from foreignwork.workflow.perform import Invalid
from permits.models import WorkPermit
from tests import signin
from tests.matters.test_permit_kinds import again, before_expiry, held, new_facts
from tests.stage import AT, all_met, bring, case_of


def everything() -> list[Any]:
    """All that a step could have changed, row by row or by number."""
    counted = (Bundle, CaseEvent, Deadline, Notice, OutboxMessage, WorkPermit)
    return [
        *(model.objects.count() for model in counted),
        *Case.objects.order_by("pk").values(),
        *Entitlement.objects.order_by("pk").values(),
    ]


@contextmanager
def refused(*codes: str, kind: type[CaseError] = Blocked) -> Iterator[list[str]]:
    """The step is refused for these reasons, in whole sentences, and nothing is different afterwards."""
    before, sentences = everything(), []  # type: ignore[var-annotated]
    with pytest.raises(kind) as caught:
        yield sentences
    assert [problem.code for problem in caught.value.problems] == list(codes)
    sentences += [problem.sentence for problem in caught.value.problems]
    assert all(sentence.endswith("。") and "%" not in sentence for sentence in sentences), sentences
    assert everything() == before


def test_nothing_is_decided_without_the_list_of_conditions(cast: Cast) -> None:
    """The case stands before the decider, and no review is on record: neither granted nor refused."""
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "accepted")
    Case.objects.filter(pk=case.pk).update(state="second_reviewed")
    decider = cast.officer(case, "decide")
    with refused("checklist_missing") as said:
        stage.act(case, decider, "grant", at=AT, data={"remark": "同意"})
    assert "请先完成一级审查和二级审查" in said[0]
    with refused("checklist_missing"):
        data = {"reasons": ["person_conditions"], "remark": "不符合条件。"}
        stage.act(case, decider, "refuse", at=AT, data=data)
    decisions = [registry.get("permits").steps[name] for name in ("grant", "cancel", "refuse")]
    assert all("checklist_made" in [rule.__name__ for rule in step.needs] for step in decisions)

    # One condition left out of a review is named; no review is recorded.
    Case.objects.filter(pk=case.pk).update(state="accepted")
    left_out = next(name for name in all_met(case) if name.startswith("condition_"))
    before = everything()
    data = {name: value for name, value in all_met(case).items() if name != left_out}
    with pytest.raises(Invalid) as short:
        stage.act(case, cast.officer(case, "review"), "first_review", at=AT, data=data)
    assert set(short.value.form.errors) == {left_out}
    assert everything() == before


def test_one_person_in_two_hands_and_one_who_keeps_away(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "accepted")
    officer = cast.officer(case, "reception")
    officer.posts.create(office=case.office, role="first_reviewer", from_on=date(2025, 1, 1))
    with refused("hand_repeated", kind=NotAllowed):
        stage.act(case, officer, "first_review", at=AT, data=all_met(case))
    reviewer = cast.officer(case, "review")
    case = stage.act(case, reviewer, "recuse", at=AT, data={"remark": "与申请人有亲属关系"})
    with refused("recused", kind=NotAllowed):
        stage.act(case, reviewer, "first_review", at=AT, data=all_met(case))

    # The same by the desk's own address: refused in words, and as unchanged as before.
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    before = everything()
    for user, said in ((officer, "同一"), (reviewer, "回避")):
        signin.force_login(client, user)
        where = reverse("desk:step", args=[case.number, "first_review"])
        answer = client.post(where, {**all_met(case), "key": "k" * 36, "version": case.version})
        assert answer.status_code == 403, user
        assert said in answer.content.decode(), user
    assert everything() == before


def test_a_late_extension_leads_to_a_new_application_that_can_be_made(cast: Cast) -> None:
    """The window is shut and the permit still runs: the extension is refused, the new application takes its place."""
    permit = alone(cast, ANNA)
    early = before_expiry(permit, 31)
    with refused("permit_active"):
        new(cast, permit, at=early)
    at = before_expiry(permit, 20)
    new_facts(permit, at, ANNA)
    with refused("extend_too_late") as said:
        again(cast, permit, "extend", at=at)
    assert "请改办“新办”" in said[0]
    case = bring(cast, case_of(new(cast, permit, at=at)), "granted", at=at)
    permit.refresh_from_db()
    given = Entitlement.objects.get(case_id=case.pk)
    assert (permit.status, permit.ended_on, permit.end_reason) == ("ended", day_of(at), "grant")
    assert (given.number, given.valid_from, given.supersedes_id) == (permit.number, day_of(at), permit.pk)
    assert Entitlement.objects.filter(matter="permits", status="active").count() == 1
    # No worker here, files rolled back look old from a later day, and ``alone`` closed the siblings by hand.
    breaches = [row for row in verify(at=at) if row.code not in ("I9", "I10")]
    assert [row for row in breaches if not row.row.endswith(("-R", "-S", "-T"))] == []


def test_who_holds_a_permit_of_ninety_days_may_be_hired_on(cast: Cast) -> None:
    """The eighth of the ten situations: applied for while the short permit runs, which the new one replaces."""
    permit = alone(cast, ANNA)
    short = date(2026, 5, 8)
    Entitlement.objects.filter(pk=permit.pk).update(category="C", valid_until=short)
    at = AT.replace(month=4)
    bundle = new(cast, permit, at=at, in_china_ground="representative")
    case = bring(cast, case_of(bundle), "granted", at=at)
    given = Entitlement.objects.get(case_id=case.pk)
    assert given.supersedes_id == permit.pk
    assert given.valid_until
    assert given.valid_until > short


def test_a_term_too_short_or_laid_over_another(cast: Cast) -> None:
    """A second term for the same person, at the same employer or at another, and one that ends before it begins."""
    permit = alone(cast, BRUNO)
    with refused("permit_active"):
        new(cast, permit, BRUNO, at=AT, person_in_china=False)
    engagement = stage.engage(cast, "energy", BRUNO, at=AT)
    form = stage.filing(cast, engagement, BRUNO, at=AT)
    stage.hand_in(cast, form, BRUNO, at=AT)
    other = bring(
        cast,
        case_of(file_bundle(form, actor=stage.actor(cast.agents["energy"], AT), at=AT)),
        "second_reviewed",
    )
    with refused("permit_elsewhere") as said:
        stage.act(other, cast.officer(other, "decide"), "grant", at=AT, data={"remark": "同意"})
    assert "须先注销" in said[0]
    assert permit.valid_until
    at = before_expiry(permit, 60)
    new_facts(permit, at, contract_until=permit.valid_until.isoformat())
    with refused("extension_gains_nothing"):
        again(cast, permit, "extend", at=at)


def alone(cast: Cast, who: Any) -> Entitlement:
    """A permit in force whose sibling cases are no longer open."""
    permit = held(cast, who)
    Case.objects.exclude(pk=permit.case_id).update(phase="closed", outcome="ended")
    return permit


def new(cast: Cast, permit: Entitlement, who: Any = ANNA, *, at: Any, **changes: Any) -> Bundle:
    """A new application by the employer at which the permit is held."""
    answers = {
        "purpose": "new",
        "category": "B",
        "city": "lanzhou",
        "person_in_china": True,
        "in_china_ground": "other_approved",
        **changes,
    }
    if not answers["person_in_china"]:
        answers.pop("in_china_ground")
    engagement = permit.case.engagement
    assert engagement is not None
    form = Filing(cast.jurisdiction, engagement.employer, engagement, ("permits", "residence"), answers)
    stage.hand_in(cast, form, who, at=at)
    return file_bundle(form, actor=stage.actor(cast.agents["university"], at), at=at)
