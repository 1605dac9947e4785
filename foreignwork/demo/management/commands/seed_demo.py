"""``manage.py seed_demo``: the demo cast, by the same doors as everyone. ``--logins`` prints who signs in with what."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.demo.people import PASSWORD
from foreignwork.demo.play import play
from foreignwork.demo.scenes import play_all


class Command(BaseCommand):
    help = "Load the demo cast and its cases. Refuses outside DEBUG; does nothing when the cast is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", action="store_true", help="only print who signs in with what")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "seed_demo only runs with DEBUG=1: it creates people whose passwords are public."
            )
        if not options["logins"] and not User.objects.filter(username="agent-university").exists():
            at = clock.now()
            play_all(play(at=at), at=at)
            self.stdout.write("demo cast loaded")
        self.print_logins()

    def print_logins(self) -> None:
        """A table of the cast; second factors are on the page /dev/codes/."""
        self.stdout.write(
            f"\npassword of all: {PASSWORD}   second factors of staff: {settings.PUBLIC_BASE_URL}/dev/codes/\n"
        )
        for user in (
            User.objects.filter(is_active=True).order_by("kind", "pk").prefetch_related("posts__office")
        ):
            posts = {post.office.name_zh for post in user.posts.all()}
            firms = [m.organisation.name_zh for m in user.memberships.select_related("organisation")]
            self.stdout.write(f"  {user.username:<28} {user.display_name:<8} {'、'.join([*posts, *firms])}")
