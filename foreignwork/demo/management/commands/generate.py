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
from foreignwork.demo.people import FIRMS, HOMES, PASSWORD
from foreignwork.demo.scenes import play_all
from foreignwork.demo.volume import copying
from foreignwork.demo.volume.goals import unseen
from foreignwork.demo.volume.harvest import Harvest
from foreignwork.demo.volume.indexes import without_indexes
from foreignwork.demo.volume.lives import Life
from foreignwork.demo.volume.parts import LAST, PLAIN, VISITED, last_walk, walk_of
from foreignwork.demo.volume.people import credit_code, firm_names
from foreignwork.demo.volume.plan import SPREAD, Pattern, plan, weeks_of
from foreignwork.demo.volume.walk import Seen, settle
from foreignwork.notices.render import one_of_each_kind
from foreignwork.standing import settled

ENOUGH = 40
"""Patterns at which the search for one that can lie in the past is given up."""
SHARES = 4
"""Parts for each process: the newest take longest, with the texts of their papers, and nobody should wait for whoever got them."""


class Command(BaseCommand):
    help = "Fill the database with N cases over several years: a few played by the kernel, the others copied from them by COPY."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--years", type=int, default=4)
        parser.add_argument("--places", nargs="+", default=list(HOMES), choices=list(HOMES), metavar="PACK")
        parser.add_argument(
            "--walks", type=int, default=16, help="bundles played through the kernel as patterns"
        )
        parser.add_argument(
            "--no-detours", action="store_true", help="come to fewer states, in a third of the time"
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
        settings.DEBUG = False  # else Django would remember, and time, every statement of this process
        settled()
        self.loud = options["verbosity"] > 1
        at, rng = clock.now(), Random(options["seed"])  # noqa: S311 - a repeatable choice, nothing secret
        began = time.monotonic()
        since = (at - timedelta(days=365 * (options["years"] + 1))).date()
        casts = [_place(pack, number, at, since) for number, pack in enumerate(options["places"])]
        share = max(5, options["cases"] // 60 // len(casts))
        employers = {
            cast.jurisdiction.pk: _firms(share, 1 + number * share, cast) for number, cast in enumerate(casts)
        }
        with one_of_each_kind():
            patterns = self._patterns(
                casts, options["walks"], aside=not options["no_detours"], since=since, rng=rng, at=at
            )
        self._say(began, self.played)
        batches = plan(
            patterns,
            cases=options["cases"],
            since=since,
            open_share=options["open"],
            today=clock.today(at),
            rng=rng,
        )
        harvests = [one.rows for one in patterns]
        job = copying.Job(
            harvests, employers, copying.rows_of_firms(employers), at, options["papers"], _dsn()
        )
        workers = options["workers"]
        parts = copying.shares(
            job, batches, count=SHARES * workers if workers > 1 else 1, seed=options["seed"]
        )
        tables = sorted(_tables(harvests))
        settled()  # the patterns stay as well
        with without_indexes(job.dsn, tables, workers=workers):
            bundles = copying.run(job, parts, workers=workers)
            self._say(began, f"{bundles} bundles written")
        self._say(began, "constraints and indexes built")

    def _patterns(
        self, casts: Sequence[Cast], walks: int, *, aside: bool, since: date, rng: Random, at: datetime
    ) -> list[Pattern]:
        """Lives played by the kernel, and the moments at which a case first stood somewhere; ``aside``: with detours."""
        play_all(casts[0], at=at - timedelta(days=VISITED))  # what the matters' own scenes set up stands once
        today = clock.today(at)
        seen = Seen(
            could_lie=lambda one: bool(weeks_of(one, since, today, rng, wanted=1)),
            long_ago=lambda one: one.at_rest and len(weeks_of(one, since, today, rng)) > SPREAD // 3,
        )
        found, over, steps = list[Pattern](), list[Pattern](), 0
        # Chance may leave every pattern on the way; without one of which years can be made there is nothing to copy.
        finished = False
        while len(found) < walks or not finished:
            # By then the most usual states have been come to.
            strays = aside and len(found) >= max(len(PLAIN), walks // 5)
            walk = walk_of(casts, len(found), seen, rng, at, strays=strays)
            steps += len(walk.taken)
            found.append(walk.pattern())
            if isinstance(walk, Life) and walk.plain and walk.run_out():
                over.append(walk.pattern())
            finished = finished or bool(weeks_of(found[-1], since, today, rng, wanted=1))
            if self.loud:
                self.stdout.write(f"{len(found)}: {walk.goal} {' '.join(walk.taken)}")
            if len(found) >= max(walks, ENOUGH):
                break
        lives = len(found)
        for ago in LAST if aside else ():
            if missing := unseen(seen.states):
                steps += len(last_walk(casts[0], lives, ago, seen, rng, at).taken)
                lives += 1
                if self.loud:
                    self.stdout.write(f"{missing} → {unseen(seen.states)}")
        settle(at)
        come_to = f"{len(seen.states)} of {len(seen.states) + len(unseen(seen.states))} states"
        self.played = f"{lives} lives played, {steps} steps, {come_to} in {len(seen.moments)} moments"
        return found + over + seen.moments

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
