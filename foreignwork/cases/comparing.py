"""What only officers' comparisons need: equal files of other people, credit records, how many of a class. Lazily, for a batch."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery

from foreignwork.accounts.models import Standing
from foreignwork.dossiers.models import Document, DossierMatch
from foreignwork.vault.models import Blob

from .models import Entitlement

if TYPE_CHECKING:
    from .context import Batch


class Comparing:
    """Facts beyond the case's own; each kind costs a fixed number of queries for the batch, and none until it is asked."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    @cached_property
    def files_of_others(self) -> set[int]:
        """Documents of these cases whose very content lies in the dossier of somebody else too (same keyed hash)."""
        mine = [row.document for rows in self.batch.items.values() for row in rows if row.document]
        if not mine:
            return set()
        # One such document is enough to say so: a sheet that thousands uploaded must not be read a thousand times.
        same_person = DossierMatch.objects.filter(
            dossier=OuterRef(OuterRef(OuterRef("dossier"))), other=OuterRef("dossier")
        )
        elsewhere = (
            Document.objects.filter(blob=OuterRef("name"))
            .exclude(dossier=OuterRef(OuterRef("dossier")))
            .filter(~Exists(same_person))
            .order_by("dossier")
        )
        # One lookup a document, ended by its first twin: by content to the files, by each file to its first document, in the
        # order of the index that holds both. Joined instead, the planner may read every document there is.
        files = Blob.objects.filter(content_hmac=OuterRef("blob__content_hmac"))
        twin = Subquery(
            files.annotate(twin=Subquery(elsewhere.values("pk")[:1]))
            .filter(twin__isnull=False)
            .values("twin")[:1]
        )
        rows = Document.objects.filter(pk__in={row.pk for row in mine}).annotate(twin=twin)
        return {pk for pk, found in rows.values_list("pk", "twin") if found}

    @cached_property
    def standings(self) -> dict[int, list[Standing]]:
        """Credit records of the employers and agencies, by organisation."""
        ids = {case.employer_id for case in self.batch.cases if case.employer_id}
        ids |= {bundle.agency_id for bundle in self.batch.bundles.values() if bundle.agency_id}
        rows = Standing.objects.filter(organisation_id__in=ids).select_related("organisation")
        return self.batch.grouped(rows, lambda row: row.organisation_id)

    def active_in_class(self, matter: str, category: str, office_id: int) -> int:
        """How many entitlements of a class are active that this office granted."""
        return Entitlement.objects.filter(
            matter=matter, category=category, status="active", case__office_id=office_id
        ).count()
