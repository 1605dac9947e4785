"""PostgreSQL and Valkey of one test run: private folder var/test-<pid>, no fsync, one database a worker."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from foreignwork.local.places import ROOT, Home
from foreignwork.local.processes import alive
from foreignwork.local.servers import DATABASE, Postgres, Valkey

BORROWED = "FOREIGNWORK_TEST_BORROWED"
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


class Machine:
    """`controller`: this process owns the servers; otherwise it is a pytest-xdist worker and borrows them.

    BORROWED in the environment: the tests of a copy of the house, run by a test; the copy's own migrations are applied to a
    clone of the template, so nothing is built twice.
    """

    def __init__(self, controller: bool) -> None:
        self.home = Home.at(os.environ["FOREIGNWORK_TEST_HOME"])
        self.controller = controller
        self.postgres = Postgres(self.home, durable=False)
        self.valkey = Valkey(self.home)
        self.running = False
        self.database = f"fw_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

    def sweep(self) -> None:
        """Remove the folders of test runs that were killed."""
        for folder in (ROOT / "var").glob("test-[0-9]*"):
            pid = folder.name.removeprefix("test-")
            if folder != self.home.var and pid.isdigit() and not alive(int(pid)):
                home = Home.at(folder)
                for place in (home.servers, home.sockets, folder):
                    shutil.rmtree(place, ignore_errors=True)

    def start(self) -> None:
        if self.running:
            return
        self.running = True
        if self.controller:
            self.postgres.start()
            self.valkey.start()

    def stop(self) -> None:
        if self.controller:
            self.valkey.stop()
            self.postgres.stop()
            for place in (self.home.servers, self.home.sockets, self.home.var):
                shutil.rmtree(place, ignore_errors=True)
        self.running = False

    def make_keys(self) -> None:
        from django.conf import settings
        from django.core.management import call_command

        if not Path(settings.KEY_FILE).exists():
            Path(settings.KEY_FILE).parent.mkdir(parents=True, exist_ok=True)
            call_command("make_keys", stdout=io.StringIO())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.home.var / "template.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _keep(self, kept: Path) -> None:
        """Write the template down for the next run: migrating takes half a minute, reading it a second."""
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in sorted(kept.parent.glob("*.sql"), key=lambda path: path.stat().st_mtime)[:-3]:
            old.unlink(missing_ok=True)
        draft = kept.with_suffix(f".{os.getpid()}")
        draft.write_text(self.postgres.dump("fw_template"))
        draft.replace(kept)

    def own_database(self) -> None:
        """Point Django at this worker's copy of the template, which the first one here builds."""
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        with self._alone():
            if not self.postgres.sql("SELECT 1 FROM pg_database WHERE datname = 'fw_template'"):
                kept = ROOT / "var" / "test-templates" / f"{template_key()}.sql"
                if kept.exists():
                    self.postgres.sql("CREATE DATABASE fw_template OWNER fw_owner")
                    self.postgres.sql(kept.read_text(), "fw_template")
                else:
                    call_command("setup_database", verbosity=0)
                    connections.close_all()
                    self.postgres.sql(f"ALTER DATABASE {DATABASE} RENAME TO fw_template")
                    self._keep(kept)
            self.postgres.sql(f"DROP DATABASE IF EXISTS {self.database}")
            self.postgres.sql(f"CREATE DATABASE {self.database} TEMPLATE fw_template OWNER fw_owner")
        for alias in ("default", "owner"):
            connections[alias].settings_dict["NAME"] = self.database
        if os.environ.get(BORROWED):
            call_command("setup_database", verbosity=0)
        else:  # which tables only grow is said by the models, not by a migration
            call_command("setup_database", "--grants-only", verbosity=0)
        os.environ["DATABASE_URL"] = self.home.database_url("fw_app", self.database)
        os.environ["DATABASE_OWNER_URL"] = self.home.database_url("fw_owner", self.database)
        os.environ["BROKER_URL"] = settings.BROKER_URL


def template_key() -> str:
    """Names what the template is made of: every migration of every app, and the rights. Any change is another name."""
    from django.apps import apps

    sources = [ROOT / "foreignwork" / "grants.py", ROOT / "requirements" / "base.txt"]
    for app in apps.get_app_configs():
        sources += sorted((Path(app.path) / "migrations").glob("*.py"))
    found = hashlib.sha256()
    for source in sources:
        found.update(f"{source.name}\0".encode() + source.read_bytes() + b"\0")
    return found.hexdigest()[:32]


def empty_all_tables() -> None:
    """Empty every table but Django's own bookkeeping, as the owner; the app role could not."""
    import psycopg
    from django.db import connections
    from psycopg import sql

    connections.close_all()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        names = [
            row[0]
            for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            if row[0] not in KEPT
        ]
        asked = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(n), sql.Identifier(n))
            for n in names
        )
        full = [row[0] for row in owner.execute(asked)]
        if full:
            owner.execute("SET lock_timeout = '20s'")
            tables = sql.SQL(", ").join(sql.Identifier(name) for name in full)
            owner.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))
