"""After filing: the bundle's page, steps of applicants, supplements item by item, conflicts, and what a person may see."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, BundleItem, Case, CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo import papers
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.dossiers.models import AccessEntry, DatedFact, Document, Dossier
from foreignwork.notices.models import Notice, NoticeFile
from foreignwork.rulebook.process import applied_for
from foreignwork.vault import blobs
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

BUNDLE_LIMIT, HOME_LIMIT = 14, 10  # queries, session and clock included
LATER = AT.replace(hour=11)


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def agent(client: Client, cast: Cast) -> Client:
    return enter(client, cast.agents["university"])


@pytest.fixture
def bundle(cast: Cast) -> Bundle:
    return stage.file(cast, "university", ANNA, at=AT)


@pytest.fixture
def holder(bundle: Bundle) -> User:
    user = User.objects.create(username="anna", kind="person", display_name="ANNA")
    Dossier.objects.filter(pk=bundle.dossier_id).update(holder=user)
    return user


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def key() -> str:
    return str(uuid.uuid4())


def asked(cast: Cast, bundle: Bundle, *items: str) -> Case:
    """The permit case, told once what is missing."""
    case = case_of(bundle)
    data: dict[str, Any] = {}
    for item in items:
        data |= {f"ask_{item}": "on", f"reason_{item}": next(iter(cast.policy.pack.supplement_reasons))}
        data[f"note_{item}"] = "请补充认证页"
    return stage.act(case, cast.officer(case, "reception"), "request_supplement", at=AT, data=data)


def at(name: str, *args: Any) -> str:
    return reverse(f"portal:{name}", args=args)


def pdf(name: str = "new.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, papers.sheet("补正", ["补正"]), "application/pdf")


def hidden(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found, name
    return found[1]


def lengthen(case: Case, until: int) -> None:
    """More history, limits and papers of the kind the page shows."""
    last = CaseEvent.objects.filter(case_id=case.pk).order_by("-seq")[0]
    for seq in range(last.seq + 1, until):
        last.pk, last.seq, last.crypt_id = None, seq, uuid.uuid4()
        last.save(force_insert=True)


def counted(client: Client, url: str) -> int:
    client.get(url)  # pack and templates are read once per process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_bundle_page_costs_the_same_however_long_the_history(agent: Client, bundle: Bundle) -> None:
    short = counted(agent, at("bundle", bundle.number))
    lengthen(case_of(bundle), 60)
    assert counted(agent, at("bundle", bundle.number)) == short <= BUNDLE_LIMIT


def test_the_home_page_costs_the_same_for_one_bundle_and_for_three(
    agent: Client, cast: Cast, bundle: Bundle
) -> None:
    one = counted(agent, at("home"))
    stage.file(cast, "university", CLARA, at=AT)
    stage.file(cast, "university", BRUNO, at=AT)
    assert counted(agent, at("home")) <= one + 1 <= HOME_LIMIT


def test_home_is_paged_by_key(
    agent: Client, cast: Cast, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    from foreignwork.portal import bundles

    monkeypatch.setattr(bundles, "PAGE", 1)
    newer = stage.file(cast, "university", CLARA, at=AT)
    first = agent.get(at("home")).content.decode()
    assert newer.number in first and bundle.number not in first
    second = agent.get(at("home") + f"?before={newer.pk}").content.decode()
    assert bundle.number in second and newer.number not in second
    for bad in ("x", "9" * 30, "-1", "²"):
        assert agent.get(at("home"), {"before": bad}).status_code == 200


def test_a_supplement_is_answered_item_by_item(agent: Client, cast: Cast, bundle: Bundle) -> None:
    case = asked(cast, bundle, "degree", "no_crime")
    page = agent.get(at("step", case.number, "answer_supplement"))
    text = page.content.decode()
    assert page.status_code == 200
    assert (
        'name="file_degree"' in text and 'name="file_no_crime"' in text and 'name="file_contract"' not in text
    )
    assert "请补充认证页" in text

    url = at("step", case.number, "answer_supplement")
    half = agent.post(
        url, {"file_degree": pdf(), "key": key(), "version": hidden(page, "version"), "do": "step"}
    )
    assert half.status_code == 422, "the other item is still missing, and says so"
    assert BundleItem.objects.get(bundle=bundle, code="degree").document.filename == "new.pdf"
    assert case_of(bundle).state == "supplement"

    whole = agent.post(
        url,
        {"file_no_crime": pdf("clean.pdf"), "key": key(), "version": hidden(half, "version"), "do": "step"},
    )
    assert whole.status_code == 302
    assert case_of(bundle).state == "filed"
    assert not case.supplement_items.filter(answered_at__isnull=True).exists()


def test_files_may_be_uploaded_first_and_answered_later(agent: Client, cast: Cast, bundle: Bundle) -> None:
    case = asked(cast, bundle, "degree")
    url = at("step", case.number, "answer_supplement")
    assert agent.post(url, {"file_degree": pdf(), "do": "upload"}).status_code == 302
    assert case_of(bundle).state == "supplement"
    page = agent.get(url)
    sent = {"key": key(), "version": hidden(page, "version"), "do": "step"}
    assert agent.post(url, sent)["Location"] == agent.post(url, sent)["Location"] == at("case", case.number)
    events = CaseEvent.objects.filter(case_id=case.pk, action="answer_supplement")
    assert events.count() == 1


def test_a_bad_file_in_a_supplement_is_explained_and_changes_nothing(
    agent: Client, cast: Cast, bundle: Bundle
) -> None:
    case = asked(cast, bundle, "degree")
    before = BundleItem.objects.get(bundle=bundle, code="degree").document_id
    page = agent.post(
        at("step", case.number, "answer_supplement"),
        {"file_degree": SimpleUploadedFile("x.pdf", b"nonsense"), "key": key(), "version": "3", "do": "step"},
    )
    assert page.status_code == 400
    assert "与扩展名不符" in page.content.decode()
    assert BundleItem.objects.get(bundle=bundle, code="degree").document_id == before


def test_files_nobody_asked_for_are_not_taken(agent: Client, cast: Cast, bundle: Bundle) -> None:
    case = asked(cast, bundle, "degree")
    before = Document.objects.count()
    agent.post(at("step", case.number, "answer_supplement"), {"file_contract": pdf(), "do": "upload"})
    assert Document.objects.count() == before
    agent.post(
        at("step", case_of(bundle).number, "withdraw"), {"file_degree": pdf(), "do": "upload", "key": key()}
    )
    assert Document.objects.count() == before


def test_a_step_on_a_stale_page_keeps_the_text_and_moves_nothing(
    agent: Client, cast: Cast, bundle: Bundle
) -> None:
    case = case_of(bundle)
    page = agent.get(at("step", case.number, "withdraw"))
    seen = hidden(page, "version")
    stage.act(case, cast.officer(case, "reception"), "pre_review", at=AT)
    late = agent.post(
        at("step", case.number, "withdraw"), {"remark": "项目取消了", "key": key(), "version": seen}
    )
    assert late.status_code == 409
    assert "项目取消了" in late.content.decode()
    assert case_of(bundle).state == "pre_reviewed"
    again = agent.post(
        at("step", case.number, "withdraw"),
        {"remark": "项目取消了", "key": key(), "version": hidden(late, "version")},
    )
    assert again.status_code == 302
    assert case_of(bundle).state == "withdrawn"


def test_a_step_that_is_gone_shows_who_was_faster_and_the_text(
    agent: Client, cast: Cast, bundle: Bundle
) -> None:
    case = case_of(bundle)
    bring(cast, case, "granted")
    late = agent.post(
        at("step", case.number, "withdraw"), {"remark": "项目取消了", "key": key(), "version": "1"}
    )
    text = late.content.decode()
    assert late.status_code == 409
    assert "项目取消了" in text and "准予许可" in text
    assert agent.get(at("step", case.number, "withdraw")).status_code == 409


def test_an_officers_step_is_forbidden_with_its_reason_and_the_systems_does_not_exist(
    agent: Client, bundle: Bundle
) -> None:
    case = case_of(bundle)
    for response in (
        agent.get(at("step", case.number, "pre_review")),
        agent.post(at("step", case.number, "pre_review"), {"key": key(), "version": "1"}),
    ):
        assert response.status_code == 403
        assert "预审受理人员" in response.content.decode()
    assert agent.get(at("step", case.number, "deem_accepted")).status_code == 404
    assert agent.post(at("step", case.number, "nonsense"), {"key": key()}).status_code == 404


def test_an_empty_reason_is_asked_for(agent: Client, bundle: Bundle) -> None:
    case = case_of(bundle)
    page = agent.post(at("step", case.number, "withdraw"), {"remark": "", "key": key(), "version": "1"})
    assert page.status_code == 400
    assert "error-summary" in page.content.decode() and "错误：" in page.content.decode()


def test_the_day_of_entry_is_asked_for_and_recorded_once(client: Client, cast: Cast) -> None:
    agent = enter(client, cast.agents["energy"])
    bundle = stage.file(cast, "energy", BRUNO, at=AT)
    assert "请登记入境日期" not in agent.get(at("bundle", bundle.number)).content.decode()
    bring(cast, case_of(bundle), "granted")
    for page in (at("bundle", bundle.number), at("home")):
        assert "请登记入境日期" in agent.get(page).content.decode()
    url, same = at("record_day", bundle.dossier.code), key()
    future = agent.post(url, {"kind": "entered", "on": "2026-03-11", "key": same})
    assert future.status_code == 400
    assert "不能晚于今天" in future.content.decode()
    for _n in range(2):
        assert agent.post(url, {"kind": "entered", "on": "2026-03-09", "key": same}).status_code == 302
    assert DatedFact.objects.filter(dossier=bundle.dossier_id, kind="entered").count() == 1
    assert "请登记入境日期" not in agent.get(at("bundle", bundle.number)).content.decode()


def test_sensitive_facts_are_masked_until_asked_for_and_the_look_is_written_down(
    agent: Client, bundle: Bundle, holder: User
) -> None:
    page = at("dossier", bundle.dossier.code)
    masked = agent.get(page).content.decode()
    assert ANNA.number not in masked and "420,000" not in masked
    shown = agent.post(at("reveal", bundle.dossier.code), {"purpose": "answer"})
    assert ANNA.number in shown.content.decode()
    assert shown["Cache-Control"] == "private, no-store"
    assert AccessEntry.objects.filter(
        dossier=bundle.dossier_id, what="fact:passport_number", purpose="answer"
    ).exists()
    assert agent.post(at("reveal", bundle.dossier.code), {"purpose": "x"}).status_code == 400
    for name in ("reveal", "record_day"):  # reloaded, or come back to from 大字版 and English
        assert agent.get(at(name, bundle.dossier.code)).status_code == 302
    mine = enter(Client(), holder).get(page).content.decode()
    assert "谁查看过我的信息" in mine and "答复主管部门" in mine
    assert "谁查看过我的信息" not in agent.get(page).content.decode()


def test_a_person_reads_own_cases_and_changes_nothing(bundle: Bundle, holder: User, cast: Cast) -> None:
    person = enter(Client(), holder)
    case = case_of(bundle)
    for name, args in (("home", []), ("dossiers", []), ("bundle", [bundle.number]), ("case", [case.number])):
        assert person.get(at(name, *args)).status_code == 200
    code, work = bundle.dossier.code, bundle.engagement_id
    for name, args in (
        ("company", []),
        ("dossier_new", []),
        ("passport", [code]),
        ("work", [code, work]),
        ("filing_start", []),
    ):
        assert person.get(at(name, *args)).status_code == 403, name
    assert person.post(at("record_day", code), {"kind": "entered", "on": "2026-03-01"}).status_code == 403
    assert (
        person.post(
            at("step", case.number, "withdraw"), {"remark": "x", "key": key(), "version": "1"}
        ).status_code
        == 403
    )
    other = stage.file(cast, "university", CLARA, at=AT)
    assert person.get(at("bundle", other.number)).status_code == 404
    assert person.get(at("dossier", other.dossier.code)).status_code == 404


def test_officers_are_shown_to_their_desk_and_nobody_to_the_sign_in(cast: Cast, bundle: Bundle) -> None:
    nobody = Client()
    assert nobody.get(at("landing")).status_code == 200
    assert "/accounts/login/" in nobody.get(at("home"))["Location"]
    landing = nobody.get(at("landing")).content.decode()
    for code in applied_for(cast.policy.pack):
        assert cast.policy.pack.matters[code].name.zh in landing


def test_own_materials_come_as_downloads_and_are_logged(agent: Client, bundle: Bundle) -> None:
    document = Document.objects.filter(dossier=bundle.dossier_id, kind="passport").get()
    response = agent.get(at("document", document.pk))
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response.content.startswith(b"%PDF")
    assert AccessEntry.objects.filter(what="document:passport").exists()


def test_a_paper_not_printed_yet_is_explained(agent: Client, bundle: Bundle, cast: Cast) -> None:
    notice = Notice.objects.filter(case__bundle=bundle).first()
    assert notice is not None
    assert agent.get(at("paper", notice.code)).status_code == 409
    assert enter(Client(), cast.agents["stranger"]).get(at("paper", notice.code)).status_code == 404


def test_the_credit_code_is_checked_by_its_digit_and_never_changed_by_an_agent(
    agent: Client, cast: Cast
) -> None:
    firm = cast.firms["university"]
    url = at("company_edit", firm.pk)
    data = {"name_en": "Gansu Example University", "address": "新地址", "phone": "0931-1234567", "key": key()}
    wrong = agent.post(url, {**data, "uscc": firm.uscc[:-1] + "0"})
    assert wrong.status_code == 400
    assert "校验码" in wrong.content.decode() and firm.uscc[:-1] + "0" in wrong.content.decode()
    assert agent.post(url, {**data, "uscc": f" {firm.uscc.lower()} "}).status_code == 302
    firm.refresh_from_db()
    assert firm.address == "新地址"
    assert firm.history.count() == 2
    # Nothing was filed yet; still the code of another unit, known here or not, is not to be had.
    for other in ("91620100MA0DEM0217", "91350100M000100Y43"):
        taken = agent.post(url, {**data, "uscc": other, "key": key()})
        assert taken.status_code == 400
        assert "不能自行更改" in taken.content.decode()


def test_an_issued_paper_is_downloaded_by_its_people_only(
    agent: Client, bundle: Bundle, holder: User, cast: Cast
) -> None:
    notice = Notice.objects.filter(case__bundle=bundle).select_related("body__data_key").first()
    assert notice is not None
    blob = blobs.store(b"%PDF-1.7 sealed", data_key=notice.body.data_key, media_type="application/pdf", at=AT)
    NoticeFile.objects.create(notice=notice, blob=blob, sha256="0" * 64, pages=1, rendered_at=AT)
    Notice.objects.filter(pk=notice.pk).update(status=Notice.Status.ISSUED, issued_at=AT)
    url = at("paper", notice.code)
    assert url in agent.get(at("bundle", bundle.number)).content.decode()
    for client in (agent, enter(Client(), holder)):
        response = client.get(url)
        assert response.content == b"%PDF-1.7 sealed"
        assert response["Content-Disposition"].startswith("attachment")
    assert enter(Client(), cast.agents["stranger"]).get(url).status_code == 404
    assert Client().get(url).status_code == 302
