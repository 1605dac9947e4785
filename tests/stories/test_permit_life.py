"""The life of a permit through HTTP: given, changed, extended, cancelled; and the kinds that are no long-term permit.

One person, one number for life; the register, the cases and the public pages agree at every turn.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Case, Entitlement
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.dossiers.models import Dossier
from foreignwork.notices.models import Notice
from foreignwork.portal.credential import token_of
from foreignwork.portal.models import FilingDraft
from permits.models import WorkPermit
from tests.stage import case_of
from tests.stories import acts
from tests.stories.acts import House, Person, then_it_is_refused, when
from tests.stories.telling import tells

NAME = "ERIKSSON ANNA MARIA"


@tells(
    "permits/new_in_china/grant", "permits/change/grant", "permits/extend/grant", "permits/cancel/cancel",
)  # fmt: skip
def test_one_permit_from_the_grant_to_its_end(house: House) -> None:
    agent = house.agent("university")
    first = acts.given_a_filing(house, "university", ANNA)
    acts.when_the_permit_is_granted(house, first)
    dossier = first.dossier
    given = Entitlement.objects.get(case__bundle=first, matter="permits")

    # Too early for an extension: said in words on the page before the button, nothing filed.
    draft = when_the_agent_begins_from_the_permit(agent, dossier, "extend")
    acts.when_the_agent_hands_in_each_material_once(agent, draft)
    key = acts.hidden(agent.looks_at("portal:check", draft.pk), "key")
    then_it_is_refused(agent.sends("portal:check", draft.pk, key=key), 422, "最早可以在")
    assert Bundle.objects.count() == 1

    # A change: the same number and expiry, a new paper; the old paper's public page says so.
    today = clock.today(clock.now()).isoformat()
    draft = when_the_agent_begins_from_the_permit(
        agent, dossier, "change", changed=["contract"], changed_on=today
    )
    changed = when_it_is_filed_and_decided(house, agent, draft, "grant")
    then_the_register_has_one_valid_permit(dossier, given.number, terms=2)
    then_the_old_paper_is_said_to_have_ended(house, given)
    acts.then_every_paper_can_be_read_and_verified(house, changed, name=NAME)

    # The extension, when the window is open (the permit is put near its end: nothing else of the house is touched).
    soon = clock.today(clock.now()) + timedelta(days=60)
    Entitlement.objects.filter(dossier=dossier, matter="permits", status="active").update(valid_until=soon)
    draft = when_the_agent_begins_from_the_permit(agent, dossier, "extend")
    extended = when_it_is_filed_and_decided(house, agent, draft, "grant")
    counted = acts.then_every_paper_can_be_read_and_verified(house, extended, name=NAME)
    assert {"RECEIPT", "ACCEPTANCE", "RENEWAL", "E_PERMIT"} <= set(counted)
    now = then_the_register_has_one_valid_permit(dossier, given.number, terms=3)
    assert now.valid_until is not None
    assert now.valid_until > soon
    then_a_third_party_can_check_what_the_holder_shows(house, agent, now)

    # The end: cancelled on application, nothing valid is left, the number stays the person's.
    draft = when_the_agent_begins_from_the_permit(
        agent, dossier, "cancel", end_ground="terminated", work_ended_on=today
    )
    ended = when_it_is_filed_and_decided(house, agent, draft, "cancel")
    assert "CANCELLATION" in acts.then_every_paper_can_be_read_and_verified(house, ended, name=NAME)
    assert not Entitlement.objects.filter(dossier=dossier, matter="permits", status="active").exists()
    assert case_of(ended).state_label == "已注销"


@tells("permits/short_abroad/grant", "permits/confirmation/grant")
def test_ninety_days_and_the_confirmation_letter(house: House) -> None:
    agent = house.agent("energy")
    dossier = acts.when_the_agent_opens_a_dossier(agent, BRUNO)
    start = clock.today(clock.now()) + timedelta(days=10)
    term = {"contract_from": start.isoformat(), "contract_until": (start + timedelta(days=59)).isoformat()}
    where = reverse("portal:work", args=[dossier.code, dossier.engagements.get().pk])
    key = acts.hidden(agent.looks_at(where), "key")
    facts = {**BRUNO.work_facts(clock.today(clock.now())), **term}
    assert agent.sends(where, **facts, key=key).status_code == 302
    draft = when_the_agent_answers(agent, dossier, purpose="short_term", person_in_china="no")
    short = when_it_is_filed_and_decided(house, agent, draft, "grant")
    permit = Entitlement.objects.get(case__bundle=short)
    assert (permit.category, permit.valid_until) == ("C", start + timedelta(days=59))
    counted = acts.then_every_paper_can_be_read_and_verified(house, short, name="ALMEIDA BRUNO")
    assert "PERMIT_NOTICE" in counted, "abroad: the notification for the visa"
    assert "E_PERMIT" not in counted, "the electronic permit follows the entry"

    dossier = acts.when_the_agent_opens_a_dossier(agent, CLARA)
    draft = when_the_agent_answers(agent, dossier, purpose="confirmation")
    letter = when_it_is_filed_and_decided(house, agent, draft, "grant")
    counted = acts.then_every_paper_can_be_read_and_verified(house, letter, name="ROSSI CLARA")
    assert "CONFIRMATION" in counted
    assert not Entitlement.objects.filter(case__bundle=letter).exists()


def when_the_agent_begins_from_the_permit(
    agent: Person, dossier: Dossier, purpose: str, **given: Any
) -> FilingDraft:
    """Press the button beside the permit on the person's page; the first question is answered by it."""
    page = agent.looks_at("portal:dossier", dossier.code)
    assert f'name="purpose" value="{purpose}"' in page
    form = next(part for part in page.split("<form") if f'name="purpose" value="{purpose}"' in part)
    data = {name: acts.hidden(form, name) for name in ("engagement", "place")}
    answer = agent.sends("portal:filing_start", **data, purpose=purpose)
    return _answer(agent, answer["Location"], {"purpose": purpose, **given})


