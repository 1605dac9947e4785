"""The demo cast comes through the same doors as everyone, once, and never outside DEBUG."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from foreignwork.accounts.models import User
from foreignwork.cases.clock import today
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.demo.play import play
from foreignwork.outbox.models import OutboxMessage
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.sweeps import sweep
from tests.stage import AT


def test_it_refuses_outside_debug(db: None) -> None:
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_it_plays_once(db: None, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEBUG = True
    call_command("seed_demo")
    cases, events = Case.objects.count(), CaseEvent.objects.count()
    assert cases == 13
    assert events >= cases
    call_command("seed_demo")
    assert (Case.objects.count(), CaseEvent.objects.count()) == (cases, events)
    assert "agent-university" in capsys.readouterr().out


def test_it_plays_by_perform_and_the_unanswered_filing_is_deemed_accepted(db: None) -> None:
    """At a pinned day: in a year without a published calendar no step of law fires (decisions 10)."""
    play(at=AT)
    OutboxMessage.objects.update(sent_at=AT)
    assert verify(at=AT) == []
    assert sweep(at=AT).moved == 1
    deemed = CaseEvent.objects.get(action="deem_accepted")
    assert deemed.effective_on == today(deemed.case.filed_at)
    assert sweep(at=AT).moved == 0
