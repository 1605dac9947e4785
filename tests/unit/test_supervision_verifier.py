"""The verifier a citizen runs: alone with Python, it agrees with the draw and names the step that was tampered with."""

from __future__ import annotations

import ast
import copy
import hashlib
import io
import json
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from random import Random
from typing import Any

import pytest
import rfc8785
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision import verifier
from supervision.draw import publish, publish_cancelled, substitute
from supervision.rosters import Excluded
from supervision.tickets import reveal_of
from tests.unit.draws import EXPECTED, FOLDER, SECRET, VECTOR, random_draw, vector_commitment, vector_draw

Record = dict[str, Any]
VERIFIER = FOLDER / "verifier.py"


def vector_record() -> Record:
    """As draw.md describes a record: the vector's inputs and its expected fields, nothing of draw.py."""
    inputs = {name: VECTOR[name] for name in ("objects", "inspectors", "entropy_values")}
    return copy.deepcopy({**inputs, **EXPECTED, "excluded": [], "substitutions": []})


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """In an empty folder, isolated (-I) and without site-packages (-S): the standard library only."""
    shutil.copy(VERIFIER, cwd / "verifier.py")
    command = [sys.executable, "-I", "-S", "verifier.py", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=60)


def says(*records: Record, folder: Path) -> str:
    """What the program prints, run inside this process; its exit status must fit."""
    paths = []
    for at, record in enumerate(records):
        paths.append(str(folder / f"{at}.json"))
        Path(paths[-1]).write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    printed = io.StringIO()
    with redirect_stdout(printed):
        status = verifier.main(paths)
    assert status == (0 if printed.getvalue() == "OK\n" else 1)
    return printed.getvalue().strip()


# --- alone ------------------------------------------------------------------------------------------------------------


