"""The layouts of notices: which file, and its version (a hash of the file), pinned with every notice."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.template.loader import get_template


@lru_cache(maxsize=64)
def template_version(name: str) -> str:
    """SHA-256 of the template's source; says with which layout a paper was frozen."""
    origin = get_template(name).origin.name  # type: ignore[attr-defined]
    return hashlib.sha256(Path(origin).read_bytes()).hexdigest()
