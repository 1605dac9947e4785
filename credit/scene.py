"""Credit in volumes: outcomes put on file by the day, and a listing where a firm's file can found one."""

from __future__ import annotations

from datetime import datetime
from random import Random

from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Jurisdiction, Post
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.cases.problems import CaseError
from foreignwork.demo.cast import Cast
from foreignwork.demo.scenes import daily, opening
from foreignwork.workflow.office_cases import Opening, open_case

from . import filing, policy
from .models import Entry


@daily
def on_file(place: Jurisdiction, at: datetime) -> None:
    filing.file_outcomes(place, at=at)


@opening
def propose(cast: Cast, firm: str, rng: Random, at: datetime) -> Case | None:
    """An inspector proposes a list the pack has switched on, on whatever stands in the firm's file."""
    day, lists = day_of(at), policy.of(cast.policy).lists
    rows = Entry.objects.filter(organisation=cast.firms[firm], jurisdiction=cast.jurisdiction)
    entries = list(rows.select_related("case__office").order_by("pk"))
    if not entries:
        return None
    office = entries[-1].case.office
    holders = Post.objects.held_on(day).filter(office=office, role=roles.inspector.code)
    for post in holders.select_related("user").order_by("pk")[:1]:
        for code in rng.sample(sorted(lists), len(lists)):
            data = {"entries": [str(row.pk) for row in entries], "grounds": "样例：检查发现的问题属实。"}
            try:
                return open_case(
                    Opening(
                        policy.MATTER, code, "inspection", office, subject_org=cast.firms[firm], data=data
                    ),
                    actor=who.actor(post.user, day),
                    at=at,
                )
            except CaseError:
                continue
    return None
