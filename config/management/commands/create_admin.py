"""The first admin, and the practice itself when there is none yet. No default password, ever."""

import getpass
import json
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from core import clock
from core.actors import Actor, ActorKind
from practice.models import Practice, User
from practice.models.places import validate_zone
from practice.operations import record
from practice.states import Role

COMMAND = Actor(kind=ActorKind.SYSTEM, via="command")


class Command(BaseCommand):
    help = "Make a practice admin; with --practice-name also the practice, if there is none yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True, help="the person's name, as colleagues see it")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        parser.add_argument("--practice-name", help="needed while there is no practice")
        parser.add_argument("--zone", default="America/New_York", help="the practice's time zone")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, **given) -> None:
        email = given["email"].strip().lower()
        refuse_bad(validate_email, email, f"{email!r} is not an email address.")
        refuse_bad(
            validate_zone, given["zone"], f"{given['zone']!r} is not a time zone. Try America/New_York."
        )
        if User.objects.filter(email=email).exists():
            raise CommandError(
                f"{email} already has an account. Choose another email, or change it in the admin."
            )
        if not Practice.objects.exists() and not given["practice_name"]:
            raise CommandError('There is no practice yet: add --practice-name "Your practice".')
        password = read_password(from_stdin=given["password_stdin"])
        refuse_weak(password, User(email=email, name=given["name"]))
        user = self.make(email, password, given)
        self.say(user, as_json=given["json"])

    @transaction.atomic
    def make(self, email: str, password: str, given: dict) -> User:
        now = clock.now()
        if not Practice.objects.exists():
            name = given["practice_name"]
            practice = Practice.objects.create(name=name, sender_name=name[:40], zone=given["zone"])
            record("practice.added", practice, by=COMMAND, at=now, after={"zone": practice.zone})
        user = User.objects.create_user(email, given["name"], password, roles=[Role.ADMIN])
        record("user.added", user, by=COMMAND, at=now, after={"roles": user.roles})
        return user

    def say(self, user: User, *, as_json: bool) -> None:
        practice = Practice.objects.get()
        if as_json:
            made = {"user": user.pk, "email": user.email, "practice": practice.name, "zone": practice.zone}
            self.stdout.write(json.dumps(made))
        else:
            self.stdout.write(f"{user.name} <{user.email}> may now sign in as admin of {practice.name}.")


def read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("Nobody is here to type a password: pipe it in and add --password-stdin.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise CommandError("The two passwords differ. Nothing was made.")
    return first


def refuse_weak(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError("Choose another password. " + " ".join(error.messages)) from None


def refuse_bad(check, value: str, message: str) -> None:
    try:
        check(value)
    except ValidationError:
        raise CommandError(message) from None
