"""证卡融合: the permit goes to the social security card and the receipt comes back (人社部发〔2024〕75号, S000-59, S003-29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import Act, step

from . import forms_card, kinds, rules_card

if TYPE_CHECKING:
    from .models import PermitCase


class CardSteps:
    @step(
        source="granted",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "送社会保障卡加载"),
        within=kinds.GIVING,
        needs=[rules_card.waits_for_the_card],
        form=forms_card.CardSentForm,
        marks=rules_card.sent_mark,
        cites="人社部发〔2024〕75号；S000-59",
    )
    def send_to_card(self: PermitCase, act: Act) -> None: ...

    @step(
        source="granted",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "社会保障卡加载回执"),
        within=kinds.GIVING,
        needs=[rules_card.was_sent],
        form=forms_card.CardReceiptForm,
        marks=rules_card.receipt_mark,
        cites="人社部发〔2024〕75号；S003-29",
    )
    def card_receipt(self: PermitCase, act: Act) -> None: ...
