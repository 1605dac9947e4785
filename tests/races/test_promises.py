"""A promise that somebody is just meeting is passed over by a sweep, which waits for nobody, and marked by the next one."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from bench.replay import known_parameters
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow.sweeps import sweep
from tests.stage import AT, case_of
from tests.stage import real_cast as real_cast


def test_a_sweep_passes_over_a_promise_that_somebody_holds(real_cast: Cast) -> None:
    case = case_of(stage.file(real_cast, "university", ANNA, at=AT))
    common = {
        "case": case,
        "basis": "promised",
        "started_on": AT.date(),
        "amount": 1,
        "unit": "wd",
        "due_on": AT.date(),
    }
    held = Deadline.objects.create(kind="held", **common)
    free = Deadline.objects.create(kind="free", **common)
    with psycopg.connect(**known_parameters()) as other:
        other.execute("SELECT id FROM deadlines_deadline WHERE id = %s FOR UPDATE", [held.pk])
        sweep(at=AT + timedelta(days=1))
        assert fired(held, free) == [False, True]
    sweep(at=AT + timedelta(days=1))
    assert fired(held, free) == [True, True]


def fired(*rows: Deadline) -> list[bool]:
    return [Deadline.objects.get(pk=row.pk).fired_at is not None for row in rows]
