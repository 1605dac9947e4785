"""How facts get into a dossier: always a new version, never a change. Callers hold the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from pypinyin import lazy_pinyin

from foreignwork.accounts.models import Organisation, User
from foreignwork.vault import blobs
from foreignwork.vault.index import blind_index, name_tokens, normalise_passport
from foreignwork.vault.models import DataKey
from foreignwork.vault.uploads import Upload

from .models import (
    AccessEntry,
    DatedFact,
    Document,
    Dossier,
    DossierMatch,
    DossierVersion,
    Engagement,
    EngagementVersion,
    NameToken,
)

Facts = Mapping[str, Any]


class AlreadyOpen(Exception):
    """This employer has a dossier for this passport already; ``dossier`` is it."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier


def passport_index(facts: Facts) -> bytes:
    """Blind index of issuing country and passport number."""
    return blind_index("passport", normalise_passport(facts["passport_country"], facts["passport_number"]))


def name_words(facts: Facts) -> set[str]:
    """The words a person can be found by: Latin name parts, the Chinese name whole, and its pinyin."""
    chinese = facts.get("name_zh") or ""
    latin = name_tokens(facts.get("surname", ""), facts.get("given_names", ""))
    return {*latin, *name_tokens(chinese), *name_tokens("".join(lazy_pinyin(chinese)))}


def open_dossier(
    *, employer: Organisation, facts: Facts, by: User | None, at: datetime
) -> tuple[Dossier, Engagement]:
    """Open a dossier with its first version and an engagement to ``employer``.

    Raises AlreadyOpen when the same employer has one for this passport. A dossier of *another* employer is linked
    silently; nothing in the answer tells of it.
    """
    index = passport_index(facts)
    key = DataKey.objects.make(at)
    try:
        with transaction.atomic():
            dossier = Dossier.objects.create(
                data_key=key, opened_by=employer, passport_index=index, opened_at=at
            )
    except IntegrityError:
        raise AlreadyOpen(Dossier.objects.get(opened_by=employer, passport_index=index)) from None
    _match(dossier, at=at)
    add_version(dossier, facts=facts, by=by, at=at)
    engagement = Engagement.objects.create(dossier=dossier, employer=employer, opened_at=at)
    return dossier, engagement


def _match(dossier: Dossier, *, at: datetime) -> None:
    """Link the dossiers of other employers that have the same passport, both ways, and those linked to either before: one
    person is one group, whichever passport brought its dossiers together. Links once made stay."""
    same = set(
        Dossier.objects.filter(passport_index=dossier.passport_index)
        .exclude(pk=dossier.pk)
        .values_list("pk", flat=True)
    )
    if not same:
        return
    mine, theirs = {dossier.pk}, set(same)
    for known, other in DossierMatch.objects.filter(dossier__in=mine | same).values_list("dossier", "other"):
        (mine if known == dossier.pk else theirs).add(other)
    pairs = {pair for a in mine for b in theirs if a != b for pair in ((a, b), (b, a))}
    DossierMatch.objects.bulk_create(
        [DossierMatch(dossier_id=a, other_id=b, found_at=at) for a, b in sorted(pairs)],
        ignore_conflicts=True,
    )


def _follow_passport(dossier: Dossier, index: bytes, *, at: datetime) -> None:
    """A new passport: the dossier is found by it from now on, and linked by it."""
    if dossier.passport_index == index:
        return
    try:
        with transaction.atomic():
            Dossier.objects.filter(pk=dossier.pk).update(passport_index=index)
    except IntegrityError:
        raise AlreadyOpen(Dossier.objects.get(opened_by=dossier.opened_by_id, passport_index=index)) from None
    dossier.passport_index = index
    _match(dossier, at=at)


def add_version(dossier: Dossier, *, facts: Facts, by: User | None, at: datetime) -> DossierVersion:
    """Add a version of the person's facts and refresh the indexes.

    Raises AlreadyOpen when the employer has another dossier for the new passport.
    """
    _follow_passport(dossier, passport_index(facts), at=at)
    seq = (dossier.versions.order_by("-seq").values_list("seq", flat=True).first() or 0) + 1
    version = DossierVersion.objects.create(
        dossier=dossier,
        data_key_id=dossier.data_key_id,
        seq=seq,
        facts=dict(facts),
        passport_index=passport_index(facts),
        created_by=by,
        created_at=at,
    )
    NameToken.objects.bulk_create(
        [NameToken(dossier=dossier, token=blind_index("name", word)) for word in sorted(name_words(facts))],
        ignore_conflicts=True,
    )
    return version


def add_engagement_version(
    engagement: Engagement, *, facts: Facts, by: User | None, at: datetime
) -> EngagementVersion:
    """Add a version of the engagement's facts."""
    seq = (engagement.versions.order_by("-seq").values_list("seq", flat=True).first() or 0) + 1
    return EngagementVersion.objects.create(
        engagement=engagement,
        data_key_id=engagement.dossier.data_key_id,
        seq=seq,
        facts=dict(facts),
        created_by=by,
        created_at=at,
    )


def add_document(
    *,
    dossier: Dossier,
    engagement: Engagement | None,
    kind: str,
    filename: str,
    data: bytes,
    upload: Upload,
    by: User | None,
    at: datetime,
    valid_until: date | None = None,
) -> Document:
    """Keep an inspected upload. An earlier document of the same kind and scope is marked as replaced, never deleted."""
    blob = blobs.store(data, data_key=dossier.data_key, media_type=upload.media_type, at=at)
    document = Document.objects.create(
        dossier=dossier,
        data_key_id=dossier.data_key_id,
        engagement=engagement,
        kind=kind,
        blob=blob,
        filename=filename,
        media_type=upload.media_type,
        pages=upload.pages or 1,
        valid_until=valid_until,
        uploaded_by=by,
        uploaded_at=at,
    )
    Document.objects.filter(
        dossier=dossier, engagement=engagement, kind=kind, replaced_by__isnull=True
    ).exclude(pk=document.pk).update(replaced_by=document)
    return document


def record_dated_fact(dossier: Dossier, *, kind: str, on: date, by: User | None, at: datetime) -> DatedFact:
    """Record a day that starts a clock. The latest record of a kind counts."""
    return DatedFact.objects.create(dossier=dossier, kind=kind, on=on, recorded_by=by, recorded_at=at)


def log_access(dossier: Dossier, *, user: User, what: str, purpose: str, at: datetime) -> None:
    """Write down who looked at what, and why, before it is shown."""
    AccessEntry.objects.create(dossier=dossier, user=user, what=what, purpose=purpose, at=at)
