"""Who has a case: least load, reassigned with a reason, objected to by the party, reviewed again, moved to another office."""

from __future__ import annotations

from datetime import date

import pytest

from foreignwork.accounts.models import Post, User
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from tests.matters.cast_matters import text_of
from tests.matters.cast_process import go, later
from tests.stage import AT, all_met, bring, case_of


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def newcomer(case: Case, name: str, *roles: str) -> User:
    user = User.objects.create(username=name, kind="staff", display_name=name)
    for role in roles:
        Post.objects.create(user=user, office=case.office, role=role, from_on=date(2025, 1, 1))
    return user


def test_the_reviewer_with_the_fewest_open_cases_gets_the_next(cast: Cast, case: Case) -> None:
    second = newcomer(case, "乙审查", "first_reviewer", "second_reviewer")
    first = cast.officer(case, "review")
    bring(cast, case, "accepted")
    other = bring(cast, case_of(stage.file(cast, "university", BRUNO, at=AT)), "accepted")
    third = bring(cast, case_of(stage.file(cast, "university", CLARA, at=AT)), "accepted")
    assert [Case.objects.get(pk=row.pk).assignee for row in (case, other, third)] == [first, second, first]
    # Who has the hand keeps the case; the decider has none of the earlier hands.
    reviewed = stage.act(other, second, "first_review", at=AT, data=all_met(other))
    assert reviewed.assignee_id == second.pk
    done = stage.act(reviewed, second, "second_review", at=AT, data=all_met(other))
    assert done.assignee_id == cast.officer(case, "decide").pk
    assert verify(at=AT) == []


def test_a_leader_reassigns_with_a_reason_and_the_former_officer_takes_no_other_hand(
    cast: Cast, case: Case
) -> None:
    case = bring(cast, case, "accepted")
    former = cast.officer(case, "review")
    with pytest.raises(Blocked) as alone:
        go(cast, case, "decide", "reassign", officer=str(former.pk), remark="休假")
    assert alone.value.problems[0].code == "nobody_to_reassign_to"
    heir = newcomer(case, "丙审查", "first_reviewer", "second_reviewer")
    case = go(cast, case, "review", "first_review", **all_met(case))
    with pytest.raises(NotAllowed):
        go(cast, case, "review", "reassign", officer=str(heir.pk), remark="休假")
    with pytest.raises(Invalid) as unreasoned:
        go(cast, case, "decide", "reassign", officer=str(heir.pk))
    assert set(unreasoned.value.form.errors) == {"remark"}
    case = go(cast, case, "decide", "reassign", officer=str(heir.pk), remark="原审查人员休假")
    assert case.assignee_id == heir.pk
    event = CaseEvent.objects.get(case=case, action="reassign")
    assert event.data == {"officer": str(heir.pk)} and "休假" in event.sealed["remark"]
    with pytest.raises(NotAllowed):  # he has acted in it, and stands aside now
        go(cast, case, "review", "second_review", **all_met(case))
    case = stage.act(case, heir, "second_review", at=AT, data=all_met(case))
    former.posts.create(office=case.office, role="decider", from_on=date(2025, 1, 1))
    with pytest.raises(NotAllowed):
        stage.act(case, former, "grant", at=AT, data={"remark": "同意"})
    assert go(cast, case, "decide", "grant", remark="同意").state == "granted"
    assert verify(at=AT) == []


