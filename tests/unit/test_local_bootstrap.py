"""The bootstrap: what it finds missing, what it says, and that it does nothing twice. No network here."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "foreignwork" / "local" / "bootstrap.py"


@pytest.fixture
def boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "STAMP", venv / ".lock-stamp")
    monkeypatch.setattr(module, "MAKE_VENV", [sys.executable, "-m", "venv", "--without-pip"])
    return module


def test_it_needs_only_the_standard_library() -> None:
    """-I -S: no site-packages, no PYTHONPATH; the script must still import."""
    done = subprocess.run([sys.executable, "-I", "-S", SCRIPT, "nonsense"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "run|test|check" in done.stderr


def test_without_the_right_to_install_it_prints_the_exact_command(
    boot: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boot, "loadable", lambda soname: "subset" not in soname)
    monkeypatch.setattr(boot, "has_venv_module", lambda: False)
    monkeypatch.setattr(boot, "privilege", lambda: None)
    with pytest.raises(SystemExit) as stopped:
        boot.ensure_system("run")
    assert stopped.value.code == 3
    assert (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends python3-venv libharfbuzz-subset0"
        in capsys.readouterr().err
    )


def test_a_missing_browser_is_said_loudly_but_stops_only_browser_tests(
    boot: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boot, "missing_packages", lambda purpose: [])
    monkeypatch.setattr(boot, "chromium", lambda: None)
    monkeypatch.setattr(boot, "privilege", lambda: None)
    boot.ensure_system("run")
    assert capsys.readouterr().err == ""
    boot.ensure_system("test")
    said = capsys.readouterr().err
    assert "NO BROWSER TESTS WILL RUN" in said
    assert "chromium" in said


def test_packages_are_synchronised_only_when_the_lock_changed(
    boot: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        boot, "sync", lambda: synced.append("x") or (boot.VENV / "bin" / "pip").touch() or "nobody"
    )
    lock = tmp_path / "dev.txt"
    lock.write_text("one==1\n")
    monkeypatch.setattr(boot, "LOCK", lock)
    boot.ensure_venv()
    boot.ensure_venv()
    assert len(synced) == 1
    lock.write_text("one==2\n")
    boot.ensure_venv()
    assert len(synced) == 2


def test_a_broken_environment_is_made_anew(boot: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python below .venv has gone: a moved checkout, an upgraded system."""
    monkeypatch.setattr(boot, "sync", lambda: "nobody")
    boot.ensure_venv()
    python = boot.VENV / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    boot.ensure_venv()
    assert subprocess.run([python, "-c", ""]).returncode == 0


def test_an_interrupted_install_is_repeated(boot: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(boot, "sync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        boot.ensure_venv()
    assert not boot.STAMP.exists()
