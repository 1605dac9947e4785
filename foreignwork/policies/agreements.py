"""Bilateral social security agreements: country × insurance, with dates. What no source states is ``unknown``.

The data lies in ``agreements/social_security.toml`` beside the packs: the same everywhere in the country, so no pack repeats
it. An answer here never grants anything: a certificate of coverage is needed always, and ``unknown`` goes to an officer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import pycountry
from pydantic import BeforeValidator, Field, ValidationError, field_validator

from .loader import PackError
from .schema import Cites, Shape, Slug, Table, Text

FILE = Path(__file__).parent / "agreements" / "social_security.toml"

Cell = Literal["exempt", "required", "unknown"]


def _country(code: Any) -> Any:
    if pycountry.countries.get(alpha_3=str(code)) is None:
        raise ValueError(f"{code!r} is no country code of ISO 3166-1 alpha-3")
    return code


Country = Annotated[str, BeforeValidator(_country)]


class Agreement(Shape):
    """One agreement. ``from_`` empty = entry into force not confirmed; ``max_months`` empty = longest period not stated."""

    name: Text
    from_: date | None = Field(None, alias="from")
    to: date | None = None
    max_months: int | None = Field(None, ge=1)
    extension_months: int | None = Field(None, ge=1)
    exempt: Table[Slug, Cell]
    uncertain: tuple[Literal["from", "max_months"], ...] = ()
    note: Text | None = None
    cites: Cites

    def in_force(self, on: date) -> bool | None:
        """Whether it applies on ``on``; None = not known."""
        if self.from_ is None:
            return None
        return self.from_ <= on and (self.to is None or on <= self.to)

    def says(self, insurance: str, on: date) -> Cell:
        """The cell for ``insurance`` on ``on``; an agreement that does not apply that day exempts nothing."""
        applies = self.in_force(on)
        cell = self.exempt[insurance]
        if applies is False:
            return "required"
        return "unknown" if applies is None and cell == "exempt" else cell

    @property
    def months(self) -> int | None:
        """The longest period an exemption may last without an officer's word; None = not known."""
        return None if "max_months" in self.uncertain else self.max_months


class Agreements(Shape):
    version: str = Field(min_length=1)
    insurances: tuple[Slug, ...] = Field(min_length=1)
    never_exempt: tuple[Slug, ...] = ()
    agreements: Table[Country, Agreement]
    cites: Cites

    @field_validator("agreements")
    @classmethod
    def _some(cls, value: Mapping[str, Agreement]) -> Mapping[str, Agreement]:
        if not value:
            raise ValueError("there is no agreement")
        return value

    @property
    def exemptible(self) -> tuple[str, ...]:
        """The insurances some agreement may exempt from."""
        return tuple(code for code in self.insurances if code not in self.never_exempt)


def faults(found: Agreements) -> Iterator[tuple[str, str]]:
    """``(key, reason)``: a cell for each insurance, none exempt that never is, an end after the beginning."""
    for code in found.never_exempt:
        if code not in found.insurances:
            yield "never_exempt", f"{code!r} is no insurance of the list"
    for country, entry in found.agreements.items():
        at = f"agreements.{country}"
        missing, strange = (
            set(found.insurances) - set(entry.exempt),
            set(entry.exempt) - set(found.insurances),
        )
        if missing:
            yield (
                f"{at}.exempt",
                f"says nothing of {', '.join(sorted(missing))}; write unknown if it is not known",
            )
        if strange:
            yield f"{at}.exempt", f"{', '.join(sorted(strange))} is no insurance of the list"
        for code in found.never_exempt:
            if entry.exempt.get(code, "required") != "required":
                yield f"{at}.exempt.{code}", "no agreement exempts from this insurance"
        if entry.from_ and entry.to and entry.to < entry.from_:
            yield at, "ends before it starts"
        if entry.from_ is None and "from" not in entry.uncertain:
            yield f"{at}.from", "give the day of entry into force, or mark it uncertain"


def parse(document: Mapping[str, Any], *, file: str = FILE.name) -> Agreements:
    """Agreements from a document. Raises PackError naming file, key and reason."""
    try:
        found = Agreements.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise PackError(file, ".".join(map(str, first["loc"])), first["msg"]) from error
    for key, reason in faults(found):
        raise PackError(file, key, reason)
    return found


@cache
def agreements() -> Agreements:
    """What stands in the file; read once a process."""
    return parse(tomllib.loads(FILE.read_text("utf-8")))
