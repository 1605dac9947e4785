"""Who plays in the demo and in the tests. Every name, number and code is invented; check digits are real."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from foreignwork.dossiers.mrz import Passport, compose

PASSWORD = "demo-Portal-2026"  # noqa: S105 - of the demo cast only; seed_demo refuses outside DEBUG
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - likewise


@dataclass(frozen=True, slots=True)
class Login:
    """``posts`` are (office code, role code)."""

    username: str
    kind: str
    name: str
    what: str
    posts: tuple[tuple[str, str], ...] = ()
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Firm:
    """``{region}`` and ``{city}`` in the names are filled by the home."""

    key: str
    uscc: str
    name_zh: str
    name_en: str
    nature: str
    kind: str = "employer"
    insured: bool = True


@dataclass(frozen=True, slots=True)
class Home:
    """Where a pack's demo plays. ``city`` answers the pack's question of that name; empty where it asks none."""

    city: str
    region_zh: str
    region_en: str
    city_zh: str
    city_en: str
    address: str


HOMES = {
    "gansu": Home("lanzhou", "甘肃", "Gansu", "兰州", "Lanzhou", "甘肃省兰州市城关区示例路 1 号"),
    "dongguan": Home("", "东莞", "Dongguan", "东莞", "Dongguan", "广东省东莞市示例路 1 号"),
    "changning": Home("", "上海", "Shanghai", "长宁", "Changning", "上海市长宁区示例路 1 号"),
    "fujian": Home("fuzhou", "福建", "Fujian", "福州", "Fuzhou", "福建省福州市示例路 1 号"),
}
FIRMS = (
    Firm("university", "12620000MB0DEM017T", "{region}示例大学", "{region} Example University", "public"),
    Firm(
        "energy",
        "91620100MA0DEM0217",
        "{city}示例新能源科技有限公司",
        "{city} Example New Energy Co., Ltd.",
        "private",
    ),
    Firm(
        "stranger",
        "91620100MA0DEM03XY",
        "{city}旁观贸易有限公司",
        "{city} Bystander Trading Co., Ltd.",
        "private",
    ),
)


@dataclass(frozen=True, slots=True)
class Foreigner:
    """A person of the demo. ``in_china`` decides the sub-matter; ``worked_months`` the title review."""

    key: str
    surname: str
    given_names: str
    name_zh: str
    country: str
    number: str
    sex: str
    born: date
    in_china: bool
    worked_months: int
    post: str
    duties: str
    salary: int
    extra: dict[str, Any] = field(default_factory=dict)

    def passport(self, today: date) -> Passport:
        return Passport(
            issuer=self.country,
            surname=self.surname,
            given_names=self.given_names,
            number=self.number,
            nationality=self.country,
            birth_date=self.born,
            sex=self.sex,
            expiry=today + relativedelta(years=6),
        )

    def person_facts(self, today: date) -> dict[str, Any]:
        passport = self.passport(today)
        return {
            "surname": self.surname,
            "given_names": self.given_names,
            "name_zh": self.name_zh,
            "nationality": self.country,
            "sex": self.sex,
            "birth_date": self.born.isoformat(),
            "passport_country": self.country,
            "passport_number": self.number,
            "passport_expiry": passport.expiry.isoformat(),
            "mrz": compose(passport),
            "phone": "+86 931 0000000",
            "email": f"{self.given_names.split()[0].lower()}@example.com",
            **self.extra,
        }

    def work_facts(self, today: date, at: Home = HOMES["gansu"]) -> dict[str, Any]:
        start = today + timedelta(days=10)
        return {
            "post_title": self.post,
            "duties": self.duties,
            "annual_salary_cny": self.salary,
            "contract_from": start.isoformat(),
            "contract_until": (start + relativedelta(years=2, days=-1)).isoformat(),
            "work_address": at.address,
        }


ANNA = Foreigner(
    "anna", "ERIKSSON", "ANNA MARIA", "安娜", "SWE", "DX0000017", "F", date(1984, 5, 12),
    True, 14, "副教授", "承担材料学院教学与科研工作", 420000,
)  # fmt: skip
BRUNO = Foreigner(
    "bruno", "ALMEIDA", "BRUNO", "布鲁诺", "BRA", "DX0000025", "M", date(1990, 11, 3),
    False, 0, "储能工程师", "负责储能系统研发与调试", 380000,
)  # fmt: skip
CLARA = Foreigner(
    "clara", "ROSSI", "CLARA", "克拉拉", "ITA", "DX0000033", "F", date(1988, 2, 28),
    True, 8, "外国语言文学讲师", "承担意大利语教学", 240000,
)  # fmt: skip
FOREIGNERS = (ANNA, BRUNO, CLARA)
