"""The scene is set once for the whole table: every test, and every cell in it, is undone to it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.stage import assemble

from .scene import Scene, build


class _Undone(Exception):
    pass


@pytest.fixture(scope="module")
def _set(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                yield build(assemble())
                raise _Undone
        except _Undone:
            pass


@pytest.fixture
def scene(_set: Scene, settings: Any) -> Iterator[Scene]:
    settings.ACCOUNT_RATE_LIMITS = False  # the table asks more often than a person would
    try:
        with transaction.atomic():
            yield copy.copy(_set)
            raise _Undone
    except _Undone:
        pass
