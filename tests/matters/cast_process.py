"""Short cuts for the tests of the licensing procedure: a permit in force, and a case the office opened about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from foreignwork.cases.models import Case, Entitlement, concrete
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, Foreigner
from foreignwork.workflow.office_cases import Opening, open_case
from tests.stage import AT, bring, case_of

FIRM = "university"
GROUND = {
    "revoke": "not_qualified",
    "retract": "facts_changed",
    "cancel_office": "work_ended",
    "warn": "concealment",
}
TELL = {"remark": "拟撤销许可。经核查，学历证书系伪造。依据行政许可法第六十九条。"}
FACTS = {"remark": "经核查，学历证书系伪造，不符合许可条件。"}


def later(days: int) -> datetime:
    return AT + timedelta(days=days)


def in_force(cast: Cast, who: Foreigner = ANNA, *, at: datetime = AT) -> Entitlement:
    case = bring(cast, case_of(stage.file(cast, FIRM, who, at=at)), "granted", at=at)
    return Entitlement.objects.select_related("case__office__jurisdiction", "employer").get(case=case)


def refused(cast: Cast, who: Foreigner = ANNA) -> Case:
    case = bring(cast, case_of(stage.file(cast, FIRM, who, at=AT)), "second_reviewed")
    data = {"reasons": ["false_materials"], "remark": "学历证书系伪造。"}
    return stage.act(case, cast.officer(case, "decide"), "refuse", at=AT, data=data)


def opened(cast: Cast, sub_matter: str, subject: Entitlement | Case, *, at: datetime = AT) -> Any:
    """A case of the office about the permit, or after the refused application."""
    granted = subject if isinstance(subject, Entitlement) else None
    case = subject.case if isinstance(subject, Entitlement) else subject
    opening = Opening(
        matter=case.matter,
        sub_matter=sub_matter,
        origin="ex_officio",
        office=case.office,
        about=granted,
        follows=None if granted else case,
        data={"reasons": [GROUND[sub_matter]], "remark": "监督检查发现线索。"},
    )
    user = cast.officers[case.office.code, "review"]
    done = concrete(open_case(opening, actor=stage.actor(user, at), at=at))
    done.office = case.office
    return done


def go(cast: Cast, case: Case, desk: str, action: str, *, at: datetime = AT, **data: Any) -> Any:
    user = cast.agents[FIRM] if desk == "agent" else cast.officer(case, desk)
    return stage.act(case, user, action, at=at, data=data)


def hearing(cast: Cast, case: Case, *, days: int = 14, **changes: Any) -> dict[str, Any]:
    """What is filled in to set a hearing: before the officer who has no hand in the case."""
    held = later(days).date().isoformat()
    chair = cast.officer(case, "handle").pk
    return {"held_on": held, "place": "上午九时，第一会议室", "chair": str(chair), "public": "on", **changes}


RECORD = {
    "attended": "张三（用人单位代表）、李四（审查人员）",
    "remark": "双方就学历证书真伪进行了质证。",
    "signed": "on",
}
