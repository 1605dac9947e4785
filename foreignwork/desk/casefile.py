"""Everything the case page shows, fetched with a number of queries that does not depend on how much has happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property
from typing import Any, cast

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext

from foreignwork.accounts import roles
from foreignwork.accounts.models import User
from foreignwork.cases.category import class_finding
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context
from foreignwork.cases.events import ASSISTED
from foreignwork.cases.findings import Finding as MachineFinding
from foreignwork.cases.findings import decided_at_once
from foreignwork.cases.findings import findings as machine_findings
from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.cases.phases import OPEN_PHASES, Phase
from foreignwork.cases.problems import RECUSED, Problem
from foreignwork.deadlines.holding import times
from foreignwork.deadlines.models import Deadline
from foreignwork.deadlines.recount import MOVED_LIMITS
from foreignwork.notices.models import Notice
from foreignwork.policies.materials import personal_list
from foreignwork.rulebook.words import aside, labelled
from foreignwork.rulebook.words import listed as strung
from foreignwork.workflow import ask
from foreignwork.workflow.ask import Offer

from . import limits, masks
from .classing import ClassView, class_view
from .law import readable
from .lines import Asked, Entry, Finding, Material, Sibling
from .masks import Fact
from .opening import Subject, Way, open_ways
from .seat import Seat

REVIEWED = "conditions"
"""Key in an event's clear data under which a condition-by-condition finding stands (cases.context.Batch.reviews)."""


