"""自然人纳税人识别号: the case and the register of numbers given."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.models import Case, Entitlement
from foreignwork.vault.models import Sealed, SealedField

from .flow import TaxFlow


class State(models.TextChoices):
    AWAITING = "awaiting", _("待前置事项")
    READY = "ready", _("待扣缴义务人报送")
    FILED = "filed", _("已报送，待赋予识别号")
    SUPPLEMENT = "supplement", _("待补正")
    GRANTED = "granted", pgettext_lazy("state", "已赋予纳税人识别号")
    REFUSED = "refused", pgettext_lazy("state", "不予赋予")
    WITHDRAWN = "withdrawn", pgettext_lazy("state", "申请人已撤回")
    ENDED = "ended", pgettext_lazy("state", "逾期未补正，终止办理")
    NOT_STARTED = "not_started", pgettext_lazy("state", "前置事项未通过，未开始办理")


class TaxCase(TaxFlow, Case):
    """A taxpayer identification number for a foreigner, through the withholding agent, his employer (law-notes 20). The base
    information stands sealed in the event of the report, the number in the register."""

    given_number = ""
    """Not a column: the number of the step now being taken, on its way into the sealed register."""

    class Meta:
        verbose_name = _("自然人纳税人识别号")


class TaxIdentifier(Sealed):
    """The register of numbers: one for life, the same for every withholding agent (个人所得税法 9). Sealed: a number opens files."""

    entitlement = models.OneToOneField(Entitlement, models.PROTECT, related_name="+", primary_key=True)
    case = models.OneToOneField(TaxCase, models.PROTECT, related_name="identifier")
    number = SealedField(_("纳税人识别号"))

    def __str__(self) -> str:
        return self.case.number
