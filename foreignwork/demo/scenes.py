"""What the matters add to the demo: each may keep a ``scene.py`` whose ``@scene`` functions set up what its screens show.

The kernel's own play is play.py; a scene gets its cast afterwards and goes through the same doors as everyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Model
from django.utils.module_loading import autodiscover_modules

from foreignwork.accounts.models import Jurisdiction
from foreignwork.cases.models import Case

from .cast import Cast

Scene = Callable[[Cast, datetime], None]
Opened = Callable[[Cast, str, Random, datetime], Case | None]
Day = Callable[[Jurisdiction, datetime], None]
Twin = Callable[[int, Sequence[int]], Mapping[int, int]]
Usual = Callable[[forms.Form, Random, datetime], Mapping[str, Any]]
_scenes: dict[str, Scene] = {}
_openings: dict[str, Opened] = {}
_days: dict[str, Day] = {}
_twins: dict[type[Model], Twin] = {}
_usual: dict[type[forms.Form], Usual] = {}


@cache
def _discover() -> None:
    """Once: to look for what is not there costs as much each time."""
    autodiscover_modules("scene")


def scene(play: Scene) -> Scene:
    """Register a scene; the same one twice counts once."""
    _scenes[f"{play.__module__}.{play.__qualname__}"] = play
    return play


def play_all(cast: Cast, *, at: datetime) -> None:
    """All scenes, in the order of the applications; all of it or nothing."""
    _discover()
    with transaction.atomic():
        for play in list(_scenes.values()):
            play(cast, at)


def opening(make: Opened) -> Opened:
    """Register how an office opens a case about a firm of the cast (named by its key), for volumes; None where none can be."""
    _openings[f"{make.__module__}.{make.__qualname__}"] = make
    return make


def openings() -> Iterator[Opened]:
    _discover()
    yield from _openings.values()


def twin(model: type[Model]) -> Callable[[Twin], Twin]:
    """Register a model of which every firm that is inspected has a row: ``make(jurisdiction, firms)`` finds or adds them
    and gives firm → row."""

    def register(make: Twin) -> Twin:
        _twins[model] = make
        return make

    return register


def twins() -> Mapping[type[Model], Twin]:
    _discover()
    return _twins


def daily(do: Day) -> Day:
    """Register what the matter's tasks do by the clock, for volumes: nobody else keeps time there."""
    _days[f"{do.__module__}.{do.__qualname__}"] = do
    return do


def pass_day(place: Jurisdiction, at: datetime) -> None:
    _discover()
    for do in _days.values():
        do(place, at)


def usual(form: type[forms.Form]) -> Callable[[Usual], Usual]:
    """Register what people say in this form where chance would hardly guess what fits together."""

    def register(say: Usual) -> Usual:
        _usual[form] = say
        return say

    return register


def said(form: forms.Form, rng: Random, at: datetime) -> Mapping[str, Any]:
    _discover()
    say = next((_usual[one] for one in type(form).__mro__ if one in _usual), None)
    return say(form, rng, at) if say else {}
