"""Practices at random, and one question each: when may this visit be?

To let a new rule play: a line in `worlds`, its rows in `build`, and `Built.search` and `Built.wish` if it asks
something new. Both twins are then held to it.
"""

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from availability.models import Closure, DatedException, WeeklyBlock
from availability.states import ExceptionKind
from core.walltime import day_bounds, from_epoch_minutes, to_utc
from practice.models import Location, Practice, Room, RoomOutage
from practice.tests.factories import LocationFactory
from scheduling.models import Appointment, Attendance
from scheduling.queries.openings import Search
from scheduling.rules.wishes import Wish
from scheduling.tests.conftest import NOW

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


@st.composite
def worlds(draw, zone: str) -> dict:
    visit = st.fixed_dictionaries(
        {
            "quarter": QUARTERS,
            "minutes": st.sampled_from([5, 25, 50, 90]),
            "after": st.sampled_from([0, 10, 15]),
            "before": st.sampled_from([0, 10]),
            "whose": st.sampled_from(["own", "own", "co", "other", "client"]),
            "place": st.sampled_from([None, 0, 1]),
            "modality": st.sampled_from(["in_person", "in_person", "telehealth"]),
            "state": st.sampled_from(["scheduled", "completed", "cancelled", "held", "expired"]),
            "room": st.sampled_from([None, None, 0, 1]),
        }
    )
    room = st.fixed_dictionaries(
        {
            "location": st.sampled_from([0, 0, 1]),
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
        "is_for_somebody": draw(st.sampled_from([True, True, True, False])),
        "grid": draw(st.sampled_from([5, 15, 20, 45])),
        "modality": draw(st.sampled_from(["in_person", "telehealth"])),
        "rooms": draw(st.lists(room, min_size=2, max_size=2)),
        "room": draw(st.sampled_from([None, None, "any", 0, 1])),
        "needs": draw(st.sampled_from([[], [], ["video"]])),
        "wheelchair": draw(st.booleans()),
        "outage": draw(st.none() | st.tuples(st.integers(0, 1), spans())),
    }


@dataclass
class Built:
    """What `build` made of a world: the rows a question names."""

    world: dict
    clinic: SimpleNamespace
    places: list[Location | None] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.world["zone"])

    @property
    def bounds(self) -> tuple[int, int]:
        return day_bounds(self.world["on"], self.zone)

    @property
    def grid(self) -> range:
        return range(*self.bounds, self.world["grid"])

    @property
    def place(self) -> Location | None:
        return None if self.world["location"] is None else self.places[self.world["location"]]

    @property
    def rooms_asked(self) -> list[Room | None]:
        """One of them has to do."""
        asked = self.world["room"]
        if asked is None:
            return [None]
        return list(self.rooms) if asked == "any" else [self.rooms[asked]]

    def search(self) -> Search:
        world, asked = self.world, self.world["room"]
        return Search(
            type_id=self.clinic.type.pk,
            first=world["on"],
            last=world["on"],
            providers=(self.clinic.provider.public_id,),
            minutes=world["minutes"],
            client_ids=self.client_ids,
            location_id=self.place.pk if self.place else None,
            modality=world["modality"],
            any_room=asked == "any",
            room_id=self.rooms[asked].pk if isinstance(asked, int) else None,
        )

    @property
    def client_ids(self) -> tuple[int, ...]:
        return (self.clinic.regular.pk,) if self.world["is_for_somebody"] else ()

    def wish(self, minute: int, room: Room | None) -> Wish:
        place = self.place or (room.location if room else None)
        return Wish(
            type_id=self.clinic.type.pk,
            provider_id=self.clinic.provider.pk,
            starts_at=from_epoch_minutes(minute),
            minutes=self.world["minutes"],
            client_ids=self.client_ids,
            location_id=place.pk if place else None,
            room_id=room.pk if room else None,
            modality=self.world["modality"],
        )


def build(world: dict, clinic: SimpleNamespace) -> Built:
    """Rows by the handful: a nightly run builds twenty thousand of these."""
    built = Built(world, clinic, [clinic.location, LocationFactory(name="Elsewhere"), None])
    _practice(world)
    _type(world, clinic)
    _hours(built)
    _rooms(built)
    _people(built)
    _visits(built)
    return built


def _practice(world: dict) -> None:
    Practice.objects.update(zone=world["zone"], grid_minutes=world["grid"])


