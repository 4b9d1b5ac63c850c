"""No text outside the hours of its class, judged by the carrier's ledger: random zones, clock changes, clock jumps."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.models import Message
from messaging.operations import dispatch
from messaging.states import MessageClass, MessageState
from practice.models import Practice
from tests.examples import examples

HOUR = dt.timedelta(hours=1)
# Where clocks change by an hour, by half an hour, at other times of the year, or never.
ZONES = [
    "America/New_York",
    "America/Phoenix",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Europe/London",
    "Asia/Kathmandu",
    "Pacific/Auckland",
]
# The days round the clock changes of 2026 in these zones, and a plain week.
DAYS = [
    dt.date(2026, month, day) for month, day in ((3, 7), (3, 28), (4, 4), (9, 26), (10, 3), (10, 31), (6, 9))
]
CLASSES = list(MessageClass)
AT_ONCE = (MessageClass.ANSWER, MessageClass.CODE, MessageClass.CRISIS)


@dataclass(frozen=True)
class Hours:
    """What the practice and the client have set, in whole hours."""

    opens: int = 9
    closes: int = 20
    weekends: bool = False
    of_contact: tuple[int, int] | None = None


hours = st.builds(
    Hours,
    opens=st.integers(6, 13),
    closes=st.integers(14, 23),
    weekends=st.booleans(),
    of_contact=st.none() | st.tuples(st.integers(7, 12), st.integers(13, 22)),
)


def may_go(klass: str, local: dt.datetime, told: Hours) -> bool:
    """REM-4 in words of its own, so that the rule under test does not judge itself."""
    if klass in AT_ONCE:
        return True
    if klass == MessageClass.URGENT:
        return 7 <= local.hour < 21
    first, last = max(8, told.opens), min(21, told.closes)
    if told.of_contact and max(first, told.of_contact[0]) < min(last, told.of_contact[1]):
        first, last = max(first, told.of_contact[0]), min(last, told.of_contact[1])
    return first <= local.hour < last and (told.weekends or local.weekday() < 5)


@settings(
    max_examples=examples(25, ci=500),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    zone=st.sampled_from(ZONES),
    day=st.sampled_from(DAYS),
    classes=st.lists(st.sampled_from(CLASSES), min_size=1, max_size=3),
    useful_hours=st.integers(1, 60),
    jumps=st.lists(st.timedeltas(-3 * HOUR, 30 * HOUR), min_size=1, max_size=4),
    faults=st.lists(st.sampled_from(["429", "500", ""]), max_size=3),
    told=hours,
)
def test_nothing_leaves_outside_the_hours_of_its_class(
    zone, day, classes, useful_hours, jumps, faults, told, due, moment, reachable, carrier
):
    Practice.objects.update(
        window_opens_at=dt.time(told.opens),
        window_closes_at=dt.time(told.closes),
        window_weekends=told.weekends,
    )
    first, last = told.of_contact or (None, None)
    theirs = {"contact_from": first and dt.time(first), "contact_until": last and dt.time(last)}
    carrier.ledger.clear()
    carrier.faults.clear()
    carrier.faults.extend(faults)
    moment.at = dt.datetime.combine(day, dt.time(5), dt.UTC)
    useful_until = moment.at + useful_hours * HOUR
    rows = {}
    for klass in classes:
        row = due(client=reachable(zone=zone, **theirs), klass=klass, useful_until=useful_until)
        rows[row.address] = row
    for jump in (0 * HOUR, *jumps, 30 * HOUR, 60 * HOUR):
        moment.at += jump
        dispatch.tick()
        dispatch.reap()

    gone = [(rows[entry.to].klass, entry.created) for entry in carrier.ledger]
    assert all(may_go(klass, at.astimezone(ZoneInfo(zone)), told) for klass, at in gone)
    assert len({entry.to for entry in carrier.ledger}) == len(carrier.ledger)
    left = Message.objects.filter(pk__in=[row.pk for row in rows.values()])
    assert not left.filter(state__in=[MessageState.DUE, MessageState.CLAIMED]).exists()


@pytest.mark.parametrize("klass", CLASSES)
def test_the_judge_knows_a_night_from_a_day(klass):
    night = dt.datetime(2026, 6, 9, 3)

    assert may_go(klass, night, Hours()) == (klass in AT_ONCE)
