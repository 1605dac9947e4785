"""Taking, moving and giving back a seat for a set of turns. Only ``workflow.turns`` calls ``run``.

Two guards: the slot's row is locked while its seats are counted, and the database refuses a seat twice. The first gives
the one who comes second a sentence with the next free times, the second holds whatever the code forgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.context import Context
from foreignwork.cases.phases import Phase
from foreignwork.cases.problems import Blocked, Problem
from foreignwork.cases.steps import Act, Step

from .models import Appointment, Slot
from .timetable import Time, Timetable

Turn = tuple[Step, Context, Act]
TAKES = ("take", "move")
ENDED = (Phase.DECIDED, Phase.CLOSED)
ENDS = {
    "move": Appointment.Status.MOVED,
    "cancel": Appointment.Status.CANCELLED,
    "miss": Appointment.Status.MISSED,
    "attend": Appointment.Status.CAME,
    "displace": Appointment.Status.DISPLACED,
}


def run(turns: Sequence[Turn], *, at: datetime) -> None:
    """What the steps declare by ``books``: end the visit that was to come, and take the seat the form names.

    Raises Blocked when the seat is gone; then the caller's transaction takes everything back.
    """
    over = [context.case.pk for step, context, _act in turns if step.target and context.case.phase in ENDED]
    booking = [turn for turn in turns if turn[0].books]
    if booking:
        _book(booking, booking[0][0].books, at=at)  # the turns of one set share their step
    if over:  # nobody comes for a case that has ended
        coming(over).update(status=Appointment.Status.CANCELLED, ended_at=at)


def _book(turns: Sequence[Turn], word: str, *, at: datetime) -> None:
    visits = coming([context.case.pk for _step, context, _act in turns])
    if word in ENDS:
        visits.update(status=ENDS[word], ended_at=at)
    if word in ("pass", "settle"):
        day_ends = datetime.combine(turns[0][2].today, time.max, SHANGHAI)
        visits.filter(slot__starts_at__lte=day_ends).update(status=Appointment.Status.CAME, ended_at=at)
    if word == "settle":
        visits.update(status=Appointment.Status.CANCELLED, ended_at=at)
    if word in TAKES:
        for _step, context, act in turns:
            if value := act.data.get("slot"):
                _take(context, value, at=at)


def coming(case_ids: Sequence[int]) -> QuerySet[Appointment]:
    """Visits to come of these cases; at most one each."""
    return Appointment.objects.filter(case_id__in=case_ids, status=Appointment.Status.BOOKED)


def visit_of(context: Context) -> Appointment | None:
    """The visit to come of the case, with its slot."""
    return coming([context.case.pk]).select_related("slot").first()


def lock(jurisdiction_id: int, wanted: Time) -> Slot:
    """The slot's row, made when nobody asked for it before, locked until the transaction ends."""
    which = {"jurisdiction_id": jurisdiction_id, "window": wanted.window, "starts_at": wanted.starts_at}
    Slot.objects.bulk_create([Slot(**which)], ignore_conflicts=True)
    return Slot.objects.select_for_update().get(**which)


def seats_left(slot: Slot, wanted: Time) -> list[int]:
    """Numbers of the free seats, counted under the slot's lock."""
    held = set(
        Appointment.objects.filter(slot=slot, status__in=Appointment.HOLDS).values_list("seat", flat=True)
    )
    return [seat for seat in range(1, wanted.seats + 1) if seat not in held]


def _take(context: Context, value: str, *, at: datetime) -> None:
    case = context.case
    table = Timetable(case.office, case.matter, context.today)
    wanted = table.find(value)
    if isinstance(wanted, Problem):
        raise Blocked(wanted)
    slot = lock(case.office.jurisdiction_id, wanted)
    free = seats_left(slot, wanted)
    if not free:
        raise Blocked(_fresh(context).full(wanted))
    try:
        with transaction.atomic():
            Appointment.objects.create(
                case_id=case.pk,
                slot=slot,
                seat=free[0],
                minutes=wanted.minutes,
                purposes=list(wanted.purposes),
                place={
                    "name": wanted.place.name.model_dump(),
                    "address": wanted.place.address.model_dump() if wanted.place.address else None,
                },
                booked_at=at,
            )
    except IntegrityError:  # the second guard: the seat, or another visit of this case
        raise Blocked(_fresh(context).full(wanted)) from None


def _fresh(context: Context) -> Timetable:
    """Seats counted anew, for the sentence that names what is still free."""
    return Timetable(context.case.office, context.case.matter, context.today)
