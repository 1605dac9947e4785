"""Cases an office opens itself (依职权, 监督检查): by the same steps and the same rows as an application, without a bundle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import who
from foreignwork.accounts.models import Office, Organisation
from foreignwork.accounts.who import Actor
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, Entitlement, Recusal
from foreignwork.cases.phases import Phase
from foreignwork.cases.problems import RECUSED, WRONG_STATE, Blocked, NotAllowed, Problem, WrongState, say
from foreignwork.cases.steps import Step
from foreignwork.dossiers.models import Dossier, DossierVersion, Engagement, EngagementVersion
from foreignwork.notices.issue import take_numbers
from foreignwork.outbox.put import nudge
from foreignwork.policies.models import PolicyVersion
from foreignwork.vault.models import DataKey

from . import keys
from .ask import act_for, objection
from .granting import Turn
from .perform import validated
from .turns import carry_out

LETTERS = {Case.Origin.EX_OFFICIO: "E", Case.Origin.INSPECTION: "I"}
NOT_OPENED_HERE = say(
    "not_opened_here", _("本地区的政策包没有规定由机关依职权办理“%(matter)s”的这一事项，不能立案。")
)
OFFICE_CASE_OPEN = say("office_case_open", _("已有一件同样的案件正在办理（%(number)s），不能重复立案。"))
NOT_ACTIVE = say("entitlement_not_active", _("%(number)s 已经终止，不能再就其立案。"))


@dataclass(frozen=True, slots=True)
class Opening:
    """What an office opens: about an entitlement, a person, an organisation, or several of them.

    ``about`` gives person, employer, engagement and class, as does ``follows``: an earlier case that granted nothing (the
    filing that concealed something). ``engagement``: whose permit of a former register is taken over (a historic
    sub-matter), with its class. ``data`` is what the opening step's form validates.
    """

    matter: str
    sub_matter: str
    origin: str
    office: Office
    about: Entitlement | None = None
    dossier: Dossier | None = None
    subject_org: Organisation | None = None
    follows: Case | None = None
    engagement: Engagement | None = None
    category: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def opening_step(opening: Opening) -> Step:
    """The declared step that opens it. Raises WrongState when the flow declares none."""
    matter = registry.get(opening.matter)
    step = matter.opening_step(opening.origin, opening.sub_matter)
    if step is None:
        raise WrongState(Problem(WRONG_STATE, {"state": "", "step": str(matter.label)}))
    return step


def open_case(opening: Opening, *, actor: Actor, at: datetime, key: str | None = None) -> Case:
    """Open one case. A repeated POST with ``key`` returns the first case.

    Raises WrongState, NotAllowed, Blocked, Invalid, KeyReused; then nothing is opened.
    """
    with transaction.atomic():
        if key and actor.user:
            about = opening.about.pk if opening.about else None
            follows = opening.follows.pk if opening.follows else None
            content = {"m": opening.matter, "s": opening.sub_matter, "e": about, "f": follows, **opening.data}
            found = keys.claim(user=actor.user, key=key, print_=keys.fingerprint("open_case", content), at=at)
            if found is not None:
                return Case.objects.get(number=found["case"])
        case = open_cases([opening], actor=actor, at=at)[0]
        if key and actor.user:
            keys.settle(user=actor.user, key=key, outcome={"case": case.number})
    return case


def open_cases(openings: Sequence[Opening], *, actor: Actor, at: datetime) -> list[Case]:
    """Open many cases in one transaction, all or none; the number of queries does not depend on how many."""
    if not openings:
        return []
    with transaction.atomic():
        _nobody_recused(openings, actor)
        _lock_and_look(openings)
        opened = _prepared(openings, at=at)
        turns = [
            _turn(opening, context, actor, at=at) for opening, context in zip(openings, opened, strict=True)
        ]
        _give_keys([turn.context.case for turn in turns], at=at)
        _number([turn.context.case for turn in turns], at=at)
        carry_out(turns, at=at)
        nudge()
    return [turn.context.case for turn in turns]


def open_part(case_id: int, sub_matter: str, *, at: datetime) -> Case | None:
    """The part of a case that another office registers, opened there by the system: once, however often it is asked.

    None where it is open already, or where the pack in force today has no such part any more (the offices were merged).
    """
    case = Case.objects.select_related("office__jurisdiction", "bundle", "employer", "policy_version").get(
        pk=case_id
    )
    pack = PolicyVersion.objects.in_force(case.office.jurisdiction.code, day_of(at)).pack
    if sub_matter not in pack.matters[case.matter].sub_matters:
        return None
    if Case.objects.filter(replaces=case, matter=case.matter, sub_matter=sub_matter).exists():
        return None
    asked = case.bundle.answers.get("city") if case.bundle else None
    city = asked or (case.employer.city if case.employer else None)
    route = pack.route_for(case.matter, case.category or None, city, sub_matter)
    opening = Opening(
        matter=case.matter,
        sub_matter=sub_matter,
        origin=pack.matters[case.matter].sub_matters[sub_matter].origin,
        office=Office.objects.select_related("jurisdiction").get(code=route.office),
        follows=case,
    )
    return open_cases([opening], actor=who.system(day_of(at)), at=at)[0]


def draft_of(opening: Opening, *, at: datetime) -> Context:
    """The case as it would be, unsaved: what the form of the opening step and its rules look at before anything is opened."""
    return _prepared([opening], at=at)[0]


def earlier_case_ids(openings: Sequence[Opening]) -> set[int]:
    """The cases the openings go back to: those that granted what they are about, those they follow."""
    granted = {opening.about.case_id for opening in openings if opening.about}
    return granted | {opening.follows.pk for opening in openings if opening.follows}


def _nobody_recused(openings: Sequence[Opening], actor: Actor) -> None:
    """Who had to keep away from the case keeps away from what comes of it (回避, S004-18)."""
    earlier = earlier_case_ids(openings)
    if earlier and actor.user and Recusal.objects.filter(case__in=earlier, user=actor.user).exists():
        raise NotAllowed(Problem(RECUSED))


def _lock_and_look(openings: Sequence[Opening]) -> None:
    """The entitlements and earlier cases concerned, locked in sorted order; one open case of a kind about each."""
    _look_at_earlier(openings)
    about = sorted({opening.about.pk for opening in openings if opening.about})
    if not about:
        return
    locked = {
        row.pk: row for row in Entitlement.objects.select_for_update().filter(pk__in=about).order_by("pk")
    }
    kinds = {(o.about.pk, o.matter, o.sub_matter) for o in openings if o.about}
    problems = [
        Problem(NOT_ACTIVE, {"number": row.number})
        for row in locked.values()
        if row.status != Entitlement.Status.ACTIVE
    ]
    busy = Case.objects.open().filter(about__in=about).exclude(origin=Case.Origin.APPLIED)
    problems += [
        Problem(OFFICE_CASE_OPEN, {"number": case.number})
        for case in busy.order_by("pk")
        if (case.about_id, case.matter, case.sub_matter) in kinds
    ]
    if problems:
        raise Blocked(*problems)


def _look_at_earlier(openings: Sequence[Opening]) -> None:
    earlier = sorted({opening.follows.pk for opening in openings if opening.follows})
    if not earlier:
        return
    list(Case.objects.select_for_update(of=("self",)).filter(pk__in=earlier).order_by("pk"))
    kinds = {(o.follows.pk, o.sub_matter) for o in openings if o.follows}
    same = Case.objects.filter(replaces__in=earlier).exclude(origin=Case.Origin.APPLIED).order_by("pk")
    problems = [
        Problem(OFFICE_CASE_OPEN, {"number": case.number})
        for case in same
        if (case.replaces_id, case.sub_matter) in kinds
    ]
    if problems:
        raise Blocked(*problems)


def _prepared(openings: Sequence[Opening], *, at: datetime) -> list[Context]:
    """The cases in memory. Raises Blocked when the pack in force does not let an office begin such a case."""
    day = day_of(at)
    places = {o.office.jurisdiction.code for o in openings}
    policies = {code: PolicyVersion.objects.in_force(code, day) for code in places}
    for opening in openings:
        known = policies[opening.office.jurisdiction.code].pack.matters.get(opening.matter)
        sub = known.sub_matters.get(opening.sub_matter) if known else None
        wanted = "historic" if opening.engagement else opening.origin
        if sub is None or sub.origin != wanted or bool(sub.about) != bool(opening.about):
            raise Blocked(Problem(NOT_OPENED_HERE, {"matter": str(registry.get(opening.matter).label)}))
    grants = Case.objects.select_related("engagement").in_bulk(
        {opening.about.case_id for opening in openings if opening.about}
    )
    sources = [*grants.values(), *(opening.follows for opening in openings if opening.follows)]
    dossiers = _dossiers(openings)
    person = _newest(DossierVersion, "dossier_id", set(dossiers))
    own = {opening.engagement.pk for opening in openings if opening.engagement}
    work = _newest(EngagementVersion, "engagement_id", {case.engagement_id for case in sources} | own)
    cases = []
    for opening in openings:
        grant = grants.get(opening.about.case_id) if opening.about else opening.follows
        dossier = dossiers.get(_dossier_id(opening) or 0)
        taken = opening.engagement
        engagement_id = grant.engagement_id if grant else taken.pk if taken else None
        case = registry.get(opening.matter).model(
            matter=opening.matter,
            sub_matter=opening.sub_matter,
            origin=opening.origin,
            category=opening.about.category
            if opening.about
            else grant.category
            if grant
            else opening.category,
            phase=Phase.PREPARING,
            about=opening.about,
            replaces=opening.follows,
            employer_id=grant.employer_id if grant else taken.employer_id if taken else None,
            subject_org=opening.subject_org,
            dossier=dossier,
            engagement_id=engagement_id,
            dossier_version_id=person.get(dossier.pk) if dossier else None,
            engagement_version_id=work.get(engagement_id) if engagement_id else None,
            policy_version=policies[opening.office.jurisdiction.code],
            office=opening.office,
            data_key=dossier.data_key if dossier else None,
        )
        cases.append(case)
    return contexts(cases, day)


def _dossier_id(opening: Opening) -> int | None:
    if opening.dossier:
        return opening.dossier.pk
    if opening.engagement:
        return opening.engagement.dossier_id
    if opening.follows:
        return opening.follows.dossier_id
    return opening.about.dossier_id if opening.about else None


def _dossiers(openings: Sequence[Opening]) -> dict[int, Dossier]:
    return Dossier.objects.select_related("data_key").in_bulk(
        {pk for opening in openings if (pk := _dossier_id(opening))}
    )


def _newest(model: Any, owner: str, ids: set[Any]) -> dict[int, int]:
    """The id of the newest version of each owner's facts: one query."""
    rows = model.objects.filter(**{f"{owner}__in": ids - {None}}).order_by(owner, "seq")
    return dict(rows.values_list(owner, "pk"))


def _turn(opening: Opening, context: Context, actor: Actor, *, at: datetime) -> Turn:
    step = opening_step(opening)
    act = act_for(actor, step, context.case, at=at, data={})
    refused = objection(step, context, act)
    if refused:
        raise refused
    act.data = validated(step, context, opening.data)
    return Turn(step, context, act)


def _give_keys(cases: Sequence[Case], *, at: datetime) -> None:
    """A case without a dossier (an inspection of a firm) seals what is written under a key of its own."""
    without = [case for case in cases if case.data_key_id is None]
    for case, key in zip(
        without, DataKey.objects.make_many(len(without), at) if without else (), strict=True
    ):
        case.data_key = key


def _number(cases: Sequence[Case], *, at: datetime) -> None:
    """Numbers of their own series by place and origin: GANSU-2026-E00001-W."""
    year = day_of(at).year
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.office.jurisdiction.code, case.origin].append(case)
    for (place, origin), rows in sorted(groups.items(), key=lambda item: item[0]):
        letter = LETTERS[Case.Origin(origin)]
        for n, case in zip(take_numbers(f"case:{place}:{letter}", year, len(rows)), rows, strict=True):
            case.number = f"{place.upper()}-{year}-{letter}{n:05d}-{case.matter_entry.letter}"
