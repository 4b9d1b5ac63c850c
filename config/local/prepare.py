"""Run as a program before the first page: tables, demo on first run, sign-ins. One load of Django for all."""

import io
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate_if_needed() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Making the tables …", flush=True)
        call_command("migrate", verbosity=0, interactive=False)


def sign_ins() -> str:
    said = io.StringIO()
    call_command("demo", sign_ins=True, stdout=said)
    return said.getvalue()


def main() -> None:
    django.setup()
    migrate_if_needed()
    if settings.DEBUG:  # a real practice never meets demo people
        call_command("demo", if_empty=True)
        Path(sys.argv[1]).write_text(sign_ins())


if __name__ == "__main__":
    main()
