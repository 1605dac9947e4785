"""Who sees which cases, and how lists ask for them: conditions that an index answers, however many years lie behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from foreignwork.accounts.who import Actor, Side

from .phases import OPEN_PHASES, Phase

if TYPE_CHECKING:
    from .models import Case


def at_offices(offices: Collection[int]) -> Q:
    """Cases that one of the offices decides, or receives for another (受理机构, S000-06)."""
    return Q(office_id__in=offices) | Q(receiver_id__in=offices)


def own(actor: Actor) -> Q | None:
    """What of cases and filings alike is somebody's own: an employer's, a person's, all of it for the house itself. None for an officer,
    who sees what his offices handle."""
    if actor.user is None:
        return Q()
    if actor.side == Side.APPLICANT:
        return Q(employer_id__in=actor.employers)
    if actor.side == Side.PERSON:
        return Q(dossier__holder=actor.user)
    return None


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> CaseQuerySet:
        """The only way a screen or the API obtains cases; a stranger gets 404."""
        theirs = own(actor)
        return self.filter(at_offices(actor.offices) if theirs is None else theirs)

    def on_table_of(self, actor: Actor) -> CaseQuerySet:
        """Of what ``visible_to`` shows, what waits for somebody: under way, or decided while its delivery limit runs.

        Decided cases stay for years, nearly all without a limit. Each way of having a case and of waiting is a condition of its
        own with an index of its own: asked for together, everything the office has ever decided would be read.
        """
        waits = (Q(phase__in=OPEN_PHASES), Q(phase=Phase.DECIDED, due_on__isnull=False))
        if actor.user is None or actor.side != Side.STAFF:
            return self.visible_to(actor).filter(waits[0] | waits[1])
        has = (Q(office_id__in=actor.offices), Q(receiver_id__in=actor.offices))
        return self.filter(reduce(or_, [mine & how for mine in has for how in waits]))

    def newest_visible_to(self, actor: Actor, phases: Iterable[str], upto: int) -> models.QuerySet[Case, Any]:
        """Of what ``visible_to`` shows, the newest ``upto`` cases in the phases, by their ids only.

        Years of ended cases lie there. Asked for as one condition ("decided or received by one of these offices"), the
        database walks through everybody's; asked for by office, way of having it and phase, each piece is the end of an index.
        """
        if actor.user is None or actor.side != Side.STAFF:
            pieces = [self.visible_to(actor).filter(phase__in=phases)]
        else:
            decided = [self.filter(office_id=office) for office in actor.offices]
            others = self.exclude(office_id__in=actor.offices)
            received = [others.filter(receiver_id=office) for office in actor.offices]
            pieces = [rows.filter(phase=phase) for rows in (*decided, *received) for phase in phases]
        ids: list[Any] = [rows.order_by("-pk").values("pk")[:upto] for rows in pieces]
        return self.none().values("pk").union(*ids, all=True).order_by("-pk")[:upto]

    def open(self) -> CaseQuerySet:
        return self.filter(phase__in=OPEN_PHASES)
