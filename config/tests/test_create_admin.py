"""The first admin is made by a command, with a password somebody chose."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from practice.models import AuditEntry, Practice, User

GOOD = "quiet-water-runs-deep"


@pytest.fixture
def make(monkeypatch, db):
    def run(*more: str, password: str = GOOD, email: str = "Ada@Example.org") -> str:
        out = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        call_command(
            "create_admin", "--email", email, "--name", "Ada North", "--password-stdin", *more, stdout=out
        )
        return out.getvalue()

    return run


def test_makes_the_admin_and_the_practice(make):
    said = make("--practice-name", "Riverside", "--zone", "America/Chicago", "--json")

    user = User.objects.get()
    assert (user.email, user.roles, user.check_password(GOOD)) == ("ada@example.org", ["admin"], True)
    assert Practice.objects.get().zone == "America/Chicago"
    assert json.loads(said) == {
        "user": user.pk, "email": "ada@example.org", "practice": "Riverside", "zone": "America/Chicago",
    }  # fmt: skip
    assert set(AuditEntry.objects.values_list("act", flat=True)) == {"practice.added", "user.added"}
    assert GOOD not in said


def test_a_second_admin_needs_no_practice_name(make, practice):
    assert "may now sign in as admin" in make()


@pytest.mark.parametrize(
    ("more", "given", "words"),
    [
        ((), {}, "There is no practice yet"),
        (("--practice-name", "R"), {"email": "ada"}, "is not an email address"),
        (("--practice-name", "R", "--zone", "Mars/Base"), {}, "is not a time zone"),
        (("--practice-name", "R"), {"password": "short"}, "at least 12 characters"),
        (("--practice-name", "R"), {"password": ""}, "at least 12 characters"),
        (("--practice-name", "R"), {"password": "ada@example.org"}, "too similar"),
    ],
)
def test_says_what_is_wrong_and_makes_nothing(make, more, given, words):
    with pytest.raises(CommandError, match=words):
        make(*more, **given)

    assert not User.objects.exists()
    assert not Practice.objects.exists()


def test_an_email_is_used_once(make, practice):
    make()

    with pytest.raises(CommandError, match="already has an account"):
        make()


def test_without_a_terminal_the_password_must_be_piped(monkeypatch, practice):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    with pytest.raises(CommandError, match="--password-stdin"):
        call_command("create_admin", "--email", "a@example.org", "--name", "A")
