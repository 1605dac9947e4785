"""A document that comes back from the post and is sent again; a case of 作废 that ends without one."""

from __future__ import annotations

from django.urls import reverse

from foreignwork.cases.models import Entitlement
from foreignwork.demo.people import ANNA
from tests.matters.cast_residence import MAKE, to_decision, until
from tests.stories.further import permitted
from tests.stories.telling import Town, tells

POST = {
    "carrier": "中国邮政",
    "tracking": "EA123456789CN",
    "receiver": "ANNA",
    "address": "兰州市城关区示例路 1 号",
}
FOUND = {"reasons": ["not_qualified"], "remark": "接到线索，称签发时不符合条件。"}


@tells(
    "residence/issue/grant",
    "residence/issue/record_returned_mail",
    "residence/issue/confirm_delivery",
    "residence/void/drop_void",
)
def test_a_letter_comes_back_and_a_doubt_is_cleared_up(town: Town) -> None:
    bundle = permitted(town, ANNA)
    case = to_decision(town.cast, town.row(bundle, "R"), at=town.at, delivery="post")
    case = town.does(case, "decide", "grant", **until(case, 365))
    case = town.does(case, "handle", "make_document", **MAKE)
    case = town.does(case, "handle", "post_document", **POST)
    case = town.does(case, "handle", "record_returned_mail", remark="收件人电话无人接听")
    assert (case.state, case.outcome) == ("made", "granted")
    agent = town.agent("university")
    agent.looks_at("portal:case", case.number)
    case = town.does(case, "handle", "post_document", **{**POST, "tracking": "EA123456790CN"})
    case = town.does(
        case, "handle", "confirm_delivery", receiver="ANNA", signed_on=town.at.date().isoformat()
    )
    assert case.state == "handed_over"

    held = Entitlement.objects.get(case=case)
    void = town.opens(town.row(bundle, "R"), reverse("desk:open_case", args=[held.pk, "void"]), **FOUND)
    void = town.does(void, "decide", "drop_void", remark="经向用人单位和行业主管部门核实，情况不实。")
    assert (void.state, void.outcome) == ("void_dropped", "ended")
    held.refresh_from_db()
    assert held.status == "active", "nothing has happened to the document"
    officer = town.officer(void, "decide")
    officer.looks_at("desk:step", void.number, "declare_void", status=409)
