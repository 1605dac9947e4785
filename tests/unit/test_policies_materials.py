"""The personal list under every combination of answers, for every place, against a table worked out by hand.

The table is domain 2.8 for the permit, the lists of document 003 for the others, and the waivers of document 000.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO
from itertools import combinations, cycle, product
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from foreignwork.policies import loader
from foreignwork.policies.materials import Need, personal_list
from foreignwork.policies.pack import Pack

DAY = date(2026, 3, 10)
PLACES = ("gansu", "dongguan", "changning", "fujian")

# What each matter's own list holds, by purpose. * = made by the system, # = brought on paper.
PERMIT = {
    "new": "permit_form* work_experience degree no_crime health contract passport photo",
    "extend": "permit_form* contract passport stay_document",
    "change": "permit_form* passport change_proof",
    "cancel": "permit_form* termination_proof",
    "reissue": "permit_form* passport photo",
    "short_term": "permit_form* contract passport photo",
    "confirmation": "permit_form* work_experience degree class_proof passport photo",
}
# What an application inside China adds, by its situation; Gansu publishes its own list and drops them.
SITUATIONS = {
    "class_a": "visa_page",
    "changed_employer": "visa_page leaving_proof",
    "family": "visa_page kinship_proof",
    "pilot_area": "visa_page policy_proof",
    "regional_hq": "visa_page policy_proof",
    "intra_group": "visa_page transfer_proof",
    "intergovernmental": "visa_page agreement_proof",
    "representative": "visa_page representative_proof",
    "r_visa": "visa_page",
    "other_approved": "visa_page situation_proof",
}
RESIDENCE = "visa_form# passport residence_photo# permit_proof* employer_letter# health"
INSURANCE = "insurance_form* permit_proof*"
TITLES = "contract recommendation"
FIRST = ("new", "add")  # purposes under which the other matters begin


def situation(place: str, ground: str) -> set[str]:
    """The papers of a situation; Dongguan's own former permit says what the proof of leaving would say."""
    papers = set() if place == "gansu" else set(SITUATIONS[ground].split())
    return papers - ({"leaving_proof"} if place == "dongguan" else set())


def expected(place: str, matter: str, a: Mapping[str, Any]) -> set[str]:
    """Codes on the matter's own list, with their marks."""
    purpose = a["purpose"]
    if matter == "permits":
        found = set(PERMIT.get(purpose, "").split())
        if place == "dongguan" and purpose == "new" and a["held_permit_before"]:
            found |= {"former_permit"}
        if place != "gansu" and purpose == "new" and a["person_in_china"]:
            found |= situation(place, a["in_china_ground"])
    elif matter == "residence":
        found = set(RESIDENCE.split())
        if purpose not in FIRST:  # extension, change, replacement, re-issue: 条例 17 asks for no health proof
            found -= {"health"}
        found |= {"loss_report#"} if a["document_lost"] else set()
    elif matter == "socialsec":
        found = set(INSURANCE.split()) if purpose in FIRST else set()
        if purpose in FIRST:
            found |= {"coverage_certificate"} if a["treaty_exempt"] else set()
            found |= {"public_body_form"} if a["public_body"] and place == "gansu" else set()
    elif matter == "tax":
        found = {"tax_form*", "passport"}
    else:
        found = set(TITLES.split())
        found |= {"permit_proof*"} if a["title_basis"] == "permit" else {a["title_basis"]}
    return found


def waived(place: str, a: Mapping[str, Any]) -> set[str]:
    """What a permit is freed of: by an undertaking in class A (law-notes 12), and by W1 to W3 of document 000."""
    promised = a["purpose"] == "new" and a["category"] == "A" and a["commit"]
    return _waived_by_history(place, a) | ({"work_experience", "no_crime"} if promised else set())


def _waived_by_history(place: str, a: Mapping[str, Any]) -> set[str]:
    if place != "dongguan" or a["purpose"] != "new" or not a["held_permit_before"]:
        return set()
    return (
        {"degree"}
        | ({"work_experience"} if a["same_post"] else set())
        | ({"no_crime", "health"} if a["former_permit_cancelled"] else set())
    )


def asked_for(pack: Pack) -> set[str]:
    """Questions on whose answers the list can depend."""
    whens = [material.when for material in pack.materials.values()]
    whens += [when for material in pack.materials.values() for when in material.used_when.values()]
    whens += [waiver.when for waiver in pack.waivers.values()]
    whens += [sub.when for matter in pack.matters.values() for sub in matter.sub_matters.values()]
    return {key for when in whens for key in when} - {"matters"}


