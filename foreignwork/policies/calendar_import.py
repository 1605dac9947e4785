"""Taking up a State Council notice on holidays: read, check against what is in force, write ``<year>.toml`` whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from . import workdays
from .schema_calendar import CalendarYear
from .workdays import Calendar, CalendarError

LARGEST = 100_000  # bytes; a notice has about two thousand


@dataclass(frozen=True, slots=True)
class Intake:
    """A notice read and checked. ``known`` is the year as it stands, None when it is new."""

    year: CalendarYear
    known: CalendarYear | None

    @property
    def same(self) -> bool:
        return self.year == self.known

    @property
    def calendar(self) -> Calendar:
        """The calendar as it would be with this notice."""
        return workdays.build({**workdays.published(), self.year.year: self.year})

    def changed_days(self) -> list[tuple[date, bool, bool]]:
        """(day, was a working day, will be one) of every day of the year whose nature changes."""
        before, after = workdays.calendar(), self.calendar
        days = {*self.year.days_off(), *self.year.days_on()}
        if self.known:
            days |= {*self.known.days_off(), *self.known.days_on()}
        found = [(day, before.is_workday(day), after.is_workday(day)) for day in sorted(days)]
        return [row for row in found if row[1] != row[2]]


def read_notice(file: Path) -> Intake:
    """A notice as TOML or JSON, of the shape of ``calendar/<year>.toml``. Raises CalendarError naming file, key and reason."""
    try:
        size, text = file.stat().st_size, ""
        if size <= LARGEST:
            text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise CalendarError(f"{file.name}: not UTF-8 text") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name cannot be used"
        raise CalendarError(f"{file.name}: cannot be read: {reason}") from error
    if size > LARGEST:
        raise CalendarError(f"{file.name}: larger than {LARGEST:,} bytes: this is no notice")
    return check(_document(file.name, text), name=file.name)


def _document(name: str, text: str) -> Any:
    try:
        return json.loads(text) if name.lower().endswith(".json") else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise CalendarError(f"{name}: {error}") from error
    except (RecursionError, ValueError) as error:
        raise CalendarError(f"{name}: cannot be read: {error}") from error


def check(document: Any, *, name: str = "notice") -> Intake:
    """Shape, number, dates within the year, no overlap, make-up days on weekends; and no day that a neighbouring year's notice
    names otherwise. Raises CalendarError."""
    if not isinstance(document, Mapping):
        raise CalendarError(f"{name}: one table with year, notice, notice_date, title and holidays is needed")
    try:
        year = CalendarYear.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = [name, ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")]
        raise CalendarError(": ".join(part for part in where if part)) from error
    published = workdays.published()
    others = {key: entry for key, entry in published.items() if key != year.year}
    try:
        workdays.build({**others, year.year: year})
    except CalendarError as error:
        raise CalendarError(f"{name}: holidays: {error} (in the notice of a neighbouring year)") from error
    return Intake(year, published.get(year.year))


def write(intake: Intake, *, folder: Path) -> Path:
    """Put the year in place, whole or not at all. Raises CalendarError when the folder does not let us."""
    text = as_toml(intake.year)
    assert CalendarYear.model_validate(tomllib.loads(text)) == intake.year, (
        "what is written reads back the same"
    )
    target = folder / f"{intake.year.year}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, suffix=".new", delete=False
        ) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        Path(new.name).chmod(0o644)
        Path(new.name).replace(target)
    except OSError as error:
        raise CalendarError(
            f"{target}: cannot be written: {error.strerror}. Put the year into the house's own folder, or name a folder "
            "that can be written in FOREIGNWORK_CALENDAR."
        ) from error
    workdays.look_again()
    return target


def as_toml(year: CalendarYear) -> str:
    """The year as its neighbours are written. JSON's strings are TOML's basic strings."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    lines = [
        f"year = {year.year}",
        f"notice = {quoted(year.notice)}",
        f"notice_date = {year.notice_date}",
        f"title = {quoted(year.title)}",
    ]
    for holiday in year.holidays:
        lines += [
            "",
            "[[holidays]]",
            f"name = {{ zh = {quoted(holiday.name.zh)}, en = {quoted(holiday.name.en)} }}",
            f"off = {{ first = {holiday.off.first}, last = {holiday.off.last} }}",
            f"work = [{', '.join(map(str, holiday.work))}]",
        ]
    return "\n".join(lines) + "\n"
