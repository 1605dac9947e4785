"""A visit together with other departments (联合检查): who of them was expected, who came, and what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from foreignwork.cases.models import CaseEvent

if TYPE_CHECKING:
    from .models import Finding, Participant


def participants(case: Any) -> list[Participant]:
    """Of each department and certificate the newest entry, in the order in which they were first written down."""
    found: dict[tuple[str, str], Participant] = {}
    for row in case.participants.order_by("seq"):
        found[row.department, row.certificate] = row
    return list(found.values())


def results(case: Any) -> list[Finding]:
    """Of each item and department the newest result that was taken over."""
    found: dict[tuple[str, str], Finding] = {}
    for row in case.findings.exclude(reused_from="").order_by("seq"):
        found[row.item, row.reused_from] = row
    return list(found.values())


def really_joint() -> Q:
    """Of inspections, those to which another department really came: somebody showed a certificate, or its part was entered."""
    table = apps.get_model("supervision", "Participant")._default_manager
    came = table.filter(inspection=OuterRef("pk"), shown=True)
    entered = CaseEvent.objects.filter(case=OuterRef("pk"), action="take_part")
    return ~Q(joint=[]) & (Q(Exists(came)) | Q(Exists(entered)))
