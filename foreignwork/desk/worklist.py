"""The work list: which cases belong under which tab, in what order, and how many. Lists and counts share one definition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from foreignwork.accounts.who import Actor
from foreignwork.cases import registry
from foreignwork.cases.models import Case, CaseQuerySet, Recusal, StageHand
from foreignwork.cases.phases import OPEN_PHASES, Phase
from foreignwork.cases.steps import NEW, Step
from foreignwork.deadlines.models import Deadline
from foreignwork.kept import Kept
from foreignwork.policies import workdays
from foreignwork.vault import keys

from . import masks
from .casefile import REFUSED_LOOK
from .limits import Clock, clock, until
from .seat import Seat

PAGE = 50
SOON = workdays.WorkingDays(3)
COUNT_UP_TO = 1000
UNDERWAY = (Phase.PREPARING, Phase.IN_REVIEW, Phase.WAITING)
ENDED = (Phase.DECIDED, Phase.CLOSED)
NOT_CLOSED = (*OPEN_PHASES, Phase.DECIDED)
COLUMNS: tuple[str | Promise, ...] = (
    pgettext_lazy("column", "编号"),
    pgettext_lazy("column", "姓名"),
    pgettext_lazy("column", "用人单位"),
    pgettext_lazy("column", "状态"),
    pgettext_lazy("column", "办理部门"),
    pgettext_lazy("column", "法定时限"),
    pgettext_lazy("column", "承诺时限"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """``holds`` says which visible cases stand under it; ``newest_first`` orders what has ended by age."""

    code: str
    label: str | Promise
    empty: str | Promise
    holds: Callable[[Seat], Q]
    newest_first: bool = False


def _overdue(seat: Seat) -> Q:
    return Q(due_on__lt=seat.today, phase__in=NOT_CLOSED)


def _today(seat: Seat) -> Q:
    return Q(due_on=seat.today, phase__in=NOT_CLOSED)


def _soon(seat: Seat) -> Q:
    last = workdays.add(seat.today, SOON).on
    return Q(due_on__gt=seat.today, due_on__lte=last, phase__in=NOT_CLOSED)


TABS: tuple[Tab, ...] = (
    Tab(
        "next",
        pgettext_lazy("tab", "我的下一步"),
        pgettext_lazy("tab", "现在没有等您办理的办件。"),
        lambda seat: my_turn(seat.actor),
    ),
    Tab(
        "mine",
        pgettext_lazy("tab", "指派给我"),
        pgettext_lazy("tab", "没有指派给您的办件。"),
        lambda seat: Q(assignee=seat.user, phase__in=OPEN_PHASES),
    ),
    Tab("today", pgettext_lazy("tab", "今日到期"), pgettext_lazy("tab", "今天没有到期的办件。"), _today),
    Tab("overdue", pgettext_lazy("tab", "超期"), pgettext_lazy("tab", "没有超期的办件。"), _overdue),
    Tab(
        "soon",
        pgettext_lazy("tab", "三日内到期"),
        pgettext_lazy("tab", "三个工作日内没有到期的办件。"),
        _soon,
    ),
    Tab(
        "office",
        pgettext_lazy("tab", "本部门在办"),
        pgettext_lazy("tab", "本部门没有在办的办件。"),
        lambda seat: Q(phase__in=UNDERWAY),
    ),
    Tab(
        "unassigned",
        pgettext_lazy("tab", "未指派"),
        pgettext_lazy("tab", "审查中的办件都已指派。"),
        lambda seat: Q(assignee=None, phase=Phase.IN_REVIEW),
    ),
    Tab(
        "waiting",
        pgettext_lazy("tab", "待补正"),
        pgettext_lazy("tab", "没有等待申请人补正的办件。"),
        lambda seat: Q(phase=Phase.WAITING),
    ),
    Tab(
        "upcoming",
        pgettext_lazy("tab", "尚未开始"),
        pgettext_lazy("tab", "没有尚未开始的办件。"),
        lambda seat: Q(phase=Phase.UPCOMING),
    ),
    Tab(
        "done",
        pgettext_lazy("tab", "已办结"),
        pgettext_lazy("tab", "还没有办结的办件。"),
        lambda seat: Q(phase__in=ENDED),
        newest_first=True,
    ),
)
BY_CODE = {tab.code: tab for tab in TABS}


def moving(step: Step) -> bool:
    """A step that leads somewhere and that people take: the next step of a case, not a side step such as service."""
    return not step.only_system and step.target is not None and step.sources != (NEW,)


def my_turn(actor: Actor) -> Q:
    """Cases in a state from which one of the actor's roles leads on, and whose hands leave the stage to him.

    The hand of a stage is found by its name in ``StageHand.hand`` ("pre_review+accept"), so no pack needs to be read.
    """
    states: dict[tuple[str, frozenset[int], bool, str, tuple[str, ...]], set[str]] = defaultdict(set)
    for matter in registry.all_matters():
        for step in filter(moving, matter.steps.values()):
            for receives in (False, True):
                codes = {role.code for role in step.by if role.staff and role.receives is receives}
                offices = frozenset(office for office, code in actor.posts if code in codes)
                if offices:
                    states[matter.code, offices, receives, step.stage, step.within].update(step.sources)
    found = Q(pk__in=[])
    for (matter_code, offices, receives, stage, within), sources in states.items():
        mine = Q(receiver_id__in=offices) | Q(receiver__isnull=True, office_id__in=offices)
        held = mine if receives else Q(office_id__in=offices)
        theirs = held & Q(matter=matter_code, state__in=sources) & _free(stage, actor)
        found |= theirs & Q(sub_matter__in=within) if within else theirs
    recused = Recusal.objects.filter(case=OuterRef("pk"), user=actor.user)
    return found & Q(phase__in=OPEN_PHASES) & ~Q(Exists(recused))


def _free(stage: str, actor: Actor) -> Q:
    """The stage's hand is nobody's or the actor's, and the actor has no other hand of the case."""
    if not stage:
        return Q()
    of_stage = (
        Q(hand=stage)
        | Q(hand__startswith=f"{stage}+")
        | Q(hand__endswith=f"+{stage}")
        | Q(hand__contains=f"+{stage}+")
    )
    hands = StageHand.objects.filter(case=OuterRef("pk"))
    taken = hands.filter(of_stage).exclude(user=actor.user)
    elsewhere = hands.filter(user=actor.user).exclude(of_stage)
    return ~Q(Exists(taken)) & ~Q(Exists(elsewhere))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL narrows the list to; unknown values narrow nothing."""

    matter: str = ""
    office: str = ""

    def narrow(self, rows: CaseQuerySet) -> CaseQuerySet:
        if self.matter:
            rows = rows.filter(matter=self.matter)
        if self.office:
            rows = rows.filter(office__code=self.office)
        return rows


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    case: Case
    person: str
    due: Clock | None
    promised: Clock | None

    @property
    def matter(self) -> str | Promise:
        return self.case.matter_entry.label

    @property
    def cells(self) -> list[Any]:
        """As the component ``work_list`` takes them, in the order of ``COLUMNS``."""
        case = self.case
        return [
            {"text": case.number, "href": reverse("desk:case", args=[case.number]), "sub": self.matter},
            self.person or "—",
            firm.name if (firm := case.employer or case.subject_org) else "—",
            {"phase": case.phase, "text": case.state_label, "kind": REFUSED_LOOK.get(case.outcome, "")},
            {"text": case.office.name, "sub": self.assignee},
            {"limit": self.due} if self.due else "—",
            {"limit": self.promised} if self.promised else "—",
        ]

    @property
    def assignee(self) -> str:
        """Who has the case, where the list's query brought it along."""
        return str(self.case.assignee) if self.case.assignee_id else ""

    @property
    def mark(self) -> str:
        return "overdue" if self.due and self.due.left < 0 else ""


