"""Who and what is there to measure with, read from the practice the bench has opened."""

import datetime as dt

from config.demo.accounts import password
from core import clock
from practice.models import Client, Provider
from practice.queries import the_practice
from scheduling.models import Appointment, Attendance

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
