"""Who runs the servers of a home: one `make run`, or one command that needs them for a moment.

Two locks, both `flock`, so a killed process frees them by itself:
`run.lock`  exclusive: held by whoever started the servers; its text says who;
`users.lock` shared: held by every command that borrows them, so that the starter does not take them away.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .places import Home, LocalError, embedded
from .servers import Postgres, Valkey


@dataclass
class Lock:
    """An exclusive claim on a home. `holder()` may be asked without holding it."""

    home: Home
    handle: IO[str] | None = None

    @property
    def path(self) -> Path:
        return self.home.var / "run.lock"

    def take(self, **about: Any) -> bool:
        """Claim it; False when another process has it. `about` is shown to that other's askers."""
        self.home.var.mkdir(parents=True, exist_ok=True)
        handle = self.path.open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self.handle = handle
        self.tell(**about)
        return True

    def tell(self, **about: Any) -> None:
        if self.handle is not None:
            self.handle.seek(0)
            self.handle.truncate()
            self.handle.write(json.dumps({"pid": os.getpid(), **about}))
            self.handle.flush()

    def holder(self) -> dict[str, Any] | None:
        """What the present holder told, {} when it has not yet told anything, None when nobody holds the lock."""
        try:
            handle = self.path.open("r+")
        except FileNotFoundError:
            return None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                try:
                    return dict(json.loads(handle.read() or "{}"))
                except ValueError:
                    return {}
            return None

    def release(self) -> None:
        if self.handle is not None:
            self.tell(state="ended")
            self.handle.close()
            self.handle = None


@contextlib.contextmanager
def _borrowing(home: Home, mode: int) -> Iterator[None]:
    home.var.mkdir(parents=True, exist_ok=True)
    with (home.var / "users.lock").open("a") as handle:
        fcntl.flock(handle, mode)
        yield


@contextlib.contextmanager
def pair(home: Home, *, durable: bool = True) -> Iterator[tuple[Postgres, Valkey]]:
    """PostgreSQL and Valkey of `home`, running inside the block. No locking: the caller is alone there."""
    postgres, valkey = Postgres(home, durable=durable), Valkey(home)
    try:
        postgres.start()
        valkey.start()
        yield postgres, valkey
    finally:
        valkey.stop()
        postgres.stop()


@contextlib.contextmanager
def ensure(home: Home | None = None, patience: float = 60) -> Iterator[None]:
    """Inside the block a database and a broker answer: the named ones, those already running, or a pair for now."""
    if not embedded():
        yield
        return
    home = home or Home.at()
    lock = Lock(home)
    deadline = time.monotonic() + patience
    while True:
        with _borrowing(home, fcntl.LOCK_SH):
            holder = lock.holder()
            if holder and holder.get("state") == "ready":
                yield
                return
        if lock.take(kind="command", state="starting"):
            break
        if time.monotonic() > deadline:
            raise LocalError(
                f"The servers of {home.var} are being started or stopped by process {lock.holder()}."
            )
        time.sleep(0.05)
    try:
        with pair(home, durable=os.environ.get("FOREIGNWORK_DURABLE") != "no"):
            lock.tell(kind="command", state="ready")
            try:
                yield
            finally:
                # Nobody new may come in, and those who are in may finish.
                lock.tell(kind="command", state="stopping")
                with _borrowing(home, fcntl.LOCK_EX):
                    pass
    finally:
        lock.release()
