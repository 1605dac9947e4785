"""Any step by one address: done, refused with the reason, kept what was typed, never half."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.desk import formlayout
from foreignwork.desk import seat as desk_seat
from tests.stage import AT, all_met, bring, case_of
from tests.stage import cast as cast


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url(case: Case, step: str) -> str:
    return reverse("desk:step", kwargs={"number": case.number, "step": step})


def now(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def press(client: Client, case: Case, step: str, key: str = "", **data: Any) -> Any:
    """What the browser sends from the step's own page: its hidden fields and what was typed."""
    page = client.get(url(case, step))
    form = {"key": key or str(page.context["key"]), "version": now(case).version}
    return client.post(url(case, step), {**form, **data})


def test_the_whole_way_by_pages(client: Client, cast: Cast, case: Case) -> None:
    way = [
        ("reception", "pre_review", {"remark": "材料齐全"}, "pre_reviewed"),
        ("reception", "accept", {}, "accepted"),
        ("review", "first_review", all_met(case), "first_reviewed"),
        ("review", "second_review", all_met(case), "second_reviewed"),
        ("decide", "grant", {"remark": "同意"}, "granted"),
    ]
    for desk, step, data, state in way:
        enter(client, cast.officer(case, desk))
        assert client.get(url(case, step)).status_code == 200
        answer = press(client, case, step, **data)
        assert (answer.status_code, answer["Location"]) == (302, reverse("desk:case", args=[case.number]))
        assert now(case).state == state
        page = client.get(answer["Location"]).content.decode()
        assert "已完成" in page


def test_a_double_click_acts_once(client: Client, cast: Cast, case: Case) -> None:
    enter(client, cast.officer(case, "reception"))
    data = {"key": "one-press", "version": case.version, "remark": "齐"}
    first, second = client.post(url(case, "pre_review"), data), client.post(url(case, "pre_review"), data)
    assert first.status_code == second.status_code == 302
    assert CaseEvent.objects.filter(case_id=case.pk, action="pre_review").count() == 1


def test_a_stale_page_says_who_was_faster_and_keeps_what_was_typed(
    client: Client, cast: Cast, case: Case
) -> None:
    bring(cast, case, "first_reviewed")
    seen = now(case).version
    stage.act(case_of(case.bundle), cast.officer(case, "review"), "second_review", at=AT, data=all_met(case))
    enter(client, cast.officer(case, "review"))
    answer = client.post(
        url(case, "second_review"), {**all_met(case), "remark": "我的长篇意见", "key": "k", "version": seen}
    )
    text = answer.content.decode()
    assert answer.status_code == 409
    assert str(cast.officer(case, "review")) in text
    assert "我的长篇意见" in text
    assert "二级审查" in text
    assert now(case).state == "second_reviewed"


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "0"])
def test_a_form_that_saw_no_version_changes_nothing(
    client: Client, cast: Cast, case: Case, version: str
) -> None:
    enter(client, cast.officer(case, "reception"))
    answer = client.post(url(case, "pre_review"), {"key": "k", "version": version})
    assert answer.status_code == 409
    assert now(case).state == "filed"


def test_another_content_under_the_same_key_is_refused(client: Client, cast: Cast, case: Case) -> None:
    enter(client, cast.officer(case, "reception"))
    press(client, case, "pre_review", key="same", remark="甲")
    answer = client.post(url(case, "pre_review"), {"key": "same", "version": 1, "remark": "乙"})
    assert answer.status_code == 409
    assert "乙" in answer.content.decode()


def test_a_missing_finding_is_named_and_the_rest_kept(client: Client, cast: Cast, case: Case) -> None:
    bring(cast, case, "accepted")
    enter(client, cast.officer(case, "review"))
    data = all_met(case)
    left_out = next(name for name in data if name.startswith("condition_"))
    data.pop(left_out)
    answer = press(client, case, "first_review", **{**data, "remark": "部分意见"})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "部分意见" in text
    assert text.count(" checked") == len(data) - 1
    assert now(case).state == "accepted"


def test_a_step_of_another_post_is_forbidden_with_the_reason(client: Client, cast: Cast, case: Case) -> None:
    bring(cast, case, "second_reviewed")
    enter(client, cast.officer(case, "review"))
    assert client.get(url(case, "grant")).status_code == 403
    answer = client.post(url(case, "grant"), {"key": "k", "version": now(case).version, "remark": "同意"})
    assert answer.status_code == 403
    assert "决定人员" in answer.content.decode()
    assert now(case).state == "second_reviewed"


