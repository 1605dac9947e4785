"""A new version by two people: one proposes it, another approves it, and only then is it in force from its day (S002-46).

What is refused, withdrawn, faulty or overtaken changes nothing: the version in force stays in force. Every act is a row
that nobody can change. ``manage.py policies publish`` goes past this: it is how an installation begins.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Jurisdiction, Office
from foreignwork.accounts.who import Actor

from . import loader, source
from .loader import PackError
from .models import PolicyVersion, Proposal, ProposalDecision
from .pack import Pack
from .publishing import (
    OFFICE_COLUMNS,
    Dated,
    in_force,
    office_values,
    place_of,
    put_in_force,
    refuse_return,
    resolved,
    write_offices,
)

PROPOSES = (roles.policy_officer,)
DECIDES = (roles.leader,)
LARGEST = 512 * 1024  # bytes; the largest pack we know has a tenth of it

SENTENCES: dict[str, str | Promise] = {
    "not_yours_to_propose": _("只有本地区主管部门的规则管理人员可以提出新版本。"),
    "not_yours_to_decide": _("只有本地区主管部门的负责人可以批准或者不批准新版本。"),
    "own_proposal": _("这是您自己提出的版本，必须由另一个人批准。"),
    "not_the_proposer": _("只有提出人可以撤回。"),
    "decided_already": _("%(who)s已于 %(when)s 作出处理：%(what)s。"),
    "day_passed": _("生效日期 %(day)s 已经过去。规则不溯及既往，请重新提出，并选择今天或者以后的日期。"),
    "overtaken": _(
        "提出之后，%(day)s 适用的版本已经改变（现为 %(version)s）。您看到的差异不再成立，请对照现行版本重新提出。"
    ),
    "no_change": _("这个文件和 %(day)s 适用的版本完全相同，没有需要批准的内容。"),
    "reason_needed": _("不批准的，请写明理由。"),
}


class Refused(Exception):
    """Nothing has changed; ``sentence`` says why, in the reader's language."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.code]) % self.params

    def __str__(self) -> str:
        return self.sentence


