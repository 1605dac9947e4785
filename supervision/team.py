"""Who may go on a visit: in the register, certificate valid on the day, not kept away from the firm or a person looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from foreignwork.accounts.models import Jurisdiction
from foreignwork.cases.problems import Problem

from . import policy, rules
from .inspectors import Kept, Listed, interests_on, register_on
from .models import Inspection, Inspector, Subject

if TYPE_CHECKING:
    from foreignwork.cases.context import Context


@dataclass(frozen=True, slots=True)
class Candidate:
    """``ground``: the code of the pack's recusal reason that keeps the inspector away, empty where none does."""

    listed: Listed
    ground: str = ""

    @property
    def fit(self) -> bool:
        return self.listed.ready and not self.ground


def candidates(place: Jurisdiction, subjects: list[Subject], day: date, own: policy.Own) -> list[Candidate]:
    """The register of ``day`` with what keeps each away from these subjects. A constant number of queries."""
    listed = register_on(place, day)
    kept = interests_on([row.inspector.pk for row in listed], day, own.number("recusal_years"))
    return [Candidate(row, ground_of(kept[row.inspector.pk], subjects)) for row in listed]


def ground_of(kept: Kept, subjects: list[Subject]) -> str:
    """Why somebody keeps away from one of the subjects; empty where nothing speaks against it."""
    for subject in subjects:
        found = kept.organisations.get(subject.organisation_id or 0) or kept.dossiers.get(
            subject.dossier_id or 0
        )
        if found:
            return found
    return ""


def subjects_of(case: Inspection) -> list[Subject]:
    """Everyone looked at in a visit; the firm itself is always among them."""
    rows = [row.subject for row in case.subjects.select_related("subject")]
    org = case.subject_org_id
    if org and all(row.organisation_id != org for row in rows):
        rows.append(Subject(kind="employer", organisation_id=org))
    return rows


def of_case(context: Context, day: date) -> list[Candidate]:
    case = context.case
    assert isinstance(case, Inspection)
    return candidates(case.office.jurisdiction, subjects_of(case), day, rules.own(context))


def objections(context: Context, inspectors: list[Inspector], day: date) -> list[Problem]:
    """What speaks against sending these people on ``day``: not listed, certificate, recusal (never relaxed)."""
    by_id = {row.listed.inspector.pk: row for row in of_case(context, day)}
    found = []
    for one in inspectors:
        row = by_id.get(one.pk)
        who = {"who": str(one), "day": day.isoformat()}
        if row is None:
            found.append(Problem(rules.INSPECTOR_GONE, who))
        elif row.ground:
            found.append(Problem(rules.INSPECTOR_RECUSED, {"who": str(one)}))
        elif not row.listed.ready:
            found.append(Problem(rules.CERTIFICATE_OUT, who))
    return found
