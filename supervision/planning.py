"""The annual plan: drawn up by one person, approved by another, adjusted only as a new version, reported (S004-29…-31)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import rfc8785
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Jurisdiction, Office
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.problems import LINE_CROSSED, Blocked, NotAllowed, Problem, say
from foreignwork.policies.models import PolicyVersion

from . import policy, registers
from .models import DrawnObject, Plan, PlanApproval, PlanPart, PlanReport, Proposal

NOT_PROVINCE = say("plan_not_province", _("本地区的年度抽查计划和检查对象抽取由%(office)s负责。"))
NO_PROVINCE = say("plan_no_province", _("规则包没有指定本地区抽取检查对象的省级部门，请先在规则包中指定。"))
NO_ROLE = say("supervision_no_role", _("需要的岗位：%(roles)s。您在%(office)s没有该岗位。"))
PLAN_THERE = say("plan_there", _("%(year)s 年度计划已经存在，请打开该计划；需要改动时提出调整。"))
PLAN_FROZEN = say("plan_frozen", _("已提交或者已批准的计划不能直接修改。请退回后修改，或者提出调整。"))
PART_THERE = say("plan_part_there", _("代码“%(code)s”在这一版计划中已经用过，请换一个。"))
PLAN_EMPTY = say("plan_empty", _("计划中还没有抽查任务，不能提交。"))
PLAN_SAME_PERSON = say("plan_same_person", _("拟定计划的人不能批准自己的计划，请由另一名负责人批准。"))
PLAN_NOT_SUBMITTED = say("plan_not_submitted", _("计划尚未提交，不能批准或者退回。"))
PLAN_NOT_APPROVED = say("plan_not_approved", _("计划尚未批准，不能报送或者调整。"))
PLAN_REPORTED = say("plan_reported", _("此版计划已经向该对象报送过。"))
PROPOSAL_ANSWERED = say("proposal_answered", _("这条建议已经答复。"))


@dataclass(frozen=True, slots=True)
class Place:
    """A jurisdiction with the rules of the day; ``province`` draws objects and keeps the plan (S004-39)."""

    jurisdiction: Jurisdiction
    own: policy.Own
    province: Office


def place_of(jurisdiction: Jurisdiction, *, at: datetime) -> Place:
    """Raises Blocked where the pack in force names no provincial office."""
    try:
        own = policy.of(PolicyVersion.objects.in_force(jurisdiction.code, day_of(at)))
    except PolicyVersion.DoesNotExist:
        raise Blocked(Problem(NO_PROVINCE)) from None
    office = Office.objects.filter(code=own.draws or "").first()
    if office is None:
        raise Blocked(Problem(NO_PROVINCE))
    return Place(jurisdiction, own, office)


def require(actor: Actor, office: Office, *wanted: roles.Role) -> roles.Role:
    """The first of ``wanted`` that the actor holds in ``office``. Raises NotAllowed; also for who holds posts of both lines."""
    for role in wanted:
        if actor.holds(role, office.pk):
            if actor.crosses(role):
                raise NotAllowed(Problem(LINE_CROSSED))
            return role
    raise NotAllowed(Problem(NO_ROLE, {"roles": [str(role.label) for role in wanted], "office": office.name}))


def person(actor: Actor) -> int:
    """Who acts; plans and draws are never made by the system."""
    assert actor.user_id is not None
    return actor.user_id


# --- proposals --------------------------------------------------------------------------------------------------------


def propose(office: Office, *, actor: Actor, at: datetime, **said: Any) -> Proposal:
    """A city's wish for next year's plan, with the problem behind it."""
    require(actor, office, roles.inspection_planner)
    return Proposal.objects.create(
        jurisdiction_id=office.jurisdiction_id, office=office, made_by_id=person(actor), made_at=at, **said
    )


def answer(proposal: Proposal, *, accepted: bool, reason: str, actor: Actor, at: datetime) -> Proposal:
    """The province answers each proposal, once, with a reason."""
    place = place_of(proposal.jurisdiction, at=at)
    require(actor, place.province, roles.inspection_planner)
    done = Proposal.objects.filter(pk=proposal.pk, answer="").update(
        answer=Proposal.Answer.ACCEPTED if accepted else Proposal.Answer.DECLINED,
        answer_reason=reason,
        answered_by_id=person(actor),
        answered_at=at,
    )
    if not done:
        raise Blocked(Problem(PROPOSAL_ANSWERED))
    proposal.refresh_from_db()
    return proposal


# --- the plan ---------------------------------------------------------------------------------------------------------


def begin(jurisdiction: Jurisdiction, year: int, *, actor: Actor, at: datetime) -> Plan:
    """The first version of a year's plan."""
    place = place_of(jurisdiction, at=at)
    require(actor, place.province, roles.inspection_planner)
    try:
        with transaction.atomic():
            return Plan.objects.create(
                jurisdiction=jurisdiction,
                office=place.province,
                year=year,
                made_by_id=person(actor),
                made_at=at,
            )
    except IntegrityError:
        raise Blocked(Problem(PLAN_THERE, {"year": year})) from None


