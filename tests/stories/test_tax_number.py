"""The taxpayer number in Dongguan's bundle to each of its ends, in the browsers of the withholding agent and the tax office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.workflow.sweeps import sweep
from tax.models import TaxIdentifier
from tests.matters.test_tax import NUMBER, REFUSAL, REPORT
from tests.stage import AT
from tests.stories import acts
from tests.stories.further import LATER, day_after, is_refused, permitted
from tests.stories.telling import Town, tells

ASK = {"ask_passport": "on", "reason_passport": "illegible"}


@tells(
    "tax/new/grant",
    "tax/new/refuse",
    "tax/new/answer_supplement",
    "tax/new/end_unanswered",
    "tax/new/withdraw",
    "tax/new/close_unopened",
)
def test_a_number_is_given_refused_not_answered_for_and_taken_back(town_in: Callable[[str], Town]) -> None:
    town = town_in("dongguan")
    anna = permitted(town, ANNA, "tax")
    clara = permitted(town, CLARA, "tax", firm="energy")
    bruno = permitted(town, BRUNO, "tax", firm="stranger")

    # Dates that contradict each other: a sentence each, nothing changed.
    ahead, before = {**REPORT, "first_entry_on": "2026-03-11"}, {**REPORT, "leaves_on": "2025-01-10"}
    case = town.row(anna, "X")
    is_refused(town, case, "agent", "report", 400, "首次入境日期不能晚于今天", **ahead)
    is_refused(town, case, "agent", "report", 400, "预计离境日期应当晚于首次入境日期", **before)
    town.does(case, "agent", "report", **REPORT)
    is_refused(town, town.row(anna, "X"), "handle", "grant", 400, "号码与常见格式", number="17")
    case = town.does(town.row(anna, "X"), "handle", "grant", **NUMBER)
    assert (case.state, case.outcome) == ("granted", "granted")
    assert TaxIdentifier.objects.get(case_id=case.pk).number == NUMBER["number"]
    assert NUMBER["number"] not in town.agent("energy").looks_at("portal:home")

    # One is asked for a better copy, hands it in, and is refused: there is a number already.
    town.does(town.row(clara, "X"), "agent", "report", **REPORT)
    town.does(town.row(clara, "X"), "handle", "request_supplement", **ASK)
    town.goes_to(AT + LATER)
    again = {"file_passport": acts.sheet("护照"), "do": "step"}
    town.does(town.row(clara, "X"), "agent", "answer_supplement", **again)
    case = town.does(town.row(clara, "X"), "handle", "refuse", **REFUSAL)
    assert (case.state, case.outcome) == ("refused", "refused")
    assert "理由和救济途径写在文书中" in town.agent("energy").looks_at("portal:result", clara.number)

    # One never answers, one is taken back, one had no permit to rest on.
    town.does(town.row(bruno, "X"), "agent", "report", **REPORT)
    town.does(town.row(bruno, "X"), "handle", "request_supplement", **ASK)
    taken, never = (
        town.files("university", replace(ANNA, number=number), matters=("permits", "residence", "tax"))
        for number in ("DX0000041", "DX0000058")
    )
    case = town.does(town.row(taken, "X"), "agent", "withdraw", remark="由派遣单位办理")
    assert (case.state, case.outcome) == ("withdrawn", "withdrawn")
    town.does(town.row(never), "agent", "withdraw", remark="人选变动")
    assert town.row(never, "X").state == "not_started"
    town.goes_to(day_after(town.row(bruno, "X").deadlines.get(kind="supplement").due_on, AT))
    assert sweep(at=town.at).moved >= 1
    town.let_the_worker_run()
    assert (town.row(bruno, "X").state, town.row(bruno, "X").outcome) == ("ended", "ended")
