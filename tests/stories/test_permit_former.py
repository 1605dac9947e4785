"""A permit of the register before this one becomes an electronic permit, and ninety days of work for somebody already here."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from foreignwork.accounts.models import Office
from foreignwork.cases.models import Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.notices.models import Notice
from foreignwork.workflow.opening import file_bundle
from tests.matters.test_permit_kinds import short_contract
from tests.matters.test_permits_former import line, sheet
from tests.stage import bring, case_of
from tests.stories.telling import Town, tells


@tells("permits/after_entry/enter_former", "permits/reissue/grant", "permits/short_in_china/grant")
def test_a_former_card_becomes_electronic_and_ninety_days_for_somebody_here(town: Town) -> None:
    row = line(town.cast, BRUNO)
    route = town.cast.policy.pack.office_for("permits", "B", town.cast.home.city)
    office = Office.objects.get(code=route)
    clerk, leader = (town.enter(town.cast.officers[office.code, desk]) for desk in ("reception", "decide"))
    taken = clerk.sends("permits:legacy_new", file=SimpleUploadedFile("list.csv", sheet(row)))
    assert taken.status_code == 302
    assert clerk.sends(taken["Location"], decision="approve").status_code in (403, 409), "two people"
    assert not Entitlement.objects.exists()
    assert leader.sends(taken["Location"], decision="approve").status_code == 302
    town.let_the_worker_run()
    former = Entitlement.objects.get(number=row["number"])

    # The employer finds it beside the person and asks for the electronic permit: number and term stay.
    engagement = former.dossier.engagements.get()
    agent = town.agent("university")
    assert 'value="reissue"' in agent.looks_at("portal:dossier", former.dossier.code)
    form = stage.filing(town.cast, engagement, BRUNO, at=town.at, matters=("permits",), purpose="reissue")
    stage.hand_in(town.cast, form, BRUNO, at=town.at)
    again = case_of(file_bundle(form, actor=stage.actor(town.cast.agents["university"], town.at), at=town.at))
    again = bring(town.cast, again, "second_reviewed", at=town.at)
    again = town.does(again, "decide", "grant", remark="同意")
    now = Entitlement.objects.get(case=again)
    assert (again.sub_matter, now.number, now.valid_until) == ("reissue", former.number, former.valid_until)
    former.refresh_from_db()
    assert (former.status, now.supersedes_id) == ("ended", former.pk)
    assert Notice.objects.filter(case=again, kind="E_PERMIT").exists()
    assert "<svg" in agent.looks_at("portal:credential", now.pk)

    # Ninety days at most, the person being in China.
    form = short_contract(town.cast, 60, ANNA)
    stage.hand_in(town.cast, form, ANNA, at=town.at)
    short = case_of(file_bundle(form, actor=stage.actor(town.cast.agents["university"], town.at), at=town.at))
    short = bring(town.cast, short, "second_reviewed", at=town.at)
    short = town.does(short, "decide", "grant", remark="同意")
    given = Entitlement.objects.get(case=short)
    assert (short.sub_matter, given.category) == ("short_in_china", "C")
    assert given.valid_until is not None
    assert (given.valid_until - town.at.date()).days <= 90
    assert str(given.number) in town.officer(short, "decide").looks_at("desk:register")
