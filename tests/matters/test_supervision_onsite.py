"""What inspectors' phones send: each record once, every check made again, whatever the bytes are; and phones that can be closed."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageDraw

from foreignwork.accounts.models import Organisation, Post
from foreignwork.cases.models import Case, Recusal
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.desk import seat as desk_seat
from foreignwork.dossiers.models import AccessEntry
from foreignwork.notices.files import pdf_bytes
from foreignwork.notices.models import Notice
from foreignwork.vault import blobs
from foreignwork.workflow.invariants import verify
from supervision import registers
from supervision.models import (
    Evidence,
    FieldDevice,
    FieldRecord,
    Inspection,
    InspectionSubject,
    KnownPlace,
    Subject,
)
from supervision.onsite.places import metres
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

from .cast_supervision import Oversight, drain, muster
from .test_supervision_inspection import act, assigned, reported

TODAY = AT.date().isoformat()


def picture(kind: str = "JPEG", color: str = "navy", size: tuple[int, int] = (640, 480)) -> bytes:
    image = Image.new("RGB", size, color)
    ImageDraw.Draw(image).ellipse((40, 40, size[0] - 40, size[1] - 40), outline="white", width=6)
    out, exif = BytesIO(), image.getexif()
    exif[0x010F] = "CameraOfTheTest"
    image.save(out, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return out.getvalue()


class Phone:
    """A phone of an inspector, as its page would speak."""

    def __init__(self, house: Oversight, name: str) -> None:
        self.browser = Client()
        self.browser.force_login(house.people[name])
        self.device = self.post("device").json()["device"]

    def post(self, where: str, **data: Any) -> Any:
        return self.browser.post(reverse(f"supervision:onsite_{where}"), data)

    def sends(self, case: Inspection, kind: str, *, uuid: Any = None, **more: Any) -> Any:
        files = more.pop("files", {})
        body = {
            "made_at": more.pop("made_at", AT.isoformat()),
            "sent_at": more.pop("sent_at", AT.isoformat()),
            "hashes": more.pop("hashes", {n: hashlib.sha256(b).hexdigest() for n, b in files.items()}),
            "strokes": more.pop("strokes", {}),
            "values": more,
        }
        post = {"record": uuid or uuid4(), "visit": case.number, "kind": kind, "body": json.dumps(body)}
        sent = {
            name: SimpleUploadedFile(f"{name}.{'jpg' if name == 'photo' else 'png'}", data)
            for name, data in files.items()
        }
        return self.post("record", device=self.device, **post, **sent)


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    found = muster(cast)
    Organisation.objects.filter(pk=found.firms[0].pk).update(address="兰州市城关区示例路 1 号")
    return found


@pytest.fixture
def case(house: Oversight) -> Inspection:
    found = assigned(house)
    return act(house, found, "inspector-1", "announce", planned_on=TODAY, prepare="花名册")


ARRIVED = {"on": TODAY, "lead_shown": "on", "second_shown": "on", "met": "张经理"}
SIGNS = {
    f"sign_{by}": picture("PNG", color, (400, 160))
    for by, color in (("lead", "white"), ("second", "ivory"), ("firm", "azure"))
}
FOUND = {
    "result_post_as_permitted": "to_follow", "note_post_as_permitted": "两人实际从事销售。",
    "signed": "signed", "signer": "张经理", "both_signed": "on", "remark": "查看了工位。",
}  # fmt: skip


def test_a_visit_from_the_phone_to_the_paper(house: Oversight, case: Inspection) -> None:
    phone = Phone(house, "inspector-1")
    pack = phone.post("pack", device=phone.device).json()
    assert [visit["number"] for visit in pack["visits"]] == [case.number]
    assert pack["visits"][0]["firm"] == {"name": "示例企业0000", "address": "兰州市城关区示例路 1 号"}
    assert "12345-0001" not in json.dumps(pack), "the number of a complaint does not leave the house"
    KnownPlace.objects.create(
        organisation=case.subject_org, address="兰州市城关区示例路 1 号", lat="36.06110", lon="103.83430",
        source="天地图", by=house.people["planner"], at=AT,
    )  # fmt: skip

    # a photograph before the arrival waits: it is refused, nothing is kept, and the same record is taken later
    shot, early = picture(), uuid4()
    place = {"lat": "36.0612", "lon": "103.8342", "accuracy": "12", "text": "工位"}
    refused = phone.sends(case, "evidence", uuid=early, files={"photo": shot}, **place)
    assert (refused.status_code, refused.json()["status"]) == (409, "rejected")
    assert not FieldRecord.objects.exists()
    first = phone.sends(case, "arrive", **ARRIVED)
    assert first.json()["status"] == "received", first.content.decode()
    taken = phone.sends(case, "evidence", uuid=early, files={"photo": shot}, **place)
    assert (taken.status_code, taken.json()["flags"]) == (200, [])

    # far away, without a position, the same picture twice, at odd times: flags, not refusals
    far = phone.sends(case, "evidence", files={"photo": picture(color="red")}, lat="36.2", lon="103.8342")
    assert far.json()["flags"] == ["拍摄位置离登记地址较远"]
    odd = phone.sends(
        case, "evidence", files={"photo": shot},
        made_at=(AT - timedelta(days=30)).isoformat(), sent_at=(AT + timedelta(hours=3)).isoformat(),
    )  # fmt: skip
    assert odd.json()["flags"] == [
        "手机时间与系统时间不一致",
        "时间早于派员",
        "没有定位",
        "与系统中另一张照片完全相同",
    ]
    talk = phone.sends(case, "evidence", interviewee="赵某 销售", text="日常工作是联系客户。")
    assert talk.status_code == 200

    # the record without the firm's signature goes back with its reason, and is taken when it is there
    lacking = {name: data for name, data in SIGNS.items() if name != "sign_firm"}
    uuid = uuid4()
    answer = phone.sends(case, "record", uuid=uuid, files=lacking, **FOUND)
    assert (answer.status_code, answer.json()["reasons"]) == (
        422,
        ["请被检查单位在屏幕上签字；没有签字的，请选择原因。"],
    )
    answer = phone.sends(
        case, "record", uuid=uuid, files=SIGNS, strokes={"lead": [[[1, 2, 0], [3, 4, 9]]]}, **FOUND
    )
    assert answer.status_code == 200, answer.content.decode()
    late = phone.sends(case, "evidence", files={"photo": picture(color="green")})
    assert "笔录完成以后补充" in late.json()["flags"]

    assert phone.post("pack", device=phone.device).json()["visits"] == [], "what is done leaves the phone"
    kept = phone.post("pack", device=phone.device, keep=[case.number, "a\x00b"]).json()["visits"]
    assert [visit["recorded"] for visit in kept] == [True], "unless something of it is unsent"

    rows = list(Evidence.objects.filter(inspection=case))
    assert [row.kind for row in rows] == [
        "photo",
        "photo",
        "photo",
        "interview",
        "sign_lead",
        "sign_second",
        "sign_firm",
        "photo",
    ]
    assert blobs.read(rows[0].blob) == shot, "the original, EXIF and all"
    assert rows[0].sha256 == hashlib.sha256(shot).hexdigest()
    assert rows[4].detail == {"strokes": [[[1, 2, 0], [3, 4, 9]]]}
    drain()
    paper = Notice.objects.get(case=case, kind="INSPECTION_RECORD")
    assert paper.status == "issued", paper.failure
    document = pypdfium2.PdfDocument(pdf_bytes(paper))
    text = "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "")
    assert rows[0].sha256 in text
    assert "现场照片3张" in text and "北纬36.06120" in text and "被检查单位签字" in text
    assert "联系客户" not in text, "what somebody said in confidence is not the firm's paper"
    pictures = [
        one for page in document for one in page.get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    ]
    assert len(pictures) >= 6
    assert verify(at=AT) == []


def test_the_pack_says_the_least_is_logged_and_costs_the_same(house: Oversight, case: Inspection) -> None:
    """PIPL 6, 51: of a person what the visit compares, as it was permitted; whose facts left is written down first."""
    permit = case_of(stage.file(house.cast, "university", ANNA, at=AT))
    bring(house.cast, permit, "granted", at=AT)
    registers.refresh(house.cast.jurisdiction, at=AT)
    subject = Subject.objects.get(dossier=permit.dossier)
    phone = Phone(house, "inspector-1")
    with CaptureQueriesContext(connection) as one:
        phone.post("pack", device=phone.device)
    for n in range(3):
        more = assigned(house, reported(house, source_ref=f"12345-{n}"))
        more = act(house, more, "inspector-1", "announce", planned_on=TODAY)
        InspectionSubject.objects.create(inspection=more, subject=subject)
        Case.objects.filter(pk=more.pk).update(subject_org=permit.employer)
    with CaptureQueriesContext(connection) as four:
        text = phone.post("pack", device=phone.device).content.decode()
    person = json.loads(text)["visits"][-1]["people"][0]
    facts, work = permit.dossier_version.facts, permit.engagement_version.facts
    assert (person["post"], person["place"]) == (work["post_title"], work["work_address"])
    assert person["pay"].replace(",", "") == str(work["annual_salary_cny"])
    assert facts["surname"] in person["name"]
    for secret in ("passport_number", "birth_date", "phone", "email"):
        assert str(facts[secret]) not in text, secret
    logged = AccessEntry.objects.filter(dossier=permit.dossier, what="onsite_pack")
    assert (logged.count(), logged[0].user) == (3, house.people["inspector-1"])
    assert len(four) - len(one) <= 3, "the log, the permits, their keys; nothing per visit"


def test_sent_twice_is_taken_once_and_answered_the_same(house: Oversight, case: Inspection) -> None:
    phone, uuid, shot = Phone(house, "inspector-1"), uuid4(), picture()
    phone.sends(case, "arrive", **ARRIVED)
    answers = [phone.sends(case, "evidence", uuid=uuid, files={"photo": shot}) for _turn in range(3)]
    assert len({answer.content for answer in answers}) == 1
    assert Evidence.objects.filter(inspection=case).count() == 1
    # later, after another step, and from the same person's next phone: still the same answer
    phone.sends(case, "evidence", interviewee="某", text="话")
    again = Phone(house, "inspector-1").sends(case, "evidence", uuid=uuid, files={"photo": shot})
    assert again.content == answers[0].content
    # other content under the same key is not taken for the same
    other = phone.sends(case, "evidence", uuid=uuid, files={"photo": picture(color="red")})
    assert other.status_code == 409
    # the control: a phone that made up a new key for each try would double the record
    for _turn in range(2):
        phone.sends(case, "evidence", files={"photo": shot})
    assert Evidence.objects.filter(inspection=case, kind="photo").count() == 3


def test_only_the_two_on_the_team_and_only_their_phones(house: Oversight, case: Inspection) -> None:
    other = Phone(house, "inspector-3")
    assert other.post("pack", device=other.device).json()["visits"] == []
    answer = other.sends(case, "arrive", **ARRIVED)
    assert answer.status_code in (403, 422) and "检查人员" in answer.json()["reasons"][0]
    mine = Phone(house, "inspector-1")
    other.device = mine.device
    assert other.sends(case, "arrive", **ARRIVED).status_code == 410, "another's phone opens nothing here"
    assert other.post("device", device=mine.device).status_code == 410
    # closed by its owner, or by the leader when it was lost: the secret is gone for good
    row = FieldDevice.objects.get(pk=mine.device)
    leader = Client()
    leader.force_login(house.people["leader"])
    assert leader.post(reverse("supervision:phone_revoke", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert (row.secret, row.closed_how, bytes(row.data_key.wrapped)) == (None, "revoked", b"")
    assert mine.post("device", device=mine.device).status_code == 410
    second = Phone(house, "inspector-1")
    assert second.post("wipe", device=second.device).json() == {"status": "closed"}
    assert second.post("pack", device=second.device).status_code == 410


def test_whoever_is_no_inspector_any_more_is_told_to_wipe(house: Oversight, case: Inspection) -> None:
    """At once, not when the pack runs out; in what the phone asks first, and whatever it asks."""
    mine, other = Phone(house, "inspector-1"), Phone(house, "inspector-2")
    second = mine.post("device").json()["device"]
    Post.objects.filter(user=house.people["inspector-1"]).update(until_on=AT.date() - timedelta(days=1))
    assert mine.browser.get(reverse("supervision:onsite")).status_code == 200, "its page still has to run"
    said = mine.browser.get(reverse("supervision:onsite_session")).json()
    assert said["user"] == house.people["inspector-1"].pk, (
        "another's phone asks the same and keeps what it has"
    )
    for where in ("device", "pack", "record"):
        assert mine.post(where, device=mine.device).status_code == 410, where
    closed = FieldDevice.objects.filter(user=house.people["inspector-1"])
    assert {row.closed_how for row in closed} == {"revoked"} and {row.secret for row in closed} == {None}
    assert mine.post("device", device=second).status_code == 410
    assert mine.post("device").status_code == 403, "and none is made ready anew"
    assert mine.post("wipe", device=mine.device).status_code == 200
    assert other.post("pack", device=other.device).status_code == 200
    assert mine.browser.get(reverse("supervision:phones")).status_code == 403
    # who never had a phone is told of the post alone, and a stranger nothing
    clerk = Client()
    clerk.force_login(next(iter(house.cast.officers.values())))
    assert clerk.post(reverse("supervision:onsite_pack"), {"device": mine.device}).status_code == 403
    stranger = Client()
    stranger.force_login(next(iter(house.cast.agents.values())))
    assert stranger.post(reverse("supervision:onsite_pack"), {"device": mine.device}).status_code == 404


def test_a_blob_is_no_evidence_by_its_name(house: Oversight, case: Inspection) -> None:
    """The desk's own form takes words; a file of another case cannot be brought in by typing its name."""
    case = act(house, case, "inspector-1", "arrive", **ARRIVED)
    from foreignwork.vault.models import DataKey

    foreign = blobs.store(picture(), data_key=DataKey.objects.make(AT), media_type="image/jpeg", at=AT)
    browser = Client()
    browser.force_login(house.people["inspector-1"])
    address = reverse("desk:step", args=[case.number, "add_evidence"])
    post = {"key": "k-1", "version": case.version, "blob": foreign.pk, "sha256": "0" * 64}
    assert browser.post(address, post).status_code == 400
    post = {"key": "k-2", "version": case.version, "interviewee": "赵某", "text": "话"}
    assert browser.post(address, post).status_code == 302
    assert Evidence.objects.get().kind == "interview"


