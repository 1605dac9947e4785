"""该申请哪一类？ as a page: for everyone, nothing kept, the result leads to a filing whose class stays the applicant's."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.dossiers.models import Engagement
from foreignwork.portal.models import FilingDraft
from tests.stage import AT
from tests.stage import cast as cast

PAGE = reverse("portal:classify")
# 14 + 15 + 11 + 15 + 3 + 10 (Gansu lies in the west) + 15 = 83
MASTER = {
    "class-age": "38",
    "class-education": "master",
    "class-work_years": "8",
    "class-annual_salary_cny": "300000",
    "class-months_per_year": "12",
    "class-hsk": "3",
    "class-catalogue_fit": "on",
}


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def words(response: object) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", unescape(text))


def test_anyone_learns_the_class_the_routes_and_the_points(client: Client, cast: Cast) -> None:
    assert "不用登录" in words(client.get(PAGE))
    found = client.post(PAGE, MASTER)
    assert found.status_code == 200
    said = words(found)
    assert "B类（外国专业人才）" in said and "计点积分在60分以上" in said
    assert "合计 83 120" in said and "国内聘用单位支付年薪 14 20" in said
    assert "最终类别由审查人员根据材料确认" in said
    assert "聘用合同或者任职证明" in said
    assert 'value="300000"' in found.content.decode()  # to change one answer and ask again


def test_nothing_of_it_is_kept(client: Client, cast: Cast) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.post(PAGE, MASTER)
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []
    assert Session.objects.count() == 0
    assert client.post(PAGE, MASTER)["Cache-Control"].startswith("max-age=0")


def test_what_is_missing_is_told_and_the_officer_is_named_as_the_one_who_decides(
    client: Client, cast: Cast
) -> None:
    older = words(
        client.post(
            PAGE, {**MASTER, "class-age": "61", "class-education": "bachelor", "class-b_roles": "hired"}
        )
    )
    assert "须由主管部门酌情决定" in older and "年龄不超过60周岁" in older
    nobody = words(client.post(PAGE, {"class-age": "30"}))
    assert "还不符合任何一类" in nobody
    sport = words(client.post(PAGE, {"class-age": "30", "class-encouraged_posts": "sport"}))
    assert "A类（外国高端人才）" in sport and "待审查人员确认" in sport


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("age", "abc", "请填写整数"),
        ("age", "-1", "不能小于 0"),
        ("age", "999", "不能大于 120"),
        ("age", "9" * 5000, "请填写整数"),
        ("age", "3\x008", "请填写整数"),
        ("education", "phd", "请从列出的选项中选择"),
        ("achievements", "peace", "请从列出的选项中选择"),
        ("work_years", "38", "应当小于“按申请之日的年龄"),
    ],
)
def test_a_wrong_entry_is_told_and_the_others_stay(
    client: Client, cast: Cast, field: str, value: str, says: str
) -> None:
    found = client.post(PAGE, {**MASTER, f"class-{field}": value})
    assert found.status_code == 400
    assert says in words(found)
    assert 'value="300000"' in found.content.decode()


def test_strange_places_and_keys_change_nothing(client: Client, cast: Cast) -> None:
    assert client.get(PAGE, {"place": "\x00"}).status_code == 200
    assert client.post(PAGE, {"place": "nowhere", "class-nothing": "1", "age": "3"}).status_code == 200
    assert client.put(PAGE).status_code == 405


def test_without_a_pack_the_page_says_where_to_ask(client: Client, db: None) -> None:
    assert "12345" in words(client.get(PAGE))


def test_english(client: Client, cast: Cast) -> None:
    client.cookies["django_language"] = "en"
    said = words(client.post(PAGE, MASTER))
    assert "Class B (professionals)" in said and "60 points or more" in said


def test_the_result_starts_a_filing_with_the_class_proposed_not_answered(client: Client, cast: Cast) -> None:
    engagement = stage.engage(cast, "university", ANNA, at=AT)
    anonymous = client.post(PAGE, MASTER).content.decode()
    login = re.search(r'href="(/accounts/login/\?next=[^"]+)"', anonymous)
    assert login and unquote(login[1]).endswith("/filing/?category=B&place=gansu")
    client.force_login(cast.agents["university"])
    link = re.search(r'href="(/filing/\?[^"]+)"', client.post(PAGE, MASTER).content.decode())
    assert link is not None
    start = client.get(unescape(link[1])).content.decode()
    assert '<input type="hidden" name="category" value="B">' in start
    client.post(
        reverse("portal:filing_start"), {"engagement": engagement.pk, "place": "gansu", "category": "B"}
    )
    draft = FilingDraft.objects.get()
    assert draft.suggested == {"category": "B"} and "category" not in draft.answers
    question = client.get(reverse("portal:question", args=[draft.pk, "category"])).content.decode()
    assert re.search(r'value="B"[^>]*checked', question) and "以您的选择为准" in question
    client.post(reverse("portal:question", args=[draft.pk, "category"]), {"category": "C"})
    draft.refresh_from_db()
    assert draft.answers["category"] == "C"
    again = client.get(reverse("portal:question", args=[draft.pk, "category"])).content.decode()
    assert re.search(r'value="C"[^>]*checked', again) and "以您的选择为准" not in again


def test_other_words_propose_nothing(client: Client, cast: Cast) -> None:
    engagement = stage.engage(cast, "university", ANNA, at=AT)
    client.force_login(cast.agents["university"])
    for word in ("Z", "\x00", "<script>", "B" * 1000):
        client.post(reverse("portal:filing_start"), {"engagement": engagement.pk, "category": word})
        assert FilingDraft.objects.get().suggested == {}
    assert Engagement.objects.count() == 1


def test_officers_and_people_are_not_offered_a_filing(client: Client, cast: Cast) -> None:
    client.force_login(next(iter(cast.officers.values())))
    assert "/filing/" not in client.post(PAGE, MASTER).content.decode()
