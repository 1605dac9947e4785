"""The acts of a draw in their order: opened, committed, public numbers typed by two people, computed and published, or cancelled.

Each act is asked for here and leaves a row that nobody can change. Freezing and computing run in tasks (``effects.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.problems import Blocked, Problem, say
from foreignwork.outbox.put import Message, nudge, put

from . import frozen
from .draw import cancelled
from .entropy import EntropyDiffers, Source, agree, check_sources, check_values
from .models import Draw, DrawCancellation, DrawSecret, EntropyEntry, Plan, PlanPart
from .planning import PLAN_NOT_APPROVED, person, place_of, require
from .rosters import BadEntropy, DrawRefused
from .tickets import reveal_of

FREEZE, RUN, VISITS = "supervision.freeze", "supervision.run", "supervision.visits"
HOSTS = (roles.draw_host,)
TYPISTS = (roles.draw_host, roles.inspection_leader, roles.inspection_planner)

DRAWN_ALREADY = say(
    "draw_already",
    _("这项任务已经抽取（%(number)s），不能再抽一次。需要重新抽取的，须先公开撤销并说明理由。"),
)
OUTSIDE_WINDOW = say("draw_outside_window", _("这项任务的实施期间为 %(from)s 至 %(until)s，今天不能抽取。"))
SOURCES_BAD = say(
    "draw_sources_bad",
    _("公开随机来源不符合要求：至少两个相互独立的来源，合计不少于 64 比特，并写明骰子个数和彩票期号。"),
)
NOT_COMMITTED = say("draw_not_committed", _("名录尚未冻结并公布承诺，不能录入随机数。"))
FINISHED = say("draw_finished", _("本次抽取已经结束，不能再录入或者撤销。"))
AGREED = say("draw_agreed", _("两人录入的数字已经一致，结果由此确定，不能再录入，也不能撤销。"))
TYPED = say("draw_typed", _("您已经录入过这一轮数字，须由另一人独立录入。"))
NUMBERS_BAD = say("draw_numbers_bad", _("数字与声明的来源不符，请核对个数和范围。"))
EVENT_EARLY = say(
    "draw_event_early", _("公开事件的日期早于承诺公布之日（%(day)s）：先承诺、后开奖，较早的数字不能用。")
)
EVENT_LATE = say("draw_event_late", _("公开事件的日期不能晚于今天。"))
DIFFERENT = say(
    "draw_different",
    _(
        "两人录入的数字不同：第 %(source)s 个来源的第 %(place)s 个数字。两份录入均作废并留存，请两人重新独立录入。"
    ),
)
DAYS_DIFFER = say("draw_days_differ", _("两人录入的公开事件日期不同。两份录入均作废并留存，请重新独立录入。"))


class Void(Blocked):
    """Refused, and what was refused is written down: whoever asks within a transaction of his own lets it commit."""


def open_draw(part: PlanPart, *, sources: Sequence[dict[str, Any]], actor: Actor, at: datetime) -> Draw:
    """Open the draw of a task of the approved plan; rosters are frozen by a task. Raises Blocked, NotAllowed."""
    place = place_of(part.plan.jurisdiction, at=at)
    require(actor, place.province, *HOSTS)
    if part.plan.status != Plan.Status.APPROVED:
        raise Blocked(Problem(PLAN_NOT_APPROVED))
    if not part.from_on <= day_of(at) <= part.until_on:
        raise Blocked(Problem(OUTSIDE_WINDOW, {"from": part.from_on, "until": part.until_on}))
    try:
        check_sources(declared := [Source(**entry) for entry in sources])
    except (DrawRefused, TypeError):
        raise Blocked(Problem(SOURCES_BAD)) from None
    task = f"{part.plan.year}:{part.code}"
    try:
        with transaction.atomic():
            draw = Draw.objects.create(
                jurisdiction=part.plan.jurisdiction,
                office=place.province,
                part=part,
                year=day_of(at).year,
                task=task,
                sources=[source.as_json() for source in declared],
                opened_by_id=person(actor),
                opened_at=at,
            )
            put([Message(f"draw.freeze:{draw.pk}", FREEZE, {"draw": draw.pk})], at=at)
            nudge()
    except IntegrityError:
        standing = Draw.objects.get(jurisdiction=part.plan.jurisdiction, task=task, live=True)
        raise Blocked(Problem(DRAWN_ALREADY, {"number": str(standing)})) from None
    return draw


def lock(draw: Draw) -> Draw:
    """The draw's row, locked: two operators at once are one after the other.

    The acts are read by a second statement: what the first of the two wrote is not in the snapshot of the one that waited.
    """
    Draw.objects.select_for_update().only("pk").get(pk=draw.pk)
    return Draw.objects.select_related(
        "part__plan", "jurisdiction", "office", "commitment", "result", "cancellation"
    ).get(pk=draw.pk)


def agreed(draw: Draw) -> list[list[int]] | None:
    """The numbers two people typed alike; None while there are none."""
    if not draw.has("commitment"):
        return None
    rows = list(EntropyEntry.objects.filter(commitment=draw.commitment).order_by("attempt", "pk"))
    last = [row for row in rows if row.attempt == rows[-1].attempt]
    if len(last) == 2 and last[0].values == last[1].values and last[0].happened_on == last[1].happened_on:
        numbers: list[list[int]] = last[0].values
        return numbers
    return None


def type_numbers(
    draw: Draw, values: Sequence[Sequence[int]], happened_on: date, *, actor: Actor, at: datetime
) -> EntropyEntry:
    """One of two people types what the public event gave. The second entry decides: equal, and the draw is computed; else both
    are void. A void entry is written down and then Void is raised."""
    require(actor, draw.office, *TYPISTS)
    with transaction.atomic():
        row = lock(draw)
        entry, problem = _typed(row, values, happened_on, actor=actor, at=at)
    if problem:
        raise Void(problem)
    return entry


def _typed(
    draw: Draw, values: Sequence[Sequence[int]], happened_on: date, *, actor: Actor, at: datetime
) -> tuple[EntropyEntry, Problem | None]:
    if draw.has("result") or draw.has("cancellation"):
        raise Blocked(Problem(FINISHED))
    if not draw.has("commitment"):
        raise Blocked(Problem(NOT_COMMITTED))
    published = day_of(draw.commitment.published_at)
    if happened_on < published:
        raise Blocked(Problem(EVENT_EARLY, {"day": published.isoformat()}))
    if happened_on > day_of(at):
        raise Blocked(Problem(EVENT_LATE))
    try:
        check_values(frozen.sources_of(draw), values)
    except BadEntropy:
        raise Blocked(Problem(NUMBERS_BAD)) from None
    rows = list(EntropyEntry.objects.filter(commitment=draw.commitment).order_by("attempt", "pk"))
    if agreed(draw) is not None:
        raise Blocked(Problem(AGREED))
    attempt = rows[-1].attempt if rows else 1
    mine = [row for row in rows if row.attempt == attempt]
    if len(mine) == 2:  # they differed: the next attempt
        attempt, mine = attempt + 1, []
    if mine and mine[0].user_id == actor.user_id:
        raise Blocked(Problem(TYPED))
    entry = EntropyEntry.objects.create(
        commitment=draw.commitment,
        attempt=attempt,
        user_id=person(actor),
        values=[list(numbers) for numbers in values],
        happened_on=happened_on,
        at=at,
    )
    if not mine:
        return entry, None
    if mine[0].happened_on != happened_on:
        return entry, Problem(DAYS_DIFFER)
    try:
        agree(mine[0].values, entry.values)
    except EntropyDiffers as differs:
        return entry, Problem(DIFFERENT, {"source": differs.source, "place": differs.place})
    put([Message(f"draw.run:{draw.pk}", RUN, {"draw": draw.pk})], at=at)
    nudge()
    return entry, None


def cancel(draw: Draw, *, reason: str, remark: str, actor: Actor, at: datetime) -> DrawCancellation:
    """Give a draw up, publicly, with its code: only while nobody can know what it would give (draw.md 9)."""
    require(actor, draw.office, roles.inspection_leader)
    with transaction.atomic():
        row = lock(draw)
        if row.has("result") or row.has("cancellation"):
            raise Blocked(Problem(FINISHED))
        if not row.has("commitment"):
            raise Blocked(Problem(NOT_COMMITTED))
        if agreed(row) is not None:
            raise Blocked(Problem(AGREED))
        secret: Any = DrawSecret.objects.get(draw=row).secret
        reveal = reveal_of(bytes.fromhex(secret))
        record = cancelled(frozen.committed_again(row), reveal, reason)
        Draw.objects.filter(pk=row.pk).update(live=None)
        return DrawCancellation.objects.create(
            draw=row,
            reason=reason,
            remark=remark,
            reveal=reveal.hex(),
            packed=frozen.pack_record(record),
            by_id=person(actor),
            at=at,
        )
