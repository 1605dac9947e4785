"""Service of papers (送达): which are waiting, and the rule that there must be one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.registry import Matter
from foreignwork.cases.steps import Act

from .models import Notice

NOTHING_TO_SERVE = say("nothing_to_serve", _("本办件没有待送达的文书。文书生成后再办理送达。"))
PROOF = "SERVICE_PROOF"


def internal(matter: Matter) -> set[str]:
    """Codes of the matter's papers that stay between offices (an approval, a transfer): the party neither sees nor gets them."""
    return {kind.code for step in matter.steps.values() for kind in step.sends if kind.internal}


def waiting(context: Context) -> list[Notice]:
    """Issued papers for the party that nobody has received yet."""
    kept = {PROOF, *internal(context.case.matter_entry)}
    rows = Notice.objects.filter(case_id=context.case.pk, status=Notice.Status.ISSUED).exclude(kind__in=kept)
    return list(rows.order_by("pk"))


def something_to_serve(context: Context, act: Act) -> list[Problem]:
    return [] if waiting(context) else [Problem(NOTHING_TO_SERVE)]
