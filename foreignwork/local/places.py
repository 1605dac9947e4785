"""Where the embedded servers live, and as whom they run.

PostgreSQL refuses to run as root, so root's servers run as `nobody`; then binaries, data and sockets must lie where
that user can go. A checkout below a 0700 folder is not such a place: then they go to /var/lib/foreignwork.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
UNPRIVILEGED = "nobody"
# sockaddr_un.sun_path holds 108 bytes with its NUL; PostgreSQL adds "/.s.PGSQL.5432.lock" to the folder.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


class LocalError(Exception):
    """Something about this machine that a person must change; the text says what and how."""


def embedded() -> bool:
    """True when neither server is named by the environment, so that both are ours."""
    return not os.environ.get("DATABASE_URL")


def reachable(path: Path) -> bool:
    """Can any user walk to `path` (o+x on every folder above it, o+rx on itself when it is a folder)?"""
    resolved = path.resolve()
    for folder in resolved.parents:
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            return False
    if not resolved.exists():
        return True
    wanted = stat.S_IROTH | stat.S_IXOTH
    return resolved.stat().st_mode & wanted == wanted


def short_name(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Home:
    """The folders of one embedded pair. `var` is the person's; `servers` and `sockets` belong to the servers' user."""

    var: Path
    servers: Path
    sockets: Path
    uid: int
    gid: int

    @classmethod
    def at(cls, var: Path | str | None = None) -> Self:
        """The home below `var` (default: FOREIGNWORK_VAR, else <checkout>/var). Computes paths, touches nothing."""
        place = Path(var or os.environ.get("FOREIGNWORK_VAR") or ROOT / "var")
        place = (place if place.is_absolute() else ROOT / place).resolve()
        uid, gid = os.geteuid(), os.getegid()
        servers = place / "data"
        if uid == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            uid, gid = user.pw_uid, user.pw_gid
            if not reachable(place):
                servers = Path("/var/lib/foreignwork") / short_name(place)
        sockets = servers / "run"
        if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
            sockets = Path(tempfile.gettempdir()) / f"foreignwork-{os.geteuid()}-{short_name(place)}"
        return cls(place, servers, sockets, uid, gid)

    @property
    def drops_privilege(self) -> bool:
        return self.uid != os.geteuid()

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def keys(self) -> Path:
        """Folder of secrets, outside the data folder on purpose: a copy of the data alone opens nothing."""
        return self.var / "keys"

    def database_url(self, role: str = "fw_app", name: str = "foreignwork") -> str:
        return f"postgresql://{role}@/{name}?host={self.sockets}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.sockets}/valkey.sock"

    def make(self) -> None:
        """Create what is missing, with the right owners. Raises LocalError when a folder belongs to a stranger."""
        for folder in (self.var, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        if self.drops_privilege and self.servers.is_relative_to(self.var):
            # The umask may have been strict; the servers' user must be able to pass.
            self.var.chmod(self.var.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
        self.servers.mkdir(parents=True, exist_ok=True)
        if self.drops_privilege:
            self.servers.chmod(0o755)
        for folder in (self.sockets, self.servers / "valkey"):
            self.own(folder)
        self.keys.mkdir(mode=0o700, exist_ok=True)

    def own(self, folder: Path) -> None:
        """A private folder of the servers' user. In /tmp somebody else may have made it first: refuse that."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (self.uid, os.geteuid()):
            raise LocalError(
                f"{folder} belongs to another user; remove it or set FOREIGNWORK_VAR to another folder."
            )
        if found.st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)

    def secret(self, name: str) -> str:
        """A random secret kept in `keys/<name>`, made at first use (also when two processes ask at once)."""
        path = self.keys / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass  # the other process was first; its secret counts
            finally:
                draft.unlink()
        return path.read_text().strip()
