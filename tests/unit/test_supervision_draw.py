"""DRAW1 to the byte: the published vector, its independence of order and machine, sizes, substitution, refusals."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from random import Random
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision import rosters, verifier
from supervision.draw import (
    Substitution,
    commit,
    draw,
    publish,
    publish_cancelled,
    sample_sizes,
    substitute,
)
from supervision.entropy import EntropyDiffers, Source, agree, entropy_text
from supervision.pairing import CAP_REACHED, NO_SKILL, NOBODY_FITS, fits, in_order
from supervision.rosters import (
    BadCommitment,
    BadEntropy,
    BadPlan,
    BadRoster,
    BadSubstitution,
    DrawRefused,
    Excluded,
    Inspector,
    Plan,
    Stratum,
    Target,
    WrongReveal,
    roster,
)
from supervision.tickets import otc_commit, reveal_of
from tests.unit.draws import (
    EXPECTED,
    FOLDER,
    INSPECTORS,
    PLAN,
    SECRET,
    SOURCES,
    TARGETS,
    VECTOR,
    random_draw,
    vector_commitment,
    vector_draw,
)


def test_the_vector_is_the_one_published() -> None:
    digest = hashlib.sha256((FOLDER / "draw_vector.json").read_bytes()).hexdigest()
    assert digest == "97e35248161af67a9fc3bde0fc22961d1a55ccdb226d1d318069e4159a6faa0c"


def test_every_field_of_the_vector() -> None:
    record = publish(vector_draw())
    for name, value in EXPECTED.items():
        assert rfc8785.dumps(record[name]) == rfc8785.dumps(value), name
    assert (
        hashlib.sha256(b"DRAW1/commit\n" + rfc8785.dumps(record["commit_doc"])).hexdigest()
        == EXPECTED["commit_hash"]
    )
    assert "secret" not in record and VECTOR["secret"] not in json.dumps(record)


def test_input_order_does_not_matter() -> None:
    chance = Random(1)
    first = publish(vector_draw())
    for _ in range(20):
        targets, inspectors = list(TARGETS), list(INSPECTORS)
        chance.shuffle(targets)
        chance.shuffle(inspectors)
        names = list(PLAN.strata)
        chance.shuffle(names)
        plan = dataclasses.replace(PLAN, strata={name: PLAN.strata[name] for name in names})
        again = publish(
            draw(vector_commitment(plan, targets, inspectors), VECTOR["entropy_values"], reveal_of(SECRET))
        )
        for name in EXPECTED:
            assert rfc8785.dumps(again[name]) == rfc8785.dumps(first[name]), name


PRINT_DRAWS = """
import json, sys
from random import Random
from supervision.draw import publish
from tests.unit.draws import random_draw
for seed in range(25):
    print(json.dumps(publish(random_draw(Random(seed))), sort_keys=True))
