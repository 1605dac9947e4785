"""Versions and proposals of policy packs as the desk lists them: who may see them, what state each is in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.accounts.models import Jurisdiction, Office
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion, Proposal, ProposalDecision, ProposalQuerySet
from foreignwork.policies.pack import Pack

from .seat import RULE_ROLES, Seat

SIDE = re.compile(r"(?P<kind>[vp])(?P<pk>[0-9]{1,18})")
STATES: dict[str, tuple[str | Promise, str]] = {
    "now": (pgettext_lazy("version", "现行"), "ok"),
    "planned": (pgettext_lazy("version", "已定，尚未施行"), "info"),
    "past": (pgettext_lazy("version", "曾经施行"), "shut"),
    "replaced": (pgettext_lazy("version", "未施行即被取代"), "quiet"),
}
OUTCOMES = {"approved": "ok", "refused": "bad", "withdrawn": "quiet"}


def own_places(seat: Seat, *wanted: roles.Role) -> list[Jurisdiction]:
    """Places in whose offices he holds one of the posts."""
    offices = Office.objects.filter(pk__in=seat.offices_as(*(wanted or RULE_ROLES)))
    return list(Jurisdiction.objects.filter(pk__in=offices.values("jurisdiction")).order_by("pk"))


def proposals_for(seat: Seat) -> ProposalQuerySet:
    """Proposals of his own places; others' are nobody's business before they are published."""
    found: ProposalQuerySet = (
        Proposal.objects.slim()
        .filter(jurisdiction__in=own_places(seat))
        .select_related("jurisdiction", "proposed_by", "decision__by", "base")
        .defer("text", "documents", "base__document")
    )
    return found


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: PolicyVersion
    state: str

    @property
    def word(self) -> str | Promise:
        return STATES[self.state][0]

    @property
    def look(self) -> str:
        return STATES[self.state][1]

    @property
    def cells(self) -> list[Any]:
        """As the component ``work_list`` takes them."""
        row = self.version
        how = _("由命令安装") if row.proposal_id is None else _("由两人批准")
        return [
            {
                "text": row.version,
                "href": reverse("desk:pack_version", args=[row.pk]),
                "sub": row.sha256[:12],
            },
            row.effective_from.isoformat(),
            {"tag": self.look, "text": self.word},
            {"text": how, "sub": row.published_by or ""},
        ]


def history(rows: Iterable[PolicyVersion], today: date) -> list[VersionRow]:
    """The versions of one place, newest first, each with what it is today: as ``PolicyVersion.in_force`` would find it."""
    newest = sorted(rows, key=lambda row: (row.published_at, row.effective_from, row.pk), reverse=True)

    def governs(day: date) -> PolicyVersion | None:
        return next((row for row in newest if row.effective_from <= day), None)

    found = []
    for row in newest:
        if row == governs(today):
            state = "now"
        elif row.effective_from > today:
            state = "planned" if row == governs(row.effective_from) else "replaced"
        else:
            state = "past"
        found.append(VersionRow(row, state))
    return sorted(found, key=lambda row: row.version.effective_from, reverse=True)


@dataclass(frozen=True, slots=True)
class Side:
    """A version or a proposal, to be compared or tried out. ``ref`` names it in an address: v12, p3."""

    ref: str
    label: str
    pack: Pack
    document: dict[str, Any]
    jurisdiction: Jurisdiction
    source: PolicyVersion | Proposal


def side(seat: Seat, ref: str) -> Side:
    """Raises Http404 for what there is not, and for another place's proposal."""
    match = SIDE.fullmatch(ref)
    if match is None:
        raise Http404
    pk = int(match["pk"])
    if match["kind"] == "v":
        version = PolicyVersion.objects.select_related("jurisdiction").filter(pk=pk).first()
        if version is None:
            raise Http404
        label = f"{version.jurisdiction} {version.version} · {version.effective_from}"
        return Side(ref, label, version.pack, version.document, version.jurisdiction, version)
    proposal = proposals_for(seat).filter(pk=pk).first()
    if proposal is None:
        raise Http404
    label = f"{proposal.jurisdiction} {proposal.version} · {proposal.effective_from}"
    return Side(ref, label, proposal.pack, proposal.documents[0]["document"], proposal.jurisdiction, proposal)


def sides(seat: Seat, *, only: Collection[int] | None = None) -> list[tuple[str, str]]:
    """Choices of what can be compared: all published versions (of places ``only``), and the open proposals of one's own
    places.
    """
    versions = PolicyVersion.objects.select_related("jurisdiction").order_by(
        "jurisdiction_id", "-effective_from", "-pk"
    )
    if only is not None:
        versions = versions.filter(jurisdiction__in=only)
    found = [
        (f"v{row.pk}", f"{row.jurisdiction} {row.version} · {row.effective_from}") for row in versions[:200]
    ]
    proposals = proposals_for(seat).open().order_by("-pk")[:50]
    mark = _("提案")
    return found + [
        (f"p{row.pk}", f"{mark} {row.jurisdiction} {row.version} · {row.effective_from}") for row in proposals
    ]


def starting_text(place: Jurisdiction) -> str:
    """The file to begin a change with: that of the newest approved proposal, else the installation's."""
    newest = (
        Proposal.objects.filter(jurisdiction=place, decision__outcome=ProposalDecision.Outcome.APPROVED)
        .order_by("-decision__at")
        .first()
    )
    version = PolicyVersion.objects.filter(jurisdiction=place).order_by("-published_at", "-pk").first()
    if newest is not None and version is not None and version.proposal_id == newest.pk:
        return newest.text
    path = loader.FOLDER / f"{version.pack_code if version else place.code}.toml"
    return path.read_text("utf-8") if path.is_file() else ""
