"""Credit: outcomes on file, lists with a basis, notice, defence, two hands, effect on filing, repair, expiry; persons never public."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from credit import filing, pages, policy
from credit.models import CreditCase, Entry, Voided
from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Jurisdiction, Office, Post, Standing, User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Case
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.problems import Blocked, CaseError, NotAllowed
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.desk import seat as desk_seat
from foreignwork.notices.models import Notice
from foreignwork.portal import concerning
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.office_cases import Opening, open_case
from foreignwork.workflow.perform import Invalid, perform
from foreignwork.workflow.sweeps import sweep
from permits.checks import standing
from supervision.models import Inspection
from tests.stage import AT, case_of
from tests.stage import cast as cast

from .cast_supervision import Oversight, muster, staff
from .test_supervision_inspection import firm_user, reported

TODAY = AT.date()


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    for room in (pages, concerning):
        monkeypatch.setattr(room, "now", lambda: AT)
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    cache.clear()
    return muster(cast, firms=2)


def ended(house: Oversight, state: str, at: Any = AT) -> Inspection:
    """An inspection that ended so; how it got there is told elsewhere."""
    case = reported(house)
    outcome = Outcome.ENDED
    Case.objects.filter(pk=case.pk).update(state=state, phase=Phase.DECIDED, outcome=outcome, decided_at=at)
    return case


def act(house: Oversight, case: Any, by: str | User, action: str, at: Any = AT, **data: Any) -> CreditCase:
    user = house.people[by] if isinstance(by, str) else by
    perform(case_id=case.pk, action=action, actor=who.actor(user, day_of(at)), at=at, data=data)
    return CreditCase.objects.get(pk=case.pk)


def proposed(
    house: Oversight, on: str = "warned", by: str = "inspector-1", at: Any = AT, **changes: Any
) -> CreditCase:
    firm = house.firms[0]
    rows = Entry.objects.filter(organisation=firm, adverse=True)
    data = {"entries": [str(row.pk) for row in rows], "grounds": "一人长期从事与许可不符的工作。", **changes}
    opening = Opening("credit", on, "inspection", house.office, subject_org=firm, data=data)
    return CreditCase.objects.get(pk=open_case(opening, actor=house.actor(by, at), at=at).pk)


def listed(house: Oversight, on: str = "warned", state: str = "penalised") -> CreditCase:
    ended(house, state)
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    case = act(house, proposed(house, on), "leader", "tell", remark="")
    case = act(house, case, "inspector-2", "state_defence", text="已经整改。")
    return act(house, case, "leader", "enlist", remark="事实清楚。")


def breaches(case: Case, at: Any) -> list[Any]:
    """Of the listing; the inspections here were set to their ends by hand."""
    return [found for found in verify(at=at) if case.number in str(found.row)]


# --- on file ----------------------------------------------------------------------------------------------------------


def test_an_outcome_is_on_file_once_with_its_source_and_its_end(
    house: Oversight, django_assert_max_num_queries: Any
) -> None:
    cases = [
        ended(house, state) for state in ("penalised", "cleared", "corrected", "not_done", "transferred")
    ]
    with django_assert_max_num_queries(9):
        assert filing.file_outcomes(house.cast.jurisdiction, at=AT) == 3
    assert filing.file_outcomes(house.cast.jurisdiction, at=AT) == 0
    rows = {row.event: row for row in Entry.objects.filter(organisation=house.firms[0])}
    assert set(rows) == {"inspection_penalised", "inspection_clean", "inspection_corrected"}
    bad = rows["inspection_penalised"]
    assert (bad.case_id, bad.on, bad.until_on, bad.adverse) == (cases[0].pk, TODAY, date(2028, 3, 10), True)
    assert not rows["inspection_clean"].adverse


def test_false_materials_go_to_firm_agency_and_person(house: Oversight) -> None:
    """By the kernel's outcome alone: credit knows no permit."""
    bundle = stage.file(house.cast, "university", ANNA, at=AT)
    case = case_of(bundle, "W")
    agency = house.firms[1]
    type(bundle).objects.filter(pk=bundle.pk).update(agency=agency)
    Case.objects.filter(pk=case.pk).update(outcome=Outcome.REVOKED, decided_at=AT)
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    rows = Entry.objects.filter(event="permit_revoked")
    assert {(row.organisation_id, row.dossier_id) for row in rows} == {
        (bundle.employer_id, None), (agency.pk, None), (None, bundle.dossier_id),
    }  # fmt: skip


