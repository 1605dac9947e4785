"""Printing queued notices: once each, visibly failed when it cannot be done, and found again when lost."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any, cast

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, transaction
from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from foreignwork.outbox.models import WAITING, OutboxMessage
from foreignwork.outbox.put import Message, nudge, put
from foreignwork.outbox.registry import effect
from foreignwork.vault import blobs

from . import pictures
from .issue import RENDER
from .models import Notice, NoticeBody, NoticeFile
from .render import render
from .seals import seal_of, sign

log = logging.getLogger(__name__)

LOST_AFTER = timedelta(seconds=60)
SWEEP = 200  # notices a sweep looks after; the next one takes the next


@effect(RENDER)
def render_notice(payload: dict[str, Any], at: datetime) -> None:
    """Outbox handler: ``payload`` is ``{"notice": id}``."""
    produce(payload["notice"], at)


def produce(notice_id: int, at: datetime) -> Notice:
    """Print, sign and store a notice that has no file yet; one that has is left alone.

    A failure of the paper itself is written down (status ``failed``, the error's class) for the desk. Trouble of the
    database or of time goes back to the outbox, which tries again and quarantines after three attempts.
    """
    with transaction.atomic():
        notice = _locked(Notice.objects.filter(pk=notice_id)).get()
        if NoticeFile.objects.filter(notice=notice).exists():
            return notice
        try:
            with transaction.atomic():
                _print(notice, at)
        except (DatabaseError, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            _fail(notice, type(error).__name__)
        return notice


def _print(notice: Notice, at: datetime) -> None:
    body = NoticeBody.objects.get(notice=notice)
    context = cast(dict[str, Any], body.context)
    seal = seal_of(notice.office.code, context["office"]["zh"])
    printed = render(
        body.template,
        context,
        code=notice.code,
        base_url=notice.base_url,
        sample=seal.sample,
        pictures=pictures.load(context, data_key=notice.case.data_key_id),
    )
    title = f"{context['title']['zh']} {notice.number}"
    pdf = sign(printed.pdf, seal, title=title, office=context["office"]["zh"])
    blob = blobs.store(pdf, data_key=notice.case.data_key, media_type="application/pdf", at=at)
    NoticeFile.objects.create(
        notice=notice, blob=blob, sha256=hashlib.sha256(pdf).hexdigest(), pages=printed.pages, rendered_at=at
    )
    notice.status, notice.failure, notice.issued_at = Notice.Status.ISSUED, "", at
    notice.save(update_fields=["status", "failure", "issued_at"])


def _fail(notice: Notice, error: str) -> None:
    """Only the class of the error is kept: its text may quote the paper."""
    log.error("notice %s could not be printed: %s", notice.pk, error)
    Notice.objects.filter(pk=notice.pk).update(status=Notice.Status.FAILED, failure=error[:80])
    notice.status, notice.failure = Notice.Status.FAILED, error[:80]


def retry(notice: Notice, at: datetime) -> bool:
    """“Try again” on the desk. False when the notice has not failed (somebody was faster)."""
    with transaction.atomic():
        found = _locked(Notice.objects.filter(pk=notice.pk, status=Notice.Status.FAILED)).first()
        if found is None:
            return False
        _queue([found], at)
    notice.refresh_from_db()
    return True


def requeue_lost(at: datetime) -> tuple[int, int]:
    """Notices queued for LOST_AFTER without a waiting message: quarantined ones fail visibly, the others are put again.

    Returns (put again, failed).
    """
    mine = OutboxMessage.objects.filter(topic=RENDER).annotate(
        paper=Cast(KT("payload__notice"), BigIntegerField())
    )
    with transaction.atomic():
        lost = list(
            _locked(
                Notice.objects.filter(status=Notice.Status.QUEUED, created_at__lte=at - LOST_AFTER)
                .exclude(Exists(mine.filter(WAITING, paper=OuterRef("pk"))))
                .order_by("created_at", "pk"),
                skip=True,
            )[:SWEEP]
        )
        if not lost:
            return 0, 0
        stuck = mine.filter(paper__in=[notice.pk for notice in lost], quarantined_at__isnull=False)
        errors = dict(stuck.order_by("pk").values_list("paper", "last_error"))
        for notice in lost:
            if notice.pk in errors:
                _fail(notice, errors[notice.pk] or "Quarantined")
        again = [notice for notice in lost if notice.pk not in errors]
        _queue(again, at)
    return len(again), len(lost) - len(again)


def _queue(notices: list[Notice], at: datetime) -> None:
    """Under a new key each: the outbox passes over keys it knows."""
    if not notices:
        return
    ids = [notice.pk for notice in notices]
    sent: dict[int, int] = {}
    known = OutboxMessage.objects.filter(topic=RENDER, payload__notice__in=ids).values_list("payload", "key")
    for payload, key in known:
        _word, _id, *turn = key.split(":")
        sent[payload["notice"]] = max(sent.get(payload["notice"], 0), int(turn[0]) if turn else 0)
    put(
        [
            Message(key=f"render:{pk}:{sent.get(pk, 0) + 1}", topic=RENDER, payload={"notice": pk})
            for pk in ids
        ],
        at=at,
    )
    Notice.objects.filter(pk__in=ids).update(status=Notice.Status.QUEUED, failure="")
    nudge()


def _locked(rows: QuerySet[Notice], *, skip: bool = False) -> QuerySet[Notice]:
    return rows.select_related("case__data_key", "office").select_for_update(of=("self",), skip_locked=skip)