def set_part(plan: Plan, part: PlanPart | None, *, actor: Actor, at: datetime, **values: Any) -> PlanPart:
    """Add or change a task of a plan still being drawn up. The floor of the share is the pack's, never less."""
    place = place_of(plan.jurisdiction, at=at)
    require(actor, place.province, roles.inspection_planner)
    floor = place.own.number("min_ppm")
    values["min_ppm"] = max(floor, values.get("min_ppm") or floor)
    with transaction.atomic():
        locked = Plan.objects.select_for_update().get(pk=plan.pk)
        if locked.status != Plan.Status.DRAFT:
            raise Blocked(Problem(PLAN_FROZEN))
        try:
            with transaction.atomic():
                if part is None:
                    return PlanPart.objects.create(plan=locked, **values)
                PlanPart.objects.filter(pk=part.pk, plan=locked).update(**values)
        except IntegrityError:
            raise Blocked(Problem(PART_THERE, {"code": values["code"]}, field="code")) from None
        part.refresh_from_db()
    return part


def drop_part(part: PlanPart, *, actor: Actor, at: datetime) -> None:
    place = place_of(part.plan.jurisdiction, at=at)
    require(actor, place.province, roles.inspection_planner)
    with transaction.atomic():
        plan = Plan.objects.select_for_update().get(pk=part.plan_id)
        if plan.status != Plan.Status.DRAFT:
            raise Blocked(Problem(PLAN_FROZEN))
        part.delete()


def submit(plan: Plan, *, actor: Actor, at: datetime) -> Plan:
    require(actor, plan.office, roles.inspection_planner)
    with transaction.atomic():
        locked = Plan.objects.select_for_update().get(pk=plan.pk)
        if locked.status != Plan.Status.DRAFT:
            raise Blocked(Problem(PLAN_FROZEN))
        if not locked.parts.exists():
            raise Blocked(Problem(PLAN_EMPTY))
        locked.status, locked.submitted_at, locked.sent_back = Plan.Status.SUBMITTED, at, ""
        locked.submitted_by_id = person(actor)
        locked.save(update_fields=["status", "submitted_at", "submitted_by", "sent_back"])
    return locked


def send_back(plan: Plan, *, why: str, actor: Actor) -> Plan:
    require(actor, plan.office, roles.inspection_leader)
    with transaction.atomic():
        locked = Plan.objects.select_for_update().get(pk=plan.pk)
        if locked.status != Plan.Status.SUBMITTED:
            raise Blocked(Problem(PLAN_NOT_SUBMITTED))
        locked.status, locked.sent_back = Plan.Status.DRAFT, why
        locked.save(update_fields=["status", "sent_back"])
    return locked


def wrote(plan: Plan, actor: Actor) -> bool:
    """Whether the plan is this person's own: begun or submitted by him."""
    return actor.user_id in {plan.made_by_id, plan.submitted_by_id}


