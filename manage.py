#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL and REDIS_URL they use local servers, started if need be."""

import os
import sys

from config.local.environment import do_without, ensure
from config.local.trouble import Trouble

NEED_NO_SERVERS = {
    "help",
    "version",
    "collectstatic",
    "findstatic",
    "makemessages",
    "compilemessages",
}


def needs_servers(words: list[str]) -> bool:
    return bool(words) and words[0] not in NEED_NO_SERVERS and not {"--help", "-h", "--version"} & set(words)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        ensure() if needs_servers(sys.argv[1:]) else do_without()
    except Trouble as trouble:
        sys.exit(str(trouble))
    from django.core.management import execute_from_command_line  # noqa: PLC0415  Django is slow to load

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
