"""Published results as open data: one row per result in publication, of firms and agencies only (S004-25, S004-107).

The same rows feed the public list, the CSV and the JSON file. A person is nowhere in them: neither the findings about people nor
their number. ``id`` is the number of the inspection and never changes; a result taken back or ended leaves the next download.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Organisation

from . import policy
from .models import Inspection

BATCH = 2000
WHOLE = 3
"""From three characters on the index of trigrams finds a word anywhere in a name; shorter ones are looked for at its start."""

COLUMNS = {
    "id": _("检查编号，固定不变"),
    "uscc": _("统一社会信用代码"),
    "name": _("单位名称"),
    "kind": _("单位类型：employer 用人单位，agency 中介服务机构"),
    "office": _("检查机关"),
    "source": _("检查来源：draw、complaint、lead、transfer"),
    "items": _("检查事项代码，以分号分隔"),
    "result": _("检查结果代码"),
    "result_zh": _("检查结果"),
    "visited_on": _("检查日期"),
    "published_on": _("公示日期"),
    "published_until": _("公示截止日期，空：未设期限"),
    "corrected": _("公示以后是否更正过：yes、no"),
}


def shown(day: date) -> QuerySet[Inspection]:
    """What is in publication on ``day``: a term that has passed hides a result even where nobody ended it yet."""
    rows: QuerySet[Inspection] = Inspection.objects.filter(
        Q(published_until__isnull=True) | Q(published_until__gte=day),
        published_on__isnull=False,
        unpublished_on__isnull=True,
    )
    return rows


def about(rows: QuerySet[Inspection], asked: str) -> QuerySet[Inspection]:
    """Those of firms whose code is ``asked`` or whose name contains it."""
    if not asked:
        return rows
    how = "contains" if len(asked) >= WHOLE else "startswith"
    firms = Organisation.objects.filter(
        Q(uscc=asked.upper()) | Q(**{f"name_zh__{how}": asked}) | Q(**{f"name_en__{how}": asked})
    )
    return rows.filter(subject_org__in=firms)


def records(day: date) -> Iterator[dict[str, Any]]:
    """Every result in publication, oldest first, in batches by key: a constant memory however many."""
    after, names = 0, {}
    corrections = Inspection.publications.rel.related_model.objects.filter(  # type: ignore[attr-defined]
        inspection=OuterRef("pk"), kind="correct"
    )
    while True:
        rows = list(
            shown(day)
            .filter(pk__gt=after)
            .annotate(was_corrected=Exists(corrections))
            .select_related("subject_org", "office", "policy_version")
            .defer("policy_version__document")
            .order_by("pk")[:BATCH]
        )
        if not rows:
            return
        after = rows[-1].pk
        for row in rows:
            if row.policy_version_id not in names:
                names[row.policy_version_id] = policy.of(row.policy_version).results
            yield _record(row, names[row.policy_version_id])


def _record(row: Any, results: Any) -> dict[str, Any]:
    result = results.get(row.shown_result)
    return {
        "id": row.number,
        "uscc": row.subject_org.uscc,
        "name": row.subject_org.name_zh,
        "kind": row.subject_org.kind,
        "office": row.office.name_zh,
        "source": row.source,
        "items": ";".join(row.items),
        "result": row.shown_result,
        "result_zh": result.text.zh if result else "",
        "visited_on": row.visited_on.isoformat() if row.visited_on else "",
        "published_on": row.published_on.isoformat(),
        "published_until": row.published_until.isoformat() if row.published_until else "",
        "corrected": "yes" if row.was_corrected else "no",
    }
