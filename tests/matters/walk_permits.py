"""The walk through the flow of the work permit: from each kind of case, by the people who may, with their papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from foreignwork.accounts.models import Office
from foreignwork.cases.context import Context
from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.policies import workdays
from tests.matters.cast_process import TELL, go, in_force, later, opened, refused
from tests.matters.driving import Driver
from tests.matters.test_permit_kinds import again, before_expiry, new_facts
from tests.matters.test_permits_former import approved, handed_in
from tests.matters.test_permits_former import line as former_line
from tests.matters.test_permits_gaps import filed as gap_filed
from tests.matters.test_permits_gaps import offered
from tests.matters.walk_ways import answered, ask_one, colleagues, entered, printed
from tests.stage import AT, bring, case_of

GROUND = {"retract": "facts_changed", "revoke": "not_qualified", "cancel_office": "work_ended"}


def ask_new(context: Context, at: datetime) -> dict[str, Any]:
    told = {row.item for row in context.supplements}
    code = next(
        row.code for row in context.items if not row.by_system and not row.on_paper and row.code not in told
    )
    return {f"ask_{code}": "on", f"reason_{code}": "missing", "remark": "首次漏列"}


def reason(context: Context, at: datetime) -> dict[str, Any]:
    return {"reasons": ["false_materials"], "remark": "经向毕业院校核实，学历证书系伪造。"}


def _workday(at: datetime, days: int) -> str:
    return workdays.add(at.date(), days).on.isoformat()


def gap_is_closed(case: Case, at: datetime) -> None:
    """The files that were to follow."""
    for row in case.bundle.items.filter(document=None, code__in=("degree", "health")):  # type: ignore[union-attr]
        stage.upload(case.engagement, ANNA, row.code, "容缺材料", scope="person", at=at)  # type: ignore[arg-type]
        document = case.dossier.documents.latest("pk")  # type: ignore[union-attr]
        case.bundle.items.filter(pk=row.pk).update(document=document)  # type: ignore[union-attr]


def driver(cast: Cast) -> Driver:
    return Driver(
        cast,
        special={
            "request_supplement": ask_one,
            "request_new_items": ask_new,
            "decline": reason,
            "refuse": reason,
            "announce": lambda c, at: {"since": (at - timedelta(days=30)).date().isoformat()},
            "set_hearing": lambda c, at: {"held_on": _workday(at, 12)},
            "send_to_card": lambda c, at: {"batch": "B-2026-1"},
            "card_receipt": lambda c, at: {"receipt": "R-2026-1"},
        },
        before={
            "answer_supplement": answered,
            "issue_card": entered,
            "serve": printed,
            "supply_gap": gap_is_closed,
            "tell_gap_overdue_abroad": entered,
        },
        when={
            "tell_gap_overdue": timedelta(days=30),
            "answer_supplement": timedelta(minutes=5),
            "close_hearing": timedelta(days=24),
            "close_office_hearing": timedelta(days=24),
        },
    )


def walk(cast: Cast) -> Driver:
    drive = driver(cast)
    permit = in_force(cast)
    application = refused(cast, BRUNO)
    drive.people = colleagues({permit.case.office, application.office})
    drive.start(case_of(permit.case.bundle), later(1))  # type: ignore[arg-type]
    drive.start(case_of(application.bundle), later(1))  # type: ignore[arg-type]
    for sub_matter in ("retract", "revoke", "cancel_office", "warn"):
        case = opened(cast, sub_matter, permit if sub_matter in GROUND else application, at=later(1))
        drive.start(case, later(1))
        told = go(cast, case, "review", "tell_office", at=later(1), **TELL)
        drive.explore(go(cast, told, "agent", "waive_office_hearing", at=later(1)), later(1))
    again_asked = case_of(stage.file(cast, "university", CLARA, at=AT))
    item = next(row.code for row in again_asked.bundle.items.all() if not row.by_system and not row.on_paper)
    ask = {f"ask_{item}": "on", f"reason_{item}": "missing"}
    asked = go(cast, again_asked, "reception", "request_supplement", **ask)
    answered(asked, later(1))
    asked = go(cast, asked, "agent", "answer_supplement", at=later(1))
    drive.explore(go(cast, asked, "reception", "pre_review", at=later(1)), later(1))
    drive.start(bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=AT)), "granted"), later(1))
    with drive.apart():
        promised = case_of(stage.file(cast, "energy", CLARA, at=AT, category="A", commit=True))
        drive.start(bring(cast, promised, "granted"), later(1))
    _later_in_life(cast, drive, permit)
    _with_gaps(cast, drive)
    _former(cast, drive)
    return drive


def _former(cast: Cast, drive: Driver) -> None:
    """A permit of the register before this one."""
    route = cast.policy.pack.office_for("permits", "B", cast.home.city)
    office = Office.objects.select_related("jurisdiction").get(code=route)
    with drive.apart():
        row = former_line(cast, replace(BRUNO, number="DX0000066"))
        approved(cast, office, handed_in(cast, office, row))
        drive.start(Case.objects.get(entitlement__number=row["number"]), later(1))


def _with_gaps(cast: Cast, drive: Driver) -> None:
    """What follows after the acceptance, and after the entry; owed in every state up to the decision."""
    with drive.apart():
        abroad = bring(cast, gap_filed(cast, replace(BRUNO, number="DX0000041"), later=["health"]), "granted")
        drive.explore(abroad, later(1))
    with drive.apart():
        case = gap_filed(offered(cast), replace(CLARA, number="DX0000058"), later=["degree"], category="A")
        drive.keep(case)
        soon = AT + timedelta(minutes=10)
        for state in ("filed", "pre_reviewed", "accepted", "first_reviewed", "second_reviewed"):
            case = bring(cast, case, state)
            drive.explore(case, soon)
        chair = cast.officer(case, "handle").pk
        hearing = {"held_on": _workday(AT, 12), "place": "第一会议室", "chair": str(chair)}
        case = go(cast, case, "decide", "tell_rights", **TELL)
        drive.explore(case, soon)
        case = go(cast, case, "agent", "request_hearing", remark="申请听证")
        drive.explore(case, soon)
        drive.explore(go(cast, case, "decide", "set_hearing", **hearing), soon)


def _later_in_life(cast: Cast, drive: Driver, permit: Any) -> None:
    """The extension, undecided at each state; the hearing of an application; the cancellation asked for."""
    expiring = before_expiry(permit, 40)
    new_facts(permit, expiring)
    extending = case_of(again(cast, permit, "extend", at=expiring))
    with drive.apart():
        drive.keep(bring(cast, extending, "granted", at=expiring))
    for state in ("filed", "pre_reviewed", "accepted", "first_reviewed", "second_reviewed"):
        extending = bring(cast, extending, state, at=expiring)
        drive.explore(extending, expiring)
    extending = go(cast, extending, "decide", "tell_rights", at=expiring, **TELL)
    drive.explore(extending, expiring)
    extending = go(cast, extending, "agent", "request_hearing", at=expiring, remark="申请听证")
    drive.explore(extending, expiring)
    chair = cast.officer(extending, "handle").pk
    hearing = {"held_on": _workday(expiring, 12), "place": "第一会议室", "chair": str(chair)}
    extending = go(cast, extending, "decide", "set_hearing", at=expiring, **hearing)
    drive.explore(extending, expiring)
    go(cast, extending, "agent", "withdraw", at=expiring, remark="改办注销")
    changed = {"changed": ["contract"], "changed_on": expiring.date().isoformat()}
    for purpose, answers in (("change", changed), ("reissue", {})):
        with drive.apart():
            other = case_of(again(cast, permit, purpose, at=expiring, **answers))
            drive.keep(bring(cast, other, "granted", at=expiring))
    with drive.apart():
        letter = {"matters": ("permits",), "purpose": "confirmation", "category": "A"}
        asked = case_of(stage.file(cast, "stranger", CLARA, at=AT, **letter))
        drive.keep(bring(cast, asked, "granted"))
    ended = {"end_ground": "contract_ended", "work_ended_on": expiring.date().isoformat()}
    ending = case_of(again(cast, permit, "cancel", at=expiring, **ended))
    drive.explore(ending, expiring)
    drive.explore(bring(cast, ending, "second_reviewed", at=expiring), expiring)
    drive.explore(bring(cast, case_of(ending.bundle), "cancelled", at=expiring), expiring)  # type: ignore[arg-type]
