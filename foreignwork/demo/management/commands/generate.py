"""``manage.py generate --cases N --seed S``: realistic volumes, consistent by the invariants. For benchmarks and demonstrations only."""

from __future__ import annotations

import resource
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from foreignwork.accounts.models import Organisation, User
from foreignwork.cases import clock
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import FIRMS, FOREIGNERS, HOMES, PASSWORD
from foreignwork.demo.scenes import play_all
from foreignwork.demo.volume import copying
from foreignwork.demo.volume.harvest import Harvest, harvest
from foreignwork.demo.volume.people import credit_code, firm_names
from foreignwork.demo.volume.plan import earlier, plan
from foreignwork.demo.volume.walk import Walk, settle

ENOUGH = 40
"""Patterns at which the search for one that can lie in the past is given up."""


class Command(BaseCommand):
    help = "Fill the database with N cases over several years: a few played by the kernel, the others copied from them by COPY."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--years", type=int, default=4)
        parser.add_argument("--places", nargs="+", default=list(HOMES), choices=list(HOMES), metavar="PACK")
        parser.add_argument(
            "--walks", type=int, default=24, help="bundles played through the kernel as patterns"
        )
        parser.add_argument("--open", type=float, default=0.03, help="share of bundles still under way")
        parser.add_argument(
            "--papers",
            action="store_true",
            help="with the sealed text of every paper, not only of the newest",
        )
        parser.add_argument("--workers", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Invented cases do not belong into a portal that serves people: DEBUG is off.")
        if User.objects.exists():
            raise CommandError(
                "The database already holds people. Use an empty one (FOREIGNWORK_VAR=var/volume)."
            )
        at, rng = clock.now(), Random(options["seed"])  # noqa: S311 - a repeatable choice, nothing secret
        began = time.monotonic()
        since = (at - timedelta(days=365 * (options["years"] + 1))).date()
        casts = [_place(pack, number, at, since) for number, pack in enumerate(options["places"])]
        share = max(5, options["cases"] // 60 // len(casts))
        employers = {
            cast.jurisdiction.pk: _firms(share, 1 + number * share, cast) for number, cast in enumerate(casts)
        }
        walks = [_walk(_whose(casts, number), number, rng, at) for number in range(options["walks"])]
        settle(at)
        harvests = [harvest(walk.bundle) for walk in walks]
        today, years = clock.today(at), options["years"]
        # Chance may leave every pattern on the way; without one that can lie in the past there is nothing to copy.
        while not any(earlier(one, years, today, rng, wanted=1) for one in harvests) and len(walks) < ENOUGH:
            walks.append(_walk(_whose(casts, len(walks)), len(walks), rng, at))
            settle(at)
            harvests.append(harvest(walks[-1].bundle))
        play_all(casts[0], at=at)  # what the matters' own scenes add stands once: it is not copied
        settle(at)
        self._say(began, f"{len(walks)} bundles played, {sum(len(walk.taken) for walk in walks)} steps")
        batches = plan(
            harvests,
            cases=options["cases"],
            years=years,
            open_share=options["open"],
            today=today,
            rng=rng,
        )
        job = copying.Job(harvests, employers, at, options["papers"], _dsn())
        parts = copying.shares(job, batches, workers=options["workers"], seed=options["seed"])
        tables = sorted(_tables(harvests))
        with copying.without_indexes(job.dsn, tables):
            bundles = copying.run(job, parts)
            self._say(began, f"{bundles} bundles written")
        self._say(began, "constraints and indexes built")

    def _say(self, began: float, words: str) -> None:
        spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        busy = sum(each.ru_utime + each.ru_stime for each in spent)
        said = f"{time.monotonic() - began:7.1f} s ({busy:.0f} s of processor time without the database's)  {words}"
        self.stdout.write(said)
        self.stdout.flush()


def _place(pack: str, number: int, at: datetime, since: date) -> Cast:
    """The cast of one place. The first has the demo's own firms; a firm is registered once in the country."""
    firms = [
        replace(firm, key=f"{firm.key}-{pack}", uscc=credit_code(900_000 + 10 * number + n))
        if number
        else firm
        for n, firm in enumerate(FIRMS)
    ]
    return stage.assemble(pack=pack, at=at, hashed=make_password(PASSWORD), since=since, firms=firms)


def _whose(casts: Sequence[Cast], number: int) -> Cast:
    """Half of the bundles are of the first place, the others' take turns."""
    rest = casts[1:] or casts
    return casts[0] if number % 2 == 0 else rest[number // 2 % len(rest)]


def _walk(cast: Cast, number: int, rng: Random, at: datetime) -> Walk:
    """One pattern: two thirds long finished, one third on the way, each with a person of its own."""
    foreigner = replace(
        FOREIGNERS[number % len(FOREIGNERS)],
        number=f"DT{number:07d}",
        in_china=rng.random() < 0.75,
        worked_months=9,
    )
    fresh = number % 3 == 2
    begun = at - timedelta(days=rng.randrange(2, 20) if fresh else rng.randrange(120, 150))
    pack = cast.policy.pack
    matters = pack.matter_codes() if rng.random() < 0.6 else pack.required_matters()
    firm = list(cast.firms)[number // 2 % 2]
    bundle = stage.file(cast, firm, foreigner, at=begun, matters=tuple(matters))
    return Walk(cast, bundle, foreigner, rng, begun).go(turns=rng.randrange(1, 12) if fresh else 60, until=at)


def _firms(count: int, first: int, cast: Cast) -> list[int]:
    """Ids of ``count`` invented employers of the place, numbered from ``first``."""
    rows = []
    for number in range(first, first + count):
        name_zh, name_en = firm_names(number)
        nature = "public" if number % 9 == 0 else "private"
        rows.append(
            Organisation(
                uscc=credit_code(number), name_zh=name_zh, name_en=name_en, nature=nature, city=cast.home.city
            )
        )
    return [row.pk for row in Organisation.objects.bulk_create(rows, batch_size=2000)]


def _tables(harvests: list[Harvest]) -> set[str]:
    found = {model._meta.db_table for entry in harvests for model in entry.rows}
    return {*found, "vault_datakey", "dossiers_nametoken", "outbox_outboxmessage"}


def _dsn() -> str:
    from psycopg.conninfo import make_conninfo

    parameters = connections["owner"].get_connection_params()
    known = {
        name: value
        for name, value in parameters.items()
        if name in {"host", "port", "user", "password", "dbname"}
    }
    connection.close()
    return make_conninfo("", **known)
