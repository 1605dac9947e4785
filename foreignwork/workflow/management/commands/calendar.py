"""``manage.py calendar import|recount|status``: a year of the State Council's calendar, and what it moves."""

from __future__ import annotations

from argparse import BooleanOptionalAction
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foreignwork.cases import clock
from foreignwork.deadlines.alarm import calendar_state
from foreignwork.policies import workdays
from foreignwork.policies.calendar_import import Intake, read_notice, write
from foreignwork.policies.workdays import Calendar, CalendarError
from foreignwork.workflow.recounting import recount, would_move

REFUSED = 2
ALARM = 1


class Command(BaseCommand):
    help = "Take up a year of holidays, derive the running limits anew, tell how the calendar stands."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        take = actions.add_parser(
            "import", help="a notice as TOML or JSON; then the running limits are derived anew"
        )
        take.add_argument("file", type=Path)
        take.add_argument(
            "--dry-run", action="store_true", help="check it and list what would move, change nothing"
        )
        take.add_argument(
            "--replace", action="store_true", help="the year is known already and this notice changes it"
        )
        take.add_argument(
            "--recount",
            action=BooleanOptionalAction,
            default=True,
            help="also derive the running limits anew",
        )
        again = actions.add_parser(
            "recount", help="derive the running limits anew; repeating it changes nothing"
        )
        again.add_argument("--dry-run", action="store_true", help="list what would move, change nothing")
        actions.add_parser(
            "status", help="published years and provisional limits; ends with 1 when somebody must act"
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(**options)
        except CalendarError as error:
            raise CommandError(str(error), returncode=REFUSED) from error

    def _import(self, file: Path, dry_run: bool, replace: bool, recount: bool, **options: Any) -> None:
        intake = read_notice(file)
        year = intake.year
        self.stdout.write(f"{year.year}  {year.notice}  {year.notice_date}  {year.title}")
        if intake.same:
            self.stdout.write("This very year is on file already.")
        elif intake.known is not None and not replace:
            raise CalendarError(
                f"{year.year} is on file already by {intake.known.notice} of {intake.known.notice_date}, and this notice "
                "differs: pass --replace if it changes that one"
            )
        self._changed(intake)
        if dry_run:
            self._would_move(intake.calendar)
            return
        if not intake.same:
            self.stdout.write(f"written: {write(intake, folder=workdays.folders()[-1])}")
        if recount:
            self._recount(dry_run=False)

    def _changed(self, intake: Intake) -> None:
        for day, before, after in intake.changed_days():
            self.stdout.write(f"  {day:%Y-%m-%d %a}  {_nature(before)} → {_nature(after)}")

    def _recount(self, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self._would_move(None)
            return
        done = recount(at=clock.now())
        self.stdout.write(f"{done.limits} limits of {done.cases} cases derived anew, an event in each case")
        if done.busy:
            self.stdout.write(
                f"{done.busy} cases are being worked on: the next pass takes them up (it runs by itself)"
            )

    def _would_move(self, calendar: Calendar | None) -> None:
        cases = limits = 0
        for case, found in would_move(at=clock.now(), calendar=calendar):
            cases += 1
            for move in found:
                limits += 1
                firm = "" if move.due.provisional else "  firm"
                self.stdout.write(
                    f"{case.number}  {move.row.kind}/{move.row.basis}  {_day(move.row.due_on, move.row.provisional)} → "
                    f"{_day(move.due.on, move.due.provisional)}{firm if move.row.provisional else ''}"
                )
        self.stdout.write(f"{limits} limits of {cases} cases would be derived anew; nothing was changed")

    def _status(self, **options: Any) -> None:
        for year in workdays.published().values():
            self.stdout.write(f"{year.year}  {year.notice}  {year.notice_date}  {year.title}")
        state = calendar_state(clock.today(clock.now()))
        self.stdout.write(
            f"first year not on file: {state.missing}; provisional limits running: {state.provisional}"
        )
        if state.alarming:
            raise CommandError(
                f"The holidays of {state.missing} are needed: import the State Council's notice as soon as it appears.",
                returncode=ALARM,
            )


def _nature(working: bool) -> str:
    return "working day" if working else "day off"


def _day(day: date, provisional: bool) -> str:
    return f"{day}{' (provisional)' if provisional else ''}"
