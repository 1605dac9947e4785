"""Bring the database to what the code expects: migrations by the owner, then the rights of the app role."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandParser, call_command
from django.db import connections, transaction

from foreignwork import grants

LOCK = 0x666F7265  # any constant: two starts at once must not migrate side by side


class Command(BaseCommand):
    help = "Migrate as the owner, then give the app role its rights (append-only tables: SELECT and INSERT)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--grants-only", action="store_true", help="Leave the migrations alone.")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = connections["owner"]
        with owner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                if not options["grants_only"]:
                    call_command(
                        "migrate", database="owner", interactive=False, verbosity=options["verbosity"]
                    )
                self.grant(options["verbosity"])
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def grant(self, verbosity: int) -> None:
        owner, app = (connections[alias].settings_dict["USER"] for alias in ("owner", "default"))
        if owner == app:
            self.stderr.write(
                "Both database URLs name the same role, so the database cannot keep the records append-only. "
                "Give the portal a role of its own (DATABASE_URL) beside the owner's (DATABASE_OWNER_URL)."
            )
            return
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            for statement in grants.statements(app):
                cursor.execute(statement)
        if verbosity:
            self.stdout.write(f"Rights of {app} set; append-only: {', '.join(grants.append_only_tables())}.")
