"""What the outbox asks of permits: enter the next rows of an approved file of former permits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from foreignwork.outbox.registry import effect

from .legacy import imports


@effect(imports.TOPIC)
def enter_legacy(payload: Mapping[str, Any], at: datetime) -> None:
    imports.enter(payload["import"], payload["start"], at=at)
