import argparse
import sys
from pathlib import Path

from config.local.browser import find_or_install
from config.local.checkout import forget
from config.local.keeper import SERVICES, keep
from config.local.run import run
from config.local.trouble import Trouble


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="servers, tables, demo, then web, worker and beat until Ctrl-C")
    commands.add_parser("browser", help="print the path of a Chromium for the tests, installing it as root")
    commands.add_parser("forget", help="remove the local data and the keys to it")
    keeping = commands.add_parser("keep", help="run one server until nobody uses it (started by the others)")
    keeping.add_argument("service", choices=SERVICES)
    keeping.add_argument("folder", type=Path)
    keeping.add_argument("--fast", action="store_true", help="unsafe settings, folder removed at the end")
    return parser.parse_args()


def obey(given: argparse.Namespace) -> int:
    if given.command == "run":
        return run()
    if given.command == "browser":
        print(find_or_install())
    elif given.command == "forget":
        forget()
    else:
        keep(given.service, given.folder, fast=given.fast)
    return 0


def main() -> int:
    given = arguments()
    try:
        return obey(given)
    except Trouble as trouble:
        # A keeper's starter reads it from the pipe; `browser` has its path taken from there.
        print(trouble, file=sys.stderr if given.command == "browser" else sys.stdout, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
