"""Which function runs the effect of a topic. Apps declare theirs in `effects.py`, found when Django
starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

Handler = Callable[[dict[str, Any], datetime], None]

_handlers: dict[str, Handler] = {}


class UnknownTopic(LookupError):
    """No handler is registered for a topic (an older worker, or a missing effects.py)."""


def effect(topic: str) -> Callable[[Handler], Handler]:
    """Register the handler of a topic: `(payload, at) -> None`, run inside a transaction of its own.

    Its database rows and the mark "sent" are one commit: they happen once. What it does outside the database
    may happen again after a
    crash, so let it carry the message's ids as its own key. Messages are not ordered among each other.
    """

    def register(handler: Handler) -> Handler:
        known = _handlers.get(topic)
        if known is not None and (known.__module__, known.__qualname__) != (
            handler.__module__,
            handler.__qualname__,
        ):
            raise ValueError(
                f"outbox topic {topic!r} has a handler already: {known.__module__}.{known.__qualname__}"
            )
        _handlers[topic] = handler
        return handler

    return register


def handler_of(topic: str) -> Handler:
    """Raises UnknownTopic."""
    try:
        return _handlers[topic]
    except KeyError:
        raise UnknownTopic(topic) from None


def topics() -> list[str]:
    """All topics with a handler, sorted."""
    return sorted(_handlers)
