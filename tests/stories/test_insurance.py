"""Social insurance by each of its sub-matters and to each of its ends, by the people who bring it about, in their browsers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format

from foreignwork.accounts.models import Organisation
from foreignwork.cases.models import Bundle, Case, Entitlement
from foreignwork.cases.telling import EntitlementMark, Referral
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.workflow.sweeps import sweep
from socialsec.models import InsuranceCover, InsuranceRegistration
from tests.matters.test_socialsec import ALL_FIVE, ASSIGNED, KOREA, REFUSAL, RETURN
from tests.stage import AT, bring, case_of
from tests.stories import acts
from tests.stories.further import LATER, files_again, is_refused, permitted
from tests.stories.telling import Town, tells

DECLARED = {"contribution_base": "35000", "start_month": "2026-03", "insurances": ALL_FIVE}
ENDED = {"last_month": "2026-08", "why": "contract", "account": "keep"}
LEFT = {"end_ground": "terminated", "work_ended_on": "2026-04-20"}


def day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), AT.timetz())


def registered(town: Town, bundle: Bundle) -> Case:
    town.does(town.row(bundle, "S"), "agent", "submit", **DECLARED)
    return town.does(town.row(bundle, "S"), "handle", "register", **ASSIGNED)


def held(bundle: Bundle) -> InsuranceRegistration:
    """What is in force for the person; there is never more than one."""
    row = Entitlement.objects.get(dossier=bundle.dossier, matter="socialsec", status="active")
    return InsuranceRegistration.objects.get(entitlement=row)


@tells(
    "socialsec/register/register",
    "socialsec/change/record_change",
    "socialsec/suspend/record_change",
    "socialsec/resume/record_change",
    "socialsec/end/record_end",
    "socialsec/register/close_over",
)
def test_registered_changed_suspended_taken_up_again_and_ended(town: Town) -> None:
    first = permitted(town, ANNA, "socialsec")
    case = town.row(first, "S")
    # What follows the permit stands with its day on the first page of both, employer and person (S000-71).
    holder = stage.give_account(town.cast, first.dossier, ANNA)
    for reader in (town.agent("university"), town.enter(holder)):
        assert "请在 2026年4月9日 前办理登记" in reader.looks_at("portal:home")
    # What cannot be is refused in a sentence, and nothing has changed.
    never = {**DECLARED, "start_month": "2024-12"}
    is_refused(town, case, "agent", "submit", 400, "早于开始用工", **never)
    is_refused(
        town, case, "agent", "submit", 400, "晚于聘用合同截止", **{**DECLARED, "start_month": "2028-04"}
    )
    is_refused(
        town, case, "agent", "submit", 400, "没有有效的社会保障双边协定参保证明", **{**DECLARED, **KOREA}
    )
    case = registered(town, first)
    assert (case.state, held(first).number) == ("registered", ASSIGNED["number"])
    town.does(case, "handle", "record_card", result="loaded", card="A12345678")

    town.goes_to(day("2026-05-06"))
    changed = files_again(
        town, first, ANNA, "change", "socialsec", changed=["contract"], changed_on="2026-05-06"
    )
    town.does(town.row(changed, "S"), "agent", "submit_change", **{**DECLARED, "start_month": "2026-05"})
    town.does(town.row(changed, "S"), "handle", "record_change")
    assert town.row(first, "S").state == "over", "the first registration closes by itself"

    town.goes_to(day("2026-06-02"))
    paused = files_again(town, first, ANNA, "suspend", "socialsec")
    before = {"from_month": "2026-04", "remark": "停薪留职"}
    is_refused(
        town, town.row(paused, "S"), "agent", "submit_suspension", 400, "不能早于参保起始月份", **before
    )
    town.does(town.row(paused, "S"), "agent", "submit_suspension", **{**before, "from_month": "2026-06"})
    town.does(town.row(paused, "S"), "handle", "record_change")
    assert held(first).suspended_from == date(2026, 6, 1)

    town.goes_to(day("2026-07-02"))
    resumed = files_again(town, first, ANNA, "resume", "socialsec")
    back = {"from_month": "2026-07", "remark": "恢复工作"}
    town.does(town.row(resumed, "S"), "agent", "submit_resumption", **back)
    town.does(town.row(resumed, "S"), "handle", "record_change")
    assert held(first).suspended_from is None
    assert held(first).number == ASSIGNED["number"], "the number is the person's, it goes on"

    town.goes_to(day("2026-08-20"))
    ending = files_again(town, first, ANNA, "cancel", "socialsec", **{**LEFT, "work_ended_on": "2026-08-20"})
    unasked = {**ENDED, "account": "pay_out"}
    is_refused(town, town.row(ending, "S"), "agent", "submit_end", 400, "没有本人的书面申请", **unasked)
    town.does(town.row(ending, "S"), "agent", "submit_end", **ENDED)
    case = town.does(town.row(ending, "S"), "handle", "record_end")
    assert (case.state, case.outcome) == ("ended", "granted")
    assert not Entitlement.objects.filter(matter="socialsec", status="active").exists()
    assert "参保已终止" in town.agent("university").looks_at("portal:result", ending.number)


@tells(
    "socialsec/register/return_items",
    "socialsec/register/resubmit",
    "socialsec/register/refuse",
    "socialsec/register/submit",
    "socialsec/register/withdraw",
)
def test_returned_refused_late_and_taken_back(town: Town) -> None:
    anna, clara, bruno = (
        permitted(town, who, "socialsec", firm=firm)
        for who, firm in ((ANNA, "university"), (CLARA, "energy"), (BRUNO, "stranger"))
    )
    # One is sent back for one paper, the others are not held by it; answered with the paper, it is refused with remedies.
    town.does(town.row(anna, "S"), "agent", "submit", **DECLARED)
    town.does(town.row(anna, "S"), "handle", "return_items", **RETURN)
    case = town.row(anna, "S")
    is_refused(town, case, "agent", "resubmit", 422, "还有 1 项")
    town.goes_to(AT + LATER)
    again = {"file_public_body_form": acts.sheet("采集表"), "do": "step"}
    town.does(town.row(anna, "S"), "agent", "resubmit", **again)
    is_refused(town, town.row(anna, "S"), "handle", "refuse", 400, "请")
    case = town.does(town.row(anna, "S"), "handle", "refuse", **REFUSAL)
    assert (case.state, case.outcome) == ("not_registered", "refused")
    assert "不予登记" in town.agent("university").looks_at("portal:result", anna.number)

    # A duty done late is taken all the same, counted, and told to those who follow it up (law-notes 18).
    town.goes_to(AT + timedelta(days=60))
    assert "（已过期 30 日）" in town.agent("energy").looks_at("portal:case", town.row(clara, "S").number)
    town.does(town.row(clara, "S"), "agent", "submit", **{**DECLARED, "start_month": "2026-05"})
    late = town.row(clara, "S")
    (lead,) = Referral.objects.filter(case=late)
    assert (late.state, lead.ground) == ("submitted", "late_insurance")
    assert lead.days == late.days_late > 0  # type: ignore[attr-defined]
    assert town.does(late, "handle", "register", **ASSIGNED).state == "registered"

    # The employer itself must be registered; until then nothing is declared, and it may still be taken back.
    Organisation.objects.filter(pk=bruno.employer_id).update(insured_unit=False)
    is_refused(town, town.row(bruno, "S"), "agent", "submit", 422, "用人单位尚未办理社会保险登记", **DECLARED)
    case = town.does(town.row(bruno, "S"), "agent", "withdraw", remark="改由派遣单位办理")
    assert (case.state, case.outcome) == ("withdrawn", "withdrawn")


@tells(
    "socialsec/register/exemption_over",
    "socialsec/register/note_undeclared",
    "socialsec/change/record_change",
)
def test_an_exemption_with_its_certificate_and_what_follows_its_last_day(town: Town) -> None:
    first = permitted(town, ANNA, "socialsec", treaty_exempt=True)
    case = town.row(first, "S")
    exempt = {**DECLARED, **KOREA, "certificate_until": "2026-05-10"}
    is_refused(
        town,
        case,
        "agent",
        "submit",
        400,
        "最长免缴至 2031-02-28",
        **{**exempt, "certificate_until": "2031-03-01"},
    )
    is_refused(
        town, case, "agent", "submit", 400, "早于起缴月份", **{**exempt, "certificate_until": "2026-02-28"}
    )
    never = {**exempt, "insurances": ["pension", "medical", "injury"]}
    is_refused(town, case, "agent", "submit", 400, "以下险种不能免缴", **never)
    town.does(case, "agent", "submit", **exempt)
    town.does(town.row(first, "S"), "handle", "register", **ASSIGNED)
    assert InsuranceCover.objects.filter(agreement="KOR").count() == 2

    sunday = day("2026-05-10")
    assert sweep(at=town.goes_to(sunday)).moved == 0, "its last day is still a day, and none that is moved"
    assert sweep(at=town.goes_to(day("2026-05-11"))).moved == 1
    town.let_the_worker_run()
    agent = town.agent("university")
    page = agent.looks_at("portal:case", town.row(first, "S").number)
    assert f'href="{reverse("portal:dossier", args=[first.dossier.code])}#held"' in page, "and where to do it"
    assert "参保证明已届满，请在" in agent.looks_at("portal:home"), "told on the first page, too (S000-71)"
    assert "参保证明已届满，请在 2026年6月9日 前申报参保信息变更" in page
    assert sweep(at=town.goes_to(day("2026-06-10"))).moved == 1
    assert sweep(at=town.at).moved == 0
    assert Referral.objects.get(ground="late_insurance").case_id == case.pk

    changed = files_again(
        town, first, ANNA, "change", "socialsec", changed=["contract"], changed_on="2026-06-10"
    )
    town.does(town.row(changed, "S"), "agent", "submit_change", **{**DECLARED, "start_month": "2026-05"})
    town.does(town.row(changed, "S"), "handle", "record_change")
    assert town.row(first, "S").state == "over"
    assert not InsuranceCover.objects.filter(registration=held(first)).exclude(agreement="").exists()


@tells(
    "socialsec/register/permit_ended",
    "socialsec/register/note_end_overdue",
    "socialsec/register/close_unopened",
    "socialsec/end/record_end",
    "socialsec/end/withdraw",
)
def test_the_permit_goes_and_the_insurance_must_follow(town: Town) -> None:
    first = permitted(town, ANNA, "socialsec")
    registered(town, first)
    town.goes_to(day("2026-04-20"))
    cancelled = files_again(town, first, ANNA, "cancel", "permits", **LEFT)
    bring(town.cast, case_of(cancelled), "cancelled", at=town.at)
    town.let_the_worker_run()
    case = town.row(first, "S")
    assert case.state == "end_due"
    page = town.agent("university").looks_at("portal:case", case.number)
    last = case.deadlines.get(kind="deregister").due_on
    assert f"请在 {date_format(last)} 前申报停保或者终止参保" in page
    town.goes_to(datetime.combine(last + timedelta(days=1), AT.timetz()))
    assert (sweep(at=town.at).moved, sweep(at=town.at).moved) == (1, 0)
    town.let_the_worker_run()
    assert Referral.objects.get(case=case).ground == "late_insurance_end"
    taken_back = files_again(town, first, ANNA, "cancel", "socialsec", **LEFT)
    town.does(town.row(taken_back, "S"), "agent", "withdraw", remark="月份有误，重新申报")
    ending = files_again(town, first, ANNA, "cancel", "socialsec", **LEFT)
    town.does(
        town.row(ending, "S"), "agent", "submit_end", **{**ENDED, "last_month": "2026-04", "why": "permit"}
    )
    town.does(town.row(ending, "S"), "handle", "record_end")
    assert town.row(first, "S").state == "over"

    # Where the permit is never granted, the insurance is never begun.
    other = town.files("energy", CLARA, matters=("permits", "residence", "socialsec"))
    town.does(town.row(other), "agent", "withdraw", remark="人选变动")
    assert town.row(other, "S").state == "not_started"


@tells(
    "socialsec/medical/confirm_medical",
    "socialsec/medical/refuse_medical",
    "socialsec/end/record_end",
)
def test_the_medical_office_has_a_case_of_its_own(town_in: Callable[[str], Town]) -> None:
    """Fujian: what its human resources office registers opens a case at the medical security office by itself (law-notes 17)."""
    town = town_in("fujian")
    anna, clara = (
        permitted(town, who, "socialsec", firm=firm)
        for who, firm in ((ANNA, "university"), (CLARA, "energy"))
    )
    for bundle in (anna, clara):
        registered(town, bundle)
    part, other = (part_of(town.row(bundle, "S")) for bundle in (anna, clara))
    assert part.office.name_zh == "福建省医疗保障局"
    handler = town.officer(part, "handle")
    assert part.number in handler.looks_at("desk:home")
    early = {"month": "2026-02"}
    is_refused(town, part, "handle", "confirm_medical", 400, "不能早于社会保险经办机构登记的月份", **early)
    assert town.does(part, "handle", "confirm_medical", month="2026-03").outcome == "granted"
    assert town.does(other, "handle", "refuse_medical", **REFUSAL).outcome == "refused"
    kinds = EntitlementMark.objects.filter(kind__startswith="medical").values_list("kind", flat=True)
    assert set(kinds) == {"medical_pending", "medical_confirmed", "medical_refused"}
    assert "医保部分已登记" in town.agent("university").looks_at("portal:case", town.row(anna, "S").number)
    page = town.agent("energy").looks_at("portal:case", other.number)
    assert "医保部分登记" in page, "called by what it is"
    assert "<dt>等待</dt>" not in page, "it waits for no permit"
    assert "分类建议" not in town.officer(other, "handle").looks_at("desk:case", other.number)
    assert town.row(clara, "S").state == "registered", "the other insurances are not held by it"

    town.goes_to(day("2026-04-20"))
    ending = files_again(town, anna, ANNA, "cancel", "socialsec", **LEFT)
    town.does(town.row(ending, "S"), "agent", "submit_end", **{**ENDED, "last_month": "2026-04"})
    town.does(town.row(ending, "S"), "handle", "record_end")
    last = part_of(town.row(ending, "S"))
    page = town.officer(last, "handle").looks_at("desk:case", last.number)
    assert "终止参保" in page
    assert town.does(last, "handle", "confirm_medical", month="2026-04").state == "medical_confirmed"


def part_of(case: Case) -> Any:
    return Case.objects.select_related("office", "receiver").get(replaces=case, sub_matter="medical")
