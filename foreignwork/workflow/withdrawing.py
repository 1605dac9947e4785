"""Taking back a whole filing: every matter that can still be withdrawn, in one transaction (law-notes 10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from foreignwork.accounts import roles
from foreignwork.accounts.who import Actor
from foreignwork.cases import registry
from foreignwork.cases.models import Bundle, Case
from foreignwork.cases.phases import OPEN_PHASES, Outcome
from foreignwork.cases.steps import Step

from .perform import perform_many


def withdrawal_of(case: Case) -> Step | None:
    """The step by which the applicant takes this case back where it stands; None when it is too late."""
    matter = registry.get(case.matter)
    return next(
        (
            step
            for step in matter.steps_from(case.state, case.sub_matter)
            if roles.applicant in step.by and matter.outcomes.get(step.target or "") == Outcome.WITHDRAWN
        ),
        None,
    )


def can_be_withdrawn(bundle: Bundle) -> list[Case]:
    """The matters still open that the applicant may take back, in the order of their numbers."""
    rows = Case.objects.filter(bundle=bundle, phase__in=OPEN_PHASES, outcome="").order_by("number")
    return [row for row in rows if withdrawal_of(row)]


def withdraw_all(bundle: Bundle, *, actor: Actor, at: datetime, data: Mapping[str, str]) -> list[Case]:
    """Withdraw every matter that is open: all of them, or none and the reason of the first that refuses.

    Raises WrongState, NotAllowed, Blocked, Invalid.
    """
    with transaction.atomic():
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for case in can_be_withdrawn(bundle):
            step = withdrawal_of(case)
            assert step is not None
            groups[case.matter, step.name].append(case.pk)
        moved = []
        for (_matter, name), ids in sorted(groups.items()):
            for done in perform_many(case_ids=sorted(ids), action=name, actor=actor, at=at, data=data):
                if done.refused:
                    raise done.refused
                moved.append(done.case)
    return moved
