"""Fifty real processes at one slot. One books, forty-nine are told why not, nothing breaks."""

import collections
import datetime as dt
import multiprocessing
import os
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from django.db import connection, connections

from availability.tests.factories import WeeklyBlockFactory
from config.bench.racing import BOOKED, REFUSED, race
from core.actors import Actor, ActorKind
from core.walltime import to_utc
from practice.states import Role
from practice.tests.factories import (
    AuthorizationFactory,
    ClientFactory,
    LocationFactory,
    PracticeFactory,
    ProviderFactory,
    RoomFactory,
)
from scheduling import operations
from scheduling.models import Appointment, Attendance, Series
from scheduling.operations import Chosen
from scheduling.rules.recurrence import Every, Pattern, Rhythm
from scheduling.rules.wishes import Wish
from scheduling.tests.factories import AppointmentTypeFactory, TypeOfferFactory

# 25 at once, three rounds of each of the eight kinds; RACE_CONTENDERS=50 RACE_ROUNDS=200 for the long form.
CONTENDERS = int(os.environ.get("RACE_CONTENDERS", "25"))
ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))
NEW_YORK = ZoneInfo("America/New_York")
DESK = Actor(kind=ActorKind.USER, id=1, roles=frozenset({Role.FRONT_DESK}), undo_seconds=60)


@pytest.fixture
def cast(transactional_db):
    PracticeFactory()
    location = LocationFactory()
    kind = AppointmentTypeFactory(name="Follow-up")
    capped = AppointmentTypeFactory(name="Evaluation", max_per_day_practice=1)
    paid = AppointmentTypeFactory(name="Testing", requires_authorization=True)
    providers = [ProviderFactory() for _ in range(3)]
    busy = ProviderFactory(max_per_day=1)
    blocked = ProviderFactory()
    for one in (busy, blocked):
        TypeOfferFactory(type=kind, provider=one)
        for weekday in range(7):
            hours = {"starts_at": dt.time(6), "ends_at": dt.time(22)}
            WeeklyBlockFactory(
                provider=one, weekday=weekday, max_visits=1 if one == blocked else None, **hours
            )
    for one in providers:
        TypeOfferFactory(type=kind, provider=one)
        TypeOfferFactory(type=capped, provider=one)
        TypeOfferFactory(type=paid, provider=one)
        for weekday in range(7):
            WeeklyBlockFactory(provider=one, weekday=weekday, starts_at=dt.time(6), ends_at=dt.time(22))
    return {
        "type": kind.pk,
        "capped": capped.pk,
        "paid": paid.pk,
        "busy": busy.pk,
        "blocked": blocked.pk,
        "providers": [p.pk for p in providers],
        "room": RoomFactory(location=location).pk,
        "clients": [ClientFactory().pk for _ in range(max(CONTENDERS, 12))],  # some races are of twelve
    }


def _same_slot(cast, me: int, noon: dt.datetime) -> Wish:
    return _wish(cast, me, noon, provider_id=cast["providers"][0])


def _shifted(cast, me: int, noon: dt.datetime) -> Wish:
    """Any two overlap: 50 minutes and 15 after, shifted by at most 45."""
    return _wish(cast, me, noon + dt.timedelta(minutes=5 * (me % 10)), provider_id=cast["providers"][0])


def _co_provider(cast, me: int, noon: dt.datetime) -> Wish:
    """The first provider is wanted as provider by some and as co-provider by others."""
    first, second, third = cast["providers"]
    provider, co = [(first, None), (second, first), (first, third), (third, first)][me % 4]
    return _wish(cast, me, noon, provider_id=provider, co_provider_id=co)


def _room(cast, me: int, noon: dt.datetime) -> Wish:
    """Nobody but the room is shared by more than a third; only one visit fits the room."""
    return _wish(cast, me, noon, provider_id=cast["providers"][me % 3], room_id=cast["room"])


def _cap(cast, me: int, noon: dt.datetime) -> Wish:
    """Different providers, rooms and hours: only the practice's one visit of that type a day is shared."""
    start = noon + dt.timedelta(hours=2 * (me % 4) - 4)
    return _wish(cast, me, start, provider_id=cast["providers"][me % 3], type_id=cast["capped"])


def _provider_cap(cast, me: int, noon: dt.datetime) -> Wish:
    """One provider with one visit a day, wanted at different hours."""
    return _wish(cast, me, noon + dt.timedelta(hours=2 * (me % 4) - 4), provider_id=cast["busy"])