BAD = [
    {"record": "x"}, {"kind": "approve"}, {"body": ""}, {"body": "[]"}, {"body": "{" * 5000}, {"visit": "a\x00b"}, {"visit": "x" * 9000},
    {"body": json.dumps({"made_at": "9999-12-31T23:59:59+00:00", "values": {}})},
    {"body": json.dumps({"made_at": "2026-03-10", "values": {}})},
    {"body": json.dumps({"made_at": AT.isoformat(), "values": {"text": 1}})},
    {"body": json.dumps({"made_at": AT.isoformat(), "values": {"text": "a\x00b"}})},
    {"body": json.dumps({"made_at": AT.isoformat(), "values": {"text": "话", "interviewee": "某", "lat": "1e999"}})},
    {"body": json.dumps({"made_at": AT.isoformat(), "values": {"text": "\ud800", "interviewee": "某"}})},
    {"body": json.dumps({"made_at": AT.isoformat(), "values": [], "hashes": "x", "strokes": 1})},
    {"body": json.dumps({"made_at": AT.isoformat(), "values": {f"f{n}": "" for n in range(900)}})},
]  # fmt: skip


def test_no_record_however_strange_is_an_error_of_ours(house: Oversight, case: Inspection) -> None:
    phone = Phone(house, "inspector-1")
    phone.sends(case, "arrive", **ARRIVED)
    good = {"record": uuid4(), "kind": "evidence", "visit": case.number, "device": phone.device,
            "body": json.dumps({"made_at": AT.isoformat(), "values": {}})}  # fmt: skip
    for change in BAD:
        answer = phone.post("record", **{**good, **change})
        assert 400 <= answer.status_code < 500, (change, answer.status_code)
    for device in ("", "x", "-1", "9" * 40, "²", "a\x00"):
        assert phone.post("record", **{**good, "device": device}).status_code == 410
        assert phone.post("pack", device=device).status_code == 410
    for data in (b"", b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.4", picture()[:900]):
        answer = phone.sends(case, "evidence", files={"photo": data})
        assert (answer.status_code, answer.json()["status"]) == (422, "rejected")
    changed = phone.sends(case, "evidence", files={"photo": picture()}, hashes={"photo": "0" * 64})
    assert "发送中损坏" in changed.json()["reasons"][0]
    assert not Evidence.objects.exists()
    # names of files within the text of the signatures, and moments that the database keeps but nothing can read again
    for name in ("\ud800" * 64, "\x00" * 64, ["x"] * 64, {"a": 1}):
        signs = json.dumps(
            [{"by": by, "blob": name, "sha256": "0" * 64} for by in ("lead", "second", "firm")]
        )
        assert phone.sends(case, "record", **FOUND, signatures=signs).status_code == 422
    desk = Client()
    desk.force_login(house.people["inspector-1"])
    said = {"interviewee": "赵某", "text": "话", "version": Case.objects.get(pk=case.pk).version}
    for n, moment in enumerate(("0001-01-01 00:00:00", "9999-12-31T23:59:59-12:00", "1e400")):
        post = {**said, "key": f"moment-{n}", "taken_at": moment}
        assert desk.post(reverse("desk:step", args=[case.number, "add_evidence"]), post).status_code == 400
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(house.people["inspector-1"])
    assert stranger.post(reverse("supervision:onsite_record"), good).status_code == 403


def test_the_desk_adds_and_shows_without_a_phone(house: Oversight, case: Inspection) -> None:
    case = act(house, case, "inspector-1", "arrive", **ARRIVED)
    desk = Client()
    desk.force_login(house.people["inspector-2"])
    page = reverse("supervision:evidence", args=[case.number])
    key, made_at = str(uuid4()), AT.isoformat()
    for _turn in range(2):
        post = {
            "key": key,
            "made_at": made_at,
            "photo-text": "门头",
            "photo-photo": SimpleUploadedFile("a.jpg", picture()),
        }
        assert desk.post(reverse("supervision:evidence_add", args=[case.number]), post).status_code == 302
    row = Evidence.objects.get()
    assert "门头" in desk.get(page).content.decode()
    shown = desk.get(reverse("supervision:evidence_file", args=[case.number, row.pk]))
    assert shown.content == picture()
    bad = {"key": str(uuid4()), "made_at": made_at, "photo-photo": SimpleUploadedFile("a.jpg", b"no")}
    assert desk.post(reverse("supervision:evidence_add", args=[case.number]), bad).status_code in (400, 422)
    place = reverse("supervision:evidence_place", args=[case.number])
    for lat in ("91", "x", "1e400", "NaN", ""):
        assert desk.post(place, {"place-lat": lat, "place-lon": "1", "place-source": "x"}).status_code == 400
    assert (
        desk.post(
            place, {"place-lat": "36.0611", "place-lon": "103.8343", "place-source": "天地图"}
        ).status_code
        == 302
    )
    assert f'href="{page}"' in desk.get(reverse("desk:case", args=[case.number])).content.decode()
    # who keeps away from the case does not move the place its photographs are compared with either
    other = Client()
    other.force_login(house.people["inspector-3"])
    Recusal.objects.create(case=case, user=house.people["inspector-3"], reason="亲属", at=AT)
    moved = {"place-lat": "36.1", "place-lon": "103.8", "place-source": "x"}
    assert other.post(place, moved).status_code == 403


def test_distances() -> None:
    assert metres(36.0611, 103.8343, 36.0611, 103.8343) == 0
    assert abs(metres(39.9087, 116.3975, 31.2304, 121.4737) - 1_067_000) < 3_000  # Beijing, Shanghai
