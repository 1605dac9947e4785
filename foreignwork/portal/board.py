"""A bundle as its people see it: matters side by side, one timeline, papers, materials. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foreignwork.accounts import roles
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.events import ASSISTED
from foreignwork.cases.models import Bundle, BundleItem, Case, CaseEvent, SupplementItem
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.deadlines.models import Deadline
from foreignwork.deadlines.recount import MOVED_LIMITS
from foreignwork.dossiers.models import DatedFact
from foreignwork.notices.models import Notice
from foreignwork.policies.pack import Pack

from .progress import Card, Todo, gate_words, limits_of, look_of, phase_words, todo_of, whose_turn
from .uploads import entry
from .words import LIMITS, listed

READY = (Notice.Status.ISSUED, Notice.Status.SERVED)


def cards_of(bundle: Bundle, cases: list[Case], *, today: date, acts: bool) -> list[Card]:
    """A card for each matter of the bundle, in the pack's order. Limits are fetched here, once for all."""
    pack = bundle.policy_version.pack
    limits: dict[int, list[Deadline]] = defaultdict(list)
    for row in Deadline.objects.knowing_held().filter(case__in=cases).order_by("started_on", "id"):
        limits[row.case_id].append(row)
    order = {code: n for n, code in enumerate(pack.matter_codes())}
    ordered = sorted(cases, key=lambda case: order.get(case.matter, 99))
    return [
        card_of(case, pack, bundle.answers, cases, limits[case.pk], today=today, acts=acts)
        for case in ordered
    ]


def card_of(
    case: Case,
    pack: Pack,
    answers: dict[str, Any],
    siblings: list[Case],
    limits: list[Deadline],
    *,
    today: date,
    acts: bool,
) -> Card:
    """One matter: who has it, what it waits for, what the applicant must do, by when."""
    name = pack.matters[case.matter].name.pick(get_language())
    return Card(
        code=case.matter,
        name=name,
        case=case,
        office=case.office.name,
        receiver=case.receiver.name if case.receiver else "",
        phone=pack.phone_for(case.office.code),
        whose=whose_turn(case),
        waits_for=gate_words(case, pack, answers, siblings),
        todo=todo_of(case, name) if acts else None,
        limits=limits_of(limits, today),
    )


def awaiting_entry(bundle: Bundle, cases: list[Case]) -> bool:
    """A person abroad has been granted something, and what comes next waits: the day of entry is wanted."""
    abroad = bundle.answers.get("person_in_china") is False
    granted = any(case.outcome == Outcome.GRANTED for case in cases)
    waiting = any(case.phase == Phase.UPCOMING for case in cases)
    return abroad and granted and waiting


def entry_todos(pairs: Iterable[tuple[Bundle, list[Case]]]) -> dict[int, Todo]:
    """By bundle: ask for the day of entry where it is wanted and nobody recorded it. At most one query."""
    wanted = [bundle for bundle, cases in pairs if awaiting_entry(bundle, cases)]
    if not wanted:
        return {}
    rows = DatedFact.objects.filter(
        dossier__in=[row.dossier_id for row in wanted], kind=DatedFact.Kind.ENTERED
    )
    known = set(rows.values_list("dossier_id", flat=True))
    return {row.pk: _entry_todo(row) for row in wanted if row.dossier_id not in known}


def _entry_todo(bundle: Bundle) -> Todo:
    href = reverse("portal:dossier", args=[bundle.dossier.code]) + "#days"
    words = _("外国人入境后，请登记入境日期")
    return Todo(words, words, href)


def timeline_of(cases: list[Case], cards: list[Card]) -> list[dict[str, Any]]:
    """All events of all matters, newest first, for the timeline component. Notes an office keeps for itself are left out."""
    by_id = {case.pk: case for case in cases}
    names = {card.code: card.name for card in cards}
    found = []
    events = CaseEvent.objects.filter(case__in=cases).select_related("office", "actor").defer("sealed")
    for event in events.order_by("-at", "-case_id", "-seq"):
        event.case = by_id[event.case_id]
        step = registry.get(event.case.matter).steps.get(event.action)
        if step and step.target is None and not (step.serves or step.sends or step.issues or step.recounts):
            continue
        role = roles.ALL.get(event.role)
        moved = event.effective_on != day_of(event.at)
        found.append(
            {
                "at": event.at,
                "matter": names.get(event.case.matter, "") if len(cases) > 1 else "",
                "title": event.label,
                "office": event.office.name if event.office and (role is None or role.staff) else "",
                "who": _who(event, role),
                "text": _("自 %(day)s 起算") % {"day": date_format(event.effective_on)}
                if moved
                else _moved_limits(event),
                "limit": "",
            }
        )
    return found


