"""Lines of the case page: plain values, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from foreignwork.dossiers.models import Document


@dataclass(frozen=True, slots=True)
class Material:
    """A line of the list of materials. ``asked`` is what a supplement still wants of it."""

    name: str
    code: str
    by_system: bool
    on_paper: bool
    document: Document | None
    expired: bool
    asked: bool

    @property
    def is_image(self) -> bool:
        return bool(self.document and self.document.media_type.startswith("image/"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline, as the component takes it. ``text`` is what the officer or applicant wrote."""

    title: str
    at: datetime
    who: str
    office: str | Promise
    text: str
    state: str = "done"


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition with what each stage found: (stage, finding code or empty)."""

    label: str
    cites: str
    by_stage: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """An item of a supplement and its answer."""

    name: str
    reason: str
    note: str
    round: int
    asked_at: datetime
    answered_at: datetime | None
    document_id: int | None


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another matter of the bundle: its phase and office, never its facts."""

    number: str
    label: str | Promise
    phase: str
    phase_label: str
    office: str
    mine: bool
