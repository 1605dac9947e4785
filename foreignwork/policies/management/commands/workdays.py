"""``manage.py workdays add 2025-09-28 5``: due dates by the State Council's calendar."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foreignwork.policies import workdays


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date; write it as 2026-09-30") from error


class Command(BaseCommand):
    help = "Due dates by the working-day calendar (State Council notices, make-up days included)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (
            ("add", "the n-th working day after a date"),
            ("days", "n calendar days after a date, moved to a working day"),
        ):
            sub = actions.add_parser(name, help=text)
            sub.add_argument("start", type=day)
            sub.add_argument("n", type=int)
            sub.add_argument(
                "--provisional", action="store_true", help="accept years whose holidays are not published"
            )
        between = actions.add_parser(
            "between", help="working days after one date up to and including another"
        )
        between.add_argument("start", type=day)
        between.add_argument("end", type=day)
        between.add_argument(
            "--provisional", action="store_true", help="accept years whose holidays are not published"
        )
        actions.add_parser("years", help="the published years and their notices")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            if action == "years":
                for year in workdays.published().values():
                    self.stdout.write(f"{year.year}  {year.notice}  {year.notice_date}  {year.title}")
            elif action == "between":
                start, end = options["start"], options["end"]
                span = range(min(start, end).year, max(start, end).year + 1)
                unknown = [year for year in span if not workdays.is_published(year)]
                self._say(str(workdays.between(start, end)), bool(unknown), unknown, options["provisional"])
            else:
                unit = "wd" if action == "add" else "days"
                due = workdays.due(options["start"], workdays.period(options["n"], unit))
                span = range(options["start"].year, due.on.year + 1)
                unknown = [year for year in span if not workdays.is_published(year)]
                self._say(due.on.isoformat(), due.provisional, unknown, options["provisional"])
        except (workdays.CalendarError, OverflowError) as error:
            raise CommandError(str(error)) from error

    def _say(self, answer: str, provisional: bool, unknown: list[int], accepted: bool) -> None:
        if not provisional:
            self.stdout.write(answer)
            return
        years = ", ".join(map(str, unknown))
        if not accepted:
            raise CommandError(
                f"The holidays of {years} are not published in foreignwork/policies/calendar/: the answer "
                "would be provisional. Add the year's file, or pass --provisional to count weekends only."
            )
        self.stdout.write(answer)
        self.stderr.write(
            f"provisional: the holidays of {years} are not published, weekends only were counted"
        )
