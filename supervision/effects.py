"""What the outbox asks of supervision: freeze, compute, open the visits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from foreignwork.outbox.registry import effect

from . import freezing, running
from .ceremony import FREEZE, RUN, VISITS


@effect(FREEZE)
def freeze(payload: Mapping[str, Any], at: datetime) -> None:
    freezing.freeze(payload["draw"], at=at)


@effect(RUN)
def run(payload: Mapping[str, Any], at: datetime) -> None:
    running.run(payload["draw"], at=at)


@effect(VISITS)
def open_visits(payload: Mapping[str, Any], at: datetime) -> None:
    running.open_visits(payload["draw"], at=at)
