"""A new version goes live by two people: proposed, checked, approved by another; what fails changes nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from foreignwork.accounts.models import Office, User
from foreignwork.accounts.who import Actor
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.policies import loader, proposals
from foreignwork.policies.models import PolicyVersion, Proposal, ProposalDecision
from foreignwork.policies.proposals import Faulty, Refused, approve, propose, refuse, withdraw
from tests.stage import AT
from tests.stage import cast as cast

DAY = AT.date() + timedelta(days=20)
OFFICE = "gansu-kjt"


def who(cast: Cast, desk: str, office: str = OFFICE, at: datetime = AT) -> Actor:
    return stage.actor(cast.officers[office, desk], at)


def changed(version: str = "2026.04-1", old: str = "amount = 15", new: str = "amount = 12") -> str:
    """Gansu's file with another promise."""
    text = (loader.FOLDER / "gansu.toml").read_text("utf-8")
    name = next(line for line in text.splitlines() if line.startswith("version = "))
    assert old in text
    return text.replace(name, f'version = "{version}"').replace(old, new, 1)


def proposed(cast: Cast, text: str | None = None, *, on: date = DAY, **more: Any) -> Proposal:
    more = {"reason": "省政府新的承诺", "actor": who(cast, "policy"), "at": AT, **more}
    return propose(text or changed(), on=on, **more)


def in_force(on: date) -> PolicyVersion:
    return PolicyVersion.objects.in_force("gansu", on)


def test_it_is_in_force_from_its_day_once_another_person_approved(cast: Cast) -> None:
    before = in_force(DAY)
    made = proposed(cast)
    assert (made.base, made.effective_from, made.proposed_by.username) == (before, DAY, f"{OFFICE}-policy")
    assert in_force(DAY) == before
    (version,) = approve(made, actor=who(cast, "decide"), at=AT, reason="已研究")
    assert in_force(DAY - timedelta(days=1)) == before
    assert in_force(DAY) == version
    assert (version.proposal, version.published_by, version.version) == (made, "", "2026.04-1")
    limit = version.pack.clock_limit("bundle", "decision", "promised")
    assert limit is not None
    assert limit.amount == 12
    assert version.sha256 == made.documents[0]["sha256"] == loader.digest(version.document)
    assert (made.decision.outcome, made.decision.reason) == ("approved", "已研究")


