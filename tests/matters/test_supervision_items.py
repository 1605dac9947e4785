"""Local check items: asked for by an office, accepted by another person of the province, dated, and then items like any other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Office
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.demo.cast import Cast
from foreignwork.desk import seat as desk_seat
from foreignwork.notices.models import Notice
from foreignwork.workflow.invariants import verify
from supervision import additions, catalogue, frozen, policy, registers
from supervision.models import CheckItem, Inspection, ItemProposal
from tests.stage import AT
from tests.stage import cast as cast

from .cast_supervision import Oversight, approved_part, drawn, muster, staff
from .test_supervision_inspection import ARRIVED, TODAY, act, assigned, reported

LODGING: dict[str, Any] = {
    "code": "lodging", "name_zh": "境外人员住宿登记", "name_en": "Accommodation registered", "of": ["employer"],
    "basis_zh": "出境入境管理法第三十九条", "method_zh": "查看登记", "frequency_zh": "每年一次", "skill": "labour",
    "departments": ["police"], "reason": "漏登较多",
}  # fmt: skip


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    found = muster(cast, firms=4)
    city = Office.objects.get(code="tianshui-exit-entry")
    found.people["city"] = staff(cast, "city", city, roles.inspection_planner)
    return found


def signed_in(house: Oversight, name: str) -> Client:
    browser = Client()
    browser.force_login(house.people[name])
    return browser


def asked(house: Oversight, by: str = "city", **changes: Any) -> ItemProposal:
    user = house.people[by]
    office = user.posts.select_related("office").get().office
    said = {"from_on": TODAY, **LODGING, **changes}
    return additions.propose(office, said.pop("what", "add"), actor=who.actor(user, TODAY), at=AT, **said)


def accept(house: Oversight, proposal: ItemProposal, by: str = "leader", at: Any = AT) -> ItemProposal:
    return additions.answer(proposal, accepted=True, reason="依据充分。", actor=house.actor(by), at=at)


def codes_on(house: Oversight, days: int) -> set[str]:
    rows = registers.items_on(house.cast.jurisdiction, TODAY + timedelta(days=days))
    return {row.code for row in rows if row.layer == "local"}


def test_a_city_asks_the_province_accepts_and_the_list_of_that_day_shows_it(house: Oversight) -> None:
    """S004-28, -29: on the pages, in two pairs of hands."""
    city, leader = signed_in(house, "city"), signed_in(house, "leader")
    sent = {**LODGING, "from_on": (TODAY + timedelta(days=3)).isoformat(), "key": "k"}
    assert city.post(reverse("supervision:item_propose"), sent).status_code == 302
    assert city.post(reverse("supervision:item_propose"), sent).status_code == 302, (
        "pressed twice, asked once"
    )
    one = ItemProposal.objects.get()
    where = reverse("supervision:item_answer", args=[one.pk])
    assert where not in city.get(reverse("supervision:items")).content.decode()
    assert where in leader.get(reverse("supervision:items")).content.decode()
    yes = {"accepted": "yes", "reason": "依据充分。"}
    assert city.post(where, yes).status_code == 403, "a city does not answer itself"
    assert leader.post(where, {"accepted": "yes"}).status_code == 400, "with a reason"
    assert leader.post(where, yes).status_code == 302
    assert leader.post(where, yes).status_code == 422, "once"
    row = CheckItem.objects.get(code="lodging")
    assert (row.proposed_by, row.accepted_by) == (one.office, house.people["leader"])
    assert (row.layer, row.from_on, row.basis_zh) == ("local", TODAY + timedelta(days=3), LODGING["basis_zh"])
    assert (codes_on(house, 2), codes_on(house, 3)) == (set(), {"lodging"})
    page = leader.get(reverse("supervision:items"), {"on": row.from_on.isoformat()}).content.decode()
    listed = page[: page.index("地方新增事项申报")]
    for words in ("境外人员住宿登记", "出境入境管理法第三十九条", "查看登记", "每年一次", one.office.name):
        assert words in listed, words
    registers.refresh(house.cast.jurisdiction, at=AT + timedelta(days=30))
    assert codes_on(house, 30) == {"lodging"}, "no version of the pack ends what was accepted here"


def test_changed_and_ended_by_the_same_two_steps_and_the_past_stays(house: Oversight) -> None:
    accept(house, asked(house))
    with pytest.raises(Blocked):  # both from the same day: the past would be rewritten
        accept(house, asked(house, method_zh="现场核对"))
    later = AT + timedelta(days=10)
    again = ItemProposal.objects.get(answer="")
    accept(house, again, at=later)
    past, now = CheckItem.objects.filter(code="lodging").order_by("from_on")
    assert (past.method_zh, past.until_on) == ("查看登记", TODAY + timedelta(days=9))
    assert (now.method_zh, now.from_on) == ("现场核对", TODAY + timedelta(days=10))
    city = signed_in(house, "city")
    where = reverse("supervision:item_end", args=["lodging"])
    assert city.post(where, {"from_on": "2026-01-01", "reason": "x"}).status_code == 400, "not for days past"
    gone = {"from_on": (TODAY + timedelta(days=20)).isoformat(), "reason": "已经纳入国家清单。"}
    assert city.post(where, gone).status_code == 302
    assert city.post(where, gone).status_code == 422, "one question at a time"
    accept(house, ItemProposal.objects.get(answer=""), at=later)
    assert (codes_on(house, 19), codes_on(house, 20)) == ({"lodging"}, set())
    assert city.get(where).status_code == 404


def test_refused_with_a_reason_and_never_by_who_asked(house: Oversight) -> None:
    mine = asked(house, by="planner")
    with pytest.raises(NotAllowed):
        additions.answer(mine, accepted=True, reason="x", actor=house.actor("planner"), at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemProposal.objects.filter(pk=mine.pk).update(
            answer="accepted", answer_reason="x", answered_by=house.people["planner"]
        )
    additions.answer(mine, accepted=False, reason="缺少依据。", actor=house.actor("leader"), at=AT)
    assert not CheckItem.objects.filter(code="lodging").exists()
    assert "缺少依据。" in signed_in(house, "city").get(reverse("supervision:items")).content.decode()
    with pytest.raises(NotAllowed):
        asked(house, by="inspector-1")
    with pytest.raises(Blocked):
        asked(house, code="contract")
    with pytest.raises(Blocked):
        asked(house, what="end")


def test_a_pack_that_takes_the_code_goes_first(house: Oversight) -> None:
    """Whether its version comes before the answer or after it; and what the pack no longer names ends with it."""
    own = policy.of(house.cast.policy)
    item = own.items["contract"].model_copy(update={"local": True})
    theirs = own.model_copy(update={"items": {**own.items, "lodging": item, "schools": item}})
    accept(house, asked(house, from_on=TODAY + timedelta(days=9)))
    late = asked(house, code="schools")
    registers._items(house.cast.jurisdiction, theirs, TODAY, AT)
    row = CheckItem.objects.get(code="lodging")
    assert (row.from_on, row.method_zh, row.accepted_by) == (TODAY, item.method.zh, None)
    with pytest.raises(Blocked):
        accept(house, late)
    later = AT + timedelta(days=10)
    registers._items(house.cast.jurisdiction, own, TODAY + timedelta(days=10), later)
    assert (codes_on(house, 9), codes_on(house, 10)) == ({"lodging", "schools"}, set())


def test_bad_input_is_told(house: Oversight) -> None:
    city, where = signed_in(house, "city"), reverse("supervision:item_propose")
    good = {**LODGING, "from_on": TODAY.isoformat()}
    for wrong in (
        {"code": "住宿"}, {"basis_zh": ""}, {"of": ["x"]}, {"of": []}, {"from_on": "9999-12-31"}, {"from_on": "2020-01-01"},
        {"name_zh": "a\x00b"}, {"frequency_zh": "长" * 201}, {"skill": "x"}, {"departments": ["x"]}, {"reason": ""},
    ):  # fmt: skip
        assert city.post(where, {**good, **wrong}).status_code == 400, wrong
    assert city.post(where, {**good, "code": "contract"}).status_code == 422
    assert city.get(where, {"code": "a\x00b"}).status_code == 200
    assert not ItemProposal.objects.exists()


def test_a_local_item_is_drawn_inspected_and_printed_like_any_other(house: Oversight) -> None:
    accept(house, asked(house))
    own, place = policy.of(house.cast.policy), house.cast.jurisdiction.pk
    assert catalogue.skills(catalogue.of_place(own, place, TODAY), ["lodging", "contract"]) == ("labour",)
    assert "lodging" not in catalogue.of_place(own, place, TODAY - timedelta(days=1))
    part = approved_part(house, items=["lodging"])
    page = signed_in(house, "planner").get(reverse("supervision:plan", args=[part.plan_id])).content.decode()
    assert "境外人员住宿登记" in page
    draw = drawn(house, part)
    assert all(visit.items == ["lodging"] for visit in Inspection.objects.filter(draw=draw))
    needed = {tuple(row["need"]) for row in frozen.record_of(draw)["objects"]}
    assert needed == {("labour",)}
    case = assigned(house, reported(house, items=["lodging"]))
    paper = str(Notice.objects.get(case=case, kind="INSPECTION_APPROVAL").body.context)
    assert "境外人员住宿登记" in paper and "出境入境管理法第三十九条" in paper
    case = act(house, case, "inspector-1", "announce", planned_on=TODAY.isoformat(), prepare="")
    case = act(house, case, "inspector-1", "arrive", **ARRIVED)
    found = {"result_lodging": "nothing_found", "signed": "signed", "signer": "张经理", "both_signed": "on"}
    case = act(house, case, "inspector-1", "record", **found)
    assert "境外人员住宿登记" in str(Notice.objects.get(case=case, kind="INSPECTION_RECORD").body.context)
    case = act(house, case, "inspector-1", "clear")
    Inspection.objects.filter(pk=case.pk).update(published_on=TODAY, shown_result="nothing_found")
    assert "境外人员住宿登记" in Client().get(reverse("supervision:public_results")).content.decode()
    assert verify(at=AT) == []
