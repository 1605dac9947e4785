"""Local check items (地方新增事项, S004-28, -29): proposed by an office, accepted by another person of the province, dated."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Office
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.problems import Blocked, NotAllowed, Problem, say

from .models import CheckItem, ItemProposal
from .planning import PROPOSAL_ANSWERED, person, place_of, require

OF_PACK = say("item_of_pack", _("代码“%(code)s”是规则包中的事项，不能在这里增加或者停用。"))
OPEN_ALREADY = say("item_proposal_open", _("关于“%(code)s”的申报还在研究，请等待答复。"))
NO_SUCH_ITEM = say("item_not_standing", _("清单中没有正在使用的地方事项“%(code)s”。"))
SAME_PERSON = say("item_same_person", _("申报人不能答复自己的申报，请由省级部门另一名人员答复。"))
BEGINS_LATER = say(
    "item_begins_later",
    _("该事项现行登记自 %(day)s 起，新的内容只能从其后的日期起。请不予采纳，并请重新申报。"),
)


def standing(place: int, code: str) -> CheckItem | None:
    """The local item accepted in the house that has no end yet."""
    rows = CheckItem.objects.standing().filter(jurisdiction=place, code=code, accepted_by__isnull=False)
    return rows.first()


def propose(
    office: Office,
    what: str,
    code: str,
    *,
    from_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
    **text: Any,
) -> ItemProposal:
    """Ask for an item, for another wording of it, or for its end. Raises NotAllowed, Blocked."""
    require(actor, office, roles.inspection_planner)
    if code in place_of(office.jurisdiction, at=at).own.items:
        raise Blocked(Problem(OF_PACK, {"code": code}, field="code"))
    if what == ItemProposal.What.END:
        row = standing(office.jurisdiction_id, code)
        if row is None:
            raise Blocked(Problem(NO_SUCH_ITEM, {"code": code}))
        text = {field.name: getattr(row, field.name) for field in TEXT}
    try:
        with transaction.atomic():
            return ItemProposal.objects.create(
                jurisdiction_id=office.jurisdiction_id,
                office=office,
                what=what,
                code=code,
                from_on=from_on,
                reason=reason,
                made_by_id=person(actor),
                made_at=at,
                **text,
            )
    except IntegrityError as refused:
        if ItemProposal.objects.filter(jurisdiction=office.jurisdiction_id, code=code, answer="").exists():
            raise Blocked(Problem(OPEN_ALREADY, {"code": code}, field="code")) from None
        raise refused


TEXT = [
    field for field in ItemProposal._meta.fields if field.name in {one.name for one in CheckItem._meta.fields}
    and field.name not in ("id", "jurisdiction", "code", "from_on")
]  # fmt: skip
"""The columns in which an item says what it is."""


def answer(
    proposal: ItemProposal, *, accepted: bool, reason: str, actor: Actor, at: datetime
) -> ItemProposal:
    """Once, by the province, and not by who asked. What is accepted holds from its day on, never for days that are past."""
    place = place_of(proposal.jurisdiction, at=at)
    require(actor, place.province, roles.inspection_leader, roles.inspection_planner)
    with transaction.atomic():
        locked = ItemProposal.objects.select_for_update().get(pk=proposal.pk)
        if locked.made_by_id == actor.user_id:
            raise NotAllowed(Problem(SAME_PERSON))
        if locked.answer:
            raise Blocked(Problem(PROPOSAL_ANSWERED))
        if accepted:
            _enter(locked, actor, at)
        locked.answer = ItemProposal.Answer.ACCEPTED if accepted else ItemProposal.Answer.DECLINED
        locked.answer_reason, locked.answered_by_id, locked.answered_at = reason, person(actor), at
        locked.save(update_fields=["answer", "answer_reason", "answered_by", "answered_at"])
    return locked


def _enter(proposal: ItemProposal, actor: Actor, at: datetime) -> None:
    """Into the register: the row before ends the day before; the next, if there is one, names who asked and who accepted."""
    day = max(proposal.from_on, day_of(at))
    there = CheckItem.objects.standing().filter(jurisdiction=proposal.jurisdiction_id, code=proposal.code)
    row = there.first()
    if row is not None and row.accepted_by_id is None:  # the pack has taken the code meanwhile
        raise Blocked(Problem(OF_PACK, {"code": proposal.code}))
    if row is None and proposal.what == ItemProposal.What.END:
        raise Blocked(Problem(NO_SUCH_ITEM, {"code": proposal.code}))
    if row is not None:
        if row.from_on >= day:
            raise Blocked(Problem(BEGINS_LATER, {"day": row.from_on.isoformat()}))
        CheckItem.objects.filter(pk=row.pk).update(until_on=day - timedelta(days=1))
    if proposal.what == ItemProposal.What.END:
        return
    CheckItem.objects.create(
        jurisdiction_id=proposal.jurisdiction_id,
        code=proposal.code,
        layer=CheckItem.Layer.LOCAL,
        from_on=day,
        proposed_by=proposal.office,
        accepted_by_id=person(actor),
        recorded_at=at,
        **{field.name: getattr(proposal, field.name) for field in TEXT},
    )
