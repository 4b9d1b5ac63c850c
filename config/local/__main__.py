import argparse
import sys
from pathlib import Path

from config.local.keeper import SERVICES, keep
from config.local.run import run
from config.local.trouble import Trouble


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="servers, tables, demo, then web, worker and beat until Ctrl-C")
    keeping = commands.add_parser("keep", help="run one server until nobody uses it (started by the others)")
    keeping.add_argument("service", choices=SERVICES)
    keeping.add_argument("folder", type=Path)
    keeping.add_argument("--fast", action="store_true", help="unsafe settings, folder removed at the end")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    try:
        if given.command == "run":
            return run()
        keep(given.service, given.folder, fast=given.fast)
    except Trouble as trouble:
        print(trouble, flush=True)  # a keeper's starter reads it from the pipe
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
