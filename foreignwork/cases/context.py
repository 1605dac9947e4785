"""What rules see of a case: facts, siblings, policy, hands. Loaded lazily, and for a whole batch at once.

A rule reads attributes of ``Context``; each kind of fact costs one query for the batch, however many cases it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from foreignwork.accounts.models import Organisation, Standing
from foreignwork.dossiers.models import DatedFact, Dossier, DossierMatch, DossierVersion, EngagementVersion
from foreignwork.policies.pack import Pack
from foreignwork.vault import keys

from .comparing import Comparing
from .models import Bundle, BundleItem, Case, CaseEvent, Entitlement, Recusal, StageHand, SupplementItem
from .phases import OPEN_PHASES
from .steps import Step
from .telling import EntitlementMark


def landing(steps: Iterable[Step], state: str, staged: Callable[[Step], bool]) -> str:
    """``state``, or where the steps that are passed over lead from it."""
    over = next((s for s in steps if s.passes and state in s.sources and not staged(s)), None)
    return landing(steps, over.target, staged) if over and over.target else state


class Batch:
    """The facts of many cases, each kind fetched once."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self.cases = list(cases)

    def grouped(self, rows: Iterable[Any], key: Callable[[Any], int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            found[key(row)].append(row)
        return found

    def know(self, name: str, rows: dict[int, list[Any]]) -> None:
        """Rows of one kind that were just written: they need not be read again."""
        self.__dict__[name] = rows

    def forget(self, *names: str) -> None:
        """Read these kinds anew when they are next asked for: something changed them."""
        for name in names:
            self.__dict__.pop(name, None)

    def once(self, name: str, read: Callable[[Batch], Any]) -> Any:
        """What a matter itself must read for its cases (``name`` begins with the matter's code): read once for all of them."""
        if name not in self.__dict__:
            self.__dict__[name] = read(self)
        return self.__dict__[name]

    def _related(self, name: str, model: Any) -> dict[int, Any]:
        """Rows that foreign key ``name`` points to: those the cases carry already, the others by one query."""
        known, wanted = {}, set()
        for case in self.cases:
            key = getattr(case, f"{name}_id")
            if name in case._state.fields_cache:
                known[key] = getattr(case, name)
            elif key:
                wanted.add(key)
        missing = wanted - known.keys()
        return known | (model._default_manager.in_bulk(missing) if missing else {})

    @cached_property
    def _case_ids(self) -> list[int]:
        return [case.pk for case in self.cases if case.pk]

    @cached_property
    def _dossier_ids(self) -> set[int]:
        return {case.dossier_id for case in self.cases if case.dossier_id}

    @cached_property
    def _bundle_ids(self) -> set[int]:
        return {case.bundle_id for case in self.cases if case.bundle_id}

    @cached_property
    def person_versions(self) -> dict[int, DossierVersion]:
        keys.prime({case.data_key_id for case in self.cases})
        return self._related("dossier_version", DossierVersion)

    @cached_property
    def work_versions(self) -> dict[int, EngagementVersion]:
        return self._related("engagement_version", EngagementVersion)

    @cached_property
    def bundles(self) -> dict[int, Bundle]:
        return self._related("bundle", Bundle)

    @cached_property
    def employers(self) -> dict[int, Organisation]:
        return self._related("employer", Organisation)

    @cached_property
    def siblings(self) -> dict[int, list[Case]]:
        return self.grouped(Case.objects.filter(bundle_id__in=self._bundle_ids), lambda row: row.bundle_id)

    @cached_property
    def items(self) -> dict[int, list[BundleItem]]:
        rows = (
            BundleItem.objects.filter(bundle_id__in=self._bundle_ids)
            .select_related("document")
            .order_by("id")
        )
        return self.grouped(rows, lambda row: row.bundle_id)

    @cached_property
    def entitlements(self) -> dict[int, list[Entitlement]]:
        rows = Entitlement.objects.filter(dossier_id__in=self._dossier_ids)
        return self.grouped(rows, lambda row: row.dossier_id)

    @cached_property
    def abouts(self) -> dict[int, Entitlement]:
        """What the cases concern: as a rule among what their people hold, so without a query of its own."""
        wanted = {case.about_id for case in self.cases if case.about_id}
        if not wanted:
            return {}
        known = {row.pk: row for rows in self.entitlements.values() for row in rows if row.pk in wanted}
        missing = wanted - known.keys()
        return known | (Entitlement.objects.in_bulk(missing) if missing else {})

    @cached_property
    def carried_on(self) -> set[int]:
        """What an open case is about: past its last day it is not over before that case is (行政许可法 50)."""
        mine = Case.objects.open().filter(dossier_id__in=self._dossier_ids, about__isnull=False)
        return set(mine.values_list("about_id", flat=True))

    @cached_property
    def marks(self) -> dict[int, dict[str, EntitlementMark]]:
        """By entitlement: the latest mark of each kind."""
        ids = [row.pk for rows in self.entitlements.values() for row in rows]
        found: dict[int, dict[str, EntitlementMark]] = defaultdict(dict)
        for mark in EntitlementMark.objects.filter(entitlement_id__in=ids).order_by("id"):
            found[mark.entitlement_id][mark.kind] = mark
        return found

    @cached_property
    def dated_facts(self) -> dict[int, dict[str, date]]:
        found: dict[int, dict[str, date]] = defaultdict(dict)
        for fact in DatedFact.objects.filter(dossier_id__in=self._dossier_ids).order_by("recorded_at", "id"):
            found[fact.dossier_id][fact.kind] = fact.on
        return found

    @cached_property
    def matches(self) -> dict[int, list[Dossier]]:
        """Other dossiers with the same passport, by dossier. For offices only."""
        rows = DossierMatch.objects.filter(dossier_id__in=self._dossier_ids).select_related("other")
        return {
            pk: [row.other for row in group]
            for pk, group in self.grouped(rows, lambda row: row.dossier_id).items()
        }

    @cached_property
    def person_codes(self) -> dict[int, str]:
        """One code for life: what a former register gave, else that of the oldest of the dossiers that share the passport
        (一人一码)."""
        found: dict[int, list[tuple[bool, Any, str]]] = defaultdict(list)
        for dossier_id, others in self.matches.items():
            found[dossier_id] += [_code_of(other) for other in others]
        for case in self.cases:
            if case.dossier:
                found[case.dossier_id or 0].append(_code_of(case.dossier))
        return {dossier_id: min(codes)[2] for dossier_id, codes in found.items()}

    @cached_property
    def held_elsewhere(self) -> dict[int, list[Entitlement]]:
        """Active entitlements in other dossiers with the same passport, by dossier. For officers' eyes."""
        others = {pk: [other.pk for other in rows] for pk, rows in self.matches.items()}
        wanted = {pk for pks in others.values() for pk in pks}
        rows = Entitlement.objects.filter(dossier_id__in=wanted, status="active") if wanted else []
        held = self.grouped(rows, lambda row: row.dossier_id)
        return {pk: [row for other in pks for row in held.get(other, [])] for pk, pks in others.items()}

    @cached_property
    def comparing(self) -> Comparing:
        """What officers' comparisons need beyond the cases' own facts."""
        return Comparing(self)

    @cached_property
    def hands(self) -> dict[int, list[StageHand]]:
        return self.grouped(StageHand.objects.filter(case_id__in=self._case_ids), lambda row: row.case_id)

    @cached_property
    def recused(self) -> dict[int, list[Recusal]]:
        return self.grouped(Recusal.objects.filter(case_id__in=self._case_ids), lambda row: row.case_id)

    @cached_property
    def history(self) -> dict[int, list[CaseEvent]]:
        """Everything that happened, oldest first."""
        rows = CaseEvent.objects.filter(case_id__in=self._case_ids).order_by("case_id", "seq")
        return self.grouped(rows, lambda row: row.case_id)

    @cached_property
    def reviews(self) -> dict[int, list[CaseEvent]]:
        """Events that carry a condition-by-condition finding, oldest first."""
        rows = CaseEvent.objects.filter(case_id__in=self._case_ids, data__has_key="conditions").order_by(
            "seq"
        )
        return self.grouped(rows, lambda row: row.case_id)

    @cached_property
    def supplements(self) -> dict[int, list[SupplementItem]]:
        rows = SupplementItem.objects.filter(case_id__in=self._case_ids).order_by("round", "id")
        return self.grouped(rows, lambda row: row.case_id)

    @cached_property
    def asked_in_bundles(self) -> dict[int, list[SupplementItem]]:
        """What any case of a filing asked for and has not got yet, by bundle."""
        rows = SupplementItem.objects.filter(case__bundle_id__in=self._bundle_ids, answered_at__isnull=True)
        found = rows.select_related("case").order_by("id")
        return self.grouped(found, lambda row: row.case.bundle_id)


@dataclass
class Context:
    """One case as rules see it on ``today``."""

    case: Case
    batch: Batch
    today: date

    @property
    def pack(self) -> Pack:
        return self.case.policy_version.pack

    @property
    def person(self) -> dict[str, Any]:
        """The pinned facts of the person."""
        version = self.batch.person_versions.get(self.case.dossier_version_id or 0)
        return dict(version.facts) if version else {}

    @property
    def work(self) -> dict[str, Any]:
        """The pinned facts of the engagement."""
        version = self.batch.work_versions.get(self.case.engagement_version_id or 0)
        return dict(version.facts) if version else {}

    @property
    def bundle(self) -> Bundle | None:
        return self.batch.bundles.get(self.case.bundle_id or 0)

    @property
    def answers(self) -> dict[str, Any]:
        return dict(self.bundle.answers) if self.bundle else {}

    @property
    def employer(self) -> Organisation | None:
        return self.batch.employers.get(self.case.employer_id or 0)

    @property
    def siblings(self) -> dict[str, Case]:
        """The other cases of the bundle, by matter."""
        rows = self.batch.siblings.get(self.case.bundle_id or 0, [])
        return {row.matter: row for row in rows if row.pk != self.case.pk}

    @property
    def items(self) -> list[BundleItem]:
        """The bundle's materials this matter uses."""
        rows = self.batch.items.get(self.case.bundle_id or 0, [])
        return [row for row in rows if self.case.matter in row.for_matters]

    def entitlement(self, matter: str) -> Entitlement | None:
        """The person's active entitlement of ``matter``, if any."""
        rows = self.batch.entitlements.get(self.case.dossier_id or 0, [])
        return next((row for row in rows if row.matter == matter and row.status == "active"), None)

    @property
    def about(self) -> Entitlement | None:
        """What the case extends, changes or ends; None when it asks for something new."""
        return self.batch.abouts.get(self.case.about_id or 0)

    def mark(self, entitlement: Entitlement, kind: str) -> EntitlementMark | None:
        """The latest mark of ``kind`` on what the person holds."""
        return self.batch.marks.get(entitlement.pk, {}).get(kind)

    def own_entitlement(self) -> Entitlement | None:
        """What this very case granted, while it is active."""
        rows = self.batch.entitlements.get(self.case.dossier_id or 0, [])
        return next((row for row in rows if row.case_id == self.case.pk and row.status == "active"), None)

    def dated(self, kind: str) -> date | None:
        """The latest recorded day of a clock-starting fact."""
        return self.batch.dated_facts.get(self.case.dossier_id or 0, {}).get(kind)

    @property
    def person_code(self) -> str:
        return self.batch.person_codes[self.case.dossier_id or 0]

    @property
    def held_elsewhere(self) -> list[Entitlement]:
        """What the same person holds by way of other employers; never told to applicants."""
        return self.batch.held_elsewhere.get(self.case.dossier_id or 0, [])

    @property
    def standings(self) -> list[Standing]:
        """Credit records of employer and agency in force today."""
        ids = [self.case.employer_id, self.bundle.agency_id if self.bundle else None]
        rows = [row for pk in ids if pk for row in self.batch.comparing.standings.get(pk, [])]
        return [row for row in rows if row.from_on <= self.today <= (row.until_on or self.today)]

    @property
    def history(self) -> list[CaseEvent]:
        return self.batch.history.get(self.case.pk or 0, [])

    @property
    def hands(self) -> list[StageHand]:
        return self.batch.hands.get(self.case.pk or 0, [])

    @property
    def recused(self) -> list[Recusal]:
        return self.batch.recused.get(self.case.pk or 0, [])

    @property
    def supplements(self) -> list[SupplementItem]:
        return self.batch.supplements.get(self.case.pk or 0, [])

    @property
    def asked_elsewhere(self) -> list[SupplementItem]:
        """What other matters of the filing asked for and have not got yet; each with its case."""
        rows = self.batch.asked_in_bundles.get(self.case.bundle_id or 0, [])
        return [row for row in rows if row.case_id != self.case.pk]

    @property
    def open_supplements(self) -> list[SupplementItem]:
        return [row for row in self.supplements if row.answered_at is None]

    def staged(self, step: Step) -> bool:
        """Whether this place's chain of stages has the step's stage."""
        return not step.stage or step.stage in self.pack.matters[self.case.matter].stages

    def landing(self, state: str) -> str:
        """Where a case that reaches ``state`` comes to rest: stages the chain lacks are passed over (S001-18)."""
        mine = (
            step
            for step in self.case.matter_entry.passing
            if step.belongs_to(self.case.sub_matter, self.case.origin)
        )
        return landing(list(mine), state, self.staged)

    @property
    def gate_state(self) -> str:
        """``open`` when every sibling the pack's gate needs is granted, ``shut`` when one no longer can be, else ``wait``.

        A sibling that is not in the bundle counts by the person's active entitlement of that matter.
        """
        gate = self.pack.gate(self.case.matter, self.answers)
        state = "open"
        for needed in gate.needs if gate else ():
            sibling = self.siblings.get(needed)
            if sibling is None:
                if self.entitlement(needed) is None:
                    state = "wait" if state == "open" else state
            elif sibling.outcome == "granted":
                continue
            elif sibling.phase in OPEN_PHASES:
                state = "wait" if state == "open" else state
            else:
                return "shut"
        return state


def _code_of(dossier: Dossier) -> tuple[bool, Any, str]:
    """The code a dossier gives its person, with what ranks it: former ones first, then by age."""
    return (not dossier.former_code, dossier.opened_at, dossier.former_code or dossier.code)


def contexts(cases: Iterable[Case], today: date) -> list[Context]:
    """Contexts of many cases that share their queries."""
    batch = Batch(cases)
    return [Context(case, batch, today) for case in batch.cases]
