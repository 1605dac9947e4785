"""Publishing: offices and versions are written once, the version in force is found, nothing half-done."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from foreignwork.accounts.models import Jurisdiction, Office
from foreignwork.policies import loader
from foreignwork.policies.loader import PackError
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.publishing import publish

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("national", "gansu"):
        (tmp_path / f"{name}.toml").write_bytes((loader.FOLDER / f"{name}.toml").read_bytes())
    return tmp_path


def amend(folder: Path, version: str, more: str = "") -> None:
    text = (loader.FOLDER / "gansu.toml").read_text("utf-8")
    (folder / "gansu.toml").write_text(
        text.replace('version = "2025.03-1"', f'version = "{version}"') + more, "utf-8"
    )


def test_publishing_is_idempotent_and_makes_the_offices() -> None:
    (version,) = publish("gansu", on=START)
    assert publish("gansu", on=START) == []
    assert publish("gansu", on=date(2026, 5, 1)) == []
    assert version.jurisdiction.code == "gansu"
    assert version.pack.meta.code == "gansu"
    office = Office.objects.get(code="lanzhou-kjj")
    assert (office.name_zh, office.jurisdiction, office.phone) == (
        "兰州市科学技术局",
        version.jurisdiction,
        "0931-12345",
    )
    assert Office.objects.filter(code__in=version.pack.offices).count() == len(version.pack.offices)
    found = PolicyVersion.objects.in_force("gansu", date(2026, 3, 1))
    assert found == version
    assert found.pack is version.pack  # parsed once per process
    assert loader.digest(found.document) == found.sha256


def test_before_the_first_version_nothing_is_in_force() -> None:
    publish("gansu", on=START)
    with pytest.raises(PolicyVersion.DoesNotExist, match="in force on 2025-12-31"):
        PolicyVersion.objects.in_force("gansu", date(2025, 12, 31))
    with pytest.raises(PolicyVersion.DoesNotExist):
        PolicyVersion.objects.in_force("atlantis", START)


def test_a_dated_change_is_published_with_its_own_day(folder: Path) -> None:
    planned = '\n[[values.min_age]]\nvalue = 18\ncites = ["x"]\nto = 2026-06-30\n'
    amend(folder, "a", planned + '[[values.min_age]]\nvalue = 19\ncites = ["x"]\nfrom = 2026-07-01\n')
    first, second = publish("gansu", on=START, folder=folder)
    assert (first.effective_from, second.effective_from) == (START, date(2026, 7, 1))
    ages = [
        PolicyVersion.objects.in_force("gansu", d).pack.value("min_age")
        for d in (date(2026, 6, 30), date(2026, 7, 1))
    ]
    assert ages == [18, 19]
    assert publish("gansu", on=START, folder=folder) == []


def test_a_new_publication_replaces_what_an_older_one_planned(folder: Path, real_db: None) -> None:
    planned = '\n[[values.min_age]]\nvalue = 18\ncites = ["x"]\nto = 2026-06-30\n'
    amend(folder, "a", planned + '[[values.min_age]]\nvalue = 19\ncites = ["x"]\nfrom = 2026-07-01\n')
    publish("gansu", on=START, folder=folder)
    amend(folder, "b", '\n[values.min_age]\nvalue = 21\ncites = ["x"]\n')
    publish("gansu", on=date(2026, 3, 1), folder=folder)
    ages = {
        d: PolicyVersion.objects.in_force("gansu", d).pack.value("min_age")
        for d in (START, date(2026, 3, 1), date(2026, 8, 1))
    }
    assert list(ages.values()) == [18, 21, 21]


def test_a_bad_pack_changes_nothing(folder: Path) -> None:
    publish("gansu", on=START)
    amend(folder, "b", '\n[texts.unbalanced]\nzh = "{nobody}"\nen = "x"\n')
    with pytest.raises(PackError, match="unbalanced"):
        publish("gansu", on=date(2026, 2, 1), folder=folder)
    assert PolicyVersion.objects.count() == 1
    with pytest.raises(PackError, match="base pack"):
        publish("national", on=START)
    assert not Jurisdiction.objects.filter(code="national").exists()


def test_the_same_text_cannot_come_back_under_its_old_name(folder: Path, real_db: None) -> None:
    publish("gansu", on=START)
    amend(folder, "b")
    publish("gansu", on=date(2026, 2, 1), folder=folder)
    with pytest.raises(PackError, match="give it a new version"):
        publish("gansu", on=date(2026, 3, 1))


def test_the_database_refuses_a_second_row_of_the_same_text() -> None:
    (version,) = publish("gansu", on=START)
    assert PolicyVersion.append_only
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.create(
            jurisdiction=version.jurisdiction, pack_code="gansu", version="x", effective_from=START,
            sha256=version.sha256, document={},
        )  # fmt: skip


@pytest.mark.parametrize("pack", ["gansu", "dongguan", "changning", "fujian"])
def test_every_place_can_be_published(pack: str) -> None:
    """Its offices and its version stand, once, and the version reads back as the pack."""
    (version,) = publish(pack, on=START)
    assert version.pack == loader.load(pack, on=START)
    offices = Office.objects.filter(jurisdiction=version.jurisdiction)
    assert set(offices.values_list("code", flat=True)) == set(version.pack.offices)
    assert {rule.office for rule in version.pack.routing} <= set(version.pack.offices)
    assert publish(pack, on=START) == []


def test_the_command() -> None:
    def run(*args: str) -> str:
        out = StringIO()
        call_command("policies", *args, stdout=out, stderr=StringIO())
        return out.getvalue()

    assert "gansu: good" in run("check", "--on", "2026-01-01")
    assert '"code": "gansu"' in run("show", "gansu", "--on", "2026-01-01")
    assert "+ offices.gansu-kjt" in run("diff", "gansu", "--with", "national", "--on", "2026-01-01")
    with pytest.raises(CommandError, match="publish it first"):
        run("diff", "gansu", "--on", "2026-01-01")
    assert "with effect from 2026-01-01" in run("publish", "gansu", "--on", "2026-01-01")
    assert "already in force" in run("publish", "gansu", "--on", "2026-01-01")
    assert "0 change(s)" in run("diff", "gansu", "--on", "2026-01-01")
    assert run("check")
    for args in (
        ["show", "atlantis"],
        ["publish", "national"],
        ["diff", "national"],
        ["show", "gansu", "--on", "soon"],
    ):
        with pytest.raises(CommandError):
            run(*args)
