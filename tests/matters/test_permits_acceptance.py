"""The five outcomes of acceptance (行政许可法 32), new items only with a leader's reason, and the ends of an application."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.desk import seat as desk_seat
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_matters import record, text_of
from tests.matters.cast_process import go, later
from tests.stage import AT, bring, case_of


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def ask(*codes: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for code in codes:
        found |= {f"ask_{code}": "on", f"reason_{code}": "incomplete"}
    return found


def test_no_licence_is_needed(cast: Cast, case: Case) -> None:
    done = go(cast, case, "reception", "tell_not_required", remark="短期学术访问，依法不需要工作许可。")
    assert (done.state, done.outcome, done.phase) == ("not_required", "declined", "closed")
    paper = text_of(case, "NOT_REQUIRED")
    assert "不需要取得行政许可" in paper["paragraphs"][0] and paper["remedies"]


def test_not_our_power_says_whom_to_ask(cast: Cast, case: Case) -> None:
    data = {"reasons": ["not_competent"], "remark": "工作地点不在本省。"}
    with pytest.raises(Invalid) as refused:
        go(cast, case, "reception", "decline", **data)
    assert set(refused.value.form.errors) == {"ask_whom"}
    with pytest.raises(Invalid):  # that no licence is needed has a paper of its own
        go(cast, case, "reception", "decline", **{**data, "reasons": ["not_required"]})
    done = go(cast, case, "reception", "decline", ask_whom="上海市科学技术委员会", **data)
    assert done.state == "declined" and "上海市科学技术委员会" in str(text_of(case, "DECLINE")["paragraphs"])


def test_corrected_on_the_spot_is_logged_and_holds_nothing_up(cast: Cast, case: Case) -> None:
    data = {"item": "contract", "remark": "岗位名称漏字，已补“高级”二字。", "confirmed": "on"}
    with pytest.raises(Invalid) as refused:
        go(cast, case, "handle", "correct_on_spot", **{**data, "confirmed": ""})
    assert set(refused.value.form.errors) == {"confirmed"}
    done = go(cast, case, "handle", "correct_on_spot", **data)
    event = CaseEvent.objects.get(case=case, action="correct_on_spot")
    assert done.state == "filed" and event.data == {"item": "contract"}
    assert event.role == "window_clerk" and "漏字" in event.sealed["remark"]
    assert case.deadlines.get(kind="acceptance", basis="statutory").met_on is None


def test_a_new_item_later_needs_a_leader_and_is_brought_to_notice(
    cast: Cast, case: Case, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Blocked) as early:
        go(cast, case, "decide", "request_new_items", **ask("degree"), remark="理由")
    assert early.value.problems[0].code == "never_told"
    asked = go(cast, case, "reception", "request_supplement", **ask("degree"))
    engagement = case.engagement
    stage.upload(engagement, ANNA, "degree", "学位证书", scope="person", at=later(1))
    case.bundle.items.filter(code="degree").update(document=engagement.dossier.documents.latest("pk"))
    back = go(cast, asked, "agent", "answer_supplement", at=later(1))
    with pytest.raises(NotAllowed):
        go(cast, back, "reception", "request_new_items", at=later(1), **ask("contract"), remark="理由")
    with pytest.raises(Invalid) as unreasoned:
        go(cast, back, "decide", "request_new_items", at=later(1), **ask("contract"))
    assert "remark" in unreasoned.value.form.errors
    with pytest.raises(Invalid):  # what was told already is asked again by the ordinary step
        go(cast, back, "decide", "request_new_items", at=later(1), **ask("degree"), remark="理由")
    done = go(
        cast, back, "decide", "request_new_items", at=later(1), **ask("contract"), remark="首次漏列合同页码。"
    )
    assert done.state == "supplement" and [row.item for row in done.supplement_items.filter(round=2)] == [
        "contract"
    ]

    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: later(1))
    client.force_login(
        cast.officer(case, "decide"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = client.get(reverse("desk:alerts")).content.decode()
    assert "一次告知之后增加了补正事项" in page and "首次漏列合同页码" in page and case.number in page
    client.force_login(
        cast.officer(case, "review"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.get(reverse("desk:alerts")).status_code == 403


def test_the_three_ends_of_an_application_have_papers_of_their_own(cast: Cast, case: Case) -> None:
    gone = go(cast, case, "agent", "withdraw", remark="人选变动")
    assert (gone.state, gone.outcome) == ("withdrawn", "withdrawn")
    assert "依照你单位的意愿" in str(text_of(case, "WITHDRAWAL")["paragraphs"])

    other = bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=AT)), "accepted")
    with pytest.raises(Invalid) as refused:
        stage.act(
            other,
            cast.officer(other, "decide"),
            "terminate",
            at=AT,
            data={"reason": "withdrawn", "remark": "x"},
        )
    assert set(refused.value.form.errors) == {"reason"}
    data = {"reason": "applicant_gone", "remark": "用人单位已注销登记。"}
    ended = stage.act(other, cast.officer(other, "decide"), "terminate", at=AT, data=data)
    assert (ended.state, ended.outcome, ended.phase) == ("terminated", "ended", "closed")
    assert text_of(other, "TERMINATION")["remedies"]
    assert verify(at=AT) == []


def with_entry_term(cast: Cast, months: int) -> None:
    """A pack whose authority has published how long the notification is valid."""
    document = copy.deepcopy(dict(PolicyVersion.objects.get(pk=cast.policy.pk).document))
    next(row for row in document["limits"] if row["kind"] == "entry")["amount"] = months
    PolicyVersion.objects.create(
        jurisdiction=cast.jurisdiction,
        pack_code=cast.policy.pack_code,
        version="entry",
        effective_from=cast.policy.effective_from,
        sha256=loader.digest(document),
        document=document,
    )


def test_approved_but_never_used_it_lapses_once_and_not_early(cast: Cast) -> None:
    """S000-22: approved, not completed within the validity of the notification."""
    with_entry_term(cast, 3)
    case = bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=AT)), "granted")
    permit = Entitlement.objects.get(case=case)
    last = case.deadlines.get(kind="entry")
    assert (last.basis, last.due_on) == ("applicant", AT.date().replace(month=6))
    with pytest.raises(Blocked) as early:
        stage.act(case, cast.officer(case, "decide"), "lapse", at=later(30))
    assert early.value.problems[0].code == "entry_term_runs"
    day = (last.due_on - AT.date()).days
    assert sweep(at=later(day)).moved == 0
    assert sweep(at=later(day + 1)).moved == 1
    assert sweep(at=later(day + 2)).moved == 0
    permit.refresh_from_db()
    case = case_of(case.bundle)
    assert (case.state, case.outcome, permit.status, permit.end_reason) == (
        "lapsed",
        "lapsed",
        "ended",
        "lapse",
    )
    assert "没有在许可通知的有效期内入境" in str(text_of(case, "LAPSED")["paragraphs"])
    assert verify(at=AT) == []


def test_who_has_entered_does_not_lapse(cast: Cast) -> None:
    with_entry_term(cast, 3)
    case = bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=AT)), "granted")
    record(case.bundle, "entered", later(20).date(), at=later(20))
    assert case.deadlines.get(kind="entry").met_on == later(20).date()
    assert sweep(at=AT + timedelta(days=200)).moved == 0


def test_where_no_term_is_stated_no_clock_runs_and_an_officer_judges(cast: Cast) -> None:
    case = bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=AT)), "granted")
    assert not case.deadlines.filter(kind="entry").exists()
    done = stage.act(
        case, cast.officer(case, "decide"), "lapse", at=later(120), data={"remark": "公布的有效期已过"}
    )
    assert done.state == "lapsed"