def _type(world: dict, clinic: SimpleNamespace) -> None:
    before, after = world["buffers"]
    type(clinic.type).objects.update(
        buffer_before_minutes=before,
        buffer_after_minutes=after,
        modalities=["in_person", "telehealth"],
        room_needs=world["needs"],
    )


def _hours(built: Built) -> None:
    world, provider = built.world, built.clinic.provider
    provider.weekly_blocks.all().delete()
    WeeklyBlock.objects.bulk_create(
        WeeklyBlock(
            provider=provider,
            telehealth_ok=by_video,
            weekday=world["on"].weekday(),
            starts_at=start,
            ends_at=end,
            location=built.places[place],
            effective_from_on=dt.date(2020, 1, 6),
        )
        for (start, end), place, by_video in world["blocks"]
    )
    DatedException.objects.bulk_create(
        DatedException(
            provider=provider, on=world["on"], kind=kind, starts_at=world[kind][0], ends_at=world[kind][1]
        )
        for kind in (ExceptionKind.ABSENT, ExceptionKind.EXTRA)
        if world[kind]
    )
    if world["is_closed"]:
        Closure.objects.create(
            first_on=world["on"], last_on=world["on"], location=built.clinic.location, reason="Closed"
        )


def _rooms(built: Built) -> None:
    Room.objects.update(is_active=False)
    built.rooms = Room.objects.bulk_create(
        Room(name=f"Twin {n}", **one | {"location": built.places[one["location"]]})
        for n, one in enumerate(built.world["rooms"])
    )
    if built.world["outage"]:
        number, (start, end) = built.world["outage"]
        since, until = (to_utc(built.world["on"], wall, built.zone) for wall in (start, end))
        RoomOutage.objects.create(
            room=built.rooms[number],
            starts_at=since,
            ends_at=max(until, since + dt.timedelta(minutes=1)),  # where the clocks went back in between
            reason="Painters",
        )


def _people(built: Built) -> None:
    world, provider, regular = built.world, built.clinic.provider, built.clinic.regular
    needs = "wheelchair" if world["wheelchair"] else ""
    type(regular).objects.filter(pk=regular.pk).update(accessibility_needs=needs)
    type(provider).objects.filter(pk=provider.pk).update(max_per_day=world["cap"])


def _visit(clinic: SimpleNamespace, *, minutes: int = 50, **facts) -> Appointment:
    ends_at = facts["starts_at"] + dt.timedelta(minutes=minutes)
    return Appointment(type=clinic.type, ends_at=ends_at, **facts)


def _visits(built: Built) -> None:
    midnight = built.bounds[0]
    visits = [_standing(one, midnight, built) for one in built.world["visits"]]
    Appointment.objects.bulk_create(visits)
    whom = {"client": built.clinic.regular}
    Attendance.objects.bulk_create(
        Attendance(appointment=visit, client=whom[one["whose"]])
        for visit, one in zip(visits, built.world["visits"], strict=True)
        if one["whose"] in whom
    )


def _standing(one: dict, midnight: int, built: Built) -> Appointment:
    clinic, room = built.clinic, None if one["room"] is None else built.rooms[one["room"]]
    people = {"own": (clinic.provider, None), "co": (clinic.colleague, clinic.provider)}
    provider, co_provider = people.get(one["whose"], (clinic.colleague, None))
    state = {"expired": "held"}.get(one["state"], one["state"])
    gone = {"cancelled_at": NOW, "cancel_reason": "other", "cancelled_by_kind": "user"}
    wait = {"held": dt.timedelta(days=1), "expired": -dt.timedelta(days=1)}
    return _visit(
        clinic,
        provider=provider,
        co_provider=co_provider,
        starts_at=from_epoch_minutes(midnight + one["quarter"] * 15),
        minutes=one["minutes"],
        buffer_before_minutes=one["before"],
        buffer_after_minutes=one["after"],
        state=state,
        overbooked_provider=True,  # rules count overbooked rows like any other
        overbooked_room=room is not None,
        room=room,
        location=None if one["place"] is None else built.places[one["place"]],
        modality=one["modality"],
        cleaning_minutes=room.cleaning_minutes if room else 0,
        hold_until=NOW + wait[one["state"]] if one["state"] in wait else None,
        **(gone if state == "cancelled" else {}),
    )
