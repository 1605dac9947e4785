"""Why a pack is refused, in the reader's language. The checks speak English, the language of the files; what has no
sentence here is shown as they say it.
"""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.policies.loader import PackError

SENTENCES: tuple[tuple[str, str | Promise], ...] = (
    (r"Extra inputs are not permitted", _("没有这个键，请检查拼写。")),
    (r"Field required", _("缺少必须填写的内容。")),
    (r"(.+) = (\d+) (\w+) exceeds the (\d+) (\w+) of (.+)", _("合计 %(2)s，超过了 %(6)s 规定的上限 %(4)s。")),
    (
        r"two entries for the same thing are in force on the same day",
        _("同一内容在同一天有两条规定同时有效。"),
    ),
    (r"two versions are in force on (.+)", _("在 %(1)s 有两个版本同时有效。")),
    (r"ends before it starts", _("失效日早于施行日。")),
    (r"must be a date such as (.+)", _("须为日期，例如 %(1)s。")),
    (r"there is no pack named (.+)", _("没有名为 %(1)s 的规则包。")),
    (r"there is no matter (.+)", _("没有事项 %(1)s。")),
    (r"there is no such matter", _("没有这个事项。")),
    (r"there is no material (.+)", _("没有材料 %(1)s。")),
    (r"there is no office (.+)", _("没有主管部门 %(1)s。")),
    (r"there is no category (.+)", _("没有类别 %(1)s。")),
    (r"there is no sub-matter (.+)", _("没有办理情形 %(1)s。")),
    (r"there are no remedies named (.+)", _("没有救济条款 %(1)s。")),
    (r"(.+) has no sub-matter (.+)", _("事项 %(1)s 没有办理情形 %(2)s。")),
    (r"(.+) has no category (.+)", _("事项 %(1)s 没有类别 %(2)s。")),
    (
        r"no competent office for category (.+), city (.+)",
        _("类别 %(1)s、市州 %(2)s 没有主管部门，这样的申请无人办理。"),
    ),
    (
        r"(\d+) different people need as many hands, not (\d+)",
        _("要求 %(1)s 名不同人员，但只分了 %(2)s 组环节。"),
    ),
    (r"stage (.+) is not among the stages (.+)", _("环节 %(1)s 不在办理环节 %(2)s 之中。")),
    (
        r"each hand holds at least one stage, and no stage is in two hands",
        _("每组至少有一个环节，一个环节只能在一组里。"),
    ),
    (r"the matters wait for each other in a circle", _("各事项互相等待，形成循环。")),
    (
        r"an authority's limit is in working days .*",
        _("行政机关的期限以工作日计算（行政许可法第八十二条）。"),
    ),
    (r"a published figure needs its amount", _("公布的数字须写明长度。")),
    (r"unknown placeholder (.+)", _("不认识的占位符 %(1)s。")),
    (r"asks for (.+), which is no question of the pack", _("条件引用了 %(1)s，但没有这个问题。")),
    (r"(.+) is no answer to (.+)", _("%(1)s 不是问题 %(2)s 的选项。")),
    (r"a choice needs options", _("选择题须有选项。")),
    (r"(.+) is used twice, numbers would collide", _("%(1)s 用了两次，文号会重复。")),
    (r"give either value or by", _("value 和 by 只能填写一个。")),
    (r"a pack cannot inherit from itself", _("规则包不能继承自己。")),
    (r"only a base pack may set what the law allows at most", _("法定上限只能写在全国规则里。")),
    (r"a base pack rules no place and cannot be published", _("全国规则不直接适用于任何地区，不能发布。")),
    (r"a pack that is no base must .*", _("地区规则包须写明所继承的全国规则和所适用的地区。")),
    (r"drop: nothing of this name is inherited", _("没有可以删除的继承内容。")),
    (r"this very text is already published .*", _("完全相同的内容以前发布过，请使用新的版本号。")),
    (r"larger than (\d+) KB, this is no pack", _("文件超过 %(1)s KB，不是规则包。")),
    (r"nested too deeply", _("嵌套过深，无法读取。")),
    (r"is not the name of this place's pack \((.+)\)", _("不是本地区规则包的名称（%(1)s）。")),
    (r"must be a list of tables", _("须为若干个表（[[…]]）。")),
    (r"must be a table", _("须为一个表（[…]）。")),
    (r"holds a character that cannot be stored", _("含有无法保存的字符，请删除后重新输入。")),
    (r"is no number a pack can hold", _("数字过大或者不是数字，无法保存。")),
    (r"this section lies in (.+)", _("这一部分写在 %(1)s 中，不能在这里重复。")),
    (r"changes on (\d+) days, more than (\d+)", _("有 %(1)s 个变化的日期，超过 %(2)s 个。")),
    (r"an entry has not the shape it should have \((.+)\)", _("有一项的写法不对：%(1)s。")),
    (r"names a pack: .*", _("须写明规则包的代码：小写字母、数字和下划线。")),
    (r"names the pack: .*", _("须写明规则包的代码：小写字母、数字和下划线。")),
    (r"String should match pattern (.+)", _("写法不符合要求：%(1)s。")),
    (r"Input should be (.+)", _("应当是：%(1)s。")),
    (r"String should have at least 1 character", _("不能为空。")),
    (r"no matter of this name is installed", _("系统没有安装这个事项。")),
    (r"(.+) \(at line (\d+), column (\d+)\)", _("第 %(2)s 行第 %(3)s 列不符合 TOML 格式：%(1)s。")),
)


def in_words(fault: PackError) -> str:
    """The reason for the reader. English readers get the check's own words."""
    if (get_language() or "").startswith("en"):
        return fault.reason
    for pattern, sentence in SENTENCES:
        match = re.fullmatch(pattern, fault.reason, re.DOTALL)
        if match:
            return str(sentence) % {str(n): text for n, text in enumerate(match.groups(), 1)}
    return fault.reason
