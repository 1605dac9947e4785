"""What a process has loaded when it begins to serve stays as long as it lives; nothing should look through it again."""

from __future__ import annotations

import gc

from django.urls import get_resolver

YOUNG = 10_000
"""Objects made, and not yet let go, before the collector looks at them: a page makes some thousands, which go with it. Python's own
700 let a batch of a sweep be walked through again and again while it was being built."""


def settled() -> None:
    """Load what is otherwise loaded by the first request, then take it all out of the collector's sight.

    Half a million objects of Django, packs and templates live for ever. Each full collection walked through them: a sixth of
    the time of a sweep. In a parent that forks it also keeps their memory shared.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
