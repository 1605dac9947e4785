"""Everything the case page shows, fetched with a number of queries that does not depend on how much has happened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import get_language

from foreignwork.accounts import roles
from foreignwork.accounts.models import User
from foreignwork.cases import registry
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, CaseEvent, Recusal, StageHand
from foreignwork.cases.phases import Phase
from foreignwork.cases.problems import RECUSED, Problem
from foreignwork.deadlines.models import Deadline
from foreignwork.dossiers.models import Document
from foreignwork.notices.models import Notice
from foreignwork.policies.schema_filing import Question
from foreignwork.vault import keys
from foreignwork.workflow import ask
from foreignwork.workflow.ask import Offer

from . import limits, masks
from .masks import Fact
from .seat import Seat

REVIEWED = "conditions"
"""Key in an event's clear data under which a condition-by-condition finding stands (cases.context.Batch.reviews)."""


@dataclass(frozen=True, slots=True)
class Material:
    """A line of the list of materials. ``asked`` is what a supplement still wants of it."""

    name: str
    code: str
    by_system: bool
    on_paper: bool
    document: Document | None
    expired: bool
    asked: bool

    @property
    def is_image(self) -> bool:
        return bool(self.document and self.document.media_type.startswith("image/"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline."""

    event: CaseEvent
    label: str
    role: str | Promise
    target: str
    remark: str
    note: list[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition with what each stage found: (stage, finding code or empty)."""

    label: str
    cites: str
    by_stage: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """An item of a supplement and its answer."""

    name: str
    reason: str
    note: str
    round: int
    asked_at: Any
    answered_at: Any
    document_id: int | None


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another matter of the bundle: its phase and office, never its facts."""

    number: str
    label: str | Promise
    phase: str
    phase_label: str
    office: str
    mine: bool


class CaseFile:
    """One case as one officer sees it now. Build with ``open_file``."""

    def __init__(self, case: Case, context: Context, seat: Seat) -> None:
        self.case, self.context, self.seat = case, context, seat
        self.matter = case.matter_entry
        self.language = get_language()

    @property
    def recused(self) -> bool:
        """A recused officer sees neither the sensitive facts nor the papers (quality B17)."""
        return any(row.user_id == self.seat.user.pk for row in self.context.recused)

    def may_look(self) -> Problem | None:
        return Problem(RECUSED) if self.recused else None

    @cached_property
    def person(self) -> str:
        return masks.person_name(self.context.person)

    def person_facts(self, revealed: Collection[str] = ()) -> list[Fact]:
        return masks.facts_of(self.matter.facts_needed, self.context.person, revealed=revealed)

    def work_facts(self, revealed: Collection[str] = ()) -> list[Fact]:
        return masks.facts_of(self.matter.facts_needed, self.context.work, revealed=revealed)

    @cached_property
    def offers(self) -> list[Offer]:
        return ask.offers(self.case, self.seat.actor, at=self.seat.at, context=self.context)

    @cached_property
    def summary(self) -> list[tuple[str | Promise, Any]]:
        return self.matter.summary(self.context) if self.matter.summary else []

    @cached_property
    def materials(self) -> list[Material]:
        wanted = {row.item for row in self.context.open_supplements}
        return [
            Material(
                name=self.material_name(row.code),
                code=row.code,
                by_system=row.by_system,
                on_paper=row.on_paper,
                document=row.document,
                expired=bool(
                    row.document and row.document.valid_until and row.document.valid_until < self.seat.today
                ),
                asked=row.code in wanted,
            )
            for row in self.context.items
        ]

    def material_name(self, code: str) -> str:
        found = self.context.pack.materials.get(code)
        return found.name.pick(self.language) if found else code

    @cached_property
    def events(self) -> list[CaseEvent]:
        rows = list(CaseEvent.objects.filter(case_id=self.case.pk).select_related("actor").order_by("seq"))
        for row in rows:
            row.case = self.case
        return rows

    @cached_property
    def timeline(self) -> list[Entry]:
        """Newest first."""
        return [self._entry(event) for event in reversed(self.events)]

    def _entry(self, event: CaseEvent) -> Entry:
        sealed = event.sealed or {}
        role = roles.ALL.get(event.role)
        return Entry(
            event=event,
            label=event.label,
            role=role.label if role else event.role,
            target=self.matter.state_label(event.target) if event.target != event.source else "",
            remark=str(sealed.get("remark") or ""),
            note=self._reasons(event),
        )

    def _reasons(self, event: CaseEvent) -> list[str]:
        """Coded reasons of a decision in words."""
        entry = self.context.pack.matters[self.case.matter]
        known = {**entry.refusal_reasons, **entry.decline_reasons}
        codes = event.data.get("reasons") or []
        return [known[code].text.pick(self.language) if code in known else str(code) for code in codes]

    @cached_property
    def findings(self) -> list[Finding]:
        """What the earlier stages found of each condition; the latest finding of a stage counts."""
        latest: dict[str, dict[str, str]] = {}
        labels: dict[str, str] = {}
        for event in self.events:
            if REVIEWED in event.data:
                latest[event.action], labels[event.action] = event.data[REVIEWED], event.label
        if not latest:
            return []
        known = self.context.pack.matters[self.case.matter].conditions
        return [
            Finding(
                label=entry.text.pick(self.language),
                cites="；".join(entry.cites),
                by_stage=[(labels[action], found.get(code, "")) for action, found in latest.items()],
            )
            for code, entry in known.items()
        ]

    @cached_property
    def asked(self) -> list[Asked]:
        reasons = self.context.pack.supplement_reasons
        return [
            Asked(
                name=self.material_name(row.item),
                reason=reasons[row.reason].text.pick(self.language) if row.reason in reasons else row.reason,
                note=row.note,
                round=row.round,
                asked_at=row.asked_at,
                answered_at=row.answered_at,
                document_id=row.document_id,
            )
            for row in self.context.supplements
        ]

    @cached_property
    def siblings(self) -> list[Sibling]:
        return [
            Sibling(
                number=row.number,
                label=row.matter_entry.label,
                phase=row.phase,
                phase_label=row.phase_label,
                office=row.office.name,
                mine=row.office_id in self.seat.actor.offices,
            )
            for row in sorted(self.context.siblings.values(), key=lambda row: row.matter_entry.order)
        ]

    @cached_property
    def limits(self) -> list[limits.Limit]:
        return limits.shown(list(Deadline.objects.filter(case_id=self.case.pk)), self.seat.today)

    @cached_property
    def papers(self) -> list[Notice]:
        rows = list(Notice.objects.filter(case_id=self.case.pk).order_by("-pk"))
        for row in rows:
            row.title = self.paper_title(row.kind)  # type: ignore[attr-defined]
        return rows

    def paper_title(self, kind: str) -> str:
        found = self.context.pack.notices.get(kind)
        return found.title.pick(self.language) if found else kind

    @cached_property
    def people(self) -> dict[int, User]:
        return {event.actor_id: event.actor for event in self.events if event.actor and event.actor_id}

    @cached_property
    def hands(self) -> list[tuple[list[str], User | None]]:
        """(labels of the stages, who has them); None: nobody yet. Empty when the matter keeps no hands."""
        taken = {row.hand: row.user_id for row in self.context.hands}
        stages: dict[str, str] = {}
        for step in self.matter.steps.values():
            if step.stage and (step.tone == "primary" or step.stage not in stages):
                stages[step.stage] = str(step.label)
        return [
            ([stages.get(stage, stage) for stage in group], self.people.get(taken.get("+".join(group), 0)))
            for group in self.context.pack.matters[self.case.matter].hands
        ]

    @cached_property
    def answers(self) -> list[tuple[str, str]]:
        """The applicant's answers to the pack's questions, except the choice of matters."""
        pack = self.context.pack
        found = []
        for code, question in pack.asked(self.context.answers):
            value = self.context.answers.get(code)
            if question.options_from is None and value not in (None, "", []):
                found.append((question.text.pick(self.language), self._answer(question, value)))
        return found

    def _answer(self, question: Question, value: Any) -> str:
        if isinstance(value, bool):
            return masks.yes_or_no(value)
        options = {option.value: option.text.pick(self.language) for option in question.options}
        values = value if isinstance(value, list) else [value]
        return "、".join(options.get(one, str(one)) for one in values)

    @property
    def waiting_on_applicant(self) -> bool:
        return self.case.phase == Phase.WAITING

    def dated(self, kind: str) -> date | None:
        return self.context.dated(kind)


def open_file(number: str, seat: Seat) -> CaseFile:
    """The visible case ``number``, with its matter's own row, facts, hands and recusals in one query. Raises Http404."""
    children = {
        matter.code: matter.model._meta.get_ancestor_link(Case).remote_field.get_accessor_name()  # type: ignore[union-attr]
        for matter in registry.all_matters()
    }
    hands = StageHand.objects.filter(case=OuterRef("pk")).order_by("pk")
    recusals = Recusal.objects.filter(case=OuterRef("pk")).order_by("pk")
    found = (
        Case.objects.visible_to(seat.actor)
        .select_related(
            "policy_version",
            "office",
            "dossier",
            "bundle__policy_version",
            "employer",
            "dossier_version",
            "engagement_version",
            *children.values(),
        )
        .defer("policy_version__document", "bundle__policy_version__document")
        .annotate(
            hand_rows=ArraySubquery(hands.values(row=JSONObject(hand="hand", user_id="user_id"))),
            recusal_rows=ArraySubquery(recusals.values(row=JSONObject(reason="reason", user_id="user_id"))),
        )
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    case: Case = getattr(found, children[found.matter])
    for name in ("policy_version", "office", "dossier", "bundle", "employer", "dossier_version", "engagement_version"):
        setattr(case, name, getattr(found, name))
    keys.prime([case.data_key_id])
    file = CaseFile(case, contexts([case], seat.today)[0], seat)
    _hand_over(file, found)
    return file


def _hand_over(file: CaseFile, found: Case) -> None:
    """Give the rules' context what was fetched already, so that it asks the database for nothing twice."""
    case, batch = file.case, file.context.batch
    if case.dossier_version:
        batch.person_versions = {case.dossier_version.pk: case.dossier_version}
    if case.engagement_version:
        batch.work_versions = {case.engagement_version.pk: case.engagement_version}
    if case.bundle:
        batch.bundles = {case.bundle.pk: case.bundle}
        siblings = Case.objects.filter(bundle_id=case.bundle.pk).select_related("office").order_by("pk")
        batch.siblings = {case.bundle.pk: list(siblings)}
    if case.employer:
        batch.employers = {case.employer.pk: case.employer}
    batch.hands = {case.pk: [StageHand(case_id=case.pk, **row) for row in found.hand_rows]}  # type: ignore[attr-defined]
    batch.recused = {case.pk: [Recusal(case_id=case.pk, **row) for row in found.recusal_rows]}  # type: ignore[attr-defined]
    batch.reviews = {case.pk: [event for event in file.events if REVIEWED in event.data]}
