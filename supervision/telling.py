"""What a draw says of itself, to the host, to a room with witnesses and to the public: the same steps in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from foreignwork.rulebook.words import listed, sentences

from . import policy
from .ceremony import agreed
from .entropy import entropy_text
from .forms_draw import NAMES
from .frozen import sources_of
from .models import Draw, DrawnObject, EntropyEntry, Kind, Substitution

UNASSIGNED = {
    "nobody-fits": _("负责该地区且无须回避的检查人员不足两名"),
    "no-skill": _("没有具备所需专长的检查人员可以主检"),
    "cap-reached": _("检查人员承担的任务已达上限"),
}
STATES = {
    "preparing": ("work", _("正在冻结名录")),
    "committed": ("info", _("已公布承诺，等待随机数")),
    "published": ("ok", _("已公布结果")),
    "cancelled": ("shut", _("已撤销")),
}
TROUBLE = {
    "tampered": _("冻结的内容与公布的承诺不一致，系统拒绝抽取。请立即报告。"),
    "step-1": _("计划不符合抽取规范，未能冻结名录。"),
    "step-2": _("名录不符合抽取规范，未能冻结名录。"),
    "step-4": _("公开随机来源不符合要求，未能冻结名录。"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One step as a page shows it: ``status`` is done, now or next."""

    title: str
    status: str
    text: str = ""
    code: str = ""


class Told:
    """A draw in words. ``own`` gives the names of strata and reasons."""

    def __init__(self, draw: Draw, own: policy.Own) -> None:
        self.draw, self.own = draw, own
        self.state = draw.state
        self.kind, self.state_label = STATES[self.state]

    @property
    def trouble(self) -> str:
        return str(TROUBLE.get(self.draw.trouble, self.draw.trouble))

    @cached_property
    def doc(self) -> dict[str, Any]:
        return dict(self.draw.commitment.doc) if self.draw.has("commitment") else {}

    @property
    def object_kind(self) -> str:
        return str(Kind(self.draw.part.kind).label)

    @cached_property
    def sources(self) -> list[tuple[str, str]]:
        """(event, how many or which issue)."""
        found = []
        for source in self.draw.sources:
            words = [gettext("%(count)s 个") % {"count": source["count"]}] if source.get("count") else []
            if source.get("issue"):
                words.append(gettext("第 %(issue)s 期") % {"issue": source["issue"]})
            found.append((str(NAMES.get(source["src"], source["src"])), listed(words)))
        return found

    @cached_property
    def entries(self) -> list[EntropyEntry]:
        if not self.draw.has("commitment"):
            return []
        rows = EntropyEntry.objects.filter(commitment=self.draw.commitment).select_related("user")
        return list(rows.order_by("attempt", "pk"))

    @cached_property
    def values(self) -> list[list[int]] | None:
        return agreed(self.draw)

    @property
    def entropy(self) -> str:
        return entropy_text(sources_of(self.draw), self.values) if self.values else ""

    @property
    def spoilt(self) -> list[int]:
        """Attempts whose two entries differed."""
        last = self.entries[-1].attempt if self.entries else 0
        return [n for n in range(1, last + 1) if n < last or (self._full(n) and self.values is None)]

    def _full(self, attempt: int) -> bool:
        return sum(row.attempt == attempt for row in self.entries) == 2

    @property
    def typed(self) -> int:
        """How many entries the current attempt has; two that differ begin the next."""
        if not self.entries:
            return 0
        last = self.entries[-1].attempt
        return 0 if self._full(last) and self.values is None else sum(r.attempt == last for r in self.entries)

    @cached_property
    def strata(self) -> list[tuple[str, int]]:
        names = self.own.strata
        return [
            (names[code].name.pick(get_language()) if code in names else code, n)
            for code, n in self._in_order(self.draw.result.sizes if self.draw.has("result") else {})
        ]

    def _in_order(self, sizes: dict[str, int]) -> list[tuple[str, int]]:
        """As the pack lists the levels of risk: JSON columns keep no order."""
        known = list(self.own.strata)
        return sorted(sizes.items(), key=lambda row: known.index(row[0]) if row[0] in known else len(known))

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """The first hundred drawn, in order: organisations by name, people under the pseudonym."""
        rows = DrawnObject.objects.filter(draw=self.draw).select_related(
            "subject__organisation", "inspection"
        )
        names = self.own.strata
        return [
            {
                "place": row.place,
                "ref": row.ref,
                "name": row.subject.organisation.name if row.subject.organisation else "",
                "stratum": names[row.stratum].name.pick(get_language())
                if row.stratum in names
                else row.stratum,
                "team": listed(one for one in (row.lead, row.second) if one),
                "unassigned": UNASSIGNED.get(row.unassigned, ""),
                "inspection": row.inspection,
                "row": row,
            }
            for row in rows.order_by("place")[:100]
        ]

    @property
    def left_over(self) -> int:
        """How many drawn objects nobody could be sent to."""
        return self.draw.result.unassignable if self.draw.has("result") else 0

    @cached_property
    def substitutions(self) -> list[dict[str, Any]]:
        words = {
            code: entry.text.pick(get_language()) for code, entry in self.own.reasons["substitution"].items()
        }
        return [
            {**row.public, "why": words.get(row.reason, row.reason), "at": row.at}
            for row in Substitution.objects.filter(draw=self.draw).order_by("seq")
        ]

    @property
    def why_cancelled(self) -> str:
        entry = self.own.reasons.get("cancelled", {}).get(self.draw.cancellation.reason)
        return entry.text.pick(get_language()) if entry else str(self.draw.cancellation.reason)

    @cached_property
    def acts(self) -> list[Act]:
        """The ceremony, step by step."""
        done = {
            "commit": self.draw.has("commitment"),
            "typed": self.values is not None,
            "result": self.draw.has("result"),
        }
        steps = [
            (gettext("冻结名录，公布承诺"), done["commit"], self._committed(), self._hash()),
            (gettext("公开产生随机数，两人独立录入"), done["typed"], self._numbers(), self.entropy),
            (
                gettext("公布一次性密码"),
                done["result"],
                "",
                self.draw.result.reveal if done["result"] else "",
            ),
            (gettext("计算并公布结果"), done["result"], self._result(), ""),
        ]
        found, ahead = [], self.draw.has("cancellation")
        for title, is_done, text, code in steps:
            status = "done" if is_done else "next" if ahead else "now"
            ahead = ahead or not is_done
            found.append(Act(title, status, text, code))
        return found

    def _committed(self) -> str:
        if not self.doc:
            return ""
        return gettext("检查对象 %(objects)s 个，检查人员 %(people)s 名；此后任何人不能更改名录。") % {
            "objects": self.doc["objects"]["n"],
            "people": self.doc["inspectors"]["n"],
        }

    def _hash(self) -> str:
        return str(self.draw.commitment.hash) if self.doc else ""

    def _numbers(self) -> str:
        if self.values is not None:
            return gettext("两人录入一致。")
        said = []
        if self.typed:
            said.append(gettext("已有 %(n)s 人录入，还须另一人独立录入。") % {"n": self.typed})
        if self.spoilt:
            said.append(gettext("此前有 %(n)s 轮录入不一致，已作废并留存。") % {"n": len(self.spoilt)})
        return sentences(said)

    def _result(self) -> str:
        if not self.draw.has("result"):
            return ""
        result = self.draw.result
        said = [gettext("抽取 %(n)s 个对象。") % {"n": result.selected}]
        if result.unassignable:
            said.append(
                gettext("其中 %(n)s 个没有合适的检查人员，逐一列明原因。") % {"n": result.unassignable}
            )
        return sentences(said)
