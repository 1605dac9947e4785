"""The people of supervision for tests: a planner, two who type, a leader, inspectors ready to be drawn; and registers to draw from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Mandate, Office, Organisation, Post, User
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.demo.cast import Cast
from foreignwork.outbox.relay import relay
from supervision import inspectors, planning, registers
from supervision.models import Certificate, Draw, Inspector, Kind, Plan, PlanPart, Presence, Subject, Training
from tests.stage import AT, SINCE

PROVINCE = "gansu-kjt"
DICE = [int(digit) for digit in "3141592653589793238462643"]
SOURCES: list[dict[str, Any]] = [
    {"src": "dice", "order": "as-rolled", "count": 25},
    {"src": "双色球红球", "order": "ascending", "issue": "2026030"},
]
VALUES = [DICE, [3, 8, 15, 21, 27, 33]]


@dataclass
class Oversight:
    """``people``: planner, host, leader, inspector-1…n. ``firms`` in the register of employers."""

    cast: Cast
    office: Office
    people: dict[str, User] = field(default_factory=dict)
    inspectors: list[Inspector] = field(default_factory=list)
    firms: list[Organisation] = field(default_factory=list)

    def actor(self, name: str, at: datetime = AT) -> Actor:
        return who.actor(self.people[name], day_of(at))

    def inspector_of(self, user: User) -> Inspector:
        return Inspector.objects.get(user=user)


def muster(
    cast: Cast, *, inspectors_: int = 4, firms: int = 24, cities: Sequence[str] = ("lanzhou",)
) -> Oversight:
    """Everyone in place since before ``AT``."""
    office = Office.objects.get(code=PROVINCE)
    found = Oversight(cast, office)
    for name, role in (
        ("planner", roles.inspection_planner),
        ("host", roles.draw_host),
        ("leader", roles.inspection_leader),
    ):
        found.people[name] = staff(cast, name, office, role)
    for n in range(1, inspectors_ + 1):
        user = staff(cast, f"inspector-{n}", office, roles.inspector)
        found.people[f"inspector-{n}"] = user
        found.inspectors.append(ready(user, office, n, list(cities)))
    registers.refresh(cast.jurisdiction, at=AT)
    found.firms = employers(cast, firms, cities)
    return found


def staff(cast: Cast, name: str, office: Office, *held: roles.Role) -> User:
    """Somebody of the office; who is there already (a demo's own planner) is not asked twice."""
    user, new = User.objects.get_or_create(
        username=f"{office.code}-{name}", defaults={"kind": "staff", "display_name": name}
    )
    if not new:
        return user
    user.password = next(iter(cast.officers.values())).password
    user.save()
    Post.objects.bulk_create(Post(user=user, office=office, role=role.code, from_on=SINCE) for role in held)
    return user


def ready(user: User, office: Office, n: int, districts: list[str]) -> Inspector:
    """In the register, with a valid certificate and training."""
    entry = inspectors.enlist(
        user,
        office,
        districts=districts,
        skills=["permits", "labour", "documents"],
        on=AT.date() - timedelta(days=30),
        reason="入库",
        by=None,
        at=AT,
    )
    one = entry.inspector
    Certificate.objects.create(
        inspector=one,
        number=f"甘{office.pk:02d}-{n:04d}",
        issuer="甘肃省司法厅",
        from_on=SINCE,
        until_on=date(2027, 12, 31),
        recorded_at=AT,
    )
    Training.objects.create(inspector=one, on=SINCE, subject="岗前培训", hours=16, recorded_at=AT)
    return one


def uscc(number: int) -> str:
    """A credit code of the demo's own block, check digit made."""
    from stdnum.cn import uscc as standard

    body = f"91620100MA1{number:06d}"
    return str(body + standard.calc_check_digit(body))


def employers(cast: Cast, count: int, cities: Sequence[str] = ("lanzhou",)) -> list[Organisation]:
    """Firms in the register since January, on a ground of their own (no permit is needed to draw a firm)."""
    firms = Organisation.objects.bulk_create(
        Organisation(
            uscc=uscc(n),
            name_zh=f"示例企业{n:04d}",
            name_en=f"Example Firm {n}",
            city=cities[n % len(cities)],
        )
        for n in range(count)
    )
    agency, _ = Organisation.objects.get_or_create(
        uscc=uscc(999_999), defaults={"name_zh": "示例代办", "kind": "agency", "city": cities[0]}
    )
    ground, _ = Mandate.objects.get_or_create(
        agency=agency,
        employer=cast.firms["energy"],
        defaults={"from_on": date(2026, 1, 1), "until_on": date(2027, 12, 31)},
    )
    subjects = Subject.objects.bulk_create(
        Subject(jurisdiction=cast.jurisdiction, kind=Kind.EMPLOYER, organisation=firm) for firm in firms
    )
    Presence.objects.bulk_create(
        Presence(
            subject=subject,
            mandate=ground,
            organisation=firm,
            district=firm.city,
            from_on=ground.from_on,
            until_on=ground.until_on,
            recorded_at=AT,
        )
        for subject, firm in zip(subjects, firms, strict=True)
    )
    return firms


def part_values(**changes: Any) -> dict[str, Any]:
    return {
        "code": "permits",
        "name_zh": "工作许可专项",
        "name_en": "Work permits",
        "kind": "employer",
        "items": ["valid_documents", "post_as_permitted"],
        "strata": {
            "high": {"ppm": 200000, "min": 1},
            "normal": {"ppm": 50000, "min": 0},
            "low": {"ppm": 20000, "min": 0},
        },
        "cap": 6,
        "rounds": 8,
        "from_on": date(2026, 1, 1),
        "until_on": date(2026, 12, 31),
        **changes,
    }


def approved_part(house: Oversight, *, at: datetime = AT, **changes: Any) -> PlanPart:
    """A plan of the year with one task, drawn up by the planner, approved by the leader; a new version where there is one."""
    planner = house.actor("planner")
    known = Plan.objects.filter(jurisdiction=house.cast.jurisdiction, year=2026).order_by("revision").last()
    plan = (
        planning.adjust(known, reason="增加专项", actor=planner, at=at)
        if known
        else planning.begin(house.cast.jurisdiction, 2026, actor=planner, at=at)
    )
    part = planning.set_part(plan, None, actor=house.actor("planner"), at=at, **part_values(**changes))
    planning.submit(plan, actor=house.actor("planner"), at=at)
    planning.approve(plan, remark="同意", actor=house.actor("leader"), at=at)
    return PlanPart.objects.select_related("plan__jurisdiction", "plan__office").get(pk=part.pk)


def drain(at: datetime = AT) -> None:
    """Let the worker do what waits, the messages that follow included."""
    for _ in range(20):
        if not relay(at=at).total:
            return


def drawn(house: Oversight, part: PlanPart, *, at: datetime = AT) -> Draw:
    """From opening to publication, by the people whose acts they are."""
    from supervision import ceremony

    draw = ceremony.open_draw(part, sources=SOURCES, actor=house.actor("host"), at=at)
    drain(at)
    for name in ("host", "planner"):
        draw = Draw.objects.get(pk=draw.pk)
        ceremony.type_numbers(draw, VALUES, day_of(at), actor=house.actor(name), at=at)
    drain(at)
    return Draw.objects.get(pk=draw.pk)
