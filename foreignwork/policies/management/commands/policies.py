"""``manage.py policies check|show|diff|publish|propose <pack> [--on DATE]``."""

from __future__ import annotations

import getpass
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from foreignwork.accounts.models import User
from foreignwork.accounts.who import actor
from foreignwork.policies import loader
from foreignwork.policies.compare import changes
from foreignwork.policies.management.commands.workdays import day
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.proposals import Faulty, Refused, propose
from foreignwork.policies.publishing import publish


def now() -> datetime:
    """The database's clock (decisions 15); this floor lies below the house's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def today() -> date:
    """The database's Shanghai day (decisions 15); this floor lies below the house's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")
        row = cursor.fetchone()
    assert row is not None
    found: date = row[0]
    return found


class Command(BaseCommand):
    help = "Check, show, compare and publish policy packs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (
            ("check", "validate packs on a day and on every later day that changes them"),
            ("show", "the resolved pack as JSON"),
            ("diff", "against the published version, another pack (--with) or another day (--since)"),
            ("publish", "put a pack into force, as the installer; idempotent, recorded with --by"),
            ("propose", "propose the file as a new version; a leader of the place approves it on the desk"),
        ):
            sub = actions.add_parser(name, help=text)
            sub.add_argument("pack", nargs="*" if name == "check" else None)
            sub.add_argument("--on", type=day, help="day of effect, e.g. 2026-01-01; today when absent")
            if name == "publish":
                sub.add_argument(
                    "--by", default="", help="who installs; the account of the machine when absent"
                )
            if name == "propose":
                sub.add_argument("--by", required=True, help="user name of the policy officer")
                sub.add_argument("--reason", required=True, help="why the rules change")
                sub.add_argument("--file", help="another file than the installation's own")
            if name == "diff":
                sub.add_argument("--with", dest="other", help="another pack")
                sub.add_argument("--since", type=day, help="the same pack on another day")

    def handle(self, *args: Any, action: str, pack: Any, **options: Any) -> None:
        on: date = options["on"] or today()
        try:
            getattr(self, f"_{action}")(pack, on, options)
        except loader.PackError as error:
            raise CommandError(str(error)) from error

    def _check(self, packs: list[str], on: date, options: dict[str, Any]) -> None:
        found = []
        for pack in packs or loader.available():
            errors = loader.check(pack, on=on)
            found += errors
            for error in errors:
                self.stderr.write(str(error))
            if not errors:
                self.stdout.write(f"{pack}: good on {on} and after")
        if found:
            raise CommandError(f"{len(found)} fault(s); nothing was changed")

    def _show(self, pack: str, on: date, options: dict[str, Any]) -> None:
        loader.load(pack, on=on)
        document = loader.resolve(pack, on=on)
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))

    def _diff(self, pack: str, on: date, options: dict[str, Any]) -> None:
        here = loader.resolve(pack, on=on)
        loader.load(pack, on=on)
        if options["other"]:
            there, name = loader.resolve(options["other"], on=on), options["other"]
        elif options["since"]:
            there, name = loader.resolve(pack, on=options["since"]), f"{pack} on {options['since']}"
        else:
            place = here["meta"].get("jurisdiction")
            if place is None:
                raise CommandError(
                    f"{pack} is a base pack and never published; compare it with --with or --since"
                )
            try:
                version = PolicyVersion.objects.in_force(place["code"], on)
            except PolicyVersion.DoesNotExist as error:
                raise CommandError(f"{error}; compare with --with or --since, or publish it first") from error
            there, name = version.document, f"published {version} of {version.effective_from}"
        found = changes(there, here)
        self.stdout.write(f"# from {name} to {pack} on {on}: {len(found)} change(s)")
        for change in found:
            if change.before is not None:
                self.stdout.write(f"- {change.key} = {change.before}")
            if change.after is not None:
                self.stdout.write(f"+ {change.key} = {change.after}")

    def _publish(self, pack: str, on: date, options: dict[str, Any]) -> None:
        created = publish(pack, on=on, by=options["by"] or getpass.getuser())
        for version in created:
            self.stdout.write(
                f"published {version} with effect from {version.effective_from}, sha256 {version.sha256}"
            )
        if not created:
            self.stdout.write(f"{pack}: already in force, nothing to publish")

    def _propose(self, pack: str, on: date, options: dict[str, Any]) -> None:
        path = Path(options["file"] or loader.FOLDER / f"{pack}.toml")
        user = User.objects.filter(username=options["by"]).first()
        if user is None:
            raise CommandError(f"there is no user {options['by']!r}")
        try:
            text = path.read_text("utf-8")
            made = propose(text, on=on, reason=options["reason"], actor=actor(user, today()), at=now())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path.name} cannot be read: {error}") from error
        except (Refused, Faulty) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"proposed {made} with effect from {made.effective_from}, to be approved on the desk"
        )
