"""The house's settings, in a home of this test run's own.

The environment of the person at the keyboard is set aside: tests never touch a database somebody named.
"""

import os
from pathlib import Path

for _name in (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "BROKER_URL",
    "FOREIGNWORK_KEYS",
    "FOREIGNWORK_BLOBS",
    "DEBUG",
    "TRUSTED_PROXIES",
):
    os.environ.pop(_name, None)
# pytest-xdist's workers inherit the controller's choice.
os.environ.setdefault("FOREIGNWORK_TEST_HOME", f"var/test-{os.getpid()}")
os.environ["FOREIGNWORK_VAR"] = os.environ["FOREIGNWORK_TEST_HOME"]
os.environ["FOREIGNWORK_BLOBS"] = str(
    Path(os.environ["FOREIGNWORK_VAR"]).resolve()
    / "data"
    / f"blobs-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
)
os.environ["PUBLIC_BASE_URL"] = "http://testserver"
# pytest-playwright keeps an event loop in the test's thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from foreignwork.settings import *  # noqa: E402, F403
from foreignwork.settings import HOME, STORAGES, VAR  # noqa: E402

KEY_FILE = VAR / "keys" / "master.json"
os.environ["FOREIGNWORK_KEYS"] = str(KEY_FILE)  # for subprocesses
SCREENSHOTS = Path(__file__).parents[1] / "var" / "screenshots"

# Argon2 takes 0.1 s on purpose; a test signs in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# Each pytest-xdist worker has numbers of its own in the one Valkey: a message of one is not for another.
_number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
BROKER_URL = CELERY_BROKER_URL = f"{HOME.broker_url}?virtual_host={2 * _number}"
