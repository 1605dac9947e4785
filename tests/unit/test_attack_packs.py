"""Texts of packs that nobody in good faith proposes: each is refused in words, soon, and none is an error of ours."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.desk import seat as desk_seat
from foreignwork.policies import source
from foreignwork.policies.loader import PackError
from foreignwork.policies.models import Proposal
from tests.stage import AT
from tests.stage import cast as cast
from tests.unit.test_policies_proposals import DAY, OFFICE, Cast, changed

FEW = "[meta]\ncode = 'gansu'\nversion = 'x'\n"
TEXT = "\n[texts.zzz]\nzh = 'a'\nen = {}\n"


@pytest.fixture
def keeper(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    client = Client()
    client.force_login(cast.officers[OFFICE, "policy"])
    return client


def refused(keeper: Client, text: str) -> str:
    page = reverse("desk:pack_propose")
    answer = keeper.post(page, {"text": text, "on": DAY.isoformat(), "reason": "x", "key": "k"})
    assert answer.status_code == 422
    assert not Proposal.objects.exists()
    return answer.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        changed(version="a\\u0000b"),
        changed(version="v" * 41),
        changed() + TEXT.format('"a\\u0000"'),
        changed() + TEXT.format("07:30:00"),
        changed() + TEXT.format("2026-01-01T07:30:00"),
        changed() + TEXT.format("'b'\nfrom = 2026-01-01T00:00:00"),
        changed() + TEXT.format("nan"),
        changed(new="amount = 0x" + "f" * 20_000),
        changed().replace('inherits = "', f'inherits = "{"x" * 5000}" # "', 1),
        changed().replace('inherits = "', 'inherits = "../packs/national" # "', 1),
        "meta = 5",
        *(
            f"inherits = 'national'\n{section} = {value}\n{FEW}"
            for section in ("limits", "caps")
            for value in ("5", "[1]", "'x'", "{a = 1}")
        ),
        f"inherits = 'national'\nconflicts = 5\nmatters = {{permits = {{drop = true}}}}\n{FEW}",
        f"inherits = 'national'\nconflicts = {{a = 5}}\nmatters = {{permits = {{drop = true}}}}\n{FEW}",
    ],
    ids=lambda text: text[-40:].replace("\n", " "),
)
def test_a_text_that_is_no_pack_is_refused(keeper: Client, text: str) -> None:
    refused(keeper, text)


def test_a_pack_that_changes_every_day_is_refused(keeper: Client) -> None:
    """Every day on which something changes is read, checked and stored as a document of its own."""
    days = (date(2027, 1, 1) + timedelta(days=n) for n in range(70))
    more = "".join(
        f"[texts.z{n}]\nzh = 'a'\nen = 'b'\nfrom = {day.isoformat()}\n" for n, day in enumerate(days)
    )
    begun = time.process_time()
    assert "71" in refused(keeper, f"{changed()}\n{more}")
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    "text",
    [".".join(["a"] * 30_000) + " = 1", "x = " + "[" * 100_000, "x = " + "{a=" * 40 + "1" + "}" * 40],
    ids=["dotted", "lists", "tables"],
)
def test_a_text_that_would_take_hours_is_not_read(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(PackError, match="nested too deeply"):
        source.read(text, file="upload.toml")
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("text", ["x = '" + "a" * 400_000 + "'", "x = '" + "." * 400_000 + "'"])
def test_looking_for_it_takes_no_time_itself(text: str) -> None:
    begun = time.process_time()
    assert source.read(text, file="upload.toml")
    assert time.process_time() - begun < 2
