"""The register of inspectors: who may be drawn and sent on a day, and from whom they keep away (S004-33…-36, -81, 处罚法 43)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Jurisdiction, Office, Post, User
from foreignwork.accounts.who import actor as actor_of
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.cases.problems import Blocked, Problem, say

from .models import Certificate, Inspection, Inspector, InspectorEntry, Interest, Training

NOT_STAFF = say("inspector_not_staff", _("只有工作人员可以列入检查人员名录库。"))
NO_POST = say("inspector_no_post", _("%(who)s在%(office)s没有“检查人员”岗位，请先设置岗位。"))
APPROVES = say("inspector_approves", _("%(who)s担任审批岗位，不能列入检查人员名录库：执法与审批相互分离。"))
NO_CHANGE = say("inspector_no_change", _("没有变化。"))
NOT_LISTED = say("inspector_not_listed", _("%(who)s目前不在名录库中。"))
BEFORE_LAST = say("inspector_before_last", _("日期不能早于上一次登记的日期 %(day)s。"))


@dataclass(slots=True)
class Listed:
    """An inspector as the register shows him on a day. ``problems``: codes of the pack's ``excluded`` reasons."""

    inspector: Inspector
    entry: InspectorEntry
    certificate: Certificate | None = None
    trained: bool = False
    load: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return not self.problems


def enlist(
    user: User,
    office: Office,
    *,
    districts: list[str],
    skills: list[str],
    on: date,
    reason: str,
    by: User | None,
    at: datetime,
) -> InspectorEntry:
    """Enter or change an inspector from ``on``: the row before ends the day before. Raises Blocked."""
    held = actor_of(user, on)
    if user.kind != User.Kind.STAFF:
        raise Blocked(Problem(NOT_STAFF))
    if held.crosses(roles.inspector):
        raise Blocked(Problem(APPROVES, {"who": str(user)}))
    if not held.holds(roles.inspector, office.pk):
        raise Blocked(Problem(NO_POST, {"who": str(user), "office": office.name}))
    with transaction.atomic():
        inspector, _made = Inspector.objects.select_for_update().get_or_create(user=user)
        standing = inspector.entries.standing().first()
        ended = inspector.entries.filter(until_on__gte=on).order_by("-until_on").first()
        if ended is not None and ended.until_on:  # twice in the register of one day: twice in the draw
            raise Blocked(Problem(BEFORE_LAST, {"day": ended.until_on.isoformat()}))
        fresh = InspectorEntry(
            inspector=inspector,
            office=office,
            districts=sorted(districts),
            skills=sorted(skills),
            from_on=on,
            reason_in=reason,
            recorded_by=by,
            recorded_at=at,
        )
        if standing is not None:
            same = (standing.office_id, standing.districts, standing.skills)
            if same == (office.pk, fresh.districts, fresh.skills):
                raise Blocked(Problem(NO_CHANGE))
            if standing.from_on >= on:
                raise Blocked(Problem(BEFORE_LAST, {"day": standing.from_on.isoformat()}))
            InspectorEntry.objects.filter(pk=standing.pk).update(
                until_on=on - timedelta(days=1), reason_out=reason
            )
        fresh.save()
    return fresh


def strike_off(inspector: Inspector, *, on: date, reason: str) -> None:
    """Leaves the register after ``on``. Raises Blocked when not in it."""
    standing = InspectorEntry.objects.standing().filter(inspector=inspector).first()
    if standing is None:
        raise Blocked(Problem(NOT_LISTED, {"who": str(inspector)}))
    if standing.from_on > on:
        raise Blocked(Problem(BEFORE_LAST, {"day": standing.from_on.isoformat()}))
    InspectorEntry.objects.filter(pk=standing.pk).update(until_on=on, reason_out=reason)


def register_on(jurisdiction: Jurisdiction, day: date) -> list[Listed]:
    """Everyone in the register of ``day`` with what speaks against drawing him. A constant number of queries."""
    entries = list(
        InspectorEntry.objects.on(day)
        .filter(office__jurisdiction=jurisdiction)
        .select_related("inspector__user", "office")
        .order_by("office_id", "inspector__user__username")
    )
    ids = [row.inspector_id for row in entries]
    users = {row.inspector.user_id for row in entries}
    certificates = {
        row.inspector_id: row
        for row in Certificate.objects.on(day).filter(inspector__in=ids).order_by("until_on")
    }
    trained = set(
        Training.objects.filter(inspector__in=ids, on__lte=day).values_list("inspector_id", flat=True)
    )
    approving = [role.code for role in roles.ALL.values() if role.line == roles.APPROVAL]
    crossing = set(
        Post.objects.held_on(day).filter(user__in=users, role__in=approving).values_list("user_id", flat=True)
    )
    loads = load_of(ids)
    found = []
    for row in entries:
        listed = Listed(
            row.inspector,
            row,
            certificates.get(row.inspector_id),
            row.inspector_id in trained,
            loads.get(row.inspector_id, 0),
        )
        if listed.certificate is None:
            listed.problems.append("certificate")
        if not listed.trained:
            listed.problems.append("untrained")
        if row.inspector.user_id in crossing:
            listed.problems.append("approval_staff")
        if not row.districts:
            listed.problems.append("no_district")
        found.append(listed)
    return found


def load_of(ids: list[int]) -> dict[int, int]:
    """Visits each inspector holds now: undecided inspections as lead or second. Two queries."""
    found: dict[int, int] = defaultdict(int)
    for name in ("lead_id", "second_id"):
        rows = Inspection.objects.filter(**{f"{name}__in": ids}, phase__in=OPEN_PHASES)
        for pk in rows.values_list(name, flat=True):
            found[pk] += 1
    return dict(found)


@dataclass(frozen=True, slots=True)
class Kept:
    """From whom an inspector keeps away: ids of organisations and dossiers, each with the ground."""

    organisations: dict[int, str]
    dossiers: dict[int, str]


def interests_on(ids: list[int], day: date, years: int) -> dict[int, Kept]:
    """Declared interests that stand, and permits handled in the last ``years`` (S004-104): three queries for all."""
    found = {pk: Kept({}, {}) for pk in ids}
    for row in Interest.objects.on(day).filter(inspector__in=ids):
        if row.organisation_id:
            found[row.inspector_id].organisations[row.organisation_id] = row.ground
        if row.dossier_id:
            found[row.inspector_id].dossiers[row.dossier_id] = row.ground
    users = dict(Inspector.objects.filter(pk__in=ids).values_list("user_id", "pk"))
    approving = [role.code for role in roles.ALL.values() if role.line == roles.APPROVAL]
    since = day - relativedelta(years=years)
    handled = CaseEvent.objects.filter(
        Q(actor__in=users), role__in=approving, effective_on__gte=since, case__origin="applied"
    )
    for user, employer, dossier in handled.values_list(
        "actor_id", "case__employer_id", "case__dossier_id"
    ).distinct():
        kept = found[users[user]]
        if employer:
            kept.organisations.setdefault(employer, "handled")
        if dossier:
            kept.dossiers.setdefault(dossier, "handled")
    return found
