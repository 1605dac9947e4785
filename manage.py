#!/usr/bin/env python
"""Django's command line. Starts the embedded servers for the one command when none run (see foreignwork.local)."""

import contextlib
import os
import sys

NEEDS_NO_SERVERS = {
    "help",
    "--help",
    "version",
    "--version",
    "makemessages",
    "compilemessages",
    "collectstatic",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foreignwork.settings")
    from django.core.management import execute_from_command_line

    from foreignwork.local.pair import ensure
    from foreignwork.local.places import LocalError

    alone = len(sys.argv) < 2 or sys.argv[1] in NEEDS_NO_SERVERS
    try:
        with contextlib.nullcontext() if alone else ensure():
            execute_from_command_line(sys.argv)
    except LocalError as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
