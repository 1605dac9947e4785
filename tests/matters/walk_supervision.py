"""The walk through the flow of inspections: reported and drawn, on site, correction, 立案, hearing, decision, publication."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from foreignwork.accounts.models import Membership, User
from foreignwork.cases.context import Context
from foreignwork.demo.cast import Cast
from foreignwork.policies import workdays
from supervision.models import Inspection
from tests.matters.cast_supervision import approved_part, drawn, muster
from tests.matters.driving import Driver
from tests.matters.test_supervision_inspection import (
    ARRIVED,
    CARRIED_OUT,
    act,
    assigned,
    firm_user,
    on_site,
    recorded,
    reported,
)
from tests.matters.walk_ways import printed
from tests.stage import AT


def found(context: Context, at: datetime) -> dict[str, Any]:
    """A record with a problem, signed by everybody."""
    case: Any = context.case
    results = {f"result_{item}": "to_follow" for item in case.items}
    notes = {f"note_{item}": "一人申报为工程师，实际从事销售。" for item in case.items}
    return {**results, **notes, "signed": "signed", "signer": "张经理", "remark": "查看了工位和花名册。"}


def pair(context: Context, at: datetime) -> dict[str, Any]:
    case: Any = context.case
    day = {"planned_on": at.date().isoformat()}
    if case.draw_id:
        return day
    from supervision.models import Inspector

    one, two = Inspector.objects.order_by("pk")[:2]
    return {**day, "lead": one.pk, "second": two.pk}


def other(context: Context, at: datetime) -> dict[str, Any]:
    case: Any = context.case
    from supervision.models import Inspector

    free = Inspector.objects.exclude(pk__in=[case.lead_id, case.second_id]).order_by("pk")
    return {"slot": "lead", "incoming": free[0].pk}


def another_result(context: Context, at: datetime) -> dict[str, Any]:
    case: Any = context.case
    result = "nothing_found" if case.shown_result != "nothing_found" else "to_follow"
    return {"kind": "correct", "result": result}


def driver(cast: Cast) -> Driver:
    return Driver(
        cast,
        special={
            "assign": pair,
            "substitute": other,
            "arrive": lambda c, at: {**ARRIVED, "on": at.date().isoformat()},
            "record": found,
            "reuse": lambda c, at: {
                "department": "市公安局",
                "reference": "公检〔2026〕3号",
                "result": "nothing_found",
            },
            "penalise": lambda c, at: {
                "reasons": ["unlawful_work"],
                "remark": "事实清楚，予以警告。",
                **CARRIED_OUT,
            },
            "order_correction": lambda c, at: {"demand": "办理岗位变更，或者恢复原岗位。"},
            "tell": lambda c, at: {
                "facts": "两人实际从事销售。",
                "intended": "拟给予警告。",
                "hearing": "yes",
            },
            "announce_hearing": lambda c, at: {"on": workdays.add(at.date(), 10).on.isoformat()},
            "publish": lambda c, at: {"term": "light"},
            "propose_amendment": another_result,
            "hold_hearing": lambda c, at: {"minutes": "听取双方意见。"},
            "transfer": lambda c, at: {"to": "兰州市公安局"},
        },
        before={"serve": printed},
        when={
            "hold_hearing": timedelta(days=20),
            "penalise": timedelta(days=10),
            "acquit": timedelta(days=10),
            "end_publication": timedelta(days=200),
        },
    )


def walk(cast: Cast) -> Driver:
    drive, house = driver(cast), muster(cast)
    firm = firm_user(house)
    house.firms[0].address = "甘肃省兰州市城关区示例路 8 号"
    house.firms[0].save()
    draw = drawn(house, approved_part(house, joint=["labour"]))
    visit = Inspection.objects.filter(draw=draw).order_by("pk")[0]
    other_firm = User.objects.create(username="firm-drawn", kind="applicant", display_name="抽中单位经办")
    Membership.objects.create(user=other_firm, organisation=visit.subject_org)
    drive.people = [*house.people.values(), firm, other_firm]
    with drive.apart():
        drive.start(assigned(house, visit), AT)
    drive.start(reported(house, joint=["police"]), AT)
    with drive.apart():  # the notice of inspection still to be served
        drive.explore(on_site(house), AT)
    with drive.apart():
        notice = {"planned_on": AT.date().isoformat(), "prepare": "花名册"}
        announced = act(house, assigned(house), "inspector-1", "announce", **notice)
        gone = {"result": "unreachable", "remark": "登记地址无人。"}
        drive.explore(act(house, announced, "inspector-1", "report_not_done", **gone), AT)
    with drive.apart():
        clean = recorded(house, "nothing_found")
        drive.start(clean, AT)
    with drive.apart():
        told = act(house, recorded(house), "leader", "file_case", remark="涉嫌违法，应当立案。")
        words = {"facts": "两人从事销售。", "intended": "警告。", "hearing": "yes"}
        told = act(house, told, "inspector-1", "tell", **words)
        told = act(house, told, firm, "ask_hearing", text="要求听证。")
        drive.explore(told, AT)
    return drive