def when_the_agent_answers(agent: Person, dossier: Dossier, **given: Any) -> FilingDraft:
    answer = agent.sends("portal:filing_start", engagement=dossier.engagements.get().pk)
    return _answer(agent, answer["Location"], given)


def _answer(agent: Person, draft: str, given: dict[str, Any]) -> FilingDraft:
    """One question a page; of the matters the permit alone."""
    answers = {"matters": ["permits"], "city": "lanzhou", **given}
    found = re.search(r'href="([^"]*/questions/\w+/)"', agent.looks_at(draft))
    assert found
    where = found[1]
    while found := re.search(r"/questions/(\w+)/", where):
        agent.looks_at(where)
        answer = agent.sends(where, **{found[1]: answers.get(found[1], "")})
        assert answer.status_code == 302, (found[1], acts.said(answer))
        where = answer["Location"]
    return FilingDraft.objects.latest("updated_at")


def when_it_is_filed_and_decided(house: House, agent: Person, draft: FilingDraft, decision: str) -> Bundle:
    acts.when_the_agent_hands_in_each_material_once(agent, draft)
    bundle = acts.when_the_agent_files(agent, draft)
    house.let_the_worker_run()
    met = acts.conditions_met(case_of(bundle))
    when(house, bundle, "W", "reception", "pre_review", remark="材料齐全")
    when(house, bundle, "W", "reception", "accept")
    when(house, bundle, "W", "review", "first_review", **met)
    when(house, bundle, "W", "review", "second_review", **met)
    when(house, bundle, "W", "decide", decision, remark="同意")
    return bundle


def then_the_register_has_one_valid_permit(dossier: Dossier, number: str, *, terms: int) -> Entitlement:
    """One active entitlement, one row in the register for each term, one number, and each case granted what it says."""
    rows = list(Entitlement.objects.filter(dossier=dossier, matter="permits").order_by("pk"))
    assert [row.status for row in rows] == ["ended"] * (terms - 1) + ["active"]
    assert {row.number for row in rows} == {number}
    assert [row.supersedes_id for row in rows[1:]] == [row.pk for row in rows[:-1]]
    register = WorkPermit.objects.filter(entitlement__in=rows).order_by("pk")
    assert [(row.pk, row.case_id) for row in register] == [(row.pk, row.case_id) for row in rows]
    assert set(Case.objects.filter(entitlement__in=rows).values_list("outcome", flat=True)) == {"granted"}
    return rows[-1]


def then_the_old_paper_is_said_to_have_ended(house: House, given: Entitlement) -> None:
    paper = Notice.objects.get(case_id=given.case_id, kind="E_PERMIT")
    assert "证件状态：已终止" in house.nobody.looks_at("portal:verify", paper.code)


def then_a_third_party_can_check_what_the_holder_shows(
    house: House, agent: Person, permit: Entitlement
) -> None:
    """The code on the holder's page leads anybody to a page that says whether the permit stands, and names nobody."""
    assert "<svg" in agent.looks_at("portal:credential", permit.pk)
    told = house.nobody.looks_at("portal:shown", token_of(permit))
    assert permit.number not in told
    assert NAME.split()[0] not in told