def test_ok_and_exit_status(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(json.dumps(vector_record()), encoding="utf-8")
    good = run("record.json", cwd=tmp_path)
    assert (good.stdout, good.stderr, good.returncode) == ("OK\n", "", 0)
    bad = vector_record() | {"round": 1}
    (tmp_path / "bad.json").write_text(json.dumps(bad), encoding="utf-8")
    found = run("bad.json", cwd=tmp_path)
    assert (found.stdout, found.returncode) == ("FAILED at step 8: round is 1, must be 0\n", 1)


def test_compute_gives_the_vector(tmp_path: Path) -> None:
    inputs = {name: VECTOR[name] for name in ("objects", "inspectors", "entropy_values")}
    inputs |= {name: EXPECTED[name] for name in ("commit_doc", "reveal")}
    (tmp_path / "input.json").write_text(json.dumps(inputs, ensure_ascii=False), encoding="utf-8")
    computed = run("--compute", "input.json", cwd=tmp_path)
    assert (computed.stderr, computed.returncode) == ("", 0)
    assert json.loads(computed.stdout) == EXPECTED
    # An input that keeps no promise is still computed, but not silently.
    (tmp_path / "input.json").write_text(json.dumps(inputs | {"reveal": "0" * 64}), encoding="utf-8")
    computed = run("--compute", "input.json", cwd=tmp_path)
    assert computed.returncode == 0 and "step 5" in computed.stderr
    assert json.loads(computed.stdout)["prk"] != EXPECTED["prk"]


def test_it_is_independent() -> None:
    modules = set()
    for node in ast.walk(ast.parse(VERIFIER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            modules.add(str(node.module))
    assert modules <= {*sys.stdlib_module_names} and "supervision" not in modules


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"round": 0, "round": 0}',
        '{"x": NaN}',
        "[" * 200_000,
        '{"a": ' * 900 + "1" + "}" * 900,
    ],
)
def test_files_that_are_no_record(text: str, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(text, encoding="utf-8")
    found = run("record.json", cwd=tmp_path)
    assert found.returncode == 1 and found.stdout.startswith("FAILED at step ") and found.stderr == ""
    assert run("missing.json", cwd=tmp_path).stdout.startswith("FAILED at step 10")


def test_the_house_command_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(vector_record()), encoding="utf-8")
    call_command("draw", "verify", str(path))
    assert capsys.readouterr().out == "OK\n"
    path.write_text(json.dumps(vector_record() | {"prk": "0" * 64}), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        call_command("draw", "verify", str(path))
    assert left.value.code == 1 and capsys.readouterr().out.startswith("FAILED at step 5: prk")
    with pytest.raises(CommandError):
        call_command("draw")


# --- agreement --------------------------------------------------------------------------------------------------------


def published(seed: int, objects: int) -> Record:
    """A random draw's record as it comes back from a file, its rows in another order."""
    record: Record = json.loads(json.dumps(publish(random_draw(Random(seed), objects=objects))))
    Random(seed).shuffle(record["objects"])
    Random(seed).shuffle(record["inspectors"])
    return record


def test_a_thousand_random_draws_agree() -> None:
    records = [published(seed, objects=24) for seed in range(1_000)]
    for record in records:
        verifier.verify(record)  # computes every field itself
    # Not vacuous: later rounds count, objects are left over, and many are assigned.
    assert sum(record["round"] > 0 for record in records) > 10
    assert sum(bool(record["unassignable"]) for record in records) > 200
    assert sum(len(record["assigned"]) for record in records) > 500


@settings(max_examples=60, deadline=None)
@given(st.integers(1_000, 2**64))
def test_compute_gives_what_the_draw_gave(seed: int) -> None:
    record = published(seed, objects=60)
    inputs = {
        name: record[name] for name in ("commit_doc", "objects", "inspectors", "entropy_values", "reveal")
    }
    verifier.check_input(inputs)
    computed = verifier.compute(inputs)
    assert set(computed) == set(EXPECTED)
    for name, value in computed.items():
        assert rfc8785.dumps(value) == rfc8785.dumps(record[name]), name


JSON_VALUES = st.recursive(
    st.text() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON_VALUES)
def test_the_verifiers_own_canonical_json(value: Any) -> None:
    assert verifier.jcs(value, 10) == rfc8785.dumps(value)


# --- tampering --------------------------------------------------------------------------------------------------------


def recommit(record: Record) -> None:
    record["commit_hash"] = hashlib.sha256(
        b"DRAW1/commit\n" + rfc8785.dumps(record["commit_doc"])
    ).hexdigest()


def edit_row(record: Record) -> None:
    record["objects"][3]["district"] = "城关区"


def trade_strata(record: Record) -> None:
    first, second = record["objects"][:2]
    first["stratum"], second["stratum"] = second["stratum"], first["stratum"]


def drop_row(record: Record) -> None:
    del record["objects"][29]


def drop_recusal(record: Record) -> None:
    record["inspectors"][0]["recuse"] = []


def list_twice(record: Record) -> None:
    record["objects"].append(record["objects"][0])


def rename_nfd(record: Record) -> None:
    record["inspectors"][0]["recuse"] = [unicodedata.normalize("NFD", "é")]


def edit_row_and_promise(record: Record) -> None:
    edit_row(record)
    record["commit_doc"]["objects"] = verifier.roster("objects", record["objects"])


def raise_cap(record: Record) -> None:
    record["commit_doc"]["plan"]["cap"] = 4


def raise_cap_and_commit_again(record: Record) -> None:
    raise_cap(record)
    recommit(record)


def lower_floor(record: Record) -> None:
    record["commit_doc"]["plan"]["min_ppm"] = 40_000


def float_cap(record: Record) -> None:
    record["commit_doc"]["plan"]["cap"] = 3.0


def other_dice(record: Record) -> None:
    record["entropy_values"][0][0] = 4


def other_dice_and_text(record: Record) -> None:
    other_dice(record)
    record["entropy"] = "4" + record["entropy"][1:]


def impossible_dice(record: Record) -> None:
    record["entropy_values"][0][0] = 10


def weak_entropy(record: Record) -> None:
    """A dishonest office: one lottery only, everything after it computed correctly."""
    record["commit_doc"]["entropy"] = record["commit_doc"]["entropy"][1:]
    record["entropy_values"] = record["entropy_values"][1:]
    record.update(verifier.compute(record))


def few_dice(record: Record) -> None:
    record["commit_doc"]["entropy"][0]["count"] = 9
    record["entropy_values"][0] = record["entropy_values"][0][:9]
    record.update(verifier.compute(record))


def other_reveal(record: Record) -> None:
    """A dishonest office: another code, everything after it computed correctly."""
    record["reveal"] = "00" * 32
    record.update(verifier.compute(record))


def other_key(record: Record) -> None:
    record["prk"] = "00" * 32


def larger_sample(record: Record) -> None:
    record["sizes"]["低"] = 2


def spare_a_firm(record: Record) -> None:
    record["selected"][0], record["reserve"]["中"][0] = record["reserve"]["中"][0], record["selected"][0]


def reorder_reserve(record: Record) -> None:
    record["reserve"]["高"].reverse()


def swap_order(record: Record) -> None:
    record["selected"][2:] = reversed(record["selected"][2:])


def later_round(record: Record) -> None:
    record["round"] = 5


def swap_lead(record: Record) -> None:
    record["assigned"]["91620007MA00000007"].reverse()


def send_a_friend(record: Record) -> None:
    record["assigned"]["91620003MA00000003"] = ["检05", "检02"]


def leave_out_a_visit(record: Record) -> None:
    del record["assigned"]["91620003MA00000003"]
    record["unassignable"].append("91620003MA00000003")


def choose_the_substitute(record: Record) -> None:
    record["substitutions"] = [
        {"object": "91620007MA00000007", "out": "检05", "in": "检01", "reason": "病假", "approver": "甲"}
    ]


def substitute_without_reason(record: Record) -> None:
    record["substitutions"] = [
        {"object": "91620007MA00000007", "out": "检05", "in": "检02", "reason": "", "approver": "甲"}
    ]


def exclude_without_reason(record: Record) -> None:
    record["excluded"] = [{"id": "91629999MA00000009", "reason": ""}]


def exclude_one_listed(record: Record) -> None:
    record["excluded"] = [{"id": record["objects"][0]["id"], "reason": "too-often"}]


def longer_chain(record: Record) -> None:
    record["commit_doc"]["otc"]["n"] = 1


TAMPERING: list[tuple[Callable[[Record], None], int]] = [
    (lower_floor, 1),
    (float_cap, 1),
    (edit_row, 2),
    (trade_strata, 2),
    (drop_row, 2),
    (drop_recusal, 2),
    (list_twice, 2),
    (rename_nfd, 2),
    (exclude_without_reason, 2),
    (exclude_one_listed, 2),
    (edit_row_and_promise, 3),
    (raise_cap, 3),
    (longer_chain, 3),
    (other_dice, 4),
    (impossible_dice, 4),
    (weak_entropy, 4),
    (few_dice, 4),
    (other_dice_and_text, 5),
    (raise_cap_and_commit_again, 5),
    (other_reveal, 5),
    (other_key, 5),
    (larger_sample, 7),
    (spare_a_firm, 7),
    (reorder_reserve, 7),
    (swap_order, 7),
    (later_round, 8),
    (swap_lead, 8),
    (send_a_friend, 8),
    (leave_out_a_visit, 8),
    (choose_the_substitute, 9),
    (substitute_without_reason, 9),
]


@pytest.mark.parametrize(("tamper", "step"), TAMPERING, ids=[tamper.__name__ for tamper, _ in TAMPERING])
def test_tampering_is_named_with_its_step(
    tamper: Callable[[Record], None], step: int, tmp_path: Path
) -> None:
    record = vector_record()
    assert says(record, folder=tmp_path) == "OK"
    tamper(record)
    assert says(record, folder=tmp_path).startswith(f"FAILED at step {step}: ")


def test_what_may_differ(tmp_path: Path) -> None:
    """Rows in another order, an honest exclusion, an honest substitute: the record still holds."""
    record = vector_record()
    record["objects"].reverse()
    record["inspectors"][0], record["inspectors"][1] = record["inspectors"][1], record["inspectors"][0]
    record["excluded"] = [{"id": "91629999MA00000009", "reason": "too-often"}]
    choose_the_substitute(record)
    record["substitutions"][0]["in"] = "检02"
    assert says(record, folder=tmp_path) == "OK"
    result = vector_draw()
    change = substitute(result, (), EXPECTED["selected"][0], "检05", reason="病假", approver="甲")
    excluded = [Excluded("91629999MA00000009", "too-often")]
    assert says(publish(result, excluded, [change]), folder=tmp_path) == "OK"


PLACES = sorted(
    {"commit_doc", "commit_hash", "objects", "inspectors", "entropy_values", "substitutions"} | {*EXPECTED}
)
JUNK: list[Any] = [
    None,
    True,
    False,
    -1,
    0,
    1,
    7,
    1.0,
    2**60,
    "",
    "x",
    "e\u0301",
    "\0",
    "\ud800",
    [],
    {},
    ["x"],
    {"x": 1},
]


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_junk_anywhere_is_found_and_never_crashes(data: st.DataObject) -> None:
    record = vector_record()
    at: Any = record
    key: Any = data.draw(st.sampled_from(PLACES))
    while isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans()):
        at = at[key]
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
    junk = data.draw(st.sampled_from(JUNK))
    if json.dumps(junk) == json.dumps(at[key]):
        return
    at[key] = copy.deepcopy(junk)
    with pytest.raises(verifier.Failed):
        verifier.verify(record)


