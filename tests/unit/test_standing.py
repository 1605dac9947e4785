"""What a serving process has loaded is out of the collector's sight: in the web's workers and in those of the tasks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from foreignwork.standing import YOUNG

HOUSE = Path(__file__).parents[2]
MANY = 100_000
"""Objects that Django, the packs and the addresses are at least."""

WEB = "import gc, foreignwork.wsgi; print(gc.get_freeze_count(), gc.get_threshold()[0])"
TASKS = """
import gc, django
django.setup()
from celery.worker import WorkController
from foreignwork.celery import app
class Worker(WorkController):
    def start(self): print(gc.get_freeze_count(), gc.get_threshold()[0])
Worker(app=app, pool_cls="solo").start()
"""


@pytest.mark.parametrize("serving", [WEB, TASKS], ids=["web", "tasks"])
def test_a_process_that_serves_has_settled(serving: str, process_env: dict[str, str]) -> None:
    begun = [sys.executable, "-c", serving]
    told = subprocess.run(begun, cwd=HOUSE, stdout=subprocess.PIPE, text=True, check=True, env=process_env)
    frozen, young = map(int, told.stdout.split()[-2:])
    assert frozen > MANY
    assert young == YOUNG, "or a batch is searched again and again while it grows"
