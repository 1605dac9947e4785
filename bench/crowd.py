"""Hundreds of cases in one state, for a sweep that moves them all: copies as ``generate`` writes them, each with a person, keys and a
chain of its own. They are written before a round, into the transaction that is undone after it: the volume stays what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import connection, transaction

from foreignwork.accounts.models import Organisation
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import NumberSeries
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.volume import copying, harvest
from foreignwork.demo.volume.plan import Batch

from .world import World

FAR = 1_000_000
"""Ids and numbers begin that much beyond the newest, out of the way of what a sweep gives out."""
FIRMS = 50


@dataclass(frozen=True, slots=True)
class Crowd:
    job: copying.Job
    share: copying.Share
    world: World
    kind: str

    @classmethod
    def waiting(cls, world: World, *, kind: str, count: int, kept: bool = False) -> Crowd:
        """``count`` work permits' cases just filed, whose limit ``kind`` runs. ``kept``: so is the filing they are copied from, whose
        files they name; without it they cannot stay."""
        required = world.cast.policy.pack.required_matters()
        with transaction.atomic():
            person = replace(world.person, number="DW0000001")
            bundle = stage.file(world.cast, "university", person, at=world.at, matters=tuple(required))
            rows = harvest.of_dossier(bundle)
            numbers = {(one.series, one.year): one.last + FAR for one in NumberSeries.objects.all()}
            transaction.set_rollback(not kept)
        firms = list(Organisation.objects.order_by("-pk").values_list("pk", flat=True)[:FIRMS])
        employers = {rows.jurisdiction: firms}
        own = copying.rows_of_firms(employers)
        job = copying.Job([rows], employers, own, world.at, papers=False, dsn="")
        first = {table: value + FAR for table, value in copying.next_ids([rows]).items()}
        return cls(job, copying.Share([Batch(0, 0, count)], first, numbers, FAR, seed=1), world, kind)

    def gather(self) -> None:
        """Write them, and let their limit have run out yesterday."""
        connection.ensure_connection()
        copying.pour(self.job, self.share, connection.connection)
        yesterday = day_of(self.world.at) - timedelta(days=1)
        mine = Deadline.objects.filter(case_id__gte=self.share.first["cases_case"], kind=self.kind)
        found = mine.update(due_on=yesterday, provisional=False)
        assert found == self.share.batches[0].count, f"{found} cases wait"