@pytest.mark.parametrize("name", sorted({*EXPECTED, "objects", "inspectors", "entropy_values"} - {"entropy"}))
def test_a_missing_field_is_found(name: str, tmp_path: Path) -> None:
    record = vector_record()
    del record[name]
    assert says(record, folder=tmp_path).startswith("FAILED at step ")


# --- the series -------------------------------------------------------------------------------------------------------


def test_a_series_without_gaps_and_codes_used_once(tmp_path: Path) -> None:
    series = [publish(random_draw(Random(number), number=number)) for number in (8, 9, 10)]
    assert says(*series, folder=tmp_path) == "OK"
    hidden = says(series[0], series[2], folder=tmp_path)
    assert hidden == "FAILED at step 9: 甘: no record of draw 9"
    again = says(series[0], series[0], folder=tmp_path)
    assert again.startswith("FAILED at step 3: ") and "again" in again


def test_a_cancelled_draw_is_a_record_too(tmp_path: Path) -> None:
    record = publish_cancelled(vector_commitment(), reveal_of(SECRET), "名录有误")
    assert says(record, folder=tmp_path) == "OK"
    record["cancelled"]["reason"] = ""
    assert says(record, folder=tmp_path).startswith("FAILED at step 9: ")
    record["cancelled"]["reason"] = "x"
    record["reveal"] = SECRET.hex()
    assert says(record, folder=tmp_path).startswith("FAILED at step 5: ")
