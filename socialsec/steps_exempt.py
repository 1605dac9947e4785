"""A certificate of coverage runs out: the insurances it exempted from are to be taken out now; employer and person are told, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import Act, Starts, step

from . import notices_exempt, rules, rules_exempt

if TYPE_CHECKING:
    from .models import InsuranceCase


class ExemptSteps:
    @step(
        source="registered",
        target="exemption_due",
        by=roles.system,
        label=pgettext_lazy("step", "参保证明期限届满，应申报参加免缴的险种"),
        needs=[rules_exempt.exemption_is_over],
        when_due=rules_exempt.RUNS,
        meets=[rules_exempt.RUNS],
        starts=[Starts(rules_exempt.DECLARE, on=rules_exempt.exempt_until)],
        sends=[notices_exempt.EXEMPTION_OVER, notices_exempt.EXEMPTION_OVER_PERSON],
        cites="在中国境内就业的外国人参加社会保险暂行办法 9；社保法 58、97",
    )
    def exemption_over(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="exemption_due",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "免缴届满后逾期未申报参保"),
        when_due=rules_exempt.DECLARE,
        refers=rules_exempt.undeclared,
        cites="社保法 58、84；law-notes 18",
    )
    def note_undeclared(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="end_due",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "工作许可终止后逾期未办理停保或者终止"),
        when_due="deregister",
        refers=rules.undone_end,
        cites="社会保险经办条例 9；law-notes 18",
    )
    def note_end_overdue(self: InsuranceCase, act: Act) -> None: ...
