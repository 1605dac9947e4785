"""The outbox finds handlers in modules of this name."""

from __future__ import annotations

from .printing import print_part
from .trials import go_on

__all__ = ["go_on", "print_part"]
