"""What the stories of insurance, titles, tax and whole filings share: a permit in hand, a further filing, a bad day refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from foreignwork.cases.models import Bundle, Case
from foreignwork.demo import cast as stage
from foreignwork.demo.people import Foreigner
from foreignwork.workflow.opening import file_bundle
from tests.stage import bring, case_of
from tests.stories.acts import new_key, said, step_address, then_it_is_refused, tries
from tests.stories.telling import Town

LATER = timedelta(minutes=5)


def permitted(
    town: Town, foreigner: Foreigner, *matters: str, firm: str = "university", **answers: Any
) -> Bundle:
    """A filing whose work permit is granted (the officers' part is told elsewhere); what waited behind it has looked again."""
    bundle = town.files(firm, foreigner, matters=("permits", "residence", *matters), **answers)
    bring(town.cast, case_of(bundle), "granted", at=town.at)
    town.let_the_worker_run()
    return bundle


def files_again(
    town: Town, first: Bundle, foreigner: Foreigner, purpose: str, *matters: str, **answers: Any
) -> Bundle:
    """A further filing of the same employer, about what the person holds (its pages are told in test_work_ends)."""
    firm = next(key for key, one in town.cast.firms.items() if one.pk == first.employer_id)
    engagement = Bundle.objects.get(pk=first.pk).engagement
    form = stage.filing(
        town.cast, engagement, foreigner, at=town.at, matters=matters, purpose=purpose, **answers
    )
    stage.hand_in(town.cast, form, foreigner, at=town.at)
    bundle = file_bundle(form, actor=stage.actor(town.cast.agents[firm], town.at), at=town.at)
    town.let_the_worker_run()
    return bundle


def day_after(day: date, at: datetime) -> datetime:
    """The hour of ``at`` on the day after ``day``."""
    return datetime.combine(day + timedelta(days=1), at.timetz())


def is_refused(
    town: Town, case: Case, desk: str, step: str, status: int, *sentences: str, **data: Any
) -> None:
    """The page says why, in these words, and nothing has changed."""
    before = Case.objects.values().get(pk=case.pk)
    person = town.agent_for(case) if desk == "agent" else town.officer(case, desk)
    shown = person.browser.get(step_address(person, case, step))
    assert shown.status_code in (200, status), shown.status_code
    page = shown.content.decode()
    if 'name="key"' in page:
        answer = tries(person, case, step, **data)
    else:  # the page says so beforehand and has no form; who posts all the same is told the same
        assert all(words in page for words in sentences), said(page)
        fields = {"key": new_key(), "version": before["version"], **data}
        answer = person.sends(step_address(person, case, step), **fields)
    then_it_is_refused(answer, status, *sentences)
    assert Case.objects.values().get(pk=case.pk) == before
