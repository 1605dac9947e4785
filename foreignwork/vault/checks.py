"""Checks for `manage.py check --deploy`: the key file and the places of keys and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from . import keys

KEY_FILE_SAYS = {
    "key_file_missing": "settings.KEY_FILE does not exist: run `manage.py make_keys`, or restore it from escrow.",
    "key_file_broken": "settings.KEY_FILE cannot be read: restore it from escrow.",
    "key_file_open": "settings.KEY_FILE can be read by everyone: chmod 600.",
}


def check_places(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Key file present and closed; key file and blobs apart from each other and from what the web server
    publishes."""
    found: list[CheckMessage] = []
    if problem := keys.problem():
        found.append(Error(KEY_FILE_SAYS[problem], id=f"vault.{problem}"))
    key_file, blobs = Path(settings.KEY_FILE).resolve(), Path(settings.BLOB_DIR).resolve()
    if key_file.is_relative_to(blobs):
        found.append(
            Error(
                "settings.KEY_FILE lies inside BLOB_DIR: one copy of it would be enough.",
                id="vault.key_in_blobs",
            )
        )
    published = [settings.STATIC_ROOT, settings.MEDIA_ROOT, *settings.STATICFILES_DIRS]
    for folder in (Path(place).resolve() for place in published if place and isinstance(place, str | Path)):
        if blobs.is_relative_to(folder) or key_file.is_relative_to(folder):
            found.append(
                Error(f"keys or blobs lie inside the published folder {folder.name}/.", id="vault.published")
            )
    return found
