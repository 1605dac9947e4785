"""What the loader refuses, each with file, key and reason; and how inheritance and dates resolve."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from foreignwork.policies import loader
from foreignwork.policies.compare import changes
from foreignwork.policies.loader import PackError

DAY = date(2026, 3, 2)
LIMIT = '[[limits]]\nmatter = "{m}"\nkind = "{k}"\nbasis = "{b}"\namount = {n}\ncites = ["x"]\n{more}\n'


def limit(m: str, k: str, n: int, b: str = "statutory", more: str = "") -> str:
    return LIMIT.format(m=m, k=k, n=n, b=b, more=more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("national", "gansu"):
        (tmp_path / f"{name}.toml").write_bytes((loader.FOLDER / f"{name}.toml").read_bytes())
    return tmp_path


def local(folder: Path, more: str, *, pack: str = "place") -> str:
    """A pack that inherits everything of Gansu and adds ``more``."""
    head = (
        'inherits = "gansu"\n[meta]\ncode = "place"\nversion = "1"\nname = { zh = "某地", en = "Place" }\n'
        'jurisdiction = { code = "place", name = { zh = "某地", en = "Place" } }\ncites = ["x"]\n'
    )
    (folder / f"{pack}.toml").write_text(head + more, "utf-8")
    return pack


def refused(folder: Path, more: str) -> PackError:
    with pytest.raises(PackError) as error:
        loader.load(local(folder, more), on=DAY, folder=folder)
    assert error.value.file == "place.toml"
    return error.value


def test_the_untouched_copy_is_good(folder: Path) -> None:
    assert loader.load(local(folder, ""), on=DAY, folder=folder).meta.code == "place"


@pytest.mark.parametrize(
    ("more", "key", "reason"),
    [
        # law-notes 2: pre-review and acceptance share five working days
        (limit("permits", "pre_review", 5), "limits[permits/acceptance/statutory]", "exceeds the 5 wd"),
        (limit("permits", "acceptance", 6), "limits[permits/acceptance/statutory]", "exceeds the 5 wd"),
        (limit("permits", "pre_review", 3, "promised") + limit("permits", "acceptance", 3, "promised"), "limits[", "= 6"),
        # law-notes 7: caps
        (limit("permits", "decision", 21, more='category = "B"'), "limits[permits/decision/statutory/B]", "20 wd"),
        (limit("bundle", "decision", 46), "limits[bundle/decision/statutory]", "45 wd"),
        (limit("residence", "decision", 16), "limits[residence/decision/statutory]", "15 wd"),
        (limit("permits", "delivery", 11), "limits[permits/delivery/statutory]", "10 wd"),
        (limit("permits", "decision", 10, more='unit = "days"\ncategory = "A"'), "limits[", "working days"),
        ('[[caps]]\nmatter = "permits"\nkinds = ["decision"]\namount = 99\ncites = ["x"]\n', "caps[permits]", "base pack"),
        # references
        (
            '[waivers.W9]\nwaives = ["dream"]\nwhen = { public_body = true }\n'
            'reason = { zh = "某", en = "x" }\ncites = ["x"]\n',
            "waivers.W9.waives",
            "no material 'dream'",
        ),
        (
            '[waivers.W9]\nwaives = ["health"]\nwhen = { weather = true }\n'
            'reason = { zh = "某", en = "x" }\ncites = ["x"]\n',
            "waivers.W9.when",
            "no question",
        ),
        ("[materials.health]\nwhen = { category = 'D' }\n", "materials.health.when", "no answer to 'category'"),
        (limit("taxes", "decision", 5), "limits[taxes/decision/statutory]", "no matter 'taxes'"),
        (limit("permits", "decision", 5, more='sub_matter = "nap"'), "limits[", "no sub-matter 'nap'"),
        ('[matters.permits]\nhands = [["accept"], ["nap"], ["decide"]]\n', "matters.permits.hands", "'nap'"),
        ('[matters.permits]\nhands = [["accept"], ["accept"], ["decide"]]\n', "matters.permits.hands", "two hands"),
        ('[matters.permits]\nhands = [["accept"], ["decide"]]\n', "matters.permits.distinct_people", "3 different"),
        ('[matters.permits]\nremedies = { refusal = "prayer" }\n', "matters.permits.remedies.refusal", "prayer"),
        (
            '[[matters.permits.gates]]\nneeds = ["titles"]\nat = "before_decision"\ncites = ["x"]\n',
            "matters.permits.gates",
            "circle",
        ),
        # offices
        ('[[routing]]\nmatter = "titles"\noffice = "gansu-rst"\ncites = ["x"]\n', "matters.permits", "no competent office"),
        ('[matters.permits]\ncategories = ["A", "B", "C", "D"]\n', "matters.permits", "category D"),
        ("[offices.lanzhou-kjj]\ndrop = true\n", "routing[permits]", "no office 'lanzhou-kjj'"),
        ('[offices.lanzhou-kjj]\nshort = "甘科"\n', "offices.", "numbers would collide"),
        ('[notices.GRANT]\nseries = "{short}外受"\n', "notices.", "numbers would collide"),
        ('[notices.GRANT]\nseries = "{name}外"\n', "notices.GRANT.series", "{short}"),
        ('[remedies.licence]\nzh = "向{king}"\n', "remedies.licence", "{king}"),
        # shape
        ("[matters.permits]\nsurprise = 1\n", "matters.permits.surprise", "Extra inputs"),
        ("surprise = 1\n", "meta.surprise", "Extra inputs"),
        ("[values.min_age]\nvalue = 18\ncites = []\n", "values.min_age.cites", "at least 1"),
        ('[texts.material_needed]\nen = ""\n', "texts.material_needed.en", "at least 1"),
        (limit("permits", "decision", -1), "limits[permits/decision/statutory].amount", "greater than"),
        # dates
        (limit("permits", "delivery", 5, more="to = 2026-06-30") + limit("permits", "delivery", 6, more="from = 2026-06-30"), "limits[permits/delivery/statutory]", "same day"),
        ("[values.min_age]\nfrom = 2026-01-02\nto = 2026-01-01\n", "values.min_age", "ends before"),
        ('[values.min_age]\nfrom = "soon"\n', "values.min_age.from", "must be a date"),
        (
            '[[values.min_age]]\nvalue = 18\ncites = ["x"]\nto = 2026-12-31\n'
            '[[values.min_age]]\nvalue = 19\ncites = ["x"]\nfrom = 2026-01-01\n',
            "values.min_age",
            "two versions",
        ),
        ("[values.nothing]\ndrop = true\n", "values.nothing", "nothing of this name"),
    ],
)  # fmt: skip
def test_refusals(folder: Path, more: str, key: str, reason: str) -> None:
    error = refused(folder, more)
    assert error.key.startswith(key)
    assert reason in error.reason
    assert str(error).startswith("place.toml: ")


def test_the_file_named_is_the_one_at_fault(folder: Path) -> None:
    local(folder, "")
    national = folder / "national.toml"
    national.write_text(national.read_text("utf-8").replace("amount = 5\nunit", "amount = 7\nunit"), "utf-8")
    with pytest.raises(PackError) as error:
        loader.load("place", on=DAY, folder=folder)
    assert error.value.file == "national.toml"


def test_broken_and_missing_files(folder: Path) -> None:
    (folder / "torn.toml").write_text("[meta", "utf-8")
    (folder / "orphan.toml").write_text('inherits = "nobody"', "utf-8")
    free = (loader.FOLDER / "national.toml").read_text("utf-8").replace("base = true\n", "")
    (folder / "free.toml").write_text(free, "utf-8")
    (folder / "snake.toml").write_text('inherits = "snake"', "utf-8")
    for name, reason in (
        ("torn", "Expected"),
        ("orphan", "nobody"),
        ("snake", "itself"),
        ("free", "sets the caps"),
        ("ghost", "no pack"),
    ):
        with pytest.raises(PackError, match=reason):
            loader.load(name, on=DAY, folder=folder)
        assert loader.check(name, on=DAY, folder=folder)
    with pytest.raises(PackError):
        loader.load("../packs/gansu", on=DAY, folder=folder)


def test_a_fault_of_a_later_day_is_found_by_check(folder: Path) -> None:
    pack = local(folder, limit("permits", "delivery", 99, more="from = 2027-01-01"))
    loader.load(pack, on=DAY, folder=folder)
    assert ["10 wd" in error.reason for error in loader.check(pack, on=DAY, folder=folder)] == [True]


def test_overriding_dating_and_dropping(folder: Path) -> None:
    pack = local(
        folder,
        limit("permits", "decision", 7, more='category = "A"\nto = 2026-06-30')
        + limit("permits", "decision", 8, more='category = "A"\nfrom = 2026-07-01')
        + '[[values.min_age]]\nvalue = 18\ncites = ["x"]\nto = 2026-06-30\n'
        + '[[values.min_age]]\nvalue = 19\ncites = ["x"]\nfrom = 2026-07-01\n'
        + "[materials.loss_report]\ndrop = true\n"
        + '[matters.permits]\nname = { zh = "许可", en = "Permit" }\n',
    )
    assert loader.boundaries(pack, folder=folder) == [date(2026, 7, 1)]
    before, after = (
        loader.load(pack, on=day, folder=folder) for day in (date(2026, 6, 30), date(2026, 7, 1))
    )
    assert [p.limit("permits", "decision", "statutory", None, "A").amount for p in (before, after)] == [7, 8]  # type: ignore[union-attr]
    assert [p.value("min_age") for p in (before, after)] == [18, 19]
    assert before.limit("permits", "decision", "statutory", None, "B").amount == 15  # type: ignore[union-attr]
    assert "loss_report" not in before.materials
    assert before.matters["permits"].name.zh == "许可"
    assert before.matters["permits"].distinct_people == 3  # inherited beside the override
    found = changes(
        loader.resolve(pack, on=date(2026, 6, 30), folder=folder),
        loader.resolve(pack, on=date(2026, 7, 1), folder=folder),
    )
    assert ("values.min_age.value", "18", "19") in found


def test_other_places_fit_the_same_shape(folder: Path) -> None:
    """What Dongguan and Changning need (issue 3): an entrusted receiver, a conditional gate, a joint limit, waivers."""
    pack = loader.load(
        local(
            folder,
            '[offices.centre]\nname = { zh = "中心", en = "Centre" }\ndepartment = { zh = "人才", en = "Talent" }\n'
            'short = "中"\nseal = "中心"\ngovernment = { zh = "市政府", en = "City" }\n'
            'court = { zh = "法院", en = "court" }\ncites = ["S000-05"]\n'
            + limit("bundle", "decision", 7, "promised", 'category = "A"')
            + '[[matters.residence.gates]]\nneeds = ["permits"]\nat = "before_decision"\nwhen = { category = "A" }\n'
            'cites = ["S001-30"]\n[[matters.residence.gates]]\nneeds = ["permits"]\nat = "before_filing"\ncites = ["x"]\n'
            + "".join(
                f'[[routing]]\nmatter = "{m}"\noffice = "{o}"\nreceived_by = "centre"\ncites = ["S000-06"]\n'
                for m, o in (
                    ("permits", "gansu-kjt"),
                    ("residence", "lanzhou-exit-entry"),
                    ("socialsec", "gansu-rst"),
                    ("titles", "gansu-rst"),
                )
            )
            + '[[delegations]]\nkind = "entrusted"\noffice = "centre"\nby = { zh = "省厅", en = "Department" }\n'
            'matters = ["permits", "residence", "socialsec", "titles"]\ncites = ["S000-06"]\n'
            + '[instant]\noffered = true\nmatters = ["permits"]\ncites = ["x"]\n'
            + '[windows.hall]\nname = { zh = "大厅", en = "Hall" }\ncites = ["x"]\n',
        ),
        on=DAY,
        folder=folder,
    )
    assert pack.receiver_for("permits", "A", "lanzhou") == "centre"
    assert pack.office_for("permits", "A", "lanzhou") == "gansu-kjt"
    assert pack.seal("ACCEPTANCE", "gansu-kjt", "permits").startswith("甘肃省科学技术厅")
    assert pack.gate("residence", {"category": "A"}).at == "before_decision"  # type: ignore[union-attr]
    assert pack.gate("residence", {"category": "B"}).at == "before_filing"  # type: ignore[union-attr]
    assert pack.limit("bundle", "decision", "promised", None, "A").amount == 7  # type: ignore[union-attr]
    assert pack.limit("bundle", "decision", "promised", None, "B").amount == 15  # type: ignore[union-attr]


def test_the_toml_itself_holds_no_null() -> None:
    for name in loader.available():
        assert tomllib.loads((loader.FOLDER / f"{name}.toml").read_text("utf-8"))
