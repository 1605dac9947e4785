"""外国人来华工作许可申请表 (S003-77): printed by the house from the dossier and the answers, for signing."""

from __future__ import annotations

from datetime import timedelta

from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.registry import handler_of
from foreignwork.vault import blobs
from tests.matters.cast_process import go
from tests.matters.test_permit_kinds import LATER, again, held
from tests.matters.test_permits import ask
from tests.stage import AT, case_of
from tests.stories.acts import plain, text_of_pdf


def printed(case: object) -> str:
    row = OutboxMessage.objects.filter(topic="notices.sheet", payload__code="permit_form").latest("pk")
    assert set(row.payload) == {"case", "seq", "code"}, "nothing of the person waits in the queue"
    handler_of(row.topic)(row.payload, AT)
    item = case.bundle.items.select_related("document__blob").get(code="permit_form")  # type: ignore[attr-defined]
    return text_of_pdf(blobs.read(item.document.blob))


def test_the_form_says_what_was_declared_and_has_the_places_to_sign(cast: Cast) -> None:
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    words = printed(case)
    for part in (
        "外国人来华工作许可申请表",
        "境内新办",
        "B类（外国专业人才）",
        "在华工作的外国人变换用人单位",
        "ERIKSSON",
        str(f"{ANNA.salary:,}"),
        "无犯罪记录证明",
        "申请人（签字）",
        "用人单位（盖章）",
        case.bundle.number,
    ):
        assert plain(part) in words, part
    assert plain("本人没有犯罪记录") not in words, "the promise stands in the form of short work only"
    assert case.dossier.documents.filter(kind="permit_form", replaced_by__isnull=True).count() == 1


def test_other_kinds_of_application_have_their_own_rows(cast: Cast) -> None:
    permit = held(cast)
    day = {"work_ended_on": (AT + timedelta(days=98)).date().isoformat()}
    words = printed(case_of(again(cast, permit, "cancel", at=LATER, end_ground="contract_ended", **day)))
    for part in ("注销", "现持工作许可证号", permit.number, "聘用关系终止"):
        assert plain(part) in words, part
    assert plain("年薪") not in words, "no more than the purpose needs"


def test_a_supplement_prints_it_anew(cast: Cast) -> None:
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    case = go(cast, case, "reception", "request_supplement", **ask(case, "degree"))
    stage.upload(case.engagement, ANNA, "degree", "学位", scope="person", at=AT.replace(hour=11))
    newest = case.dossier.documents.get(kind="degree", replaced_by__isnull=True)
    case.bundle.items.filter(code="degree").update(document=newest)
    go(cast, case, "agent", "answer_supplement", at=AT.replace(hour=12))
    assert OutboxMessage.objects.filter(topic="notices.sheet", payload__code="permit_form").count() == 2
