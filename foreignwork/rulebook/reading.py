"""A pack as the people read it who answer for it: every entry of every section in words, what is not certain first.

Nothing is left out: what has no word of its own here is shown under its name in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.policies.pack import Pack
from foreignwork.policies.schema import ANY, BUNDLE, Limit, Shape, Text

from . import words

SECTIONS: dict[str, str | Promise] = {
    "meta": pgettext_lazy("section", "规则包"),
    "matters": pgettext_lazy("section", "事项"),
    "limits": pgettext_lazy("section", "时限"),
    "caps": pgettext_lazy("section", "法定上限"),
    "offices": pgettext_lazy("section", "主管部门"),
    "routing": pgettext_lazy("section", "由谁办理"),
    "delegations": pgettext_lazy("section", "授权和委托"),
    "materials": pgettext_lazy("section", "材料"),
    "waivers": pgettext_lazy("section", "免交"),
    "gaps": pgettext_lazy("section", "容缺受理"),
    "values": pgettext_lazy("section", "数值"),
    "questions": pgettext_lazy("section", "申请时的问题"),
    "remedies": pgettext_lazy("section", "法律救济"),
    "supplement_reasons": pgettext_lazy("section", "补正的原因"),
    "end_reasons": pgettext_lazy("section", "终止的原因"),
    "referrals": pgettext_lazy("section", "移送"),
    "notices": pgettext_lazy("section", "文书"),
    "catalogues": pgettext_lazy("section", "清单"),
    "windows": pgettext_lazy("section", "服务窗口"),
    "processing": pgettext_lazy("section", "个人信息的告知和同意"),
    "delivery": pgettext_lazy("section", "领取方式"),
    "instant": pgettext_lazy("section", "即来即办"),
    "guide": pgettext_lazy("section", "办事指南"),
    "classification": pgettext_lazy("section", "分类标准"),
    "laws": pgettext_lazy("section", "法律依据"),
    "conflicts": pgettext_lazy("section", "来源之间的出入"),
    "texts": pgettext_lazy("section", "提示语"),
}
FIELDS: dict[str, str | Promise] = {
    "name": _("名称"),
    "zh": _("中文"),
    "en": _("英文"),
    "code": _("代码"),
    "version": _("版本"),
    "jurisdiction": _("地区"),
    "hotline": _("咨询投诉电话"),
    "department": _("部门"),
    "level": _("行使层级"),
    "phone": _("电话"),
    "address": _("地址"),
    "short": _("文号简称"),
    "seal": _("印章"),
    "special_seal": _("专用章"),
    "government": _("复议机关"),
    "court": _("管辖法院"),
    "reconsideration_online": _("网上复议渠道"),
    "order": _("顺序"),
    "required": pgettext_lazy("field", "必选"),
    "required_when": _("在什么情形下必选"),
    "categories": _("类别"),
    "sub_matters": _("办理情形"),
    "gates": _("前置事项"),
    "needs": _("须先取得"),
    "at": _("到哪一步之前"),
    "stages": _("办理环节"),
    "stage_names": _("环节名称"),
    "hands": _("须由不同人员办理的环节"),
    "distinct_people": _("最少人数"),
    "conditions": _("受理条件"),
    "decline_reasons": _("不予受理的理由"),
    "refusal_reasons": _("不予办理的理由"),
    "office_grounds": _("依职权办理的理由"),
    "pauses": _("不计入期限的程序"),
    "basis": _("依据"),
    "matter": _("事项"),
    "matters": _("事项"),
    "kind": _("种类"),
    "sub_matter": _("办理情形"),
    "category": _("类别"),
    "amount": _("长度"),
    "unit": _("单位"),
    "starts": _("起算"),
    "published_limit": _("仅为公布的数字"),
    "uncertain": _("待确认"),
    "uncertain_for": _("待确认的部分"),
    "note": _("说明"),
    "from": _("施行日"),
    "to": _("失效日"),
    "kinds": _("种类"),
    "extension": _("可以延长"),
    "extension_by": _("由谁批准延长"),
    "city": _("市州"),
    "office": _("办理部门"),
    "received_by": _("受委托接收"),
    "source": _("来源"),
    "form": _("形式"),
    "copies": _("份数"),
    "spec": _("规格"),
    "hint": _("填报须知"),
    "used_by": _("用于"),
    "called": _("其他名称"),
    "when": _("条件"),
    "valid_months": _("几个月内出具"),
    "sensitive": _("敏感信息"),
    "scope": _("属于谁"),
    "waives": _("免交的材料"),
    "reason": _("理由"),
    "evidence": _("凭什么免交"),
    "value": _("数值"),
    "by": _("分类数值"),
    "final": _("终局"),
    "of": _("针对"),
    "title": _("标题"),
    "series": _("文号"),
    "remedies": _("救济"),
    "options": _("选项"),
    "options_from": _("选项来自"),
    "type": _("类型"),
    "asked": _("是否提问"),
    "default": _("默认"),
    "help": _("说明"),
    "locked": _("固定"),
    "hours": _("办公时间"),
    "offered": _("是否提供"),
    "applicants": _("服务对象"),
    "case_kind": _("办件类型"),
    "on_site_reason": _("需要到场的原因"),
    "effects": _("联办效能"),
    "before": _("原来"),
    "after": _("现在"),
    "authority": _("接收机关"),
    "about": _("针对已有的证件"),
    "origin": _("由谁发起"),
    "base": _("仅供继承"),
    "cites": _("出处"),
}
ENUMS: dict[str, Mapping[str, Any]] = {
    "kind": words.KINDS,
    "kinds": words.KINDS,
    "basis": words.BASES,
    "starts": words.STARTS,
    "stages": words.STAGES,
    "hands": words.STAGES,
    "source": words.SOURCES,
    "form": words.FORMS,
    "unit": {"wd": _("工作日"), "days": _("日"), "months": _("个月"), "years": _("年")},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: ``rows`` are (what, value). ``key``: where it stands in the file."""

    key: str
    title: str
    rows: list[tuple[str, str]]
    cites: str
    uncertain: bool

    @property
    def anchor(self) -> str:
        return "e-" + "".join(char if char.isalnum() and char.isascii() else "-" for char in self.key)


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    label: str
    entries: list[Entry] = field(default_factory=list)


