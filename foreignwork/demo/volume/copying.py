"""Writing the copies: two processes make lines, PostgreSQL takes them by COPY; constraints and indexes are built once, at the end."""

from __future__ import annotations

import io
import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, connections
from django.db.models import Model

from foreignwork.cases.models import Bundle, NumberSeries
from foreignwork.demo.scenes import twins
from foreignwork.dossiers.models import CODE_LETTERS, Dossier, NameToken
from foreignwork.outbox.models import OutboxMessage
from foreignwork.vault.models import DataKey

from .cells import Copy, bytea
from .harvest import Harvest
from .lines import Template, needs
from .numbers import Series, bundle_words
from .people import data_key, invent
from .plan import Batch

FLUSH = 400
"""Copies gathered before their lines go to the server."""
AT_ONCE = 500
"""Copies of a batch that one process writes at most: a pattern that fits into few weeks has thousands in each."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one process writes: whole batches, with the first id and the first number that are its own."""

    batches: Sequence[Batch]
    first: dict[str, int]
    numbers: dict[tuple[str, int], int]
    person: int
    seed: int


@dataclass
class Job:
    harvests: Sequence[Harvest]
    employers: Mapping[int, Sequence[int]]
    """ids of invented firms, by jurisdiction"""
    twins: Mapping[type[Model], Mapping[int, int]]
    """by model: firm → its row"""
    at: datetime
    papers: bool
    dsn: str
    count: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def rows_of_firms(employers: Mapping[int, Sequence[int]]) -> dict[type[Model], dict[int, int]]:
    """The row that each firm has in a register, for cases that name it."""
    return {
        model: {firm: pk for place, firms in employers.items() for firm, pk in make(place, firms).items()}
        for model, make in twins().items()
    }


def shares(job: Job, batches: Sequence[Batch], *, count: int, seed: int) -> list[Share]:
    """Cut the plan into ``count`` parts that need not talk to each other: ids and paper numbers are given out here."""
    weight = [sum(map(len, harvest.rows.values())) for harvest in job.harvests]
    total = sum(batch.count * weight[batch.template] for batch in batches)
    parts: list[list[Batch]] = [[]]
    filled = 0
    for batch in [piece for whole in batches for piece in _pieces(whole)]:
        if filled >= total * len(parts) / count and len(parts) < count:
            parts.append([])
        parts[-1].append(batch)
        filled += batch.count * weight[batch.template]
    first = next_ids(job.harvests)
    numbers = {(s.series, s.year): s.last for s in NumberSeries.objects.all()}
    found, person = [], 0
    for number, part in enumerate(parts):
        found.append(Share(part, dict(first), dict(numbers), person, seed * 1000 + number))
        for batch in part:
            sizes, series = needs(job.harvests[batch.template], batch.weeks, at=job.at)
            person += batch.count
            for table, size in sizes.items():
                if table in first:
                    first[table] += size * batch.count
            for one in series:
                key = (one.name, one.year)
                numbers[key] = numbers.get(key, 0) + batch.count
    _remember(job.dsn, first, numbers)
    return found


def _pieces(batch: Batch) -> Iterator[Batch]:
    for begun in range(0, batch.count, AT_ONCE):
        yield replace(batch, count=min(AT_ONCE, batch.count - begun))


def next_ids(harvests: Sequence[Harvest]) -> dict[str, int]:
    """The first free id of every table the templates have rows in."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        owners: set[type[Model]] = {OutboxMessage, *(model for harvest in harvests for model in harvest.rows)}
        for model in owners:
            table, pk = model._meta.db_table, model._meta.pk
            if pk is not None and pk.get_internal_type() in {"AutoField", "BigAutoField"}:
                cursor.execute(f'SELECT coalesce(max("{pk.column}"), 0) + 1 FROM "{table}"')  # noqa: S608 - our tables
                found[table] = cursor.fetchone()[0]
    return found


def _remember(dsn: str, first: dict[str, int], numbers: dict[tuple[str, int], int]) -> None:
    """Sequences and counters go on after the copies."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        for table, value in first.items():
            if value > 1:  # as if each had been taken: I13 asks the sequence for the last number it gave
                owner.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [f'"{table}"', value - 1]
                )
    for (series, year), last in numbers.items():
        NumberSeries.objects.update_or_create(series=series, year=year, defaults={"last": last})


