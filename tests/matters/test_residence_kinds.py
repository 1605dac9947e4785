"""Extension, change, replacement, reissue and voidance of a residence permit, each with its limits, grounds and papers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from foreignwork.cases.models import Bundle, Entitlement, Referral
from foreignwork.cases.phases import Outcome
from foreignwork.cases.problems import Blocked
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.dossiers import records
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from residence import kinds
from residence.models import State
from tests.matters.cast_matters import clock, go, invalid, issue_papers, later, papers, refused, text_of
from tests.matters.cast_residence import (
    TODAY,
    VOID,
    filed_about,
    granted_case,
    handed_over,
    to_decision,
    visit_at,
    void_opened,
)
from tests.stage import AT, case_of

MONTHS = later(200)  # 26 September; the document of 10 March 2027 has more than 30 days
LATE = later(345)  # 18 February 2027 would leave the calendar; see test


def held(case: Any) -> Entitlement:
    return Entitlement.objects.get(case=case)


def in_order(at: Any) -> bool:
    return [b for b in verify(at=at) if b.code != "I9"] == []


def extend_permit(case: Any, days: int) -> Entitlement:
    """What an extension of the work permit leaves: a later end."""
    permit = Entitlement.objects.get(dossier=case.dossier, matter="permits", status="active")
    assert permit.valid_until is not None
    permit.valid_until += timedelta(days=days)
    permit.save(update_fields=["valid_until"])
    return permit


def test_an_extension_runs_with_the_permit_and_supersedes(cast: Cast) -> None:
    first = handed_over(cast)
    old = held(first)
    case = filed_about(cast, first, "extend", at=MONTHS)
    assert (case.sub_matter, case.about_id, case.state) == ("extend", old.pk, State.READY_TO_APPLY)
    case = to_decision(cast, case, at=MONTHS)
    assert case.days_late == 0
    permit = Entitlement.objects.get(dossier=case.dossier, matter="permits")
    assert permit.valid_until is not None
    beyond = {"valid_until": (permit.valid_until + timedelta(days=1)).isoformat()}
    assert invalid(cast, case, "decide", "grant", at=MONTHS, data=beyond) == {"valid_until"}
    case = go(cast, case, "decide", "grant", at=MONTHS, data={"valid_until": permit.valid_until.isoformat()})
    old.refresh_from_db()
    assert (old.status, old.end_reason, held(case).supersedes_id) == ("ended", "grant", old.pk)
    paper = text_of(case, "RESIDENCE_GRANT")
    assert "准予延长居留期限" in paper["paragraphs"][0] and "第三十二条" in paper["basis"][0]
    assert in_order(MONTHS)


def test_a_late_extension_is_accepted_flagged_and_referred(cast: Cast) -> None:
    first = handed_over(cast)
    Entitlement.objects.filter(case=first).update(valid_until=MONTHS.date() + timedelta(days=10))
    case = filed_about(cast, first, "extend", at=MONTHS)
    case = go(cast, case, "agent", "apply", at=MONTHS, data=visit_at(MONTHS))
    assert case.days_late == 20
    assert Referral.objects.get(case=case, ground="late_residence").days == 20


def test_a_change_keeps_the_period_and_counts_ten_days_from_the_change(cast: Cast) -> None:
    first = handed_over(cast)
    end = held(first).valid_until
    changed = (MONTHS.date() - timedelta(days=30)).isoformat()
    case = filed_about(cast, first, "change", at=MONTHS, changed=["passport"], changed_on=changed)
    case = to_decision(cast, case, at=MONTHS)  # what the filing asked is not asked again
    assert case.days_late >= 17  # the tenth day may move to a working day
    longer = {"valid_until": (end + timedelta(days=1)).isoformat()}  # type: ignore[operator]
    assert invalid(cast, case, "decide", "grant", at=MONTHS, data=longer) == {"valid_until"}
    case = go(cast, case, "decide", "grant", at=MONTHS, data={"valid_until": end.isoformat()})  # type: ignore[union-attr]
    assert held(case).valid_until == end
    assert "第三十三条" in text_of(case, "RESIDENCE_GRANT")["basis"][0]
    assert in_order(MONTHS)


@pytest.mark.parametrize(
    ("purpose", "data", "words"),
    [
        ("reissue", {"loss": "stolen", "lost_on": "2026-09-20"}, "遗失或者被盗抢的居留证件宣布作废"),
        ("replace", {"loss": "damaged", "lost_on": "2026-09-20"}, "原居留证件宣布作废"),
    ],
)
def test_a_lost_or_damaged_document_is_made_anew_for_what_is_left(
    cast: Cast, purpose: str, data: dict[str, str], words: str
) -> None:
    first = handed_over(cast)
    end = held(first).valid_until
    assert end is not None
    case = filed_about(cast, first, purpose, at=MONTHS, document_lost=False)
    assert invalid(cast, case, "agent", "apply", at=MONTHS, data=visit_at(MONTHS)) == {"loss", "lost_on"}
    early = visit_at(MONTHS, **{**data, "lost_on": "2026-03-09"})
    assert invalid(cast, case, "agent", "apply", at=MONTHS, data=early) == {"lost_on"}, "before it was issued"
    case = to_decision(cast, case, at=MONTHS, **data)
    case = go(cast, case, "decide", "grant", at=MONTHS, data={"valid_until": end.isoformat()})
    assert words in text_of(case, "RESIDENCE_GRANT")["paragraphs"][0]
    assert (
        Entitlement.objects.filter(dossier=case.dossier, matter="residence", status="active").get().case_id
        == case.pk
    )
    assert in_order(MONTHS)


def test_nothing_is_changed_of_what_has_run_out(cast: Cast) -> None:
    first = handed_over(cast)
    Entitlement.objects.filter(case=first).update(valid_until=MONTHS.date() - timedelta(days=1))
    data = {"loss": "lost", "lost_on": "2026-09-20"}
    case = to_decision(cast, filed_about(cast, first, "reissue", at=MONTHS), at=MONTHS, **data)
    told = refused(cast, case, "decide", "grant", at=MONTHS, data={"valid_until": MONTHS.date().isoformat()})
    assert told == ["residence_held_expired"]


def test_without_a_document_there_is_nothing_to_extend(cast: Cast) -> None:
    from tests.matters.cast_residence import ready

    case = ready(cast)
    with pytest.raises(Blocked) as caught:
        filed_about(cast, case, "extend", at=MONTHS)
    assert "nothing_held" in [problem.code for problem in caught.value.problems]


def test_where_the_filing_did_not_ask_the_visit_does(cast: Cast) -> None:
    first = handed_over(cast)
    case = filed_about(cast, first, "change", at=MONTHS, changed=["name"], changed_on="2026-09-20")
    Bundle.objects.filter(pk=case.bundle_id).update(answers={"purpose": "change"})
    case = case_of(case.bundle, "R")
    told = invalid(cast, case, "agent", "apply", at=MONTHS, data=visit_at(MONTHS))
    assert told == {"changed_items", "changed_on"}
    ahead = {"changed_items": ["name"], "changed_on": (MONTHS.date() + timedelta(days=1)).isoformat()}
    assert invalid(cast, case, "agent", "apply", at=MONTHS, data=visit_at(MONTHS, **ahead)) == {"changed_on"}


@pytest.mark.parametrize("purpose", ["extend", "change", "replace", "reissue"])
def test_grounds_and_paper_of_a_refusal_are_those_of_article_21_and_final(cast: Cast, purpose: str) -> None:
    first = handed_over(cast)
    more = {
        "replace": {"loss": "full", "lost_on": "2026-09-20"},
        "reissue": {"loss": "lost", "lost_on": "2026-09-20"},
    }.get(purpose, {})
    asked = {"changed": ["name"], "changed_on": "2026-09-20"} if purpose == "change" else {}
    case = to_decision(cast, filed_about(cast, first, purpose, at=MONTHS, **asked), at=MONTHS, **more)
    of_issue = {"reasons": ["visa_class"], "remark": "x"}
    assert invalid(cast, case, "decide", "refuse", at=MONTHS, data=of_issue) == {"reasons"}
    data = {"reasons": ["about_fraud"], "remark": "提交的证明函件系伪造"}
    case = go(cast, case, "decide", "refuse", at=MONTHS, data=data)
    assert (case.state, case.outcome) == (State.REFUSED, Outcome.REFUSED)
    paper = text_of(case, "RESIDENCE_REFUSAL_ABOUT")
    assert "第二十一条第二项" in paper["rows"][0][2]
    assert "最终决定" in paper["remedies"][0] and "行政复议" not in str(paper["remedies"])
    assert held(first).status == "active", "what was held stays"
    assert "RESIDENCE_REFUSAL" not in papers(case)


# Declared void by the authority


def test_void_keeps_the_ordinary_remedies_and_ends_the_document(cast: Cast) -> None:
    first = handed_over(cast)
    case = void_opened(cast, first, at=MONTHS)
    assert (case.state, case.origin, case.about_id) == (State.VOID_OPENED, "ex_officio", held(first).pk)
    case = go(
        cast,
        case,
        "handle",
        "note_statement",
        at=MONTHS,
        data={"who": "person", "heard_on": "2026-09-20", "record": "持证人称已换单位"},
    )
    assert invalid(cast, case, "decide", "declare_void", at=MONTHS, data={}) == {"declared", "remark"}
    case = go(
        cast,
        case,
        "decide",
        "declare_void",
        at=MONTHS,
        data={"declared": "on_the_spot", "remark": "经核查属实"},
    )
    assert (case.state, case.outcome) == (State.VOIDED, Outcome.GRANTED)
    row = held(first)
    assert (row.status, row.end_reason, row.ended_on) == ("ended", "declare_void", MONTHS.date())
    paper = text_of(case, "RESIDENCE_VOID")
    assert "行政复议" in paper["remedies"][0] and "最终决定" not in str(paper["remedies"])
    assert "第三十四条第四项" in paper["rows"][0][2]
    case = go(
        cast,
        case,
        "handle",
        "collect",
        at=MONTHS,
        data={"done": "collected", "holder": "ANNA", "remark": "当场收缴"},
    )
    assert "行政复议" in text_of(case, "RESIDENCE_COLLECTION")["remedies"][0]
    assert refused(
        cast, case, "handle", "collect", at=MONTHS, data={"done": "cancelled", "holder": "x", "remark": "x"}
    ) == ["residence_collected"]
    assert in_order(MONTHS)


def test_a_changed_purpose_is_announced_first(cast: Cast) -> None:
    case = void_opened(cast, handed_over(cast), at=MONTHS, reasons=["purpose_changed"])
    void = {"declared": "announced", "remark": "公告期满未申报"}
    assert refused(cast, case, "decide", "declare_void", at=MONTHS, data=void) == ["residence_not_announced"]
    today = MONTHS.date().isoformat()
    assert invalid(cast, case, "handle", "announce", at=MONTHS, data={"where": "官网", "until": today}) == {
        "until"
    }
    until = (MONTHS.date() + timedelta(days=30)).isoformat()
    case = go(cast, case, "handle", "announce", at=MONTHS, data={"where": "市公安局网站", "until": until})
    assert refused(cast, case, "decide", "declare_void", at=MONTHS, data=void) == [
        "residence_announced_until"
    ]
    after = MONTHS + timedelta(days=31)
    assert go(cast, case, "decide", "declare_void", at=after, data=void).state == State.VOIDED
    assert until[:4] in str(text_of(case, "RESIDENCE_ANNOUNCEMENT"))


def test_a_void_case_may_be_dropped_and_the_document_stays(cast: Cast) -> None:
    first = handed_over(cast)
    case = void_opened(cast, first, at=MONTHS)
    case = go(cast, case, "decide", "drop_void", at=MONTHS, data={"remark": "查明情况不实"})
    assert (case.state, held(first).status) == (State.VOID_DROPPED, "active")


def test_whoever_opened_it_does_not_declare_it(cast: Cast) -> None:
    case = void_opened(cast, handed_over(cast), at=MONTHS)
    officer = cast.officer(case, "handle")
    officer.posts.create(office=case.office, role="decider", from_on=date(2025, 1, 1))
    void = {"declared": "on_the_spot", "remark": "x"}
    assert refused(cast, case, "handle", "declare_void", at=MONTHS, data=void) == ["hand_repeated"]


def test_the_grounds_of_a_void_are_the_law_s(cast: Cast) -> None:
    first = handed_over(cast)
    with pytest.raises(Invalid) as caught:
        void_opened(cast, first, at=MONTHS, reasons=["fraud"])
    assert set(caught.value.form.errors) == {"reasons"}
    with pytest.raises(Invalid):
        void_opened(cast, first, at=MONTHS, remark="")
    assert VOID["reasons"] == ["not_qualified"]


def test_a_void_document_is_not_extended(cast: Cast) -> None:
    first = handed_over(cast)
    case = to_decision(cast, filed_about(cast, first, "extend", at=MONTHS), at=MONTHS)
    void = void_opened(cast, first, at=MONTHS)
    go(cast, void, "decide", "declare_void", at=MONTHS, data={"declared": "on_the_spot", "remark": "属实"})
    told = refused(cast, case, "decide", "grant", at=MONTHS, data={"valid_until": "2027-01-31"})
    assert told == ["about_ended"]


def test_service_of_a_void_decision(cast: Cast) -> None:
    case = void_opened(cast, granted_case(cast), at=AT)
    case = go(cast, case, "decide", "declare_void", at=AT, data={"declared": "on_the_spot", "remark": "属实"})
    issue_papers(case, AT)
    done = go(cast, case, "handle", "serve", at=AT, data={"how": "counter", "receiver": "安娜"})
    assert papers(done)[-1] == "SERVICE_PROOF"


def test_a_permit_that_ends_too_soon_is_told_before_the_decision(cast: Cast) -> None:
    from tests.matters.cast_residence import verified

    case = verified(cast)
    Entitlement.objects.filter(dossier=case.dossier, matter="permits").update(
        valid_until=TODAY + timedelta(days=60)
    )
    told = refused(cast, case, "decide", "grant", data={"valid_until": "2026-05-01"})
    assert told == ["residence_too_short_permit"]
    Entitlement.objects.filter(dossier=case.dossier, matter="permits").update(
        valid_from=TODAY - timedelta(days=9), valid_until=TODAY - timedelta(days=1)
    )
    assert "residence_permit_expired" in refused(
        cast, case, "decide", "grant", data={"valid_until": "2026-05-01"}
    )


def test_a_passport_that_ends_too_soon_is_told(cast: Cast) -> None:
    from tests.matters.cast_residence import PHONE, RECEIPT, VISIT, ready

    case = ready(cast)
    facts = {**ANNA.person_facts(TODAY), "passport_expiry": (TODAY + relativedelta(days=50)).isoformat()}
    records.add_version(case.dossier, facts=facts, by=None, at=AT)
    for desk, action, data in (
        ("agent", "apply", VISIT),
        ("handle", "give_receipt", RECEIPT),
        ("handle", "verify", PHONE),
    ):
        case = go(cast, case, desk, action, data=data)
    told = refused(cast, case, "decide", "grant", data={"valid_until": "2026-04-20"})
    assert told == ["residence_too_short_passport"]


def test_the_groups_of_sub_matters_are_the_pack_s(cast: Cast) -> None:
    known = set(cast.policy.pack.matters["residence"].sub_matters)
    assert known == {*kinds.APPLIED_FOR, kinds.VOID}
    assert clock(granted_case(cast), "decision", "statutory") is not None
