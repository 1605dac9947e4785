"""Look at quarantined messages and run them again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foreignwork.outbox.models import WAITING, OutboxMessage
from foreignwork.outbox.relay import lag, replay


class Command(BaseCommand):
    help = "Shows what waits and what is quarantined; gives quarantined messages another try."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="what waits and what is quarantined")
        again = verbs.add_parser("replay", help="give quarantined messages three new attempts")
        again.add_argument("ids", nargs="*", type=int)
        again.add_argument("--topic", help="all quarantined messages of one topic")
        again.add_argument("--all", action="store_true", help="all quarantined messages")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        now = timezone.now()
        stuck = OutboxMessage.objects.filter(quarantined_at__isnull=False).order_by("quarantined_at", "pk")
        if verb == "list":
            waiting = OutboxMessage.objects.filter(WAITING).count()
            oldest = int(lag(at=now).total_seconds())
            self.stdout.write(f"waiting {waiting}, oldest due {oldest} s, quarantined {stuck.count()}")
            for row in stuck:
                self.stdout.write(
                    f"{row.pk}\t{row.quarantined_at:%Y-%m-%d %H:%M}\t{row.topic}\t{row.key}\t{row.last_error}"
                )
            return
        if not (options["ids"] or options["topic"] or options["all"]):
            raise CommandError("say which: ids, --topic or --all")
        if options["ids"]:
            stuck = stuck.filter(pk__in=options["ids"])
        if options["topic"]:
            stuck = stuck.filter(topic=options["topic"])
        self.stdout.write(
            f"{replay(stuck.values_list('pk', flat=True), at=now)} messages will be tried again"
        )
