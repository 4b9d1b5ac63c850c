"""Any schedule, any zone, clock changes and clock jumps: what a carrier takes is in time, in hours and once."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from messaging.models import Message
from messaging.operations import dispatch
from messaging.tests.conftest import carrier  # noqa: F401  the stand-in with a ledger of its own
from practice.models import Practice
from practice.tests.factories import ClientFactory, ProviderFactory
from reminders.models import Reminder, ReminderRule
from reminders.tests.factories import ReminderRuleFactory
from scheduling import operations
from scheduling.rules.wishes import Place, Wish
from tests.examples import examples

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
PHONE = "+12025550171"
ZONES = ["America/New_York", "America/Phoenix", "Australia/Lord_Howe", "Europe/London", "Pacific/Auckland"]
# Days on which, or the day after which, clocks change somewhere among these, and a plain one.
DAYS = [
    dt.datetime(2027, month, day, tzinfo=dt.UTC)
    for month, day in ((3, 14), (3, 28), (4, 4), (10, 31), (6, 9))
]
steps = st.one_of(
    st.tuples(st.integers(15, 8 * 1440), st.none()),
    st.tuples(st.integers(0, 5).map(lambda days: days * 1440), st.integers(0, 23).map(dt.time)),
)


def set_schedule(schedule: list[tuple[int, dt.time | None]]) -> None:
    ReminderRule.objects.update(is_active=False)
    for offset, at_time in schedule:
        ReminderRuleFactory(offset_minutes=offset, at_time=at_time, drop_rank=offset % 5)


@settings(
    max_examples=examples(5, ci=100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    zone=st.sampled_from(ZONES),
    day=st.sampled_from(DAYS),
    minute=st.integers(0, 1439),
    schedule=st.lists(steps, min_size=1, max_size=5),
    opens=st.integers(8, 13),
    closes=st.integers(14, 21),
    weekends=st.booleans(),
    jumps=st.lists(st.timedeltas(-5 * HOUR, 40 * HOUR), min_size=4, max_size=12),
    moves=st.none() | st.integers(-30, 60),
)
def test_reminders_of_any_schedule_are_in_time_in_hours_and_once(
    zone,
    day,
    minute,
    schedule,
    opens,
    closes,
    weekends,
    jumps,
    moves,
    carrier,  # noqa: F811
    agree,
    kind,
    desk,
):
    moment = day - 9 * DAY
    carrier.ledger.clear()
    carrier.now = lambda: moment
    Practice.objects.update(
        window_opens_at=dt.time(opens), window_closes_at=dt.time(closes), window_weekends=weekends
    )
    set_schedule(schedule)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: moment)
        client, provider = ClientFactory(zone=zone), ProviderFactory()
        agree(client, PHONE)
        start = day + dt.timedelta(minutes=minute)
        wish = Wish(
            type_id=kind.pk, provider_id=provider.pk, starts_at=start, minutes=50, client_ids=(client.pk,)
        )
        visit = operations.book(wish, by=desk, notice="none", override_reason="test").appointment
        starts = [(moment, start)]
        for n, jump in enumerate([*jumps, 12 * DAY, 12 * DAY]):
            if n == 3 and moves and moment < start:
                start = start + moves * HOUR
                to = Place(provider_id=provider.pk, starts_at=start, minutes=50)
                operations.move(visit.pk, to=to, by=desk, notice="none", override_reason="test")
                starts.append((moment, start))
            for _ in range(8):  # several ticks on the way, as many as fit
                moment += jump / 8
                dispatch.tick()
                dispatch.reap()

    local = ZoneInfo(zone)
    for entry in carrier.ledger:
        at = entry.created.astimezone(local)
        valid = [begins for since, begins in starts if since <= entry.created][-1]
        assert opens <= at.hour < closes
        assert weekends or at.weekday() < 5
        assert entry.created < valid, "after the visit began"
    assert (
        max(Counter(entry.created.astimezone(local).date() for entry in carrier.ledger).values(), default=0)
        <= 2
    )
    ours = Message.objects.filter(client=client)
    sent = Counter(
        ours.filter(state__in=["accepted", "delivered"]).exclude(channel="portal").values_list("subject")
    )
    assert set(sent.values()) <= {1}
    assert len(carrier.ledger) == sum(sent.values())
    assert not Reminder.objects.filter(attendance__client=client, state="planned").exists()
    assert not ours.filter(state__in=["due", "claimed"]).exists()
