"""The person abroad: notification, visa, entry, card; the entry starts the residence limit, the title waits for its months."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Entitlement
from foreignwork.deadlines.models import Deadline
from foreignwork.demo.people import BRUNO
from foreignwork.notices.models import Notice
from tests.stage import case_of
from tests.stories import acts
from tests.stories.acts import House, then_it_is_refused


def kinds(bundle: Bundle, letter: str = "W") -> list[str]:
    rows = Notice.objects.filter(case=case_of(bundle, letter)).order_by("pk")
    return list(rows.values_list("kind", flat=True))


def running(bundle: Bundle, letter: str, kind: str) -> list[Deadline]:
    return list(Deadline.objects.running().filter(case=case_of(bundle, letter), kind=kind))


def test_the_entry_of_a_person_abroad_sets_everything_else_going(house: House) -> None:
    today = clock.today(clock.now())
    bundle = acts.given_a_filing(house, "energy", BRUNO)
    agent = house.agent("energy")

    # Granted abroad: the notification for the visa, no card yet.
    case = acts.when_the_permit_is_granted(house, bundle)
    assert case.state == "granted"
    assert kinds(bundle)[-1] == "PERMIT_NOTICE"
    assert case_of(bundle, "R").state == "awaiting_permit"
    assert running(bundle, "R", "apply") == []
    then_the_title_waits_until_the_months_are_over(house, bundle)
    assert "请登记入境日期" in agent.looks_at("portal:bundle", bundle.number)

    # A day to come is no entry; what was typed stays.
    tomorrow = date.fromordinal(today.toordinal() + 1).isoformat()
    when_the_entry_is_recorded(house, bundle, tomorrow, status=400)
    assert running(bundle, "R", "apply") == []

    # The entry: the card by itself, once; thirty days to apply for residence; the months of the title.
    when_the_entry_is_recorded(house, bundle, today.isoformat())
    when_the_entry_is_recorded(house, bundle, today.isoformat())
    assert kinds(bundle).count("E_PERMIT") == 1
    assert case_of(bundle, "R").state == "ready_to_apply"
    (limit,) = running(bundle, "R", "apply")
    assert (limit.started_on, limit.amount, limit.unit, limit.basis) == (today, 30, "days", "applicant")
    assert limit.due_on >= date.fromordinal(today.toordinal() + 30)
    assert "请登记入境日期" not in agent.looks_at("portal:bundle", bundle.number)
    then_the_title_waits_until_the_months_are_over(house, bundle)

    counted = acts.then_every_paper_can_be_read_and_verified(house, bundle, name="ALMEIDA BRUNO")
    assert counted == {"RECEIPT": 1, "ACCEPTANCE": 1, "GRANT": 1, "PERMIT_NOTICE": 1, "E_PERMIT": 1}


def when_the_entry_is_recorded(house: House, bundle: Bundle, on: str, *, status: int = 302) -> None:
    agent, code = house.agent("energy"), bundle.dossier.code
    key = acts.hidden(agent.looks_at("portal:dossier", code), "key")
    answer = agent.sends("portal:record_day", code, kind="entered", on=on, key=key)
    if status == 302:
        assert answer.status_code == 302, acts.said(answer)
    else:
        assert on in then_it_is_refused(answer, status, "不能晚于今天")
    house.let_the_worker_run()


def then_the_title_waits_until_the_months_are_over(house: House, bundle: Bundle) -> None:
    """“Eligible from”: the day after six months of work, counted from the permit's first day, which lies ahead."""
    title = case_of(bundle, "T")
    assert (title.state, title.outcome) == ("waiting_eligible", "")
    begins = Entitlement.objects.get(case=case_of(bundle)).valid_from
    eligible = title.eligible_on  # type: ignore[attr-defined]
    assert eligible == begins + relativedelta(months=6, days=1)
    agent = house.agent("energy")
    assert f"自 {eligible.isoformat()} 起" in agent.looks_at("portal:case", title.number)
    assert "之后可以申报" in agent.looks_at("portal:bundle", bundle.number)


def test_the_window_records_the_entry_from_the_passport(house: House) -> None:
    """The officer at the counter does it when the employer did not; a double click records it once."""
    today = clock.today(clock.now())
    bundle = acts.given_a_filing(house, "energy", BRUNO)
    acts.when_the_permit_is_granted(house, bundle)
    case = case_of(bundle)
    window = house.officer(case, "handle")
    answer = window.sends("desk:entry", case.number, on=today.isoformat())
    then_it_is_refused(answer, 400, "请先核对护照原件")
    for _click in range(2):
        assert window.sends("desk:entry", case.number, on=today.isoformat(), seen="on").status_code == 302
    house.let_the_worker_run()
    assert bundle.dossier.dated_facts.filter(kind="entered").count() == 1
    assert case_of(bundle, "R").state == "ready_to_apply"
    assert kinds(bundle).count("E_PERMIT") == 1
