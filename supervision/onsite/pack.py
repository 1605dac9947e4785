"""What a phone is given of the visits that are its inspector's: the least that the visit needs, for a short time, and logged.

Of the firm: name and address. Of a person: name, and what the permit says of post, place and pay, to compare. No passport, no
birth date, no contacts, no number of a complaint.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language

from foreignwork.accounts.models import User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Entitlement, Recusal
from foreignwork.dossiers.facts import worded
from foreignwork.dossiers.models import AccessEntry
from foreignwork.vault import keys

from .. import catalogue, forms_onsite, policy
from ..models import Certificate, Inspection, InspectionSubject, Subject

PACKED = ("notified", "on_site")
Shape = dict[str, Any]
Known = tuple[Subject, Entitlement | None]


def visits_of(user: User, keep: Collection[str] = ()) -> list[Inspection]:
    """The visits that are his to make now, the next ones first; ``keep``: numbers of visits of which his phone holds something unsent,
    so that what came back can be put right after the record was made."""
    kept_away = Recusal.objects.filter(user=user).values("case_id")
    open_still = Q(state__in=PACKED) | Q(state="recorded", number__in=keep)
    rows = Inspection.objects.filter(Q(lead__user=user) | Q(second__user=user), open_still)
    return list(
        rows.exclude(pk__in=kept_away)
        .select_related("subject_org", "office__jurisdiction", "policy_version", "lead__user", "second__user")
        .order_by("planned_on", "pk")
    )


def packed(user: User, *, keep: Collection[str] = (), at: datetime) -> Shape:
    """``{"visits": […], "until": ISO}``; writes into the access log whose facts leave the house, before they do. The number of
    queries does not grow with the visits."""
    rows = visits_of(user, keep)
    if not rows:
        return {"visits": [], "until": at.isoformat()}
    found = contexts(list(rows), day_of(at))
    own = policy.of(found[0].pack)
    until = at + timedelta(hours=own.number("onsite_pack_hours"))
    chosen = found[: own.number("onsite_pack_visits")]
    people = _people([context.case for context in chosen], own)
    AccessEntry.objects.bulk_create(
        AccessEntry(
            dossier=subject.dossier,
            user=user,
            what="onsite_pack",
            purpose=f"{context.case.number} 现场检查任务下载"[:200],
            at=at,
        )
        for context in chosen
        for subject, _held in people[context.case.pk]
    )
    cards = _cards([context.case for context in chosen], day_of(at))
    known = catalogue.of_cases(chosen)
    return {
        "visits": [
            _visit(context, user, people[context.case.pk], cards, items)
            for context, items in zip(chosen, known, strict=True)
        ],
        "until": until.isoformat(),
    }


def _visit(
    context: Context, user: User, people: list[Known], cards: dict[int, str], known: dict[str, policy.Item]
) -> Shape:
    case: Any = context.case
    own = policy.of(context.pack)
    org = case.subject_org
    language = get_language()
    names = {code: known[code].name.pick(language) if code in known else code for code in case.items}
    return {
        "number": case.number,
        "arrived": case.state != "notified",
        "recorded": case.state == "recorded",
        "planned": case.planned_on.isoformat() if case.planned_on else "",
        "firm": {"name": org.name if org else "", "address": org.address if org else ""},
        "team": [
            {"name": str(one), "certificate": cards.get(one.pk, ""), "me": one.user_id == user.pk}
            for one in (case.lead, case.second)
            if one
        ],
        "items": [
            {
                "code": code,
                "name": name,
                "basis": item.basis.pick(language) if item else "",
                "method": item.method.pick(language) if item else "",
                "points": item.points.pick(language) if item and item.points else "",
            }
            for code, name in names.items()
            for item in (known.get(code),)
        ],
        "people": [_person(subject, held) for subject, held in people],
        "results": [
            {"code": code, "text": str(text), "harmless": code in forms_onsite.HARMLESS}
            for code, text in forms_onsite.results(context)
        ],
        "compared": [
            {"code": code, "text": str(text), "harmless": code in ("as_permitted", "not_met")}
            for code, text in forms_onsite.COMPARED
        ],
        "unsigned": [
            {"code": code, "text": entry.text.pick(language)}
            for code, entry in own.reasons.get("not_signed", {}).items()
        ],
        "photos": own.number("onsite_photos"),
    }


def _cards(cases: list[Any], day: date) -> dict[int, str]:
    """Inspector → number of the certificate valid today."""
    team = {one.pk for case in cases for one in (case.lead, case.second) if one}
    rows = Certificate.objects.on(day).filter(inspector__in=team).order_by("-pk")
    return dict(rows.values_list("inspector_id", "number"))


def _people(cases: list[Any], own: policy.Own) -> dict[int, list[Known]]:
    """Case → the persons looked at, each with what is or was last held at this firm: active first, then the newest."""
    rows = InspectionSubject.objects.filter(inspection__in=cases, subject__kind="person")
    rows = rows.select_related("subject__dossier").order_by("subject_id")
    dossiers = {row.subject.dossier_id for row in rows}
    held = (
        Entitlement.objects.filter(dossier__in=dossiers, matter__in=own.registers_from)
        .select_related("case__dossier_version", "case__engagement_version")
        .order_by("-status", "pk")  # "ended" before "active", old before new: the last one stays
    )
    at_firm = {(row.dossier_id, row.employer_id): row for row in held}
    keys.prime({row.case.data_key_id for row in at_firm.values()})
    firm = {case.pk: case.subject_org_id for case in cases}
    found: dict[int, list[Known]] = {case.pk: [] for case in cases}
    for row in rows:
        known = at_firm.get((row.subject.dossier_id, firm[row.inspection_id]))
        found[row.inspection_id].append((row.subject, known))
    return found


def _person(subject: Any, held: Entitlement | None) -> Shape:
    """A person as the permit knows him: what was decided, not what was filed later."""
    person = held.case.dossier_version.facts if held and held.case.dossier_version else {}
    work = held.case.engagement_version.facts if held and held.case.engagement_version else {}
    latin = " ".join(filter(None, (person.get("surname"), person.get("given_names"))))
    return {
        "id": subject.pk,
        "code": subject.dossier.code,
        "name": " ".join(filter(None, (latin, person.get("name_zh")))) or subject.dossier.code,
        "post": (held.post if held else "") or str(work.get("post_title") or ""),
        "place": str(work.get("work_address") or ""),
        "pay": str(worded("annual_salary_cny", work.get("annual_salary_cny"))),
        "until": held.valid_until.isoformat() if held and held.valid_until else "",
    }
