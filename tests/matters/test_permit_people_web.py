"""Who has a case, by the pages: assigned, handed on with a reason, objected to by the party, reviewed again, told to leaders."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.desk import seat as desk_seat
from foreignwork.workflow.invariants import verify
from tests.matters.test_permits import ask
from tests.matters.test_permits_people import newcomer
from tests.stage import AT, all_met, bring, case_of


class Desk:
    """Somebody at the pages of one case, by hidden fields and buttons."""

    def __init__(self, user: User, case: Case, side: str = "desk") -> None:
        self.client, self.number, self.side = Client(), case.number, side
        self.client.force_login(user)

    def page(self) -> str:
        return self.client.get(reverse(f"{self.side}:case", args=[self.number])).content.decode()

    def form(self, step: str) -> Any:
        return self.client.get(reverse(f"{self.side}:step", args=[self.number, step]))

    def press(self, step: str, **data: Any) -> Any:
        hidden = {"key": uuid4().hex, "do": "step"}
        hidden["version"] = Case.objects.get(number=self.number).version
        return self.client.post(reverse(f"{self.side}:step", args=[self.number, step]), {**hidden, **data})


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)


def test_from_the_assignment_to_the_second_look(cast: Cast) -> None:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "accepted")
    reviewer, heir = (
        cast.officer(case, "review"),
        newcomer(case, "丙审查", "first_reviewer", "second_reviewer"),
    )
    third = newcomer(case, "丁审查", "first_reviewer", "second_reviewer")
    lead, agent = Desk(cast.officer(case, "decide"), case), Desk(cast.agents["university"], case, "portal")
    assert case.assignee == reviewer
    assert str(reviewer) in lead.page()

    # Handed on by the leader: the officers who may take it are offered; not without a reason, which the trail keeps.
    shown = lead.form("reassign").content.decode()
    assert f'value="{heir.pk}"' in shown
    assert f'value="{reviewer.pk}"' not in shown
    assert lead.press("reassign", officer=str(heir.pk), remark="").status_code == 400
    assert Case.objects.get(pk=case.pk).assignee == reviewer
    assert Desk(reviewer, case).press("reassign", officer=str(heir.pk), remark="换人").status_code in (
        403,
        404,
    )
    assert lead.press("reassign", officer=str(heir.pk), remark="原审查人员休假").status_code == 302
    assert Case.objects.get(pk=case.pk).assignee == heir
    assert "原审查人员休假" in lead.page()

    # The party objects to him after he reviewed; the leader decides; what he did is to be reviewed again.
    opinion = {**all_met(case), "remark": "学历与岗位相符，同意上报"}
    assert Desk(heir, case).press("first_review", **opinion).status_code == 302
    assert f'value="{heir.pk}"' in agent.form("object_to_officer").content.decode()
    assert (
        agent.press("object_to_officer", officer=str(heir.pk), remark="与竞争单位有利害关系").status_code
        == 302
    )
    assert "与竞争单位有利害关系" in lead.page()
    assert lead.press("decide_objection", upheld="yes", remark="确有利害关系").status_code == 302
    assert Desk(heir, case).press("second_review", **all_met(case)).status_code == 403
    other = Desk(third, case)
    assert other.press("second_review", **all_met(case)).status_code == 302
    decider = Desk(cast.officer(case, "decide"), case)
    assert "学历与岗位相符，同意上报" in decider.page(), "the decider reads what each review said (S001-21)"
    refused = decider.press("grant", remark="同意")
    assert refused.status_code in (409, 422)
    assert "须先由其他工作人员重新审查：一级审查" in refused.content.decode()
    assert Case.objects.get(pk=case.pk).state == "second_reviewed"
    assert "重新审查回避人员的环节" in other.page()
    assert other.press("review_again", acts=["first_review"], remark="逐项核对，结论一致").status_code == 302
    assert decider.press("grant", remark="同意").status_code == 302
    assert case_of(case.bundle).state == "granted"
    assert verify(at=AT) == []


def test_a_recusal_declared_afterwards_marks_what_was_done(cast: Cast) -> None:
    """He reviewed, and says only then that he should have kept away."""
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "first_reviewed")
    heir = newcomer(case, "戊审查", "first_reviewer", "second_reviewer")
    late = Desk(cast.officer(case, "review"), case)
    assert late.press("recuse", remark="事后得知与申请人有亲属关系").status_code == 302
    assert Desk(heir, case).press("second_review", **all_met(case)).status_code == 302
    decider = Desk(cast.officer(case, "decide"), case)
    assert "须先由其他工作人员重新审查" in decider.press("grant", remark="同意").content.decode()
    assert Desk(heir, case).press("review_again", acts=["first_review"], remark="结论一致").status_code == 302
    assert decider.press("grant", remark="同意").status_code == 302


def test_a_new_item_later_is_the_leaders_and_stands_among_the_alerts(cast: Cast) -> None:
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    window, lead = Desk(cast.officer(case, "reception"), case), Desk(cast.officer(case, "decide"), case)
    data = {name: "on" if value is True else value for name, value in ask(case, "degree").items()}
    assert window.press("request_supplement", **data).status_code == 302
    stage.upload(case.engagement, ANNA, "degree", "学位", scope="person", at=AT.replace(hour=11))
    newest = case.dossier.documents.get(kind="degree", replaced_by__isnull=True)
    case.bundle.items.filter(code="degree").update(document=newest)
    stage.act(case, cast.agents["university"], "answer_supplement", at=AT.replace(hour=12))
    more = {name: "on" if value is True else value for name, value in ask(case, "contract").items()}
    assert window.press("request_supplement", **more).status_code == 400, "a new item is not his to ask for"
    assert window.press("request_new_items", **more, remark="漏列").status_code in (403, 404)
    assert lead.press("request_new_items", **more).status_code == 400, "not without a reason"
    assert not CaseEvent.objects.filter(case=case, action="request_new_items").exists()
    assert lead.press("request_new_items", **more, remark="首次漏列合同页码").status_code == 302
    told = lead.client.get(reverse("desk:alerts")).content.decode()
    assert "一次告知之后增加了补正事项" in told
    assert "首次漏列合同页码" in told