# --- listing ----------------------------------------------------------------------------------------------------------


def test_no_list_without_a_basis_and_no_listing_without_an_entry(house: Oversight) -> None:
    ended(house, "corrected")
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    with pytest.raises(Blocked) as no:
        proposed(house, "restricted")
    assert "法律依据" in no.value.problems[0].sentence
    for entries in ([], ["999999"], ["x"]):
        with pytest.raises(Invalid):
            proposed(house, "watch", entries=entries)
    with pytest.raises(Invalid):
        proposed(house, "warned")  # a corrected problem founds a reminder, not a warning
    with pytest.raises(NotAllowed):
        proposed(house, "watch", by="host")
    assert proposed(house, "watch").state == "proposed"


@pytest.mark.parametrize(("changes", "why"), [
    ({"measures": ["bar"], "on": True}, "bar_law"),
    ({"uncertain": True, "on": True}, "uncertain"),
    ({"events": ["clean"]}, "no adverse"),
    ({"events": ["unknown"]}, "no event"),
    ({"basis": None}, "basis"),
])  # fmt: skip
def test_the_pack_refuses_a_list_without_a_basis(changes: dict[str, Any], why: str) -> None:
    words = {"zh": "x", "en": "x"}
    event = {"text": words, "matter": "m", "states": ["s"], "points": 1, "months": 1, "cites": ["S004-76"]}
    entry = {"name": words, "basis": words, "measures": ["remind"], "events": ["bad"], "cites": ["S004-76"]}
    section = {
        "events": {"bad": event | {"adverse": True}, "clean": event | {"adverse": False}},
        "lists": {"one": {key: value for key, value in (entry | changes).items() if value is not None}},
    }
    with pytest.raises(ValueError, match=why):
        policy.Own.model_validate(section)


def test_told_heard_decided_by_another_and_seen_by_every_filing(house: Oversight) -> None:
    ended(house, "penalised")
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    case = proposed(house)
    case = act(house, case, "leader", "tell", remark="")
    with pytest.raises(Blocked) as no:
        act(house, case, "leader", "enlist", remark="事实清楚。")
    assert "2026-03-17" in no.value.problems[0].sentence
    agent = firm_user(house)
    case = act(house, case, agent, "state_defence", text="当日已停止。")
    with pytest.raises(NotAllowed):
        act(house, case, "inspector-1", "enlist", remark="事实清楚。")
    case = act(house, case, "leader", "enlist", remark="事实清楚。")
    assert (case.state, case.listed_on, case.until_on) == ("listed", TODAY, date(2027, 3, 10))
    assert case.repairable_on == date(2026, 6, 10)
    row = Standing.objects.get(reference=case.number)
    assert (row.kind, row.until_on, row.measures) == (
        "warned",
        case.until_on,
        ["remind", "review", "originals"],
    )

    filed = case_of(stage.file(house.cast, "university", ANNA, at=AT), "W")
    Standing.objects.filter(pk=row.pk).update(organisation=filed.employer)
    (finding,) = standing(contexts([filed], TODAY)[0])
    assert finding.level == "differs", "closer review: not decided on the spot"
    assert "警示名单" in finding.sentence
    assert "核对纸质原件" in finding.sentence
    kinds = set(Notice.objects.filter(case=case).values_list("kind", flat=True))
    assert kinds == {"CREDIT_TOLD", "CREDIT_LISTED"}
    assert breaches(case, AT) == []


def test_nobody_speaks_and_the_limit_runs_out(house: Oversight) -> None:
    ended(house, "penalised")
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    case = act(house, proposed(house), "leader", "tell", remark="")
    assert (
        act(house, case, "leader", "enlist", at=AT + timedelta(days=8), remark="事实清楚。").state == "listed"
    )