def test_nobody_approves_his_own(cast: Cast) -> None:
    """Not even one who holds both posts; and the database says so itself."""
    made = proposed(cast)
    user = cast.officers[OFFICE, "policy"]
    user.posts.create(office=Office.objects.get(code=OFFICE), role="leader", from_on=AT.date())
    for act in (approve, refuse):
        with pytest.raises(Refused, match="自己提出"):
            act(made, actor=stage.actor(user, AT), at=AT, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProposalDecision.objects.create(proposal=made, outcome="approved", proposer=user, by=user, at=AT)
    assert not ProposalDecision.objects.exists()


@pytest.mark.parametrize("desk", ["reception", "review", "handle", "policy"])
def test_only_a_leader_of_the_place_decides(cast: Cast, desk: str) -> None:
    made = proposed(cast)
    with pytest.raises(Refused, match="负责人" if desk != "policy" else "自己提出"):
        approve(made, actor=who(cast, desk), at=AT)
    if desk == "policy":
        with pytest.raises(Refused, match="负责人"):
            approve(made, actor=who(cast, desk, "lanzhou-kjj"), at=AT)
    assert approve(made, actor=who(cast, "decide", "lanzhou-kjj"), at=AT)


@pytest.mark.parametrize("desk", ["reception", "decide"])
def test_only_a_policy_officer_proposes(cast: Cast, desk: str) -> None:
    with pytest.raises(Refused, match="规则管理人员"):
        proposed(cast, actor=who(cast, desk))
    outsider = User.objects.create(username="elsewhere", kind="staff", display_name="外地")
    with pytest.raises(Refused):
        proposed(cast, actor=stage.actor(outsider, AT))
    assert not Proposal.objects.exists()


def test_a_second_decision_is_told_who_was_faster(cast: Cast) -> None:
    made = proposed(cast)
    approve(made, actor=who(cast, "decide"), at=AT)
    for act in (approve, refuse):
        with pytest.raises(Refused, match=r"2026-03-10 09:30 作出处理：已批准"):
            act(made, actor=who(cast, "decide", "lanzhou-kjj"), at=AT + timedelta(hours=1), reason="x")
    assert PolicyVersion.objects.filter(proposal=made).count() == 1


def test_a_refused_one_leaves_the_version_in_force(cast: Cast) -> None:
    before = in_force(DAY)
    made = proposed(cast)
    with pytest.raises(Refused, match="写明理由"):
        refuse(made, actor=who(cast, "decide"), at=AT, reason="  ")
    refuse(made, actor=who(cast, "decide"), at=AT, reason="承诺做不到")
    assert in_force(DAY) == before
    assert (made.decision.outcome, made.decision.reason) == ("refused", "承诺做不到")
    with pytest.raises(Refused, match="未批准"):
        approve(made, actor=who(cast, "decide"), at=AT)


def test_only_the_proposer_withdraws(cast: Cast) -> None:
    made = proposed(cast)
    with pytest.raises(Refused, match="只有提出人"):
        withdraw(made, actor=who(cast, "decide"), at=AT)
    withdraw(made, actor=who(cast, "policy"), at=AT)
    assert made.decision.outcome == "withdrawn"


def test_a_day_that_has_passed_is_no_day(cast: Cast) -> None:
    with pytest.raises(Refused, match="已经过去"):
        proposed(cast, on=AT.date() - timedelta(days=1))
    made = proposed(cast)
    late = AT + timedelta(days=21)
    with pytest.raises(Refused, match="已经过去"):
        approve(made, actor=who(cast, "decide", at=late), at=late)
    assert not ProposalDecision.objects.exists()


def test_what_was_overtaken_must_be_proposed_again(cast: Cast) -> None:
    """The approver would approve another difference than the one he was shown."""
    first, second = proposed(cast), proposed(cast, changed("2026.04-2", new="amount = 14"))
    approve(first, actor=who(cast, "decide"), at=AT)
    with pytest.raises(Refused, match=r"现为 2026\.04-1"):
        approve(second, actor=who(cast, "decide"), at=AT)
    assert in_force(DAY).version == "2026.04-1"


def test_plans_that_would_be_replaced_are_named(cast: Cast) -> None:
    later = proposed(cast, on=DAY + timedelta(days=30))
    approve(later, actor=who(cast, "decide"), at=AT)
    sooner = proposed(cast, changed("2026.04-2", new="amount = 14"))
    assert [row.version for row in proposals.replaced_plans(sooner)] == ["2026.04-1"]
    assert (
        proposals.replaced_plans(
            proposed(cast, changed("2026.04-3", new="amount = 13"), on=DAY + timedelta(days=40))
        )
        == []
    )


def test_a_file_that_changes_by_itself_later_goes_live_with_each_of_its_days(cast: Cast) -> None:
    more = """
[[values.min_age]]
value = 18
cites = ["x"]
to = 2026-06-30
[[values.min_age]]
value = 19
cites = ["x"]
from = 2026-07-01
"""
    made = proposed(cast, changed() + more)
    approve(made, actor=who(cast, "decide"), at=AT)
    assert [in_force(day).pack.value("min_age") for day in (DAY, date(2026, 7, 1))] == [18, 19]
    assert [row.effective_from for row in made.versions.order_by("effective_from")] == [DAY, date(2026, 7, 1)]


@pytest.mark.parametrize(
    ("break_", "key"),
    [
        (lambda text: text.replace("hotline =", "hotlime ="), "meta.hotlime"),
        (lambda text: text.replace('inherits = "national"', 'inherits = "nowhere"'), "inherits"),
        (lambda text: text.replace('office = "gansu-kjt"', 'office = "nobody"', 1), "routing[permits]"),
        (lambda text: text + '\n[waivers.w9]\nwaives=["nothing"]\nwhen={person_in_china=true}\nreason={zh="x",en="x"}\ncites=["x"]\n', "waivers.w9"),
        (lambda text: text + '\n[[limits]]\nmatter="permits"\nkind="decision"\nbasis="statutory"\ncategory="A"\namount=21\nstarts="acceptance"\ncites=["x"]\n', "limits["),
        (lambda text: "this is no TOML", ""),
        (lambda text: text.replace('code = "gansu"\nversion', 'code = "../x"\nversion'), "meta.code"),
        (lambda text: "x = " + "[" * 3000, ""),
        (lambda text: text + "#" * proposals.LARGEST, ""),
        (lambda text: (loader.FOLDER / "national.toml").read_text("utf-8"), "meta.base"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_by_file_key_and_reason(cast: Cast, break_: Any, key: str) -> None:
    with pytest.raises(Faulty) as caught:
        proposed(cast, break_(changed()))
    fault = caught.value.faults[0]
    assert key in fault.key
    assert fault.file.endswith(".toml")
    assert fault.reason
    assert not Proposal.objects.exists()
    assert in_force(DAY) == cast.policy


def test_what_changes_nothing_needs_nobody(cast: Cast) -> None:
    with pytest.raises(Refused, match="完全相同"):
        proposed(cast, (loader.FOLDER / "gansu.toml").read_text("utf-8"))


def test_an_old_text_cannot_come_back_under_its_old_name(cast: Cast) -> None:
    approve(proposed(cast), actor=who(cast, "decide"), at=AT)
    with pytest.raises(Faulty, match="give it a new version"):
        proposed(cast, (loader.FOLDER / "gansu.toml").read_text("utf-8"), on=DAY + timedelta(days=9))


def test_offices_keep_their_names_until_the_day(cast: Cast) -> None:
    text = changed(old='zh = "兰州市科学技术局"', new='zh = "兰州市科技和工业局"')
    made = proposed(cast, text)
    approve(made, actor=who(cast, "decide"), at=AT)
    assert Office.objects.get(code="lanzhou-kjj").name_zh == "兰州市科学技术局"
    proposals.keep_offices(today=DAY - timedelta(days=1))
    assert Office.objects.get(code="lanzhou-kjj").name_zh == "兰州市科学技术局"
    proposals.keep_offices(today=DAY)
    assert Office.objects.get(code="lanzhou-kjj").name_zh == "兰州市科技和工业局"


def test_a_pack_keeps_the_order_of_its_entries(cast: Cast) -> None:
    """The first sub-matter that fits is taken: a jsonb column would sort them by length."""
    kept = PolicyVersion.objects.get(pk=cast.policy.pk).document
    written = loader.resolve("gansu", on=cast.policy.effective_from)
    assert list(kept["matters"]) == list(written["matters"])
    for code, matter in written["matters"].items():
        for part in ("sub_matters", "conditions"):
            assert list(kept["matters"][code].get(part, {})) == list(matter.get(part, {}))


def test_the_command_proposes_and_the_installer_is_recorded(cast: Cast, tmp_path: Path) -> None:
    def run(*args: str) -> str:
        out = StringIO()
        call_command("policies", *args, stdout=out, stderr=StringIO())
        return out.getvalue()

    file = tmp_path / "new.toml"
    file.write_text(changed(), "utf-8")
    far = "2090-01-01"
    more = ["--on", far, "--by", f"{OFFICE}-policy", "--reason", "命令提出"]
    assert "to be approved on the desk" in run("propose", "gansu", "--file", str(file), *more)
    made = Proposal.objects.get()
    assert (made.reason, made.effective_from) == ("命令提出", date(2090, 1, 1))
    for bad in (["--file", str(tmp_path / "none.toml")], ["--by", "nobody"]):
        with pytest.raises(CommandError):
            run("propose", "gansu", "--file", str(file), *more, *bad)
    run(
        "publish",
        "dongguan" if "dongguan" in loader.available() else "gansu",
        "--on",
        "2026-01-01",
        "--by",
        "安装人员",
    )
    row = PolicyVersion.objects.order_by("pk").last()
    assert row is not None
    assert row.proposal is None
    assert row.published_by == "安装人员" or row == cast.policy
