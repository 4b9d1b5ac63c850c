"""`python -m tests.faults`: the long form, on servers of its own.

Prints one line per fault, with --write into docs/reliability.md too; ends with 1 if anything was sent twice or lost.
"""

import argparse
import dataclasses
import json
import os
import sys
import warnings
from pathlib import Path

from tests.faults.servers import servers

DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: written by make faults -->", "<!-- faults: end -->"
HEAD = (
    "| Fault | Rows | Seeds | Accepted | Sent twice | Worst | Lost | Ended with a reason | Adopted | Absent | Killed |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)
SUMMED = ("rows", "accepted", "twice", "lost", "wrong", "ended", "adopted", "absent", "killed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500, help="reminders per seed (default 500)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", default=[""], help="only faults with these words in their name")
    parser.add_argument(
        "--json", action="store_true", help="one object per fault and seed instead of a table"
    )
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    parser.add_argument("--database", default="", help="a migrated one to use, not a server of its own")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["LOG_LEVEL"] = "CRITICAL"
    warnings.simplefilter("ignore")
    with servers(given.database) as under:
        lines, is_well = _all(under, given)
    if given.write:
        _write([*HEAD, *lines])
    return 0 if is_well else 1


def _all(under, given: argparse.Namespace) -> tuple[list[str], bool]:
    import django  # noqa: PLC0415  the servers must be there first

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    from tests.emptying import empty  # noqa: PLC0415
    from tests.faults.long_runs import long_runs  # noqa: PLC0415
    from tests.faults.runs import NAIVE, RUNS, Size, naive_sender  # noqa: PLC0415

    setup_test_environment()
    call_command("migrate", verbosity=0)
    runs = RUNS | long_runs(under) | {NAIVE: naive_sender}
    lines, is_well = [], True
    given.json or print("\n".join(HEAD), flush=True)
    for name, run in runs.items():
        if not any(words in name for words in given.only):
            continue
        found = []
        for seed in given.seeds:
            empty()
            found.append(run(Size(rows=given.rows, seed=seed)))
            given.json and print(json.dumps({"fault": name} | dataclasses.asdict(found[-1])), flush=True)
        total = {key: sum(dataclasses.asdict(one)[key] for one in found) for key in SUMMED}
        lines.append(_line(name, total, max(one.worst for one in found), len(found)))
        given.json or print(lines[-1], f"{sum(one.seconds for one in found):.0f} s", flush=True)
        is_well &= bool(total["twice"]) if name == NAIVE else all(one.is_well for one in found)
    return lines, is_well


def _line(name: str, total: dict[str, int], worst: int, seeds: int) -> str:
    lost = total["lost"] + total["wrong"]
    cells = (
        name, total["rows"], seeds, total["accepted"], total["twice"], f"{worst} ×", lost, total["ended"],
        total["adopted"], total["absent"], total["killed"],
    )  # fmt: skip
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |"


def _write(lines: list[str]) -> None:
    text = DOCS.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCS.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
