"""What the machine shows the officers of a permit: findings in words, never a decision, never a sealed fact."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Standing
from foreignwork.cases import clock
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.findings import Finding, decided_at_once, findings
from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.dossiers import records
from foreignwork.dossiers.models import Document
from foreignwork.policies.schema_filing import Instant
from foreignwork.vault import blobs, uploads
from permits import checks
from tests.matters.test_permit_kinds import again, before_expiry, held, new_facts
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast


def context_of(case: Case) -> Context:
    return contexts(
        [Case.objects.select_related("policy_version", "office", "dossier").get(pk=case.pk)], AT.date()
    )[0]


def facts(case: Case, **changes: Any) -> Context:
    """The case as if these facts had been pinned: the checks are pure."""
    context = context_of(case)
    version = context.batch.person_versions[case.dossier_version_id or 0]
    work = context.batch.work_versions[case.engagement_version_id or 0]
    version.facts = {**version.facts, **changes}
    work.facts = {**work.facts, **changes}
    return context


def levels(found: list[Finding]) -> dict[str, str]:
    return {one.code: one.level for one in found}


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def test_a_clean_case_shows_what_was_compared(case: Case) -> None:
    found = levels(findings(context_of(case)))
    assert "differs" not in found.values(), found
    assert found["check_mrz_agrees"] == "agrees"
    assert found["check_files_agree"] == "agrees"
    assert found["check_wage_unknown"] == "unknown", "no source states the minimum wage: said, not invented"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"surname": "ERIKSEN"}, "check_mrz_differs"),
        ({"passport_number": "DX9999999"}, "check_mrz_differs"),
        ({"mrz": "P<UTO"}, "check_mrz_differs"),
        ({"mrz": ""}, "check_mrz_missing"),
        ({"birth_date": "1960-01-01"}, "check_old"),
        ({"contract_until": "2099-01-01"}, "check_passport_first"),
    ],
)
def test_each_difference_is_a_sentence_without_the_sealed_value(
    case: Case, changes: dict[str, Any], code: str
) -> None:
    context = facts(case, **changes)
    found = {one.code: one for one in findings(context)}
    assert code in found
    for value in ("DX9999999", "DX0000017", "1960", str(ANNA.salary)):
        assert value not in found[code].sentence


def test_the_minimum_wage_is_compared_once_a_pack_knows_it(case: Case) -> None:
    context = context_of(case)
    pack = context.pack
    wage = pack.values["min_age"].model_copy(update={"value": 100000})
    known = pack.model_copy(update={"values": {**pack.values, "minimum_wage_month": wage}})

    class Richer(Context):
        @property
        def pack(self) -> Any:
            return known

    richer = Richer(context.case, context.batch, context.today)
    assert levels(checks.minimum_wage(richer)) == {"check_wage_low": "differs"}


def test_the_same_file_for_two_people_is_seen_and_names_nobody(cast: Cast, case: Case) -> None:
    other = stage.engage(cast, "energy", CLARA, at=AT)
    theirs = Document.objects.filter(dossier=case.dossier, kind="degree").get()
    data = blobs.read(theirs.blob)
    records.add_document(
        dossier=other.dossier,
        engagement=None,
        kind="degree",
        filename="x.pdf",
        data=data,
        upload=uploads.inspect("x.pdf", data, max_bytes=10**7),
        by=None,
        at=AT,
    )
    found = checks.same_file(context_of(case))
    assert levels(found) == {"check_same_file": "differs"}
    assert CLARA.surname not in found[0].sentence


def test_a_credit_record_in_force_is_shown_and_an_old_one_is_not(cast: Cast, case: Case) -> None:
    firm = cast.firms["university"]
    Standing.objects.create(
        organisation=firm, kind="old", from_on=date(2020, 1, 1), until_on=date(2021, 1, 1), basis="旧记录"
    )
    assert levels(checks.standing(context_of(case))) == {"check_standing_agrees": "agrees"}
    Standing.objects.create(organisation=firm, kind="listed", from_on=date(2026, 1, 1), basis="一般失信")
    found = checks.standing(context_of(case))
    assert levels(found) == {"check_standing": "differs"}
    assert "一般失信" in found[0].sentence


def test_the_passport_held_elsewhere_is_told_to_officers_only(cast: Cast) -> None:
    bring(cast, case_of(stage.file(cast, "university", BRUNO, at=AT)), "granted")
    second = case_of(stage.file(cast, "energy", BRUNO, at=AT))
    assert levels(checks.held_elsewhere(context_of(second))) == {"check_elsewhere": "differs"}


def test_class_c_is_counted_where_the_pack_has_the_number(cast: Cast) -> None:
    case = case_of(stage.file(cast, "university", ANNA, at=AT, category="C"))
    context = context_of(case)
    assert levels(checks.quota(context)) == {"check_quota_unknown": "unknown"}
    for most, told in ((1, "check_quota_agrees"), (0, "check_quota_full")):
        number = context.pack.values["min_age"].model_copy(update={"value": most})
        known = context.pack.model_copy(update={"values": {**context.pack.values, "class_c_quota": number}})

        class Counted(Context):
            @property
            def pack(self, known: Any = known) -> Any:
                return known

        found = checks.quota(Counted(context.case, context.batch, context.today))
        assert [one.code for one in found] == [told], "none of the class is in force yet"


def test_what_was_held_is_compared_with_what_is_asked_for(cast: Cast) -> None:
    """Another post and a contract with a gap are shown for an extension, and that a change comes late."""
    permit = held(cast)
    assert permit.valid_until is not None
    at = before_expiry(permit, 60)
    start = (permit.valid_until + timedelta(days=10)).isoformat()
    new_facts(permit, at, post_title="研究员", contract_from=start)
    case = case_of(again(cast, permit, "extend", at=at))
    found = levels(checks.against_the_permit_held(context_of(case)))
    assert found == {"check_post_differs": "differs", "check_gap": "differs"}
    Case.objects.filter(pk=case.pk).update(phase="closed", outcome="ended")
    on = (at.date() - timedelta(days=40)).isoformat()
    late = case_of(again(cast, permit, "change", at=at, changed=["post_title"], changed_on=on))
    assert levels(checks.late(context_of(late))) == {"check_late_duty": "differs"}
    assert checks.against_the_permit_held(context_of(late))[0].code == "check_post_differs"


def test_what_may_be_decided_at_once_is_the_packs_word_and_needs_a_clean_case(case: Case) -> None:
    context = context_of(case)
    found = findings(context)
    assert not decided_at_once(context, found), "Gansu offers none"
    instant = Instant(offered=True, matters=("permits",), categories=("A",), cites=("S001-10",))
    offered = context.pack.model_copy(update={"instant": instant})

    class Elsewhere(Context):
        @property
        def pack(self) -> Any:
            return offered

    case.category = "A"
    there = Elsewhere(case, context.batch, context.today)
    codes = [reason.code for reason in decided_at_once(there, found)]
    assert codes[:2] == ["at_once_all_there", "at_once_nothing_differs"], "an offer says why"
    assert codes[-1] == "at_once_same_people", "and that nothing is skipped"
    case.bundle.items.filter(code="degree").update(document=None)
    assert not decided_at_once(Elsewhere(case, contexts([case], AT.date())[0].batch, there.today), found)
    assert not decided_at_once(there, [*found, Finding("differs", "check_gap", {"start": "x", "until": "y"})])
    case.category = "B"
    assert not decided_at_once(there, found)


def test_the_case_page_and_the_review_page_show_it(
    client: Client, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    case = bring(cast, case, "accepted")
    client.force_login(
        cast.officer(case, "review"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    for where in (
        reverse("desk:case", kwargs={"number": case.number}),
        reverse("desk:step", kwargs={"number": case.number, "step": "first_review"}),
    ):
        page = client.get(where).content.decode()
        assert "系统比对" in page
        assert "由审查人员判断" in page
