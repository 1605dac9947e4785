"""How a limit is said: words, a tone and an icon, never colour alone (quality D20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy

from foreignwork.deadlines.models import Deadline
from foreignwork.policies import workdays

Tone = Literal["ok", "half", "near", "over", "none"]

KINDS: dict[str, str | Promise] = {
    "acceptance": pgettext_lazy("limit", "受理"),
    "decision": pgettext_lazy("limit", "作出决定"),
    "delivery": pgettext_lazy("limit", "送达"),
    "supplement": pgettext_lazy("limit", "申请人补正"),
    "handling": pgettext_lazy("limit", "办理"),
    "register": pgettext_lazy("limit", "登记"),
    "apply": pgettext_lazy("limit", "申请人提出申请"),
    "eligible": pgettext_lazy("limit", "具备申报条件"),
    "receipt": pgettext_lazy("limit", "回执有效"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """``left`` counts working days after today up to the due day; negative when it has passed."""

    on: date
    left: int
    tone: Tone
    words: str
    provisional: bool = False


def due(today: date, on: date, started_on: date | None = None, *, provisional: bool = False) -> Due:
    """Green above half of the limit, amber below, red on the last working day, black when it is over."""
    left = workdays.between(today, on)
    if on < today:
        late = max(1, -left)
        words = ngettext("已超期 %(n)s 个工作日", "已超期 %(n)s 个工作日", late) % {"n": late}
        return Due(on, -late, "over", words, provisional)
    if on == today:
        return Due(on, 0, "near", gettext("今天到期"), provisional)
    words = ngettext("还剩 %(n)s 个工作日", "还剩 %(n)s 个工作日", left) % {"n": left}
    whole = workdays.between(started_on, on) if started_on else 0
    tone: Tone = "near" if left <= 1 else "half" if whole and left * 2 <= whole else "ok"
    return Due(on, left, tone, words, provisional)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as the case page shows it; ``due`` only while it runs."""

    row: Deadline
    kind: str | Promise
    basis: str
    due: Due | None


def shown(rows: list[Deadline], today: date) -> list[Limit]:
    """The running ones first, the earliest at the top."""
    found = []
    for row in rows:
        running = row.met_on is None and row.voided_at is None
        left = due(today, row.due_on, row.started_on, provisional=row.provisional) if running else None
        found.append(Limit(row, KINDS.get(row.kind, row.kind), str(Deadline.Basis(row.basis).label), left))
    return sorted(found, key=lambda limit: (limit.due is None, limit.row.due_on, limit.row.pk))
