import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core import clock

MOMENT = dt.datetime(2026, 11, 23, 10, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
HOUR = dt.timedelta(hours=1)


def asked_elsewhere() -> dt.datetime:
    """`now()` of a process that connects only now."""

    def ask():
        try:
            return clock.now()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(ask).result()


def real_now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_it_is_the_databases_clock_and_it_runs():
    before, now, after = real_now(), clock.now(), real_now()

    assert before <= now <= after
    assert now.utcoffset() == dt.timedelta(0)


def test_frozen_needs_no_database_and_answers_in_utc():
    with clock.frozen(MOMENT):
        assert clock.now() == MOMENT
        assert clock.now().utcoffset() == dt.timedelta(0)


@pytest.mark.django_db
def test_frozen_ends_even_when_something_breaks_inside():
    with pytest.raises(RuntimeError), clock.frozen(MOMENT):
        raise RuntimeError

    assert abs(clock.now() - real_now()) < HOUR


def test_frozen_within_frozen_comes_back_to_the_outer():
    with clock.frozen(MOMENT):
        with clock.frozen(MOMENT + HOUR):
            inner = clock.now()
        assert (inner, clock.now()) == (MOMENT + HOUR, MOMENT)


def test_frozen_refuses_a_naive_moment():
    with pytest.raises(ValueError, match="aware"), clock.frozen(dt.datetime(2026, 11, 23)):
        pass


@pytest.mark.parametrize("offset", [dt.timedelta(days=40, hours=3), dt.timedelta(hours=-7)])
def test_an_offset_moves_this_process_and_those_that_connect_later(movable_clock, offset):
    clock.set_offset(offset)

    for now in (clock.now(), asked_elsewhere()):
        assert abs(now - real_now() - offset) < dt.timedelta(minutes=1)


def test_without_debug_the_clock_cannot_be_moved(settings, movable_clock):
    settings.CLOCK_MOVABLE = False

    with pytest.raises(clock.ClockFixed):
        clock.set_offset(HOUR)

    assert abs(asked_elsewhere() - real_now()) < HOUR


def test_without_debug_an_offset_left_behind_is_ignored(settings, movable_clock):
    clock.set_offset(dt.timedelta(days=40))

    settings.CLOCK_MOVABLE = False

    assert abs(clock.now() - real_now()) < HOUR
    assert abs(asked_elsewhere() - real_now()) < HOUR
