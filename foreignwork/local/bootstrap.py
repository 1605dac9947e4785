"""Make the machine ready: system packages, `.venv`, and the locked Python packages.

Standard library only, because it runs before anything is installed:

    python3.11 foreignwork/local/bootstrap.py run|test|check

`run` needs what the portal needs, `test` also a browser and its fonts, `check` no browser. Each step is skipped when its
result is already there; the packages are synchronised again only when the lock changed (a stamp file in `.venv`).
Exit 0: ready. Exit 3: something is missing that this user may not install; the exact command is printed.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "dev.txt"
UV_LOCK = ROOT / "requirements" / "uv.txt"
STAMP = VENV / ".lock-stamp"
OLDEST = (3, 11)
MAKE_VENV = [sys.executable, "-m", "venv"]

# Debian package -> how one sees that it is there.
LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz0b": "libharfbuzz.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
    "libfontconfig1": "libfontconfig.so.1",
}
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
CJK_FONT_FOLDERS = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/truetype/noto")


def say(text: str) -> None:
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


def loadable(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_venv_module() -> bool:
    try:
        import ensurepip
        import venv  # noqa: F401
    except ImportError:
        return False
    return bool(ensurepip.version())


def has_cjk_font() -> bool:
    folders = [Path(f) for f in CJK_FONT_FOLDERS]
    return any(list(f.glob("*CJK*")) for f in folders if f.is_dir())


def chromium() -> str | None:
    """Path of a Chromium the browser tests can drive, or None."""
    named = os.environ.get("FOREIGNWORK_CHROMIUM", "")
    return shutil.which(named) if named else shutil.which("chromium")


def missing_packages(purpose: str) -> list[str]:
    """Debian packages that `purpose` (run, test, check) still needs on this machine."""
    missing = []
    if not (VENV / "bin" / "python").exists() and not has_venv_module():
        missing.append("python3-venv")
    if not shutil.which("msgfmt"):
        missing.append("gettext")
    missing += [package for package, soname in LIBRARIES.items() if not loadable(soname)]
    return missing


def missing_for_browser() -> list[str]:
    return [
        name for name, there in (("chromium", chromium()), ("fonts-noto-cjk", has_cjk_font())) if not there
    ]


def install_command(packages: list[str]) -> str:
    wanted = " ".join(packages)
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {wanted}"


def privilege() -> list[str] | None:
    """Prefix that makes a command run as root: [] as root, ['sudo', '-n'] where that works, else None."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def install(packages: list[str]) -> bool:
    prefix = privilege()
    if prefix is None:
        return False
    say(f"installing system packages: {' '.join(packages)}")
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    log = ROOT / "var" / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        # An update that fails half way may still leave usable lists; the install tells.
        subprocess.run([*quiet, "update"], stdout=out, stderr=out)
        done = subprocess.run(
            [*quiet, "install", "-y", "--no-install-recommends", *packages], stdout=out, stderr=out
        )
    if done.returncode:
        say(f"apt-get failed, see {log.relative_to(ROOT)}")
    return done.returncode == 0


def ensure_system(purpose: str) -> None:
    missing = missing_packages(purpose)
    if missing and not install(missing):
        say("these system packages are missing and this user may not install them. Please type:")
        print(f"\n    {install_command(missing)}\n", file=sys.stderr)
        raise SystemExit(3)
    if purpose != "test":
        return
    extra = missing_for_browser()
    if extra and not install(extra):
        say("NO BROWSER TESTS WILL RUN: chromium or its Chinese fonts are missing. To run them, please type:")
        print(f"\n    {install_command(extra)}\n", file=sys.stderr)


def lock_digest() -> str:
    return hashlib.sha256(UV_LOCK.read_bytes() + LOCK.read_bytes() + sys.version.encode()).hexdigest()


def uv_settings() -> dict[str, str]:
    """uv does not read pip's settings: hand over the index a person configured for pip (a mirror, say)."""
    asked = subprocess.run(
        [VENV / "bin" / "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    found = {"UV_DEFAULT_INDEX": index} if index and "UV_DEFAULT_INDEX" not in os.environ else {}
    if SYSTEM_CERTIFICATES.exists():
        found["UV_SYSTEM_CERTS"] = "1"  # an office network's own authority is known to the system only
    return found


def sync() -> str:
    """Bring `.venv` to exactly what the lock says. Returns the tool that did it."""
    python = VENV / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    uv = VENV / "bin" / "uv"
    got_uv = subprocess.run([*pip, "-r", str(UV_LOCK)]).returncode == 0 and uv.exists()
    if got_uv:
        env = {**os.environ, **uv_settings(), "VIRTUAL_ENV": str(VENV)}
        # Both locks: `sync` removes what is not named, and uv itself should stay.
        command = [
            str(uv),
            "pip",
            "sync",
            "-q",
            "--compile-bytecode",
            "--require-hashes",
            str(LOCK),
            str(UV_LOCK),
        ]
        if subprocess.run(command, env=env).returncode == 0:
            return "uv"
        say("uv could not do it; trying pip")
    if subprocess.run([*pip, "-r", str(LOCK)]).returncode:
        raise SystemExit(
            "bootstrap: the Python packages could not be installed (see above). Is the network there?"
        )
    return "pip"


def ensure_venv() -> None:
    python = VENV / "bin" / "python"
    usable = python.exists() and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
    if usable and STAMP.exists() and STAMP.read_text() == lock_digest():
        return
    started = time.monotonic()
    if not usable:
        # Also heals a .venv whose Python has gone (moved checkout, upgraded system).
        say("making .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([*MAKE_VENV, str(VENV)], check=True)
    elif not (VENV / "bin" / "pip").exists():
        # uv's sync takes pip away, and the fallback needs it.
        subprocess.run([python, "-m", "ensurepip"], check=True, capture_output=True)
    STAMP.unlink(missing_ok=True)
    tool = sync()
    STAMP.write_text(lock_digest())
    say(f"packages ready in {time.monotonic() - started:.1f} s (by {tool})")


def main(arguments: list[str]) -> int:
    purpose = arguments[0] if arguments else "run"
    if purpose not in ("run", "test", "check"):
        print(__doc__, file=sys.stderr)
        return 2
    if sys.version_info[:2] < OLDEST:
        say(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Try: make PYTHON=/usr/bin/python3.11"
        )
        return 3
    ensure_system(purpose)
    ensure_venv()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
