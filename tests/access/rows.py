"""What a row of the access table is; tests/access/table.py says how to read it."""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = ("nobody", "stranger", "agent", "person", "elsewhere", "colleague", "officer")


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    method: str
    cells: str
    about: str = ""  # whose number stands in the address
    data: str = ""
    case: str = "filed"
    step: str = ""
    with_: str = "reception"
    without: str = "decide"

    @property
    def expected(self) -> dict[str, str]:
        cells = self.cells.split()
        assert len(cells) == len(PEOPLE), f"{self.name}: {len(cells)} cells"
        return dict(zip(PEOPLE, cells, strict=True))

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.name, self.step)))
