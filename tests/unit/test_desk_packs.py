"""The desk's pages of packs: read, compare, propose, approve, try out; and what the worker makes of a trial."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases.models import Case
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.desk import seat as desk_seat
from foreignwork.outbox.relay import relay
from foreignwork.policies.models import PolicyVersion, Proposal
from foreignwork.rulebook import differences, reading, trials
from foreignwork.rulebook.models import Trial
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast
from tests.unit.test_policies_proposals import DAY, OFFICE, changed, proposed

NOW = AT + timedelta(days=12)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: NOW)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keeper(cast: Cast) -> Client:
    return signed_in(cast.officers[OFFICE, "policy"])


@pytest.fixture
def leader(cast: Cast) -> Client:
    return signed_in(cast.officers[OFFICE, "decide"])


def at(name: str, *args: Any) -> str:
    return reverse(f"desk:{name}", args=args)


def seen(client: Client, address: str, data: dict[str, Any] | None = None, status: int = 200) -> str:
    answer = client.get(address, data or {})
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_a_version_is_read_in_words_and_nothing_is_left_out(cast: Cast, keeper: Client) -> None:
    """Every value of the document stands on the page, or in the words the page has for it; uncertain entries come first."""
    page = seen(keeper, at("pack_version", cast.policy.pk))
    text = re.sub(r"<[^>]+>", " ", page).replace("&quot;", '"').replace("&#x27;", "'").replace("&lt;", "<")
    missing = [
        value for value in strings(cast.policy.document) if CHINESE.search(value) and value not in text
    ]
    assert not missing
    assert page.index("待法制机构确认") < page.index('id="s-meta"')
    found = reading.sections(cast.policy.pack)
    assert {section.code for section in found} >= {"matters", "limits", "materials", "offices", "remedies"}
    assert len(reading.open_points(found)) > 4


CHINESE = re.compile(r"[\u4e00-\u9fff]")


def strings(node: Any) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("cites", "en"):
                yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def test_two_versions_are_compared_field_by_field(cast: Cast, keeper: Client) -> None:
    made = proposed(cast)
    sides = {"before": f"v{cast.policy.pk}", "after": f"p{made.pk}"}
    page = seen(keeper, at("pack_compare"), sides)
    assert re.search(r"长度</th><td[^>]*><del>15</del></td><td[^>]*><ins>12</ins>", page)
    assert "整个联办件" in page
    assert "没有差异" in seen(keeper, at("pack_compare"), {**sides, "after": sides["before"]})
    for bad in ("v99999999999999999", "x", "v" * 300, "p\x00"):
        assert seen(keeper, at("pack_compare"), {**sides, "after": bad}, status=400)


def test_a_comparison_says_what_is_new_and_what_is_gone(cast: Cast) -> None:
    old = cast.policy.document
    new = json.loads(json.dumps(old))
    section = "materials"
    gone = next(iter(new[section]))
    new[section]["fresh"] = new[section].pop(gone)
    pack = type(cast.policy.pack).model_validate(new)
    (found,) = differences.differences(cast.policy.pack, pack, old, new)
    assert {(entry.kind, entry.key) for entry in found.entries} == {
        ("gone", f"{section}.{gone}"),
        ("new", f"{section}.fresh"),
    }


def test_proposed_by_one_approved_by_another(cast: Cast, keeper: Client, leader: Client) -> None:
    page = seen(keeper, at("pack_propose"))
    assert "inherits = &quot;national&quot;" in page
    key = re.findall(r'name="key" value="([^"]+)"', page)[0]
    post = {"text": changed(), "on": DAY.isoformat(), "reason": "新的承诺", "key": key}
    answers = [keeper.post(at("pack_propose"), post) for _n in range(2)]  # a double click is one proposal
    made = Proposal.objects.get()
    assert {answer["Location"] for answer in answers} == {at("pack_proposal", made.pk)}
    own = seen(keeper, at("pack_proposal", made.pk))
    assert "必须由另一个人批准" in own
    assert "撤回这个提案" in own
    answer = keeper.post(at("pack_decide", made.pk), {"what": "approve"})
    assert answer.status_code == 403
    assert "必须由另一个人批准" in answer.content.decode()
    shown = seen(leader, at("pack_proposal", made.pk))
    assert "<del>15</del>" in shown
    assert leader.post(at("pack_decide", made.pk), {"what": "refuse"}).status_code == 422
    assert leader.post(at("pack_decide", made.pk), {"what": "approve"}).status_code == 302
    assert PolicyVersion.objects.in_force("gansu", DAY).proposal_id == made.pk
    again = leader.post(at("pack_decide", made.pk), {"what": "refuse", "reason": "晚了"})
    assert again.status_code == 409
    assert "作出处理：已批准" in again.content.decode()
    listed = seen(leader, at("packs"))
    assert "已定，尚未施行" in listed
    assert "由两人批准" in listed
    assert "2026.04-1" in listed


def test_a_faulty_file_is_told_in_words_and_the_text_stays(cast: Cast, keeper: Client) -> None:
    text = changed(old="amount = 15", new="amount = 46").replace("hotline =", "hotlime =")
    upload = SimpleUploadedFile("gansu.toml", text.encode(), "text/plain")
    post = {"file": upload, "on": DAY.isoformat(), "reason": "x", "key": "k1"}
    answer = keeper.post(at("pack_propose"), post)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "gansu.toml · meta.hotlime" in page
    assert "没有这个键" in page
    assert "hotlime =" in page
    over = keeper.post(
        at("pack_propose"), {**post, "file": "", "text": text.replace("hotlime", "hotline"), "key": "k2"}
    )
    assert "超过了" in over.content.decode()
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    "post",
    [
        {},
        {"text": "", "on": "2026-02-30", "reason": ""},
        {"text": "a\x00b", "on": DAY.isoformat(), "reason": "x"},
        {"text": "x = 1", "on": "9999-12-31", "reason": "x" * 900},
        {"file": SimpleUploadedFile("a.toml", b"\xff\xfe\x00"), "on": DAY.isoformat(), "reason": "x"},
    ],
)
def test_bad_input_is_explained(cast: Cast, keeper: Client, post: dict[str, Any]) -> None:
    assert keeper.post(at("pack_propose"), post).status_code == 400
    assert not Proposal.objects.exists()


def test_another_place_s_proposal_is_nobody_s_business(cast: Cast, keeper: Client) -> None:
    made = proposed(cast)
    assert seen(keeper, at("pack_proposal", made.pk))
    cast.officers[OFFICE, "policy"].posts.update(until_on=AT.date())
    assert seen(keeper, at("pack_proposal", made.pk), status=403)
    assert seen(keeper, at("pack_proposal", 10**17), status=403)


# --- trials ---


def work() -> None:
    while relay(at=NOW).total:
        pass


def tried(cast: Cast, text: str) -> Trial:
    made = proposed(cast, text)
    trial = trials.begin(made, since=AT.date(), until=NOW.date(), by=cast.officers[OFFICE, "policy"], at=NOW)
    work()
    trial.refresh_from_db()
    assert trial.finished_at == NOW
    return trial


def test_a_trial_says_which_limits_offices_and_materials_would_differ(cast: Cast, leader: Client) -> None:
    """The promise of 15 working days cut to 3: an open case becomes overdue, one decided in time stays in time."""
    done = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    open_ = bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=AT)), "accepted")
    text = changed(new="amount = 3")
    text += '\n[materials.tried_out]\nname = { zh = "试算材料", en = "Tried" }\nsource = "applicant"\nform = "electronic"\norder = 999\nused_by = ["permits"]\ncites = ["x"]\n'
    work()  # what the grant moves has moved
    before = list(Deadline.objects.order_by("pk").values())
    trial = tried(cast, text)
    assert list(Deadline.objects.order_by("pk").values()) == before, "a trial changes no case"
    cases = Case.objects.filter(filed_at__isnull=False).count()
    assert trial.counts["cases"] == cases
    assert trial.counts["overdue"] == 1
    by_case = {row.case_id: row for row in trial.cases.all()}
    assert by_case[open_.pk].overdue
    assert not by_case[done.pk].overdue
    change = next(one for one in by_case[open_.pk].changes if one["what"] == "limit")
    row = Deadline.objects.get(case=open_, kind="decision", basis="promised")
    assert change == {
        "what": "limit", "kind": "decision", "basis": "promised",
        "before": row.due_on.isoformat(), "after": "2026-03-13", "overdue": True,
    }  # fmt: skip
    assert {"what": "material_added", "code": "tried_out"} in by_case[done.pk].changes
    page = seen(leader, at("pack_trial", trial.pk))
    assert "会变成超期" in page
    assert "多交：试算材料" in page
    assert page.index(open_.number) < page.index(done.number), "what would be overdue comes first"
    for cursor in ("0.1", "1.99999999999999999", "x", "1.", "0.\x00"):
        assert seen(leader, at("pack_trial", trial.pk), {"after": cursor})


def test_the_rules_a_case_was_filed_under_change_nothing(cast: Cast) -> None:
    bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    stage.file(cast, "energy", BRUNO, at=AT)
    trial = trials.begin(
        cast.policy, since=AT.date(), until=NOW.date(), by=cast.officers[OFFICE, "policy"], at=NOW
    )
    work()
    trial.refresh_from_db()
    assert trial.counts == {"cases": Case.objects.filter(filed_at__isnull=False).count()}


def test_a_trial_goes_through_any_number_in_steps(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """One case a message, and what was counted is the same."""
    bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "accepted")
    stage.file(cast, "energy", BRUNO, at=AT)
    text = changed(new="amount = 3")
    whole = tried(cast, text)
    monkeypatch.setattr(trials, "STEP", 1)
    again = trials.begin(whole.source, since=AT.date(), until=NOW.date(), by=whole.asked_by, at=NOW)
    work()
    again.refresh_from_db()
    assert again.counts == whole.counts
    assert again.cases.count() == whole.cases.count()
    trials.go_on({"trial": again.pk}, NOW)  # delivered twice
    again.refresh_from_db()
    assert again.counts == whole.counts


def test_a_trial_is_begun_from_the_page(cast: Cast, leader: Client) -> None:
    page = seen(leader, at("pack_simulate"), {"candidate": f"v{cast.policy.pk}"})
    assert f'value="v{cast.policy.pk}" selected' in page
    post = {"candidate": f"v{cast.policy.pk}", "since": "2026-01-01", "until": "2026-03-31"}
    answer = leader.post(at("pack_simulate"), post)
    trial = Trial.objects.get()
    assert answer["Location"] == at("pack_trial", trial.pk)
    assert "还在继续" in seen(leader, answer["Location"])
    work()
    assert "没有一件会有不同" in seen(leader, answer["Location"])
    for bad in ({**post, "until": "2025-01-01"}, {**post, "candidate": "v0"}, {**post, "since": "x"}):
        assert leader.post(at("pack_simulate"), bad).status_code == 400
