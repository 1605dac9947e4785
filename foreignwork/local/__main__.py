"""`python -m foreignwork.local run|stop|status|clean`; the Makefile is the usual way in."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys

from .pair import Lock
from .places import Home, LocalError
from .processes import die_with_parent
from .supervisor import Supervisor, stop


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m foreignwork.local", description=__doc__)
    parser.add_argument("command", choices=["run", "stop", "status", "clean"])
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--bare", action="store_true", help="without demo cast, policy pack and static files")
    asked = parser.parse_args()
    home = Home.at()
    match asked.command:
        case "run":
            if os.environ.get("MAKELEVEL"):
                # Killing make with -9 must not leave a portal nobody sees.
                die_with_parent(signal.SIGTERM)
            debug = os.environ.get("DEBUG", "1") == "1"
            before = [["prepare", "--bare"]] if asked.bare else [["prepare"]]
            after = [["seed_demo", "--logins"]] if debug and not asked.bare else []
            return Supervisor(home, asked.port, before, after).run()
        case "stop":
            print("stopped." if stop(home) else "nothing was running.")
        case "status":
            holder = Lock(home).holder()
            print("not running" if holder is None else f"running: {holder}")
            return 0
        case "clean":
            stop(home)
            for place in (home.servers, home.sockets):
                shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(f"\n{error}")
