"""The play of the demo: three people, each at another point, so that every desk has something to do on the first day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from foreignwork.cases.models import Bundle, Case
from foreignwork.policies import workdays

from . import cast as stage
from .cast import Cast
from .people import ANNA, BRUNO, CLARA


def play(*, at: datetime) -> Cast:
    """Build the cast and its cases, all in the past of ``at``. One transaction: all of it or nothing."""
    with transaction.atomic():
        cast = stage.assemble(pack="gansu", at=at)
        fresh = stage.file(cast, "university", ANNA, at=at - timedelta(hours=3))
        stage.give_account(cast, fresh.dossier, ANNA)
        bundle = stage.file(cast, "energy", BRUNO, at=_back(at, 4))
        _review(cast, main_case(bundle), at=_back(at, 3))
        # Nobody answers Clara's filing: the sweep deems it accepted by itself (行政许可法 32(4)).
        stage.file(cast, "university", CLARA, at=_back(at, 8))
    return cast


def main_case(bundle: Bundle) -> Case:
    """The case of the matter that every bundle must hold."""
    required = bundle.policy_version.pack.required_matters()[0]
    return Case.objects.select_related("office").get(bundle=bundle, matter=required)


def _back(at: datetime, days: int) -> datetime:
    """``at``, so many working days earlier."""
    moment, left = at, days
    while left:
        moment -= timedelta(days=1)
        left -= workdays.is_workday(moment.date())
    return moment


def _review(cast: Cast, case: Case, *, at: datetime) -> None:
    case = stage.act(case, cast.officer(case, "reception"), "pre_review", at=at)
    stage.act(case, cast.officer(case, "reception"), "accept", at=at + timedelta(minutes=20))
