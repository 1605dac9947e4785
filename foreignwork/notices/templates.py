"""The layouts of notices: which file, and its version (a hash of all it is made of), pinned with every notice."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.template.loader import get_template

STYLE = "notices/paper.css"


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """The print stylesheet, packaged in static/notices/. Raises FileNotFoundError."""
    path = find(STYLE)
    if path is None:
        raise FileNotFoundError(STYLE)
    return Path(path).read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def template_version(name: str) -> str:
    """SHA-256 over the layout, its neighbours (which it includes) and the stylesheet: with what a paper was frozen."""
    origin = Path(get_template(name).origin.name)  # type: ignore[attr-defined]
    digest = hashlib.sha256(origin.name.encode())
    for file in sorted(origin.parent.glob("*.html")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    digest.update(stylesheet().encode())
    return digest.hexdigest()