def test_the_party_objects_the_leader_decides_and_what_was_done_is_reviewed_again(
    cast: Cast, case: Case
) -> None:
    with pytest.raises(Blocked) as nobody:
        go(cast, case, "agent", "object_to_officer", officer="1", remark="亲属")
    assert nobody.value.problems[0].code == "nobody_to_object_to"
    case = bring(cast, case, "first_reviewed")
    reviewer = cast.officer(case, "review")
    case = go(
        cast, case, "agent", "object_to_officer", officer=str(reviewer.pk), remark="与竞争单位有利害关系"
    )
    with pytest.raises(Blocked) as twice:
        go(cast, case, "agent", "object_to_officer", officer=str(reviewer.pk), remark="再次")
    assert twice.value.problems[0].code == "objection_open"
    with pytest.raises(NotAllowed):
        go(cast, case, "review", "decide_objection", upheld="no", remark="自己不能决定")
    case = go(cast, case, "decide", "decide_objection", upheld="yes", remark="确有利害关系")
    paper = text_of(case, "OBJECTION_DECIDED")
    assert str(reviewer) in str(paper["paragraphs"]) and "重新审查" in str(paper["paragraphs"])
    with pytest.raises(NotAllowed) as gone:
        go(cast, case, "review", "second_review", **all_met(case))
    assert gone.value.problems[0].code == "recused"

    heir = newcomer(case, "丁审查", "first_reviewer", "second_reviewer")
    case = stage.act(case, heir, "second_review", at=AT, data=all_met(case))
    with pytest.raises(Blocked) as tainted:
        go(cast, case, "decide", "grant", remark="同意")
    assert {problem.code for problem in tainted.value.problems} == {"review_again"}
    assert "一级审查" in tainted.value.problems[0].sentence
    case = stage.act(case, heir, "review_again", at=AT, data={"acts": ["first_review"], "remark": "结论一致"})
    with pytest.raises(Blocked) as none_left:
        stage.act(case, heir, "review_again", at=AT, data={"acts": ["first_review"], "remark": "再次"})
    assert none_left.value.problems[0].code == "nothing_to_review_again"
    assert go(cast, case, "decide", "grant", remark="同意").state == "granted"
    assert verify(at=AT) == []


def test_an_objection_turned_down_changes_nobody_and_holds_the_grant_until_then(
    cast: Cast, case: Case
) -> None:
    case = bring(cast, case, "second_reviewed")
    reviewer = cast.officer(case, "review")
    case = go(cast, case, "agent", "object_to_officer", officer=str(reviewer.pk), remark="怀疑")
    with pytest.raises(Blocked) as waiting:
        go(cast, case, "decide", "grant", remark="同意")
    assert {problem.code for problem in waiting.value.problems} == {"objection_open"}
    case = go(cast, case, "decide", "decide_objection", upheld="no", remark="没有利害关系")
    assert not case.recusals.exists()
    assert go(cast, case, "decide", "grant", remark="同意").state == "granted"


def test_a_class_changed_in_review_goes_to_the_office_competent_for_it(cast: Cast, case: Case) -> None:
    """Gansu: A and B by science, C by human resources (law-notes 21)."""
    case = bring(cast, case, "first_reviewed")
    before = case.office
    with pytest.raises(Invalid) as same:
        go(cast, case, "review", "change_class", category="B", remark="同类")
    assert set(same.value.form.errors) == {"category"}
    moved = go(
        cast, case, "review", "change_class", at=later(2), category="C", remark="学历和工资均未达到B类标准"
    )
    fresh = Case.objects.select_related("office").get(pk=case.pk)
    assert (moved.state, fresh.category, fresh.office.code) == ("accepted", "C", "gansu-rst")
    assert fresh.office != before and fresh.assignee is None
    assert all(hand.hand.startswith("~") for hand in fresh.hands.all())  # the hands begin anew
    event = CaseEvent.objects.get(case=case, action="change_class")
    assert (event.office, event.data) == (
        before,
        {"category": "C"},
    )  # the old office's officer, in the old office
    paper = text_of(fresh, "RECLASSIFIED")
    assert "甘肃省人力资源和社会保障厅" in str(paper["paragraphs"]) and "C类" in paper["paragraphs"][0]
    clocks = Deadline.objects.filter(case=case, kind="decision", basis="statutory").order_by("pk")
    assert [row.voided_at is not None for row in clocks] == [True, False]
    assert clocks[1].started_on == AT.date()  # from the acceptance, not from the change
    with pytest.raises(NotAllowed):
        stage.act(
            fresh, cast.officers[before.code, "review"], "first_review", at=later(2), data=all_met(case)
        )
    assert bring(cast, _own(fresh), "granted", at=later(2)).state == "granted"
    assert verify(at=AT) == []


def _own(case: Case) -> Case:
    row = case_of(case.bundle)
    row.office = case.office
    return row


def test_a_class_of_the_same_office_stays_there_with_the_limit_of_the_class(cast: Cast, case: Case) -> None:
    case = bring(cast, case, "accepted")
    done = go(cast, case, "review", "change_class", category="A", remark="符合A类标准")
    assert Case.objects.get(pk=case.pk).office_id == case.office_id
    running = Deadline.objects.running().get(case=case, kind="decision", basis="statutory")
    assert (running.amount, done.due_on) == (10, running.due_on)
