"""分类建议 on the case page: a finding in words. It names no sealed fact: neither the salary nor the points it scores."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.category import ClassFinding, Standing

LOOKS: dict[Standing, tuple[str, str | Promise]] = {
    "supported": ("ok", _("有依据")),
    "open": ("info", _("待核对")),
    "doubtful": ("warn", _("有疑点")),
}


@dataclass(frozen=True, slots=True)
class ClassView:
    """``ways``: (route, its proof) of the class claimed."""

    kind: str
    words: str | Promise
    sentences: list[str]
    ways: list[tuple[str, list[str]]]


def class_view(found: ClassFinding, language: str | None) -> ClassView:
    evidence = found.advice.standard.evidence
    kind, words = LOOKS[found.standing]
    return ClassView(
        kind,
        words,
        list(_sentences(found, language)),
        [
            (route.text.pick(language), [evidence[name].text.pick(language) for name in route.evidence])
            for route in (*found.routes, *found.others)
        ],
    )


def _sentences(found: ClassFinding, language: str | None) -> list[str]:
    name = found.name.pick(language)
    if found.standing == "doubtful":
        needs = "；".join(text.pick(language) for text in found.contrary)
        said = [
            gettext("档案中的事实与所申请的%(class)s的条件不一致：%(needs)s。")
            % {"class": name, "needs": needs}
        ]
    elif found.standing == "supported":
        routes = "；".join(route.text.pick(language) for route in found.routes)
        said = [
            gettext("按档案中的事实，可以支持所申请的%(class)s：%(routes)s。")
            % {"class": name, "routes": routes}
        ]
    else:
        said = [
            gettext("仅凭档案中的事实不能判断是否符合所申请的%(class)s，请按申请人主张的途径核对证明。")
            % {"class": name}
        ]
    if found.higher:
        above = found.advice.standard.classes[found.higher].text.pick(language)
        said.append(gettext("按档案中的事实，可能符合更高的%(class)s。") % {"class": above})
    return said
