"""Shape of ``calendar/<year>.toml``: one State Council notice on holidays and make-up working days (调休)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HolidayName(_Shape):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Span(_Shape):
    """Days off from ``first`` to ``last``, both included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError("the last day lies before the first")
        if (self.last - self.first).days > 31:
            raise ValueError("no holiday lasts longer than a month")
        return self


class Holiday(_Shape):
    name: HolidayName
    off: Span
    work: tuple[date, ...] = ()


class CalendarYear(_Shape):
    year: int = Field(ge=1991, le=2109, description="inside the working-day table, with a year to each side")
    notice: str = Field(
        pattern=r"^\S+〔\d{4}〕\d+号$", description="document number, e.g. 国办发明电〔2025〕7号"
    )
    notice_date: date
    title: str = Field(min_length=1)
    holidays: tuple[Holiday, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        off, on = list(self.days_off()), list(self.days_on())
        for day in (*off, *on):
            # A notice may reach back into the last December (2019's did); never anywhere else.
            if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):
                raise ValueError(f"{day} does not belong to {self.year}")
        for day in on:
            if day.weekday() < 5:
                raise ValueError(f"make-up working day {day} is no Saturday or Sunday")
        if len(set(off)) != len(off) or len(set(on)) != len(on) or set(off) & set(on):
            raise ValueError("a day is named twice")
        if not date(self.year - 1, 1, 1) <= self.notice_date <= date(self.year, 12, 31):
            raise ValueError(
                f"the notice of {self.notice_date} cannot be that of the holidays of {self.year}"
            )
        if f"〔{self.notice_date.year}〕" not in self.notice:
            raise ValueError(
                f"the number {self.notice} and the date {self.notice_date} are of different years"
            )
        return self

    def days_off(self) -> Iterator[date]:
        for holiday in self.holidays:
            for i in range((holiday.off.last - holiday.off.first).days + 1):
                yield holiday.off.first + timedelta(days=i)

    def days_on(self) -> Iterator[date]:
        for holiday in self.holidays:
            yield from holiday.work
