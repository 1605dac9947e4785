from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.stage import assemble
from tests.stage import real_cast as real_cast
from tests.stories.acts import house as house
from tests.stories.telling import Town, playing


@pytest.fixture
def town_in(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Town]]:
    with ExitStack() as stack:
        yield lambda pack: stack.enter_context(playing(assemble(pack), monkeypatch))


@pytest.fixture
def town(town_in: Callable[[str], Town]) -> Town:
    return town_in("gansu")
