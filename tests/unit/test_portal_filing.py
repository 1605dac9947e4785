"""An agent files one bundle through HTTP: dossier by passport, one question a page, each material once, one button."""

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
from foreignwork.cases.models import Bundle, Case
from foreignwork.demo import papers
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, Foreigner
from foreignwork.dossiers.models import Document, Dossier, DossierVersion, EngagementVersion
from foreignwork.dossiers.mrz import compose
from foreignwork.policies.pack import Pack
from foreignwork.portal.models import FilingDraft
from tests.stage import AT
from tests.stage import cast as cast

FILING_LIMIT = 26  # the goal is 25; two of these are the savepoint of the test's own transaction


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def agent(client: Client, cast: Cast) -> Client:
    return enter(client, cast.agents["university"])


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def key() -> str:
    return str(uuid.uuid4())


def passport_data(foreigner: Foreigner, **changes: Any) -> dict[str, Any]:
    facts = foreigner.person_facts(AT.date())
    return {
        "mrz": compose(foreigner.passport(AT.date())),
        "name_zh": facts["name_zh"],
        "phone": facts["phone"],
        "email": facts["email"],
        "key": key(),
        **changes,
    }


def open_dossier(client: Client, foreigner: Foreigner = ANNA) -> Dossier:
    before = set(Dossier.objects.values_list("pk", flat=True))
    response = client.post(reverse("portal:dossier_new"), passport_data(foreigner))
    assert response.status_code == 302, response.content.decode()
    dossier = Dossier.objects.exclude(pk__in=before).get()
    work = client.post(response["Location"], {**foreigner.work_facts(AT.date()), "key": key()})
    assert work.status_code == 302, work.content.decode()
    return dossier


def begin(client: Client, dossier: Dossier) -> FilingDraft:
    engagement = dossier.engagements.get()
    response = client.post(reverse("portal:filing_start"), {"engagement": engagement.pk})
    assert response.status_code == 302
    return FilingDraft.objects.get(engagement=engagement, bundle=None)


def answer(client: Client, draft: FilingDraft, foreigner: Foreigner = ANNA, **changes: Any) -> str:
    """Answer every question the pages ask, following their redirects; returns where they end."""
    given = {
        "person_in_china": "yes" if foreigner.in_china else "no",
        "category": "B",
        "purpose": "new",
        "in_china_ground": "changed_employer",
        "later": [],
        "city": "lanzhou",
        "work_started_on": "2025-06-01" if foreigner.in_china else "",
        "treaty_exempt": "no",
        "title_basis": "permit",
        **changes,
    }
    page = reverse("portal:question", args=[draft.pk, "purpose"])
    for _n in range(12):
        found = re.search(r"/questions/(\w+)/", page)
        if not found:
            break
        code = found[1]
        data = {code: given[code]} if code in given else {code: list(pack().matter_codes())}
        response = client.post(page, data)
        assert response.status_code == 302, response.content.decode()
        page = response["Location"]
    return page


def pack() -> Pack:
    from foreignwork.policies.models import PolicyVersion

    return PolicyVersion.objects.get(pack_code="gansu").pack