def approve(plan: Plan, *, remark: str, actor: Actor, at: datetime) -> PlanApproval:
    """By a second person. The version before is replaced; what was approved is fixed by its hash."""
    require(actor, plan.office, roles.inspection_leader)
    with transaction.atomic():
        locked = Plan.objects.select_for_update().get(pk=plan.pk)
        if wrote(locked, actor):
            raise NotAllowed(Problem(PLAN_SAME_PERSON))
        if locked.status != Plan.Status.SUBMITTED:
            raise Blocked(Problem(PLAN_NOT_SUBMITTED))
        Plan.objects.filter(
            jurisdiction=plan.jurisdiction_id, year=plan.year, status=Plan.Status.APPROVED
        ).update(status=Plan.Status.REPLACED)
        locked.status = Plan.Status.APPROVED
        locked.save(update_fields=["status"])
        return PlanApproval.objects.create(
            plan=locked, sha256=digest(locked), approved_by_id=person(actor), at=at, remark=remark
        )


def adjust(plan: Plan, *, reason: str, actor: Actor, at: datetime) -> Plan:
    """The next version, with the same tasks to change; the one in force stays in force until this is approved."""
    require(actor, plan.office, roles.inspection_planner)
    if plan.status != Plan.Status.APPROVED:
        raise Blocked(Problem(PLAN_NOT_APPROVED))
    try:
        with transaction.atomic():
            fresh = Plan.objects.create(
                jurisdiction=plan.jurisdiction,
                office=plan.office,
                year=plan.year,
                revision=plan.revision + 1,
                reason=reason,
                made_by_id=person(actor),
                made_at=at,
            )
            parts = list(plan.parts.order_by("pk"))
            for part in parts:
                part.pk, part.id, part.plan, part._state.adding = None, None, fresh, True
            PlanPart.objects.bulk_create(parts)
    except IntegrityError:
        raise Blocked(Problem(PLAN_THERE, {"year": plan.year})) from None
    return fresh


def report(plan: Plan, *, recipient: str, reference: str, on: date, actor: Actor, at: datetime) -> PlanReport:
    """Write down that this version went to the national bureau or the provincial government (S004-31)."""
    require(actor, plan.office, roles.inspection_planner)
    if plan.status not in (Plan.Status.APPROVED, Plan.Status.REPLACED):
        raise Blocked(Problem(PLAN_NOT_APPROVED))
    try:
        with transaction.atomic():
            return PlanReport.objects.create(
                plan=plan, recipient=recipient, reference=reference, on=on, by_id=person(actor), at=at
            )
    except IntegrityError:
        raise Blocked(Problem(PLAN_REPORTED)) from None


def document(plan: Plan) -> dict[str, Any]:
    """What an approval approves: the plan and its tasks, as plain data."""
    names = [
        "code",
        "name_zh",
        "name_en",
        "kind",
        "items",
        "districts",
        "categories",
        "strata",
        "min_ppm",
        "cap",
        "rounds",
        "joint",
        "problem",
    ]
    return {
        "place": plan.jurisdiction.code,
        "year": plan.year,
        "revision": plan.revision,
        "reason": plan.reason,
        "parts": [
            {name: getattr(part, name) for name in names}
            | {"from": part.from_on.isoformat(), "until": part.until_on.isoformat()}
            for part in plan.parts.order_by("code")
        ],
    }


def digest(plan: Plan) -> str:
    return hashlib.sha256(rfc8785.dumps(document(plan))).hexdigest()


# --- coverage ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a register was drawn in a year: distinct objects, against the floor (S004-38, domain 6.6)."""

    kind: str
    register: int
    drawn: int
    floor_ppm: int

    @property
    def needed(self) -> int:
        return -(-self.register * self.floor_ppm // 1_000_000)

    @property
    def met(self) -> bool:
        return self.drawn >= self.needed


def coverage(jurisdiction: Jurisdiction, year: int, day: date, own: policy.Own) -> list[Coverage]:
    """Per kind of object, as of ``day``: one query a kind and one for what was drawn."""
    registered = registers.counts_on(jurisdiction, day)
    rows = DrawnObject.objects.filter(draw__jurisdiction=jurisdiction, draw__year=year, draw__live=True)
    drawn = dict.fromkeys(registered, 0)
    for kind, _subject in rows.values_list("subject__kind", "subject_id").distinct():
        drawn[kind] += 1
    floor = own.number("min_ppm")
    return [Coverage(kind, n, drawn[kind], floor) for kind, n in registered.items()]


def plans_of(jurisdictions: Sequence[int]) -> Any:
    return Plan.objects.filter(jurisdiction__in=jurisdictions).order_by("-year", "-revision")
