"""Openings are the grid starts `book` takes without an override: no more, and no fewer."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from availability.states import ExceptionKind
from availability.tests.factories import ClosureFactory, DatedExceptionFactory, WeeklyBlockFactory
from core import clock
from core.actors import SYSTEM
from core.intervals import merge
from core.refusals import Severity
from core.walltime import day_bounds, from_epoch_minutes, to_utc
from practice.models import Practice, RoomOutage
from practice.tests.factories import (
    AuthorizationFactory,
    KeepApartFactory,
    LocationFactory,
    ProviderFactory,
    RoomFactory,
)
from scheduling.models import Appointment
from scheduling.queries.openings import Search, find_openings
from scheduling.queries.problems import facts_for
from scheduling.rules.openings import Shape, on_grid, starts, starts_in_any, without
from scheduling.rules.problems import problems
from scheduling.rules.wishes import Wish
from scheduling.states import AppointmentState, Category, Source
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory, TypeOfferFactory
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TOMORROW = dt.date(2026, 11, 25)
EXAMPLES = examples(60, ci=200)


def search(clinic, **other) -> Search:
    fields = {
        "type_id": clinic.type.pk,
        "first": TOMORROW,
        "last": TOMORROW,
        "providers": (clinic.provider.public_id,),
    }
    return Search(**{**fields, **other})


def found(clinic, **other) -> list[dt.datetime]:
    practice = Practice.objects.get()
    openings = find_openings(search(clinic, **other), by=SYSTEM, practice=practice, now=clock.now())
    return [from_epoch_minutes(minute) for minutes in openings.minutes.values() for minute in minutes]


def test_a_free_day_opens_on_every_grid_start_that_ends_in_time(clinic):
    assert found(clinic)[0] == at(8)
    assert found(clinic)[-1] == at(17)
    assert len(found(clinic)) == 37


def test_a_visit_and_its_buffers_are_in_the_way(clinic):
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(12))

    free = found(clinic)

    assert at(10, 45) in free  # its own 15 minutes after end at 11:50
    assert at(11) not in free
    assert at(13) not in free  # the other's buffer lasts until 13:05
    assert at(13, 15) in free


def test_a_co_provider_and_the_client_elsewhere_are_in_the_way(clinic):
    AppointmentFactory(
        type=clinic.type, provider=clinic.colleague, co_provider=clinic.provider, starts_at=at(9)
    )
    visit = AppointmentFactory(type=clinic.type, provider=clinic.colleague, starts_at=at(15))
    AttendanceFactory(appointment=visit, client=clinic.regular)

    assert at(9) not in found(clinic)
    assert at(15) in found(clinic)
    assert at(15) not in found(clinic, client_ids=(clinic.regular.pk,))
    assert at(16) in found(clinic, client_ids=(clinic.regular.pk,))


def test_a_hold_blocks_until_its_deadline(clinic):
    held = AppointmentFactory(
        type=clinic.type,
        provider=clinic.provider,
        starts_at=at(12),
        state=AppointmentState.HELD,
        hold_until=NOW + dt.timedelta(minutes=1),
    )
    assert at(12) not in found(clinic)

    Appointment.objects.filter(pk=held.pk).update(hold_until=NOW - dt.timedelta(minutes=1))
    assert at(12) in found(clinic)


def test_wishes_narrow_it(clinic):
    week = {"last": TOMORROW + dt.timedelta(days=6), "from_time": dt.time(9), "until_time": dt.time(10)}

    free = found(clinic, weekdays=frozenset({4}), **week)

    assert free == [at(9, day=27)]  # fifty minutes fit into that hour once on the grid
    assert found(clinic, modality="phone") == []
    assert found(clinic, gender="female") == []


def test_a_room_is_looked_for_only_when_asked(clinic):
    clinic.room.cleaning_minutes = 10
    clinic.room.save()
    AppointmentFactory(type=clinic.type, provider=clinic.colleague, room=clinic.room, starts_at=at(9))
    RoomOutage.objects.create(room=clinic.room, starts_at=at(13), ends_at=at(15), reason="Painters")

    free = found(clinic, any_room=True)

    assert at(9) in found(clinic)
    assert at(8) in free
    assert at(8, 15) not in free  # the room wants its ten minutes before nine
    assert at(10) in free
    assert at(12) in free
    assert at(12, 15) not in free
    assert at(15) in free
    assert free == found(clinic, room_id=clinic.room.pk)


def test_a_room_has_to_fit(clinic):
    clinic.type.room_needs = ["sand tray"]
    clinic.type.save()
    assert found(clinic, any_room=True) == []

    clinic.room.equipment = ["sand tray", "video"]
    clinic.room.is_accessible = False
    clinic.room.save()
    assert found(clinic, any_room=True)

    clinic.regular.accessibility_needs = "wheelchair"
    clinic.regular.save()
    assert found(clinic, any_room=True, client_ids=(clinic.regular.pk,)) == []


def test_by_video_only_in_hours_that_allow_it(clinic):
    clinic.type.modalities = ["in_person", "telehealth"]
    clinic.type.save()
    clinic.provider.weekly_blocks.filter(weekday=2).update(ends_at=dt.time(12), telehealth_ok=False)
    WeeklyBlockFactory(provider=clinic.provider, weekday=2, starts_at=dt.time(13), ends_at=dt.time(18))

    assert found(clinic, modality="telehealth")[0] == at(13)
    assert found(clinic, modality="in_person")[0] == at(8)


def test_a_location_leaves_out_hours_kept_elsewhere(clinic):
    hilltop = LocationFactory(name="Hilltop")
    clinic.provider.weekly_blocks.filter(weekday=2).update(ends_at=dt.time(12))
    WeeklyBlockFactory(
        provider=clinic.provider, weekday=2, starts_at=dt.time(13), ends_at=dt.time(18), location=hilltop
    )

    assert max(found(clinic, location_id=clinic.location.pk)) == at(11)
    assert min(found(clinic, location_id=hilltop.pk)) == at(8)


@pytest.mark.parametrize("cap", ["max_per_day", "max_per_week"])
def test_a_full_day_has_none(clinic, cap):
    setattr(clinic.provider, cap, 1)
    clinic.provider.save()
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(9, day=25))

    assert found(clinic) == []
    assert bool(found(clinic, first=TOMORROW + dt.timedelta(1), last=TOMORROW + dt.timedelta(1))) == (
        cap == "max_per_day"
    )


def test_a_types_own_caps_count(clinic):
    clinic.type.max_per_day_practice = 1
    clinic.type.save()
    AppointmentFactory(type=clinic.type, provider=clinic.colleague, starts_at=at(9))
    assert found(clinic) == []

    clinic.type.category = Category.ADMINISTRATIVE
    clinic.type.save()
    assert found(clinic)


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_are_three_and_one_for_caps_two_for_clients_two_for_rooms(
    clinic, rows, django_assert_num_queries
):
    for n in range(rows):
        AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(8 + 2 * n))
    practice = Practice.objects.get()
    with django_assert_num_queries(3):
        find_openings(search(clinic, providers=()), by=SYSTEM, practice=practice, now=NOW)
    clinic.type.max_per_day_provider = 9
    clinic.type.save()
    with django_assert_num_queries(6):
        wide = search(clinic, client_ids=(clinic.regular.pk,), last=TOMORROW + dt.timedelta(days=60))
        find_openings(wide, by=SYSTEM, practice=practice, now=NOW)
    with django_assert_num_queries(8):
        find_openings(replace(wide, any_room=True), by=SYSTEM, practice=practice, now=NOW)


# --- The two twins -----------------------------------------------------------------------------

QUARTERS = st.integers(0, 95)
ZONES = {
    "America/New_York": (dt.date(2027, 3, 14), dt.date(2027, 11, 7), dt.date(2027, 6, 9)),
    "Australia/Lord_Howe": (dt.date(2027, 4, 4), dt.date(2027, 10, 3), dt.date(2027, 6, 9)),
    "America/Phoenix": (dt.date(2027, 3, 14),),
}


@st.composite
def spans(draw, *, least: int = 1) -> tuple[dt.time, dt.time]:
    start = draw(st.integers(0, 95 - least))
    end = draw(st.integers(start + least, 95))
    return dt.time(start // 4, start % 4 * 15), dt.time(end // 4, end % 4 * 15)


rarely = st.sampled_from([False] * 7 + [True])
permit = st.fixed_dictionaries(
    {
        "starts": st.integers(-2, 1),
        "days": st.integers(0, 3),
        "left": st.integers(0, 2),
        "kept": st.integers(0, 2),
    }
)


@st.composite
def worlds(draw) -> dict:
    zone = draw(st.sampled_from(sorted(ZONES)))
    visit = st.fixed_dictionaries(
        {
            "quarter": QUARTERS,
            "minutes": st.sampled_from([5, 25, 50, 90]),
            "after": st.sampled_from([0, 10, 15]),
            "before": st.sampled_from([0, 10]),
            "whose": st.sampled_from(["own", "own", "co", "other", "client", "apart"]),
            "place": st.sampled_from([None, 0, 1]),
            "modality": st.sampled_from(["in_person", "in_person", "telehealth"]),
            "state": st.sampled_from(["scheduled", "completed", "cancelled", "held", "expired"]),
            "room": st.sampled_from([None, None, 0, 1]),
        }
    )
    room = st.fixed_dictionaries(
        {
            "place": st.sampled_from([0, 0, 1]),
            "capacity": st.sampled_from([1, 3, 3]),
            "equipment": st.sampled_from([[], ["video"], ["video", "sand tray"]]),
            "is_accessible": st.booleans(),
            "cleaning_minutes": st.sampled_from([0, 10]),
            "is_active": st.sampled_from([True, True, True, False]),
        }
    )
    return {
        "zone": zone,
        "on": draw(st.sampled_from(ZONES[zone])),
        "blocks": draw(
            st.lists(
                st.tuples(spans(least=4), st.sampled_from([0, 1, 2]), st.booleans()), min_size=1, max_size=4
            )
        ),
        "absent": draw(st.none() | spans()),
        "extra": draw(st.none() | spans()),
        "is_closed": draw(st.sampled_from([False, False, False, True])),
        "visits": draw(st.lists(visit, max_size=6)),
        "minutes": draw(st.sampled_from([15, 50, 90])),
        "buffers": draw(st.tuples(st.sampled_from([0, 5]), st.sampled_from([0, 15]))),
        "cap": draw(st.sampled_from([None, None, 2])),
        "location": draw(st.sampled_from([None, 0, 1])),
        "grid": draw(st.sampled_from([5, 15, 20, 45])),
        "modality": draw(st.sampled_from(["in_person", "telehealth"])),
        "rooms": draw(st.lists(room, min_size=2, max_size=2)),
        "room": draw(st.sampled_from([None, None, "any", 0, 1])),
        "needs": draw(st.sampled_from([[], [], ["video"]])),
        "wheelchair": draw(st.booleans()),
        "outage": draw(st.none() | st.tuples(st.integers(0, 1), spans())),
        "apart_minutes": draw(st.sampled_from([0, 10, 30])),
        "kept_from_provider": draw(rarely),
        "block_cap": draw(st.sampled_from([None, None, 1, 2])),
        "permits": draw(st.none() | st.lists(permit, max_size=2)),
        "region": draw(st.sampled_from(["", "NY", "ny", "NJ"])),
        "licensed": draw(st.sampled_from([[], ["NY"], ["NY", "NJ"]])),
        "supervision": draw(st.sampled_from([None, None, None, "none", "gone", "there"])),
        "online": draw(
            st.none() | st.none() | st.tuples(st.integers(-1, 96), st.integers(-1, 1), st.booleans())
        ),
    }


def build(world: dict, clinic) -> None:
    Practice.objects.update(zone=world["zone"], grid_minutes=world["grid"])
    places = [clinic.location, LocationFactory(name="Elsewhere"), None]
    clinic.places = places
    clinic.provider.weekly_blocks.all().delete()
    for (start, end), place, by_video in world["blocks"]:
        WeeklyBlockFactory(
            provider=clinic.provider,
            telehealth_ok=by_video,
            weekday=world["on"].weekday(),
            starts_at=start,
            ends_at=end,
            location=places[place],
        )
    for kind in (ExceptionKind.ABSENT, ExceptionKind.EXTRA):
        if span := world[kind]:
            DatedExceptionFactory(
                provider=clinic.provider, on=world["on"], kind=kind, starts_at=span[0], ends_at=span[1]
            )
    if world["is_closed"]:
        ClosureFactory(first_on=world["on"], location=clinic.location)
    before, after = world["buffers"]
    type(clinic.type).objects.update(
        buffer_before_minutes=before,
        buffer_after_minutes=after,
        modalities=["in_person", "telehealth"],
        room_needs=world["needs"],
    )
    needs = "wheelchair" if world["wheelchair"] else ""
    type(clinic.regular).objects.filter(pk=clinic.regular.pk).update(accessibility_needs=needs)
    clinic.rooms = [
        RoomFactory(
            name=f"Twin {n}",
            location=places[one["place"]],
            **{name: value for name, value in one.items() if name != "place"},
        )
        for n, one in enumerate(world["rooms"])
    ]
    type(clinic.room).objects.exclude(pk__in=[room.pk for room in clinic.rooms]).update(is_active=False)
    if world["outage"]:
        number, (start, end) = world["outage"]
        zone = ZoneInfo(world["zone"])
        RoomOutage.objects.create(
            room=clinic.rooms[number],
            starts_at=to_utc(world["on"], start, zone),
            ends_at=max(
                to_utc(world["on"], end, zone), to_utc(world["on"], start, zone) + dt.timedelta(minutes=1)
            ),
            reason="Painters",
        )
    type(clinic.provider).objects.filter(pk=clinic.provider.pk).update(max_per_day=world["cap"])
    build_care(world, clinic)
    midnight = day_bounds(world["on"], ZoneInfo(world["zone"]))[0]
    for one in world["visits"]:
        add_visit(one, midnight, clinic)


def build_care(world: dict, clinic) -> None:
    """Who must not meet whom, what is paid for, where they live, who looks after the provider, who books."""
    on, provider, regular = world["on"], clinic.provider, clinic.regular
    clinic.enemy = clinic.other
    KeepApartFactory(client=regular, other_client=clinic.enemy, provider=None)
    if world["kept_from_provider"]:
        KeepApartFactory(client=regular, provider=provider)
    provider.weekly_blocks.update(max_visits=world["block_cap"])
    for n, one in enumerate(world["permits"] or []):
        starts_on = on + dt.timedelta(days=one["starts"])
        permit = AuthorizationFactory(
            client=regular,
            number=f"P-{n}",
            sessions=one["left"] + one["kept"],
            starts_on=starts_on,
            ends_on=starts_on + dt.timedelta(days=one["days"]),
        )
        for number in range(one["kept"]):
            later = at(9) + dt.timedelta(days=400 + 10 * n + number)
            visit = AppointmentFactory(type=clinic.type, provider=clinic.colleague, starts_at=later)
            AttendanceFactory(appointment=visit, client=regular, authorization=permit)
    type(clinic.type).objects.update(requires_authorization=world["permits"] is not None)
    type(regular).objects.filter(pk=regular.pk).update(region=world["region"])
    supervisor = None
    if world["supervision"] in ("gone", "there"):
        supervisor = ProviderFactory(is_active=world["supervision"] == "there")
    type(provider).objects.filter(pk=provider.pk).update(
        licensed_regions=world["licensed"],
        supervision_required=world["supervision"] is not None,
        supervisor=supervisor,
    )
    type(clinic.type).objects.update(requires_supervisor=world["supervision"] is not None)
    Practice.objects.update(keep_apart_minutes=world["apart_minutes"])
    if world["online"]:
        quarter, days, is_online = world["online"]
        midnight = from_epoch_minutes(day_bounds(on, ZoneInfo(world["zone"]))[0])
        today = NOW.astimezone(ZoneInfo(world["zone"])).date()
        Practice.objects.update(
            minimum_notice_minutes=(midnight - NOW).total_seconds() // 60 + quarter * 15,
            horizon_days=(on - today).days + days,
        )
        type(clinic.type).objects.update(online_booking=is_online)


def source_of(world: dict) -> str:
    return Source.CLIENT if world["online"] else Source.STAFF


def add_visit(one: dict, midnight: int, clinic) -> None:
    people = {
        "own": {"provider": clinic.provider},
        "co": {"provider": clinic.colleague, "co_provider": clinic.provider},
        "other": {"provider": clinic.colleague},
        "client": {"provider": clinic.colleague},
        "apart": {"provider": clinic.colleague},
    }[one["whose"]]
    start = from_epoch_minutes(midnight + one["quarter"] * 15)
    state = {"expired": "held"}.get(one["state"], one["state"])
    gone = {"cancelled_at": NOW, "cancel_reason": "other", "cancelled_by_kind": "user"}
    wait = {"held": dt.timedelta(days=1), "expired": -dt.timedelta(days=1)}
    visit = AppointmentFactory(
        type=clinic.type,
        starts_at=start,
        minutes=one["minutes"],
        buffer_before_minutes=one["before"],
        buffer_after_minutes=one["after"],
        state=state,
        overbooked_provider=True,  # rules count overbooked rows like any other
        overbooked_room=one["room"] is not None,
        room=None if one["room"] is None else clinic.rooms[one["room"]],
        location=None if one["place"] is None else clinic.places[one["place"]],
        modality=one["modality"],
        cleaning_minutes=0 if one["room"] is None else clinic.rooms[one["room"]].cleaning_minutes,
        hold_until=NOW + wait[one["state"]] if one["state"] in wait else None,
        **people,
        **(gone if state == "cancelled" else {}),
    )
    if one["whose"] in ("client", "apart"):
        person = clinic.regular if one["whose"] == "client" else clinic.enemy
        AttendanceFactory(appointment=visit, client=person)


def by_the_rules(world: dict, clinic, place) -> list[int]:
    """Each start on the grid that day, asked of the rules one by one; of several rooms, one has to do."""
    if world["room"] is None:
        return asked_of(world, clinic, None, place)
    rooms = clinic.rooms if world["room"] == "any" else [clinic.rooms[world["room"]]]
    each = [asked_of(world, clinic, room, place or room.location) for room in rooms]
    return sorted({minute for found in each for minute in found})


def asked_of(world: dict, clinic, room, place) -> list[int]:
    practice, zone = Practice.objects.get(), ZoneInfo(world["zone"])
    start, end = day_bounds(world["on"], zone)
    wish = Wish(
        type_id=clinic.type.pk,
        provider_id=clinic.provider.pk,
        starts_at=from_epoch_minutes((start + end) // 2),
        minutes=world["minutes"],
        client_ids=(clinic.regular.pk,),
        location_id=place.pk if place else None,
        room_id=room.pk if room else None,
        modality=world["modality"],
        source=source_of(world),
    )
    facts = facts_for(wish, ignoring=frozenset(), now=NOW)
    taken = []
    for minute in range(start, end, practice.grid_minutes):
        moved = replace(facts, place=replace(wish, starts_at=from_epoch_minutes(minute)))
        if all(p.severity == Severity.WARNING for p in problems(moved)):
            taken.append(minute)
    return taken


@settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds())
def test_openings_are_what_the_rules_allow(clinic, world):
    with transaction.atomic():
        build(world, clinic)
        place = None if world["location"] is None else clinic.places[world["location"]]
        asked = search(
            clinic,
            first=world["on"],
            last=world["on"],
            minutes=world["minutes"],
            client_ids=(clinic.regular.pk,),
            location_id=place.pk if place else None,
            modality=world["modality"],
            source=source_of(world),
            any_room=world["room"] == "any",
            room_id=clinic.rooms[world["room"]].pk if isinstance(world["room"], int) else None,
        )
        answer = find_openings(asked, by=SYSTEM, practice=Practice.objects.get(), now=NOW)
        assert answer.minutes[clinic.provider.pk] == by_the_rules(world, clinic, place)
        transaction.set_rollback(True)


# --- The arithmetic alone ----------------------------------------------------------------------

some_spans = st.lists(
    st.tuples(st.integers(0, 150), st.integers(1, 60)).map(lambda p: (p[0], p[0] + p[1])), max_size=6
)
shapes = st.builds(Shape, minutes=st.integers(1, 60), before=st.integers(0, 20), after=st.integers(0, 20))


@settings(max_examples=1000)
@given(hours=some_spans.map(merge), busy=some_spans.map(merge), sessions=some_spans, shape=shapes)
def test_starts_are_those_minutes_at_which_it_fits(hours, busy, sessions, shape):
    possible = (
        without(starts(hours, busy, shape), sessions, shape) if sessions else starts(hours, busy, shape)
    )

    def fits(minute: int) -> bool:
        end = minute + shape.minutes
        return (
            any(a <= minute and end <= b for a, b in hours)
            and not any(a < end + shape.after and minute - shape.before < b for a, b in busy)
            and not any(a < end and minute < b for a, b in sessions)
        )

    assert [m for a, b in possible for m in range(a, b)] == [m for m in range(-80, 220) if fits(m)]


@settings(max_examples=500)
@given(rooms=st.lists(st.tuples(some_spans.map(merge), st.integers(0, 20)), max_size=3), shape=shapes)
def test_a_room_will_do_when_any_is_free(rooms, shape):
    possible = starts_in_any(rooms, shape, (0, 220))

    def fits(minute: int) -> bool:
        return any(
            not any(a < minute + shape.minutes + cleaning and minute < b for a, b in taken)
            for taken, cleaning in rooms
        )

    assert [m for a, b in possible for m in range(a, b) if m < 220] == [m for m in range(220) if fits(m)]


@settings(max_examples=200)
@given(
    possible=some_spans.map(merge),
    lengths=st.lists(st.integers(60, 200), min_size=8, max_size=8),
    step=st.integers(1, 45),
)
def test_the_grid_begins_anew_at_each_midnight(possible, lengths, step):
    midnights = [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    grid = [m for a, b in pairwise(midnights) for m in range(a, b, step)]

    assert on_grid(possible, midnights, step) == [m for m in grid if any(a <= m < b for a, b in possible)]


# --- As data -----------------------------------------------------------------------------------


def test_the_address_answers_with_data(clinic, signed_in, front_desk):
    answer = signed_in(front_desk).get(
        reverse("scheduling:openings"),
        {"format": "json", "type": clinic.type.pk, "from": "2026-11-25", "to": "2026-11-25"},
    )

    who = answer.json()["providers"][str(clinic.provider.public_id)]
    assert answer.json()["count"] == 74
    assert (who["minutes"], len(who["starts"])) == (50, 37)
    limited = signed_in(front_desk).get(
        reverse("scheduling:openings"),
        {"format": "json", "type": clinic.type.pk, "from": "2026-11-25", "limit": 3},
    )
    assert len(limited.json()["soonest"]) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "type"),
        ({"type": 1, "provider": "x"}, "provider"),
        ({"type": 1, "from": "soon"}, "from"),
        ({"type": 1, "from": "2026-11-25", "to": "2026-11-24"}, "to"),
        ({"type": 1, "from": "2026-11-25", "to": "2027-11-24"}, "to"),
        ({"type": 1, "minutes": "-3"}, "minutes"),
    ],
)
def test_nonsense_in_the_address_is_named(clinic, signed_in, front_desk, query, field):
    answer = signed_in(front_desk).get(reverse("scheduling:openings"), {"format": "json"} | query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_a_provider_searches_their_own_calendar_only(clinic, signed_in, provider, colleague):
    TypeOfferFactory._meta.model.objects.get(provider=colleague)
    answer = signed_in(provider).get(
        reverse("scheduling:openings"), {"format": "json", "type": clinic.type.pk}
    )

    assert list(answer.json()["providers"]) == [str(provider.public_id)]
