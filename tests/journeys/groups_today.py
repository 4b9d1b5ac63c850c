"""Run inside the living practice, with STEP and DAY set: what the journey of groups needs and no page gives at once."""

import datetime as dt
import json
import sys

from availability.models import WeeklyBlock
from core import clock
from core.actors import SYSTEM
from core.walltime import to_utc
from groups.models import Group
from groups.operations import enrol, refer
from groups.queries.sessions import plan_for, sessions_of
from practice.models import Client, KeepApart, Provider
from practice.queries import the_practice
from scheduling.models import Appointment, AppointmentType, TypeOffer
from scheduling.operations import book
from scheduling.rules.wishes import Wish

step, day = STEP, DAY  # noqa: F821  given by who runs this
MEMBERS = 12

zone = the_practice().tz
today = clock.now().astimezone(zone).date()
provider = Provider.objects.get(last_name="Smith")


def kept_apart() -> set[int]:
    pairs = KeepApart.objects.values_list("client", "other_client")
    return {pk for pair in pairs for pk in pair if pk}


def before() -> dict:
    """Early hours on the day the group is to meet, and two of the therapist's own clients."""
    kind = AppointmentType.objects.get(name="Anxiety skills group")
    TypeOffer.objects.get_or_create(type=kind, provider=provider)
    hours = {"starts_at": dt.time(6), "ends_at": dt.time(9), "effective_from_on": today}
    WeeklyBlock.objects.get_or_create(provider=provider, weekday=day, defaults=hours)
    own = Client.objects.filter(care_team__provider=provider, status="active").exclude(pk__in=kept_apart())
    records = own.order_by("pk").values_list("record_number", flat=True)
    first = today + dt.timedelta(days=(day - today.weekday()) % 7 or 7)
    return {"records": list(records[:2]), "first": first.isoformat(), "today": today.isoformat()}


def fill() -> dict:
    """Eleven more members, and something in the way of the third session."""
    group = Group.objects.latest("pk")
    Group.objects.filter(pk=group.pk).update(needs_screening=False)
    there = kept_apart() | set(group.memberships.values_list("client", flat=True))
    others = Client.objects.filter(status="active").exclude(pk__in=there).order_by("pk")
    for client in others[: MEMBERS - group.memberships.seated().count()]:
        enrol(refer(group.pk, client_id=client.pk, by=SYSTEM).member.pk, by=SYSTEM)
    Group.objects.filter(pk=group.pk).update(needs_screening=True)
    third = plan_for(group, 3, zone=zone, today=today).lines[2]
    wish = Wish(
        type_id=group.type_id,
        provider_id=provider.pk,
        starts_at=to_utc(third.on, third.at, zone),
        minutes=30,
    )
    book(wish, by=SYSTEM)
    return {"members": group.memberships.seated().count()}


def next_day() -> dict:
    """The first session began ten minutes ago."""
    first = sessions_of(Group.objects.latest("pk")).earliest("starts_at")
    start = clock.now() - dt.timedelta(minutes=10)
    length = first.ends_at - first.starts_at
    Appointment.objects.filter(pk=first.pk).update(
        starts_at=start, ends_at=start + length, overbooked_provider=True
    )
    return {"session": str(first.public_id)}


said = {"before": before, "fill": fill, "next day": next_day}[step]()
sys.stdout.write(json.dumps(said) + "\n")
