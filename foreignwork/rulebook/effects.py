"""The outbox finds handlers in modules of this name."""

from __future__ import annotations

from .printing import print_part

__all__ = ["print_part"]
