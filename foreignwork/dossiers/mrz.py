"""Machine readable zone of a passport (TD3, ICAO 9303 part 4): two lines of 44 characters, five check digits.

Own code because the packages that parse it are under GPL/AGPL; the format is sixty lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WEIGHTS = (7, 3, 1)
LINE = re.compile(r"^[A-Z0-9<]{44}$")


@dataclass(frozen=True, slots=True)
class Passport:
    """What the two lines say. Names are Latin, upper case, words separated by single spaces."""

    issuer: str
    surname: str
    given_names: str
    number: str
    nationality: str
    birth_date: date
    sex: str
    expiry: date


def check_digit(text: str) -> int:
    """Digits count as themselves, A=10 … Z=35, ``<`` = 0; weights 7, 3, 1; modulo 10."""
    return sum((0 if c == "<" else int(c, 36)) * WEIGHTS[i % 3] for i, c in enumerate(text)) % 10


def _fails(text: str, digit: str, *, may_be_empty: bool = False) -> bool:
    if may_be_empty and digit == "<" and not text.strip("<"):
        return False
    return not digit.isdigit() or check_digit(text) != int(digit)


def _date(text: str, *, today: date, past: bool) -> date | None:
    """Two-digit years: an expiry is 20yy, a birth date lies in the past."""
    if not text.isdigit():
        return None
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    for century in (2000, 1900):
        try:
            found = date(century + year, month, day)
        except ValueError:
            continue
        if not past or found <= today:
            return found
    return None


def clean_lines(text: str) -> tuple[str, str]:
    """Split what was typed or pasted into the two lines; spaces inside a line are dropped."""
    lines = [re.sub(r"\s", "", line).upper() for line in text.strip().splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) == 88:
        lines = [lines[0][:44], lines[0][44:]]
    if len(lines) != 2:
        raise ValidationError(
            _("请按护照资料页底部的样子填写两行机读码，每行 44 个字符；您填写了 %(n)s 行。"),
            code="mrz_lines",
            params={"n": len(lines)},
        )
    for n, line in enumerate(lines, 1):
        if len(line) != 44:
            raise ValidationError(
                _("机读码第 %(line)s 行应为 44 个字符，您填写了 %(n)s 个。请对照护照检查是否漏填“<”。"),
                code="mrz_length",
                params={"line": n, "n": len(line)},
            )
        if not LINE.match(line):
            raise ValidationError(
                _("机读码第 %(line)s 行只能包含大写字母、数字和“<”。"),
                code="mrz_characters",
                params={"line": n},
            )
    return lines[0], lines[1]


def parse(text: str, *, today: date) -> Passport:
    """Read the two lines. Raises one ValidationError listing *every* part whose check digit fails, in words."""
    first, second = clean_lines(text)
    wrong = []
    if _fails(second[0:9], second[9]):
        wrong.append(_("护照号码（第 2 行第 1–9 位）"))
    if _fails(second[13:19], second[19]):
        wrong.append(_("出生日期（第 2 行第 14–19 位）"))
    if _fails(second[21:27], second[27]):
        wrong.append(_("有效期至（第 2 行第 22–27 位）"))
    if _fails(second[28:42], second[42], may_be_empty=True):
        wrong.append(_("个人号码（第 2 行第 29–42 位）"))
    if not wrong and _fails(second[0:10] + second[13:20] + second[21:43], second[43]):
        wrong.append(_("整行校验（第 2 行最后一位）"))
    if wrong:
        raise ValidationError(
            [
                ValidationError(
                    _("机读码校验不符：%(part)s。请对照护照逐位核对。"),
                    code="mrz_checksum",
                    params={"part": part},
                )
                for part in wrong
            ]
        )
    if first[0] != "P":
        raise ValidationError(_("这不是护照的机读码：第 1 行应以 P 开头。"), code="mrz_kind")
    birth = _date(second[13:19], today=today, past=True)
    expiry = _date(second[21:27], today=today, past=False)
    if birth is None or expiry is None:
        raise ValidationError(_("机读码中的日期不存在。请对照护照逐位核对。"), code="mrz_date")
    surname, _sep, given = first[5:].rstrip("<").partition("<<")
    surname = " ".join(part for part in surname.split("<") if part)
    empty = [
        words
        for words, text in (
            (_("签发国（第 1 行第 3–5 位）"), first[2:5]),
            (_("姓名（第 1 行第 6–44 位）"), surname),
            (_("护照号码（第 2 行第 1–9 位）"), second[0:9]),
        )
        if not text.strip("<")
    ]
    if empty:
        raise ValidationError(
            [
                ValidationError(
                    _("机读码中没有%(part)s。请对照护照逐位核对。"), code="mrz_empty", params={"part": part}
                )
                for part in empty
            ]
        )
    if second[20] not in "MFX<":
        raise ValidationError(
            _("机读码中的性别（第 2 行第 21 位）只能是 M、F 或“<”。请对照护照核对。"), code="mrz_sex"
        )
    return Passport(
        issuer=first[2:5].rstrip("<"),
        surname=surname,
        given_names=" ".join(part for part in given.split("<") if part),
        number=second[0:9].rstrip("<"),
        nationality=second[10:13].rstrip("<"),
        birth_date=birth,
        sex=second[20].replace("<", "X"),
        expiry=expiry,
    )


def compose(passport: Passport) -> str:
    """The two lines of ``passport``; used by the demo cast and the tests, which print no real passport."""
    name = (passport.surname + "<<" + passport.given_names).replace(" ", "<")
    first = ("P<" + passport.issuer.ljust(3, "<") + name).ljust(44, "<")[:44]
    number = passport.number.ljust(9, "<")
    birth, expiry = passport.birth_date.strftime("%y%m%d"), passport.expiry.strftime("%y%m%d")
    sex = passport.sex if passport.sex in "MF" else "<"
    body = (
        f"{number}{check_digit(number)}{passport.nationality.ljust(3, '<')}{birth}{check_digit(birth)}{sex}"
    )
    body += f"{expiry}{check_digit(expiry)}{'<' * 14}<"
    return first + "\n" + body + str(check_digit(body[0:10] + body[13:20] + body[21:43]))