def sheet(name: str = "a.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, papers.sheet("样例", ["样例"]), content_type="application/pdf")


def hand_in(client: Client, draft: FilingDraft, leave_out: tuple[str, ...] = ()) -> Any:
    page = reverse("portal:materials", args=[draft.pk])
    codes = re.findall(r'name="file_(\w+)"', client.get(page).content.decode())
    files: dict[str, Any] = {
        f"file_{code}": SimpleUploadedFile("p.jpg", papers.photo("AE"), "image/jpeg")
        if code == "photo"
        else sheet(f"{code}.pdf")
        for code in codes
        if code not in leave_out
    }
    return client.post(page, {**files, "do": "next"})


def ready(client: Client, foreigner: Foreigner = ANNA) -> FilingDraft:
    draft = begin(client, open_dossier(client, foreigner))
    assert answer(client, draft, foreigner) == reverse("portal:materials", args=[draft.pk])
    response = hand_in(client, draft)
    assert response.status_code == 302, response.content.decode()
    return draft


def test_one_bundle_is_filed_and_each_material_uploaded_once(agent: Client) -> None:
    draft = ready(agent)
    codes = list(Document.objects.values_list("kind", flat=True))
    assert len(codes) == len(set(codes)) >= 7
    check = agent.get(reverse("portal:check", args=[draft.pk]))
    assert check.status_code == 200
    assert ANNA.number not in check.content.decode(), "sensitive values stay masked on the check page"
    response = agent.post(reverse("portal:check", args=[draft.pk]), {"key": key()})
    bundle = Bundle.objects.get()
    assert response["Location"] == reverse("portal:filed", args=[bundle.number])
    assert bundle.cases.count() == len(pack().matter_codes()) == 4
    confirmation = agent.get(response["Location"]).content.decode()
    assert bundle.number in confirmation
    page = agent.get(reverse("portal:bundle", args=[bundle.number]))
    assert page.status_code == 200
    for case in bundle.cases.all():
        assert agent.get(reverse("portal:case", args=[case.number])).status_code == 200


@pytest.mark.parametrize("foreigner", [ANNA, BRUNO], ids=["in-china", "abroad"])
def test_filing_over_http_stays_within_its_queries(agent: Client, foreigner: Foreigner) -> None:
    draft = ready(agent, foreigner)
    with CaptureQueriesContext(connection) as queries:
        response = agent.post(reverse("portal:check", args=[draft.pk]), {"key": key()})
    assert response.status_code == 302, response.content.decode()
    assert len(queries) <= FILING_LIMIT, "\n".join(query["sql"][:150] for query in queries)


def test_pressing_submit_twice_files_once(agent: Client) -> None:
    draft = ready(agent)
    page, same = reverse("portal:check", args=[draft.pk]), key()
    first = agent.post(page, {"key": same})
    second = agent.post(page, {"key": same})
    third = agent.post(page, {"key": key()})
    assert first["Location"] == second["Location"] == third["Location"]
    assert Bundle.objects.count() == 1


def test_a_form_without_its_key_changes_nothing(agent: Client) -> None:
    draft = ready(agent)
    for bad in ("", "x" * 65, "a\x00b"):
        response = agent.post(reverse("portal:check", args=[draft.pk]), {"key": bad})
        assert response.status_code == 400
        assert "失效" in response.content.decode()
    assert not Bundle.objects.exists()


def test_all_that_is_missing_is_told_at_once_with_the_place_to_put_it_right(agent: Client) -> None:
    dossier = open_dossier(agent)
    draft = begin(agent, dossier)
    answer(agent, draft)
    FilingDraft.objects.filter(pk=draft.pk).update(
        answers={k: v for k, v in FilingDraft.objects.get(pk=draft.pk).answers.items() if k != "category"}
    )
    page = agent.post(reverse("portal:check", args=[draft.pk]), {"key": key()})
    text = page.content.decode()
    assert page.status_code == 422
    assert reverse("portal:question", args=[draft.pk, "category"]) in text
    for code in ("passport", "degree", "contract"):
        assert f"#item-{code}" in text
    assert "错误：" in text
    assert not Bundle.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.pdf", b"", "是空的"),
        ("pic.pdf", papers.photo("A"), "与扩展名不符"),
        ("note.txt", b"hello", "格式不能接收"),
        ("broken.pdf", b"%PDF-1.7 nothing", "损坏"),
    ],
)
def test_a_refused_file_says_why_beside_its_item_and_the_others_are_kept(
    agent: Client, name: str, data: bytes, words: str
) -> None:
    draft = begin(agent, open_dossier(agent))
    answer(agent, draft)
    page = agent.post(
        reverse("portal:materials", args=[draft.pk]),
        {"file_passport": SimpleUploadedFile(name, data), "file_degree": sheet(), "do": "upload"},
    )
    assert page.status_code == 400
    assert words in page.content.decode()
    assert 'id="file-passport-error"' in page.content.decode()
    assert list(Document.objects.values_list("kind", flat=True)) == ["degree"]