def sections(pack: Pack) -> list[Section]:
    """All sections that say something, in the order people ask for them."""
    names = [*SECTIONS, *(name for name in type(pack).model_fields if name not in SECTIONS)]
    found = []
    for name in names:
        node = getattr(pack, name, None)
        entries = list(_entries(pack, name, node)) if node else []
        if entries:
            found.append(Section(name, section_label(name), entries))
    return found


def open_points(found: Iterable[Section]) -> list[tuple[Section, Entry]]:
    """What the sources do not say, for the legal office to confirm."""
    return [(section, entry) for section in found for entry in section.entries if entry.uncertain]


def section_label(name: str) -> str:
    return str(SECTIONS.get(name, name))


def field_label(name: str) -> str:
    return str(FIELDS.get(name.rstrip("_"), name))


def _entries(pack: Pack, name: str, node: Any) -> Iterator[Entry]:
    if isinstance(node, Mapping):
        for code, entry in node.items():
            yield _entry(pack, f"{name}.{code}", title_of(pack, name, code, entry), entry)
    elif isinstance(node, tuple):
        for number, entry in enumerate(node):
            label = entry.label if isinstance(entry, Limit) else str(number + 1)
            yield _entry(pack, f"{name}[{label}]", title_of(pack, name, label, entry), entry)
    else:
        yield _entry(pack, name, section_label(name), node)


def _entry(pack: Pack, key: str, title: str, node: Any) -> Entry:
    rows = list(_rows(pack, node, ()))
    cites = "；".join(dict.fromkeys(_cites(node)))
    return Entry(key, title, rows, cites, _uncertain(node))


def title_of(pack: Pack, section: str, code: str, entry: Any) -> str:
    """What people call the entry; its code when it has no name."""
    if section in ("limits", "caps", "routing"):
        return (
            place_title(
                pack,
                {
                    name: getattr(entry, name, None)
                    for name in (
                        "matter",
                        "kind",
                        "basis",
                        "sub_matter",
                        "category",
                        "city",
                        "published_limit",
                    )
                },
            )
            or code
        )
    if isinstance(entry, Text) or section == "remedies":
        return code
    for name in ("name", "title", "text"):
        text = getattr(entry, name, None)
        if isinstance(text, Text):
            return words.picked(text)
    if section == "waivers":
        return f"{code} {words.picked(entry.reason)}"
    return code


