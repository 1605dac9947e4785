"""What each place's pack must hold because a source document says so, and the register of what the sources disagree on."""

from __future__ import annotations

from datetime import date

import pytest

from foreignwork.policies import loader
from foreignwork.policies.pack import Pack
from foreignwork.policies.rules_places import leads_somewhere

DAY = date(2026, 3, 10)
PLACES = ("gansu", "dongguan", "changning", "fujian")


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    return {place: loader.load(place, on=DAY) for place in PLACES}


def test_the_twenty_three_conflicts_are_settled_in_data(packs: dict[str, Pack]) -> None:
    """domain 14.1: each with its question, what stands meanwhile, and where it stands."""
    for pack in packs.values():
        assert set(pack.conflicts) == {f"C{n}" for n in range(1, 24)}
        for code, conflict in pack.conflicts.items():
            assert conflict.cites, code
            assert all(leads_somewhere(pack, path) for path in conflict.where), code
    assert sum(bool(conflict.where) for conflict in packs["gansu"].conflicts.values()) >= 17


@pytest.mark.parametrize(
    ("place", "stages", "people"),
    [
        ("dongguan", ["预审", "受理", "一级审查", "二级审查", "决定"], 3),  # S000-38, -39
        ("changning", ["预审", "受理", "审查", "审批"], 3),  # S001-18; at least three, domain C2
    ],
)
def test_stages_and_people(packs: dict[str, Pack], place: str, stages: list[str], people: int) -> None:
    permits = packs[place].matters["permits"]
    assert [permits.stage_names[stage].zh for stage in permits.stages] == stages
    assert permits.distinct_people == people


@pytest.mark.parametrize("place", PLACES)
def test_the_limits_of_the_state_stand_everywhere(packs: dict[str, Pack], place: str) -> None:
    """S000-55, -56: A 10, B 15, extension, change and cancellation 5; C is not stated and says so."""
    pack = packs[place]

    def days(sub: str, category: str) -> int | None:
        found = pack.limit("permits", "decision", "statutory", sub, category)
        assert found is not None
        return found.amount

    assert [days("new_in_china", category) for category in "ABC"] == [10, 15, 15]
    assert pack.limit("permits", "decision", "statutory", "new_abroad", "C").uncertain  # type: ignore[union-attr]
    assert {days(sub, "A") for sub in ("extend", "change", "cancel")} == {5}
    assert pack.limit("permits", "acceptance", "statutory").amount == 5  # type: ignore[union-attr]
    assert pack.limit("permits", "delivery", "statutory").amount == 10  # type: ignore[union-attr]


def test_what_each_place_promises(packs: dict[str, Pack]) -> None:
    def promised(place: str, category: str) -> int | None:
        found = packs[place].clock_limit("permits", "decision", "promised", "new_in_china", category)
        return found.amount if found else None

    assert promised("gansu", "B") == 15  # S003-53
    assert promised("dongguan", "B") == 1  # S000-11, -57
    assert promised("changning", "A") == 7  # S001-30
    assert promised("changning", "B") is None
    assert promised("fujian", "B") is None


def test_dongguan_s_centre_receives_and_its_counters_moved(packs: dict[str, Pack]) -> None:
    pack = packs["dongguan"]
    assert pack.office_for("permits", "A") == "dg-kjj"
    assert pack.receiver_for("permits", "A") == "dg-talent"
    assert pack.receiver_for("residence") == "dg-exit-entry"
    assert pack.seal("ACCEPTANCE", "dg-kjj", "permits").startswith("东莞市科学技术局")
    old, new = (
        set(loader.load("dongguan", on=day).windows) for day in (date(2024, 9, 28), date(2024, 9, 29))
    )
    assert "psb_visa_centre" in old - new, "from 2021-12-02 to 2024-09-28 (S000-07)"
    assert "immigration_centre" in new - old, "since 2024-09-29 (S000-09)"
    assert pack.windows["songshanhu"].planned and pack.windows["binhaiwan"].planned
    assert pack.instant is not None
    assert pack.instant.matters == ("permits",)
    assert set(pack.waivers) == {"W1", "W2", "W3", "commitment"}, (
        "those of document 000, and the undertaking of class A"
    )


def test_changning_was_authorised_and_knows_two_matters(packs: dict[str, Pack]) -> None:
    pack = packs["changning"]
    assert pack.matter_codes() == ["permits", "residence"]
    assert pack.required_matters() == ["permits"]
    (power,) = pack.delegations
    assert (power.kind, power.by.zh, power.from_) == ("authorised", "上海市外国专家局", date(2017, 5, 1))
    # The report names neither the document nor an end: an officer may add them.
    assert (power.office, power.matters, power.to, power.document) == ("cn-kw", ("permits",), None, None)
    assert pack.gate("residence", {"category": "A"}).at == "before_decision"  # type: ignore[union-attr]
    assert pack.gate("residence", {"category": "B"}).at == "before_filing"  # type: ignore[union-attr]
    assert pack.windows["hongqiao"].counters == 3  # S001-05
    assert pack.instant is not None
    assert (pack.instant.categories, pack.instant.by_appointment) == (("A",), True)  # S001-10


def test_fujian_puts_each_function_where_the_place_does(packs: dict[str, Pack]) -> None:
    """S002-01: nine cities and Pingtan; Xiamen's tax bureau and Pingtan's bureaus are named, what they do is not."""
    pack = packs["fujian"]
    cities = [str(option.value) for option in pack.options("city")]
    assert len(cities) == 10
    for city in cities:
        assert pack.office_for("permits", "B", city).startswith(city)
        assert pack.office_for("residence", None, city) == f"{city}-exit-entry"
    assert pack.office_for("permits", "A", "pingtan") == "pingtan-jfj"
    assert pack.office_for("socialsec", None, "xiamen") == "xiamen-tax"
    assert pack.route_for("socialsec", None, "xiamen").uncertain
    assert pack.matter_codes() == ["permits", "residence", "socialsec", "titles"]  # S002-05
    assert "职称评审" in pack.matters["titles"].name.zh


def test_gansu_serves_every_prefecture(packs: dict[str, Pack]) -> None:
    """S003-02, -19: fourteen prefectures and the New Area, residence by each one's police."""
    pack = packs["gansu"]
    cities = [str(option.value) for option in pack.options("city")]
    assert len(cities) == 15
    assert len({pack.office_for("residence", None, city) for city in cities}) == 15
    assert {pack.office_for("permits", "C", city) for city in cities} == {"gansu-rst"}
    assert [c for c in cities if pack.office_for("permits", "A", c) == "lanzhou-kjj"] == ["lanzhou"]
    assert pack.guide is not None
    assert {"level", "review", "attendance", "intermediary"} <= set(pack.guide.facts)  # S003-59…67
    assert pack.offices[str(pack.guide.lead)].name.zh == "甘肃省科学技术厅"
