from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.stage import assemble
from tests.stage import real_cast as real_cast
from tests.stories import acts
from tests.stories.acts import house as house
from tests.stories.telling import Town, playing


@pytest.fixture(autouse=True)
def left_in_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every story leaves a house in which every invariant holds: asked after its last word, so no story can forget it."""
    # What the story stands on is there before us, so it is still there when we look.
    for name in request.fixturenames:
        if name not in {"request", "left_in_order"}:
            request.getfixturevalue(name)
    yield
    if {"db", "transactional_db"} & set(request.fixturenames):
        acts.then_the_house_is_in_order()


@pytest.fixture
def town_in(
    db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Town]]:
    """A town of this place; its files in a folder of its own, since what other tests rolled back lies in the common one."""
    settings.BLOB_DIR = tmp_path
    with ExitStack() as stack:
        yield lambda pack: stack.enter_context(playing(assemble(pack), monkeypatch))


@pytest.fixture
def town(town_in: Callable[[str], Town]) -> Town:
    return town_in("gansu")
