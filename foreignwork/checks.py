"""System checks: what would make the house slow, unreadable or unsafe, said at start instead of found in a notice."""

from __future__ import annotations

import ctypes
import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    # Without it WeasyPrint falls back to fontTools: seconds a notice instead of tens of milliseconds.
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


@register(Tags.compatibility)
def libraries(**kwargs: Any) -> Iterable[CheckMessage]:
    for soname, package in LIBRARIES.items():
        try:
            ctypes.CDLL(soname)
        except OSError:
            yield Error(
                f"The system library {soname} cannot be loaded; notices would be slow or not printed at all.",
                hint=f"sudo apt-get install {package}",
                id="house.E001",
            )


def font_folder() -> Path | None:
    """Folder of the packaged Chinese fonts (Noto Serif SC and Sans SC, whole OTF files), or None."""
    found = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    return Path(found.origin).parent if found and found.origin else None


@register(Tags.compatibility)
def chinese_font(**kwargs: Any) -> Iterable[CheckMessage]:
    folder = font_folder()
    if folder is None or not list(folder.glob("*.otf")):
        yield Error(
            "The Chinese fonts of the package pylopdf-fonts-zh-cn are missing; notices would print boxes.",
            hint="Run `make run` once: it installs the locked packages.",
            id="house.E002",
        )


@register(Tags.compatibility)
def time_limits(**kwargs: Any) -> Iterable[CheckMessage]:
    visible = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    soft, hard = settings.CELERY_TASK_SOFT_TIME_LIMIT, settings.CELERY_TASK_TIME_LIMIT
    if not soft < hard < visible:
        yield Error(
            f"Celery's limits must rise: soft {soft} s < hard {hard} s < visibility timeout {visible} s. "
            "Otherwise a task still running is handed to a second worker.",
            id="house.E003",
        )


@register(Tags.security)
def key_file(**kwargs: Any) -> Iterable[CheckMessage]:
    path, data = Path(settings.KEY_FILE), Path(settings.DATA_DIR)
    if path.resolve().is_relative_to(data.resolve()):
        yield Error(
            "The master key file lies inside the data folder: whoever copies the data can read everything.",
            hint="Set FOREIGNWORK_KEYS to a file outside it.",
            id="house.E004",
        )
    if path.exists():
        if not os.access(path, os.R_OK):
            yield Error("The master key file exists but this user cannot read it.", id="house.E005")
        elif path.stat().st_mode & 0o077:
            yield Warning(
                "Other users can read the master key file.", hint="chmod 600 the file.", id="house.W006"
            )
    elif not settings.EMBEDDED:
        yield Error(
            "The master key file is missing. Without it nothing sealed can be opened.",
            hint="Set FOREIGNWORK_KEYS to the file; a new installation makes one with `manage.py make_keys`.",
            id="house.E007",
        )
