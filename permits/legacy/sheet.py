"""The file of former permits: read, and every row looked at by itself. Pure: no database, no clock.

A faulty row stops no other. What is said of a row names its line and column, never the value that stands there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pycountry
from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from foreignwork.accounts.uscc import clean_uscc, validate_uscc
from foreignwork.cases.forms import HIDDEN
from foreignwork.cases.problems import Problem, say
from foreignwork.dossiers.nationalities import ICAO
from foreignwork.policies.pack import Pack

LARGEST = 2 * 1024 * 1024  # bytes
MOST_ROWS = 2000
ENCODINGS = ("utf-8-sig", "gb18030")
"""What office programs here write: UTF-8 with a mark, or the national encoding."""
COLUMNS: dict[str, str | Promise] = {
    "number": _("许可证号"),
    "uscc": _("统一社会信用代码"),
    "surname": pgettext_lazy("passport", "姓"),
    "given_names": pgettext_lazy("passport", "名"),
    "name_zh": _("中文姓名"),
    "nationality": _("国籍（地区）"),
    "sex": _("性别"),
    "birth_date": _("出生日期"),
    "passport_country": _("护照签发国（地区）"),
    "passport_number": _("护照号码"),
    "passport_expiry": _("护照有效期至"),
    "category": _("类别"),
    "post": _("工作岗位"),
    "valid_from": _("有效期起"),
    "valid_until": _("有效期止"),
}
OPTIONAL = ("given_names", "name_zh")
DAYS = ("birth_date", "passport_expiry", "valid_from", "valid_until")
LONGEST = {"number": 20, "post": 120, "surname": 80, "given_names": 80, "name_zh": 40, "passport_number": 20}
NUMBER = re.compile(r"[A-Z0-9]{4,20}\Z")
PASSPORT = re.compile(r"[A-Z0-9]{5,20}\Z")

NOT_TEXT = say("legacy_not_text", _("文件不是 CSV 文本（UTF-8 或者 GB18030 编码）。请另存为 CSV 后再选择。"))
TOO_LARGE = say("legacy_too_large", _("文件超过 %(mb)s MB 或者 %(rows)s 行。请分成几个文件。"))
NO_COLUMN = say("legacy_no_column", _("第一行缺少列：%(names)s。请使用下载的空白表，不要改动第一行。"))
NO_ROWS = say("legacy_no_rows", _("文件里没有数据行。"))
EMPTY = say("legacy_empty", _("没有填写。"))
TOO_LONG = say("legacy_too_long", _("内容过长，最多 %(most)s 个字。"))
NO_DAY = say("legacy_no_day", _("日期不存在，请按 2026-01-31 的格式填写。"))
HIDDEN_SIGNS = say(
    "legacy_hidden", _("内容中有看不见的控制字符，显示会与实际不符。请删除这一项后用键盘重新输入。")
)
NO_COUNTRY = say("legacy_no_country", _("不是三位字母的国家（地区）代码，例如 SWE。"))
NO_SEX = say("legacy_no_sex", _("请填写 M、F 或者 X。"))
NO_CLASS = say("legacy_no_class", _("类别只能是 %(classes)s。"))
NO_NUMBER = say("legacy_no_number", _("许可证号只能由 4 至 20 位字母和数字组成。"))
NO_PASSPORT = say("legacy_no_passport", _("护照号码只能由 5 至 20 位字母和数字组成。"))
NO_USCC = say("legacy_no_uscc", _("统一社会信用代码不正确，请对照营业执照核对。"))
UNBORN = say("legacy_unborn", _("出生日期晚于今天。"))
ENDS_FIRST = say("legacy_ends_first", _("有效期止早于有效期起。"))
TOO_WIDE = say("legacy_too_wide", _("有效期超过 %(class)s 类人员的最长期限（%(years)s 年）。"))
EXPIRED = say("legacy_expired", _("已于有效期止日到期，不需要转入。"))
NO_LEGACY = say("legacy_not_legacy", _("有效期起不早于 %(day)s，此后的许可没有实体证，应当在本系统办理。"))
TWICE = say("legacy_twice", _("与第 %(line)s 行重复。"))


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a row is refused and why; ``column`` may be empty (the row as a whole)."""

    line: int
    column: str
    problem: Problem

    def stored(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "column": self.column,
            "code": self.problem.code,
            "params": dict(self.problem.params),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One permit of the file; days as ISO text, as the sealed rows keep them."""

    line: int
    values: Mapping[str, str]

    def day(self, name: str) -> date:
        return date.fromisoformat(self.values[name])


@dataclass(slots=True)
class Sheet:
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Unreadable(Exception):
    """The file as a whole cannot be taken; nothing of it was looked at."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


def read(data: bytes, pack: Pack, today: date) -> Sheet:
    """Every row of the file, good ones and faults. Raises Unreadable."""
    if len(data) > LARGEST:
        raise Unreadable(Problem(TOO_LARGE, {"mb": LARGEST // 2**20, "rows": MOST_ROWS}))
    lines = csv.reader(io.StringIO(_text(data), newline=""))
    sheet = Sheet()
    seen: dict[tuple[str, str], int] = {}
    try:
        order = _columns(next(lines, []))
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(sheet.rows) + len({fault.line for fault in sheet.faults}) >= MOST_ROWS:
                raise Unreadable(Problem(TOO_LARGE, {"mb": LARGEST // 2**20, "rows": MOST_ROWS}))
            line = lines.line_num
            values = {name: cells[at].strip() if at < len(cells) else "" for name, at in order.items()}
            _take(sheet, seen, line, values, pack, today)
    except csv.Error:
        raise Unreadable(Problem(NOT_TEXT)) from None
    if not sheet.rows and not sheet.faults:
        raise Unreadable(Problem(NO_ROWS))
    return sheet


def _text(data: bytes) -> str:
    if b"\x00" in data:
        raise Unreadable(Problem(NOT_TEXT))
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(Problem(NOT_TEXT))


def _columns(heads: list[str]) -> dict[str, int]:
    """Column → place. A head is the code, or its name as the blank sheet prints it."""
    names = {code: code for code in COLUMNS} | {title(code): code for code in COLUMNS}
    found = {names[head.strip()]: at for at, head in enumerate(heads) if head.strip() in names}
    missing = [str(label) for code, label in COLUMNS.items() if code not in found and code not in OPTIONAL]
    if missing:
        raise Unreadable(Problem(NO_COLUMN, {"names": missing}))
    return found


def title(code: str) -> str:
    """What the column is called on the blank sheet: in Chinese, the authentic language."""
    with override("zh-hans"):
        return str(COLUMNS[code])


def _take(
    sheet: Sheet, seen: dict[tuple[str, str], int], line: int, values: dict[str, str], pack: Pack, today: date
) -> None:
    for name in ("number", "passport_number", "nationality", "passport_country", "sex", "category"):
        values[name] = values[name].upper()
    values["uscc"] = clean_uscc(values["uscc"])
    found = [
        Fault(line, name, problem)
        for name, value in values.items()
        if (problem := _cell(name, value, pack)) is not None
    ]
    if not found:
        found = [Fault(line, name, problem) for name, problem in _together(values, pack, today)]
    for key in (
        ("number", values["number"]),
        ("passport_number", values["passport_country"] + values["passport_number"]),
    ):
        if not found and key in seen:
            found.append(Fault(line, key[0], Problem(TWICE, {"line": seen[key]})))
        seen.setdefault(key, line)
    if found:
        sheet.faults += found
    else:
        sheet.rows.append(Row(line, values))


def _country(value: str) -> bool:
    return value in ICAO or pycountry.countries.get(alpha_3=value) is not None


CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "number": (lambda value: bool(NUMBER.match(value)), NO_NUMBER),
    "passport_number": (lambda value: bool(PASSPORT.match(value)), NO_PASSPORT),
    "nationality": (_country, NO_COUNTRY),
    "passport_country": (_country, NO_COUNTRY),
    "sex": (lambda value: value in ("M", "F", "X"), NO_SEX),
}


def _cell(name: str, value: str, pack: Pack) -> Problem | None:
    """What is wrong with one value by itself."""
    if not value:
        return None if name in OPTIONAL else Problem(EMPTY)
    if len(value) > LONGEST.get(name, 40):
        return Problem(TOO_LONG, {"most": LONGEST.get(name, 40)})
    if re.search(HIDDEN, value):
        return Problem(HIDDEN_SIGNS)
    if name in CHECKS and not CHECKS[name][0](value):
        return Problem(CHECKS[name][1])
    if name == "category" and value not in pack.matters["permits"].categories:
        return Problem(NO_CLASS, {"classes": list(pack.matters["permits"].categories)})
    if name == "uscc":
        try:
            validate_uscc(value)
        except ValidationError:
            return Problem(NO_USCC)
    if name in DAYS:
        try:
            found = date.fromisoformat(value)
        except ValueError:
            return Problem(NO_DAY)
        # Weeks of the year (2026-W01-1) are days to the calendar, and none to the sheet.
        if found.isoformat() != value or not 1900 <= found.year <= 2100:
            return Problem(NO_DAY)
    return None


def _together(values: Mapping[str, str], pack: Pack, today: date) -> list[tuple[str, Problem]]:
    """What the values of one row say about each other; the bounds are the pack's."""
    start, until = date.fromisoformat(values["valid_from"]), date.fromisoformat(values["valid_until"])
    category, found = values["category"], []
    if date.fromisoformat(values["birth_date"]) > today:
        found.append(("birth_date", Problem(UNBORN)))
    last = pack.laws["card"].in_force
    years = pack.value("permit_max_years", category)
    if until < start:
        found.append(("valid_until", Problem(ENDS_FIRST)))
    elif until < today:
        found.append(("valid_until", Problem(EXPIRED)))
    elif until >= _years_on(start, years):
        found.append(("valid_until", Problem(TOO_WIDE, {"class": category, "years": years})))
    if last and start >= last:
        found.append(("valid_from", Problem(NO_LEGACY, {"day": last.isoformat()})))
    return found


def _years_on(day: date, years: int) -> date:
    # The former register gave terms that end on the day itself: one day more than ours.
    return day + relativedelta(years=years, days=1)


def blank() -> str:
    """The blank sheet: one line of heads, with the mark that makes office programs read it as UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerow([title(code) for code in COLUMNS])
    return "\ufeff" + out.getvalue()
