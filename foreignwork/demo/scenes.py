"""What the matters add to the demo: each may keep a ``scene.py`` whose ``@scene`` functions set up what its screens show.

The kernel's own play is play.py; a scene gets its cast afterwards and goes through the same doors as everyone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.module_loading import autodiscover_modules

from .cast import Cast

Scene = Callable[[Cast, datetime], None]
_scenes: dict[str, Scene] = {}


def scene(play: Scene) -> Scene:
    """Register a scene; the same one twice counts once."""
    _scenes[f"{play.__module__}.{play.__qualname__}"] = play
    return play


def play_all(cast: Cast, *, at: datetime) -> None:
    """All scenes, in the order of the applications; all of it or nothing."""
    autodiscover_modules("scene")
    with transaction.atomic():
        for play in list(_scenes.values()):
            play(cast, at)
