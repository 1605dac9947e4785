"""What of a dossier an agent or the person may see besides the dossier itself, and lists by key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models

from foreignwork.accounts.who import Actor, Side
from foreignwork.dossiers.models import Document, Dossier, DossierVersion, Engagement
from foreignwork.vault import keys

Row = TypeVar("Row", bound=models.Model)


def engagements_visible_to(actor: Actor) -> models.QuerySet[Engagement]:
    """An agent sees the work for his employers, a person all of his own work."""
    if actor.side == Side.PERSON:
        return Engagement.objects.filter(dossier__holder=actor.user)
    return Engagement.objects.filter(employer_id__in=actor.employers)


def documents_visible_to(actor: Actor) -> models.QuerySet[Document]:
    """Materials of visible dossiers; those of an engagement only for whoever sees the engagement."""
    mine = models.Q(engagement__isnull=True) | models.Q(engagement__in=engagements_visible_to(actor))
    rows: models.QuerySet[Document] = Document.objects.filter(
        mine, dossier__in=Dossier.objects.visible_to(actor)
    )
    return rows


def names_of(dossier_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Latin and Chinese name of each dossier's newest facts: two queries, however many."""
    rows = DossierVersion.objects.filter(dossier_id__in=set(dossier_ids)).order_by("dossier_id", "-seq")
    newest = list(rows.distinct("dossier_id"))
    keys.prime({row.data_key_id for row in newest})
    return {
        row.dossier_id: {
            "latin": f"{row.facts.get('surname', '')} {row.facts.get('given_names', '')}".strip(),
            "zh": row.facts.get("name_zh") or "",
        }
        for row in newest
    }


def next_before(rows: models.QuerySet[Row], before: Any, size: int) -> tuple[list[Row], int | None]:
    """One page of a newest-first list, and the key the next page starts after; a bad key is the first page."""
    if before and str(before).isascii() and str(before).isdigit() and len(str(before)) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: size + 1])
    return page[:size], (page[size - 1].pk if len(page) > size else None)
