"""The work ends: one filing cancels the permit and ends the insurance, through HTTP; what rested on them closes by itself."""

from __future__ import annotations

import re

from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Entitlement
from foreignwork.demo.people import ANNA
from tests.stage import case_of
from tests.stories import acts
from tests.stories.acts import House, given_a_filing, when
from tests.stories.test_spine import when_the_insurance_is_registered


def when_the_agent_files_the_end(house: House, first: Bundle) -> Bundle:
    """From the button beside what is held, through the questions, to one filing of both."""
    agent = house.agent("university")
    today = clock.today(clock.now()).isoformat()
    answer = agent.sends(
        "portal:filing_start", engagement=first.engagement_id, place="gansu", purpose="cancel"
    )
    following = re.search(r'href="([^"]*/questions/\w+/)"', agent.looks_at(answer["Location"]))
    assert following
    given = {
        "purpose": "cancel",
        "matters": ["permits", "socialsec"],
        "city": "lanzhou",
        "end_ground": "terminated",
        "work_ended_on": today,
        "treaty_exempt": "no",
    }
    where = following[1]
    while found := re.search(r"/questions/(\w+)/", where):
        agent.looks_at(where)
        answer = agent.sends(where, **{found[1]: given.get(found[1], "")})
        assert answer.status_code == 302, (found[1], acts.said(answer))
        where = answer["Location"]
    draft = acts.FilingDraft.objects.latest("updated_at")
    acts.when_the_agent_hands_in_each_material_once(agent, draft)
    second = acts.when_the_agent_files(agent, draft)
    house.let_the_worker_run()
    return second


def test_one_filing_ends_the_work(house: House) -> None:
    first = given_a_filing(house, "university", ANNA)
    acts.when_the_permit_is_granted(house, first)
    when_the_insurance_is_registered(house, first)
    second = when_the_agent_files_the_end(house, first)
    ending = case_of(second, "S")
    assert (ending.sub_matter, ending.state) == ("end", "ready")
    month = clock.today(clock.now()).strftime("%Y-%m")
    when(house, second, "S", "agent", "submit_end", last_month=month, why="contract", account="keep")
    when(house, second, "S", "handle", "record_end")
    assert case_of(first, "S").state == "over", "the first registration closes by itself"
    assert not Entitlement.objects.filter(dossier=first.dossier, matter="socialsec", status="active").exists()
    page = house.agent("university").looks_at("portal:result", second.number)
    assert "参保已终止" in page
