"""Handing in a file of former permits, deciding about it by a second person, entering it row by row. Rows first, effects second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles, who
from foreignwork.accounts.models import Office
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.cases.problems import Blocked, CaseError, NotAllowed, Problem, say
from foreignwork.dossiers import records
from foreignwork.dossiers.models import Dossier, Engagement
from foreignwork.outbox.put import Message, nudge, put
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.vault.index import blind_index
from foreignwork.vault.models import DataKey
from foreignwork.workflow.office_cases import Opening, open_cases

from .. import kinds
from ..models import LegacyImport
from .register import MATTER, compare, facts_of, firms_of
from .sheet import Fault, Row, Sheet, read

TOPIC = "permits.enter_legacy"
AT_ONCE = 50
PROPOSERS = (roles.acceptance_officer, roles.first_reviewer)
NOTHING_GOOD = say(
    "legacy_nothing_good", _("文件里没有可以转入的行，没有提交。请按下面列出的原因改正后再选择文件。")
)
SAME_FILE = say("legacy_same_file", _("这个文件已经提交过（第 %(pk)s 批），不需要再次提交。"))
OWN_PROPOSAL = say("legacy_own_proposal", _("提交文件的人不能自己批准，请由另一名负责人决定。"))
DECIDED = say("legacy_decided", _("这一批已经有了决定，没有再次处理。"))
NO_POWER = say("legacy_no_power", _("只有本机关的%(roles)s可以办理。"))


def pack_of(office: Office, today: date) -> Pack:
    return PolicyVersion.objects.in_force(office.jurisdiction.code, today).pack


def check(data: bytes, *, office: Office, today: date) -> tuple[Sheet, list[Row]]:
    """The file as it would be taken: (rows that may be entered and every fault, rows that are registered already).

    Raises Unreadable."""
    pack = pack_of(office, today)
    sheet = read(data, pack, today)
    found = compare(sheet.rows, office=office, pack=pack)
    faults = sorted([*sheet.faults, *found.faults], key=lambda fault: fault.line)
    return Sheet(found.fresh, faults), found.known


def propose(data: bytes, *, office: Office, actor: Actor, at: datetime) -> LegacyImport:
    """Keep the good rows, sealed, and the report of the others. Raises Unreadable, NotAllowed, Blocked."""
    _holds(actor, office, PROPOSERS)
    sheet, known = check(data, office=office, today=day_of(at))
    if not sheet.rows:
        raise Faulty(sheet, known)
    digest = blind_index("legacy_file", data.hex()).hex()
    row = LegacyImport(
        office=office,
        digest=digest,
        data_key=DataKey.objects.make(at),
        rows=[{"line": one.line, **one.values} for one in sheet.rows],
        good=len(sheet.rows),
        known=len(known),
        refused=[fault.stored() for fault in sheet.faults],
        proposed_by=actor.user,
        proposed_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        first = LegacyImport.objects.exclude(status=LegacyImport.Status.REJECTED).get(
            office=office, digest=digest
        )
        raise Blocked(Problem(SAME_FILE, {"pk": first.pk})) from None
    return row


class Faulty(CaseError):
    """No row can be taken; ``sheet`` says why, row by row."""

    def __init__(self, sheet: Sheet, known: Sequence[Row]) -> None:
        self.sheet, self.known = sheet, known
        super().__init__(Problem(NOTHING_GOOD))


def decide(pk: int, *, approve: bool, reason: str, actor: Actor, at: datetime) -> LegacyImport:
    """A leader of the office, never who handed it in. Approved, the worker enters it; refused, nothing of it is kept."""
    with transaction.atomic():
        row = LegacyImport.objects.select_for_update(of=("self",)).select_related("office").get(pk=pk)
        _holds(actor, row.office, (roles.leader,))
        if row.proposed_by_id == actor.user_id:
            raise NotAllowed(Problem(OWN_PROPOSAL))
        if row.status != LegacyImport.Status.WAITING:
            raise Blocked(Problem(DECIDED))
        row.status = LegacyImport.Status.APPROVED if approve else LegacyImport.Status.REJECTED
        row.decided_by, row.decided_at, row.reason = actor.user, at, reason
        if not approve:
            row.rows = None
        row.save(update_fields=["status", "decided_by", "decided_at", "reason", "rows"])
        if approve:
            put([_message(row, 0)], at=at)
            nudge()
    return row


def _holds(actor: Actor, office: Office, wanted: Sequence[roles.Role]) -> None:
    if not any(actor.holds(role, office.pk) for role in wanted):
        raise NotAllowed(Problem(NO_POWER, {"roles": [str(role.label) for role in wanted]}))


def _message(row: LegacyImport, start: int) -> Message:
    return Message(key=f"legacy:{row.pk}:{start}", topic=TOPIC, payload={"import": row.pk, "start": start})


def enter(pk: int, start: int, *, at: datetime) -> None:
    """Enter the next rows of an approved file, and ask for those after them. Taken again, it enters nothing twice."""
    with transaction.atomic():
        row = (
            LegacyImport.objects.select_for_update(of=("self",))
            .select_related("office__jurisdiction", "decided_by")
            .get(pk=pk)
        )
        if row.status != LegacyImport.Status.APPROVED or start < row.done:
            return
        everything = [
            Row(one["line"], {k: v for k, v in one.items() if k != "line"}) for one in row.rows or ()
        ]
        batch = everything[start : start + AT_ONCE]
        today = day_of(at)
        found = compare(batch, office=row.office, pack=pack_of(row.office, today))
        assert row.decided_by is not None
        _open(found.fresh, row.office, who.actor(row.decided_by, today), at=at)
        row.entered += len(found.fresh)
        row.left_out = [*row.left_out, *(fault.stored() for fault in found.faults)]
        row.done = start + len(batch)
        if row.done < len(everything):
            put([_message(row, row.done)], at=at)
        else:
            row.status, row.rows = LegacyImport.Status.ENTERED, None
        row.save(update_fields=["entered", "left_out", "done", "status", "rows"])


def _open(rows: Sequence[Row], office: Office, actor: Actor, *, at: datetime) -> list[Case]:
    """A dossier at the employer where there is none, and the case that carries the permit."""
    firms = firms_of(rows)
    openings = []
    for row in rows:
        engagement = _engagement(row, firms[row.values["uscc"]], actor, at=at)
        openings.append(
            Opening(
                matter=MATTER,
                sub_matter=kinds.AFTER_ENTRY,
                origin=Case.Origin.EX_OFFICIO,
                office=office,
                engagement=engagement,
                category=row.values["category"],
                data={name: row.values[name] for name in ("number", "post", "valid_from", "valid_until")},
            )
        )
    return open_cases(openings, actor=actor, at=at)


def _engagement(row: Row, firm: Any, actor: Actor, *, at: datetime) -> Engagement:
    """The person's work at the employer. What the employer has on file already is not overwritten."""
    try:
        with transaction.atomic():
            dossier, engagement = records.open_dossier(
                employer=firm, facts=facts_of(row), by=actor.user, at=at
            )
    except records.AlreadyOpen as known:
        dossier = known.dossier
        engagement = Engagement.objects.get_or_create(
            dossier=dossier, employer=firm, defaults={"opened_at": at}
        )[0]
    if not engagement.versions.exists():
        records.add_engagement_version(
            engagement, facts={"post_title": row.values["post"]}, by=actor.user, at=at
        )
    Dossier.objects.filter(pk=dossier.pk).update(former_code=row.values["number"])
    return Engagement.objects.select_related("dossier").get(pk=engagement.pk)


__all__ = ["AT_ONCE", "Fault", "Faulty", "check", "decide", "enter", "propose"]
