"""The practice's rows as files, readable back by import_csv without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from practice.importing.giving import file_of
from practice.importing.kinds import kind_named, kinds


class Command(BaseCommand):
    help = "Export one kind of rows to a file or the terminal, or all kinds into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[*(kind.name for kind in kinds()), "all"])
        parser.add_argument("to", nargs="?", type=Path, help="a file; for all a folder, made when missing")

    def handle(self, **given: Any) -> None:
        try:
            if given["kind"] == "all":
                self.write_all(given["to"])
            elif given["to"]:
                self.write(given["kind"], given["to"])
            else:
                self.stdout.write("".join(file_of(kind_named(given["kind"]))), ending="")
        except OSError as error:
            raise CommandError(f"Cannot write {given['to']}: {error.strerror}.") from None

    def write_all(self, folder: Path | None) -> None:
        if folder is None:
            raise CommandError("Name the folder: export_csv all FOLDER.")
        folder.mkdir(parents=True, exist_ok=True)
        for kind in kinds():
            self.write(kind.name, folder / f"{kind.name}.csv")

    def write(self, name: str, to: Path) -> None:
        with to.open("w", encoding="utf-8", newline="") as file:
            for piece in file_of(kind_named(name)):
                file.write(piece)
        self.stderr.write(f"{to} written.")