class Faulty(Exception):
    """The text is no good pack; ``faults`` name file, key and reason."""

    def __init__(self, faults: list[PackError]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was read and found good."""

    code: str
    place: str
    dated: list[Dated]

    @property
    def pack(self) -> Pack:
        return self.dated[0].pack


def holds(actor: Actor, jurisdiction: Jurisdiction, wanted: tuple[roles.Role, ...]) -> bool:
    """Whether the actor has one of the posts in an office of the place."""
    codes = {role.code for role in wanted}
    offices = [office for office, code in actor.posts if code in codes]
    return Office.objects.filter(pk__in=offices, jurisdiction=jurisdiction).exists()


def read(text: str, *, on: date, folder: Path = loader.FOLDER) -> Draft:
    """Resolve and check a text, with the packs of the installation as its parents. Raises Faulty."""
    code = _code_of(text)
    with _beside_the_others(code, text, folder) as at:
        try:
            faults = loader.check(code, on=on, folder=at)
            if faults:
                raise Faulty(faults)
            dated = resolved(code, on=on, folder=at)
            place = place_of(dated[0].pack, file=f"{code}.toml")
            _own_name(code, place.code, folder)
        except PackError as error:
            raise Faulty([error]) from error
        except (AttributeError, KeyError, TypeError) as error:
            # Inheritance is worked out before the shape is checked, so a table may be a number there.
            reason = f"an entry has not the shape it should have ({error})"
            raise Faulty([PackError(f"{code}.toml", "", reason)]) from error
    return Draft(code, place.code, dated)


def _code_of(text: str) -> str:
    """The pack's own name: where it would lie, and who it is. Raises Faulty."""
    name = "upload.toml"
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise Faulty([PackError(name, "", f"larger than {LARGEST // 1024} KB, this is no pack")])
    try:
        meta = source.read(text, file=name).get("meta")
    except PackError as error:
        raise Faulty([error]) from error
    code = meta.get("code") if isinstance(meta, dict) else None
    if not isinstance(code, str) or not code.isascii() or not code.isidentifier() or len(code) > 40:
        raise Faulty([PackError(name, "meta.code", "names the pack: lower-case letters, digits and _")])
    return code


def _own_name(code: str, place: str, folder: Path) -> None:
    """A place's rules go by one name: its own, and no other place's. Raises PackError."""
    names = dict(
        PolicyVersion.objects.order_by("jurisdiction_id", "id").values_list("pack_code", "jurisdiction__code")
    )
    mine = {name for name, owner in names.items() if owner == place}
    installed = folder / f"{code}.toml"
    if code not in names and installed.is_file():
        meta = source.read(installed.read_text("utf-8"), file=installed.name).get("meta", {})
        names[code] = (meta.get("jurisdiction") or {}).get("code", "") if isinstance(meta, dict) else ""
    if names.get(code, place) != place or (mine and code not in mine):
        known = ", ".join(sorted(mine)) or "-"
        raise PackError(f"{code}.toml", "meta.code", f"is not the name of this place's pack ({known})")


@contextmanager
def _beside_the_others(code: str, text: str, folder: Path) -> Iterator[Path]:
    """A copy of the packs' folder in which the text stands in the place of its file."""
    with tempfile.TemporaryDirectory() as name:
        at = Path(name) / "packs"
        shutil.copytree(folder, at, ignore=shutil.ignore_patterns("__pycache__"))
        (at / f"{code}.toml").write_text(text, "utf-8")
        yield at


def propose(
    text: str,
    *,
    on: date,
    reason: str,
    actor: Actor,
    at: datetime,
    folder: Path = loader.FOLDER,
) -> Proposal:
    """Enter a proposal. Raises Refused, Faulty; then there is none."""
    if on < actor.day:
        raise Refused("day_passed", day=on)
    draft = read(text, on=on, folder=folder)
    with transaction.atomic():
        place = Jurisdiction.objects.filter(code=draft.place).first()
        if place is None or actor.user is None or not holds(actor, place, PROPOSES):
            raise Refused("not_yours_to_propose")
        base = in_force(draft.place, on)
        changed = [one for one in draft.dated if not _stands(draft.place, one)]
        if not changed:
            raise Refused("no_change", day=on)
        try:
            for one in changed:
                refuse_return(one, file=f"{draft.code}.toml")
        except PackError as error:
            raise Faulty([error]) from error
        return Proposal.objects.create(
            jurisdiction=place,
            pack_code=draft.code,
            version=draft.pack.meta.version,
            effective_from=on,
            base=base,
            text=text,
            documents=[
                {"from": one.day.isoformat(), "sha256": one.sha256, "document": one.document}
                for one in draft.dated
            ],
            reason=reason,
            proposed_by=actor.user,
            proposed_at=at,
        )


def _stands(place: str, dated: Dated) -> bool:
    current = in_force(place, dated.day)
    return current is not None and current.sha256 == dated.sha256


def replaced_plans(proposal: Proposal) -> list[PolicyVersion]:
    """Versions planned for later days which the proposal would replace as well (PolicyVersion.in_force)."""
    later = PolicyVersion.objects.filter(
        jurisdiction=proposal.jurisdiction, effective_from__gt=proposal.effective_from
    ).order_by("effective_from", "id")
    mine = {one["sha256"] for one in proposal.documents}
    return [
        row
        for row in later
        if row.sha256 not in mine and in_force(proposal.jurisdiction.code, row.effective_from) == row
    ]


def approve(proposal: Proposal, *, actor: Actor, at: datetime, reason: str = "") -> list[PolicyVersion]:
    """Put it in force from its day: the very documents that were shown. Returns the new versions. Raises Refused."""
    with _deciding(proposal, actor, DECIDES):
        if proposal.effective_from < actor.day:
            raise Refused("day_passed", day=proposal.effective_from)
        base = in_force(proposal.jurisdiction.code, proposal.effective_from)
        if (base and base.pk) != proposal.base_id:
            raise Refused("overtaken", day=proposal.effective_from, version=base.version if base else "—")
        _decide(proposal, "approved", actor, at=at, reason=reason)
        dated = [
            Dated(date.fromisoformat(one["from"]), one["document"], Pack.model_validate(one["document"]))
            for one in proposal.documents
        ]
        for version in reversed(dated):
            # What an office is called before the day stays; who is new must be there to be given posts.
            write_offices(version.pack, proposal.jurisdiction, only_new=version.day > actor.day)
        return put_in_force(
            dated, proposal.jurisdiction, file=f"{proposal.pack_code}.toml", proposal=proposal
        )


def refuse(proposal: Proposal, *, actor: Actor, at: datetime, reason: str) -> ProposalDecision:
    """The version in force stays in force. Raises Refused."""
    with _deciding(proposal, actor, DECIDES):
        if not reason.strip():
            raise Refused("reason_needed")
        return _decide(proposal, "refused", actor, at=at, reason=reason)


def withdraw(proposal: Proposal, *, actor: Actor, at: datetime, reason: str = "") -> ProposalDecision:
    """By the one who proposed it. Raises Refused."""
    with _deciding(proposal, actor, ()):
        return _decide(proposal, "withdrawn", actor, at=at, reason=reason)


def keep_offices(*, today: date) -> int:
    """Offices take the names the versions in force give them, on the day they do. Returns how many changed."""
    changed = 0
    for place in Jurisdiction.objects.order_by("pk"):
        version = in_force(place.code, today)
        if version is None:
            continue
        rows = {row.code: row for row in Office.objects.filter(jurisdiction=place)}
        stale = [
            code
            for code in version.pack.offices
            if code not in rows or office_values(version.pack, code) != _values(rows[code])
        ]
        if stale:
            write_offices(version.pack, place)
            changed += len(stale)
    return changed


def _values(row: Office) -> dict[str, str]:
    return {name: getattr(row, name) for name in OFFICE_COLUMNS}


def objection(proposal: Proposal, actor: Actor) -> Refused | None:
    """Why this actor cannot approve or refuse the proposal, if anything; the same reasons as when he tries."""
    try:
        _may_decide(proposal, actor, DECIDES)
    except Refused as refused:
        return refused
    return None


@contextmanager
def _deciding(proposal: Proposal, actor: Actor, wanted: tuple[roles.Role, ...]) -> Iterator[None]:
    """One decision of a place at a time: two approvers wait for each other here, and the second reads what the first did."""
    with transaction.atomic():
        Jurisdiction.objects.select_for_update().get(pk=proposal.jurisdiction_id)
        _may_decide(proposal, actor, wanted)
        yield


def _may_decide(proposal: Proposal, actor: Actor, wanted: tuple[roles.Role, ...]) -> None:
    own = actor.user_id == proposal.proposed_by_id
    if wanted and not holds(actor, proposal.jurisdiction, wanted):
        raise Refused("own_proposal" if own else "not_yours_to_decide")
    if wanted and own:
        raise Refused("own_proposal")
    if not wanted and not own:
        raise Refused("not_the_proposer")
    made = ProposalDecision.objects.select_related("by").filter(proposal=proposal).first()
    if made is not None:
        raise _already(made)


def _already(made: ProposalDecision) -> Refused:
    return Refused(
        "decided_already",
        who=made.by,
        when=made.at.astimezone(timezone.get_default_timezone()).strftime("%Y-%m-%d %H:%M"),
        what=ProposalDecision.Outcome(made.outcome).label,
    )


def _decide(proposal: Proposal, outcome: str, actor: Actor, *, at: datetime, reason: str) -> ProposalDecision:
    assert actor.user is not None, "_may_decide lets in people only"
    try:
        with transaction.atomic():
            return ProposalDecision.objects.create(
                proposal=proposal,
                outcome=outcome,
                proposer_id=proposal.proposed_by_id,
                by=actor.user,
                reason=reason.strip()[:500],
                at=at,
            )
    except IntegrityError:  # the constraint is the last word, should ever somebody come past the lock
        raise _already(ProposalDecision.objects.select_related("by").get(proposal=proposal)) from None
