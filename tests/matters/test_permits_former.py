"""Permits of the former register: a checked file, approved by a second person, entered once; then 补办 by filing (S000-60)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Office, Organisation, User
from foreignwork.cases import clock
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import BRUNO, CLARA, FIRMS, Foreigner
from foreignwork.desk import seat as desk_seat
from foreignwork.dossiers.models import Dossier
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.registry import handler_of
from foreignwork.policies.loader import load
from foreignwork.workflow.held import held_by
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.opening import file_bundle
from permits.legacy import imports
from permits.legacy.sheet import COLUMNS, Unreadable, read
from permits.models import LegacyImport, WorkPermit
from tests import signin
from tests.matters.test_permit_form import printed
from tests.stage import AT, bring, case_of
from tests.stories.acts import plain


def line(cast: Cast, who: Foreigner = BRUNO, **changes: str) -> dict[str, str]:
    facts = who.person_facts(AT.date())
    return {
        "number": f"GS{who.number[-6:]}",
        "uscc": cast.firms["university"].uscc,
        **{name: facts[name] for name in COLUMNS if name in facts},
        "category": "B",
        "post": who.post,
        "valid_from": "2024-07-01",
        "valid_until": "2026-06-30",
        **changes,
    }


def sheet(
    *rows: Mapping[str, str], encoding: str = "utf-8-sig", heads: tuple[str, ...] = tuple(COLUMNS)
) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, heads, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


@pytest.fixture
def office(cast: Cast) -> Office:
    route = cast.policy.pack.office_for("permits", "B", cast.home.city)
    return Office.objects.select_related("jurisdiction").get(code=route)


def person(cast: Cast, office: Office, desk: str) -> Any:
    return stage.actor(cast.officers[office.code, desk], AT)


def handed_in(cast: Cast, office: Office, *rows: Mapping[str, str]) -> LegacyImport:
    return imports.propose(sheet(*rows), office=office, actor=person(cast, office, "reception"), at=AT)


def work() -> None:
    """The worker, as far as imports go."""
    while row := OutboxMessage.objects.filter(topic=imports.TOPIC, sent_at__isnull=True).first():
        handler_of(row.topic)(row.payload, AT)
        OutboxMessage.objects.filter(pk=row.pk).update(sent_at=AT)


def approved(cast: Cast, office: Office, row: LegacyImport) -> LegacyImport:
    imports.decide(row.pk, approve=True, reason="", actor=person(cast, office, "decide"), at=AT)
    work()
    row.refresh_from_db()
    return row


def test_from_the_file_to_the_electronic_permit(
    cast: Cast, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 1)  # two rows are two turns of the worker
    row = handed_in(cast, office, line(cast), line(cast, CLARA))
    assert not Entitlement.objects.exists(), "until a second person approves nothing is entered"
    row = approved(cast, office, row)
    assert (row.status, row.entered, row.done, row.rows) == ("entered", 2, 2, None), (
        "nothing personal is kept"
    )
    permit = Entitlement.objects.select_related("case", "dossier", "employer").get(
        number=line(cast)["number"]
    )
    assert (permit.category, permit.valid_until.isoformat()) == ("B", "2026-06-30")
    assert (permit.case.sub_matter, permit.case.state, permit.case.origin) == (
        "after_entry",
        "granted",
        "ex_officio",
    )
    assert WorkPermit.objects.filter(number=permit.number).count() == 1
    event = permit.case.events.get()
    assert (event.action, event.role, event.actor) == (
        "enter_former",
        "leader",
        cast.officers[office.code, "decide"],
    )
    # The employer finds it and files for the electronic permit: number and term stay.
    engagement = permit.dossier.engagements.get()
    assert held_by(engagement) == {"permits": permit}
    form = stage.filing(cast, engagement, BRUNO, at=AT, matters=("permits",), purpose="reissue")
    stage.hand_in(cast, form, BRUNO, at=AT)
    agent = stage.actor(cast.agents["university"], AT)
    case = bring(cast, case_of(file_bundle(form, actor=agent, at=AT)), "granted")
    words = printed(case)
    assert plain("现持工作许可证号") in words
    for unknown in (
        "合同期限",
        "联系电话",
        "年薪",
    ):  # the former register had none of it, and a re-issue needs none
        assert plain(unknown) not in words
    fresh = Entitlement.objects.get(case=case)
    assert (fresh.number, fresh.valid_until, fresh.supersedes) == (
        permit.number,
        permit.valid_until,
        permit,
    )
    assert [breach for breach in verify(at=AT) if breach.code != "I9"] == []  # no worker here


def test_the_number_stays_for_life_at_another_employer_too(cast: Cast, office: Office) -> None:
    approved(cast, office, handed_in(cast, office, line(cast)))
    Entitlement.objects.update(status="ended", ended_on=AT.date())
    case = bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=AT)), "granted")
    assert Entitlement.objects.get(case=case).number == line(cast)["number"]


def test_twice_is_once(cast: Cast, office: Office) -> None:
    row = handed_in(cast, office, line(cast))
    with pytest.raises(Blocked) as same:
        handed_in(cast, office, line(cast))
    assert same.value.problems[0].code == "legacy_same_file"
    row = approved(cast, office, row)
    imports.enter(row.pk, 0, at=AT)  # the message comes again
    with pytest.raises(Blocked) as done:
        imports.decide(row.pk, approve=True, reason="", actor=person(cast, office, "decide"), at=AT)
    assert done.value.problems[0].code == "legacy_decided"
    # Another file with the same permit and a new one: the first is known.
    other = handed_in(cast, office, line(cast), line(cast, CLARA))
    assert (other.good, other.known) == (1, 1)
    approved(cast, office, other)
    assert Entitlement.objects.count() == 2
    assert Case.objects.filter(sub_matter="after_entry").count() == 2


def test_two_people_of_the_office(cast: Cast, office: Office) -> None:
    row = handed_in(cast, office, line(cast))
    elsewhere = next(
        user for (code, desk), user in cast.officers.items() if desk == "decide" and code != office.code
    )
    for actor in (person(cast, office, "reception"), stage.actor(elsewhere, AT)):
        with pytest.raises(NotAllowed):
            imports.decide(row.pk, approve=True, reason="", actor=actor, at=AT)
    LegacyImport.objects.update(proposed_by=cast.officers[office.code, "decide"])
    with pytest.raises(NotAllowed) as own:
        imports.decide(row.pk, approve=True, reason="", actor=person(cast, office, "decide"), at=AT)
    assert own.value.problems[0].code == "legacy_own_proposal"
    LegacyImport.objects.update(proposed_by=cast.officers[office.code, "reception"])
    imports.decide(row.pk, approve=False, reason="与档案不符", actor=person(cast, office, "decide"), at=AT)
    row.refresh_from_db()
    assert (row.status, row.rows) == ("rejected", None)
    work()
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"number": "GS-1"}, "number", "legacy_no_number"),
        ({"number": ""}, "number", "legacy_empty"),
        ({"uscc": "91620000MA71XXXX00"}, "uscc", "legacy_no_uscc"),
        ({"nationality": "瑞典"}, "nationality", "legacy_no_country"),
        ({"passport_country": "XYZ"}, "passport_country", "legacy_no_country"),
        ({"sex": "女"}, "sex", "legacy_no_sex"),
        ({"birth_date": "1990/1/3"}, "birth_date", "legacy_no_day"),
        ({"birth_date": "9999-12-31"}, "birth_date", "legacy_no_day"),
        ({"birth_date": "2030-01-01"}, "birth_date", "legacy_unborn"),
        ({"birth_date": "1990-W01-3"}, "birth_date", "legacy_no_day"),
        ({"post": "工程师\u202e师"}, "post", "legacy_hidden"),
        ({"given_names": "A\x1bB"}, "given_names", "legacy_hidden"),
        ({"category": "D"}, "category", "legacy_no_class"),
        ({"post": "岗" * 121}, "post", "legacy_too_long"),
        ({"valid_until": "2024-06-30"}, "valid_until", "legacy_ends_first"),
        ({"valid_from": "2023-07-01", "valid_until": "2025-06-30"}, "valid_until", "legacy_expired"),
        ({"valid_until": "2027-06-30"}, "valid_until", "legacy_too_wide"),
        ({"valid_from": "2024-12-02"}, "valid_from", "legacy_not_legacy"),
        ({"surname": "=CMD()" + "X" * 90}, "surname", "legacy_too_long"),
    ],
)
def test_a_row_is_refused_where_and_why(changes: dict[str, str], column: str, code: str) -> None:
    """Pure: the pack from its file, no database."""
    pack = load("gansu", on=AT.date())
    row = {
        "number": "GS000025",
        "uscc": FIRMS[0].uscc,
        **{name: str(value) for name, value in BRUNO.person_facts(AT.date()).items() if name in COLUMNS},
        "category": "B",
        "post": "工程师",
        "valid_from": "2024-07-01",
        "valid_until": "2026-06-30",
    }
    found = read(sheet({**row, **changes}), pack, AT.date())
    mine = [fault for fault in found.faults if fault.column == column]
    assert [(fault.line, fault.problem.code) for fault in mine] == [(2, code)]
    assert mine[0].problem.sentence
    assert not any(
        value and len(value) > 3 and value in mine[0].problem.sentence for value in changes.values()
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04\x00binary", "legacy_not_text"),
        (b"\xff\xfe\xff\xff", "legacy_not_text"),
        (b"", "legacy_no_column"),
        ("许可证号,姓\n1,2\n".encode(), "legacy_no_column"),
        (sheet(), "legacy_no_rows"),
        (b"x" * (2 * 1024 * 1024 + 1), "legacy_too_large"),
    ],
    ids=["an archive", "no text", "empty", "other columns", "no rows", "too large"],
)
def test_a_file_that_is_none_is_refused_whole(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as no:
        read(data, load("gansu", on=AT.date()), AT.date())
    assert no.value.problem.code == code
    assert no.value.problem.sentence


def test_rows_against_the_register(cast: Cast, office: Office) -> None:
    Organisation.objects.filter(pk=cast.firms["stranger"].pk).update(
        kind="agency"
    )  # no employer of that code
    Organisation.objects.filter(pk=cast.firms["energy"].pk).update(city="tianshui")
    bring(cast, case_of(stage.file(cast, "energy", CLARA, at=AT)), "granted")
    rows = (
        line(cast),
        line(cast, number="GS999999"),  # the same passport again
        line(cast, CLARA),  # holds a permit at another employer
        line(cast, BRUNO, number="GS000031", passport_number="DX0000041", uscc=cast.firms["stranger"].uscc),
        line(cast, BRUNO, number="GS000032", passport_number="DX0000042", uscc=cast.firms["energy"].uscc),
    )
    found = handed_in(cast, office, *rows)
    assert found.good == 1
    assert [(one["line"], one["column"], one["code"]) for one in found.refused] == [
        (3, "passport_number", "legacy_twice"),
        (4, "passport_number", "legacy_holds_one"),
        (5, "uscc", "legacy_no_firm"),
        (6, "category", "legacy_other_office"),
    ]
    assert not any(BRUNO.number in str(one) or BRUNO.surname in str(one) for one in found.refused)


def test_the_desk_takes_the_file_and_shows_the_report(
    cast: Cast, office: Office, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    clerk: User = cast.officers[office.code, "reception"]
    client.force_login(clerk, backend=signin.BACKEND)
    assert reverse("permits:legacy") in client.get(reverse("desk:register")).content.decode()
    blank = client.get(reverse("permits:legacy_blank")).content.decode("utf-8-sig")
    where = reverse("permits:legacy_new")

    def upload(data: bytes) -> Any:
        file = io.BytesIO(data)
        file.name = "list.csv"
        return client.post(where, {"file": file})

    bad = upload(sheet(line(cast, sex="女")))
    page = bad.content.decode()
    assert bad.status_code == 422
    assert "请填写 M、F 或者 X。" in page
    assert not LegacyImport.objects.exists()
    assert upload(b"\x00\x01").status_code == 400
    row = line(cast)
    office_program = (blank.strip() + "\r\n" + ",".join(row[name] for name in COLUMNS)).encode("gb18030")
    taken = upload(office_program)
    assert taken.status_code == 302, taken.content.decode()
    shown = client.get(taken["Location"]).content.decode()
    assert row["number"] in shown
    for secret in (BRUNO.number, BRUNO.surname, BRUNO.born.isoformat()):
        assert secret not in shown, "the page shows permits, no person"
    assert upload(office_program).status_code == 409
    client.force_login(cast.officers[office.code, "decide"], backend=signin.BACKEND)
    assert client.post(taken["Location"], {"decision": "reject"}).status_code == 400, "why not"
    assert client.post(taken["Location"], {"decision": "approve"}).status_code == 302
    assert client.post(taken["Location"], {"decision": "approve"}).status_code == 409


def test_the_command_checks_and_hands_in(
    cast: Cast, office: Office, tmp_path: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    file = tmp_path / "former.csv"
    file.write_bytes(sheet(line(cast), line(cast, CLARA, sex="?")))
    call_command("former_permits", file, office=office.code)
    told = capsys.readouterr()
    assert "1 rows may be entered, 0 are registered, 1 refused" in told.out
    assert "line 3, sex" in told.err
    assert not LegacyImport.objects.exists()
    call_command("former_permits", file, office=office.code, by=f"{office.code}-reception")
    assert LegacyImport.objects.get().status == "waiting"
