"""Run inside the living practice (`manage.py shell`): a therapist's day far ahead, and who hears of it how, as JSON."""

import datetime as dt
import json
import sys

from availability.models import WeeklyBlock
from core import clock
from core.actors import SYSTEM
from messaging.models import Consent
from practice.models import Address, CareTeam, Client, Provider
from practice.queries import the_practice
from reminders.models import ReminderRule, RuleOverride
from scheduling.models import AppointmentType, TypeOffer
from scheduling.operations import book
from scheduling.queries.problems import problems_with
from scheduling.rules.wishes import Wish

MINUTES, FIRST_HOUR = 30, 10
# Whom each journey is about, and what they agreed to. The last has no visit yet.
PEOPLE = {
    "planned": ("Paula Planner", ("sms",)),
    "texted": ("Theo Texter", ("sms",)),
    "called": ("Cora Caller", ("sms", "voice")),
    "mailed": ("Mila Mailer", ("email",)),
    "stopped": ("Stan Stopper", ("sms",)),
    "landline": ("Lena Lineman", ("sms", "voice")),
}


def kind_with_calls() -> AppointmentType:
    """Of this journey alone: whoever cannot be texted is mailed, and else called."""
    kind = AppointmentType.objects.create(name="Check-in", duration_minutes=MINUTES, buffer_after_minutes=0)
    first = ReminderRule.objects.get(name="Initial confirmation")
    RuleOverride.objects.create(rule=first, type=kind, channels=["sms", "email", "voice"])
    return kind


def therapist(kind: AppointmentType) -> Provider:
    one = Provider.objects.create(
        first_name="Mona", last_name="Messenger", credentials="LCSW", languages=["English"]
    )
    TypeOffer.objects.create(type=kind, provider=one)
    for weekday in range(7):
        WeeklyBlock.objects.create(
            provider=one, weekday=weekday, starts_at=dt.time(8), ends_at=dt.time(18),
            effective_from_on=dt.date(2020, 1, 6),
        )  # fmt: skip
    return one


def somebody(n: int, name: str, agreed: tuple[str, ...], provider: Provider) -> Client:
    """An adult with one address that may be used."""
    first, _, last = name.partition(" ")
    record = f"M-{n}"
    one = Client.objects.create(
        first_name=first, last_name=last, record_number=record, birth_on=dt.date(1980, 1, 1)
    )
    CareTeam.objects.create(provider=provider, client=one)
    kind, value = (
        ("email", f"{first}@example.org".lower()) if "email" in agreed else ("phone", f"+1617555{4100 + n}")
    )
    safe = {"safe_to_text": kind == "phone", "safe_to_email": kind == "email"}
    Address.objects.create(client=one, kind=kind, value=value, **safe)
    for channel in agreed:
        Consent.objects.create(
            client=one, channel=channel, address=value, granted=True, wording="You may.", source="form",
            at=clock.now() - dt.timedelta(days=30), by_kind="system",
        )  # fmt: skip
    return one


def wish_of(kind: AppointmentType, provider: Provider, start: dt.datetime, *clients: Client) -> Wish:
    ids = tuple(client.pk for client in clients)
    return Wish(type_id=kind.pk, provider_id=provider.pk, starts_at=start, minutes=MINUTES, client_ids=ids)


def free_thursday(kind: AppointmentType, provider: Provider, now: dt.datetime) -> dt.datetime:
    """Its first hour. Seven and eight days before it messages may go out, whatever is said of weekends."""
    local = now.astimezone(the_practice().tz)
    ahead = (3 - local.weekday()) % 7 + 35
    while True:
        on = local.date() + dt.timedelta(days=ahead)
        start = dt.datetime.combine(on, dt.time(FIRST_HOUR), local.tzinfo)
        if not problems_with(wish_of(kind, provider, start), by=SYSTEM, now=now):
            return start
        ahead += 7


def made() -> dict:
    kind = kind_with_calls()
    provider = therapist(kind)
    first, people = free_thursday(kind, provider, clock.now()), {}
    for n, (role, (name, agreed)) in enumerate(PEOPLE.items()):
        client = somebody(n, name, agreed, provider)
        start = first + dt.timedelta(hours=n)
        visit = None
        if role != "landline":
            visit = book(wish_of(kind, provider, start, client), by=SYSTEM).appointment.public_id
        said = start.strftime("%-I:%M %p").lower()
        people[role] = {"name": name, "client": str(client.public_id), "visit": str(visit), "at": said}
    return {
        "on": first.date().isoformat(),
        "provider": str(provider.public_id),
        "type": kind.pk,
        "people": people,
    }


sys.stdout.write(json.dumps(made()) + "\n")