REFUSED_LOOK = {"refused": "bad", "declined": "bad"}
PAPER_LOOKS = {"queued": "work", "issued": "info", "served": "ok", "failed": "bad"}


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
        """The matter's own facts, and who has the case while it is under way."""
        rows = list(self.matter.summary(self.context)) if self.matter.summary else []
        if self.case.assignee_id and self.case.phase in OPEN_PHASES:
            rows.append((gettext("承办人"), self.case.assignee))
        return rows

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

    @cached_property
    def spared(self) -> list[tuple[str, str]]:
        """What need not be handed in for this matter, and why: name and reason (S000-52…54). From the pinned pack and answers."""
        bundle, pack = self.context.bundle, self.context.pack
        if bundle is None or self.case.matter not in pack.matters:
            return []
        items = personal_list(pack, [self.case.matter], bundle.answers)
        return [
            (item.name.pick(self.language), item.waiver.pick(self.language)) for item in items if item.waiver
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
        """Newest first, with what was written: officers of the case may read it."""
        return [self._entry(event) for event in reversed(self.events)]

    def _entry(self, event: CaseEvent) -> Entry:
        role = roles.ALL.get(event.role)
        who = f"{event.actor}{aside(role.label if role else event.role)}" if event.actor else gettext("系统")
        if ASSISTED in event.data:
            who = gettext("%(clerk)s（窗口代%(role)s办理）") % {
                "clerk": event.actor,
                "role": role and role.label,
            }
        target = f" → {self.matter.state_label(event.target)}" if event.target != event.source else ""
        return Entry(
            title=f"{event.label}{target}",
            at=event.at,
            who=who,
            office=""
            if event.effective_on == day_of(event.at)
            else gettext("自 %(day)s 起计") % {"day": event.effective_on},
            text="\n".join(self._said(event)),
        )

    def _said(self, event: CaseEvent) -> list[str]:
        """What the step's form took down, each under the form's own label; coded reasons in the pack's words. What a
        form takes in hidden fields (files, positions) has pages of its own."""
        step, sealed = self.matter.steps.get(event.action), cast("dict[str, Any]", event.sealed or {})
        fields = getattr(step.form, "base_fields", {}) if step and step.form else {}
        said = []
        for name, value in {**event.data, **sealed}.items():
            if name == "remark":
                said.append(str(value))
            elif name == "reasons":
                said += self._reasons(value)
            elif name == MOVED_LIMITS:
                said += [self._moved(one) for one in value]
            elif name == "items_asked":
                said.append(strung(self.material_name(code) for code in value))
            elif name in fields and not fields[name].widget.is_hidden:
                said.append(labelled(fields[name].label, self._in_words(fields[name], value)))
        return said

    @staticmethod
    def _moved(one: Mapping[str, Any]) -> str:
        """One limit that the calendar moved: “作出决定（法定）：2027-01-15 → 2027-01-18”."""
        kind, basis = limits.KINDS.get(one["kind"], one["kind"]), Deadline.Basis(one["basis"]).label
        provisional = gettext("（暂定）") if one["provisional"] else ""
        return labelled(f"{kind}{aside(basis)}", f"{one['from']} → {one['to']}{provisional}")

    @staticmethod
    def _in_words(field: Any, value: Any) -> str:
        """One kept value as its form shows it: choices by their labels, ticks as yes or no."""
        if own := getattr(field, "in_words", None):
            return str(own(value))
        if isinstance(value, bool):
            return masks.yes_or_no(value)
        choices = dict(getattr(field, "choices", ()))
        values = value if isinstance(value, list) else [value]
        return "、".join(str(choices.get(one, one)) for one in values)

    def _reasons(self, codes: list[str]) -> list[str]:
        entry = self.context.pack.matters[self.case.matter]
        known = {**entry.refusal_reasons, **entry.decline_reasons, **entry.office_grounds}
        return [known[code].text.pick(self.language) if code in known else str(code) for code in codes]

    @cached_property
    def machine(self) -> list[MachineFinding]:
        """What the machine noticed; empty for officers who keep away from the case, and when it is closed."""
        open_ = not self.recused and self.case.phase != Phase.CLOSED
        return machine_findings(self.context) if open_ else []

    @cached_property
    def at_once(self) -> list[Problem]:
        """Why the case may be decided on the spot; empty: it may not, or it is decided, or not this officer's to know."""
        if self.recused or self.case.phase not in OPEN_PHASES:
            return []
        return decided_at_once(self.context, self.machine)

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
                cites=readable("；".join(entry.cites)),
                by_stage=[(labels[action], found.get(code, "")) for action, found in latest.items()],
            )
            for code, entry in known.items()
            if entry.belongs_to(self.case.sub_matter)
        ]

    @cached_property
    def class_view(self) -> ClassView | None:
        """The class claimed beside what the facts on file support; not for those who keep away."""
        found = None if self.recused else class_finding(self.context)
        return class_view(found, self.language) if found else None

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
                mine=bool(row.offices & self.seat.actor.offices),
            )
            for row in sorted(self.context.siblings.values(), key=lambda row: row.matter_entry.order)
        ]

    @cached_property
    def limits(self) -> tuple[list[limits.Limit], list[limits.Limit]]:
        """(running, finished)."""
        known = times(self.context)
        return limits.by_kind(known.rows, self.seat.today, held=known.held_kinds)

    @cached_property
    def papers(self) -> list[dict[str, Any]]:
        """As the component ``notice_card`` takes them, newest first."""
        return [self._paper(row) for row in Notice.objects.filter(case_id=self.case.pk).order_by("-pk")]

    def _paper(self, row: Notice) -> dict[str, Any]:
        made = row.status in (Notice.Status.ISSUED, Notice.Status.SERVED)
        failed = row.status == Notice.Status.FAILED
        words = str(Notice.Status(row.status).label)
        if row.served_how:
            words += aside(Notice.Service(row.served_how).label)
        where = [self.case.number, row.pk]
        return {
            "title": self.paper_title(row.kind),
            "number": row.number,
            "issued_at": row.served_at or row.issued_at or row.created_at,
            "kind": PAPER_LOOKS[row.status],
            "status": words,
            "href": reverse("desk:paper", args=where) if made and not self.recused else "",
            "retry": reverse("desk:paper_retry", args=where) if failed else "",
        }

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
            if (
                step.stage
                and step.belongs_to(self.case.sub_matter, self.case.origin)
                and (step.tone == "primary" or step.stage not in stages)
            ):
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
            if question.options_from != "matters" and value not in (None, "", []):
                found.append((question.text.pick(self.language), self._answer(code, value)))
        return found

    def _answer(self, code: str, value: Any) -> str:
        if isinstance(value, bool):
            return masks.yes_or_no(value)
        options = {
            option.value: option.text.pick(self.language) for option in self.context.pack.options(code)
        }
        values = value if isinstance(value, list) else [value]
        return "、".join(options.get(one, str(one)) for one in values)

    @cached_property
    def granted(self) -> Entitlement | None:
        """What this case itself granted and what is still in force."""
        held = self.context.entitlement(self.case.matter)
        return held if held and held.case_id == self.case.pk else None

    @cached_property
    def openings(self) -> list[Way]:
        """Cases the officer's office may open about what was granted, or after a refusal (依职权立案)."""
        if self.recused:
            return []
        return open_ways(Subject(self.case, self.granted), self.seat)

    @property
    def look(self) -> str:
        """Colour of the state's tag where the phase's own would mislead: a refusal is not a success."""
        return REFUSED_LOOK.get(self.case.outcome, "")

    @property
    def whose_turn(self) -> str:
        """Who leads on from here, for those who cannot: the roles of the steps the flow marks as the main way."""
        ways = [
            step
            for step in self.matter.steps_from(self.case.state, self.case.sub_matter, self.case.origin)
            if step.tone == "primary"
        ]
        found = [role for step in ways for role in step.by if role.code != "system"]
        return "、".join(dict.fromkeys(str(role.label) for role in found))

    def dated(self, kind: str) -> date | None:
        return self.context.dated(kind)
