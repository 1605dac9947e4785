"""What runs out soon, on the first page of employer and person: the newest reminder of each thing held, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foreignwork.accounts.who import Side
from foreignwork.cases.expiry import CLOSED, EXPIRED, Reminder, window
from foreignwork.cases.models import Case, Entitlement

from .entry import Visit
from .people import names_of

SHOWN = 10
GOES_ON = timedelta(days=60)
"""How long the first page goes on telling what ran out; the register and the dossier tell it always."""


def reminders_of(visit: Visit) -> list[dict[str, Any]]:
    """Those of one's own that are still of use, soonest expiry first. Two queries and one for the names."""
    person = visit.actor.side == Side.PERSON
    mine = (
        {"entitlement__dossier__holder": visit.user, "to": Reminder.To.PERSON}
        if person
        else {"entitlement__employer_id__in": visit.actor.employers, "to": Reminder.To.EMPLOYER}
    )
    rows = (
        Reminder.objects.filter(
            ~Exists(Case.objects.open().filter(about=OuterRef("entitlement"))),  # it is being seen to
            Q(entitlement__valid_until__gte=visit.today) | Q(kind=EXPIRED, due_on__gte=visit.today - GOES_ON),
            **mine,
            entitlement__status=Entitlement.Status.ACTIVE,
        )
        .select_related("entitlement__dossier", "entitlement__case__policy_version")
        .order_by("entitlement__valid_until", "entitlement_id", "-id")
        .distinct("entitlement__valid_until", "entitlement_id")[:SHOWN]
    )
    found = list(rows)
    names = names_of([row.entitlement.dossier_id for row in found])
    return [_line(row, names.get(row.entitlement.dossier_id), visit) for row in found]


def _line(row: Reminder, name: dict[str, str] | None, visit: Visit) -> dict[str, Any]:
    held, pack = row.entitlement, row.entitlement.case.policy_version.pack
    assert held.valid_until is not None
    span = window(pack, held.matter, held.valid_until)
    if row.kind == EXPIRED:
        ran_out = _("已于 %(until)s 到期，不能再据此工作或者居留。请在档案页面查看可以办理的事项。") % {
            "until": date_format(held.valid_until)
        }
        return _told(row, name, visit, ran_out, urgent=True)
    said = _("将于 %(until)s 到期，还有 %(n)s 天。") % {
        "until": date_format(held.valid_until),
        "n": (held.valid_until - visit.today).days,
    }
    if (span and row.kind == CLOSED) or (span and visit.today > span[1]):
        said += _("延期申请期已于 %(last)s 结束；需要继续工作的，请改办新办。") % {
            "last": date_format(span[1])
        }
    elif span and visit.today >= span[0]:
        said += _("需要继续工作的，请在 %(last)s 前申请延期。") % {"last": date_format(span[1])}
    elif span:
        said += _("自 %(first)s 起可以申请延期。") % {"first": date_format(span[0])}
    return _told(row, name, visit, said, urgent=bool(span and visit.today >= span[0]))


def _told(
    row: Reminder, name: dict[str, str] | None, visit: Visit, said: str, *, urgent: bool
) -> dict[str, Any]:
    held = row.entitlement
    pack = held.case.policy_version.pack
    return {
        "name": name,
        "matter": pack.matters[held.matter].name.pick(get_language()),
        "text": said,
        "code": held.dossier.code,
        "urgent": urgent,
    }
