"""The result of a trial in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foreignwork.policies.pack import Pack
from foreignwork.rulebook import words
from foreignwork.rulebook.models import Trial, TrialCase

from .packs import own_places
from .seat import Seat

PAGE = 50
COUNTS: dict[str, tuple[str | Promise, str]] = {
    "changed": (pgettext_lazy("trial", "会有不同的办件"), ""),
    "overdue": (pgettext_lazy("trial", "会变成超期"), "bad"),
    "in_time": (pgettext_lazy("trial", "会变成未超期"), ""),
    "earlier": (pgettext_lazy("trial", "到期日提前"), "warn"),
    "later": (pgettext_lazy("trial", "到期日推后"), ""),
    "limit_new": (pgettext_lazy("trial", "新增时限"), ""),
    "limit_gone": (pgettext_lazy("trial", "不再有时限"), ""),
    "office": (pgettext_lazy("trial", "办理部门改变"), "warn"),
    "sub_matter": (pgettext_lazy("trial", "办理情形改变"), ""),
    "material_added": (pgettext_lazy("trial", "要多交材料"), "warn"),
    "material_dropped": (pgettext_lazy("trial", "可以少交材料"), ""),
    "matter_gone": (pgettext_lazy("trial", "不再办理该事项"), "bad"),
}
COLUMNS = (gettext_lazy("办件"), gettext_lazy("会有什么不同"))


@dataclass(frozen=True, slots=True)
class Row:
    entry: TrialCase
    pack: Pack
    mine: bool

    @property
    def cells(self) -> list[Any]:
        case = self.entry.case
        href = reverse("desk:case", args=[case.number]) if self.mine else ""
        told = "；".join(self.told) if not words.english() else "; ".join(self.told)
        return [{"text": case.number, "href": href, "sub": str(case.matter_entry.label)}, told]

    @property
    def mark(self) -> str:
        return "overdue" if self.entry.overdue else ""

    @property
    def told(self) -> list[str]:
        return [
            sentence(change, self.pack, self.entry.case.policy_version.pack) for change in self.entry.changes
        ]


def trials_for(seat: Seat) -> Any:
    """Trials of his own places, newest first."""
    return (
        Trial.objects.filter(jurisdiction__in=own_places(seat))
        .select_related("version", "proposal", "jurisdiction", "asked_by")
        .defer("version__document", "proposal__text", "proposal__documents")
        .order_by("-pk")
    )


def figures(trial: Trial) -> list[dict[str, Any]]:
    """The counts as the component ``counters`` takes them: those that are not nothing."""
    return [
        {"label": label, "count": trial.counts[name], "kind": kind if trial.counts[name] else ""}
        for name, (label, kind) in COUNTS.items()
        if trial.counts.get(name)
    ]


def page(trial: Trial, seat: Seat, after: str) -> tuple[list[Row], str]:
    """Fifty rows, those that would be overdue first; and the cursor of the next page."""
    rows = trial.cases.select_related("case__policy_version").defer("case__policy_version__document")
    flag, _dot, number = after.partition(".")
    if flag in ("0", "1") and number.isdecimal() and len(number) < 19:
        pk = int(number)
        rows = (
            rows.filter(overdue=False, pk__gt=pk)
            if flag == "0"
            else (rows.filter(overdue=True, pk__gt=pk) | rows.filter(overdue=False))
        )
    found = list(rows.order_by("-overdue", "pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    cursor = f"{int(found[-1].overdue)}.{found[-1].pk}" if more else ""
    pack = trial.source.pack
    return [Row(entry, pack, entry.case.office_id in seat.actor.offices) for entry in found], cursor


def sentence(change: dict[str, Any], new: Pack, old: Pack) -> str:
    """One change in words."""
    what = change["what"]
    if what == "limit":
        return _limit(change)
    if what == "office":
        return _("由%(before)s改为%(after)s办理") % {
            "before": _named(old.offices.get(change["before"]), change["before"]),
            "after": _named(new.offices.get(change["after"]), change["after"]) or _("没有主管部门"),
        }
    if what == "sub_matter":
        return _("办理情形由“%(before)s”改为“%(after)s”") % {
            "before": change["before"] or _("（无）"),
            "after": change["after"] or _("（无）"),
        }
    if what == "material_added":
        return _("多交：%(name)s") % {"name": _named(new.materials.get(change["code"]), change["code"])}
    if what == "material_dropped":
        return _("少交：%(name)s") % {"name": _named(old.materials.get(change["code"]), change["code"])}
    return str(COUNTS.get(what, (what, ""))[0])


def _named(entry: Any, code: str) -> str:
    return words.picked(entry.name) if entry is not None else code


def _limit(change: dict[str, Any]) -> str:
    head = f"{words.word(words.KINDS, change['kind'])}（{words.word(words.BASES, change['basis'])}）"
    if words.english():
        head = (
            f"{words.word(words.KINDS, change['kind'])} ({words.word(words.BASES, change['basis']).lower()})"
        )
    params = {"head": head, "before": change["before"], "after": change["after"]}
    if change["before"] is None:
        said = _("%(head)s：新增，%(after)s 到期") % params
    elif change["after"] is None:
        said = _("%(head)s：不再有时限（原 %(before)s 到期）") % params
    else:
        said = _("%(head)s：%(before)s → %(after)s") % params
    if change.get("overdue"):
        said += " " + _("会超期")
    if change.get("in_time"):
        said += " " + _("不会超期")
    return said
