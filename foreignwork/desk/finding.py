"""Finding cases: always within what the officer may see, always by the same query, whatever is asked (B24, E6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet

from foreignwork.cases.models import Case
from foreignwork.dossiers.models import DossierVersion, NameToken
from foreignwork.vault.index import blind_index, name_tokens, normalise_passport

from .seat import Seat
from .worklist import Row, rows_of, shown

MOST = 50
CREDIT_CODE = re.compile(r"[0-9A-Za-z]{18}")
"""What a unified social credit code looks like (GB 32100): no name of a firm is eighteen letters without a space."""


def find(asked: Mapping[str, Any], seat: Seat) -> tuple[list[Row], bool]:
    """(rows, whether there are more). A passport that nobody has takes the same way as one that somebody has."""
    which = _which(asked)
    if which is None:
        return [], False
    rows = Case.objects.visible_to(seat.actor).filter(which)
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
    return rows_of(shown(ids[:MOST]), seat.today), len(ids) > MOST


def _named(words: Collection[str]) -> QuerySet[Any, Any]:
    """Dossiers whose names hold all these words: counted, because a table joined for each is an order more for the planner to try."""
    held = NameToken.objects.filter(token__in=[blind_index("name", word) for word in words])
    return held.values("dossier").annotate(words=Count("pk")).filter(words=len(set(words))).values("dossier")


def _which(asked: Mapping[str, Any]) -> Q | None:
    """None when something was asked that cannot match anything (a name of signs only)."""
    which = Q()
    if number := (asked.get("number") or "").strip().upper():
        which &= Q(number__startswith=number)
    if asked.get("passport"):
        plain = normalise_passport(asked.get("country") or "", asked["passport"])
        if not plain:
            return None
        versions = DossierVersion.objects.filter(passport_index=blind_index("passport", plain))
        which &= Q(dossier__in=versions.values("dossier"))
    if asked.get("name"):
        words = name_tokens(asked["name"])
        if not words:
            return None
        which &= Q(dossier__in=_named(words))
    if employer := (asked.get("employer") or "").strip():
        if CREDIT_CODE.fullmatch(employer):  # by its index; a name has to be looked for in every firm
            which &= Q(employer__uscc=employer.upper())
        else:
            which &= Q(employer__name_zh__icontains=employer) | Q(employer__name_en__icontains=employer)
    return which