def _block_cap(cast, me: int, noon: dt.datetime) -> Wish:
    """The same, where it is the block of hours that takes one."""
    return _wish(cast, me, noon + dt.timedelta(hours=2 * (me % 4) - 4), provider_id=cast["blocked"])


def _wish(cast, me: int, starts_at: dt.datetime, **place) -> Wish:
    fields = {"type_id": cast["type"], "minutes": 50, "client_ids": (cast["clients"][me],)}
    return Wish(starts_at=starts_at, **{**fields, **place})


@pytest.mark.parametrize("make", [_same_slot, _shifted, _co_provider, _room, _cap, _provider_cap, _block_cap])
def test_many_processes_at_one_slot_book_it_once(make, cast):
    def attempt(me: int, day: int) -> None:
        noon = dt.datetime(2027, 3, 1, 12, tzinfo=NEW_YORK) + dt.timedelta(days=day)
        operations.book(make(cast, me, noon), by=DESK)

    told = race(attempt, contenders=CONTENDERS, rounds=ROUNDS)

    assert _by_round(told) == {day: {BOOKED: 1, REFUSED: CONTENDERS - 1} for day in range(ROUNDS)}
    assert Appointment.objects.count() == ROUNDS


def test_the_last_session_of_an_authorization_goes_to_one(cast):
    """Different providers and hours: only the client is shared, and what their insurer still allows that day."""
    client = ClientFactory()
    days = [dt.date(2027, 3, 1) + dt.timedelta(days=day) for day in range(ROUNDS)]
    for number, on in enumerate(days):
        AuthorizationFactory(client=client, number=f"P-{number}", sessions=1, starts_on=on, ends_on=on)

    def attempt(me: int, day: int) -> None:
        start = dt.datetime(2027, 3, 1, 8, tzinfo=NEW_YORK) + dt.timedelta(days=day, hours=me % 10)
        place = {"provider_id": cast["providers"][me % 3], "type_id": cast["paid"]}
        operations.book(_wish(cast, me, start, client_ids=(client.pk,), **place), by=DESK)

    told = race(attempt, contenders=CONTENDERS, rounds=ROUNDS)

    assert _by_round(told) == {day: {BOOKED: 1, REFUSED: CONTENDERS - 1} for day in range(ROUNDS)}
    people = Attendance.objects.filter(client=client).values_list("authorization", flat=True)
    assert len(set(people) - {None}) == ROUNDS