@dataclass(slots=True)
class Page:
    rows: list[Row]
    after: str = ""  # cursor of the next page; empty on the last
    counts: dict[str, int] = field(default_factory=dict)


def counts(seat: Seat, filters: Filters) -> dict[str, int]:
    """How many cases stand under each tab, two queries. What has ended is counted up to ``COUNT_UP_TO``."""
    # Decided cases still have a delivery limit; closed ones have none and stay out of the count.
    found = filters.narrow(Case.objects.on_table_of(seat.actor)).aggregate(
        **{tab.code: Count("pk", filter=tab.holds(seat)) for tab in TABS if not tab.newest_first}
    )
    everything = filters.narrow(Case.objects.all())
    for tab in TABS:
        if tab.newest_first:
            found[tab.code] = everything.newest_visible_to(seat.actor, ENDED, COUNT_UP_TO).count()
    return found


def page(seat: Seat, tab: Tab, filters: Filters, after: str = "") -> Page:
    """Fifty rows from the cursor on: by due day, those without one last. Constant number of queries."""
    rows = filters.narrow(Case.objects.filter(_beyond(after, newest_first=tab.newest_first)))
    # Which rows first, what they show afterwards: else every case under the tab would be joined to choose fifty.
    if tab.newest_first:
        order: list[Any] = ["-pk"]
        chosen: Any = rows.newest_visible_to(seat.actor, ENDED, PAGE + 1)
    else:
        order = [F("due_on").asc(nulls_last=True), "pk"]
        seen = rows.on_table_of(seat.actor).filter(tab.holds(seat))
        chosen = seen.order_by(*order).values("pk")[: PAGE + 1]
    cases = shown([row["pk"] for row in chosen])
    more, cases = len(cases) > PAGE, cases[:PAGE]
    cursor = _cursor(cases[-1]) if more else ""
    return Page(rows_of(cases, seat.today), cursor)