"""


def test_locale_and_hash_seed_do_not_matter() -> None:
    outputs = set()
    for language, seed, utf8 in (("C", "0", "0"), ("zh_CN.GB18030", "1", "0"), ("tr_TR.UTF-8", "4242", "1")):
        env = {**os.environ, "LC_ALL": language, "LANG": language, "PYTHONHASHSEED": seed, "PYTHONUTF8": utf8}
        run = subprocess.run(
            [sys.executable, "-c", PRINT_DRAWS], env=env, capture_output=True, cwd=FOLDER.parent, timeout=60
        )
        assert run.returncode == 0, run.stderr.decode()
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == 25


# --- 4: entropy -------------------------------------------------------------------------------------------------------


def test_entropy_typed_twice_must_be_equal() -> None:
    values = VECTOR["entropy_values"]
    assert entropy_text(SOURCES, agree(values, values)) == EXPECTED["entropy"]
    other = [list(numbers) for numbers in values]
    other[1][2] = 9
    with pytest.raises(EntropyDiffers) as caught:
        agree(values, other)
    assert (caught.value.source, caught.value.place, caught.value.step) == (2, 3, 4)
    with pytest.raises(EntropyDiffers) as caught:
        agree(values, [*values[:2], []])
    assert (caught.value.source, caught.value.place) == (3, 1)
    with pytest.raises(EntropyDiffers):
        agree(values, values[:2])


# --- 7: sizes ---------------------------------------------------------------------------------------------------------

COUNTS = st.integers(0, 20) | st.integers(0, 1_000_000)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(COUNTS, st.sampled_from([0, 1, 20_000, 50_000, 333_333, 1_000_000]), st.integers(0, 5)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([50_000, 50_001, 123_456]),
)
def test_sizes_reach_the_floor_and_no_more(rows: list[tuple[int, int, int]], floor: int) -> None:
    strata = {f"s{at}": Stratum(ppm, least) for at, (_, ppm, least) in enumerate(rows)}
    counts = {f"s{at}": count for at, (count, _, _) in enumerate(rows)}
    sizes = sample_sizes(Plan("p-1", strata, cap=1, rounds=1, min_ppm=floor), counts)
    own = {n: min(counts[n], max(strata[n].min, -(-counts[n] * strata[n].ppm // 10**6))) for n in counts}
    assert all(own[name] <= sizes[name] <= counts[name] for name in counts)
    total = sum(sizes.values())
    assert total * 10**6 >= sum(counts.values()) * floor
    # No more than needed: what each stratum asks for itself, or one that a single object less would break.
    assert total == max(sum(own.values()), -(-sum(counts.values()) * floor // 10**6))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=6), st.integers(50_000, 1_000_000))
def test_the_heap_gives_what_the_plain_search_gives(counts: list[int], floor: int) -> None:
    strata = {f"s{at}": Stratum(0, 0) for at in range(len(counts))}
    plan = Plan("p-1", strata, cap=1, rounds=1, min_ppm=floor)
    objects = [{"id": f"{s}-{at}", "stratum": f"s{s}"} for s, n in enumerate(counts) for at in range(n)]
    plain = verifier.samples(b"", plan.as_json(), objects)["sizes"]
    assert sample_sizes(plan, {f"s{at}": count for at, count in enumerate(counts)}) == plain


@pytest.mark.parametrize(("objects", "drawn"), [(0, 0), (1, 1), (20, 1), (21, 2), (1_000_000, 50_000)])
def test_edges_of_five_percent(objects: int, drawn: int) -> None:
    plan = Plan("p-1", {"only": Stratum(0, 0), "empty": Stratum(1_000_000, 9)}, cap=1, rounds=1)
    assert sample_sizes(plan, {"only": objects}) == {"only": drawn, "empty": 0}


def test_nothing_to_draw_is_a_draw() -> None:
    result = draw(vector_commitment(targets=(), inspectors=()), VECTOR["entropy_values"], reveal_of(SECRET))
    record = publish(result)
    assert (record["selected"], record["assigned"], record["round"]) == ([], {}, 0)
    verifier.verify(record)


# --- 8: reasons; 9: substitution, cancelling --------------------------------------------------------------------------


def test_what_is_left_has_a_reason() -> None:
    plan = Plan("p-1", {"s": Stratum(1_000_000, 0)}, cap=1, rounds=3)
    targets = [
        Target("far", "far", "s", "elsewhere"),
        Target("hard", "hard", "s", "here", ("divers",)),
        Target("one", "one", "s", "here"),
        Target("two", "two", "s", "here"),
    ]
    people = [Inspector("a", (), ("here",)), Inspector("b", (), ("here",))]
    result = draw(
        commit(plan, targets, people, otc_commit(SECRET), SOURCES),
        VECTOR["entropy_values"],
        reveal_of(SECRET),
    )
    left = result.assignment
    assert len(left.assigned) == 1 and set(left.assigned) <= {"one", "two"}
    assert left.reasons["far"] == NOBODY_FITS and left.reasons["hard"] == NO_SKILL
    assert left.reasons[({"one", "two"} - set(left.assigned)).pop()] == CAP_REACHED
    record = publish(result)
    verifier.verify(record)
    record["reasons"]["hard"] = CAP_REACHED
    with pytest.raises(verifier.Failed, match="step 8"):
        verifier.verify(record)


def test_a_substitute_is_the_next_in_ticket_order() -> None:
    result = vector_draw()
    target = next(row for row in TARGETS if row.id == EXPECTED["selected"][0])
    lead, second = EXPECTED["assigned"][target.id]
    order = [
        one.id for one in in_order(result.key, 0, target, (one for one in INSPECTORS if fits(one, target)))
    ]
    change = substitute(result, (), target.id, second, reason="病假", approver="甲")
    # 检01 comes first but holds three visits, the cap; 检02 is the next with room.
    assert order[order.index(second) + 1 :] == ["检01", "检02"] and lead == "检04"
    assert change.incoming == "检02"
    # One after another until nobody is left; whoever was taken off does not come back.
    made: list[Substitution] = []
    out: str | None = second
    while out is not None:
        made.append(substitute(result, made, target.id, out, reason="病假", approver="甲"))
        out = made[-1].incoming
    assert len({change.outgoing for change in made}) == len(made)
    record = publish(result, substitutions=made)
    verifier.verify(record)
    assert record["assigned"] == EXPECTED["assigned"]


def test_substitutes_keep_cap_recusal_and_skill_on_random_draws() -> None:
    changed = 0
    for seed in range(60):
        chance = Random(seed)
        result = random_draw(chance)
        made: list[Substitution] = []
        teams: dict[str, list[str | None]] = {
            name: list(pair) for name, pair in result.assignment.assigned.items()
        }
        rows = {row.id: row for row in result.commitment.targets}
        people = {one.id: one for one in result.commitment.inspectors}
        for _ in range(4):
            slots = [(name, at) for name, team in teams.items() for at in (0, 1) if team[at] is not None]
            if not slots:
                break
            name, at = chance.choice(slots)
            made.append(substitute(result, made, name, str(teams[name][at]), reason="r", approver="a"))
            teams[name][at] = found = made[-1].incoming
            if found is not None:
                changed += 1
                assert fits(people[found], rows[name])
                assert at == 1 or set(rows[name].need) <= set(people[found].skills)
                assert teams[name][0] != teams[name][1]
                held = sum(found in team for team in teams.values()) + people[found].load
                assert held <= result.commitment.plan.cap
        verifier.verify(publish(result, substitutions=made))
    assert changed > 30


def test_a_cancelled_draw_keeps_its_number_and_shows_why() -> None:
    record = publish_cancelled(vector_commitment(), reveal_of(SECRET), "名录有误")
    verifier.verify(record)
    with pytest.raises(BadSubstitution):
        publish_cancelled(vector_commitment(), reveal_of(SECRET), "")


# --- refusals ---------------------------------------------------------------------------------------------------------


def values_with(at: int, numbers: list[int]) -> list[list[int]]:
    return [numbers if source == at else given_ for source, given_ in enumerate(VECTOR["entropy_values"])]


def run(values: Any = VECTOR["entropy_values"], reveal: bytes = reveal_of(SECRET)) -> Any:
    return draw(vector_commitment(), values, reveal)


DICE, RED, BLUE = SOURCES
FIRM = TARGETS[0]

REFUSALS: list[tuple[type[DrawRefused], int, Any]] = [
    (BadPlan, 1, lambda: dataclasses.replace(PLAN, min_ppm=49_999)),
    (BadPlan, 1, lambda: dataclasses.replace(PLAN, per_visit=1)),
    (BadPlan, 1, lambda: dataclasses.replace(PLAN, rounds=0)),
    (BadPlan, 1, lambda: dataclasses.replace(PLAN, cap=True)),
    (BadPlan, 1, lambda: dataclasses.replace(PLAN, cap=2.0)),  # type: ignore[arg-type]
    (BadPlan, 1, lambda: dataclasses.replace(PLAN, cap=2**53)),
    (BadPlan, 1, lambda: dataclasses.replace(PLAN, strata={"高": Stratum(1_000_001, 0)})),
    (BadRoster, 2, lambda: dataclasses.replace(FIRM, id="e\u0301")),  # NFD
    (BadRoster, 2, lambda: dataclasses.replace(FIRM, id="a\0b")),
    (BadRoster, 2, lambda: dataclasses.replace(FIRM, org="")),
    (BadRoster, 2, lambda: dataclasses.replace(FIRM, need=("\ud800",))),
    (BadRoster, 2, lambda: Inspector("x", recuse=("e\u0301",))),  # a recusal spelt another way would be none
    (BadRoster, 2, lambda: Inspector("x", load=-1)),
    (BadRoster, 2, lambda: roster([FIRM, FIRM], "objects")),
    (BadRoster, 2, lambda: vector_commitment(targets=[dataclasses.replace(FIRM, stratum="无")])),
    (BadRoster, 2, lambda: Excluded("x", "")),
    (BadRoster, 2, lambda: publish(vector_draw(), [Excluded(FIRM.id, "too-often")])),
    (BadCommitment, 3, lambda: otc_commit(b"123456")),
    (BadCommitment, 3, lambda: commit(PLAN, TARGETS, INSPECTORS, "00", SOURCES)),
    (BadEntropy, 4, lambda: commit(PLAN, TARGETS, INSPECTORS, "0" * 64, [DICE])),  # one source
    (BadEntropy, 4, lambda: commit(PLAN, TARGETS, INSPECTORS, "0" * 64, [RED, BLUE])),  # one event
    (BadEntropy, 4, lambda: commit(PLAN, TARGETS, INSPECTORS, "0" * 64, [*SOURCES, DICE])),  # twice the same
    (
        BadEntropy,
        4,
        lambda: commit(PLAN, TARGETS, INSPECTORS, "0" * 64, [dataclasses.replace(DICE, count=11), RED, BLUE]),
    ),
    (BadEntropy, 4, lambda: Source("dice", "ascending", count=25)),
    (BadEntropy, 4, lambda: Source("dice", "as-rolled")),
    (BadEntropy, 4, lambda: Source("双色球红球", "ascending")),  # which issue?
    (BadEntropy, 4, lambda: run(values_with(0, [1] * 24))),
    (BadEntropy, 4, lambda: run(values_with(0, [10] * 25))),
    (BadEntropy, 4, lambda: run(values_with(1, [1, 2, 3, 4, 5, 5]))),
    (BadEntropy, 4, lambda: run(values_with(2, [17]))),
    (BadEntropy, 4, lambda: run(VECTOR["entropy_values"][:2])),
    (WrongReveal, 5, lambda: run(reveal=SECRET)),
    (BadSubstitution, 9, lambda: substitute(vector_draw(), (), FIRM.id, "检00", reason="r", approver="a")),
    (
        BadSubstitution,
        9,
        lambda: substitute(vector_draw(), (), EXPECTED["selected"][0], "检04", reason="", approver="a"),
    ),
]


@pytest.mark.parametrize(("error", "step", "act"), REFUSALS, ids=[str(at) for at in range(len(REFUSALS))])
def test_refusals_name_their_step(error: type[DrawRefused], step: int, act: Any) -> None:
    with pytest.raises(error) as caught:
        act()
    assert caught.value.step == step
    assert str(caught.value).startswith(f"step {step}: ")


def test_no_refusal_shows_the_secret() -> None:
    with pytest.raises(WrongReveal) as caught:
        run(reveal=SECRET)
    assert SECRET.hex() not in repr(caught.value) and EXPECTED["reveal"] not in repr(caught.value)
    assert SECRET.hex() not in repr(vector_commitment())


def test_the_fast_line_is_the_canonical_one() -> None:
    """`line_of` against RFC 8785 itself: quotes, controls, Chinese, astral characters, empty lists."""
    texts = ["a", '"\\/', "\b\t\n\f\r\x01\x1f\x7f", "甘肃省兰州市", "𠮷野", "é", "\u2028", "<script>"]
    for text in texts:
        rows = [
            Target(f"id-{text}", text, text, text, (text, "b")),
            Inspector(f"id-{text}", (text,), (), (text,), 2**53 - 1),
        ]
        for row in rows:
            assert rosters.line_of(row) == rosters.jcs(row.as_json(), rosters.BadRoster) + b"\n"
