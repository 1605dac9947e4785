"""Draws to test with: the published vector, and small random ones. Used by the test_supervision_* files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import supervision
from supervision.draw import Commitment, Result, commit, draw
from supervision.entropy import Source
from supervision.rosters import Inspector, Plan, Stratum, Target
from supervision.tickets import otc_commit, reveal_of

FOLDER = Path(supervision.__file__).parent
VECTOR: dict[str, Any] = json.loads((FOLDER / "draw_vector.json").read_text(encoding="utf-8"))
EXPECTED: dict[str, Any] = VECTOR["expected"]
SECRET = bytes.fromhex(VECTOR["secret"])
SOURCES = tuple(Source(**source) for source in EXPECTED["commit_doc"]["entropy"])


def tupled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def plan_of(row: Mapping[str, Any]) -> Plan:
    return Plan(**{**row, "strata": {name: Stratum(**rule) for name, rule in row["strata"].items()}})


PLAN = plan_of(EXPECTED["commit_doc"]["plan"])
TARGETS = tuple(Target(**tupled(row)) for row in VECTOR["objects"])
INSPECTORS = tuple(Inspector(**tupled(row)) for row in VECTOR["inspectors"])


def vector_commitment(
    plan: Plan = PLAN,
    targets: Sequence[Target] = TARGETS,
    inspectors: Sequence[Inspector] = INSPECTORS,
    secret: bytes = SECRET,
) -> Commitment:
    return commit(plan, targets, inspectors, otc_commit(secret), SOURCES)


def vector_draw() -> Result:
    return draw(vector_commitment(), VECTOR["entropy_values"], reveal_of(SECRET))


# Byte order, UTF-16 order (RFC 8785 keys) and code-point order all differ among these.
STRATA = ["高", "中", "低", "a", "\U0001f3ed", "\uff21x", "é", "Ω", 'q"\\\n']
DISTRICTS = ["城关区", "七里河区", "安宁区"]
SKILLS = ["劳动监察", "出入境"]


def random_values(chance: Random) -> list[list[int]]:
    return [
        [chance.randrange(10) for _ in range(25)],
        chance.sample(range(1, 34), 6),
        [chance.randrange(1, 17)],
    ]


def random_draw(chance: Random, *, objects: int = 60, people: int = 8, number: int = 1) -> Result:
    """Scarce inspectors, skills, recusals and loads, so that every branch of step 8 is walked now and then."""
    names = chance.sample(STRATA, chance.randint(1, 5))
    strata = {
        name: Stratum(chance.choice([0, 50_000, 333_333, 1_000_000]), chance.randint(0, 3)) for name in names
    }
    plan = Plan(
        f"甘-{number}",
        strata,
        cap=chance.randint(1, 5),
        rounds=chance.choice([1, 2, 7]),
        min_ppm=chance.choice([50_000, 90_001, 400_000]),
    )
    targets = [
        Target(
            f"9162{at:04d}MA",
            f"9162{at // 2:04d}ORG",
            chance.choice(names),
            chance.choice(DISTRICTS),
            tuple(chance.sample(SKILLS, chance.choice([0, 0, 0, 1, 2]))),
        )
        for at in range(chance.randint(0, objects))
    ]
    owners = [row.org for row in targets] + [row.id for row in targets] + ["nobody"]
    inspectors = [
        Inspector(
            f"检{at}",
            tuple(chance.sample(SKILLS, chance.randint(0, 2))),
            tuple(chance.sample(DISTRICTS, chance.randint(1, 3))),
            tuple(chance.sample(owners, min(len(owners), chance.choice([0, 1, 5])))),
            chance.randint(0, plan.cap),
        )
        for at in range(chance.randint(0, people))
    ]
    chance.shuffle(targets)
    secret = chance.randbytes(32)
    commitment = commit(plan, targets, inspectors, otc_commit(secret), SOURCES)
    return draw(commitment, random_values(chance), reveal_of(secret))
