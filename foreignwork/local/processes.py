"""Start children that cannot outlive their parent, and end them in order."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signal_number: int) -> None:
    """The kernel sends the calling process `signal_number` when its parent ends. Linux only; elsewhere nothing."""
    prctl = getattr(_libc, "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal_number)


def _die_with(parent: int, signal_number: int) -> Callable[[], None]:
    def arrange() -> None:
        # Runs after setuid (which clears the setting) and before exec.
        die_with_parent(signal_number)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    identity: tuple[int, int] | None = None,
    death_signal: int = signal.SIGTERM,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own process group, output to `log`, as `identity` (uid, gid) when given.

    The kernel sends it `death_signal` when the calling *thread* ends, so call this from the main thread.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    user, group = identity if identity and identity[0] != os.geteuid() else (None, None)
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=dict(os.environ if env is None else env),
            cwd=cwd,
            process_group=0,  # a Ctrl-C in the terminal reaches the supervisor only, which then ends all in order
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
            preexec_fn=_die_with(os.getpid(), death_signal),
        )


def end(process: subprocess.Popen[bytes], signal_number: int, patience: float) -> None:
    """Ask `process` to stop; after `patience` seconds kill its whole group. Reaps it."""
    if process.poll() is None:
        process.send_signal(signal_number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    # Grandchildren (a pool that did not listen) share the group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Is there such a process, and not only its unreaped entry (a container's first process may never reap)?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return not Path("/proc/self").exists()


def working_in(folder: Path) -> list[int]:
    """Live processes whose working folder is `folder`. Empty where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        pid = int(entry.parent.name)
        with contextlib.suppress(OSError):
            if entry.readlink() == folder and alive(pid):
                found.append(pid)
    return found
