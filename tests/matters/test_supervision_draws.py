"""A draw in the house: commitment first, numbers by two people, one result, nobody draws until it pleases (draw.md, quality C)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from foreignwork.accounts.models import Post
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.office_cases import Opening, open_case
from supervision import ceremony, freezing, frozen, planning, running, verifier
from supervision.models import (
    Commitment,
    Draw,
    DrawnObject,
    EntropyEntry,
    Inspection,
    Interest,
    Plan,
    PlanPart,
    Presence,
    RiskLevel,
    Roster,
    Subject,
)
from supervision.tickets import LINKS, chain, otc_commit
from tests.stage import AT
from tests.stage import cast as cast
from tests.stage import real_cast as real_cast

from .cast_supervision import SOURCES, VALUES, Oversight, approved_part, drain, drawn, muster, part_values

TODAY = AT.date()


@pytest.fixture
def house(cast: Cast) -> Oversight:
    return muster(cast)


def opened(house: Oversight, part: PlanPart | None = None) -> Draw:
    part = part or approved_part(house)
    draw = ceremony.open_draw(part, sources=SOURCES, actor=house.actor("host"), at=AT)
    drain()
    return Draw.objects.get(pk=draw.pk)


def type_in(house: Oversight, draw: Draw, name: str, values: Any = VALUES, **changes: Any) -> EntropyEntry:
    day = changes.get("day", TODAY)
    return ceremony.type_numbers(draw, values, day, actor=house.actor(name), at=AT)


def code_of(refused: Any) -> str:
    return str(refused.value.problems[0].code)


# --- the whole ceremony -----------------------------------------------------------------------------------------------


def test_a_draw_from_plan_to_visits(house: Oversight) -> None:
    """Commitment, two entries, result, one inspection for each firm drawn, with two inspectors each (S004-21, -38)."""
    draw = drawn(house, approved_part(house))
    assert draw.state == "published"
    assert draw.number == "GANSU-2026-01"
    assert draw.result.sizes == {"high": 0, "low": 0, "normal": 2}
    rows = list(DrawnObject.objects.filter(draw=draw).order_by("place"))
    assert [row.place for row in rows] == [1, 2]
    assert all(row.lead_id and row.second_id and row.lead_id != row.second_id for row in rows)
    cases = list(Inspection.objects.filter(draw=draw))
    assert {case.subject_org_id for case in cases} == {row.subject.organisation_id for row in rows}
    assert all(case.source == "draw" and case.source_ref == draw.number for case in cases)
    assert all(case.state == "proposed" and case.items == part_values()["items"] for case in cases)
    assert verify(at=AT) == []


def test_the_record_is_what_the_citizen_verifies(house: Oversight, tmp_path: Any) -> None:
    draw = drawn(house, approved_part(house))
    record = tmp_path / "record.json"
    record.write_text(json.dumps(frozen.record_of(draw), ensure_ascii=False))
    assert verifier.main([str(record)]) == 0


def test_the_commitment_stands_before_any_number(house: Oversight) -> None:
    """draw.md 3: rows of the ceremony refer to the commitment, so none can exist before it; the secret is nowhere readable."""
    part = approved_part(house)
    draw = ceremony.open_draw(part, sources=SOURCES, actor=house.actor("host"), at=AT)
    with pytest.raises(Blocked) as refused:
        type_in(house, draw, "host")
    assert code_of(refused) == ceremony.NOT_COMMITTED
    drain()
    draw = Draw.objects.get(pk=draw.pk)
    assert draw.state == "committed"
    stored = as_stored(draw)
    secret: Any = draw.secret.secret
    assert secret not in stored
    assert frozen.committed_again(draw).hash.hex() == draw.commitment.hash


def as_stored(draw: Draw) -> str:
    """Everything of the draw that stands in its tables, as the app role reads it."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for table in ("draw", "commitment", "drawsecret", "roster", "entropyentry"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM supervision_{table} t")
            found += [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT to_jsonb(t)::text FROM outbox_outboxmessage t")
        found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


# --- numbers by two people --------------------------------------------------------------------------------------------


def test_the_secret_is_nowhere_before_the_reveal(
    house: Oversight, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """quality C7: neither the one-time code nor a link of its chain in a message, a log, a row or the published commitment."""
    canary = bytes(range(32))
    monkeypatch.setattr(freezing, "secrets", SimpleNamespace(token_bytes=lambda _n: canary))
    caplog.set_level("DEBUG")
    draw = opened(house)
    forms = [chain(canary, links) for links in range(LINKS)]
    needles = [form.hex() for form in forms]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(supervision|outbox|cases)_'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            text = " ".join(row[0] for row in cursor.fetchall())
            assert not any(needle in text for needle in needles), table
    assert otc_commit(canary) in str(draw.commitment.doc), "the control: the last link is what is published"
    assert not any(needle in caplog.text for needle in needles)


def test_different_numbers_are_refused_and_kept(house: Oversight) -> None:
    """Issue 6, bad input: typed differently by two people. Both entries are void; the next attempt begins anew."""
    draw = opened(house)
    type_in(house, draw, "host")
    wrong = [[*VALUES[0][:4], 0, *VALUES[0][5:]], VALUES[1]]
    with pytest.raises(Blocked) as refused:
        type_in(house, draw, "planner", wrong)
    assert code_of(refused) == ceremony.DIFFERENT
    assert refused.value.problems[0].params == {"source": 1, "place": 5}
    drain()
    assert Draw.objects.get(pk=draw.pk).state == "committed"
    assert EntropyEntry.objects.count() == 2
    type_in(house, draw, "planner")
    with pytest.raises(Blocked) as refused:
        type_in(house, draw, "planner")
    assert code_of(refused) == ceremony.TYPED
    type_in(house, draw, "leader")
    drain()
    assert Draw.objects.get(pk=draw.pk).state == "published"


@pytest.mark.parametrize(
    "values",
    [
        [VALUES[0][:-1], VALUES[1]],
        [[10, *VALUES[0][1:]], VALUES[1]],
        [VALUES[0], [1, 2, 3, 4, 5, 34]],
        [VALUES[0], [1, 1, 3, 4, 5, 6]],
        [VALUES[0]],
        [],
    ],
    ids=["too few", "no such face", "no such ball", "ball twice", "source missing", "nothing"],
)
def test_numbers_that_cannot_come_from_the_source(house: Oversight, values: Any) -> None:
    draw = opened(house)
    with pytest.raises(Blocked) as refused:
        type_in(house, draw, "host", values)
    assert code_of(refused) == ceremony.NUMBERS_BAD
    assert not EntropyEntry.objects.exists()


def test_an_event_from_before_the_commitment_is_refused(house: Oversight) -> None:
    """quality C9: entropy dated before the commitment."""
    draw = opened(house)
    for day, code in (
        (TODAY - timedelta(days=1), ceremony.EVENT_EARLY),
        (TODAY + timedelta(days=1), ceremony.EVENT_LATE),
    ):
        with pytest.raises(Blocked) as refused:
            type_in(house, draw, "host", day=day)
        assert code_of(refused) == code


@pytest.mark.parametrize(
    "sources",
    [
        [SOURCES[0]],
        [{"src": "dice", "order": "as-rolled", "count": 3}, SOURCES[1]],
        [SOURCES[0], {"src": "双色球红球", "order": "as-rolled", "issue": "1"}],
        [SOURCES[0], {"src": "双色球红球", "order": "ascending"}],
        [{"nonsense": 1}],
        [],
    ],
    ids=["one source", "too little chance", "wrong order", "no issue", "nonsense", "none"],
)
def test_too_little_chance_opens_no_draw(house: Oversight, sources: Any) -> None:
    with pytest.raises(Blocked) as refused:
        ceremony.open_draw(approved_part(house), sources=sources, actor=house.actor("host"), at=AT)
    assert code_of(refused) == ceremony.SOURCES_BAD


# --- nobody draws until it pleases --------------------------------------------------------------------------------------


def test_no_second_draw_of_the_same_task(house: Oversight) -> None:
    """Issue 6, bad input: a second draw to get a nicer result; also not by way of an adjusted plan."""
    part = approved_part(house)
    drawn(house, part)
    with pytest.raises(Blocked) as refused:
        ceremony.open_draw(part, sources=SOURCES, actor=house.actor("host"), at=AT)
    assert code_of(refused) == ceremony.DRAWN_ALREADY
    fresh = planning.adjust(part.plan, reason="调整", actor=house.actor("planner"), at=AT)
    planning.submit(fresh, actor=house.actor("planner"), at=AT)
    planning.approve(fresh, remark="", actor=house.actor("leader"), at=AT)
    again = PlanPart.objects.select_related("plan__jurisdiction").get(plan=fresh)
    with pytest.raises(Blocked) as refused:
        ceremony.open_draw(again, sources=SOURCES, actor=house.actor("host"), at=AT)
    assert code_of(refused) == ceremony.DRAWN_ALREADY


def test_a_cancelled_draw_is_public_and_leaves_no_gap(house: Oversight, tmp_path: Any) -> None:
    """draw.md 9: reason and code are shown, the number stays taken, the next draw takes the next number."""
    part = approved_part(house)
    draw = opened(house, part)
    ceremony.cancel(draw, reason="event_failed", remark="", actor=house.actor("leader"), at=AT)
    draw = Draw.objects.get(pk=draw.pk)
    assert draw.state == "cancelled"
    second = drawn(house, part)
    assert second.number == "GANSU-2026-02"
    files = []
    for n, one in enumerate((draw, second)):
        files.append(tmp_path / f"{n}.json")
        files[-1].write_text(json.dumps(frozen.record_of(one)))
    assert verifier.main([str(file) for file in files]) == 0
    assert verify(at=AT) == []


def test_once_the_numbers_are_agreed_nothing_stops_the_draw(house: Oversight) -> None:
    draw = opened(house)
    type_in(house, draw, "host")
    type_in(house, draw, "planner")
    with pytest.raises(Blocked) as refused:
        ceremony.cancel(draw, reason="plan_changed", remark="", actor=house.actor("leader"), at=AT)
    assert code_of(refused) == ceremony.AGREED
    with pytest.raises(Blocked) as refused:
        type_in(house, draw, "leader")
    assert code_of(refused) == ceremony.AGREED
    drain()
    with pytest.raises(Blocked) as refused:
        ceremony.cancel(draw, reason="plan_changed", remark="", actor=house.actor("leader"), at=AT)
    assert code_of(refused) == ceremony.FINISHED


def test_every_act_may_be_repeated_by_the_worker(house: Oversight) -> None:
    """quality C15: a crash at any step resumes to the same result."""
    draw = drawn(house, approved_part(house))
    before = frozen.record_of(draw)
    freezing.freeze(draw.pk, at=AT)
    running.run(draw.pk, at=AT)
    assert running.open_visits(draw.pk, at=AT) == 0
    assert frozen.record_of(Draw.objects.get(pk=draw.pk)) == before
    assert Commitment.objects.count() == 1


# --- who may ------------------------------------------------------------------------------------------------------------


def test_only_the_province_s_host_opens_a_draw(house: Oversight) -> None:
    """S004-39, -104."""
    part = approved_part(house)
    for name in ("planner", "leader", "inspector-1"):
        with pytest.raises(NotAllowed):
            ceremony.open_draw(part, sources=SOURCES, actor=house.actor(name), at=AT)
    host = house.people["host"]
    Post.objects.create(user=host, office=house.office, role="decider", from_on=TODAY - timedelta(days=1))
    with pytest.raises(NotAllowed) as refused:
        ceremony.open_draw(part, sources=SOURCES, actor=house.actor("host"), at=AT)
    assert code_of(refused) == "line_crossed"


def test_an_inspector_types_no_numbers_and_nobody_twice(house: Oversight) -> None:
    draw = opened(house)
    with pytest.raises(NotAllowed):
        type_in(house, draw, "inspector-1")
    type_in(house, draw, "host")
    with pytest.raises(Blocked) as refused:
        type_in(house, draw, "host")
    assert code_of(refused) == ceremony.TYPED


# --- rosters ------------------------------------------------------------------------------------------------------------


def test_a_register_changed_after_the_commitment_changes_nothing(house: Oversight) -> None:
    """Issue 6, bad input: the frozen roster counts."""
    draw = opened(house)
    promised = Roster.objects.get(draw=draw, of="objects").n
    Presence.objects.filter(organisation__in=house.firms[:10]).update(until_on=TODAY - timedelta(days=1))
    type_in(house, draw, "host")
    type_in(house, draw, "planner")
    drain()
    record = frozen.record_of(Draw.objects.get(pk=draw.pk))
    assert len(record["objects"]) == promised == 24


def test_a_roster_changed_in_the_tables_is_refused_by_the_database(house: Oversight) -> None:
    """draw.md 3: immutable by grant and by trigger."""
    draw = opened(house)
    for rows in (Roster.objects.filter(draw=draw), Commitment.objects.filter(draw=draw)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(draw=draw)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_a_plan_changed_after_the_commitment_draws_nothing(house: Oversight) -> None:
    """What is not append-only is found by the hash: nothing is drawn, the draw says it is in trouble, and I14 names it."""
    part = approved_part(house)
    draw = opened(house, part)
    PlanPart.objects.filter(pk=part.pk).update(cap=99)
    type_in(house, draw, "host")
    type_in(house, draw, "planner")
    drain()
    draw = Draw.objects.get(pk=draw.pk)
    assert (draw.state, draw.trouble) == ("committed", running.TAMPERED)
    assert {breach.code for breach in verify(at=AT)} == {"I14"}


def test_who_has_a_stake_is_never_drawn_for_the_object(house: Oversight) -> None:
    """Issue 6, bad input: an inspector with a stake in the object. Recused for every firm: he holds no visit (C12)."""
    keeps_away = house.inspectors[0]
    for firm in house.firms:
        Interest.objects.create(
            inspector=keeps_away, organisation=firm, ground="shares", from_on=TODAY, recorded_at=AT
        )
    draw = drawn(house, approved_part(house, min_ppm=500_000))
    rows = DrawnObject.objects.filter(draw=draw)
    assert rows.count() == 12
    assert not rows.filter(lead=keeps_away).exists()
    assert not rows.filter(second=keeps_away).exists()


def test_too_few_inspectors_are_listed_with_the_reason(cast: Cast) -> None:
    """Issue 6, bad input: unassignable, nothing relaxed silently; no visit is opened for them."""
    house = muster(cast, inspectors_=1)
    draw = drawn(house, approved_part(house))
    rows = list(DrawnObject.objects.filter(draw=draw))
    assert len(rows) == 2
    assert {row.unassigned for row in rows} == {"nobody-fits"}
    assert not Inspection.objects.exists()
    assert frozen.record_of(draw)["unassignable"]


def test_the_cap_leaves_the_rest_unassigned(cast: Cast) -> None:
    house = muster(cast, inspectors_=2)
    draw = drawn(house, approved_part(house, cap=1, min_ppm=200_000))
    rows = DrawnObject.objects.filter(draw=draw)
    assert rows.count() == 5
    assert rows.filter(unassigned="cap-reached").count() == 4


def test_who_was_drawn_often_enough_is_left_out_publicly(house: Oversight) -> None:
    """S004-41, C13: blocked beforehand by a published exclusion."""
    first = drawn(house, approved_part(house))
    Inspection.objects.update(phase="closed", outcome="ended")  # done: no longer open, but drawn this year
    plan = planning.adjust(first.part.plan, reason="增加第二轮", actor=house.actor("planner"), at=AT)
    planning.set_part(plan, None, actor=house.actor("planner"), at=AT, **part_values(code="second"))
    planning.submit(plan, actor=house.actor("planner"), at=AT)
    planning.approve(plan, remark="", actor=house.actor("leader"), at=AT)
    second = drawn(house, PlanPart.objects.select_related("plan__jurisdiction").get(plan=plan, code="second"))
    record = frozen.record_of(second)
    refs = {row.ref for row in DrawnObject.objects.filter(draw=first)}
    assert {row["id"] for row in record["excluded"] if row["reason"] == "drawn_enough"} == refs
    assert not refs & {row["id"] for row in record["objects"]}


def test_a_targeted_task_draws_only_where_and_whom_it_names(cast: Cast) -> None:
    """S004-44, -08: districts and classes; who is under inspection already waits and is told of (S004-43)."""
    house = muster(cast, cities=("lanzhou", "tianshui"))
    busy = house.firms[0]
    data = {
        "source": "complaint",
        "source_ref": "12345-0001",
        "source_on": TODAY,
        "grounds": "举报",
        "items": ["contract"],
    }
    opening = Opening("supervision", "reported", "inspection", house.office, subject_org=busy, data=data)
    open_case(opening, actor=house.actor("planner"), at=AT)
    Presence.objects.filter(organisation__in=house.firms[:12]).update(category="B")
    part = approved_part(house, districts=["lanzhou"], categories=["B"])
    record = frozen.record_of(drawn(house, part))
    assert {row["district"] for row in record["objects"]} == {"lanzhou"}
    assert {row["id"] for row in record["objects"]} == {firm.uscc for firm in house.firms[2:12:2]}
    assert {"id": busy.uscc, "reason": "open_inspection"} in record["excluded"]


def test_an_inspector_without_certificate_is_left_out_with_the_reason(house: Oversight) -> None:
    house.inspectors[0].certificates.update(
        until_on=TODAY - timedelta(days=1), from_on=TODAY - timedelta(days=9)
    )
    record = frozen.record_of(drawn(house, approved_part(house)))
    assert [row["reason"] for row in record["excluded"]] == ["certificate"]
    assert len(record["inspectors"]) == 3


def test_strata_by_risk(house: Oversight) -> None:
    """S004-37: what a person judged to be of high risk is drawn more."""
    subjects = list(Subject.objects.filter(organisation__in=house.firms[:10]))
    RiskLevel.objects.bulk_create(
        RiskLevel(subject=one, level="high", grounds=["complaint"], from_on=TODAY, recorded_at=AT)
        for one in subjects
    )
    draw = drawn(house, approved_part(house))
    assert draw.result.sizes == {"high": 2, "low": 0, "normal": 1}


def test_people_of_one_firm_and_all_items_are_one_visit(house: Oversight) -> None:
    """quality C14, S004-43: three foreigners of each of two firms drawn, two items: each firm is visited once."""
    firm = house.firms[0]
    ground = Presence.objects.filter(organisation=firm)[0]
    people = [
        stage.engage(house.cast, "university", replace(ANNA, number=f"DB{n:07d}"), at=AT).dossier
        for n in range(6)
    ]
    for n, dossier in enumerate(people):
        one = Subject.objects.create(jurisdiction=house.cast.jurisdiction, kind="person", dossier=dossier)
        Presence.objects.create(
            subject=one, mandate=ground.mandate, organisation=house.firms[n % 2], district="lanzhou",
            from_on=ground.from_on, until_on=ground.until_on, recorded_at=AT,
        )  # fmt: skip
    everybody = {name: {"ppm": 1_000_000, "min": 0} for name in ("high", "normal", "low")}
    part = approved_part(
        house, kind="person", strata=everybody, items=["valid_documents", "post_as_permitted"]
    )
    draw = drawn(house, part)
    assert DrawnObject.objects.filter(draw=draw).count() == 6
    cases = Inspection.objects.filter(draw=draw).order_by("subject_org_id")
    assert [case.subject_org for case in cases] == house.firms[:2]
    assert [case.subjects.count() for case in cases] == [3, 3]
    assert all(case.items == ["valid_documents", "post_as_permitted"] for case in cases)
    record = frozen.record_of(draw)
    assert all(row["id"].startswith("P-") for row in record["objects"])


def test_people_stand_under_pseudonyms_of_the_one_draw(house: Oversight) -> None:
    """draw.md 2, 10: neither a name nor an id of the house leaves it; the next draw uses other names."""
    record = frozen.record_of(drawn(house, approved_part(house)))
    text = json.dumps(record, ensure_ascii=False)
    for user in house.people.values():
        assert user.display_name not in text
        assert user.username not in text
    assert all(row["id"].startswith("I-") for row in record["inspectors"])


def test_who_began_or_submitted_a_plan_does_not_approve_it(house: Oversight) -> None:
    """S004-104: also when the same person holds both posts."""
    leader = house.people["leader"]
    Post.objects.create(user=leader, office=house.office, role="inspection_planner", from_on=date(2025, 1, 1))
    for begun, submitted in (("leader", "planner"), ("planner", "leader")):
        plan = planning.begin(house.cast.jurisdiction, 2026, actor=house.actor(begun), at=AT)
        planning.set_part(plan, None, actor=house.actor(begun), at=AT, **part_values())
        planning.submit(plan, actor=house.actor(submitted), at=AT)
        with pytest.raises(NotAllowed) as refused:
            planning.approve(plan, remark="", actor=house.actor("leader"), at=AT)
        assert refused.value.problems[0].code == planning.PLAN_SAME_PERSON
        plan.parts.all().delete()
        Plan.objects.filter(pk=plan.pk).delete()
