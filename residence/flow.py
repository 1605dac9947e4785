"""The steps of a work-type residence permit, with who takes them, what they need and which article they rest on.

Composed of mixins by stretch of the procedure; the last base comes first, so steps read in the order they are taken.
"""

from __future__ import annotations

from foreignwork.accounts import roles
from foreignwork.cases import everyday

from .steps_after import AfterSteps
from .steps_apply import ApplySteps
from .steps_basis import BasisSteps
from .steps_counter import CounterSteps
from .steps_decide import DecideSteps
from .steps_void import VoidSteps

NOT_BEGUN = ("awaiting_permit", "ready_to_apply")
IN_HAND = ("applied", "supplement", "receipt_given", "verified", "void_opened")
UNDECIDED = ("awaiting_permit", "ready_to_apply", "applied", "supplement", "receipt_given", "verified")


class ResidenceFlow(VoidSteps, BasisSteps, AfterSteps, DecideSteps, CounterSteps, ApplySteps):
    close_unopened = everyday.close_unopened(source=NOT_BEGUN)

    recuse = everyday.recuse(source=IN_HAND, by=(roles.handling_officer, roles.decider))

    withdraw = everyday.withdraw(source=UNDECIDED)
