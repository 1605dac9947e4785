"""Fetching a visible case with all its page needs, in as few queries as there are kinds of rows."""

from __future__ import annotations

from collections import defaultdict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject
from django.http import Http404

from foreignwork.accounts.models import Standing
from foreignwork.cases import registry
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Case, Entitlement, Recusal, StageHand, SupplementItem
from foreignwork.dossiers.models import DossierMatch
from foreignwork.rows import packed, unpacked
from foreignwork.vault import keys

from .casefile import REVIEWED, CaseFile
from .seat import Seat


def open_file(number: str, seat: Seat) -> CaseFile:
    """The visible case ``number``, with its matter's own row, facts, hands and recusals in one query. Raises Http404."""
    children = {
        matter.code: matter.model._meta.get_ancestor_link(Case).remote_field.get_accessor_name()  # type: ignore[union-attr]
        for matter in registry.all_matters()
    }
    hands = StageHand.objects.filter(case=OuterRef("pk")).order_by("pk")
    recusals = Recusal.objects.filter(case=OuterRef("pk")).order_by("pk")
    of_these = Q(organisation=OuterRef("employer")) | Q(organisation=OuterRef("bundle__agency"))
    found = (
        Case.objects.visible_to(seat.actor)
        .select_related(
            "policy_version",
            "office",
            "dossier",
            "bundle__policy_version",
            "employer",
            "subject_org",
            "dossier_version",
            "engagement_version",
            *children.values(),
        )
        .defer("policy_version__document", "bundle__policy_version__document")
        .annotate(
            hand_rows=ArraySubquery(hands.values(row=JSONObject(hand="hand", user_id="user_id"))),
            recusal_rows=ArraySubquery(recusals.values(row=JSONObject(reason="reason", user_id="user_id"))),
            held_rows=packed(Entitlement.objects.filter(dossier=OuterRef("dossier")).order_by("pk")),
            standing_rows=packed(Standing.objects.filter(of_these).order_by("pk")),
            # What most cases have none of is asked for only where there is some.
            is_matched=Exists(DossierMatch.objects.filter(dossier=OuterRef("dossier"))),
            is_supplemented=Exists(SupplementItem.objects.filter(case=OuterRef("pk"))),
        )
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    case: Case = getattr(found, children[found.matter])
    for name in (
        "policy_version",
        "office",
        "dossier",
        "bundle",
        "employer",
        "subject_org",
        "dossier_version",
        "engagement_version",
    ):
        setattr(case, name, getattr(found, name))
    keys.prime([case.data_key_id])
    file = CaseFile(case, contexts([case], seat.today)[0], seat)
    _hand_over(file, found)
    return file


def _hand_over(file: CaseFile, found: Case) -> None:
    """Give the rules' context what was fetched already, so that it asks the database for nothing twice."""
    case, batch = file.case, file.context.batch
    if case.dossier_version:
        batch.person_versions = {case.dossier_version.pk: case.dossier_version}
    if case.engagement_version:
        batch.work_versions = {case.engagement_version.pk: case.engagement_version}
    if case.bundle:
        batch.bundles = {case.bundle.pk: case.bundle}
        siblings = Case.objects.filter(bundle_id=case.bundle.pk).select_related("office").order_by("pk")
        batch.siblings = {case.bundle.pk: list(siblings)}
    if case.employer:
        batch.employers = {case.employer.pk: case.employer}
    batch.hands = {case.pk: [StageHand(case_id=case.pk, **row) for row in found.hand_rows]}  # type: ignore[attr-defined]
    batch.recused = {case.pk: [Recusal(case_id=case.pk, **row) for row in found.recusal_rows]}  # type: ignore[attr-defined]
    if case.dossier_id:
        batch.entitlements = {case.dossier_id: unpacked(Entitlement, found.held_rows)}  # type: ignore[attr-defined]
    batch.comparing.standings = _standings(case, unpacked(Standing, found.standing_rows))  # type: ignore[attr-defined]
    if not found.is_matched:  # type: ignore[attr-defined]
        batch.matches = {}
    if not found.is_supplemented:  # type: ignore[attr-defined]
        batch.supplements = {}
    batch.history = {case.pk: file.events}
    batch.reviews = {case.pk: [event for event in file.events if REVIEWED in event.data]}


def _standings(case: Case, rows: list[Standing]) -> dict[int, list[Standing]]:
    """Credit records by organisation; the employer's carry the employer, an agency's are asked for its name when shown."""
    found: dict[int, list[Standing]] = defaultdict(list)
    for row in rows:
        if case.employer and row.organisation_id == case.employer_id:
            row.organisation = case.employer
        found[row.organisation_id].append(row)
    return found
