"""Bad input (issue 3): each kind is refused on load with file, key and reason, and what is in force stays in force."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from foreignwork.policies import loader
from foreignwork.policies.loader import PackError
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.publishing import publish

START, LATER = date(2026, 1, 1), date(2026, 3, 2)
LIMIT = '[[limits]]\nmatter = "permits"\nkind = "{kind}"\nbasis = "statutory"\namount = {n}\ncites = ["x"]\n{more}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in loader.FOLDER.rglob("*.toml"):
        copy = tmp_path / file.relative_to(loader.FOLDER)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    return tmp_path


def refused(folder: Path, pack: str, more: str, *, key: str, reason: str) -> None:
    """``more`` at the end of the pack's file is refused by name, by the loader and by publishing; nothing changes."""
    (before,) = publish(pack, on=START)
    file = folder / f"{pack}.toml"
    file.write_text(file.read_text("utf-8") + "\n" + more, "utf-8")
    with pytest.raises(PackError) as error:
        loader.load(pack, on=LATER, folder=folder)
    assert (error.value.file, error.value.key) == (file.name, key)
    assert reason in error.value.reason
    with pytest.raises(PackError):
        publish(pack, on=LATER, folder=folder)
    assert PolicyVersion.objects.in_force(before.jurisdiction.code, LATER) == before
    assert PolicyVersion.objects.count() == 1


pytestmark = pytest.mark.django_db


def test_an_unknown_key(folder: Path) -> None:
    more = "[windows.hall]\nname = { zh = '大厅', en = 'Hall' }\ncites = ['x']\nsurprise = 1\n"
    refused(folder, "dongguan", more, key="windows.hall.surprise", reason="Extra inputs")


def test_an_overlapping_date_range(folder: Path) -> None:
    more = LIMIT.format(kind="delivery", n=5, more="to = 2026-06-30\n")
    more += LIMIT.format(kind="delivery", n=6, more="from = 2026-06-30\n")
    refused(folder, "fujian", more, key="limits[permits/delivery/statutory]", reason="same day")


def test_a_chain_with_fewer_posts_than_the_least_number_of_people(folder: Path) -> None:
    file = folder / "dongguan.toml"
    three = 'hands = [["pre_review", "accept"], ["first_review", "second_review"], ["decide"]]'
    two = 'hands = [["pre_review", "accept", "first_review", "second_review"], ["decide"]]'
    file.write_text(file.read_text("utf-8").replace(three, two), "utf-8")
    refused(folder, "dongguan", "", key="matters.permits.distinct_people", reason="3 different people")


def test_pre_review_and_acceptance_over_five_days(folder: Path) -> None:
    more = LIMIT.format(kind="pre_review", n=5, more="")
    refused(
        folder, "changning", more, key="limits[permits/acceptance/statutory]", reason="= 10 wd exceeds the 5"
    )


def test_a_statutory_limit_above_its_cap(folder: Path) -> None:
    more = LIMIT.format(kind="decision", n=21, more='category = "B"\n')
    refused(folder, "dongguan", more, key="limits[permits/decision/statutory/B]", reason="exceeds the 20 wd")


def test_a_published_figure_above_the_cap_is_shown_and_never_a_clock(folder: Path) -> None:
    file = folder / "dongguan.toml"
    more = LIMIT.format(kind="decision", n=90, more="published_limit = true\n")
    file.write_text(file.read_text("utf-8") + "\n" + more, "utf-8")
    pack = loader.load("dongguan", on=LATER, folder=folder)
    assert [entry.amount for entry in pack.published_limits("permits")] == [90]
    assert pack.clock_limit("permits", "decision", "statutory", None, "B").amount == 15  # type: ignore[union-attr]


def test_a_waiver_naming_an_unknown_material(folder: Path) -> None:
    more = (
        '[waivers.W9]\nwaives = ["dream"]\nwhen = { held_permit_before = true }\n'
        'reason = { zh = "某", en = "x" }\ncites = ["x"]\n'
    )
    refused(folder, "dongguan", more, key="waivers.W9.waives", reason="no material 'dream'")


