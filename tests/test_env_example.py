import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = "config core practice messaging availability scheduling reminders groups waitlist analytics assistant"
READ = re.compile(r"\b(?:env\.(?:env\.)?\w+\(|environ\.get\(|environ\[)\s*\"([A-Z][A-Z0-9_]+)\"")
LISTED = re.compile(r"^# ?([A-Z][A-Z0-9_]+)=|^([A-Z][A-Z0-9_]+)=")


def lines() -> list[str]:
    return (ROOT / ".env.example").read_text().splitlines()


def listed() -> list[str]:
    return [found[1] or found[2] for line in lines() if (found := LISTED.match(line))]


def read_in_code() -> set[str]:
    files = [path for folder in CODE.split() for path in (ROOT / folder).rglob("*.py")]
    return {name for path in files if "tests" not in path.parts for name in READ.findall(path.read_text())}


def test_every_variable_that_is_read_is_listed_once():
    assert sorted(listed()) == sorted(read_in_code())


def test_every_variable_has_a_line_of_meaning():
    bare = [
        line
        for before, line in zip(["", *lines()], lines(), strict=False)
        if LISTED.match(line) and (not before.startswith("# ") or LISTED.match(before))
    ]

    assert bare == []