def test_one_person_cannot_take_two_hands(client: Client, cast: Cast, case: Case) -> None:
    bring(cast, case, "accepted")
    reception = cast.officer(case, "reception")
    reception.posts.create(office=case.office, role="first_reviewer", from_on=AT.date())
    enter(client, reception)
    page = client.get(reverse("desk:case", args=[case.number]))
    offer = next(entry["offer"] for entry in page.context["offers"] if entry["step"].name == "first_review")
    assert not offer.allowed
    assert offer.problems[0].sentence in page.content.decode()
    answer = client.post(
        url(case, "first_review"), {**all_met(case), "key": "k", "version": now(case).version}
    )
    assert answer.status_code == 403
    assert offer.problems[0].sentence in answer.content.decode()


def test_a_rule_forbids_with_its_sentence(client: Client, cast: Cast, case: Case) -> None:
    bring(cast, case, "first_reviewed")
    unmet = all_met(case)
    unmet[next(name for name in unmet if name.startswith("condition_"))] = "not_met"
    stage.act(case_of(case.bundle), cast.officer(case, "review"), "second_review", at=AT, data=unmet)
    enter(client, cast.officer(case, "decide"))
    assert client.get(url(case, "grant")).status_code == 422
    answer = client.post(url(case, "grant"), {"key": "k", "version": now(case).version, "remark": "同意"})
    assert answer.status_code == 422
    assert "不能准予许可" in answer.content.decode()
    assert now(case).state == "second_reviewed"


@pytest.mark.parametrize("step", ["nothing", "deem_accepted", "end_unanswered"])
def test_unknown_steps_and_steps_of_the_system_do_not_exist(
    client: Client, cast: Cast, case: Case, step: str
) -> None:
    enter(client, cast.officer(case, "reception"))
    assert client.get(url(case, step)).status_code == 404
    assert client.post(url(case, step), {"key": "k", "version": 1}).status_code == 404


def test_a_supplement_is_asked_for_material_by_material(client: Client, cast: Cast, case: Case) -> None:
    enter(client, cast.officer(case, "reception"))
    page = client.get(url(case, "request_supplement"))
    asks = next(block for block in page.context["blocks"] if block.kind == "asks")
    assert len(asks.lines) > 3
    assert all(line.reason and line.note and line.extra for line in asks.lines)
    key = asks.lines[0].key
    reason = next(value for value, _label in asks.lines[0].reason.field.choices if value)
    nothing = press(client, case, "request_supplement")
    assert nothing.status_code == 400
    without = press(client, case, "request_supplement", **{f"ask_{key}": "on", f"note_{key}": "请重新扫描"})
    assert without.status_code == 400
    assert "请重新扫描" in without.content.decode()
    answer = press(
        client,
        case,
        "request_supplement",
        **{f"ask_{key}": "on", f"reason_{key}": reason, f"note_{key}": "请重新扫描"},
    )
    assert answer.status_code == 302
    assert now(case).state == "supplement"
    text = client.get(answer["Location"]).content.decode()
    assert "请重新扫描" in text
    assert "待补正" in text


def test_small_forms_stand_in_the_panel_and_large_ones_have_a_page(
    client: Client, cast: Cast, case: Case
) -> None:
    enter(client, cast.officer(case, "reception"))
    page = client.get(reverse("desk:case", args=[case.number]))
    small = {entry["step"].name: entry["small"] for entry in page.context["offers"] if entry["offer"].allowed}
    assert small["pre_review"] is True
    assert small["request_supplement"] is False
    text = page.content.decode()
    assert text.count('name="version"') == sum(small.values())


class Mixed(forms.Form):
    before = forms.CharField()
    ask_a = forms.BooleanField(required=False)
    reason_a = forms.ChoiceField(choices=[("x", "x")])
    note_a = forms.CharField()
    one = forms.ChoiceField(choices=[("y", "是"), ("n", "否")], widget=forms.RadioSelect)
    two = forms.ChoiceField(choices=[("y", "是"), ("n", "否")], widget=forms.RadioSelect)
    alone = forms.ChoiceField(choices=[("z", "z")], widget=forms.RadioSelect)
    ask_me = forms.CharField()


def test_layout_reads_the_fields_and_loses_none() -> None:
    form = Mixed()
    found = formlayout.blocks(form)
    assert [block.kind for block in found] == ["field", "asks", "matrix", "field", "field"]
    names = []
    for block in found:
        names += [block.field.name] if block.field else []
        for line in block.lines:
            names += [bound.name for bound in (line.field, line.reason, line.note) if bound]
    assert sorted(names) == sorted(form.fields)
