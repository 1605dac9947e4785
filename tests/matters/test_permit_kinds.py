"""Each sub-matter of the work permit: its window, its papers, what it leaves in the register; and what it refuses, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Bundle, Case, Entitlement, Referral
from foreignwork.cases.problems import Blocked
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, Foreigner
from foreignwork.dossiers import records
from foreignwork.dossiers.models import DossierMatch, EngagementVersion
from foreignwork.notices.models import Notice
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.opening import Filing, file_bundle
from permits import rules_kinds
from permits.models import WorkPermit
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

LATER = AT + timedelta(days=100)


def held(cast: Cast, foreigner: Foreigner = BRUNO, **changes: Any) -> Entitlement:
    """A permit given on AT."""
    bundle = stage.file(cast, "university", foreigner, at=AT, **changes)
    return Entitlement.objects.get(case_id=bring(cast, case_of(bundle), "granted").pk)


def before_expiry(permit: Entitlement, days: int) -> datetime:
    assert permit.valid_until is not None
    return AT + (permit.valid_until - timedelta(days=days) - day_of(AT))


def new_facts(permit: Entitlement, at: datetime, who: Foreigner = BRUNO, **work: Any) -> None:
    """A new contract and a passport long enough, as they lie in the dossier at ``at``."""
    engagement = permit.case.engagement
    assert engagement is not None
    newest = EngagementVersion.objects.filter(engagement=engagement).latest("seq")
    later = (day_of(at) + relativedelta(years=3)).isoformat()
    facts = {**newest.facts, "contract_until": later, **work}
    records.add_engagement_version(engagement, facts=facts, by=cast_agent(permit), at=at)
    person = engagement.dossier.versions.latest("seq")
    expiry = (day_of(at) + relativedelta(years=8)).isoformat()
    records.add_version(
        engagement.dossier, facts={**person.facts, "passport_expiry": expiry}, by=cast_agent(permit), at=at
    )


def cast_agent(permit: Entitlement) -> Any:
    return permit.case.bundle.filed_by  # type: ignore[union-attr]


def again(
    cast: Cast,
    permit: Entitlement,
    purpose: str,
    *,
    at: datetime,
    matters: tuple[str, ...] = ("permits",),
    **answers: Any,
) -> Bundle:
    form = Filing(
        jurisdiction=cast.jurisdiction,
        employer=permit.employer,  # type: ignore[arg-type]
        engagement=permit.case.engagement,  # type: ignore[arg-type]
        matters=matters,
        answers={"purpose": purpose, "city": "lanzhou", **answers},
    )
    stage.hand_in(cast, form, BRUNO, at=at)
    return file_bundle(form, actor=stage.actor(cast.agents["university"], at), at=at)


def codes(refused: pytest.ExceptionInfo[Blocked]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def papers(case: Case) -> set[str]:
    return set(Notice.objects.filter(case_id=case.pk).values_list("kind", flat=True))


def in_order(at: datetime) -> None:
    # No worker here; and files that other tests rolled back would look old from a day in the future.
    assert [row for row in verify(at=at) if row.code not in ("I9", "I10")] == []


# --- extension -------------------------------------------------------------------------------------------------------


def test_an_extension_in_its_window_runs_on_from_the_old_expiry(cast: Cast) -> None:
    permit = held(cast)
    at = before_expiry(permit, 60)
    new_facts(permit, at)
    case = bring(cast, case_of(again(cast, permit, "extend", at=at)), "granted", at=at)
    given = Entitlement.objects.get(case_id=case.pk)
    assert permit.valid_until is not None
    years = cast.policy.pack.value("permit_max_years", "B")
    assert given.valid_until == permit.valid_until + relativedelta(years=years)
    assert (given.number, given.valid_from, given.supersedes_id) == (permit.number, day_of(at), permit.pk)
    assert papers(case) >= {"RENEWAL", "E_PERMIT"}
    assert "GRANT" not in papers(case)
    assert WorkPermit.objects.filter(number=permit.number).count() == 2, "the register keeps both terms"
    in_order(at)


@pytest.mark.parametrize(
    ("days", "code"), [(91, "extend_too_early"), (29, "extend_too_late"), (-1, "extend_too_late")]
)
def test_outside_the_window_a_sentence_leads_on_and_nothing_changes(cast: Cast, days: int, code: str) -> None:
    permit = held(cast)
    at = before_expiry(permit, days)
    new_facts(permit, at)
    with pytest.raises(Blocked) as refused:
        again(cast, permit, "extend", at=at)
    assert codes(refused) == [code]
    if code == "extend_too_late":
        assert "请改办“新办”" in refused.value.problems[0].sentence
    assert Bundle.objects.count() == 1


@pytest.mark.parametrize("days", [90, 30])
def test_both_ends_of_the_window_belong_to_it(cast: Cast, days: int) -> None:
    permit = held(cast)
    at = before_expiry(permit, days)
    new_facts(permit, at)
    assert case_of(again(cast, permit, "extend", at=at)).about_id == permit.pk


def test_an_extension_that_gains_nothing_is_refused_in_words(cast: Cast) -> None:
    permit = held(cast)
    at = before_expiry(permit, 60)
    new_facts(permit, at, contract_until=permit.valid_until.isoformat())  # type: ignore[union-attr]
    with pytest.raises(Blocked) as refused:
        again(cast, permit, "extend", at=at)
    assert codes(refused) == ["extension_gains_nothing"]


def test_permit_and_residence_are_extended_in_one_filing(cast: Cast) -> None:
    permit = held(cast, ANNA)
    stays = Entitlement.objects.create(
        matter="residence",
        case_id=case_of(permit.case.bundle, "R").pk,  # type: ignore[arg-type]
        dossier=permit.dossier,
        employer=permit.employer,
        number="R-TEST-1",
        valid_from=permit.valid_from,
        valid_until=permit.valid_until,
    )
    type(permit.case).objects.filter(pk=stays.case_id).update(phase="decided", outcome="granted")
    at = before_expiry(permit, 60)
    new_facts(permit, at)
    bundle = again(cast, permit, "extend", at=at, matters=("permits", "residence"))
    about = {row.matter: (row.sub_matter, row.about_id) for row in bundle.cases.all()}
    assert about == {"permits": ("extend", permit.pk), "residence": ("extend", stays.pk)}
    items = list(bundle.items.values_list("code", flat=True))
    assert len(items) == len(set(items)), "each material once for both"


# --- change, cancellation, re-issue ------------------------------------------------------------------------------------


def test_a_change_keeps_number_and_expiry(cast: Cast) -> None:
    permit = held(cast)
    at = LATER
    new_facts(permit, at, post_title="研究员")
    on = day_of(at).isoformat()
    case = case_of(again(cast, permit, "change", at=at, changed=["post_title"], changed_on=on))
    case = bring(cast, case, "granted", at=at)
    given = Entitlement.objects.get(case_id=case.pk)
    assert (given.number, given.valid_until, given.post) == (permit.number, permit.valid_until, "研究员")
    assert papers(case) >= {"CHANGED", "E_PERMIT"}
    assert not Referral.objects.exists()
    in_order(at)


def test_a_late_change_is_accepted_and_passed_on(cast: Cast) -> None:
    permit = held(cast)
    at = LATER
    on = (day_of(at) - timedelta(days=40)).isoformat()
    again(cast, permit, "change", at=at, changed=["passport"], changed_on=on)
    assert Referral.objects.get().ground == "late_permit_duty"


def test_what_has_not_happened_yet_is_not_reported(cast: Cast) -> None:
    permit = held(cast)
    at = LATER
    on = (day_of(at) + timedelta(days=1)).isoformat()
    with pytest.raises(Blocked) as refused:
        again(cast, permit, "change", at=at, changed=["passport"], changed_on=on)
    assert codes(refused) == ["event_day_ahead"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("nonsense", "answer_unfit"),
        (5, "answer_unfit"),
        (["2026-01-01"], "answer_unfit"),
        ("9999-12-31", "event_day_ahead"),
    ],
)
def test_an_odd_day_is_a_sentence_never_an_error(cast: Cast, bad: Any, code: str) -> None:
    permit = held(cast)
    with pytest.raises(Blocked) as refused:
        again(cast, permit, "cancel", at=LATER, end_ground="contract_ended", work_ended_on=bad)
    assert code in codes(refused)


def test_a_day_long_before_the_calendar_is_late_and_no_error(cast: Cast) -> None:
    permit = held(cast)
    again(cast, permit, "cancel", at=LATER, end_ground="contract_ended", work_ended_on="1066-10-14")
    assert Referral.objects.get().ground == "late_permit_duty"


def test_a_cancellation_ends_the_permit(cast: Cast) -> None:
    permit = held(cast)
    at = LATER
    bundle = again(
        cast, permit, "cancel", at=at, end_ground="contract_ended", work_ended_on=day_of(at).isoformat()
    )
    case = bring(cast, case_of(bundle), "cancelled", at=at)
    permit.refresh_from_db()
    assert (permit.status, permit.ended_on, permit.end_reason) == ("ended", day_of(at), "cancel")
    assert papers(case) >= {"CANCELLATION"}
    in_order(at)


def test_a_reissue_gives_the_electronic_permit_with_the_same_term(cast: Cast) -> None:
    permit = held(cast)
    at = LATER
    case = bring(cast, case_of(again(cast, permit, "reissue", at=at, document_lost=True)), "granted", at=at)
    given = Entitlement.objects.get(case_id=case.pk)
    assert (given.number, given.valid_until, given.post) == (permit.number, permit.valid_until, permit.post)
    assert papers(case) >= {"REISSUED", "E_PERMIT"}
    in_order(at)


def test_an_expired_permit_is_neither_changed_nor_reissued(cast: Cast) -> None:
    permit = held(cast)
    at = before_expiry(permit, -5)
    new_facts(permit, at)
    with pytest.raises(Blocked) as refused:
        again(cast, permit, "reissue", at=at)
    assert codes(refused) == ["permit_expired"]


# --- short term, confirmation letter -----------------------------------------------------------------------------------


def short_contract(cast: Cast, days: int, who: Foreigner = BRUNO) -> Filing:
    engagement = stage.engage(cast, "university", who, at=AT)
    newest = EngagementVersion.objects.filter(engagement=engagement).latest("seq")
    start = day_of(AT) + timedelta(days=10)
    term = {
        "contract_from": start.isoformat(),
        "contract_until": (start + timedelta(days=days - 1)).isoformat(),
    }
    records.add_engagement_version(
        engagement, facts={**newest.facts, **term}, by=cast.agents["university"], at=AT
    )
    return Filing(
        cast.jurisdiction,
        engagement.employer,
        engagement,
        ("permits",),
        {"purpose": "short_term", "person_in_china": who.in_china, "city": "lanzhou"},
    )


def test_work_up_to_ninety_days_is_class_c_and_cannot_be_extended(cast: Cast) -> None:
    form = short_contract(cast, 90)
    stage.hand_in(cast, form, BRUNO, at=AT)
    case = case_of(file_bundle(form, actor=stage.actor(cast.agents["university"], AT), at=AT))
    assert (case.sub_matter, case.category) == ("short_abroad", "C")
    permit = Entitlement.objects.get(case_id=bring(cast, case, "granted").pk)
    assert permit.valid_until is not None
    assert (permit.valid_until - permit.valid_from).days == 89
    at = before_expiry(permit, 40)
    new_facts(permit, at)
    with pytest.raises(Blocked) as refused:
        again(cast, permit, "extend", at=at)
    assert codes(refused) == ["short_not_extended"]


def test_a_longer_contract_is_led_to_a_new_application(cast: Cast) -> None:
    form = short_contract(cast, 91)
    stage.hand_in(cast, form, BRUNO, at=AT)
    with pytest.raises(Blocked) as refused:
        file_bundle(form, actor=stage.actor(cast.agents["university"], AT), at=AT)
    assert codes(refused) == ["short_too_long"]


def test_a_class_the_route_does_not_support_is_refused(cast: Cast) -> None:
    form = short_contract(cast, 60)
    wrong = replace(form, answers={**form.answers, "category": "A"})
    stage.hand_in(cast, wrong, BRUNO, at=AT)
    with pytest.raises(Blocked) as refused:
        file_bundle(wrong, actor=stage.actor(cast.agents["university"], AT), at=AT)
    assert codes(refused) == ["class_unfit"]


def test_the_class_a_ground_is_for_class_a_only(cast: Cast) -> None:
    engagement = stage.engage(cast, "university", ANNA, at=AT)
    form = stage.filing(cast, engagement, ANNA, at=AT, in_china_ground="class_a")
    stage.hand_in(cast, form, ANNA, at=AT)
    with pytest.raises(Blocked) as refused:
        file_bundle(form, actor=stage.actor(cast.agents["university"], AT), at=AT)
    assert codes(refused) == ["answer_unfit"]


def test_the_confirmation_letter_is_for_class_a_and_gives_no_permit(cast: Cast) -> None:
    engagement = stage.engage(cast, "university", ANNA, at=AT)
    form = Filing(
        cast.jurisdiction,
        engagement.employer,
        engagement,
        ("permits",),
        {"purpose": "confirmation", "city": "lanzhou"},
    )
    stage.hand_in(cast, form, ANNA, at=AT)
    case = case_of(file_bundle(form, actor=stage.actor(cast.agents["university"], AT), at=AT))
    assert (case.sub_matter, case.category) == ("confirmation", "A")
    case = bring(cast, case, "granted")
    assert papers(case) >= {"CONFIRMATION"}
    assert not papers(case) & {"GRANT", "E_PERMIT", "PERMIT_NOTICE"}
    assert not Entitlement.objects.exists()
    in_order(AT)


def test_the_ten_situations_and_the_legacy_kind_are_in_the_pack(cast: Cast) -> None:
    pack = cast.policy.pack
    assert len(pack.options("in_china_ground")) == 10
    assert len(pack.options("in_china_ground", {"category": "B"})) == 9
    assert pack.matters["permits"].sub_matters["after_entry"].origin == "historic"
    for option in pack.options("purpose"):
        assert "after_entry" not in pack.fitting("permits", {"purpose": option.value})


# --- one permit a person ----------------------------------------------------------------------------------------------


def test_a_second_active_permit_is_stopped_at_the_decision_without_telling_the_employer(cast: Cast) -> None:
    permit = held(cast)
    engagement = stage.engage(cast, "energy", BRUNO, at=AT)
    assert DossierMatch.objects.filter(dossier=engagement.dossier, other=permit.dossier).exists()
    form = stage.filing(cast, engagement, BRUNO, at=AT)
    stage.hand_in(cast, form, BRUNO, at=AT)
    case = case_of(file_bundle(form, actor=stage.actor(cast.agents["energy"], AT), at=AT))
    case = bring(cast, case, "second_reviewed")
    with pytest.raises(Blocked) as refused:
        stage.act(case, cast.officer(case, "decide"), "grant", at=AT, data={"remark": "同意"})
    assert codes(refused) == ["permit_elsewhere"]
    assert Entitlement.objects.filter(matter="permits").count() == 1


def test_a_term_that_ends_before_it_begins_is_a_sentence(cast: Cast) -> None:
    form = short_contract(cast, 30)
    start = date.fromisoformat("2026-09-01")
    newest = EngagementVersion.objects.filter(engagement=form.engagement).latest("seq")
    person = form.engagement.dossier.versions.latest("seq")
    soon = (day_of(AT) + relativedelta(months=6, days=1)).isoformat()
    assert soon < start.replace(month=10).isoformat()
    later = {"contract_from": "2026-12-01", "contract_until": "2027-12-01"}
    records.add_engagement_version(
        form.engagement, facts={**newest.facts, **later}, by=cast.agents["university"], at=AT
    )
    records.add_version(
        form.engagement.dossier,
        facts={**person.facts, "passport_expiry": soon},
        by=cast.agents["university"],
        at=AT,
    )
    new = stage.filing(cast, form.engagement, BRUNO, at=AT)
    stage.hand_in(cast, new, BRUNO, at=AT)
    with pytest.raises(Blocked) as refused:
        file_bundle(new, actor=stage.actor(cast.agents["university"], AT), at=AT)
    assert "permit_no_term" in codes(refused)


def test_days_that_are_none_count_as_not_given() -> None:
    assert rules_kinds.day("x") is None
    assert rules_kinds.day(None) is None
    assert rules_kinds.day(["2026-01-01"]) is None
