"""Two kinds of lives: a person's, from the first filing on; and a firm's with those who inspect it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db.models import Q

from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Bundle, Case, CaseQuerySet, Entitlement, concrete
from foreignwork.cases.phases import Phase
from foreignwork.cases.problems import CaseError
from foreignwork.demo import cast as stage
from foreignwork.demo.people import Foreigner
from foreignwork.demo.scenes import Opened, openings, pass_day
from foreignwork.policies.pack import PURPOSE, Pack
from foreignwork.workflow.facts import record
from foreignwork.workflow.office_cases import Opening, draft_of, open_case, opening_step

from . import goals
from .detours import ENDED, Way
from .filings import file_again
from .filling import accepted
from .harvest import Harvest, of_cases, of_dossier
from .walk import Walk

AFTERWARDS = timedelta(days=60)
"""After which nothing runs any more that begins when a permit ends."""
QUIET = (3, 10, 40)
"""Days that may pass between two chapters."""


@dataclass(kw_only=True)
class Life(Walk):
    """A person's: after the first filing come further ones (renewal, change, the end), and cases that the office opens."""

    bundle: Bundle
    foreigner: Foreigner
    chapters: int = 0
    """how many may still follow"""

    def every_case(self) -> CaseQuerySet:
        return Case.objects.filter(dossier=self.bundle.dossier_id)

    def open_cases(self) -> list[Case]:
        rows = Case.objects.filter(dossier=self.bundle.dossier_id).exclude(phase=Phase.CLOSED)
        return [concrete(row) for row in rows.order_by("pk")]

    def rows(self) -> Harvest:
        return of_dossier(self.bundle)

    def stuck(self) -> None:
        """Whoever waits for somebody abroad waits until he has entered; else something new may begin."""
        if (
            not self.foreigner.in_china
            and not self.bundle.dossier.dated_facts.filter(kind="entered").exists()
        ):
            record(dossier=self.bundle.dossier, kind="entered", on=day_of(self.at), by=self.agent, at=self.at)
        else:
            self.chapter()

    def chapter(self) -> bool:
        if self.chapters <= 0:
            return False
        self.chapters -= 1
        self._pass_time()
        ways = [self._files_again, self._office_opens]
        self.rng.shuffle(ways)
        return any(way() for way in ways)

    def run_out(self) -> bool:
        """What the person holds runs out, and nothing follows: False when that is still to come."""
        ends = Entitlement.objects.filter(dossier=self.bundle.dossier_id, status=Entitlement.Status.ACTIVE)
        last = max((one.valid_until for one in ends if one.valid_until), default=None)
        assert self.until is not None, "after it was played"
        if last is None or last + AFTERWARDS >= day_of(self.until):
            return False
        # What begins on the first of these days has run out by the second.
        for day in (last + timedelta(days=1), last + AFTERWARDS):
            self.at += max(day - day_of(self.at), timedelta())
            self._settle()
        return True

    def _pass_time(self) -> None:
        """Months go by, perhaps until what the person holds is about to run out, or has."""
        ends = Entitlement.objects.filter(dossier=self.bundle.dossier_id, status=Entitlement.Status.ACTIVE)
        last = ends.filter(valid_until__isnull=False).values_list("valid_until", flat=True).first()
        days = list(QUIET)
        if last is not None:
            left = (last - day_of(self.at)).days
            days += [one for one in (left - 60, left - 45, left + 2) if one > 0]
        assert self.until is not None, "time passes while it is played"
        moment = self.at + timedelta(days=self.rng.choice(days))
        self.at = max(self.at, min(moment, self.until - timedelta(days=3)))

    @property
    def _pack(self) -> Pack:
        return self.cast.policy.pack

    def _files_again(self) -> bool:
        """A filing about what the person holds, of any purpose the pack offers, as far as it is accepted."""
        purposes = self._purposes()
        self.rng.shuffle(purposes)
        return any(self._files(purpose) for purpose in purposes)

    def _purposes(self) -> list[str]:
        return (
            [str(option.value) for option in self._pack.options(PURPOSE)]
            if PURPOSE in self._pack.questions
            else []
        )

    def _files(self, purpose: str) -> Bundle | None:
        filed = file_again(
            self.cast,
            self.bundle,
            self.foreigner,
            purpose,
            actor=self.actor(self.agent),
            rng=self.rng,
            at=self.at,
        )
        if filed:
            self.taken.append(f"files {purpose}")
        return filed

    def ways(self) -> Iterator[Way]:
        for way in self._office_ways():
            yield Way(way.matter, way.sub_matter, way.origin, partial(self._opens, way))
        if Entitlement.objects.filter(
            dossier=self.bundle.dossier_id, status=Entitlement.Status.ACTIVE
        ).exists():
            for purpose in self._purposes():
                for matter in self._pack.matter_codes():
                    sub_matter = self._pack.sub_matter_for(matter, {PURPOSE: purpose})
                    if sub_matter:
                        yield Way(
                            matter, sub_matter, Case.Origin.APPLIED, partial(self._case_of, purpose, matter)
                        )

    def _case_of(self, purpose: str, matter: str) -> Case | None:
        filed = self._files(purpose)
        return filed.cases.filter(matter=matter).first() if filed else None

    def _office_opens(self) -> bool:
        """A case of the office (依职权), rather one that leads where none has stood."""
        ways = self._office_ways()
        self.rng.shuffle(ways)
        ways.sort(key=lambda way: not self._leads_on(way))
        return any(self._opens(way) for way in ways)

    def _office_ways(self) -> list[Opening]:
        """About something the person holds, or after a case that granted nothing."""
        held = Entitlement.objects.filter(
            dossier=self.bundle.dossier_id, status=Entitlement.Status.ACTIVE
        ).select_related("case__office__jurisdiction")
        ways = [
            Opening(grant.matter, code, Case.Origin.EX_OFFICIO, grant.case.office, about=grant)
            for grant in held
            for code in self._kinds(grant.matter, about=True)
        ]
        closed = Case.objects.filter(Q(dossier=self.bundle.dossier_id, phase=Phase.CLOSED))
        return ways + [
            Opening(case.matter, code, Case.Origin.EX_OFFICIO, case.office, follows=case)
            for case in closed.select_related("office__jurisdiction")
            for code in self._kinds(case.matter, about=False)
        ]

    def _leads_on(self, way: Opening) -> bool:
        """Whether a case so opened can come to a state where none has stood."""
        return any(
            goals.opens(one, way.matter, way.sub_matter, way.origin) for one in goals.unseen(self.seen.states)
        )

    def _kinds(self, matter: str, *, about: bool) -> list[str]:
        subs = self._pack.matters[matter].sub_matters
        return [
            code
            for code, sub in subs.items()
            if sub.origin == Case.Origin.EX_OFFICIO
            and bool(sub.about) is about
            and registry.get(matter).opening_step(Case.Origin.EX_OFFICIO, code)
        ]

    def _opens(self, way: Opening) -> Case | None:
        step = opening_step(way)
        for user in self.staff(frozenset({way.office.pk})):
            if not any(self.actor(user).holds(role, way.office.pk) for role in step.by):
                continue
            try:
                draft = draft_of(way, at=self.at)
                data = accepted(step.form, draft, self.rng, self.at) if step.form else {}
                case = open_case(
                    Opening(
                        way.matter, way.sub_matter, way.origin, way.office, about=way.about, follows=way.follows,
                        data=data,
                    ),
                    actor=self.actor(user),
                    at=self.at,
                )  # fmt: skip
            except CaseError:
                continue
            self.taken.append(f"opens {case.matter}.{case.sub_matter}")
            return case
        return None

    def days_work(self) -> None:
        """New files for what a supplement asked, or what was to follow: else nobody could answer it."""
        for context in contexts(self.open_cases(), day_of(self.at)):
            case, asked = context.case, {row.item for row in context.open_supplements}
            for code in sorted(asked):
                material = context.pack.materials[code]
                assert case.engagement is not None
                stage.upload(
                    case.engagement, self.foreigner, code, material.name.zh, scope=material.scope, at=self.at
                )
            for item in context.items if asked else ():
                if item.code in asked:
                    item.document = (
                        self.bundle.dossier.documents.filter(kind=item.code).order_by("-pk").first()
                    )
                    item.save(update_fields=["document"])


