"""Writing the notice rows of a set of turns: numbers, frozen bodies, and the outbox messages that will render them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from foreignwork.cases.context import Context
from foreignwork.cases.models import CaseEvent, NumberSeries
from foreignwork.cases.steps import Act, Step
from foreignwork.outbox.put import Message
from foreignwork.rows import filled, insert_many

from .kinds import NoticeKind
from .models import NUMBER, Notice, NoticeBody
from .templates import template_version

Turn = tuple[Step, Context, Act, CaseEvent]
RENDER = "notices.render"


def take_numbers(series: str, year: int, count: int) -> range:
    """Take ``count`` consecutive numbers of a series. The row stays locked until the transaction ends: no gap, no repeat."""
    table = connection.ops.quote_name(NumberSeries._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (series, year, last) VALUES (%s, %s, %s)"  # noqa: S608 - the table name is ours
            f" ON CONFLICT (series, year) DO UPDATE SET last = {table}.last + EXCLUDED.last RETURNING last",
            [series, year, count],
        )
        row = cursor.fetchone()
    assert row is not None
    last = int(row[0])
    return range(last - count + 1, last + 1)


def issue(turns: Sequence[Turn], *, at: datetime) -> list[Notice]:
    """Write the notices the steps send. Constant number of queries apart from one counter per series and year."""
    drafts: list[tuple[NoticeKind, Turn]] = [
        (kind, turn) for turn in turns for kind in turn[0].sends if kind.when is None or kind.when(turn[1])
    ]
    if not drafts:
        return []
    series_of = [_series(kind, turn) for kind, turn in drafts]
    wanted = Counter(series_of)
    numbers = {
        key: iter(take_numbers(f"notice:{key[0]}:{key[1]}", key[2], n)) for key, n in sorted(wanted.items())
    }
    notices, bodies = [], []
    for (kind, (_step, context, act, event)), key in zip(drafts, series_of, strict=True):
        office_id, series, year = key
        seq = next(numbers[key])
        notice = filled(
            Notice,
            {
                "case_id": context.case.pk,
                "event_id": event.pk,
                "kind": kind.code,
                "office_id": office_id,
                "series": series,
                "year": year,
                "seq": seq,
                "number": NUMBER % (series, year, seq),
                "base_url": settings.PUBLIC_BASE_URL,
                "dated_on": act.today,
                "created_at": at,
            },
        )
        notices.append(notice)
        bodies.append((kind, context, act))
    insert_many(notices)
    insert_many(
        [
            filled(
                NoticeBody,
                {
                    "notice_id": notice.pk,
                    "data_key_id": context.case.data_key_id,
                    "template": kind.template,
                    "template_version": template_version(kind.template),
                    "context": _frozen(kind, context, act, notice),
                },
            )
            for notice, (kind, context, act) in zip(notices, bodies, strict=True)
        ],
        keyless=True,
    )
    return notices


def to_render(notices: Sequence[Notice]) -> list[Message]:
    """The messages that will have the notices printed; the caller puts them into its transaction."""
    return [Message(key=f"render:{row.pk}", topic=RENDER, payload={"notice": row.pk}) for row in notices]


def _series(kind: NoticeKind, turn: Turn) -> tuple[int, str, int]:
    _step, context, act, _event = turn
    return context.case.office_id, context.pack.series(kind.code, context.case.office.code), act.today.year


def _frozen(kind: NoticeKind, context: Context, act: Act, notice: Notice) -> dict[str, object]:
    """Everything the template needs, so that the same row renders the same paper years later."""
    case, pack = context.case, context.pack
    office = pack.offices[case.office.code]
    built = kind.build(context, act)
    paper = {entry.name: getattr(built, entry.name) for entry in fields(built)}
    paper["extra"] = dict(paper["extra"])
    frozen = {
        "kind": kind.code,
        "title": pack.notices[kind.code].title.model_dump(),
        "english": kind.english,
        "number": notice.number,
        "case_number": case.number,
        "bundle_number": context.bundle.number if context.bundle else "",
        "office": office.name.model_dump(),
        "receiver": pack.offices[case.receiver.code].name.model_dump() if case.receiver else None,
        "seal": pack.seal(kind.code, case.office.code, case.matter),
        "phone": pack.phone_for(case.office.code),
        "dated_on": act.today.isoformat(),
        "effective_on": act.effective_on.isoformat(),
        **paper,
    }
    plain: dict[str, object] = json.loads(json.dumps(frozen, cls=DjangoJSONEncoder))
    return plain
