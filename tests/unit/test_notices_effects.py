"""A queued notice becomes one signed file, once; failures are visible and can be tried again; lost ones are found."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from foreignwork.accounts.models import Office
from foreignwork.cases.models import Bundle
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.notices import authority, effects, files, seals, tasks
from foreignwork.notices.effects import produce, requeue_lost, retry
from foreignwork.notices.models import Notice, NoticeBody, NoticeFile
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.relay import relay
from foreignwork.vault.models import Blob
from tests.stage import AT, assemble, case_of
from tests.stage import cast as cast

LATER = AT + timedelta(minutes=5)


@pytest.fixture
def bundle(cast: Cast) -> Bundle:
    return stage.file(cast, "university", ANNA, at=AT)


@pytest.fixture
def notice(bundle: Bundle) -> Notice:
    """The receipt of papers of the work permit, queued."""
    found = Notice.objects.get(case=case_of(bundle), kind="RECEIPT")
    assert found.status == "queued"
    return found


def messages(notice: Notice) -> list[str]:
    rows = OutboxMessage.objects.filter(topic="notices.render", payload__notice=notice.pk)
    return list(rows.order_by("pk").values_list("key", flat=True))


def test_queued_notice_becomes_a_signed_file_under_the_case_s_key(notice: Notice) -> None:
    produce(notice.pk, LATER)
    notice.refresh_from_db()
    assert (notice.status, notice.issued_at, notice.failure) == ("issued", LATER, "")
    pdf = files.pdf_bytes(notice)
    file = NoticeFile.objects.get(notice=notice)
    assert file.sha256 == hashlib.sha256(pdf).hexdigest() == files.sha256_of(notice)
    assert file.blob.data_key_id == notice.case.data_key_id
    assert file.pages >= 1
    trust = ValidationContext(trust_roots=[load_cert_from_pemder(str(authority.authority_path()))])
    assert validate_pdf_signature(PdfFileReader(BytesIO(pdf)).embedded_signatures[0], trust).bottom_line


def test_twice_gives_the_same_file(notice: Notice) -> None:
    produce(notice.pk, LATER)
    first = files.pdf_bytes(notice)
    produce(notice.pk, LATER + timedelta(days=1))
    assert files.pdf_bytes(notice) == first
    assert NoticeFile.objects.filter(notice=notice).count() == 1
    notice.refresh_from_db()
    assert notice.issued_at == LATER


def test_every_paper_of_a_bundle_prints(bundle: Bundle) -> None:
    queued = list(Notice.objects.filter(case__bundle=bundle))
    assert queued
    for notice in queued:
        assert produce(notice.pk, LATER).status == "issued", (notice.kind, notice.failure)


def test_failure_is_visible_and_can_be_tried_again(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise seals.SealMissing("the person's name must not be kept")

    with monkeypatch.context() as patch:
        patch.setattr(effects, "seal_of", broken)
        produce(notice.pk, LATER)
    notice.refresh_from_db()
    assert (notice.status, notice.failure) == ("failed", "SealMissing")
    assert not NoticeFile.objects.filter(notice=notice).exists()
    with pytest.raises(files.NotReady):
        files.pdf_bytes(notice)

    assert retry(notice, LATER)
    assert (notice.status, notice.failure) == ("queued", "")
    assert not retry(notice, LATER)  # a second click finds nothing to do
    assert messages(notice) == [f"render:{notice.pk}", f"render:{notice.pk}:1"]
    produce(notice.pk, LATER)
    notice.refresh_from_db()
    assert (notice.status, notice.failure) == ("issued", "")


def test_half_done_work_is_undone(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blob's row and the file's row stand or fall together."""
    blobs_before = Blob.objects.count()

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(NoticeFile.objects, "create", broken)
    produce(notice.pk, LATER)
    notice.refresh_from_db()
    assert (notice.status, notice.failure) == ("failed", "RuntimeError")
    assert Blob.objects.count() == blobs_before


def test_erased_case_fails_visibly(notice: Notice) -> None:
    key = notice.case.data_key
    type(key).objects.destroy(key, AT)
    produce(notice.pk, LATER)
    notice.refresh_from_db()
    assert (notice.status, notice.failure) == ("failed", "KeyDestroyed")


def test_sweep_leaves_waiting_messages_alone(notice: Notice) -> None:
    assert requeue_lost(LATER) == (0, 0)
    assert messages(notice) == [f"render:{notice.pk}"]


def test_sweep_puts_lost_notices_again_after_a_minute(notice: Notice) -> None:
    OutboxMessage.objects.filter(key=f"render:{notice.pk}").delete()
    assert requeue_lost(AT + timedelta(seconds=59)) == (0, 0)
    assert requeue_lost(LATER) == (1, 0)
    assert requeue_lost(LATER) == (0, 0)
    assert messages(notice) == [f"render:{notice.pk}:1"]


def test_sweep_shows_what_the_outbox_gave_up(notice: Notice) -> None:
    """A worker killed three times leaves a quarantined message; the desk must see it, and no loop may start."""
    mine = OutboxMessage.objects.filter(key=f"render:{notice.pk}")
    mine.update(quarantined_at=AT, last_error="Crashed", attempts=3)
    assert requeue_lost(LATER) == (0, 1)
    notice.refresh_from_db()
    assert (notice.status, notice.failure) == ("failed", "Crashed")
    assert requeue_lost(LATER) == (0, 0)
    assert retry(notice, LATER)
    assert requeue_lost(LATER) == (0, 0)
    produce(notice.pk, LATER)
    notice.refresh_from_db()
    assert notice.status == "issued"


def test_beat_task_reads_the_clock_and_sweeps(notice: Notice) -> None:
    OutboxMessage.objects.all().delete()
    assert tasks.requeue_lost()["again"] >= 1


def test_every_office_gets_a_seal_at_home_and_none_elsewhere(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.KEY_FILE = tmp_path / "master.json"
    call_command("make_seals", stdout=StringIO())
    first = {file.name: file.read_bytes() for file in authority.folder().iterdir()}
    assert {f"{code}.p12" for code in Office.objects.values_list("code", flat=True)} <= set(first)
    call_command("make_seals", stdout=StringIO())
    assert {file.name: file.read_bytes() for file in authority.folder().iterdir()} == first
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="real seals"):
        call_command("make_seals")


def test_two_workers_at_once_make_one_file(together: Any) -> None:
    cast = assemble()
    bundle = stage.file(cast, "university", ANNA, at=AT)
    notice = Notice.objects.get(case=case_of(bundle), kind="RECEIPT")
    results = together(*[lambda: produce(notice.pk, LATER) for _worker in range(3)])
    assert [getattr(found, "status", found) for found in results] == ["issued"] * 3
    assert NoticeFile.objects.filter(notice=notice).count() == 1


def test_the_outbox_prints_by_itself(real_db: None, settings: Any, tmp_path: Path) -> None:
    """With real commits, as the restricted role: file a bundle, relay, everything issued, nothing left."""
    cast = assemble()
    bundle = stage.file(cast, "university", ANNA, at=AT)
    done = relay(at=LATER)
    assert done.failed == done.quarantined == 0
    statuses = set(Notice.objects.filter(case__bundle=bundle).values_list("status", flat=True))
    assert statuses == {"issued"}
    with transaction.atomic():
        assert NoticeBody.objects.count() == NoticeFile.objects.count() == Notice.objects.count()