def test_an_entry_corrected_meanwhile_founds_nothing(house: Oversight) -> None:
    ended(house, "penalised")
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    case = act(house, proposed(house), "leader", "tell", remark="")
    case = act(house, case, "inspector-2", "state_defence", text="处罚决定已撤销。")
    Voided.objects.create(
        entry=Entry.objects.get(), reason="处罚决定已撤销", by=house.people["leader"], at=AT
    )
    with pytest.raises(Blocked) as no:
        act(house, case, "leader", "enlist", remark="事实清楚。")
    assert "更正" in no.value.problems[0].sentence
    assert act(house, case, "leader", "drop", remark="依据已更正。").state == "dropped"
    assert not Standing.objects.exists()


def test_repair_after_the_least_term_by_two_people_ends_everything_at_once(house: Oversight) -> None:
    case = listed(house)
    agent, june = firm_user(house), AT + timedelta(days=95)
    with pytest.raises(Blocked) as no:
        act(house, case, agent, "ask_repair", text="已改正。", promise="on")
    assert "2026-06-10" in no.value.problems[0].sentence
    with pytest.raises(Invalid):
        act(house, case, agent, "ask_repair", at=june, text="已改正。")
    case = act(house, case, agent, "ask_repair", at=june, text="已改正。", promise="on")
    with pytest.raises(Blocked):
        act(house, case, "leader", "grant_repair", at=june, remark="属实。")
    case = act(house, case, "inspector-1", "examine_repair", at=june, remark="已核实。")
    refused = act(house, case, "leader", "refuse_repair", at=june, remark="仍有一人未改正。")
    assert (refused.state, refused.repair_asked_on) == ("listed", None)
    act(house, case, agent, "ask_repair", at=june, text="全部改正。", promise="on")
    act(house, case, "inspector-1", "examine_repair", at=june, remark="已核实。")
    case = act(house, case, "leader", "grant_repair", at=june, remark="属实。")
    assert case.state == "repaired"
    assert Standing.objects.get().until_on == day_of(june) - timedelta(days=1)
    assert case.deadlines.running().count() == 0
    assert breaches(case, june) == []


def test_a_term_runs_out_by_itself(house: Oversight) -> None:
    case = listed(house, "watch", "corrected")
    assert case.until_on == date(2026, 6, 10)
    assert sweep(at=AT + timedelta(days=92)).moved == 0
    after = AT + timedelta(days=93)
    assert sweep(at=after).moved == 1
    case.refresh_from_db(fields=["ended_on"])
    assert (CreditCase.objects.get(pk=case.pk).state, case.ended_on) == ("expired", day_of(after))
    assert not Standing.objects.filter(until_on__gte=day_of(after)).exists()
    assert breaches(case, after) == []


def test_a_wrong_decision_is_lifted(house: Oversight) -> None:
    case = act(house, listed(house), "leader", "lift", remark="处罚决定被撤销。")
    assert (case.state, Standing.objects.get().until_on) == ("lifted", TODAY - timedelta(days=1))


# --- pages ------------------------------------------------------------------------------------------------------------


def sees(who_: User | None, name: str, *args: Any, status: int = 200, query: str = "") -> str:
    browser = Client()
    if who_:
        browser.force_login(who_)
    answer = browser.get(reverse(f"credit:{name}", args=args) + query)
    assert answer.status_code == status, (name, answer.status_code)
    return answer.content.decode()


def test_published_lists_are_seen_by_everybody_others_by_nobody(house: Oversight) -> None:
    case, firm = listed(house), house.firms[0]
    assert firm.name_zh in sees(None, "public")
    assert firm.name_zh in sees(None, "public", query=f"?uscc={firm.uscc}")
    assert firm.name_zh not in sees(None, "public", query=f"?uscc={house.firms[1].uscc}&after=x")
    act(house, case, "leader", "lift", remark="撤销。")
    assert firm.name_zh not in sees(None, "public")
    listed(house, "watch", "corrected")
    assert firm.name_zh not in sees(None, "public"), "a reminder is told to the firm, not to the street"


