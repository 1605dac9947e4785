"""The service guide (办事指南) of one place on one day, read from the very pack that cases of that day are handled under.

Nothing is written here that the pack does not say: limits come from ``Pack.clock_limit`` (what the clocks ask), offices from
``Pack.route_for``, remedies from ``Pack.remedy``, materials from ``pack.materials``. Sources: S000-23…26, S003-49…67, -76, -109.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext

from foreignwork.cases.law import in_words
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema import BUNDLE, Matter, Reason, Text
from foreignwork.policies.schema_filing import Channel, Delivery, Fact, Window

from . import process, words
from .rows import (
    Figure,
    LimitRow,
    MaterialRow,
    OfficeRow,
    RemedyRow,
    Subs,
    applied_subs,
    figure,
    limits,
    materials,
    offices,
    remedies,
    results,
)


@dataclass(frozen=True, slots=True)
class MatterGuide:
    code: str
    entry: Matter
    lane: process.Lane
    basis: str
    conditions: list[tuple[str, list[Reason]]]
    sub: str
    sub_matters: list[tuple[str, Text, list[str]]]
    materials: list[MaterialRow]
    limits: list[LimitRow]
    offices: list[OfficeRow]
    results: list[Text]
    refusals: list[Reason]
    remedies: list[RemedyRow]
    delivery: list[Delivery]
    windows: list[Window]
    instant: list[str] | None

    @property
    def own_limits(self) -> list[LimitRow]:
        """The limits that bind the applicant, not the office."""
        return [row for row in self.limits if row.applicant]


@dataclass(frozen=True, slots=True)
class Guide:
    """``published``: figures shown and never a clock (law-notes 7). ``open_points``: how many entries await confirmation."""

    version: PolicyVersion
    pack: Pack
    rounds: list[process.Round]
    promised: Figure | None
    published: list[Figure]
    matters: list[MatterGuide] = field(default_factory=list)

    @property
    def title(self) -> str:
        return gettext("%(name)s办事指南") % {"name": words.picked(self.pack.meta.name)}

    @property
    def lead(self) -> Text | None:
        said = self.pack.guide
        return self.pack.offices[said.lead].name if said and said.lead else None

    @property
    def joint(self) -> list[Text]:
        said = self.pack.guide
        return [self.pack.offices[office].name for office in said.joint] if said else []

    @property
    def facts(self) -> list[Fact]:
        said = self.pack.guide
        return sorted(said.facts.values(), key=lambda fact: fact.order) if said else []

    @property
    def channels(self) -> list[Channel]:
        said = self.pack.guide
        return list(said.channels.values()) if said else []

    @property
    def basis(self) -> str:
        return in_words("；".join(self.pack.meta.cites))

    @property
    def uncertain(self) -> bool:
        rows = [row for matter in self.matters for row in matter.limits]
        figures = [one for row in rows for one in (row.statutory, row.promised, row.applicant) if one]
        offices = [row for matter in self.matters for row in matter.offices]
        return any(one.uncertain for one in figures) or any(row.uncertain for row in offices)


def guide_of(version: PolicyVersion, *, only: str = "", sub: str = "") -> Guide:
    """The guide of a version, in the active language; ``only`` one matter's part, and of that only what ``sub`` needs.
    KeyError for an unknown matter or sub-matter.
    """
    pack = version.pack
    codes = process.applied_for(pack)
    if only:
        codes = [codes[codes.index(only)]] if only in codes else [_unknown(only)]
    promised = pack.clock_limit(BUNDLE, "decision", "promised")
    return Guide(
        version=version,
        pack=pack,
        rounds=process.rounds(pack),
        promised=figure(promised),
        published=[shown for entry in pack.published_limits() if (shown := figure(entry))],
        matters=[matter_guide(pack, code, sub=sub) for code in codes],
    )


def _unknown(code: str) -> str:
    raise KeyError(code)


def matter_guide(pack: Pack, code: str, *, sub: str = "") -> MatterGuide:
    entry = pack.matters[code]
    every = applied_subs(entry)
    subs = {sub: every[sub]} if sub else every
    instant = pack.instant
    return MatterGuide(
        code=code,
        entry=entry,
        lane=process.lane(pack, code),
        basis=words.picked(entry.basis) or in_words("；".join(entry.cites)),
        sub=sub,
        conditions=_conditions(entry, subs),
        sub_matters=[(name, one.name, words.condition(pack, one.when)) for name, one in every.items()],
        materials=list(materials(pack, code, subs)),
        limits=list(limits(pack, code, subs)),
        offices=offices(pack, code, subs),
        results=results(pack, code),
        refusals=[reason for reason in entry.refusal_reasons.values() if _belongs(reason, subs)],
        remedies=remedies(pack, code),
        delivery=list(pack.deliveries(code).values()),
        windows=[window for window in pack.windows.values() if not window.matters or code in window.matters],
        instant=_instant(pack, code, entry, subs) if instant and instant.offered else None,
    )


def _belongs(reason: Reason, subs: Subs) -> bool:
    return not subs or any(reason.belongs_to(sub) for sub in subs)


def _instant(pack: Pack, code: str, entry: Matter, subs: Subs) -> list[str] | None:
    """Which kinds and classes are decided on the spot, in words; empty = all; None = none of this matter's."""
    offer = pack.instant
    if offer is None or (offer.matters and code not in offer.matters):
        return None
    if offer.sub_matters and subs and not {*offer.sub_matters} & {*subs}:
        return None
    return [words.picked(subs[sub].name) for sub in offer.sub_matters if sub in subs] + [
        words.category(pack, category) for category in offer.categories if category in entry.categories
    ]


# Who may apply


def _conditions(matter: Matter, subs: Subs) -> list[tuple[str, list[Reason]]]:
    heads = {
        "employer": gettext("用人单位"),
        "person": gettext("外国人本人"),
        "both": gettext("用人单位和外国人"),
        "office": gettext("由主管部门核实"),
    }
    found = [
        (
            heads[of],
            [reason for reason in matter.conditions.values() if reason.of == of and _belongs(reason, subs)],
        )
        for of in heads
    ]
    return [(head, reasons) for head, reasons in found if reasons]