def write(job: Job, share: Share) -> int:
    """One process's part, kept as it goes; returns how many bundles it wrote."""
    with psycopg.connect(job.dsn, options="-c synchronous_commit=off") as owner:
        return pour(job, share, owner, done=owner.commit)


def pour(
    job: Job, share: Share, into: psycopg.Connection[Any], *, done: Callable[[], None] = lambda: None
) -> int:
    """The copies of a share by this connection; ``done`` after each load of lines."""
    rng, person, numbers = Random(share.seed), share.person, dict(share.numbers)  # noqa: S311 - nothing secret
    start = dict(share.first)
    buffers: dict[str, io.StringIO] = defaultdict(io.StringIO)
    written = 0

    def next_number(series: Series) -> int:
        key = (series.name, series.year)
        numbers[key] = numbers.get(key, 0) + 1
        return numbers[key]

    for batch in share.batches:
        harvest = job.harvests[batch.template]
        template = Template(harvest, batch.weeks, at=job.at, papers=job.papers)
        sizes = [
            (table, n) for table, n in needs(harvest, batch.weeks, at=job.at)[0].items() if table in start
        ]
        for _number in range(batch.count):
            person += 1
            written += 1
            copy = _copy(job, harvest, template, start, person, rng, buffers, next_number)
            for table, lines in template.fill(copy):
                buffers[table].write(lines)
            for table, size in sizes:
                start[table] += size
            if written % FLUSH == 0:
                _flush(into, buffers)
                done()
    _flush(into, buffers)
    done()
    return written


def _copy(
    job: Job, harvest: Harvest, template: Template, start: dict[str, int], number: int, rng: Random,
    buffers: dict[str, io.StringIO], next_number: Any,
) -> Copy:  # fmt: skip
    back = template.back
    employer = rng.choice(job.employers[harvest.jurisdiction])
    own_key = data_key()
    words = bundle_words(harvest, back, start.get(Bundle._meta.db_table, 0))
    passport, tokens = b"", tuple[bytes, ...]()
    if harvest.dossier:
        person = invent(template.facts, number, rng)
        words |= person.words | {harvest.dossier.code: "D" + "".join(rng.choices(CODE_LETTERS, k=10))}
        passport, tokens = person.passport, person.tokens
    copy = Copy(
        start=start,
        key=own_key.key,
        key_id=own_key.pk,
        words=words,
        employer=employer,
        passport=passport,
        rng=rng,
        twins={model: job.twins[model][employer] for model in harvest.twins},
    )
    template.number_words(copy, next_number)
    opened = (harvest.begun - back).isoformat()
    buffers[DataKey._meta.db_table].write(
        f"{own_key.pk}\t{own_key.master}\t{bytea(own_key.wrapped)}\t{opened}\t\\N\n"
    )
    for token in tokens:
        buffers[NameToken._meta.db_table].write(f"{start[Dossier._meta.db_table]}\t{bytea(token)}\n")
    return copy


def columns() -> dict[str, list[str]]:
    """Table → columns in the order in which lines hold them."""
    found = {
        model._meta.db_table: [str(e.column) for e in model._meta.local_concrete_fields]
        for model in apps.get_models()
    }
    found[DataKey._meta.db_table] = ["id", "master_version", "wrapped", "created_at", "destroyed_at"]
    found[NameToken._meta.db_table] = ["dossier_id", "token"]
    return found


COLUMNS: dict[str, list[str]] = {}


def _flush(owner: psycopg.Connection[Any], buffers: dict[str, io.StringIO]) -> None:
    COLUMNS.update(COLUMNS or columns())
    with owner.cursor() as cursor:
        for table, buffer in buffers.items():
            if not buffer.tell():
                continue
            names = ", ".join(f'"{name}"' for name in COLUMNS[table])
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as stream:
                stream.write(buffer.getvalue())
            buffers[table] = io.StringIO()


def run(job: Job, parts: Sequence[Share], *, workers: int) -> int:
    """The shares by ``workers`` side by side, whoever is free the next; each process has a connection of its own."""
    if len(parts) == 1:
        return write(job, parts[0])
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    with fork.Pool(workers) as pool:
        return sum(pool.starmap(write, [(job, part) for part in parts], chunksize=1))