def test_a_case_without_a_competent_office(folder: Path) -> None:
    file = folder / "fujian.toml"
    text = file.read_text("utf-8")
    gone = '[[routing]]\nmatter = "residence"\ncity = "putian"\noffice = "putian-exit-entry"\ncites = ["S002-01"]\n'
    assert gone in text
    file.write_text(text.replace(gone, ""), "utf-8")
    refused(
        folder,
        "fujian",
        "",
        key="matters.residence",
        reason="no competent office for issue, category None, city putian",
    )


# What else a place may get wrong


def test_an_entrusted_office_without_an_entrustment(folder: Path) -> None:
    file = folder / "dongguan.toml"
    text = file.read_text("utf-8").replace('kind = "entrusted"', 'kind = "authorised"')
    file.write_text(text, "utf-8")
    refused(folder, "dongguan", "", key="routing[permits]", reason="行政许可法 24")


def test_a_power_that_was_not_given_to_this_level(folder: Path) -> None:
    """未下放到镇街 (S000-05): a town's office may not be named."""
    file = folder / "dongguan.toml"
    text = file.read_text("utf-8").replace('level = "city"\nshort = "东科"', 'level = "town"\nshort = "东科"')
    file.write_text(text, "utf-8")
    refused(folder, "dongguan", "", key="routing[permits]", reason="the power lies at city")


def test_a_stage_no_flow_has_and_one_that_cannot_be_left_out(folder: Path) -> None:
    more = '[matters.residence]\nstages = ["give_receipt", "verify", "bless", "decide"]\n'
    refused(folder, "fujian", more, key="matters.residence.stages", reason="'bless' is no stage")


def test_a_stage_that_cannot_be_left_out(folder: Path) -> None:
    more = (
        '[matters.residence]\nstages = ["give_receipt", "decide"]\nhands = [["give_receipt"], ["decide"]]\n'
    )
    refused(folder, "fujian", more, key="matters.residence.stages", reason="'verify' cannot be left out")


def test_evidence_that_is_not_asked_for(folder: Path) -> None:
    more = (
        '[waivers.W9]\nwaives = ["degree"]\nwhen = { same_post = true }\nevidence = ["former_permit"]\n'
        'reason = { zh = "某", en = "x" }\ncites = ["x"]\n'
    )
    refused(folder, "dongguan", more, key="waivers.W9.evidence", reason="not asked for whenever")


def test_a_conflict_that_leads_nowhere(folder: Path) -> None:
    more = (
        '[conflicts.C99]\nquestion = { zh = "某", en = "x" }\nanswer = { zh = "某", en = "x" }\n'
        'where = ["values.nothing"]\ncites = ["x"]\n'
    )
    refused(folder, "gansu", more, key="conflicts.C99.where", reason="leads to no entry")


def test_a_way_of_delivery_nobody_can_record(folder: Path) -> None:
    more = '[delivery.pigeon]\nname = { zh = "信鸽", en = "Pigeon" }\ncites = ["x"]\n'
    refused(folder, "gansu", more, key="delivery.pigeon", reason="online, counter, proxy, post")


def test_a_choice_that_stands_there_twice(folder: Path) -> None:
    file = folder / "gansu.toml"
    row = '  { value = "tianshui", zh = "天水市", en = "Tianshui" },\n'
    file.write_text(file.read_text("utf-8").replace(row, row + row), "utf-8")
    refused(folder, "gansu", "", key="questions.city.options", reason="'tianshui' stands there twice")


def test_dropping_a_matter_drops_what_is_about_it() -> None:
    """Changning knows two matters of an application: no limit, question, material, route or purpose of the others is left."""
    pack = loader.load("changning", on=LATER)
    assert pack.matter_codes() == ["permits", "residence"]
    told = repr(loader.resolve("changning", on=LATER))
    assert "recommendation" not in pack.materials
    assert "treaty_exempt" not in pack.questions
    assert {entry.matter for entry in pack.limits} <= {
        "permits",
        "residence",
        "bundle",
        "supervision",
        "credit",
        "*",
    }
    assert all({*material.used_by} <= {"permits", "residence"} for material in pack.materials.values())
    assert "'socialsec'" not in told
    assert "'titles'" not in told
