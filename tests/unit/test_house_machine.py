"""The test machine itself, the health pages, and settings that must not be softened."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from foreignwork import checks
from foreignwork.policies import workdays

ROOT = Path(__file__).parents[2]


def leave_a_session() -> None:
    Session.objects.create(session_key="left", session_data="x", expire_date=timezone.now())


@pytest.mark.parametrize("turn", [1, 2])
def test_a_rolled_back_test_leaves_nothing(db: None, turn: int) -> None:
    assert not Session.objects.exists()
    leave_a_session()


@pytest.mark.parametrize("turn", [1, 2])
def test_a_committing_test_leaves_nothing(real_db: None, turn: int) -> None:
    assert not Session.objects.exists()
    leave_a_session()


def test_racing_threads_have_connections_of_their_own(together: Callable[..., list[Any]]) -> None:
    def backend() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), pg_sleep(0.05)")
            return int(cursor.fetchone()[0])

    def breaks() -> None:
        raise ValueError("told, not lost")

    one, two, three = together(backend, backend, breaks)
    assert one != two
    assert isinstance(three, ValueError)


def test_subprocesses_see_this_test_s_database(process_env: dict[str, str]) -> None:
    leave_a_session()
    code = (
        "import django; django.setup(); from django.contrib.sessions.models import Session; "
        "print(Session.objects.get().session_key)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=process_env, capture_output=True, text=True
    )
    assert done.stdout.strip() == "left", done.stderr


def test_the_live_portal_answers(live_url: str) -> None:
    with urllib.request.urlopen(f"{live_url}/readyz") as answer:
        assert answer.status == 200
    assert live_url == settings.PUBLIC_BASE_URL


def test_livez_needs_no_database(client: Client) -> None:
    # No db fixture: pytest-django would refuse the connection.
    assert client.get("/livez").json() == {"live": True}


def test_readyz_says_when_a_migration_waits(client: Client, real_db: None) -> None:
    import psycopg

    assert client.get("/readyz").json() == {"ready": True, "holidays_until": max(workdays.calendar().years)}
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        row = owner.execute(
            "DELETE FROM django_migrations WHERE app = 'sessions' RETURNING app, name, applied"
        ).fetchone()
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "migrations"})
    finally:
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
            owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)


def test_no_page_may_run_inline_script_or_talk_to_strangers(client: Client) -> None:
    policy = client.get("/livez").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_check_tells_what_is_missing(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    assert list(checks.libraries()) == []
    monkeypatch.setitem(checks.LIBRARIES, "libharfbuzz-subset.so.99", "libharfbuzz-subset0")
    assert [found.id for found in checks.libraries()] == ["house.E001"]
    monkeypatch.setattr(checks, "font_folder", lambda: None)
    assert [found.id for found in checks.chinese_font()] == ["house.E002"]
    assert list(checks.time_limits()) == []
    settings.CELERY_TASK_TIME_LIMIT = 6000
    assert [found.id for found in checks.time_limits()] == ["house.E003"]
    settings.KEY_FILE = Path(settings.DATA_DIR) / "keys.json"
    assert "house.E004" in [found.id for found in checks.key_file()]


def test_logs_carry_no_query_string_and_no_quoted_values(caplog: pytest.LogCaptureFixture, rf: Any) -> None:
    import logging

    from foreignwork.logs import JsonFormatter

    request = rf.get("/search/?passport=E12345678")
    try:
        raise ValueError("passport E12345678 is taken")
    except ValueError:
        logging.getLogger("django.request").error(
            "Internal Server Error", exc_info=True, extra={"request": request}
        )
    line = JsonFormatter().format(caplog.records[-1])
    assert "E12345678" not in line
    assert "/search/" in line
    assert "ValueError" in line
