"""Limits that are held and made longer by steps: only as 行政许可法 42 and 45 know it, in writing, and never elsewhere."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from foreignwork.accounts import roles
from foreignwork.cases import registry
from foreignwork.cases.models import Case
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.cases.steps import Pauses, step
from foreignwork.deadlines.models import Deadline, Extension, Pause
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.notices.models import Notice
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_process import TELL
from tests.stage import AT, bring, case_of

HOLD = {"ground": "expert_review", "expected_days": "8", "remark": "就专业水平组织专家评审"}
EXTEND = {"extended_by": "organ", "remark": "需要向境外学校核实学历"}


@pytest.fixture
def case(cast: Cast) -> Case:
    return bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "accepted")


def limit(case: Case, basis: str = "statutory") -> Deadline:
    return Deadline.objects.get(case=case, kind="decision", basis=basis)


def do(
    cast: Cast, case: Case, action: str, data: dict[str, Any], *, days: int = 0, desk: str = "review"
) -> Case:
    return stage.act(case, cast.officer(case, desk), action, at=AT + timedelta(days=days), data=data)


def test_a_special_procedure_holds_the_limit_and_its_days_do_not_count(cast: Cast, case: Case) -> None:
    assert limit(case).due_on == date(2026, 3, 31)  # class B: 15 working days after 10 March
    held = do(cast, case, "hold", HOLD, days=1)
    assert held.due_on is None and held.state == "accepted"  # the work list shows no day that would be wrong
    pause = Pause.objects.get(case=case)
    assert (pause.ground, pause.from_on, pause.until_on) == ("expert_review", date(2026, 3, 11), None)
    assert sweep(at=AT + timedelta(days=60)).fired == 0
    with pytest.raises(Blocked) as refused:
        do(cast, case, "hold", HOLD, days=2)
    assert refused.value.problems[0].code == "limit_held"
    again = do(cast, case, "resume", {"remark": "评审结束"}, days=10)
    # Wednesday 11 to Friday 20 March: eight working days that do not count.
    assert limit(case).due_on == again.due_on == date(2026, 4, 13)
    with pytest.raises(Blocked) as refused:
        do(cast, case, "resume", {}, days=11)
    assert refused.value.problems[0].code == "limit_not_held"
    papers = Notice.objects.filter(case=case, kind__in=["SPECIAL_PROCEDURE", "RESUMED"]).order_by("pk")
    told, over = (paper.body.context for paper in papers)
    assert "专家评审" in told["paragraphs"][0] and "8个工作日" in told["paragraphs"][1]
    assert "2026年4月13日" in over["paragraphs"][0]
    assert verify(at=AT) == []


def test_only_the_grounds_of_the_law_hold_a_limit(cast: Cast, case: Case) -> None:
    with pytest.raises(Invalid) as refused:
        do(cast, case, "hold", HOLD | {"ground": "supplement"})
    assert set(refused.value.form.errors) == {"ground"}
    with pytest.raises(Invalid) as refused:
        do(cast, case, "hold", {"ground": "hearing"})
    assert set(refused.value.form.errors) == {"expected_days", "remark"}


def test_the_head_of_the_organ_extends_once_before_it_runs_out(cast: Cast, case: Case) -> None:
    with pytest.raises(NotAllowed):
        do(cast, case, "extend_limit", EXTEND)
    with pytest.raises(Invalid) as refused:
        do(cast, case, "extend_limit", {"extended_by": "organ"}, desk="decide")
    assert "remark" in refused.value.form.errors
    longer = do(cast, case, "extend_limit", EXTEND, desk="decide")
    assert limit(case).due_on == longer.due_on == date(2026, 4, 15)  # ten working days, 清明 between
    assert (limit(case).amount, Extension.objects.get(case=case).amount) == (15, 10)
    with pytest.raises(Blocked) as refused:
        do(cast, case, "extend_limit", EXTEND, desk="decide")
    assert refused.value.problems[0].code == "extended_already"
    paper = Notice.objects.get(case=case, kind="EXTENSION").body.context
    assert "核实学历" in str(paper["paragraphs"]) and "2026年4月15日" in str(paper["paragraphs"])
    assert "第四十二条第一款" in paper["basis"][0]


def test_the_peoples_government_extends_what_is_handled_jointly(cast: Cast, case: Case) -> None:
    data = EXTEND | {"extended_by": "government"}
    with pytest.raises(Invalid) as refused:
        do(cast, case, "extend_limit", data, desk="decide")
    assert set(refused.value.form.errors) == {"approval"}
    do(cast, case, "extend_limit", data | {"approval": "甘政批〔2026〕7号"}, desk="decide")
    assert Extension.objects.get(case=case).amount == 15
    paper = Notice.objects.get(case=case, kind="EXTENSION").body.context
    assert "第四十二条第二款" in paper["basis"][0] and "甘政批" in str(paper["paragraphs"])


def test_what_has_run_out_cannot_be_extended_any_more(cast: Cast, case: Case) -> None:
    with pytest.raises(Blocked) as refused:
        do(cast, case, "extend_limit", EXTEND, desk="decide", days=30)
    assert refused.value.problems[0].code == "limit_run_out"
    assert not Extension.objects.exists()


def test_what_has_run_out_cannot_be_held_any_more(cast: Cast, case: Case) -> None:
    """A procedure begun too late would hide that the office is late: neither by hand nor by a hearing asked for."""
    due = limit(case).due_on
    with pytest.raises(Blocked) as refused:
        do(cast, case, "hold", HOLD, days=40)
    assert refused.value.problems[0].code == "hold_too_late"
    case = bring(cast, case, "second_reviewed")
    case = do(cast, case, "tell_rights", TELL, days=40, desk="decide")
    agent = cast.agents["university"]
    late = stage.act(case, agent, "request_hearing", at=AT + timedelta(days=41), data={"remark": "申请听证"})
    assert late.state == "hearing_asked"
    assert not Pause.objects.exists()
    assert limit(case).due_on == late.due_on == due


def test_a_result_ends_what_was_held(cast: Cast, case: Case) -> None:
    do(cast, case, "hold", HOLD)
    stage.act(case, cast.agents["university"], "withdraw", at=AT, data={"remark": "人选变动"})
    assert not Pause.objects.filter(until_on=None).exists()


def test_nothing_holds_or_extends_the_limit_for_residence(cast: Cast) -> None:
    """条例 18: decided while the receipt is valid; no pause, no extension (law-notes 6)."""
    for matter in registry.all_matters():
        wanted = [s for s in matter.steps.values() if s.pauses or s.extends]
        pack = cast.policy.pack
        if matter.code not in pack.matters:  # not offered in this place
            continue
        if not wanted:
            assert not pack.matters[matter.code].pauses
        for one in wanted:
            if one.pauses:
                assert any(
                    one.pauses.kind in ground.kinds for ground in pack.matters[matter.code].pauses.values()
                )
            if one.extends:
                cap = pack.cap(matter.code, one.extends)
                assert cap and cap.extension
    residence = registry.get("residence")
    assert not [s for s in residence.steps.values() if s.pauses or s.extends]
    assert not cast.policy.pack.matters["residence"].pauses


def test_a_step_that_holds_a_limit_without_a_paper_does_not_import() -> None:
    with pytest.raises(TypeError, match="in writing"):
        step(source="a", target=None, by=roles.leader, label="x", pauses=Pauses("decision"))
