"""The steps of a work permit, with who takes them, what they need and which article they rest on. Nothing else.

Composed of mixins by stretch of the procedure; the last base comes first, so steps read in the order they are taken.
"""

from __future__ import annotations

from foreignwork.accounts import roles
from foreignwork.cases import everyday

from .steps_after import AfterSteps
from .steps_hearing import HearingSteps
from .steps_intake import IntakeSteps
from .steps_office import OfficeSteps
from .steps_review import ReviewSteps
from .steps_time import TimeSteps

UNDECIDED = (
    "filed",
    "pre_reviewed",
    "supplement",
    "accepted",
    "first_reviewed",
    "second_reviewed",
    "rights_told",
    "hearing_asked",
    "hearing_set",
)
OFFICE = ("office_opened", "announced", "office_ready")
OFFICERS = (roles.acceptance_officer, roles.first_reviewer, roles.second_reviewer, roles.decider)


class PermitFlow(OfficeSteps, AfterSteps, TimeSteps, HearingSteps, ReviewSteps, IntakeSteps):
    recuse = everyday.recuse(source=(*UNDECIDED, *OFFICE), by=OFFICERS)

    withdraw = everyday.withdraw(source=UNDECIDED)