def place_title(pack: Pack, entry: Mapping[str, Any]) -> str:
    """A limit, a cap or a route by what it is for: 外国人来华工作许可 · 作出决定 · 法定 · A类."""
    matter, sub = str(entry.get("matter") or ""), str(entry.get("sub_matter") or "")
    kinds = entry.get("kind")
    parts = [
        matter_name(pack, matter),
        words.word(words.KINDS, kinds) if kinds else "",
        words.word(words.BASES, entry.get("basis")),
        words.picked(pack.matters[matter].sub_matters[sub].name)
        if matter in pack.matters and sub in pack.matters[matter].sub_matters
        else sub,
        words.category(pack, str(entry["category"])) if entry.get("category") else "",
        words.answer(pack, "city", entry["city"]) if entry.get("city") else "",
        gettext("公布的数字") if entry.get("published_limit") else "",
    ]
    return " · ".join(str(part) for part in parts if part)


def matter_name(pack: Pack, code: str | None) -> str:
    if code == BUNDLE:
        return gettext("整个联办件")
    if code == ANY:
        return gettext("所有事项")
    return words.picked(pack.matters[code].name) if code and code in pack.matters else str(code or "")


def _rows(pack: Pack, node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every value below ``node`` with the names that lead to it; what is empty or a plain no is not worth a line."""
    if node is None or node is False or node in ("", ()) or (isinstance(node, Mapping) and not node):
        return
    if isinstance(node, Text):
        yield _label(path), words.picked(node)
    elif isinstance(node, Shape):
        for name, info in type(node).model_fields.items():
            shown = info.alias or name
            if shown in ("cites", "uncertain"):
                continue
            yield from _rows(pack, getattr(node, name), (*path, shown))
    elif isinstance(node, Mapping):
        if path and path[-1] in ("when", "required_when"):
            yield _label(path), words.listed(words.condition(pack, node))
            return
        for name, entry in node.items():
            yield from _rows(pack, entry, (*path, str(name)))
    elif isinstance(node, tuple) and node and isinstance(node[0], Shape):
        for number, entry in enumerate(node):
            yield from _rows(pack, entry, (*path, str(number + 1)))
    else:
        yield _label(path), value_words(pack, path[-1] if path else "", node)


def _label(path: tuple[str, ...]) -> str:
    return " · ".join(field_label(name) for name in path) or field_label("value")


def value_words(pack: Pack, name: str, value: Any) -> str:
    """One value in words: yes and no, codes of matters, offices, materials and stages by their names."""
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, tuple | list):
        joint = " + " if name == "hands" else None
        parts = [value_words(pack, name, one) for one in value]
        return (
            joint.join(parts)
            if joint and not any(isinstance(one, tuple | list) for one in value)
            else words.listed(parts)
        )
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    known = ENUMS.get(name, {})
    if text in known:
        return str(known[text])
    if name in ("matter", "matters", "used_by", "needs") and (text in pack.matters or text in (BUNDLE, ANY)):
        return matter_name(pack, text)
    if name in ("office", "received_by") and text in pack.offices:
        return words.picked(pack.offices[text].name)
    if name in ("waives", "evidence") and text in pack.materials:
        return words.picked(pack.materials[text].name)
    if name == "category":
        return words.category(pack, text)
    return text


def _cites(node: Any) -> Iterator[str]:
    if isinstance(node, Shape):
        for name in type(node).model_fields:
            if name == "cites":
                yield from getattr(node, name)
            else:
                yield from _cites(getattr(node, name))
    elif isinstance(node, Mapping):
        for entry in node.values():
            yield from _cites(entry)
    elif isinstance(node, tuple):
        for entry in node:
            yield from _cites(entry)


def _uncertain(node: Any) -> bool:
    if isinstance(node, Shape):
        if getattr(node, "uncertain", False) is True or getattr(node, "uncertain_for", None):
            return True
        return any(_uncertain(getattr(node, name)) for name in type(node).model_fields)
    if isinstance(node, Mapping):
        return any(_uncertain(entry) for entry in node.values())
    if isinstance(node, tuple):
        return any(_uncertain(entry) for entry in node)
    return False
