"""The articles a step or a limit rests on, as an officer reads them."""

from __future__ import annotations

from foreignwork.cases.law import in_words as readable

__all__ = ["readable"]
