"""The taxpayer number in Dongguan's bundle (S000-49): every step and every end, its form, its sealed register."""

from __future__ import annotations

from typing import Any

import pytest

from foreignwork.cases.models import CaseEvent, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import get
from foreignwork.demo.cast import Cast, upload
from foreignwork.demo.people import ANNA
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.registry import handler_of
from foreignwork.policies import loader
from foreignwork.vault import blobs
from foreignwork.workflow.sweeps import sweep
from tax.models import State, TaxIdentifier
from tests.matters.cast_matters import (
    actions,
    filed,
    go,
    granted,
    invalid,
    issue_papers,
    later,
    papers,
    refuse_permit,
    refused,
    text_of,
)
from tests.stage import AT, assemble, case_of
from tests.stories.acts import plain, text_of_pdf

REPORT = {
    "birthplace": "瑞典",
    "first_entry_on": "2025-01-10",
    "leaves_on": "2028-03-01",
    "why": "employed",
    "withholding": "on",
}
NUMBER = {"number": "SWE840512000000017"}
REFUSAL = {"reasons": ["has_number"], "remark": "已有识别号"}


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble("dongguan")


def ready(cast: Cast) -> Any:
    return case_of(granted(cast, ANNA), "X")


def reported(cast: Cast) -> Any:
    return go(cast, ready(cast), "agent", "report", data=REPORT)


def asked(cast: Cast) -> Any:
    data = {"ask_passport": "on", "reason_passport": "illegible"}
    return go(cast, reported(cast), "handle", "request_supplement", data=data)


def test_every_state_has_a_phase_and_every_end_an_outcome() -> None:
    matter = get("tax")
    assert set(matter.phases) == set(State)
    ends = {state for state, phase in matter.phases.items() if phase in (Phase.DECIDED, Phase.CLOSED)}
    assert ends == set(matter.outcomes)
    assert all(step.cites for step in matter.steps.values())


@pytest.mark.parametrize("pack", loader.available())
def test_only_dongguan_has_it(pack: str) -> None:
    assert ("tax" in loader.load(pack, on=AT.date()).matters) == (pack == "dongguan")


def test_it_waits_for_the_permit_then_the_withholding_agent_reports(cast: Cast) -> None:
    bundle = filed(cast, ANNA, firm="energy")
    assert {row.matter for row in bundle.cases.all()} == {
        "permits",
        "residence",
        "socialsec",
        "titles",
        "tax",
    }
    assert case_of(bundle, "X").state == State.AWAITING
    case = ready(cast)
    assert (case.state, case.phase, actions(case)) == (State.READY, Phase.PREPARING, ["queue", "begin"])
    assert refused(cast, case, "handle", "report", data=REPORT) == ["wrong_role"]
    case = go(cast, case, "agent", "report", data=REPORT)
    assert case.state == State.FILED
    event = case.events.latest("seq")
    assert "birthplace" not in event.data
    assert event.sealed["birthplace"] == "瑞典"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"withholding": ""}, "withholding"),
        ({"birthplace": ""}, "birthplace"),
        ({"first_entry_on": "2026-03-11"}, "first_entry_on"),
        ({"first_entry_on": "0001-01-01"}, "first_entry_on"),
        ({"leaves_on": "2025-01-10"}, "leaves_on"),
        ({"leaves_on": "9999-12-31"}, "leaves_on"),
        ({"why": "pleasure"}, "why"),
    ],
)
def test_what_cannot_be(cast: Cast, change: dict[str, Any], field: str) -> None:
    assert invalid(cast, ready(cast), "agent", "report", data={**REPORT, **change}) == {field}


def test_the_form_is_made_by_the_house(cast: Cast) -> None:
    case = reported(cast)
    row = OutboxMessage.objects.get(topic="notices.sheet", payload__code="tax_form")
    handler_of(row.topic)(row.payload, AT)
    item = case.bundle.items.select_related("document__blob").get(code="tax_form")
    words = text_of_pdf(blobs.read(item.document.blob))
    for part in ("个人所得税基础信息表", "ERIKSSON", "瑞典", "任职受雇", "扣缴义务人（盖章）"):
        assert plain(part) in words, part


def test_the_number_is_given_once_and_sealed(cast: Cast) -> None:
    case = reported(cast)
    assert invalid(cast, case, "handle", "grant", data={"number": "17"}) == {"number_checked"}
    case = go(cast, case, "handle", "grant", data=NUMBER)
    assert (case.state, case.outcome, papers(case)) == (State.GRANTED, Outcome.GRANTED, ["TAX_RESULT"])
    row = TaxIdentifier.objects.get(case=case)
    assert row.number == NUMBER["number"]
    assert NUMBER["number"] not in Entitlement.objects.get(case=case).number
    assert CaseEvent.objects.filter(case=case).latest("seq").data == {}
    assert ["纳税人识别号", NUMBER["number"]] in [list(pair) for pair in text_of(case, "TAX_RESULT")["facts"]]


def test_a_refusal_has_reasons_and_names_who_reconsiders(cast: Cast) -> None:
    case = go(cast, reported(cast), "handle", "refuse", data=REFUSAL)
    assert (case.state, case.outcome) == (State.REFUSED, Outcome.REFUSED)
    assert "广东省税务局" in text_of(case, "TAX_RESULT")["remedies"][0]


def test_a_supplement_is_answered(cast: Cast) -> None:
    case = asked(cast)
    assert refused(cast, case, "agent", "answer_supplement", at=later(1)) == ["supplement_unanswered"]
    upload(case.engagement, ANNA, "passport", "护照", scope="person", at=later(1))
    newest = case.dossier.documents.get(kind="passport", replaced_by__isnull=True)
    case.bundle.items.filter(code="passport").update(document=newest)
    assert go(cast, case, "agent", "answer_supplement", at=later(1)).state == State.FILED


def test_an_unanswered_supplement_ends_it(cast: Cast) -> None:
    case = asked(cast)
    sweep(at=later(60))
    case = case_of(case.bundle, "X")
    assert (case.state, papers(case)[-1]) == (State.ENDED, "FILING_ENDED")


def test_a_refused_permit_ends_it_unopened(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    refuse_permit(cast, bundle)
    assert case_of(bundle, "X").state == State.NOT_STARTED


@pytest.mark.parametrize("from_", [ready, reported, asked])
def test_the_employer_may_withdraw(cast: Cast, from_: Any) -> None:
    case = go(cast, from_(cast), "agent", "withdraw", data={"remark": "不再办理"})
    assert (case.state, case.outcome) == (State.WITHDRAWN, Outcome.WITHDRAWN)


def test_the_result_is_served(cast: Cast) -> None:
    case = go(cast, reported(cast), "handle", "grant", data=NUMBER)
    issue_papers(case, AT)
    done = go(cast, case, "agent", "serve", data={"how": "online", "receiver": "王经办"})
    assert papers(done)[-1] == "SERVICE_PROOF"
