"""The articles a step or a limit rests on, as an officer reads them."""

from __future__ import annotations

import re

# Rows of our own requirement tables and notes stand beside the articles; they mean nothing to an officer.
OURS = re.compile(r"^(S\d{3}-|law-notes|domain |decisions )")


def readable(cites: str) -> str:
    """``cites`` without references to our own tables: “行政许可法 32；S000-38” → “行政许可法 32”."""
    return "；".join(
        part for part in (piece.strip() for piece in cites.split("；")) if part and not OURS.match(part)
    )
