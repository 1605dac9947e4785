"""The packs as they stand: the numbers of the sources, lists of materials, both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from foreignwork.policies import loader
from foreignwork.policies.compare import changes
from foreignwork.policies.materials import asked_alone, personal_list
from foreignwork.policies.pack import NoOffice, Pack

DAY = date(2026, 3, 2)
ALL = ("permits", "residence", "socialsec", "titles")


@pytest.fixture(scope="module")
def gansu() -> Pack:
    return loader.load("gansu", on=DAY)


def test_every_pack_is_good_on_every_day_that_changes_it() -> None:
    assert set(loader.available()) == {"national", "gansu", "dongguan", "changning", "fujian"}
    for pack in loader.available():
        assert loader.check(pack, on=date(2025, 1, 1)) == []


# Materials: 003, FAQ and table; law-notes, "Gansu's 20 → 15, exactly"


@pytest.mark.parametrize(("public_body", "alone", "together"), [(True, 20, 15), (False, 19, 14)])
def test_gansu_reduces_twenty_materials_to_fifteen(
    gansu: Pack, public_body: bool, alone: int, together: int
) -> None:
    answers = {"public_body": public_body}
    items = personal_list(gansu, ALL, answers)
    assert len({item.code for item in items}) == len(items) == together
    assert asked_alone(gansu, ALL, answers) == alone
    effect = gansu.guide.effects["materials"]  # type: ignore[union-attr]
    assert (effect.before, effect.after) == (20, 15)


def test_why_they_are_fewer(gansu: Pack) -> None:
    uses = {item.code: item.for_matters for item in personal_list(gansu, ALL, {"public_body": True})}
    shared = {code for code, matters in uses.items() if len(matters) == 2}
    merged = {code for code, matters in uses.items() if len(matters) == 3}
    assert shared == {"passport", "contract", "health"}
    assert merged == {"permit_proof"}  # card, permit information and permit proof
    alone = {m: sum(m in matters for matters in uses.values()) for m in ALL}
    assert alone == {"permits": 8, "socialsec": 3, "titles": 3, "residence": 6}
    assert {"photo", "residence_photo"} <= uses.keys()  # the two photos stay separate


def test_all_sixteen_rows_of_the_table_appear_after_a_loss(gansu: Pack) -> None:
    items = personal_list(gansu, ALL, {"public_body": True, "document_lost": True})
    rows = {cite for item in items for cite in item.material.cites if cite.startswith("S003-")}
    assert len(items) == 16
    assert {f"S003-{n}" for n in range(77, 93)} <= rows


def test_a_single_matter_asks_only_for_its_own(gansu: Pack) -> None:
    items = personal_list(gansu, ["permits"], {})
    assert len(items) == 8
    assert all(item.for_matters == ("permits",) for item in items)
    assert [item.source for item in items if item.code == "permit_form"] == ["system"]
    with pytest.raises(KeyError):
        personal_list(gansu, ["taxes"], {})


def test_a_waiver_counts_only_where_every_use_is_waived() -> None:
    document = loader.resolve("gansu", on=DAY)
    document["waivers"] = {
        "W3": {
            "waives": ["no_crime", "health"],
            "matters": ["permits"],
            "when": {"document_lost": True},
            "reason": {"zh": "已注销", "en": "cancelled"},
            "cites": ["S000-54"],
        }
    }
    pack = loader.parse(document)

    def item(code: str, *matters: str) -> Any:
        return next(i for i in personal_list(pack, matters, {"document_lost": True}) if i.code == code)

    assert not item("health", "permits").required
    assert item("health", "permits").waived_by == "W3"
    assert item("health", "permits", "residence").required
    assert item("no_crime", *ALL).reason.zh == "已注销"


# Limits: law-notes 2, 7, 8


@pytest.mark.parametrize(
    ("matter", "kind", "basis", "category", "amount", "unit"),
    [
        ("permits", "acceptance", "statutory", "A", 5, "wd"),
        ("permits", "decision", "statutory", "A", 10, "wd"),
        ("permits", "decision", "statutory", "B", 15, "wd"),
        ("permits", "decision", "statutory", "C", 15, "wd"),
        ("permits", "delivery", "statutory", None, 10, "wd"),
        ("permits", "supplement", "applicant", "A", 15, "wd"),
        ("titles", "supplement", "applicant", None, 15, "wd"),
        ("residence", "decision", "statutory", "A", 15, "wd"),
        ("residence", "apply", "applicant", None, 30, "days"),
        ("socialsec", "register", "applicant", None, 30, "days"),
        ("socialsec", "handling", "statutory", None, 10, "wd"),
        ("titles", "handling", "promised", None, 15, "wd"),
        ("bundle", "decision", "promised", None, 15, "wd"),
    ],
)
def test_limits(
    gansu: Pack, matter: str, kind: str, basis: Any, category: str | None, amount: int, unit: str
) -> None:
    found = gansu.limit(matter, kind, basis, "new_abroad" if matter == "permits" else None, category)
    assert found is not None
    assert (found.amount, found.unit) == (amount, unit)
    assert found.cites


def test_what_is_uncertain_says_so(gansu: Pack) -> None:
    assert gansu.limit("permits", "decision", "statutory", None, "C").uncertain  # type: ignore[union-attr]
    assert not gansu.limit("permits", "decision", "statutory", None, "B").uncertain  # type: ignore[union-attr]
    assert gansu.limit("permits", "supplement", "applicant").uncertain  # type: ignore[union-attr]
    assert all(office.uncertain for office in gansu.offices.values())


def test_ninety_days_are_shown_and_never_a_clock(gansu: Pack) -> None:
    assert gansu.limit("bundle", "decision", "statutory") is None
    assert [entry.amount for entry in gansu.published_limits()] == [90]


def test_caps_name_who_may_extend(gansu: Pack) -> None:
    own, joint = gansu.cap("permits", "decision"), gansu.cap("bundle", "decision")
    assert own is not None
    assert joint is not None
    assert (own.amount, own.extension) == (20, 10)
    assert (joint.amount, joint.extension) == (45, 15)
    assert "政府" in joint.extension_by.zh  # type: ignore[union-attr]


def test_numbers_of_the_law(gansu: Pack) -> None:
    expected = {
        "passport_min_months": 6,
        "min_age": 18,
        "residence_min_days": 90,
        "residence_max_years": 5,
        "reconsideration_days": 60,
        "suit_months": 6,
        "hearing_notice_days": 7,
    }
    assert {name: gansu.value(name) for name in expected} == expected
    assert [gansu.value("permit_max_years", c) for c in "ABC"] == [5, 2, 1]
    with pytest.raises(KeyError):
        gansu.value("permit_max_years")


# Offices, gates, people, remedies


@pytest.mark.parametrize(
    ("matter", "category", "city", "office"),
    [
        ("permits", "A", "lanzhou", "lanzhou-kjj"),
        ("permits", "B", "lanzhou", "lanzhou-kjj"),
        ("permits", "A", "tianshui", "gansu-kjt"),
        ("permits", "B", "tianshui", "gansu-kjt"),
        ("permits", "C", "lanzhou", "gansu-rst"),
        ("permits", "C", "tianshui", "gansu-rst"),
        ("residence", "A", "lanzhou", "lanzhou-exit-entry"),
        ("residence", "C", "tianshui", "tianshui-exit-entry"),
        ("socialsec", None, "lanzhou", "gansu-rst"),
        ("titles", None, "tianshui", "gansu-rst"),
    ],
)
def test_competent_office(gansu: Pack, matter: str, category: str | None, city: str, office: str) -> None:
    assert gansu.office_for(matter, category, city) == office
    assert gansu.receiver_for(matter, category, city) == office


def test_a_place_without_an_office_is_told(gansu: Pack) -> None:
    with pytest.raises(NoOffice):
        gansu.office_for("residence", None, "atlantis")


def test_sub_matters_gates_and_hands(gansu: Pack) -> None:
    assert gansu.sub_matter_for("permits", {"person_in_china": False}) == "new_abroad"
    assert gansu.sub_matter_for("permits", {"person_in_china": True}) == "new_in_china"
    assert gansu.sub_matter_for("permits", {}) is None
    assert gansu.sub_matter_for("residence", {}) == "issue"
    assert gansu.gate("permits") is None
    for matter in ("residence", "socialsec", "titles"):
        gate = gansu.gate(matter)
        assert gate is not None
        assert (gate.needs, gate.at) == (("permits",), "before_filing")
    permits = gansu.matter("permits")
    assert permits.hands == (("pre_review", "accept"), ("first_review", "second_review"), ("decide",))
    assert permits.distinct_people == 3
    assert gansu.required_matters() == ["permits", "residence"]  # 必选事项: S003-23, -33


def test_remedies_name_the_body_and_residence_refusals_are_final(gansu: Pack) -> None:
    refused = gansu.remedy("permits", "refusal", "lanzhou-kjj")
    assert refused is not None
    for words in ("兰州市人民政府", "60日", "6个月", "互联网渠道"):
        assert words in refused.zh
    assert gansu.remedy("permits", "decline", "gansu-kjt") is not None
    final = gansu.remedy("residence", "refusal", "lanzhou-exit-entry")
    assert final is not None
    assert "最终决定" in final.zh
    assert "行政复议" not in final.zh
    assert "行政诉讼" not in final.zh
    assert gansu.remedy_is_final("residence", "refusal")
    assert "行政复议" in gansu.remedy("residence", "void", "lanzhou-exit-entry").zh  # type: ignore[union-attr]
    assert "第八十三条" in gansu.remedy("socialsec", "refusal", "gansu-rst").zh  # type: ignore[union-attr]
    assert "复查" in gansu.remedy("titles", "refusal", "gansu-rst").zh  # type: ignore[union-attr]
    inaction = gansu.remedy("permits", "inaction", "gansu-kjt")
    assert inaction is not None
    assert "应当先向甘肃省人民政府申请行政复议" in inaction.zh
    assert gansu.remedy("permits", "grant", "gansu-kjt") is None


def test_no_placeholder_survives(gansu: Pack) -> None:
    for (code, matter), office in product(gansu.matters.items(), gansu.offices):
        for act in matter.remedies:
            text = gansu.remedy(code, act, office)
            assert text is not None
            assert "{" not in text.zh + text.en


def test_papers(gansu: Pack) -> None:
    kinds = "RECEIPT SUPPLEMENT ACCEPTANCE DECLINE GRANT REFUSAL PERMIT_NOTICE E_PERMIT SERVICE_PROOF"
    kinds += " FILING_ENDED RESIDENCE_RECEIPT RESIDENCE_GRANT RESIDENCE_REFUSAL INSURANCE_RESULT TITLE_RESULT"
    assert set(kinds.split()) <= set(gansu.notices)
    assert gansu.series("RECEIPT", "gansu-kjt") == "甘科外收"
    assert gansu.seal("ACCEPTANCE", "lanzhou-kjj", "permits") == "兰州市科学技术局行政许可专用章"
    assert gansu.seal("GRANT", "lanzhou-kjj", "permits") == "兰州市科学技术局"
    numbers = [gansu.series(kind, office) for kind in gansu.notices for office in gansu.offices]
    assert len(numbers) == len(set(numbers))
    assert gansu.phone_for("lanzhou-kjj") == "0931-12345"


def test_questions(gansu: Pack) -> None:
    asked = [code for code, _ in gansu.asked({"matters": ["permits"]})]
    assert asked == ["purpose", "matters", "person_in_china", "category", "city"]
    more = [code for code, _ in gansu.asked({"matters": list(ALL), "person_in_china": True})]
    assert "work_started_on" in more
    assert "public_body" not in more
    assert [(o.value, o.locked) for o in gansu.options("matters")][:2] == [
        ("permits", True),
        ("residence", True),
    ]


# Language, citations, immutability, data only


def texts(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if "zh" in node or "en" in node:
            yield path, node
        for key, value in node.items():
            yield from texts(value, f"{path}.{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from texts(value, f"{path}[{i}]")


CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("pack", loader.available())
def test_every_text_is_complete_in_both_languages(pack: str) -> None:
    found = list(texts(loader.resolve(pack, on=DAY)))
    assert len(found) > 80
    for path, text in found:
        assert CHINESE.search(text["zh"]), path
        assert text["en"].strip(), path
        assert not CHINESE.search(text["en"]), path


def strings(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("zh", "en", "cites"):
                yield from strings(value, f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from strings(value, path)
    elif isinstance(node, str):
        yield path, node


@pytest.mark.parametrize("pack", loader.available())
def test_no_text_hides_in_one_language(pack: str) -> None:
    """Chinese outside {zh, en} is allowed in seals, abbreviations and the numbers of papers and laws only."""
    for path, text in strings(loader.resolve(pack, on=DAY)):
        if CHINESE.search(text):
            assert path.rsplit(".", 1)[-1] in {
                "seal",
                "special_seal",
                "short",
                "series",
                "number",
            }, (path, text)


def test_every_number_is_cited(gansu: Pack) -> None:
    for entry in (*gansu.limits, *gansu.caps, *gansu.values.values(), *gansu.materials.values()):
        assert entry.cites
        assert all(cite.strip() for cite in entry.cites)


def test_a_pack_cannot_be_changed(gansu: Pack) -> None:
    with pytest.raises(ValidationError):
        gansu.limits[0].amount = 99  # type: ignore[misc]
    with pytest.raises(TypeError):
        gansu.values["min_age"] = gansu.values["suit_months"]  # type: ignore[index]


def test_a_resolved_pack_reads_back_the_same(gansu: Pack) -> None:
    document = loader.resolve("gansu", on=DAY)
    assert Pack.model_validate(document) == gansu
    assert loader.digest(document) == loader.digest(loader.resolve("gansu", on=DAY))
    assert changes(document, document) == []
    again = Pack.model_validate_json(gansu.model_dump_json(by_alias=True, exclude_unset=True))
    assert again == gansu


def test_python_names_no_matter() -> None:
    house = Path(loader.__file__).parent
    for file in house.rglob("*.py"):
        if "migrations" in file.parts:
            continue
        text = file.read_text("utf-8")
        for matter in ALL:
            assert not re.search(rf"[\"']{matter}[\"'/]", text), f"{file.name} names {matter}"