def test_a_file_too_large_is_refused_without_reading_it(agent: Client, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 1000
    draft = begin(agent, open_dossier(agent))
    answer(agent, draft)
    page = agent.post(
        reverse("portal:materials", args=[draft.pk]), {"file_passport": sheet(), "do": "upload"}
    )
    assert page.status_code == 400
    assert "超过" in page.content.decode()


def test_the_draft_is_resumed_where_it_was_left(agent: Client) -> None:
    draft = begin(agent, open_dossier(agent))
    agent.post(reverse("portal:question", args=[draft.pk, "matters"]), {"matters": pack().matter_codes()})
    again = begin(agent, Dossier.objects.get())
    assert again.pk == draft.pk
    assert "matters" in again.answers
    assert str(draft.pk) in agent.get(reverse("portal:home")).content.decode()


def test_required_matters_cannot_be_left_out(agent: Client) -> None:
    draft = begin(agent, open_dossier(agent))
    agent.post(reverse("portal:question", args=[draft.pk, "matters"]), {})
    draft.refresh_from_db()
    assert set(draft.answers["matters"]) >= set(pack().required_matters())


def test_a_day_in_the_future_is_refused_and_kept(agent: Client) -> None:
    draft = begin(agent, open_dossier(agent))
    agent.post(reverse("portal:question", args=[draft.pk, "matters"]), {"matters": pack().matter_codes()})
    agent.post(reverse("portal:question", args=[draft.pk, "person_in_china"]), {"person_in_china": "yes"})
    page = agent.post(
        reverse("portal:question", args=[draft.pk, "work_started_on"]), {"work_started_on": "2026-12-31"}
    )
    assert page.status_code == 400
    assert "2026-12-31" in page.content.decode()
    assert "不能晚于今天" in page.content.decode()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[:54] + str((int(text[54]) + 1) % 10) + text[55:], "护照号码"),
        (lambda text: text[:-3], "44 个字符"),
        (lambda text: "hello", "两行"),
    ],
    ids=["check-digit", "short", "not-mrz"],
)
def test_a_wrong_machine_readable_zone_names_the_wrong_part(agent: Client, spoil: Any, words: str) -> None:
    data = passport_data(ANNA)
    data["mrz"] = spoil(data["mrz"])
    page = agent.post(reverse("portal:dossier_new"), data)
    assert page.status_code == 400
    assert words in page.content.decode()
    assert ANNA.name_zh in page.content.decode(), "what was typed stays"
    assert not Dossier.objects.exists()


def test_an_expired_passport_is_a_clear_sentence(agent: Client) -> None:
    from dataclasses import replace
    from datetime import date

    data = passport_data(ANNA)
    data["mrz"] = compose(replace(ANNA.passport(AT.date()), expiry=date(2026, 1, 31)))
    page = agent.post(reverse("portal:dossier_new"), data)
    assert page.status_code == 400
    assert "2026-01-31 过期" in page.content.decode()


def test_the_same_passport_again_leads_to_the_dossier_and_another_employer_learns_nothing(
    agent: Client, cast: Cast
) -> None:
    dossier = open_dossier(agent)
    again = agent.post(reverse("portal:dossier_new"), passport_data(ANNA))
    assert again.status_code == 409
    assert reverse("portal:dossier", args=[dossier.code]) in again.content.decode()
    other = enter(Client(), cast.agents["stranger"])
    response = other.post(reverse("portal:dossier_new"), passport_data(ANNA))
    assert response.status_code == 302
    assert other.get(reverse("portal:dossier", args=[dossier.code])).status_code == 404
    assert Dossier.objects.count() == 2


def test_a_double_click_on_a_form_makes_one_version(agent: Client) -> None:
    dossier = open_dossier(agent)
    engagement = dossier.engagements.get()
    page = reverse("portal:work", args=[dossier.code, engagement.pk])
    data = {**ANNA.work_facts(AT.date()), "post_title": "教授", "key": key()}
    assert agent.post(page, data).status_code == agent.post(page, data).status_code == 302
    assert EngagementVersion.objects.filter(engagement=engagement).count() == 2
    changed = agent.post(page, {**data, "post_title": "讲师"})
    assert changed.status_code == 409, "the same key with other content is refused"
    assert DossierVersion.objects.count() == 1


def test_strangers_do_not_find_a_draft_a_case_or_a_document(agent: Client, cast: Cast) -> None:
    draft = ready(agent)
    agent.post(reverse("portal:check", args=[draft.pk]), {"key": key()})
    bundle, case = Bundle.objects.get(), Case.objects.first()
    assert case is not None
    document = Document.objects.first()
    assert document is not None
    other = enter(Client(), cast.agents["stranger"])
    for name, args in (
        ("filing", [draft.pk]),
        ("materials", [draft.pk]),
        ("check", [draft.pk]),
        ("bundle", [bundle.number]),
        ("filed", [bundle.number]),
        ("case", [case.number]),
        ("step", [case.number, "withdraw"]),
        ("document", [document.pk]),
        ("dossier", [bundle.dossier.code]),
        ("company_edit", [bundle.employer_id]),
    ):
        assert other.get(reverse(f"portal:{name}", args=args)).status_code == 404, name
