"""One case on one screen: least data, masked and logged; files checked and logged; a constant number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases import registry
from foreignwork.cases.models import Case, CaseEvent, Recusal
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.desk import seat as desk_seat
from foreignwork.dossiers.facts import LABELS
from foreignwork.dossiers.models import AccessEntry, Document
from foreignwork.notices.models import Notice
from foreignwork.vault import keys
from tests.matters.cast_matters import drain
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

SECRETS = [ANNA.number, ANNA.born.isoformat(), "anna@example.com", "0000000", "420,000", "420000"]


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


@pytest.fixture
def reception(client: Client, cast: Cast, case: Case) -> Client:
    return enter(client, cast.officer(case, "reception"))


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def at(name: str, case: Case, **more: Any) -> str:
    return reverse(f"desk:{name}", kwargs={"number": case.number, **more})


def stranger(cast: Cast, case: Case) -> User:
    return next(
        user for (code, desk), user in cast.officers.items() if code != case.office.code and desk == "decide"
    )


def lengthen(case: Case, until: int) -> None:
    """More history of the kind the page shows, up to ``until`` events."""
    last = CaseEvent.objects.filter(case_id=case.pk).order_by("-seq")[0]
    rows = [
        CaseEvent(
            case_id=case.pk,
            data_key_id=case.data_key_id,
            seq=seq,
            at=AT,
            effective_on=AT.date(),
            actor=last.actor,
            role="first_reviewer",
            office_id=case.office_id,
            action="first_review",
            source="accepted",
            target="first_reviewed",
            data={"conditions": {"x": "met"}},
            sealed={"remark": f"第 {seq} 次意见"},
            hash=f"{seq:064d}",
        )
        for seq in range(last.seq + 1, until + 1)
    ]
    CaseEvent.objects.bulk_create(rows)


def test_the_page_costs_the_same_for_five_and_for_sixty_events(
    client: Client, cast: Cast, case: Case
) -> None:
    bring(cast, case, "second_reviewed")
    enter(client, cast.officer(case, "decide"))
    client.get(reverse("desk:search"))  # the session is written once after signing in
    spent = []
    for events in (5, 60):
        lengthen(case, events)
        keys.forget()
        with CaptureQueriesContext(connection) as queries:
            response = client.get(at("case", case))
        assert response.status_code == 200
        assert len(response.context["file"].timeline) == max(events, 5)
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 19, (spent, [query["sql"][:120] for query in queries])


def test_sensitive_facts_are_masked(reception: Client, case: Case) -> None:
    page = reception.get(at("case", case))
    text = page.content.decode()
    for secret in SECRETS:
        assert secret not in text, secret
    assert "ERIKSSON" in text  # the officer of the case reads the name
    assert "no-store" in page["Cache-Control"]


def test_revealing_shows_once_and_is_logged_exactly(reception: Client, cast: Cast, case: Case) -> None:
    answer = reception.post(
        at("reveal", case), {"facts": ["passport_number", "phone"], "purpose": "contact", "note": "核对电话"}
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert ANNA.number in text
    assert ANNA.born.isoformat() not in text
    assert "no-store" in answer["Cache-Control"]
    logged = AccessEntry.objects.values_list("what", "user_id", "purpose")
    assert {what for what, _user, _why in logged} == {"fact:passport_number", "fact:phone"}
    assert len(logged) == 2
    assert all(user == cast.officer(case, "reception").pk for _what, user, _why in logged)
    assert all("核对电话" in why and case.number in why for _what, _user, why in logged)
    assert ANNA.number not in reception.get(at("case", case)).content.decode()
    again = reception.get(at("reveal", case))  # reloaded, or come back to from 大字版 and English
    assert again.status_code == 302 and again["Location"] == at("case", case)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"facts": ["phone"]},
        {"purpose": "check"},
        {"facts": ["phone"], "purpose": "other"},
        {"facts": ["mrz"], "purpose": "check"},
        {"facts": ["phone"], "purpose": "check", "note": "很" * 121},
    ],
)
def test_revealing_without_purpose_or_need_shows_and_logs_nothing(
    reception: Client, case: Case, data: dict[str, Any]
) -> None:
    answer = reception.post(at("reveal", case), data)
    assert answer.status_code == 400
    assert not AccessEntry.objects.exists()
    assert "0000000" not in answer.content.decode()


def test_a_matter_shows_only_the_facts_it_needs(client: Client, cast: Cast, case: Case) -> None:
    for letter in ("R", "S", "T"):
        row = (
            Case.objects.filter(bundle=case.bundle, number__endswith=f"-{letter}")
            .select_related("office")
            .first()
        )
        if row is None:
            continue
        enter(client, cast.officer(row, "decide"))
        page = client.get(at("case", row))
        assert page.status_code == 200
        shown = {fact.name for fact in page.context["person_facts"] + page.context["work_facts"]}
        assert shown <= set(row.matter_entry.facts_needed)


def test_every_fact_a_matter_needs_has_a_name_people_read() -> None:
    needed = {name for matter in registry.all_matters() for name in matter.facts_needed}
    assert needed <= set(LABELS), needed - set(LABELS)


def test_a_stranger_finds_nothing_at_any_address(client: Client, cast: Cast, case: Case) -> None:
    document = Document.objects.filter(dossier=case.dossier).first()
    notice = Notice.objects.filter(case_id=case.pk).first()
    assert document is not None
    assert notice is not None
    enter(client, stranger(cast, case))
    for address in (
        at("case", case),
        at("step", case, step="pre_review"),
        at("entry", case),
        at("document", case, pk=document.pk),
        at("paper", case, pk=notice.pk),
    ):
        assert client.get(address).status_code == 404, address
    for address in (
        at("step", case, step="pre_review"),
        at("reveal", case),
        at("paper_retry", case, pk=notice.pk),
    ):
        assert client.post(address, {"purpose": "check"}).status_code == 404, address
    assert not AccessEntry.objects.exists()


def test_a_material_is_served_safely_and_logged(reception: Client, case: Case) -> None:
    for media_type in ("application/pdf", "image/jpeg"):
        document = Document.objects.filter(dossier=case.dossier, media_type=media_type).first()
        assert document is not None
        answer = reception.get(at("document", case, pk=document.pk))
        assert answer.status_code == 200
        assert answer["Content-Type"] == media_type
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["Content-Disposition"].startswith("inline")
        assert answer.content[:4] in (b"%PDF", b"\xff\xd8\xff\xe0")
        assert AccessEntry.objects.filter(what=f"document:{document.kind}").count() == 1


def test_a_material_of_another_case_or_matter_is_not_found(client: Client, cast: Cast, case: Case) -> None:
    other = case_of(stage.file(cast, "energy", BRUNO, at=AT))
    foreign = Document.objects.filter(dossier=other.dossier).first()
    assert foreign is not None
    enter(client, cast.officer(case, "reception"))
    assert client.get(at("document", case, pk=foreign.pk)).status_code == 404
    used = {row.code for row in case.bundle.items.all() if case.matter in row.for_matters}
    unused = Document.objects.filter(dossier=case.dossier).exclude(kind__in=used).first()
    if unused:
        assert client.get(at("document", case, pk=unused.pk)).status_code == 404


def test_a_recused_officer_sees_no_secret_and_no_material(reception: Client, cast: Cast, case: Case) -> None:
    where = at("step", case, step="recuse")
    form = {"key": "r", "version": case.version, "remark": "申请人是亲属"}
    assert reception.post(where, form).status_code == 302
    assert Recusal.objects.get().user == cast.officer(case, "reception")
    document = Document.objects.filter(dossier=case.dossier).first()
    assert document is not None
    assert reception.get(at("document", case, pk=document.pk)).status_code == 403
    assert reception.post(at("reveal", case), {"facts": ["phone"], "purpose": "check"}).status_code == 403
    assert not AccessEntry.objects.exists()
    now = Case.objects.get(pk=case.pk).version
    taken = reception.post(at("step", case, step="pre_review"), {"key": "k", "version": now})
    assert taken.status_code == 403
    assert "回避" in reception.get(at("case", case)).content.decode()


def test_a_failed_paper_can_be_tried_again(reception: Client, case: Case) -> None:
    notice = Notice.objects.filter(case_id=case.pk)[0]
    Notice.objects.filter(pk=notice.pk).update(status="failed", failure="ValueError")
    assert at("paper_retry", case, pk=notice.pk) in reception.get(at("case", case)).content.decode()
    assert reception.post(at("paper_retry", case, pk=notice.pk)).status_code == 302
    notice.refresh_from_db()
    assert notice.status == "queued"
    assert (
        reception.get(at("paper", case, pk=notice.pk)).status_code == 302
    )  # not printed yet: said on the case page


def test_the_bundle_shows_phases_of_others_but_not_their_states(
    client: Client, cast: Cast, case: Case
) -> None:
    enter(client, cast.officer(case, "reception"))
    assert case.bundle is not None
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("desk:bundle", args=[case.bundle.number]))
    assert page.status_code == 200
    assert len(queries) <= 12
    columns = page.context["columns"]
    assert len(columns) == Case.objects.filter(bundle=case.bundle).count()
    for column in columns:
        assert column.mine == (column.case.office_id == case.office_id)
        assert bool(column.state) == column.mine
    nobody = User.objects.create(username="nobody", kind="staff", display_name="无岗位")
    enter(client, nobody)
    assert client.get(reverse("desk:bundle", args=[case.bundle.number])).status_code == 404


def test_what_a_step_took_down_is_read_in_its_own_words(client: Client, cast: Cast, case: Case) -> None:
    """A list of codes (the branches of insurance declared) stands in the history as the form words it."""
    bring(cast, case, "granted")
    drain(AT)
    social = case_of(case.bundle, "S")
    declared = {
        "contribution_base": "35000.00",
        "start_month": "2026-03",
        "insurances": ["pension", "medical", "injury", "unemployment", "maternity"],
    }
    stage.act(social, cast.agents["university"], "submit", at=AT, data=declared)
    page = enter(client, cast.officer(social, "handle")).get(at("case", social))
    assert page.status_code == 200
    text = page.content.decode()
    assert "基本养老保险、基本医疗保险、工伤保险" in text
    assert "S003-" not in text and "law-notes" not in text
