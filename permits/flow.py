"""The steps of a work permit, with who takes them, what they need and which article they rest on. Nothing else.

Composed of mixins by stretch of the procedure; the last base comes first, so steps read in the order they are taken.
"""

from __future__ import annotations

from foreignwork.accounts import roles
from foreignwork.cases import everyday

from . import notices_ends
from .steps_after import AfterSteps
from .steps_card import CardSteps
from .steps_ends import EndSteps
from .steps_gaps import GapSteps
from .steps_hearing import HearingSteps
from .steps_intake import IntakeSteps
from .steps_legacy import LegacySteps
from .steps_office import OfficeSteps
from .steps_people import OFFICE, UNDECIDED, PeopleSteps
from .steps_review import ReviewSteps
from .steps_time import TimeSteps

OFFICERS = (roles.acceptance_officer, roles.first_reviewer, roles.second_reviewer, roles.decider)


class PermitFlow(
    PeopleSteps,
    OfficeSteps,
    LegacySteps,
    EndSteps,
    CardSteps,
    AfterSteps,
    GapSteps,
    TimeSteps,
    HearingSteps,
    ReviewSteps,
    IntakeSteps,
):
    recuse = everyday.recuse(source=(*UNDECIDED, *OFFICE), by=OFFICERS)

    withdraw = everyday.withdraw(source=UNDECIDED, sends=[notices_ends.WITHDRAWAL])
