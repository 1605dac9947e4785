"""The life of a published result: its legal term, correction and withdrawal by two people, repair, end by itself; list and open data."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.demo.cast import Cast
from foreignwork.notices.models import Notice
from foreignwork.portal import verify as throttle
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from supervision import publications
from supervision.models import Inspection, Publication
from supervision.views import results as result_views
from tests.stage import AT
from tests.stage import cast as cast

from .cast_supervision import Oversight, muster
from .test_supervision_inspection import TODAY, act, firm_user, recorded

PUBLISH = {"term": "light", "checked": "on"}


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(result_views, "now", lambda: AT)
    cache.clear()
    return muster(cast, firms=3)


def corrected(house: Oversight) -> Inspection:
    case = recorded(house)
    case = act(house, case, "leader", "order_correction", demand="办理变更。")
    return act(house, case, "inspector-1", "confirm_corrected", on=TODAY.isoformat(), remark="已变更。")


def seen(query: str = "", name: str = "public_results") -> str:
    answer = Client().get(reverse(f"supervision:{name}") + query)
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return bytes(body).decode()


def change(**data: Any) -> dict[str, Any]:
    return {"kind": "correct", "result": "nothing_found", "reason": "wrong", "remark": "录入有误。", **data}


def test_a_result_is_shown_for_its_term_and_ends_by_itself(house: Oversight) -> None:
    case = corrected(house)
    with pytest.raises(Invalid):
        act(house, case, "inspector-1", "publish", checked="on")
    case = act(house, case, "inspector-1", "publish", **PUBLISH)
    assert case.published_until == TODAY.replace(month=6) - timedelta(days=1)
    assert case.shown_result == case.result == "corrected_at_once"
    name = house.firms[0].name_zh
    assert name in seen()
    last = AT + timedelta(days=(case.published_until - TODAY).days)
    assert publications.end_all(at=last) == 0
    assert publications.end_all(at=last + timedelta(days=1)) == 1
    assert publications.end_all(at=last + timedelta(days=1)) == 0
    assert name not in seen()
    kinds = list(Publication.objects.filter(inspection=case).values_list("kind", flat=True))
    assert kinds == ["shown", "ended"]
    assert verify(at=AT) == []


def test_a_term_that_has_passed_hides_the_result_even_without_a_worker(
    house: Oversight, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = act(house, corrected(house), "inspector-1", "publish", **PUBLISH)
    monkeypatch.setattr(result_views, "now", lambda: AT + timedelta(days=100))
    assert house.firms[0].name_zh not in seen()
    assert case.number not in seen(name="open_json")


def test_who_has_asked_waits_for_the_answer_before_asking_again(house: Oversight) -> None:
    """One limit runs for one question; the second would have been a database error."""
    case = act(house, corrected(house), "inspector-1", "publish", **PUBLISH)
    agent = firm_user(house)
    case = act(house, case, agent, "ask_amendment", kind="correct", text="不存在该问题。")
    with pytest.raises(Blocked, match="publication_asked"):
        act(house, case, agent, "ask_amendment", kind="correct", text="请尽快更正。")
    case = act(house, case, "leader", "keep_publication", remark="经复核，录入无误。")
    act(house, case, agent, "ask_amendment", kind="correct", text="补充证据，再次申请。")
    assert verify(at=AT) == []


def test_a_correction_takes_a_reason_and_two_people_and_is_told(house: Oversight) -> None:
    case = act(house, corrected(house), "inspector-1", "publish", **PUBLISH)
    agent = firm_user(house)
    case = act(house, case, agent, "ask_amendment", kind="correct", text="当场已纠正，不存在该问题。")
    for wrong in (
        change(reason=""),
        change(remark=""),
        change(result=""),
        change(result="corrected_at_once"),
    ):
        with pytest.raises(Invalid):
            act(house, case, "inspector-1", "propose_amendment", **wrong)
    with pytest.raises(Blocked):
        act(house, case, "leader", "amend_publication", remark="同意")
    case = act(house, case, "inspector-1", "propose_amendment", **change())
    assert "发现问题已责令改正" in seen(), "a proposal changes nothing yet"
    with pytest.raises(NotAllowed):
        act(house, case, "inspector-1", "amend_publication", remark="同意")
    case = act(house, case, "leader", "amend_publication", remark="经核实，录入有误。")
    page = seen()
    assert "发现问题已责令改正" not in page
    assert "未发现问题" in page
    assert case.result == "corrected_at_once", "what was found stays in the file"
    row = Publication.objects.get(inspection=case, kind="correct")
    assert (row.proposed_by, row.by) == (house.people["inspector-1"], house.people["leader"])
    assert Notice.objects.filter(case=case, kind="PUBLICATION_CHANGE").exists()
    assert next(csv.DictReader(io.StringIO(seen(name="open_csv").lstrip("\ufeff"))))["corrected"] == "yes"
    assert verify(at=AT) == []


def test_who_proposes_does_not_decide_even_with_both_posts(house: Oversight) -> None:
    """By rule and by the database."""
    from foreignwork.accounts import roles
    from foreignwork.accounts.models import Post
    from tests.stage import SINCE

    case = act(house, corrected(house), "inspector-1", "publish", **PUBLISH)
    leader = house.people["leader"]
    Post.objects.create(user=leader, office=house.office, role=roles.inspection_planner.code, from_on=SINCE)
    case = act(house, case, leader, "propose_amendment", **change(kind="withdraw", result=""))
    with pytest.raises(Blocked) as no:
        act(house, case, leader, "amend_publication", remark="同意")
    assert "两人" in no.value.problems[0].sentence
    row = Publication.objects.get(inspection=case)
    with pytest.raises(DatabaseError), transaction.atomic():
        Publication.objects.create(
            inspection=case, seq=99, kind="withdraw", result=row.result, reason="wrong", proposed_by=leader, by=leader,
            on=TODAY, at=AT,
        )  # fmt: skip
    case = act(house, case, "leader", "keep_publication", remark="公示无误。")
    assert case.amendment is None
    assert Notice.objects.filter(case=case, kind="PUBLICATION_KEPT").exists()
    assert house.firms[0].name_zh in seen()


def test_a_withdrawal_leaves_list_and_open_data_within_three_days(house: Oversight) -> None:
    case = act(house, corrected(house), "inspector-1", "publish", **PUBLISH)
    case = act(
        house, case, "planner", "propose_amendment", **change(kind="withdraw", result="", reason="set_aside")
    )
    limit = case.deadlines.get(kind="withdrawal")
    assert (limit.amount, limit.unit) == (3, "wd")
    case = act(house, case, "leader", "amend_publication", remark="决定已撤销。")
    assert case.number not in seen() + seen(name="open_csv") + seen(name="open_json")
    assert case.deadlines.get(kind="withdrawal").met_on == TODAY


@pytest.mark.parametrize(
    ("term", "days", "allowed"), [("light", 0, True), ("ordinary", 80, False), ("ordinary", 95, True)]
)
def test_a_repair_needs_the_correction_and_the_least_term(
    house: Oversight, term: str, days: int, allowed: bool
) -> None:
    case = act(house, corrected(house), "inspector-1", "publish", term=term, checked="on")
    wanted = change(kind="repair", result="", reason="repaired")
    later = AT + timedelta(days=days)
    if not allowed:
        with pytest.raises(Invalid) as no:
            act(house, case, "inspector-1", "propose_amendment", at=later, **wanted)
        assert "2026-06-10" in str(no.value.form.errors)
        return
    case = act(house, case, "inspector-1", "propose_amendment", at=later, **wanted)
    case = act(house, case, "leader", "amend_publication", at=later, remark="准予修复。")
    assert case.unpublished_on
    assert Publication.objects.filter(inspection=case, kind="repair").exists()


def test_open_data_has_stable_ids_its_schema_and_nobody_in_it(house: Oversight) -> None:
    case = recorded(house)
    case = act(house, case, "leader", "order_correction", demand="王某恢复原岗位。")
    case = act(house, case, "inspector-1", "confirm_corrected", on=TODAY.isoformat(), remark="王某已调岗。")
    case = act(house, case, "inspector-1", "publish", **PUBLISH)
    told = json.loads(seen(name="open_json"))
    schema = json.loads(seen(name="open_schema"))
    (row,) = told["results"]
    assert set(row) == set(schema["required"])
    assert (row["id"], row["uscc"], row["result"]) == (case.number, house.firms[0].uscc, "corrected_at_once")
    assert told["licence"]
    assert told["source"].endswith("/results/")
    files = seen(name="open_csv") + json.dumps(told, ensure_ascii=False)
    for secret in ("王某", "张经理", "12345-0001", "实际从事销售", case.lead.user.display_name):
        assert secret not in files


def test_the_search_uses_the_index_and_says_how(house: Oversight) -> None:
    act(house, corrected(house), "inspector-1", "publish", **PUBLISH)
    name = house.firms[0].name_zh
    for query, found in (
        ("示例企业", True),
        ("企业0", True),
        ("示例", True),
        ("企业", False),
        (house.firms[0].uscc, True),
        ("没有", False),
    ):
        assert (name in seen(f"?q={query}")) is found, query
    for strange in ("%", "_", "\\", "a\x00b", "'", "x" * 3000):
        seen("?q=" + strange.replace("%", "%25"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM accounts_organisation WHERE name_zh LIKE '%示例企%'")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "organisation_by_name_part" in plan


def test_the_pages_without_sign_in_have_the_house_s_brake(
    house: Oversight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PER_MINUTE", 2)
    codes = [Client().get(reverse("supervision:public_results")).status_code for _n in range(3)]
    assert codes == [200, 200, 429]
