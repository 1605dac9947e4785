"""Without the broker people still sign in, and are still throttled (quality A7)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings as house
from django.contrib.auth.hashers import make_password

from foreignwork.accounts.attempts import forget_what_ran_out
from foreignwork.accounts.models import Attempt, User
from foreignwork.cases import clock
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import PASSWORD
from foreignwork.local.places import Home
from foreignwork.local.servers import Valkey
from foreignwork.settings import PASSWORD_HASHERS as HASHERS
from tests.stage import real_cast as real_cast

SCRIPT = """
import django; django.setup()
from django.test import Client
from tests import signin
answer = signin.sign_in(Client(HTTP_HOST="localhost"), "gansu-kjt-reception")
print("signed in", answer.status_code, answer["Location"])
again = Client(HTTP_HOST="localhost")
print("second use", signin.sign_in(again, "gansu-kjt-reception").status_code)
tried = [Client(HTTP_HOST="localhost").post(signin.LOGIN, {"login": "agent-university", "password": "x%d" % n}).status_code for n in range(7)]
print("throttled", tried)
"""


def test_sign_in_and_throttle_hold_while_the_broker_is_away(
    real_cast: Cast, process_env: dict[str, str], tmp_path: Path, settings: Any
) -> None:
    """A process of its own whose broker was stopped: password, code, a code used twice, too many wrong passwords."""
    # The process runs on the house's own settings, which do not know the tests' quick hash.
    settings.PASSWORD_HASHERS = HASHERS
    User.objects.update(password=make_password(PASSWORD))
    valkey = Valkey(Home.at(tmp_path / "var"))
    valkey.start()
    url = Home.at(tmp_path / "var").broker_url
    valkey.stop()
    env = {**process_env, "BROKER_URL": url, "DEBUG": "1", "PYTHONPATH": str(house.BASE_DIR)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=env,
        cwd=house.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "signed in 302 /desk/" in done.stdout, done.stderr[-2000:]
    assert "second use 200" in done.stdout, "a used code is refused"
    assert "throttled [200, 200, 200, 200, 429, 429, 429]" in done.stdout, done.stdout
    assert Attempt.objects.exists()
    assert forget_what_ran_out(at=clock.now()) == 0, "what still counts stays"
