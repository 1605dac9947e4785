"""What a phone is given of the visits that are its inspector's: the least that the visit needs, for a short time, and logged.

Of the firm: name and address. Of a person: name, and what the permit says of post, place and pay, to compare. No passport, no
birth date, no contacts, no number of a complaint.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language

from foreignwork.accounts.models import User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Entitlement, Recusal
from foreignwork.dossiers import records
from foreignwork.dossiers.facts import worded

from .. import forms_onsite, policy
from ..models import Inspection, Inspector

PACKED = ("notified", "on_site")
Shape = dict[str, Any]


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
    """``{"visits": […], "until": ISO}``; writes into the access log whose facts leave the house, before they do."""
    rows = visits_of(user, keep)
    if not rows:
        return {"visits": [], "until": at.isoformat()}
    found = contexts(list(rows), day_of(at))
    own = policy.of(found[0].pack)
    most = own.number("onsite_pack_visits")
    until = at + timedelta(hours=own.number("onsite_pack_hours"))
    return {
        "visits": [_visit(context, user, at=at) for context in found[:most]],
        "until": until.isoformat(),
    }


def _visit(context: Context, user: User, *, at: datetime) -> Shape:
    case: Any = context.case
    own = policy.of(context.pack)
    org = case.subject_org
    language = get_language()
    names = forms_onsite.item_names(context)
    return {
        "number": case.number,
        "arrived": case.state != "notified",
        "recorded": case.state == "recorded",
        "planned": case.planned_on.isoformat() if case.planned_on else "",
        "firm": {"name": org.name if org else "", "address": org.address if org else ""},
        "team": [_member(one, user, case, at) for one in (case.lead, case.second) if one],
        "items": [
            {
                "code": code,
                "name": name,
                "basis": item.basis.pick(language) if item else "",
                "method": item.method.pick(language) if item else "",
                "points": item.points.pick(language) if item and item.points else "",
            }
            for code, name in names.items()
            for item in (own.items.get(code),)
        ],
        "people": [_person(row.subject, case, own, user, at=at) for row in _people(case)],
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


def _member(one: Inspector, user: User, case: Inspection, at: datetime) -> Shape:
    card = one.certificates.on(case.planned_on or day_of(at)).first()  # type: ignore[attr-defined]
    return {"name": str(one), "certificate": card.number if card else "", "me": one.user_id == user.pk}


def _people(case: Inspection) -> Iterable[Any]:
    rows = case.subjects.filter(subject__kind="person").select_related("subject__dossier")  # type: ignore[attr-defined]
    return rows.order_by("pk")  # type: ignore[no-any-return]


def _person(subject: Any, case: Inspection, own: policy.Own, user: User, *, at: datetime) -> Shape:
    """A person as the permit knows him: what was decided, not what was filed later."""
    dossier = subject.dossier
    held = (
        Entitlement.objects.filter(
            dossier=dossier, employer_id=case.subject_org_id, matter__in=own.registers_from
        )
        .select_related("case__dossier_version", "case__engagement_version")
        .order_by("status", "-pk")
        .first()
    )
    records.log_access(
        dossier, user=user, what="onsite_pack", purpose=f"{case.number} 现场检查任务下载"[:200], at=at
    )
    person = held.case.dossier_version.facts if held and held.case.dossier_version else {}
    work = held.case.engagement_version.facts if held and held.case.engagement_version else {}
    latin = " ".join(filter(None, (person.get("surname"), person.get("given_names"))))
    return {
        "id": subject.pk,
        "code": dossier.code,
        "name": " ".join(filter(None, (latin, person.get("name_zh")))) or dossier.code,
        "post": (held.post if held else "") or str(work.get("post_title") or ""),
        "place": str(work.get("work_address") or ""),
        "pay": str(worded("annual_salary_cny", work.get("annual_salary_cny"))),
        "until": held.valid_until.isoformat() if held and held.valid_until else "",
    }
