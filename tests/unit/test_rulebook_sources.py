"""What the sources print of themselves stands in the guide, word for word: the lead body, the kind of case, the effects, the laws."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Organisation
from foreignwork.cases import clock, registry
from foreignwork.demo.cast import Cast
from foreignwork.policies import loader
from foreignwork.policies.materials import personal_list
from tests.stage import AT
from tests.stage import cast as cast

ROW = re.compile(r'<th scope="row">(.*?)</th>(.*?)</tr>', re.S)
LAW = "社会团体", "民办非企业单位", "基金会", "律师事务所", "会计师事务所"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def rows_of(text: str) -> dict[str, str]:
    """The tables of the page: the words before each row, and those in it."""
    plain = [
        tuple(unescape(" ".join(re.sub(r"<[^>]+>", " ", part).split())) for part in row)
        for row in ROW.findall(text)
    ]
    return {name.split(" 甘肃")[0]: words for name, words in plain}


def test_the_guide_of_gansu_says_what_its_source_says(cast: Cast) -> None:
    text = Client().get(reverse("portal:guide", args=["gansu"])).content.decode()
    rows = rows_of(text)
    assert "甘肃省科学技术厅" in rows["牵头部门"]  # S003-49
    assert all(body in rows["联办机构"] for body in ("公安", "人力资源和社会保障"))
    assert rows["办件类型"] == "承诺件"  # S003-51
    assert rows["联办承诺时限"].startswith("15 个工作日")  # S003-53
    assert "面谈" in rows["需要到场的原因"]  # S003-60
    assert rows["权力来源"] == "法定本级行使"  # S003-61
    assert (rows["实施主体性质"], rows["委托部门"]) == ("法定机关", "无")  # S003-64
    assert rows["网办深度"] == "一个环节需线下办理"  # S003-66
    assert rows["中介服务事项名称"] == "无"  # S003-67
    assert rows["跑动次数"] == "2 次 1 次"  # S003-56
    assert rows["办理环节"] == "4 个 2 个"  # S003-58
    assert rows["收费"] == "工作许可全过程不收取任何费用"  # S001-14
    names = (
        "外国人来华工作许可",
        "外国人来华工作社会保险登记",
        "外国人来华工作职称申报条件审核",
        "外国人工作类居留证件",
    )
    assert all(name in rows["包含事项"] for name in names)  # S003-04
    laws = "".join(f"{name} {words}" for name, words in rows.items())
    for number in ("外专发〔2017〕36号", "外专发〔2017〕40号", "人社部发〔2024〕75号"):  # S001-57, S000-77
        assert number in laws
    assert "2013-07-01" in next(words for name, words in rows.items() if "出境入境管理法" in name)  # S003-94


def test_the_bases_stand_where_they_carry_something(cast: Cast) -> None:
    """The law of 2012 under the permit (S003-94), the notice of 2024 under the electronic permit and the former ones (S000-77)."""
    pack, permits = cast.policy.pack, registry.get("permits")
    basis = pack.matters["permits"].basis
    assert basis is not None
    assert "出境入境管理法" in basis.zh
    assert "第四十一条" in basis.zh
    carried = {name for name, step in permits.steps.items() if "人社部发〔2024〕75号" in step.cites}
    assert {"send_to_card", "card_receipt", "enter_former"} <= carried
    assert not [name for name in permits.steps if "pay" in name or "fee" in name], (
        "nobody is asked to pay (S001-14)"
    )


@pytest.mark.parametrize("nature", Organisation.Nature)
def test_every_kind_of_employer_registers(nature: Organisation.Nature) -> None:
    """暂行办法 3 (S003-95, -110): what only public bodies hand in is asked of no other kind."""
    pack = loader.load("gansu", on=AT.date())
    answers = {
        "purpose": "new",
        "public_body": Organisation(nature=nature).is_public_body,
        "person_in_china": True,
    }
    wanted = {row.code for row in personal_list(pack, ("socialsec",), answers)}
    assert ("public_body_form" in wanted) == (nature == "public")
    assert "insurance_form" in wanted


def test_the_kinds_are_those_of_the_measures() -> None:
    labels = [str(label) for label in Organisation.Nature.labels]
    assert all(any(label.startswith(kind) for label in labels) for kind in LAW)
