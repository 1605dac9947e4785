"""`make run` as a whole, and the same code on servers somebody else runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foreignwork.local.pair import Lock, pair
from foreignwork.local.places import ROOT, Home
from foreignwork.local.processes import alive
from foreignwork.local.servers import ROLES_SQL
from foreignwork.policies import workdays

READY = {"ready": True, "holidays_until": max(workdays.calendar().years)}

pytestmark = [pytest.mark.machine, pytest.mark.xdist_group("local")]
SHIELDED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "FOREIGNWORK_KEYS",
    "FOREIGNWORK_BLOBS",
)


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def answer(port: int, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as found:
            return found.status, json.load(found)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Running:
    """One portal in a process of its own, without content: this is about the machine."""

    def __init__(self, home: Home, **more: str) -> None:
        self.home, self.port = home, free_port()
        env = {name: value for name, value in os.environ.items() if name not in SHIELDED}
        env |= {
            "FOREIGNWORK_VAR": str(home.var),
            "DJANGO_SETTINGS_MODULE": "foreignwork.settings",
            "DEBUG": "0",
        }
        env |= {"PUBLIC_BASE_URL": f"http://127.0.0.1:{self.port}", **more}
        env.pop("MAKELEVEL", None)
        self.output = home.var.with_suffix(".out")
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "foreignwork.local", "run", "--bare", "--port", str(self.port)],
                cwd=ROOT, env=env, stdout=out, stderr=out,
            )  # fmt: skip

    def wait(self, patience: float = 120) -> None:
        deadline = time.monotonic() + patience
        while "The portal is running" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)

    def group(self) -> list[int]:
        """All processes below the supervisor, grandchildren too."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = entry.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(words[1]), []).append(int(entry.parent.name))
        found, todo = [], [self.process.pid]
        while todo:
            children = parents.get(todo.pop(), [])
            found += children
            todo += children
        return found


def gone(pids: list[int], patience: float = 25) -> list[int]:
    deadline = time.monotonic() + patience
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.fixture
def home() -> Iterator[Home]:
    made = Home.at(ROOT / "var" / f"run-{os.getpid()}-{time.monotonic_ns() % 100000}")
    yield made
    for place in (made.servers, made.sockets, made.var):
        shutil.rmtree(place, ignore_errors=True)
    made.var.with_suffix(".out").unlink(missing_ok=True)


def test_the_portal_lives_dies_and_rises(home: Home) -> None:
    """Start; kill -9; start again; ask it to end. One test, because each start costs seconds."""
    first = Running(home)
    try:
        first.wait()
        assert answer(first.port, "/livez") == (200, {"live": True})
        assert answer(first.port, "/readyz") == (200, READY)
        group = first.group()
        assert len(group) >= 7  # postgres, valkey, gunicorn + 2, celery worker + 2, beat
    finally:
        first.process.kill()
        first.process.wait()
    assert gone(group) == []

    second = Running(home)
    try:
        second.wait()
        group = second.group()
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(40) == 0
    finally:
        second.process.kill()
        second.process.wait()
    assert gone(group, 1) == []
    assert Lock(home).holder() is None

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        env = {name: value for name, value in os.environ.items() if name not in SHIELDED}
        refused = subprocess.run(
            [sys.executable, "-m", "foreignwork.local", "run", "--port", port],
            cwd=ROOT, env={**env, "FOREIGNWORK_VAR": str(home.var), "DEBUG": "0"}, capture_output=True, text=True,
        )  # fmt: skip
    assert refused.returncode == 1
    assert f"Port {port} is used by another program" in refused.stderr


def test_named_servers_are_used_instead_of_our_own(home: Home) -> None:
    """What docker-compose.yml does, without an engine: DATABASE_URL and BROKER_URL name a second pair elsewhere."""
    elsewhere = Home.at(home.var / "elsewhere")
    with pair(elsewhere, durable=False) as (postgres, _):
        here = Running(
            home,
            DATABASE_URL=elsewhere.database_url("fw_app"),
            DATABASE_OWNER_URL=elsewhere.database_url("fw_owner"),
            BROKER_URL=elsewhere.broker_url,
            SECRET_KEY="x" * 50,
            FOREIGNWORK_KEYS=str(home.var / "keys" / "master.json"),
        )
        try:
            here.wait()
            assert answer(here.port, "/readyz") == (200, READY)
            assert not (home.servers / "postgres").exists(), "no embedded server was made"
            assert int(postgres.sql("SELECT count(*) FROM django_migrations", "foreignwork")) > 10
        finally:
            here.process.terminate()
            here.process.wait(40)
        # The database goes: the portal says so instead of breaking.
        assert "fw_app" in postgres.sql("SELECT string_agg(rolname, ' ') FROM pg_roles")


def test_compose_makes_the_same_roles_as_the_embedded_server() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for statement in ROLES_SQL.strip().splitlines():
        words = statement.split(";")[0].replace(
            "CREATE ROLE fw_owner LOGIN CREATEDB", "CREATE ROLE fw_owner LOGIN"
        )
        assert words in text, statement
    assert "C.UTF-8" in text
