"""`make run`: PostgreSQL, Valkey, web, worker and beat as one group that lives and dies together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from .pair import Lock, pair
from .places import ROOT, Home, LocalError, embedded
from .processes import alive, end, spawn

PYTHON = sys.executable
READY_SECONDS = 60


class Stop(Exception):
    """Somebody asked us to end (SIGINT, SIGTERM)."""


def _stop(number: int, frame: FrameType | None) -> None:
    # Asked once is enough: a second Ctrl-C must not interrupt the orderly end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stop


def say(text: str = "") -> None:
    print(text, flush=True)


@dataclass
class Supervisor:
    """Runs one home's portal on 127.0.0.1:`port`. `before` and `after` are manage.py command lines run around the web's start."""

    home: Home
    port: int = 8000
    before: list[list[str]] = field(default_factory=lambda: [["prepare"]])
    after: list[list[str]] = field(default_factory=list)
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return os.environ.get("PUBLIC_BASE_URL") or f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What the children see. At home the portal is a demonstration: DEBUG on unless the person says otherwise."""
        given = {
            "DJANGO_SETTINGS_MODULE": "foreignwork.settings",
            "PUBLIC_BASE_URL": self.address,
            "FOREIGNWORK_VAR": str(self.home.var),  # the embedded servers are found below it
            "PYTHONUNBUFFERED": "1",
            "DEBUG": os.environ.get("DEBUG", "1"),
        }
        return {**os.environ, **given}

    def run(self) -> int:
        """Start everything, wait, end everything. Returns the exit code; raises LocalError with a text for people."""
        lock = Lock(self.home)
        self._claim(lock)
        signal.signal(signal.SIGINT, _stop)
        signal.signal(signal.SIGTERM, _stop)
        try:
            if not embedded():
                return self._portal(lock)
            with pair(self.home) as (postgres, valkey):
                if postgres.process and valkey.process:
                    self.children |= {"postgres": postgres.process, "valkey": valkey.process}
                # From here on manage.py may borrow the servers, here and in another terminal.
                lock.tell(kind="run", state="ready", address=self.address)
                return self._portal(lock)
        except Stop:
            return 0
        finally:
            say("stopped.")
            lock.release()

    def _claim(self, lock: Lock) -> None:
        deadline = time.monotonic() + 20
        while not lock.take(kind="run", state="starting", address=self.address):
            holder = lock.holder() or {}
            if holder.get("kind") == "run" or time.monotonic() > deadline:
                where = f" at {holder['address']}" if "address" in holder else ""
                raise LocalError(
                    f"The portal is already running{where} (process {holder.get('pid', '?')}). "
                    "Use it, or end it with `make stop`."
                )
            time.sleep(0.1)  # a manage.py command has the servers; it ends soon

    def _portal(self, lock: Lock) -> int:
        env = self.environment()
        try:
            self._claim_port()
            self._manage(env, *self.before)
            self._start_portal(env)
            self._wait_for_web()
            say(
                f"\n  The portal is running: {self.address}   (Ctrl-C or `make stop` ends it; logs: {self.home.logs})\n"
            )
            self._manage(env, *self.after)
            return self._watch()
        finally:
            for name in ("web", "beat", "worker"):
                if process := self.children.pop(name, None):
                    # The worker may finish the task in its hands (acks_late would repeat it otherwise).
                    end(process, signal.SIGTERM, 20)

    def _manage(self, env: dict[str, str], *commands: list[str]) -> None:
        for words in commands:
            done = subprocess.run([PYTHON, "manage.py", *words], cwd=ROOT, env=env)
            if done.returncode:
                raise LocalError(
                    f"`manage.py {' '.join(words)}` failed (see above), so everything is stopped."
                )

    def _claim_port(self) -> None:
        """Raises LocalError when somebody else listens on our port (a web server of a killed run ends in seconds)."""
        deadline = time.monotonic() + 8
        while True:
            with socket.socket() as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    line.bind(("127.0.0.1", self.port))
                    return
                except OSError as error:
                    if time.monotonic() > deadline:
                        raise LocalError(
                            f"Port {self.port} is used by another program. Choose another: `make run PORT=8001`."
                        ) from error
            time.sleep(0.2)

    def _start_portal(self, env: dict[str, str]) -> None:
        logs = self.home.logs
        beat = self.home.var / "beat-schedule"
        commands = {
            "web": [
                PYTHON, "-m", "gunicorn", "foreignwork.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2",
                "--worker-class", "sync", "--timeout", "60", "--graceful-timeout", "5", "--no-control-socket",
                "--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else str(self.home.var),
            ],
            "worker": [
                PYTHON, "-m", "celery", "-A", "foreignwork", "worker", "--pool", "prefork", "--concurrency", "2",
                "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
            ],
            "beat": [
                PYTHON, "-m", "celery", "-A", "foreignwork", "beat", "--schedule", str(beat), "--pidfile", "",
                "--loglevel", "WARNING",
            ],
        }  # fmt: skip
        for name, command in commands.items():
            self.children[name] = spawn(command, log=logs / f"{name}.log", env=env, cwd=ROOT)

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self._look()
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{self.port}/livez")
                with urllib.request.urlopen(request, timeout=2):
                    self._look()  # it was ours that answered, not a stranger on the same port
                    return
            except urllib.error.HTTPError:
                return  # it answers; /readyz and the logs tell the rest
            except OSError:
                time.sleep(0.1)
        raise LocalError(
            f"The web server did not answer within {READY_SECONDS} s, see {self.home.logs / 'web.log'}"
        )

    def _look(self) -> None:
        for name, process in self.children.items():
            code = process.poll()
            if code is not None:
                log = self.home.logs / f"{name}.log"
                tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
                raise LocalError(f"{name} ended with code {code}, so everything is stopped.\n  {tail}")

    def _watch(self) -> int:
        while True:
            self._look()
            time.sleep(0.5)


def stop(home: Home, patience: float = 60) -> bool:
    """End the portal of `home` and wait for it. False when none was running."""
    holder = Lock(home).holder()
    if not holder or "pid" not in holder:
        return False
    pid = int(holder["pid"])
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    deadline = time.monotonic() + patience
    while Lock(home).holder() is not None and alive(pid):
        if time.monotonic() > deadline:
            raise LocalError(
                f"Process {pid} does not end; `kill -9 {pid}` is safe, the next start cleans up."
            )
        time.sleep(0.1)
    return True
