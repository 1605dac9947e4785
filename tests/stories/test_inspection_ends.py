"""An inspection to each of its ends, and a listing to each of its own, in the browsers of those whose acts they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from credit import filing
from credit.models import CreditCase
from foreignwork.accounts.models import Standing, User
from foreignwork.cases.models import Case
from foreignwork.notices.models import Notice
from foreignwork.workflow.sweeps import sweep
from supervision.models import Inspection
from tests.matters.cast_supervision import Oversight, muster
from tests.matters.test_credit import proposed
from tests.matters.test_supervision_inspection import (
    CARRIED_OUT,
    act,
    assigned,
    firm_user,
    recorded,
    reported,
)
from tests.stage import AT
from tests.stories.acts import said, tries
from tests.stories.telling import Town, tells

TODAY = AT.date().isoformat()


class Enforcement:
    """Officers and the firm of an ``Oversight``, each at a browser in the town."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.house: Oversight = muster(town.cast, firms=2)
        self.firm: User = firm_user(self.house)

    def does(self, name: str, case: Case, step: str, **data: Any) -> Case:
        case = Case.objects.select_related("office").get(pk=case.pk)
        person = self.town.enter(self.house.people[name])
        answer = tries(person, case, step, **data)
        assert answer.status_code == 302, (step, answer.status_code, said(answer))
        self.town.let_the_worker_run()
        return Case.objects.get(pk=case.pk)

    def answers(self, case: Case, step: str, **data: Any) -> None:
        """The firm's own page."""
        version = Case.objects.values_list("version", flat=True).get(pk=case.pk)
        where = f"{case.matter}:firm_step"
        data |= {"key": f"{step}-{case.pk}-{version}", "version": version}
        answer = self.town.enter(self.firm).sends(where, case.number, step, **data)
        assert answer.status_code == 302, said(answer)
        self.town.let_the_worker_run()

    def told(self) -> Inspection:
        """A finding taken up as a case, the firm told of what is intended (how it got there is told elsewhere)."""
        case = act(self.house, recorded(self.house), "leader", "file_case", remark="涉嫌违法，应当立案。")
        return act(
            self.house, case, "inspector-1", "tell", facts="两人从事销售。", intended="警告。", hearing="no"
        )


@tells(
    "supervision/reported/disapprove",
    "supervision/reported/clear",
    "supervision/reported/report_not_done",
    "supervision/reported/transfer",
    "supervision/reported/penalise",
    "supervision/reported/acquit",
)
def test_every_end_of_an_inspection(town: Town) -> None:
    there = Enforcement(town)
    house = there.house
    case = there.does(
        "leader", reported(house), "disapprove", reason="no_basis", remark="投诉没有说明事实，也没有来源。"
    )
    assert (case.state, case.outcome) == ("not_approved", "declined")

    visit = assigned(house)
    there.does("inspector-1", visit, "announce", planned_on=TODAY, prepare="花名册")
    there.does("inspector-1", visit, "serve", how="counter", receiver="张经理")
    served = Notice.objects.filter(case=visit, status="served").values_list("kind", flat=True)
    assert list(served) == ["INSPECTION_NOTICE"], "the approval stays between offices"
    (row,) = Notice.objects.get(case=visit, kind="SERVICE_PROOF").body.context["rows"]
    assert row[1] == "行政检查通知书"
    case = there.does("inspector-1", visit, "report_not_done", result="unreachable", remark="登记地址无人。")
    assert (case.state, case.outcome) == ("not_done", "ended")

    case = there.does("inspector-2", recorded(house, "nothing_found"), "clear", remark="未发现问题。")
    assert (case.state, case.outcome) == ("cleared", "ended")

    case = there.told()
    there.answers(case, "state_defence", text="当日已停止，系误解。")
    case = there.does("leader", case, "acquit", remark="情节轻微并及时改正，没有造成危害后果。")
    assert (case.state, case.outcome) == ("not_penalised", "ended")

    case = there.does(
        "leader", there.told(), "transfer", to="兰州市公安局", remark="涉嫌非法就业，依法移送。"
    )
    assert (case.state, case.outcome) == ("transferred", "ended")
    (row,) = Notice.objects.get(case=case, kind="TRANSFER").body.context["rows"]
    assert row[3] == "两人实际从事销售。", "it says what is handed on"

    case = there.told()
    leader = town.enter(house.people["leader"])
    assert "期满前" in leader.looks_at("desk:step", case.number, "penalise", status=422), "not heard yet"
    there.answers(case, "state_defence", text="没有意见。")
    case = there.does(
        "leader", case, "penalise", reasons=["unlawful_work"], remark="事实清楚，予以警告。", **CARRIED_OUT
    )
    assert (case.state, case.outcome) == ("penalised", "ended")


@tells(
    "credit/warned/enlist",
    "credit/warned/drop",
    "credit/warned/lift",
    "credit/warned/grant_repair",
    "credit/watch/enlist",
    "credit/watch/expire",
)
def test_every_end_of_a_listing(town: Town) -> None:
    there = Enforcement(town)
    house = there.house
    case: Any = there.told()
    case = act(house, case, "inspector-1", "state_defence", text="没有意见。")
    act(
        house,
        case,
        "leader",
        "penalise",
        reasons=["unlawful_work"],
        remark="事实清楚，予以警告。",
        **CARRIED_OUT,
    )
    filing.file_outcomes(house.cast.jurisdiction, at=AT)

    def listed(on: str) -> Case:
        row = there.does("leader", proposed(house, on), "tell", remark="")
        there.answers(row, "state_defence", text="已经整改。")
        return there.does("leader", row, "enlist", remark="事实清楚，决定列入。")

    dropped = there.does("leader", proposed(house), "drop", remark="情节轻微，不予列入。")
    assert dropped.state == "dropped"
    lifted = there.does("leader", listed("warned"), "lift", remark="处罚决定已被撤销。")
    assert lifted.state == "lifted"
    assert not Standing.objects.filter(reference=lifted.number, until_on__gte=AT.date()).exists()

    repaired, watched = listed("warned"), listed("watch")
    until = CreditCase.objects.get(pk=watched.pk).until_on
    town.goes_to(AT + timedelta(days=95))
    assert sweep(at=AT + (until - AT.date())).moved == 0, "its last day is still a day"
    assert sweep(at=town.at).moved == 1
    town.let_the_worker_run()
    assert Case.objects.get(pk=watched.pk).state == "expired"
    there.answers(repaired, "ask_repair", text="全部改正。", promise="on")
    there.does("inspector-1", repaired, "examine_repair", remark="已核实。")
    repaired = there.does("leader", repaired, "grant_repair", remark="属实，准予修复。")
    assert repaired.state == "repaired"
    assert house.firms[0].name_zh not in town.nobody.looks_at("credit:public")
