"""A year of holidays arrives, or changes: running limits are derived anew by the one hand, told, once, without standing in the way."""

from __future__ import annotations

import json
import os
import re
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foreignwork.accounts import who
from foreignwork.cases import clock
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.deadlines.alarm import calendar_state
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.notices.papers import due_words
from foreignwork.policies import workdays
from foreignwork.policies.calendar_import import check
from foreignwork.policies.workdays import CalendarError, Due
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import perform
from foreignwork.workflow.recounting import recount, would_move
from foreignwork.workflow.sweeps import sweep
from tests.stage import bring, case_of
from tests.stage import cast as cast
from tests.stage import real_cast as real_cast

NEW_YEAR = datetime(2026, 12, 28, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Monday
# Made up for the tests: no notice of 2027 was known when they were written.
MADE_UP: dict[str, Any] = {
    "year": 2027,
    "notice": "测试〔2026〕1号",
    "notice_date": "2026-11-05",
    "title": "测试用的虚构安排",
    "holidays": [
        {
            "name": {"zh": "元旦", "en": "New Year's Day"},
            "off": {"first": "2027-01-01", "last": "2027-01-05"},
            "work": ["2027-01-09"],
        }
    ],
}


@pytest.fixture(autouse=True)
def imported(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for imported years, one for files (those other tests left are old by this clock: I10), and the clock
    just before the year ends."""
    settings.BLOB_DIR = tmp_path / "blobs"
    settings.CALENDAR_DIR = str(tmp_path / "years")
    monkeypatch.setattr(clock, "now", lambda: NEW_YEAR)
    return tmp_path / "years"


def notice(folder: Path, *, name: str = "notice.json", **changes: Any) -> Path:
    folder.parent.mkdir(exist_ok=True)
    file = folder.parent / name
    file.write_text(json.dumps({**MADE_UP, **changes}, ensure_ascii=False), "utf-8")
    return file


def run(*args: str) -> str:
    out = StringIO()
    call_command("calendar", *args, stdout=out)
    return out.getvalue()


def filed(cast: Cast, *people: Any) -> list[Case]:
    return [case_of(stage.file(cast, "university", one, at=NEW_YEAR)) for one in people]


def due(case: Case, kind: str = "acceptance") -> Due:
    row = Deadline.objects.get(case=case, kind=kind, basis="statutory", met_on=None)
    return Due(row.due_on, row.provisional)


def test_a_year_that_arrives_makes_days_firm_and_each_case_tells_it(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    # Five working days after Monday the 28th: 29, 30, 31 December, then two in a year nobody knows yet.
    assert due(case) == Due(date(2027, 1, 4), True)
    before = case.version
    said = run("import", str(notice(imported)))
    assert "2027-01-04 (provisional) → 2027-01-07  firm" in run("recount", "--dry-run") or "1 cases" in said
    # The made-up notice rests until Tuesday the 5th: the 6th and the 7th remain.
    assert due(case) == Due(date(2027, 1, 7), False)
    case.refresh_from_db()
    assert (case.version, case.due_on) == (before + 1, date(2027, 1, 7))
    event = CaseEvent.objects.filter(case=case).latest("seq")
    assert (event.action, event.role, event.source, event.target) == (
        "recount_limits",
        "system",
        case.state,
        case.state,
    )
    assert event.data["moved_limits"] == [
        {
            "kind": "acceptance",
            "basis": "statutory",
            "from": "2027-01-04",
            "to": "2027-01-07",
            "provisional": False,
        }
    ]
    assert event.sealed is None
    assert verify(at=NEW_YEAR) == []


def test_a_dry_run_lists_from_and_to_and_changes_nothing(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    events = CaseEvent.objects.count()
    said = run("import", str(notice(imported)), "--dry-run")
    assert f"{case.number}  acceptance/statutory  2027-01-04 (provisional) → 2027-01-07  firm" in said
    assert "2027-01-01 Fri  working day → day off" in said and "2027-01-09 Sat  day off → working day" in said
    assert "1 limits of 1 cases would be derived anew; nothing was changed" in said
    assert due(case) == Due(date(2027, 1, 4), True) and CaseEvent.objects.count() == events
    assert not imported.exists() and not workdays.is_published(2027)


def test_twice_is_once(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    run("import", str(notice(imported)))
    events = CaseEvent.objects.count()
    assert "already" in run("import", str(notice(imported)))
    assert recount(at=NEW_YEAR).cases == 0
    assert list(would_move(at=NEW_YEAR)) == []
    with pytest.raises(Blocked):
        perform(case_id=case.pk, action="recount_limits", actor=who.system(NEW_YEAR.date()), at=NEW_YEAR)
    with pytest.raises(NotAllowed):
        perform(
            case_id=case.pk,
            action="recount_limits",
            actor=who.actor(cast.officer(case, "reception"), NEW_YEAR.date()),
            at=NEW_YEAR,
        )
    assert CaseEvent.objects.count() == events


def test_a_notice_that_changes_a_year_moves_days_again(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    run("import", str(notice(imported)))
    shorter = [{**MADE_UP["holidays"][0], "off": {"first": "2027-01-01", "last": "2027-01-03"}}]
    changed = notice(imported, name="changed.json", notice="测试〔2026〕2号", holidays=shorter)
    with pytest.raises(CommandError, match="--replace") as error:
        run("import", str(changed))
    assert error.value.returncode == 2 and due(case).on == date(2027, 1, 7)
    run("import", str(changed), "--replace")
    assert due(case) == Due(date(2027, 1, 5), False)
    assert verify(at=NEW_YEAR) == []


def test_an_applicants_day_is_never_moved_forward(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    row = Deadline.objects.create(
        case=case, kind="supplement", basis="applicant", started_on=date(2026, 12, 28), amount=10, unit="wd",
        due_on=date(2027, 1, 11), provisional=True,
    )  # fmt: skip
    # The 2nd and 3rd become working days: reckoned anew it would end on the 8th.
    one_day = {
        "name": {"zh": "元旦", "en": "New Year"},
        "off": {"first": "2027-01-01", "last": "2027-01-01"},
        "work": ["2027-01-02", "2027-01-03"],
    }
    run("import", str(notice(imported, holidays=[one_day])))
    row.refresh_from_db()
    assert (row.due_on, row.provisional) == (date(2027, 1, 11), False)
    assert recount(at=NEW_YEAR).cases == 0


def test_a_provisional_limit_fires_only_when_the_year_is_known(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    later = NEW_YEAR + timedelta(days=14)  # Monday, 11 January
    assert sweep(at=later).fired == 0 and sweep(at=later).provisional == 1
    run("import", str(notice(imported)))
    assert sweep(at=later).moved == 1
    case.refresh_from_db()
    assert case.state == "accepted"  # deemed accepted (行政许可法 32(4))


def test_a_limit_that_had_run_out_may_run_out_again(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    Deadline.objects.filter(case=case).update(due_on=date(2026, 12, 25), fired_at=NEW_YEAR)
    run("import", str(notice(imported)))
    assert Deadline.objects.get(case=case, kind="acceptance").fired_at is None


def test_pauses_and_extensions_stay_reckoned_in(cast: Cast, imported: Path) -> None:
    [case] = filed(cast, ANNA)
    case = bring(cast, case, "accepted", at=NEW_YEAR)
    case.pauses.create(
        kind="decision",
        ground="hearing",
        from_on=date(2026, 12, 29),
        until_on=date(2026, 12, 31),
        told_on=date(2026, 12, 29),
    )
    run("import", str(notice(imported)))
    # The three days of December are held. January: 6 to 9 (a worked Saturday) are 4, 11 to 15 make 9, 18 to 22 make 14, the 25th is 15.
    assert due(case, "decision") == Due(date(2027, 1, 25), False)


def test_the_same_queries_for_one_case_and_for_many(cast: Cast, imported: Path) -> None:
    [one] = filed(cast, ANNA)
    run("import", str(notice(imported)), "--no-recount")
    with CaptureQueriesContext(connection) as alone:
        assert recount(at=NEW_YEAR).cases == 1
    filed(cast, BRUNO, CLARA)
    Deadline.objects.filter(case__matter=one.matter).update(provisional=True)
    with CaptureQueriesContext(connection) as many:
        assert recount(at=NEW_YEAR).cases == 3
    assert len(many) <= len(alone)


def test_batches_reach_every_case(cast: Cast, imported: Path) -> None:
    cases = filed(cast, ANNA, BRUNO, CLARA)
    run("import", str(notice(imported)), "--no-recount")
    assert recount(at=NEW_YEAR, batch=1).cases == 3
    assert {due(case) for case in cases} == {Due(date(2027, 1, 7), False)}


def test_a_case_in_work_is_passed_over_and_taken_up_next_time(real_cast: Cast, imported: Path) -> None:
    busy, free = filed(real_cast, ANNA, BRUNO)
    run("import", str(notice(imported)), "--no-recount")
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as officer:
        officer.execute("SELECT 1 FROM cases_case WHERE id = %s FOR UPDATE", [busy.pk])
        done = recount(at=NEW_YEAR)
        assert (done.cases, done.busy) == (1, 1)
    assert due(free).on == date(2027, 1, 7) and due(busy).on == date(2027, 1, 4)
    assert recount(at=NEW_YEAR).cases == 1
    assert due(busy).on == date(2027, 1, 7) and verify(at=NEW_YEAR) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"notice": "国办"}, "notice"),
        ({"notice_date": "2025-11-01"}, "cannot be that of the holidays of 2027"),
        ({"notice_date": "2027-01-02"}, "different years"),
        ({"notice_date": "2028-01-01"}, "cannot be that of the holidays of 2027"),
        ({"year": 2028}, "does not belong to 2028"),
        ({"year": 99999}, "year"),
        ({"year": "x"}, "year"),
        ({"holidays": []}, "holidays"),
        ({"surprise": 1}, "surprise"),
        ({"holidays": [{**MADE_UP["holidays"][0], "work": ["2027-01-11"]}]}, "no Saturday or Sunday"),
        ({"holidays": [{**MADE_UP["holidays"][0], "work": ["2027-01-02"]}]}, "named twice"),
        ({"holidays": [*MADE_UP["holidays"], {"name": {"zh": "又", "en": "again"}, "off": {"first": "2027-01-05", "last": "2027-01-06"}}]}, "named twice"),
        ({"holidays": [{**MADE_UP["holidays"][0], "off": {"first": "2027-01-05", "last": "2027-01-01"}}]}, "before the first"),
        ({"holidays": [{**MADE_UP["holidays"][0], "off": {"first": "1990-01-05", "last": "9999-01-01"}}]}, "longer than a month"),
    ],
)  # fmt: skip
def test_a_wrong_notice_is_refused_in_words(
    db: None, imported: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(CommandError, match=says) as error:
        run("import", str(notice(imported, **changes)))
    assert error.value.returncode == 2 and "notice.json" in str(error.value)
    assert not imported.exists()


def test_files_that_cannot_be_read_and_folders_that_cannot_be_written(
    db: None, imported: Path, settings: Any
) -> None:
    (imported.parent / "deep.json").write_text("[" * 50_000, "utf-8")
    (imported.parent / "latin.toml").write_bytes(b"\xff")
    (imported.parent / "long.toml").write_text("#" * 100_001, "utf-8")
    (imported.parent / "list.json").write_text("[]", "utf-8")
    for name, says in (
        ("none.toml", "cannot be read"),
        ("deep.json", "cannot be read"),
        ("latin.toml", "UTF-8"),
        ("long.toml", "larger"),
        ("list.json", "one table"),
        ("a\0b", "cannot be"),
    ):
        with pytest.raises(CommandError, match=says):
            run("import", str(imported.parent) + "/" + name)
    settings.CALENDAR_DIR = str(notice(imported))  # a file where the folder should be
    with pytest.raises((CommandError, CalendarError, NotADirectoryError)):
        run("import", str(notice(imported, name="other.json")))


def test_what_is_written_reads_back_and_toml_is_taken_too(db: None, imported: Path) -> None:
    run("import", str(notice(imported)))
    file = imported / "2027.toml"
    assert [row.name for row in imported.iterdir()] == ["2027.toml"]
    assert check(MADE_UP).same
    assert "already" in run("import", str(file), "--dry-run")
    assert workdays.is_published(2027) and workdays.published()[2027].notice == "测试〔2026〕1号"
    assert workdays.is_published(2026)  # what came with the house is still there


def test_an_unpublished_year_is_an_alarm_for_those_who_can_act(
    cast: Cast, client: Client, imported: Path
) -> None:
    with pytest.raises(CommandError, match="holidays of 2028 are needed"):
        _january_2028(cast)
    filed(cast, ANNA)
    state = calendar_state(NEW_YEAR.date())
    assert (state.missing, state.provisional, state.alarming) == (2027, 1, True)
    with pytest.raises(CommandError, match="holidays of 2027") as error:
        run("status")
    assert error.value.returncode == 1
    leader = cast.officer(case_of(Case.objects.latest("pk").bundle), "decide")
    client.force_login(leader)
    page = client.get(reverse("desk:overview")).content.decode()
    assert "2027年的节假日安排尚未载入" in page and "1项时限" in page
    assert client.get("/readyz").json()["holidays_until"] == 2026
    run("import", str(notice(imported)))
    assert "provisional limits running: 0" in run("status")
    assert "尚未载入" not in client.get(reverse("desk:overview")).content.decode()


def _january_2028(cast: Cast) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NEW_YEAR.replace(year=2028, month=1))
        run("status")


def test_papers_and_pages_say_what_is_provisional(cast: Cast, client: Client, imported: Path) -> None:
    """On the acceptance notice, at the desk, and for the applicant: a day the holidays may still move is called so."""
    [case] = filed(cast, ANNA)
    case = bring(cast, case, "accepted", at=NEW_YEAR)
    [context] = contexts([case], NEW_YEAR.date())
    assert (
        due_words(context, "decision", NEW_YEAR.date()) == "（至2027年1月18日，暂定，节假日安排公布后确定）"
    )
    client.force_login(cast.officer(case, "review"))
    assert "暂定：节假日安排尚未公布" in client.get(reverse("desk:case", args=[case.number])).content.decode()
    client.force_login(cast.agents["university"])
    assert (
        "暂定：节假日安排尚未公布" in client.get(reverse("portal:case", args=[case.number])).content.decode()
    )
    run("import", str(notice(imported)))
    assert due_words(context, "decision", NEW_YEAR.date()) == "（至2027年1月20日）"
    history = client.get(reverse("portal:bundle", args=[case.bundle.number])).content.decode()
    assert "暂定：" not in history, re.findall(r".{300}暂定：.{100}", history, re.S)
    assert "工作日安排调整，重新计算时限" in history
    client.force_login(cast.officer(case, "review"))
    desk = client.get(reverse("desk:case", args=[case.number])).content.decode()
    assert "作出决定（法定）：2027-01-18 → 2027-01-20" in desk
