"""Who and what is there to measure with, read from the practice the bench has opened."""

import datetime as dt

from config.demo.accounts import password
from core import clock
from core.actors import Actor, ActorKind
from practice.models import Client, Provider, User
from practice.queries import the_practice
from scheduling.models import Appointment, Attendance, TypeOffer
from scheduling.states import Category

DESK = "desk@demo.test"


def sign_in_words() -> tuple[str, str]:
    """The front desk, whose page the calendar is."""
    return DESK, password()


def counted() -> dict[str, int]:
    tables = {
        "appointments": Appointment,
        "attendances": Attendance,
        "clients": Client,
        "providers": Provider,
    }
    return {name: table._default_manager.count() for name, table in tables.items()}


def today() -> dt.date:
    return clock.now().astimezone(the_practice().tz).date()


def next_weekdays(count: int) -> list[dt.date]:
    """From tomorrow on, in order."""
    days = (today() + dt.timedelta(days=n) for n in range(1, 2 * count + 7))
    return [day for day in days if day.weekday() < 5][:count]


def desk() -> Actor:
    """The front desk as an operation knows it, with the usual minute to take an act back."""
    user = User.objects.get(email=DESK)
    return Actor(kind=ActorKind.USER, id=user.pk, via="web", roles=frozenset(user.roles), undo_seconds=60)


def ordinary_offers() -> dict[int, TypeOffer]:
    """By provider: an ordinary visit they offer, without a daily cap, which would be another race."""
    ordinary = TypeOffer.objects.filter(
        provider__is_active=True,
        type__is_active=True,
        type__category=Category.INDIVIDUAL,
        type__max_per_day_provider=None,
        type__max_per_day_practice=None,
    )
    rows = (
        ordinary.select_related("type", "provider").order_by("provider_id", "type_id").distinct("provider_id")
    )
    return {row.provider_id: row for row in rows}
