"""Invented people and firms for volumes: every passport number, name and credit code is made up, its check digits are right."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from stdnum.cn import uscc

from foreignwork.dossiers.mrz import Passport, compose
from foreignwork.dossiers.records import name_words, passport_index
from foreignwork.vault.index import blind_index
from foreignwork.vault.keys import KEY_BYTES, wrap

SURNAMES = [
    "AALTO",
    "BAKKER",
    "CASTELLI",
    "DUBOIS",
    "ENGSTROM",
    "FISCHER",
    "GARCIA",
    "HORVATH",
    "IVANOV",
    "JANSEN",
    "KOWALSKI",
    "LINDQVIST",
    "MORETTI",
    "NOVAK",
    "OKAFOR",
    "PEREIRA",
    "QUISPE",
    "ROMERO",
    "SANTOS",
    "TANAKA",
    "URBINA",
    "VARGAS",
    "WAGNER",
    "XAVIER",
    "YILMAZ",
    "ZELENKO",
    "ANDERSSON",
    "BERGSTROM",
    "CHAUDHRY",
    "DIMITROV",
    "ELMASRY",
    "FONSECA",
    "GUPTA",
    "HASSAN",
    "ITO",
    "JOHANSEN",
    "KUMAR",
    "LEFEVRE",
    "MENDES",
    "NAKAMURA",
    "OBRIEN",
    "PETROV",
    "RAHMAN",
    "SILVA",
    "THOMPSON",
    "UDDIN",
    "VOGEL",
    "WEBER",
    "YAMADA",
    "ZHUKOV",
]
GIVEN = [
    "ADAM",
    "BEATRIZ",
    "CARLOS",
    "DIANA",
    "ELENA",
    "FELIX",
    "GRACE",
    "HUGO",
    "INES",
    "JONAS",
    "KARIN",
    "LUCAS",
    "MARTA",
    "NADIA",
    "OSCAR",
    "PAULA",
    "QUENTIN",
    "ROSA",
    "STEFAN",
    "TOMAS",
    "URSULA",
    "VICTOR",
    "WANDA",
    "XENIA",
    "YUSUF",
    "ZOE",
    "ALICE",
    "BRUNO",
    "CELIA",
    "DAVID",
    "EMIL",
    "FREYA",
    "GEORG",
    "HANNA",
    "IVAN",
    "JULIA",
    "KEVIN",
    "LAURA",
    "MARCO",
    "NORA",
]
SYLLABLES = "安埃奥巴贝布达德迪法菲戈格哈赫霍加卡克拉莱兰里林罗洛马玛米莫纳尼诺帕佩萨塞斯塔特瓦维沃西雅伊约"
"""Of which names are written in Chinese."""
NAMES = ("surname", "given_names", "name_zh", "passport_number")
"""Facts that are a person's own: a word that all copies of a pattern shared would be found in a hundred thousand dossiers."""
PLACES = ["兰州", "天水", "白银", "武威", "张掖", "酒泉", "平凉", "庆阳", "定西", "陇南"]
TRADES = [
    "新材料",
    "精密机械",
    "生物医药",
    "软件技术",
    "国际教育",
    "文旅发展",
    "现代农业",
    "装备制造",
    "环保科技",
    "供应链",
]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. ``tokens`` are the blind indexes of his name's words."""

    words: dict[str, str]
    passport: bytes
    tokens: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class OwnKey:
    """The data key of one copy."""

    key: AESGCM
    pk: UUID
    wrapped: bytes
    master: int


def data_key() -> OwnKey:
    pk, key = uuid4(), secrets.token_bytes(KEY_BYTES)
    master, wrapped = wrap(pk, key)
    return OwnKey(AESGCM(key), pk, wrapped, master)


def invent(facts: Mapping[str, Any], number: int, rng: Random) -> Person:
    """A person like the one of ``facts``, with another name and passport; ``number`` is unique over all copies."""
    surname, given = rng.choice(SURNAMES), f"{rng.choice(GIVEN)} {rng.choice(GIVEN)}"
    passport = f"DV{number:07d}"
    own = {**facts, "surname": surname, "given_names": given, "passport_number": passport}
    if facts.get("name_zh"):
        own["name_zh"] = "·".join("".join(rng.choices(SYLLABLES, k=2)) for _part in range(2))
    words = {str(facts[name]): str(own[name]) for name in NAMES if facts.get(name)}
    if facts.get("mrz"):
        words |= dict(zip(str(facts["mrz"]).split("\n"), compose(_passport(own)).split("\n"), strict=True))
    parts = [("surname", surname), *(("given_names", word) for word in given.split())]
    parts += [("name_zh", part) for part in str(own.get("name_zh") or "").split("·")]
    tokens = frozenset[bytes]().union(*(_tokens(*part) for part in parts))
    return Person(words, passport_index(own), tuple(sorted(tokens)))


@cache
def _tokens(name: str, word: str) -> frozenset[bytes]:
    """Blind indexes of one word: names are put together from some two thousand."""
    return frozenset(blind_index("name", one) for one in name_words({name: word}))


def _passport(facts: Mapping[str, Any]) -> Passport:
    return Passport(
        issuer=facts["passport_country"],
        surname=facts["surname"],
        given_names=facts["given_names"],
        number=facts["passport_number"],
        nationality=facts["nationality"],
        birth_date=date.fromisoformat(facts["birth_date"]),
        sex=facts["sex"],
        expiry=date.fromisoformat(facts["passport_expiry"]),
    )


def credit_code(number: int) -> str:
    """A well-formed code of nobody: an area that does not exist, the right check characters."""
    body = f"91629900MA{number:06d}"
    digits = f"{body}{_organisation_digit(body[8:16])}"
    return digits + str(uscc.calc_check_digit(digits))


def _organisation_digit(serial: str) -> str:
    """The ninth character of the organisation code inside (GB 11714-1997)."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    left = 11 - sum(int(c, 36) * w for c, w in zip(serial, weights, strict=True)) % 11
    return "X" if left == 10 else "0" if left == 11 else str(left)


def firm_names(number: int) -> tuple[str, str]:
    place, trade = PLACES[number % len(PLACES)], TRADES[number // len(PLACES) % len(TRADES)]
    return f"{place}样例{trade}有限公司（{number}号）", f"Volume Sample Company No. {number}"