def test_the_firm_sees_what_is_held_against_it_and_answers(house: Oversight) -> None:
    ended(house, "penalised")
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    case, agent = proposed(house), firm_user(house)
    assert case.number not in sees(agent, "firm"), "not before it is told"
    sees(agent, "firm_case", case.number, status=404)
    case = act(house, case, "leader", "tell", remark="")
    assert "因监督检查发现的问题被依法处罚" in sees(agent, "firm")
    assert "陈述、申辩" in sees(agent, "firm_case", case.number)
    browser = Client()
    browser.force_login(agent)
    post = {"key": "one", "version": case.version, "text": "已改正。"}
    for _twice in range(2):
        where = reverse("credit:firm_step", args=[case.number, "state_defence"])
        assert browser.post(where, post).status_code == 302
    assert case.events.filter(action="state_defence").count() == 1
    stranger = User.objects.create(username="other", kind="applicant", display_name="其他")
    sees(stranger, "firm_case", case.number, status=404)


def test_the_desk_proposes_and_corrects_by_its_pages(house: Oversight) -> None:
    ended(house, "penalised")
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    firm, row = house.firms[0], Entry.objects.get()
    inspector = Client()
    inspector.force_login(house.people["inspector-1"])
    page = inspector.get(reverse("credit:file", args=[firm.uscc])).content.decode()
    assert "提出列入“警示名单”" in page
    assert "严重失信名单”" not in page
    where = reverse("credit:propose", args=[firm.uscc, "warned"])
    assert inspector.get(where).status_code == 200
    assert inspector.post(where, {"grounds": "x"}).status_code == 400
    sent = {"entries": [row.pk], "grounds": "事实。", "key": "k1"}
    answers = [inspector.post(where, sent) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert CreditCase.objects.count() == 1
    assert inspector.post(reverse("credit:propose", args=[firm.uscc, "restricted"]), sent).status_code == 422
    assert inspector.post(reverse("credit:propose", args=[firm.uscc, "none"]), sent).status_code == 404
    assert inspector.post(reverse("credit:void", args=[row.pk]), {"reason": "误"}).status_code == 403
    # A leader elsewhere is no leader here.
    elsewhere = Jurisdiction.objects.create(code="elsewhere", name_zh="他省", name_en="Elsewhere")
    away = Office.objects.create(code="elsewhere-kjt", name_zh="他省科技厅", jurisdiction=elsewhere)
    Post.objects.create(
        user=house.people["inspector-1"], office=away, role="inspection_leader", from_on=date(2025, 1, 1)
    )
    inspector.force_login(house.people["inspector-1"])
    assert inspector.post(reverse("credit:void", args=[row.pk]), {"reason": "误"}).status_code == 403
    leader = Client()
    leader.force_login(house.people["leader"])
    for data, status in (({"reason": ""}, 400), ({"reason": "误录"}, 302), ({"reason": "再次"}, 422)):
        assert leader.post(reverse("credit:void", args=[row.pk]), data).status_code == status
    assert "已更正，不再计算" in leader.get(reverse("credit:file", args=[firm.uscc])).content.decode()
    assert leader.get(reverse("credit:home")).status_code == 200
    # What another place is still weighing is not told here.
    case = CreditCase.objects.get()
    shown = leader.get(reverse("credit:file", args=[firm.uscc])).content.decode()
    assert case.number in shown
    Office.objects.filter(pk=case.office_id).update(jurisdiction=elsewhere)
    other = Office.objects.exclude(pk=case.office_id).filter(jurisdiction=house.cast.jurisdiction)[0]
    leader.force_login(staff(house.cast, "leader-2", other, roles.inspection_leader))
    assert case.number not in leader.get(reverse("credit:file", args=[firm.uscc])).content.decode()
    assert leader.get(reverse("credit:find") + "?uscc=%00x").status_code == 302


def test_a_person_is_filed_and_on_no_page_for_others(house: Oversight) -> None:
    """The mark on what the person holds goes into his file; nothing of it is public."""
    bundle = stage.file(house.cast, "university", ANNA, at=AT)
    case = case_of(bundle, "W")
    Case.objects.filter(pk=case.pk).update(outcome=Outcome.PENALISED, decided_at=AT)
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    assert Entry.objects.filter(dossier=bundle.dossier).count() == 1
    code = bundle.dossier.code
    for page in (sees(None, "public"), sees(house.people["leader"], "home")):
        assert code not in page
        assert "ANNA" not in page.upper()
    with pytest.raises(CaseError):
        open_case(
            Opening("credit", "warned", "inspection", house.office, subject_org=house.firms[0], data={}),
            actor=house.actor("host"),
            at=AT,
        )
