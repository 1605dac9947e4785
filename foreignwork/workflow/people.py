"""Who has a case: assigned by least load, reassigned by a leader, set aside after an objection, moved to another office."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from foreignwork.accounts.models import Post
from foreignwork.cases.context import Context
from foreignwork.cases.models import Case, Recusal, StageHand
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.cases.steps import Step
from foreignwork.rows import among

from .ask import hand_of
from .granting import Turn
from .routing import competent

REASSIGN, SET_ASIDE, REROUTE = "reassign", "set_aside", "reroute"


def before_saving(turns: Sequence[Turn], *, at: datetime) -> None:
    """Set ``case.assignee``, and let go of hands, as the steps say; the caller saves the cases."""
    for turn in turns:
        case = turn.context.case
        if turn.step.people == REASSIGN:
            case.assignee_id = int(turn.act.data["officer"])
            _stand_aside(turn, leading_hand(turn.context), but=case.assignee_id)
        if turn.step.people == SET_ASIDE and turn.act.data["upheld"] == "yes":
            officer = int(turn.act.data["officer"])
            Recusal.objects.get_or_create(
                case_id=case.pk, user_id=officer, defaults={"reason": "objection", "at": at}
            )
            StageHand.objects.filter(case_id=case.pk, user_id=officer).delete()
            if case.assignee_id == officer:
                case.assignee = None
        if case.phase not in OPEN_PHASES:
            case.assignee = None
    _assign([turn for turn in turns if turn.step.assigns])


def _stand_aside(turn: Turn, hand: str, *, but: int) -> None:
    """Whoever had the hand keeps none of it, and may take no other hand of this case either: he has acted in it."""
    rows = StageHand.objects.filter(case_id=turn.context.case.pk, hand=hand).exclude(user_id=but)
    for row in rows:
        StageHand.objects.filter(pk=row.pk).update(hand=f"~{row.user_id}")
    turn.context.batch.forget("hands")


def leading_step(context: Context) -> Step | None:
    """The step by which the case goes on from where it stands: the main one that belongs to a stage."""
    case = context.case
    known = [
        step for step in case.matter_entry.steps_from(case.state, case.sub_matter, case.origin) if step.stage
    ]
    return next((step for step in known if step.tone == "primary"), known[0] if known else None)


def leading_hand(context: Context) -> str:
    step = leading_step(context)
    return hand_of(context, step) if step else ""


def _assign(turns: Sequence[Turn]) -> None:
    """The officer of the wanted post with the fewest open cases; who has the hand already keeps the case. Four queries."""
    if not turns:
        return
    ids = [turn.context.case.pk for turn in turns]
    offices = {turn.context.case.office_id for turn in turns}
    today = turns[0].act.today
    held: dict[tuple[int, str], list[int]] = defaultdict(list)
    posts = Post.objects.held_on(today).filter(office_id__in=offices, user__is_active=True)
    for office, role, user in posts.order_by("user_id").values_list("office_id", "role", "user_id"):
        held[office, role].append(user)
    load = Counter[tuple[int | None, int]]()
    counted = (
        Case.objects.open()
        .filter(office_id__in=offices, assignee__isnull=False)
        .exclude(pk__in=among(ids))
        .order_by()
        .values("office_id", "assignee_id")
        .annotate(n=Count("pk"))
    )
    for row in counted:
        load[row["assignee_id"], row["office_id"]] = row["n"]
    hands: dict[int, dict[int, str]] = defaultdict(dict)
    for case_id, user, hand in StageHand.objects.filter(case_id__in=among(ids)).values_list(
        "case_id", "user_id", "hand"
    ):
        hands[case_id][user] = hand
    apart: dict[int, set[int]] = defaultdict(set)
    for case_id, user in Recusal.objects.filter(case_id__in=among(ids)).values_list("case_id", "user_id"):
        apart[case_id].add(user)
    for turn in turns:
        case, wanted_role = turn.context.case, turn.step.assigns
        assert wanted_role is not None
        wanted = leading_hand(turn.context)
        mine = hands[case.pk]
        free = [
            user
            for user in held[case.office_id, wanted_role.code]
            if user not in apart[case.pk] and mine.get(user, wanted) == wanted
        ]
        has_it = [user for user in free if wanted and mine.get(user) == wanted]
        chosen = min(has_it or free, key=lambda user: (load[user, case.office_id], user), default=None)
        case.assignee_id = chosen
        if chosen:
            load[chosen, case.office_id] += 1


def after_papers(turns: Sequence[Turn]) -> None:
    """Move the cases whose class was changed to the office that is competent for it; the old office told the party.

    The hands begin anew there; who acted before takes none in the new office either.
    """
    for turn in turns:
        if turn.step.people != REROUTE:
            continue
        case, context = turn.context.case, turn.context
        found = competent(
            context.pack,
            [case.matter],
            context.answers,
            city=context.employer.city if context.employer else "",
            category=case.category,
        )[case.matter]
        if (found.office.pk, found.receiver and found.receiver.pk) == (case.office_id, case.receiver_id):
            continue
        case.office, case.receiver, case.assignee = found.office, found.receiver, None
        Case.objects.filter(pk=case.pk).update(office=found.office, receiver=found.receiver, assignee=None)
        for row in (
            StageHand.objects.filter(case_id=case.pk)
            .exclude(hand__startswith="~")
            .exclude(hand__startswith=StageHand.FOR_APPLICANT)
        ):
            StageHand.objects.filter(pk=row.pk).update(hand=f"~{row.user_id}")