def test_a_series_and_single_bookings_never_both_take_a_day(cast):
    """A third of the contenders want all six weeks, the rest one visit each, on the second or the fifth of them."""

    def attempt(me: int, day: int) -> None:
        first = dt.date(2027, 3, 1) + dt.timedelta(days=day % 7, weeks=6 * (day // 7))
        pattern = Pattern(every=Every.WEEK, weekdays=(first.weekday(),), count=6)
        rhythm = Rhythm(pattern=pattern, first=first, at=dt.time(12), zone=NEW_YORK)
        starts = [to_utc(on, rhythm.at, NEW_YORK) for on in rhythm.dates]
        wishes = [_same_slot(cast, me, start) for start in starts]
        if me % 3 == 0:
            operations.book_series(rhythm, [Chosen(wish=wish) for wish in wishes], by=DESK)
        else:
            operations.book(wishes[1 if me % 3 == 1 else 4], by=DESK)

    told = race(attempt, contenders=12, rounds=ROUNDS)

    outcomes = _by_round(told)
    assert set(outcomes) == set(range(ROUNDS))
    for counts in outcomes.values():
        assert set(counts) == {BOOKED, REFUSED}
        assert counts[BOOKED] in (1, 2)  # the whole series, or one visit on either of the two days
    starts = list(Appointment.objects.values_list("starts_at", flat=True))
    assert len(starts) == len(set(starts))


def _by_round(told) -> dict:
    by_round = collections.defaultdict(collections.Counter)
    for one in told:
        by_round[one.round][one.what] += 1
    return by_round


def test_two_processes_with_overlapping_series_book_one(cast):
    """Crossing rows: one begins a week before the other, so each holds days the other wants."""

    def attempt(me: int, day: int) -> None:
        first = dt.date(2027, 3, 1) + dt.timedelta(days=day % 7, weeks=7 * (day // 7) + me)
        pattern = Pattern(every=Every.WEEK, weekdays=(first.weekday(),), count=6)
        rhythm = Rhythm(pattern=pattern, first=first, at=dt.time(12, 5 * me), zone=NEW_YORK)
        template = _same_slot(cast, me, dt.datetime(2027, 3, 1, 12, tzinfo=NEW_YORK))
        wishes = [replace(template, starts_at=to_utc(on, rhythm.at, NEW_YORK)) for on in rhythm.dates]
        operations.book_series(rhythm, [Chosen(wish=wish) for wish in wishes], by=DESK)

    told = race(attempt, contenders=2, rounds=ROUNDS)

    assert _by_round(told) == {day: {BOOKED: 1, REFUSED: 1} for day in range(ROUNDS)}
    assert Appointment.objects.count() == 6 * ROUNDS
    assert Series.objects.count() == ROUNDS


def test_a_couple_cancelling_at_once_ends_the_visit_once(cast):
    """Each looks whether the other still comes: the one who is second must see that nobody does."""
    seats = [_couple(cast, day) for day in range(ROUNDS)]

    def attempt(me: int, day: int) -> None:
        operations.cancel_person(seats[day][me], reason="client_request", by=DESK)

    told = race(attempt, contenders=2, rounds=ROUNDS)

    assert {one.what for one in told} == {BOOKED}
    assert set(Appointment.objects.values_list("state", flat=True)) == {"cancelled"}
    assert set(Attendance.objects.values_list("state", flat=True)) == {"cancelled"}
    alone = Attendance.objects.filter(cancelled_at__isnull=False)
    assert alone.count() == ROUNDS  # one of each went alone, the other with the visit


def _couple(cast, day: int, **more) -> list[int]:
    noon = dt.datetime(2027, 3, 1, 12, tzinfo=NEW_YORK) + dt.timedelta(days=day)
    wish = replace(_same_slot(cast, 0, noon), client_ids=tuple(cast["clients"][:2]), **more)
    visit = operations.book(wish, by=DESK).appointment
    return list(visit.attendances.order_by("pk").values_list("pk", flat=True))


def test_the_last_place_of_a_visit_is_given_once(cast):
    visits = [
        Attendance.objects.get(pk=_couple(cast, day, capacity=3)[0]).appointment_id for day in range(ROUNDS)
    ]

    def attempt(me: int, day: int) -> None:
        operations.add_person(visits[day], client_id=cast["clients"][2 + me], by=DESK)

    told = race(attempt, contenders=8, rounds=ROUNDS)

    by_round = collections.defaultdict(collections.Counter)
    for one in told:
        by_round[one.round][one.what] += 1
    assert by_round == {day: {BOOKED: 1, REFUSED: 7} for day in range(ROUNDS)}
    assert Attendance.objects.count() == 3 * ROUNDS


def test_raw_inserts_end_in_refusal_never_in_two_rows(cast):
    """The guard holds for whoever writes, rules or no rules."""
    visit = operations.book(
        _same_slot(cast, 0, dt.datetime(2027, 3, 1, 12, tzinfo=NEW_YORK)), by=DESK
    ).appointment
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(8), context.Queue()
    connections.close_all()
    processes = [context.Process(target=_insert_raw, args=(visit.pk, gate, answers)) for _ in range(8)]
    for process in processes:
        process.start()

    told = collections.Counter(answers.get(timeout=60) for _ in processes)

    assert told == {"ExclusionViolation": 8}
    assert Appointment.objects.count() == 1


def _insert_raw(visit_id: int, gate, answers) -> None:
    connections.close_all()
    columns = [f.column for f in Appointment._meta.concrete_fields if not f.generated and not f.primary_key]
    copied = ", ".join("gen_random_uuid()" if c == "public_id" else c for c in columns)
    gate.wait(60)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO scheduling_appointment ({', '.join(columns)}) "
                f"SELECT {copied} FROM scheduling_appointment WHERE id = %s",
                [visit_id],
            )
        answers.put("inserted")
    except Exception as error:
        answers.put(type(error.__cause__).__name__)
    connections.close_all()
    answers.close()
    answers.join_thread()
    os._exit(0)


def test_whoever_raced_can_still_wake_a_worker(transactional_db):
    race(lambda me, number: None, contenders=2, rounds=1)

    with current_app.producer_pool.acquire(block=True, timeout=5) as producer:
        assert producer.connection.connected or producer.connection.connect()