def every_answer(pack: Pack) -> Iterator[dict[str, Any]]:
    """Every combination of what the list can depend on."""
    codes = sorted(asked_for(pack) - {"in_china_ground"})
    choices = [
        [True, False] if pack.questions[code].type == "bool" else [o.value for o in pack.options(code)]
        for code in codes
    ]
    blank = {"held_permit_before": False, "same_post": False, "former_permit_cancelled": False}
    blank |= {"treaty_exempt": False, "public_body": False, "document_lost": False, "title_basis": "permit"}
    blank |= {"category": "B", "commit": False, "person_in_china": False}
    # One situation after the other: each with many combinations of the rest, not all with all.
    situations = cycle(SITUATIONS)
    for values in product(*choices):
        answers = blank | dict(zip(codes, values, strict=True))
        if answers["purpose"] == "new" and answers["person_in_china"]:
            answers["in_china_ground"] = next(situations)
        yield answers


def every_choice(pack: Pack, answers: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every set of matters that can be filed under the answers, the required ones always in it."""
    required = set(pack.required_matters(answers))
    free = [code for code in pack.offered(answers) if code not in required]
    for n in range(len(free) + 1):
        for chosen in combinations(free, n):
            if found := tuple(code for code in pack.matter_codes() if code in required or code in chosen):
                yield found


@pytest.mark.parametrize("place", PLACES)
def test_every_combination_of_answers(place: str) -> None:
    pack, seen = loader.load(place, on=DAY), 0
    assert asked_for(pack) <= {
        "purpose", "person_in_china", "treaty_exempt", "public_body", "document_lost", "title_basis",
        "held_permit_before", "same_post", "former_permit_cancelled", "category", "commit",
        "in_china_ground",
    }, "a new dependence belongs into the table above"  # fmt: skip
    for answers in every_answer(pack):
        for matters in every_choice(pack, answers):
            seen += 1
            freed = waived(place, answers)
            table: dict[str, set[str]] = {}
            for matter in matters:
                for code in expected(place, matter, answers):
                    table.setdefault(code, set()).add(matter)
            items = personal_list(pack, matters, answers)
            assert len({item.code for item in items}) == len(items), "each once"
            found = {item.code + MARK[item.need]: set(item.users) for item in items if item.required}
            nothing = {code: users for code, users in table.items() if code in freed and users == {"permits"}}
            assert {item.code for item in items if not item.required} == set(nothing), (matters, answers)
            assert found == {c: u for c, u in table.items() if c not in nothing}, (matters, answers)
            for item in items:
                ours = {"permits"} if item.code in freed and "permits" in item.users else set()
                assert set(item.waived_for) == ours
                assert bool(item.waiver) == bool(ours)
                assert item.reason.zh
                assert item.material.cites
    assert seen >= 36
    print(f"{place}: {seen} combinations")


@pytest.mark.parametrize("place", PLACES)
def test_each_situation_of_an_application_inside_china_has_its_own_papers(place: str) -> None:
    pack = loader.load(place, on=DAY)
    assert {option.value for option in pack.options("in_china_ground")} == SITUATIONS.keys()
    plain = {"purpose": "new", "person_in_china": False, "category": "A", "city": "lanzhou"}
    abroad = {item.code for item in personal_list(pack, ["permits"], plain)}
    for ground in SITUATIONS:
        inside = {**plain, "person_in_china": True, "in_china_ground": ground}
        own = {item.code for item in personal_list(pack, ["permits"], inside)} - abroad
        assert own == situation(place, ground), ground


MARK = {
    Need.SYSTEM: "*",
    Need.PAPER: "#",
    Need.UPLOAD: "",
    Need.ON_FILE: "",
    Need.EXPIRED: "",
    Need.WAIVED: "",
}


def test_what_is_on_file_need_not_be_handed_in_again() -> None:
    pack = loader.load("gansu", on=DAY)
    held = {"passport": date(2030, 1, 1), "degree": None, "health": date(2026, 3, 9), "no_crime": DAY}
    items = {
        item.code: item for item in personal_list(pack, ["permits", "residence"], {}, on_file=held, today=DAY)
    }
    assert items["passport"].need is Need.ON_FILE
    assert items["degree"].need is Need.ON_FILE, "valid without end"
    assert items["no_crime"].need is Need.ON_FILE, "valid on its last day"
    assert items["health"].need is Need.EXPIRED
    assert items["health"].valid_until == date(2026, 3, 9)
    assert items["photo"].need is Need.UPLOAD
    assert items["visa_form"].need is Need.PAPER
    assert items["permit_form"].need is Need.SYSTEM


def test_a_waiver_for_the_permit_leaves_the_residence_its_health_proof() -> None:
    """W3 frees the permit of the medical report; the residence permit keeps its own (条例 16 末款)."""
    pack = loader.load("dongguan", on=DAY)
    answers = {"held_permit_before": True, "former_permit_cancelled": True}
    health = next(i for i in personal_list(pack, ["permits", "residence"], answers) if i.code == "health")
    assert (health.for_matters, health.waived_for, health.waived_by) == (("residence",), ("permits",), "W3")
    assert health.need is Need.UPLOAD
    alone = next(i for i in personal_list(pack, ["permits"], answers) if i.code == "health")
    assert (alone.need, alone.for_matters) == (Need.WAIVED, ())
    assert "体检报告" in alone.reason.zh


# manage.py materials


def run(*args: str, facts: Any = None, tmp_path: Path) -> str:
    out = StringIO()
    if facts is not None:
        file = tmp_path / "facts.json"
        file.write_text(facts if isinstance(facts, str) else json.dumps(facts), "utf-8")
        args = (str(file), *args)
    call_command("materials", *args, stdout=out)
    return out.getvalue()


FULL = {
    "matters": ["permits", "residence", "socialsec", "titles"],
    "answers": {"person_in_china": False, "category": "B", "city": "lanzhou", "public_body": True},
}


def test_the_command_prints_the_list(tmp_path: Path) -> None:
    found = json.loads(run("--on", "2026-03-10", facts=FULL, tmp_path=tmp_path))
    assert (found["pack"], found["on"]) == ("gansu", "2026-03-10")
    assert found["counts"] == {"alone": 20, "together": 15, "to_hand_in": 12}
    assert len(found["items"]) == 15
    contract = next(item for item in found["items"] if item["code"] == "contract")
    assert contract["for_matters"] == ["permits", "titles"]
    assert contract["cites"][0] == "S003-82"
    private = FULL | {"answers": FULL["answers"] | {"public_body": False}}  # type: ignore[operator]
    found = json.loads(run("--on", "2026-03-10", facts=private, tmp_path=tmp_path))
    assert found["counts"]["together"] == 14
    schema = json.loads(run("--schema", "--on", "2026-03-10", tmp_path=tmp_path))
    assert set(schema["properties"]) == {"matters", "answers", "on_file"}
    assert schema["properties"]["answers"]["properties"]["category"]["enum"] == ["A", "B", "C", None]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("nonsense", "no JSON"),
        ("[1]", "one JSON object"),
        ('{"answers": {"city": "lanzhou", "city": "x"}}', "given twice"),
        ({"matters": ["taxes"]}, "no matter 'taxes'"),
        ({"matters": "permits"}, "must be a list"),
        ({"matters": ["permits"], "answers": FULL["answers"]}, "'residence' is required"),
        ({"matters": ["titles"], "answers": {"purpose": "extend"}}, "cannot be applied for"),
        ({"answers": {"weather": "fine"}}, "no question 'weather'"),
        ({"answers": {"category": "D"}}, "answers.category must be one of: A, B, C"),
        ({"answers": {"public_body": "yes"}}, "answers.public_body must be true or false"),
        ({"answers": {"work_started_on": "soon"}}, "answers.work_started_on must be a day"),
        ({"answers": []}, "'answers' must be an object"),
        ({"answers": {"category": "B", "city": "lanzhou"}}, "answers.person_in_china is missing"),
        ({"on_file": {"dream": None}}, "no material 'dream'"),
        ({"on_file": {"passport": "9999-13-01"}}, "on_file.passport must be a day"),
        ({"everything": 1}, "no 'everything'"),
    ],
)
def test_the_command_refuses_with_sentences(facts: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        run("--on", "2026-03-10", facts=facts, tmp_path=tmp_path)
    assert refused.value.returncode == 2


def test_the_command_knows_its_places(tmp_path: Path) -> None:
    for pack, said in (("national", "rules no place"), ("atlantis", "no pack named")):
        with pytest.raises(CommandError, match=said):
            run("--pack", pack, "--on", "2026-03-10", facts=FULL, tmp_path=tmp_path)
    with pytest.raises(CommandError, match="cannot be read"):
        run(str(tmp_path / "gone.json"), "--on", "2026-03-10", tmp_path=tmp_path)
    with pytest.raises(CommandError, match="Name a file"):
        run("--on", "2026-03-10", tmp_path=tmp_path)