@dataclass(kw_only=True)
class Visit(Walk):
    """A firm's, with an office: cases that begin because somebody opens them (an inspection, a credit list)."""

    cases: list[int]

    def every_case(self) -> CaseQuerySet:
        return Case.objects.filter(pk__in=self.cases)

    def open_cases(self) -> list[Case]:
        rows = Case.objects.filter(pk__in=self.cases).exclude(phase=Phase.CLOSED)
        return [concrete(row) for row in rows.order_by("pk")]

    def rows(self) -> Harvest:
        return of_cases(*Case.objects.select_related("office").filter(pk__in=self.cases).order_by("pk"))

    def days_work(self) -> None:
        pass_day(self.cast.jurisdiction, self.at)

    def stuck(self) -> None:
        """Where all is done but made public for years, something new begins."""
        if not self.every_case().exclude(phase__in=ENDED).exists():
            self.chapter()

    def ways(self) -> Iterator[Way]:
        ended = self.every_case().filter(phase__in=ENDED).count()
        for way in openings():
            yield Way(_matter(way), "", Case.Origin.INSPECTION, partial(self._begins, way), after=ended)

    def _begins(self, way: Opened) -> Case | None:
        case = way(self.cast, self.firm, self.rng, self.at)
        if case is not None:
            self.cases.append(case.pk)
            self.taken.append(f"opens {case.matter}.{case.sub_matter}")
        return case

    def chapter(self) -> bool:
        """Another of the matters' openings, as far as what went before allows it."""
        ways = list(openings())
        self.rng.shuffle(ways)
        missing = Counter(matter for matter, _state in goals.unseen(self.seen.states))
        ways.sort(key=lambda way: -missing[_matter(way)])
        return any(self._begins(way) for way in ways)


def _matter(way: Opened) -> str:
    return way.__module__.partition(".")[0]
