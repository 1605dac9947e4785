"""The taxpayer identification number as the kernel knows it."""

from __future__ import annotations

from typing import cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register

from .models import State, TaxCase, TaxIdentifier


def register_number(case: Case, entitlement: Entitlement) -> models.Model:
    """The row in the register, the number sealed."""
    row = cast(TaxCase, case)
    return TaxIdentifier(
        entitlement=entitlement, case_id=row.pk, data_key_id=row.data_key_id, number=row.given_number
    )


register(
    Matter(
        code="tax",
        letter="X",
        label=_("自然人纳税人识别号"),
        order=100,
        model=TaxCase,
        states=State,
        phases={
            State.AWAITING: Phase.UPCOMING,
            State.READY: Phase.PREPARING,
            State.FILED: Phase.IN_REVIEW,
            State.SUPPLEMENT: Phase.WAITING,
            State.GRANTED: Phase.DECIDED,
            State.REFUSED: Phase.DECIDED,
            State.WITHDRAWN: Phase.CLOSED,
            State.ENDED: Phase.CLOSED,
            State.NOT_STARTED: Phase.CLOSED,
        },
        outcomes={
            State.GRANTED: Outcome.GRANTED,
            State.REFUSED: Outcome.REFUSED,
            State.WITHDRAWN: Outcome.WITHDRAWN,
            State.ENDED: Outcome.ENDED,
            State.NOT_STARTED: Outcome.ENDED,
        },
        files="file",
        queues="queue",
        register=register_number,
        facts_needed=(
            "surname",
            "given_names",
            "name_zh",
            "nationality",
            "sex",
            "birth_date",
            "passport_country",
            "passport_number",
            "phone",
            "post_title",
            "contract_from",
            "contract_until",
        ),
    )
)
