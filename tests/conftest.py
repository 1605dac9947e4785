"""Real servers for the tests, and the fixtures everybody uses.

* `db`          one transaction, rolled back; the restricted app role, as in production
* `real_db`     real commits (races, live server, stories); every table emptied afterwards by the owner
* `live_url`    the portal served by threads of this process on a real database; PUBLIC_BASE_URL points at it
* `page`        pytest-playwright's, on Debian's Chromium, Chinese, 1280 px
* `together`    run callables in threads at the same instant, each on its own connection
* `process_env` environment for a subprocess (manage.py, celery) that shall use this test's database and broker
* `screenshots` the folder var/screenshots
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.machine import BORROWED, Machine, empty_all_tables

CI = os.environ.get("CI") == "true"
STASH = pytest.StashKey[Machine]()
NO_BROWSER = "chromium is missing (apt-get install chromium), so this browser test did not run"


def pytest_sessionstart(session: pytest.Session) -> None:
    """With pytest-xdist the controller owns the servers; its workers only clone the database."""
    config = session.config
    borrows = hasattr(config, "workerinput") or BORROWED in os.environ
    config.stash[STASH] = machine = Machine(controller=not borrows)
    if machine.controller:
        machine.sweep()
        if getattr(config.option, "dist", "no") != "no":
            machine.start()
    machine.make_keys()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if STASH in session.config.stash:
        session.config.stash[STASH].stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    silent = [r for r in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(r.longrepr)]
    if silent:
        terminalreporter.section(f"{len(silent)} BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(NO_BROWSER)


@pytest.fixture(scope="session")
def machine(request: pytest.FixtureRequest) -> Machine:
    """The running PostgreSQL and Valkey of this test run (tests/machine.py)."""
    found = request.config.stash[STASH]
    found.start()
    return found


@pytest.fixture(scope="session")
def django_db_setup(machine: Machine, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's database setup, ours: built once by the owner, used as the app role."""
    from django.db import connections
    from django.test import TransactionTestCase

    with django_db_blocker.unblock():
        machine.own_database()
    # Django would flush as the app role, which may not; the owner does it.
    TransactionTestCase._fixture_teardown = lambda case: empty_all_tables()  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture
def real_db(transactional_db: None) -> None:
    """A database that really commits; emptied afterwards."""


@pytest.fixture(autouse=True)
def _both_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    """`client.force_login(officer)` is a session that has passed the second factor (tests/signin.py)."""
    from django.test import Client

    from tests.signin import force_login

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture
def live_url(live_server: Any, settings: Any) -> str:
    settings.PUBLIC_BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return str(live_server.url)


@pytest.fixture
def screenshots(settings: Any) -> Path:
    folder = Path(settings.SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def process_env(real_db: None, settings: Any) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "foreignwork.settings", "SECRET_KEY": settings.SECRET_KEY}


@pytest.fixture
def together(real_db: None) -> Callable[..., list[Any]]:
    """`together(f, g, …)` -> results in order; an exception raised by one is returned in its place."""

    def run(*calls: Callable[[], Any], patience: float = 60) -> list[Any]:
        from django.db import connections

        gate = threading.Barrier(len(calls))
        results: list[Any] = [None] * len(calls)

        def work(index: int, call: Callable[[], Any]) -> None:
            try:
                connections["default"].ensure_connection()  # connecting is not part of the race
                gate.wait(patience)
                results[index] = call()
            except BaseException as error:
                results[index] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(patience)
            assert not thread.is_alive(), "a racing call hangs (deadlock?)"
        return results

    return run


# --- Chromium ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which(os.environ.get("FOREIGNWORK_CHROMIUM", "chromium"))
    if chromium is None:
        if CI:
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    flags = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --lang=zh-CN"
    )
    return {**browser_type_launch_args, "executable_path": chromium, "args": flags.split()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1280, "height": 900},
    }