def _who(event: CaseEvent, role: roles.Role | None) -> str:
    """Who took the step, by role; at the window, which clerk pressed for the applicant."""
    label = str(role.label) if role else ""
    if ASSISTED not in event.data:
        return label
    return _("%(role)s（窗口代办：%(clerk)s）") % {"role": label, "clerk": event.actor}


def papers_of(
    cases: list[Case], pack: Pack, cards: list[Card], *, at_once: bool = False
) -> list[dict[str, Any]]:
    """The notices, newest first, for the notice card. A paper that failed to print is still on its way for the reader.

    ``at_once``: opening one that is not printed yet has it made (at the window, ``papers.paper``).
    """
    names = {card.case.pk: card.name for card in cards}
    language = get_language()
    rows = Notice.objects.filter(case__in=cases, withdrawn_at__isnull=True).select_related("office")
    found = []
    for row in rows.order_by("-created_at", "-pk"):
        ready = row.status in READY
        status = Notice.Status(row.status if ready else Notice.Status.QUEUED)
        found.append(
            {
                "title": pack.notices[row.kind].title.pick(language)
                if row.kind in pack.notices
                else row.kind,
                "number": row.number,
                "matter": names.get(row.case_id, ""),
                "office": row.office.name,
                "issued_at": row.dated_on,
                "status": status.label,
                "kind": {"served": "ok", "issued": "info"}.get(status, "quiet"),
                "href": reverse("portal:paper", args=[row.code]) if ready or at_once else "",
                "verify": reverse("portal:verify", args=[row.code]) if ready else "",
            }
        )
    return found


def materials_of(bundle: Bundle, cases: list[Case], today: date) -> list[dict[str, Any]]:
    """Each material once: which matters use it, the file, and whether it is asked for again."""
    pack, language = bundle.policy_version.pack, get_language()
    asked = {row.item: row for row in SupplementItem.objects.filter(case__in=cases, answered_at__isnull=True)}
    found = []
    for row in BundleItem.objects.filter(bundle=bundle).select_related("document__blob").order_by("id"):
        material = pack.materials.get(row.code)
        users = [pack.matters[code].name.pick(language) for code in row.for_matters if code in pack.matters]
        found.append(
            {
                "code": row.code,
                "name": material.name.pick(language) if material else row.code,
                "users": listed(users),
                "by_system": row.by_system,
                "on_paper": row.on_paper,
                "seen_at": row.seen_at,
                "file": entry(row.document, today),
                "asked": asked.get(row.code),
            }
        )
    return found


def cases_of(bundles: list[Bundle]) -> dict[int, list[Case]]:
    """The cases of many bundles with their offices: one query."""
    found: dict[int, list[Case]] = defaultdict(list)
    for case in Case.objects.filter(bundle__in=bundles).select_related("office", "receiver").order_by("pk"):
        found[case.bundle_id or 0].append(case)
    return found


def tags_of(bundle: Bundle, cases: list[Case]) -> list[dict[str, str]]:
    """The phase of each matter, for lists."""
    pack, language = bundle.policy_version.pack, get_language()
    by_matter = {case.matter: case for case in cases}
    return [
        {
            "name": pack.matters[code].name.pick(language),
            "words": phase_words(case),
            "phase": case.phase,
            "state": case.state_label,
            "look": look_of(case),
        }
        for code in pack.matter_codes()
        if (case := by_matter.get(code))
    ]


def next_of(bundle: Bundle, cases: list[Case], *, acts: bool) -> tuple[Todo | None, str]:
    """The first thing to do, or whose turn it is."""
    pack, language = bundle.policy_version.pack, get_language()
    for case in cases:
        todo = todo_of(case, pack.matters[case.matter].name.pick(language)) if acts else None
        if todo:
            return todo, ""
    for case in cases:
        if case.phase == Phase.IN_REVIEW:
            return None, f"{case.office.name}（{case.state_label}）"
    return None, ""


def _moved_limits(event: CaseEvent) -> str:
    """The limits a calendar moved, from day to day; empty for every other event."""
    said = []
    for one in event.data.get(MOVED_LIMITS, ()):
        first, last = (date_format(date.fromisoformat(one[end])) for end in ("from", "to"))
        said.append(
            f"{LIMITS.get(one['kind'], one['kind'])}：{first} → {last}"
            + (_("（暂定）") if one["provisional"] else "")
        )
    return "\n".join(said)
