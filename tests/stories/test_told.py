"""No sub-matter of any place and no end of any flow without a story in which it happens."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from foreignwork.cases import registry
from foreignwork.policies import loader
from foreignwork.policies.pack import Pack
from tests import stories
from tests.stage import AT
from tests.stories.telling import TOLD

for module in pkgutil.iter_modules(stories.__path__):
    if module.name.startswith("test_"):
        importlib.import_module(f"{stories.__name__}.{module.name}")

MATTERS = {matter.code: matter for matter in registry.all_matters()}
NOT_YET_TOLD: frozenset[str] = frozenset()
"""What somebody still has to tell; it only shrinks."""
CANNOT_BEGIN = frozenset({"credit/restricted"})
"""Lists whose legal basis is uncertain stay off in every place: test_credit.py tells that nobody can propose them."""


@functools.cache
def packs() -> list[Pack]:
    return [loader.load(place, on=AT.date()) for place in loader.available()]


def sub_matters() -> set[str]:
    """matter/sub-matter, of all places."""
    kinds = {
        f"{code}/{kind}" for pack in packs() for code in MATTERS if code in pack.matters
        for kind in pack.matters[code].sub_matters
    }  # fmt: skip
    return kinds - CANNOT_BEGIN


def ends() -> set[str]:
    """matter/state, for each state with an outcome."""
    return {f"{code}/{state}" for code, matter in MATTERS.items() for state in matter.outcomes}


def told() -> list[tuple[str, str, str]]:
    return [tuple(one.split("/")) for said in TOLD.values() for one in said]  # type: ignore[misc]


def test_what_is_told_can_happen() -> None:
    """A sub-matter some place has, a step its flow knows for it; else a story would tell of nothing."""
    known = sub_matters()
    for code, kind, name in told():
        assert f"{code}/{kind}" in known
        step = MATTERS[code].steps[name]
        assert not step.within or kind in step.within, (code, kind, name)


def test_every_sub_matter_has_a_story() -> None:
    heard = {f"{code}/{kind}" for code, kind, _step in told()}
    assert sub_matters() - heard == NOT_YET_TOLD & sub_matters()


def test_every_end_has_a_story() -> None:
    """An end is told by a story that declares a step into it."""
    heard = {f"{code}/{MATTERS[code].steps[name].target}" for code, _kind, name in told()}
    assert ends() - heard == NOT_YET_TOLD & ends()


def test_nothing_stays_on_the_list_for_ever() -> None:
    assert sub_matters() | ends() >= NOT_YET_TOLD