SHOWN: Kept[Case] = Kept(
    lambda ids: Case.objects.filter(pk__in=ids).select_related(
        "employer", "subject_org", "office", "assignee", "dossier_version"
    ),
    ids=[-1],
)


def shown(ids: Sequence[int]) -> list[Case]:
    """The cases of these ids, in their order, with what a row shows of others.

    Which cases, and what is shown of them, are asked apart: together, the database looks for the best order of seven tables for longer
    than it then takes to read them.
    """
    found = {case.pk: case for case in SHOWN(ids=list(ids))}
    return [found[pk] for pk in ids if pk in found]


def rows_of(cases: Sequence[Case], today: date) -> list[Row]:
    """Names and limits of the cases: two queries, however many."""
    keys.prime(case.dossier_version.data_key_id for case in cases if case.dossier_version)
    statutory, promised = _running(case.pk for case in cases)
    found = []
    for case in cases:
        mine, said = statutory.get((case.pk, case.due_on)), promised.get(case.pk)
        due = clock(mine, today) if mine else until(case.due_on, today) if case.due_on else None
        found.append(Row(case, name_of(case), due, clock(said, today) if said else None))
    return found


def name_of(case: Case) -> str:
    """The masked name of the person, from the pinned version."""
    facts: Any = case.dossier_version.facts if case.dossier_version else {}
    return masks.person_name(facts)


LIMITS: Kept[Deadline] = Kept(
    lambda cases: Deadline.objects.running().not_held().filter(case_id__in=cases).order_by("-due_on"),
    cases=[-1],
)


def _running(ids: Iterable[int]) -> tuple[dict[tuple[int, date | None], Deadline], dict[int, Deadline]]:
    """The running limits: statutory by case and day, the earliest promised one by case. One that is held has no day to show."""
    statutory: dict[tuple[int, date | None], Deadline] = {}
    promised: dict[int, Deadline] = {}
    for row in LIMITS(cases=list(ids)):
        if row.basis == Deadline.Basis.STATUTORY:
            statutory[row.case_id, row.due_on] = row
        elif row.basis == Deadline.Basis.PROMISED:
            promised[row.case_id] = row
    return statutory, promised


def _cursor(case: Case) -> str:
    return f"{case.due_on.isoformat() if case.due_on else 'none'}.{case.pk}"


def _beyond(after: str, *, newest_first: bool) -> Q:
    """Rows behind the cursor; what is not a cursor means the first page."""
    day, _dot, number = after.partition(".")
    if not number.isdecimal() or len(number) > 18:
        return Q()
    pk = int(number)
    if newest_first:
        return Q(pk__lt=pk)
    if day == "none":
        return Q(due_on__isnull=True, pk__gt=pk)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        return Q()
    return Q(due_on__gt=on) | Q(due_on=on, pk__gt=pk) | Q(due_on__isnull=True)
