"""Pure tables and arithmetic: windows over any zone and clock change, replies, segments, what an error proves."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules import errors, moves, reach, retries, statuses
from messaging.rules.errors import Verdict
from messaging.rules.segments import segments
from messaging.rules.windows import Window, is_open, last_open, next_open, plan, sooner, window_for
from messaging.states import MessageClass, MessageState

ZONES = [
    "America/New_York", "America/Los_Angeles", "America/Phoenix", "Pacific/Honolulu", "Europe/Berlin",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca", "Asia/Tehran",
]  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(dt.datetime(2010, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC))
reminder_windows = st.builds(
    lambda opens, closes, contact: window_for(
        MessageClass.REMINDER,
        opens=opens,
        closes=closes,
        contact_from=contact[0] if contact else None,
        contact_until=contact[1] if contact else None,
    ),
    st.times(),
    st.times(),
    st.none() | st.tuples(st.times(), st.times()),
)
windows = reminder_windows | st.just(window_for(MessageClass.URGENT, opens=dt.time(9), closes=dt.time(20)))
NEW_YORK = ZoneInfo("America/New_York")
USUAL = window_for(MessageClass.REMINDER, opens=dt.time(9), closes=dt.time(20))


@given(window=windows, at=moments, zone=zones)
def test_the_next_opening_is_open_and_the_first(window, at, zone):
    opening = next_open(window, at, zone)

    assert opening >= at
    assert is_open(window, opening, zone)
    if opening > at:
        assert not is_open(window, at, zone)
        assert not is_open(window, opening - dt.timedelta(microseconds=1), zone)


@given(window=windows, at=moments, zone=zones)
def test_the_last_opening_is_open_and_not_later(window, at, zone):
    moment = last_open(window, at, zone)

    assert moment <= at
    assert is_open(window, moment, zone)


@given(
    window=windows,
    due=moments,
    zone=zones,
    now=st.timedeltas(dt.timedelta(-10), dt.timedelta(10)),
    useful=st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)),
)
def test_a_planned_moment_is_inside_the_window_and_never_past(window, due, zone, now, useful):
    now = due + now
    moment = plan(window, due, useful_until=due + useful, now=now, zone=zone)

    assert moment >= now
    assert is_open(window, moment, zone)


@given(
    window=windows,
    now=moments,
    zone=zones,
    wait=st.timedeltas(dt.timedelta(0), dt.timedelta(hours=30)),
    useful=st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)),
)
def test_a_retry_waits_as_long_as_it_should_or_comes_while_the_window_is_open(
    window, now, zone, wait, useful
):
    if not is_open(window, now, zone):
        return
    at, until = now + wait, now + useful
    moment = sooner(window, at, now=now, useful_until=until, zone=zone)

    assert now <= moment <= at
    if moment < at:
        assert is_open(window, moment, zone)
    elif not is_open(window, at, zone):
        assert next_open(window, at, zone) < until


@given(at=moments, zone=zones, window=reminder_windows)
def test_no_setting_opens_reminders_outside_8_to_21_or_on_weekends(at, zone, window):
    if is_open(window, at, zone):
        local = at.astimezone(zone)
        assert dt.time(8) <= local.time() < dt.time(21)
        assert local.weekday() < 5


def new_york(day, hour, minute=0):
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("due", "visit", "planned"),
    [
        (new_york(25, 10), new_york(25, 12), new_york(25, 10)),  # inside: as wished
        (new_york(25, 7), new_york(25, 12), new_york(25, 9)),  # it can wait
        (new_york(25, 7), new_york(25, 9), new_york(24, 19, 30)),  # it cannot: the evening before
        (new_york(22, 9), new_york(23, 9), new_york(20, 19, 30)),  # Sunday for Monday: Friday
        (new_york(24, 20), new_york(26, 20), new_york(25, 9)),  # closing time itself is outside
    ],
)
def test_what_cannot_wait_goes_earlier_not_later(due, visit, planned):
    assert plan(USUAL, due, useful_until=visit, now=new_york(1, 12), zone=NEW_YORK) == planned


def test_what_can_neither_wait_nor_go_earlier_comes_out_past_its_use():
    now = new_york(25, 7)

    assert plan(USUAL, now, useful_until=new_york(25, 9), now=now, zone=NEW_YORK) == new_york(25, 9)


def test_the_window_keeps_its_wall_clock_over_both_clock_changes():
    night = dt.datetime(2026, 10, 30, 23, tzinfo=NEW_YORK), dt.datetime(2026, 3, 6, 23, tzinfo=NEW_YORK)

    assert [next_open(USUAL, at, NEW_YORK) for at in night] == [
        dt.datetime(2026, 11, 2, 14, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 9, 13, tzinfo=dt.UTC),
    ]


def test_classes_without_a_window_go_at_any_moment():
    for klass in (MessageClass.ANSWER, MessageClass.CODE, MessageClass.CRISIS):
        assert window_for(klass, opens=dt.time(9), closes=dt.time(20)) is None
    midnight = new_york(22, 0)
    assert is_open(None, midnight, NEW_YORK)
    assert next_open(None, midnight, NEW_YORK) == last_open(None, midnight, NEW_YORK) == midnight


def test_contact_hours_narrow_the_window_unless_they_never_meet():
    hours = {"opens": dt.time(9), "closes": dt.time(20)}
    narrow = window_for("reminder", **hours, contact_from=dt.time(17), contact_until=dt.time(22))
    apart = window_for("reminder", **hours, contact_from=dt.time(5), contact_until=dt.time(7))

    assert narrow == Window(opens=dt.time(17), closes=dt.time(20), weekends=False)
    assert apart == USUAL


def test_a_window_that_never_opens_is_a_mistake():
    closed = Window(opens=dt.time(9), closes=dt.time(9), weekends=True)

    for ask in (next_open, last_open):
        with pytest.raises(ValueError, match="never opens"):
            ask(closed, new_york(25, 12), NEW_YORK)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ú" * 70, 1),
        ("ú" * 71, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_how_many_parts_a_text_has(text, parts):
    assert segments(text) == parts


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (201, "", Verdict.ACCEPTED),
        (302, "", Verdict.UNKNOWN),
        (500, "20500", Verdict.UNKNOWN),
        (503, "21610", Verdict.UNKNOWN),
        (429, "20429", Verdict.NOT_SENT),
        (400, "21611", Verdict.NOT_SENT),
        (401, "20003", Verdict.CONFIGURATION),
        (403, "", Verdict.CONFIGURATION),
        (400, "21606", Verdict.CONFIGURATION),
        (400, "21610", Verdict.OPTED_OUT),
        (400, "21211", Verdict.BAD_ADDRESS),
        (400, "99999", Verdict.REJECTED),
        (404, "", Verdict.REJECTED),
    ],
)
def test_what_an_answer_proves(status, code, verdict):
    assert errors.verdict_on(status, code) == verdict


def test_a_late_failure_never_becomes_a_retry():
    assert {errors.verdict_on_failure(code) for code in ("20429", "20003", "", "30003")} == {Verdict.REJECTED}
    assert errors.verdict_on_failure("30006") == Verdict.BAD_ADDRESS


def test_every_reason_fits_its_column():
    assert all(len(errors.reason_for(verdict, "9" * 20)) <= 80 for verdict in errors.REASONS)


def test_queued_is_never_our_due():
    assert statuses.state_for("queued") == MessageState.ACCEPTED
    assert {statuses.state_for(word) for word in statuses.FAILED} == {MessageState.UNDELIVERED}
    assert {statuses.state_for(word) for word in statuses.ARRIVED} == {MessageState.DELIVERED}
    assert statuses.rank("teleported") == 0


def test_nothing_falls_back_once_a_carrier_has_it():
    behind = moves.BEFORE_CARRIER | moves.ENDED_UNSENT
    for state in (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.UNDELIVERED):
        assert not moves.ALLOWED[state] & behind
    assert set(moves.ALLOWED) == set(MessageState)


@given(
    attempts=st.integers(1, 5),
    left=st.timedeltas(dt.timedelta(0), dt.timedelta(days=2)),
    jitter=st.floats(0, 1),
)
def test_a_retry_comes_before_the_message_is_useless(attempts, left, jitter):
    now = new_york(25, 12)
    at = retries.retry_at(now, attempts=attempts, useful_until=now + left, jitter=jitter)

    assert now <= at <= now + left / 2 + dt.timedelta(microseconds=1)
    assert at - now <= dt.timedelta(hours=1)


@given(waited=st.integers(0, 2000))
def test_looks_never_jump_over_the_moment_of_proof(waited):
    started = new_york(25, 12)
    now = started + dt.timedelta(seconds=waited)
    look = retries.look_again_at(now, started, lease=120, grace=300)
    proof = retries.proof_at(started, lease=120, grace=300)

    assert look > now
    assert now >= proof or look <= proof


def facts(**changed):
    usual = {"is_safe": True, "consent": True, "is_suppressed": False}
    return reach.AddressFacts(**(usual | changed))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({}, ""),
        ({"is_safe": False}, reach.NOT_SAFE),
        ({"consent": None}, reach.NO_CONSENT),
        ({"consent": False}, reach.WITHDRAWN),
        ({"is_suppressed": True, "consent": None}, reach.SUPPRESSED),
    ],
)
def test_why_an_address_may_not_be_used(changed, refusal):
    assert reach.refusal(facts(**changed)) == refusal


def test_a_practice_may_write_at_weekends():
    usual = {"opens": dt.time(9), "closes": dt.time(20)}
    windows = [window_for(MessageClass.REMINDER, weekends=weekends, **usual) for weekends in (False, True)]
    saturday = dt.datetime(2026, 11, 21, 11, tzinfo=NEW_YORK)

    assert [is_open(window, saturday, NEW_YORK) for window in windows] == [False, True]
