"""Statements of one shape, which Django writes once in the life of a process.

For the few rows that every page asks, writing the statement takes longer than all the rest of it. Where only values change, and never
the shape, what was written for an example stands for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

Row = TypeVar("Row")
MARK = re.compile("(%%|%s)")


class Kept(Generic[Row]):
    """``build`` makes the rows' queryset of an example's values; a call puts others in their places, and gives the rows.

    No value of the example may stand in the statement for anything else, and each has to stand somewhere (a number that its column
    cannot hold, Django leaves out). A list of one gives its place (``__in``) to as many as come; an empty one asks nothing and gives
    nothing. Values go to the database as they are: of the type that the column has.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **example: Any) -> None:
        self.build, self.example = build, example
        self.written: tuple[QuerySet[Any, Any], Any, list[str], list[Any]] | None = None

    def __call__(self, **values: Any) -> list[Row]:
        assert values.keys() == self.example.keys()
        if any(value == [] for value in values.values()):
            return []
        rows, compiler, texts, places = self.written or self._write()
        said = _filled(texts, places, values)
        ready = copy(compiler)
        ready.connection, ready.as_sql = connections[DEFAULT_DB_ALIAS], lambda: said
        asked: Any = rows.all()
        asked.query.get_compiler = lambda *_which, **_named: ready
        return list(asked)

    def _write(self) -> tuple[QuerySet[Any, Any], Any, list[str], list[Any]]:
        rows = self.build(**self.example)
        compiler = rows.query.get_compiler(using=DEFAULT_DB_ALIAS)
        statement, params = compiler.as_sql()
        texts = [""]
        for piece in MARK.split(statement):
            if piece == "%s":
                texts.append("")
            else:
                texts[-1] += piece
        places = [self._place(param) for param in params]
        assert {place.name for place in places if isinstance(place, Place)} == self.example.keys()
        self.written = rows, compiler, texts, places
        return self.written

    def _place(self, param: Any) -> Any:
        for name, value in self.example.items():
            sample = value[0] if isinstance(value, list) else value
            if isinstance(param, type(sample)) and param == sample:
                return Place(name, many=isinstance(value, list))
        return param


class Place:
    """Where a value of the example stands in the statement."""

    def __init__(self, name: str, *, many: bool) -> None:
        self.name, self.many = name, many


def _filled(texts: list[str], places: list[Any], values: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    said, params = [texts[0]], []
    for place, text in zip(places, texts[1:], strict=True):
        if isinstance(place, Place) and place.many:
            params += values[place.name]
            said += [", ".join(["%s"] * len(values[place.name])), text]
        else:
            params.append(values[place.name] if isinstance(place, Place) else place)
            said += ["%s", text]
    return "".join(said), tuple(params)
