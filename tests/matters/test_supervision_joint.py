"""A visit together with other departments: their officers have no sign-in; the house writes them down, on the case and on its papers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from foreignwork.cases.problems import Blocked, CaseError
from foreignwork.demo.cast import Cast
from foreignwork.notices.models import Notice
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from supervision.models import Inspection, Participant
from supervision.views.cases import figures
from tests.stage import AT
from tests.stage import cast as cast

from .cast_supervision import Oversight, muster
from .test_supervision_inspection import ARRIVED, TODAY, act, on_site, reported

PART = {
    "department": "police",
    "item": "post_as_permitted",
    "result": "nothing_found",
    "reference": "兰公检〔2026〕3号",
}
WANG = {
    "department": "police",
    "officer": "王警官",
    "certificate": "甘公01-0007",
    "items": ["post_as_permitted"],
}


@pytest.fixture
def house(cast: Cast) -> Oversight:
    return muster(cast)


def words(case: Inspection, kind: str) -> str:
    return str(Notice.objects.filter(case=case, kind=kind).latest("pk").body.context)


def joint_inspections(house: Oversight) -> int:
    room: Any = SimpleNamespace(jurisdiction=house.cast.jurisdiction, seat=SimpleNamespace(today=TODAY))
    return dict(figures(room))["其中联合检查"]


def test_who_came_from_other_departments_stands_in_the_papers(house: Oversight) -> None:
    """S004-42, -56; S000-36: expected in the approval and the notice; in the record who came, with certificate and items."""
    case = reported(house, joint=["police", "tax"], items=["post_as_permitted", "contract"])
    case = act(house, case, "planner", "name_participant", **WANG)
    case = act(house, case, "leader", "approve", remark="同意")
    approval = words(case, "INSPECTION_APPROVAL")
    assert "联合部门（公安）" in approval and "王警官（执法证号 甘公01-0007）" in approval
    assert "联合部门（税务）" in approval and "人员待定" in approval
    one, two = house.inspectors[:2]
    case = act(house, case, "leader", "assign", planned_on=TODAY.isoformat(), lead=one.pk, second=two.pk)
    case = act(house, case, "inspector-1", "announce", planned_on=TODAY.isoformat(), prepare="")
    assert "王警官" in words(case, "INSPECTION_NOTICE")
    case = act(house, case, "inspector-1", "arrive", **ARRIVED)
    with pytest.raises(CaseError):
        act(house, case, "inspector-3", "name_participant", **WANG)
    # he sends somebody else along; the name of the first was misspelt
    case = act(house, case, "inspector-1", "name_participant", **{**WANG, "officer": "汪警官"}, shown="on")
    late = {**WANG, "officer": "李警官", "certificate": "甘公01-0008", "items": ["contract"]}
    case = act(house, case, "inspector-2", "name_participant", **late)
    case = act(house, case, "inspector-1", "take_part", **PART)
    found = {f"result_{item}": "nothing_found" for item in case.items}
    case = act(
        house, case, "inspector-1", "record", **found, signed="signed", signer="张经理", both_signed="on"
    )
    record = words(case, "INSPECTION_RECORD")
    assert "汪警官（执法证号 甘公01-0007，已出示）" in record and "王警官" not in record
    assert "李警官" not in record, "expected, but did not come"
    assert "联合部门（税务）" in record and "未到场" in record
    assert "采用公安的检查结果：兰公检〔2026〕3号" in record
    assert joint_inspections(house) == 1
    assert verify(at=AT) == []


def test_a_visit_planned_together_to_which_nobody_came_is_not_counted_as_joint(house: Oversight) -> None:
    case = on_site(house)
    Inspection.objects.filter(pk=case.pk).update(joint=["police"])
    assert joint_inspections(house) == 0
    act(house, case, "inspector-1", "take_part", **PART)
    row = case.findings.get()
    assert (row.reused_from, row.reused_ref, row.result) == ("police", "兰公检〔2026〕3号", "nothing_found")
    assert joint_inspections(house) == 1


def test_what_another_department_found_is_not_lost_under_our_own_result(house: Oversight) -> None:
    """S004-53, -54: its problem stands until it is followed up; its item need not be checked again."""
    case = on_site(house)
    Inspection.objects.filter(pk=case.pk).update(joint=["police"], items=["post_as_permitted", "contract"])
    act(house, case, "inspector-1", "take_part", **{**PART, "result": "to_follow"})
    signed = {"signed": "signed", "signer": "张经理", "both_signed": "on"}
    with pytest.raises(Invalid):  # nobody checked the contract
        act(house, case, "inspector-1", "record", **signed)
    case = act(house, case, "inspector-1", "record", **signed, result_contract="nothing_found")
    assert case.findings_count == 1
    with pytest.raises(Blocked):
        act(house, case, "inspector-1", "clear")
    with transaction.atomic():
        both = act(house, case, "leader", "order_correction", demand="请改正。")
        assert "兰公检〔2026〕3号" in words(both, "CORRECTION_ORDER")
        transaction.set_rollback(True)
    act(house, case, "inspector-1", "take_part", **PART)  # and it says itself that it is well
    assert act(house, case, "inspector-1", "clear").state == "cleared"


def test_our_own_result_does_not_cover_theirs(house: Oversight) -> None:
    case = on_site(house)
    Inspection.objects.filter(pk=case.pk).update(joint=["police"])
    act(house, case, "inspector-1", "take_part", **{**PART, "result": "to_follow"})
    signed = {"signed": "signed", "signer": "张经理", "both_signed": "on"}
    case = act(house, case, "inspector-1", "record", **signed, result_post_as_permitted="nothing_found")
    with pytest.raises(Blocked):
        act(house, case, "inspector-1", "clear")


def test_who_may_be_written_down(house: Oversight) -> None:
    alone = on_site(house)
    for step, said in (("take_part", PART), ("name_participant", WANG)):
        with pytest.raises(Blocked):
            act(house, alone, "inspector-1", step, **said)
    Inspection.objects.filter(pk=alone.pk).update(joint=["police"])
    own = house.inspectors[0].certificates.get().number
    for wrong in (
        {"department": "tax"}, {"officer": ""}, {"certificate": ""}, {"certificate": own}, {"items": []}, {"items": ["x"]},
        {"officer": "a\x00b"}, {"officer": "长" * 81},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            act(house, alone, "inspector-1", "name_participant", **{**WANG, **wrong})
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.create(
            inspection=alone, seq=9, department="police", name="", certificate="1", at=AT,
            by=house.people["planner"],
        )  # fmt: skip
