"""Supervision in the demo: its people, agencies in the register, an approved plan, a draw that waits for its numbers, a complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from django import forms
from stdnum.cn import uscc

from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Jurisdiction, Mandate, Office, Organisation, User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.cases.problems import Blocked, CaseError
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.scenes import daily, opening, scene, twin, usual
from foreignwork.workflow.office_cases import Opening, open_case

from . import ceremony, inspectors, planning, publications, registers
from .forms_onsite import HARMLESS, MATCHES, RecordForm
from .models import Certificate, CheckItem, Kind, Subject, Training
from .policy import MATTER

PEOPLE = (
    ("planner", "杜计划", roles.inspection_planner),
    ("host", "顾主持", roles.draw_host),
    ("enforce", "许负责", roles.inspection_leader),
    ("inspector-1", "夏检查", roles.inspector),
    ("inspector-2", "钟检查", roles.inspector),
    ("inspector-3", "汪检查", roles.inspector),
    ("inspector-4", "田检查", roles.inspector),
)
AGENCIES = (
    "甘肃示例人才服务有限公司",
    "兰州示例出入境服务有限公司",
    "兰州示例咨询有限公司",
    "甘肃示例人力资源有限公司",
)
BODY = "91620100MA0DEM1"


@scene
def supervise(cast: Cast, at: datetime) -> None:
    """Nothing where the place names no office that draws."""
    try:
        place = planning.place_of(cast.jurisdiction, at=at)
    except Blocked:
        return
    day = day_of(at)
    people = _people(cast, place.province, day, at)
    _agencies(cast, day)
    registers.refresh(cast.jurisdiction, at=at)

    def actor(name: str) -> who.Actor:
        return who.actor(people[name], day)

    plan = planning.begin(cast.jurisdiction, day.year, actor=actor("planner"), at=at)
    part = planning.set_part(
        plan,
        None,
        actor=actor("planner"),
        at=at,
        code="agencies",
        name_zh="中介服务机构专项抽查",
        name_en="Agencies",
        kind=Kind.AGENCY,
        items=["agency_lawful", "true_materials"],
        problem="部分代办材料多次补正",
        strata={name: {"ppm": stratum.ppm, "min": stratum.min} for name, stratum in place.own.strata.items()},
        cap=place.own.number("inspector_visits"),
        rounds=place.own.number("draw_rounds"),
        from_on=date(day.year, 1, 1),
        until_on=date(day.year, 12, 31),
    )
    planning.submit(plan, actor=actor("planner"), at=at)
    planning.approve(plan, remark="同意", actor=actor("enforce"), at=at)
    part.plan.refresh_from_db()
    ceremony.open_draw(
        part,
        sources=[
            {"src": "dice", "order": "as-rolled", "count": place.own.number("dice")},
            {"src": "双色球红球", "order": "ascending", "issue": f"{day.year}030"},
        ],
        actor=actor("host"),
        at=at,
    )
    _complaint(cast, place.province, actor("planner"), day, at)


def _people(cast: Cast, office: Office, day: date, at: datetime) -> dict[str, User]:
    since = min(day - timedelta(days=400), cast.since)
    known = next(iter(cast.officers.values())).password
    found = {}
    for n, (name, shown, role) in enumerate(PEOPLE):
        user = stage.join(cast, office, f"{office.code}-{name}", shown, role, since=since, hashed=known)
        found[name] = user
        if role is roles.inspector:
            entry = inspectors.enlist(
                user,
                office,
                districts=["lanzhou", "tianshui"],
                skills=["permits", "labour", "documents"],
                on=since,
                reason="入库",
                by=None,
                at=at,
            )
            Certificate.objects.create(
                inspector=entry.inspector,
                number=f"样本-{n:04d}",
                issuer="样本发证机关",
                from_on=since,
                until_on=day + timedelta(days=700),
                recorded_at=at,
            )
            Training.objects.create(
                inspector=entry.inspector, on=since, subject="岗前培训", hours=16, recorded_at=at
            )
    return found


def _agencies(cast: Cast, day: date) -> None:
    """Agencies that act for the demo's firms, each by a mandate: so they stand in the register by themselves."""
    for n, name in enumerate(AGENCIES):
        body = f"{BODY}{n:02d}"
        agency = Organisation.objects.create(
            uscc=f"{body}{uscc.calc_check_digit(body)}", name_zh=name, kind="agency", city="lanzhou"
        )
        for firm in ("university", "energy"):
            Mandate.objects.create(
                agency=agency,
                employer=cast.firms[firm],
                from_on=day - timedelta(days=60),
                until_on=day + timedelta(days=300),
            )


def _complaint(cast: Cast, office: Office, actor: who.Actor, day: date, at: datetime) -> None:
    data = {
        "source": "complaint",
        "source_ref": "12345-DEMO-1",
        "source_on": day.isoformat(),
        "items": ["post_as_permitted", "contract"],
        "grounds": "投诉反映实际岗位与工作许可不符。",
    }
    open_case(_reported(cast, office, cast.firms["energy"], data), actor=actor, at=at)


def _reported(cast: Cast, office: Office, firm: Organisation, data: dict[str, object]) -> Opening:
    subject = registers.find_subject(cast.jurisdiction, firm, Kind.EMPLOYER)
    return Opening(
        matter=MATTER,
        sub_matter="reported",
        origin="inspection",
        office=office,
        subject_org=firm,
        data={**data, "subjects": [subject.pk]},
    )


@opening
def report(cast: Cast, firm: str, rng: Random, at: datetime) -> Case | None:
    """A complaint, a lead or a transfer about a firm, as the planner of the place takes it up."""
    try:
        place = planning.place_of(cast.jurisdiction, at=at)
    except Blocked:
        return None
    day = day_of(at)
    planner = User.objects.filter(username=f"{place.province.code}-planner").first()
    items = list(
        CheckItem.objects.standing()
        .filter(jurisdiction=cast.jurisdiction, of__contains=[Kind.EMPLOYER])
        .values_list("code", flat=True)
        .order_by("code")
    )
    if planner is None or not items:
        return None
    data = {
        "source": rng.choice(("complaint", "lead", "transfer")),
        "source_ref": f"12345-{rng.randrange(10**6):06d}",
        "source_on": day.isoformat(),
        "items": sorted(rng.sample(items, min(2, len(items)))),
        "grounds": "样例：反映实际岗位与工作许可不符。",
    }
    try:
        return open_case(
            _reported(cast, place.province, cast.firms[firm], data), actor=who.actor(planner, day), at=at
        )
    except CaseError:
        return None


@usual(RecordForm)
def found(form: forms.Form, rng: Random, at: datetime) -> Mapping[str, str]:
    """A third of the visits find nothing: by chance at every item, hardly one would."""
    if rng.random() > 1 / 3:
        return {}
    return {
        name: HARMLESS[0] if name.startswith("result_") else MATCHES
        for name, entry in form.fields.items()
        if name.startswith(("result_", "person_")) and entry.required
    }


@twin(Subject)
def subjects(jurisdiction: int, firms: Sequence[int]) -> Mapping[int, int]:
    return registers.subject_ids(Jurisdiction.objects.get(pk=jurisdiction), Kind.EMPLOYER, set(firms))


@daily
def ends(place: Jurisdiction, at: datetime) -> None:
    """What its tasks do by the clock: publications whose term is over."""
    publications.end_all(at=at)
