"""The Riverside Office: places, providers, their hours, and what they offer."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from availability.models import Closure, WeeklyBlock
from config.demo.chance import Chance
from practice.models import Location, Practice, Provider, Room
from practice.states import Hue, Modality
from scheduling.models import AppointmentType, TypeOffer
from scheduling.states import Category

ZONE = "America/New_York"
IN_PERSON, VIDEO = [Modality.IN_PERSON], [Modality.TELEHEALTH]

# name → (category, minutes, buffer after, hue, icon, CPT code, rate, more)
TYPES: dict[str, tuple[str, int, int, Hue, str, str, int, dict[str, Any]]] = {
    "Follow-up": (Category.INDIVIDUAL, 50, 15, Hue.TEAL, "user-round", "90834", 150, {"online_booking": True}),
    "Intake": (Category.INDIVIDUAL, 90, 15, Hue.INDIGO, "sparkles", "90791", 250, {}),
    "Evaluation": (Category.INDIVIDUAL, 50, 15, Hue.INDIGO, "clipboard-list", "90792", 220, {}),
    "Medication": (Category.INDIVIDUAL, 25, 5, Hue.SLATE, "pill", "99213", 120, {"is_interchangeable": True}),
    "Anxiety skills group": (Category.GROUP, 90, 15, Hue.OLIVE, "users", "90853", 60, {"is_interchangeable": True}),
    "Couples": (Category.COUPLES, 50, 15, Hue.ROSE, "heart", "90847", 180, {}),
    "Family": (Category.FAMILY, 80, 15, Hue.ROSE, "house", "90847", 210, {}),
    "Telehealth follow-up": (Category.INDIVIDUAL, 50, 10, Hue.TEAL, "video", "90834", 150, {"modalities": VIDEO}),
    "Supervision": (Category.ADMINISTRATIVE, 60, 0, Hue.PLUM, "clipboard-check", "", 0, {"is_billable": False}),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A provider and their week. hours: (from, until) in hours of the day, Monday to Friday alike."""

    title: str
    first: str
    last: str
    credentials: str
    place: str
    hours: tuple[tuple[float, float], ...]
    offers: tuple[str, ...]
    hue: Hue
    supervised_by: str = ""


TALK = ("Follow-up", "Intake", "Evaluation", "Telehealth follow-up")
POSTS = [
    Post(title="Dr.", first="Maya", last="Smith", credentials="Psychologist", place="Riverside/Room 2",
         hours=((8, 12.5), (13.5, 18)), offers=(*TALK, "Couples"), hue=Hue.TEAL),
    Post(title="", first="Jonas", last="Lee", credentials="LCSW", place="Riverside/Room 1",
         hours=((8, 13.5), (14, 18)), offers=(*TALK, "Anxiety skills group"), hue=Hue.OLIVE),
    Post(title="Dr.", first="Ana", last="Ruiz", credentials="Psychiatrist", place="Riverside/Room 3",
         hours=((8, 11), (13, 15.25)), offers=("Medication", "Evaluation"), hue=Hue.SLATE),
    Post(title="", first="Priya", last="Nair", credentials="LMFT", place="Riverside/Room 4",
         hours=((10, 13.25), (14.5, 19)), offers=(*TALK, "Family", "Couples"), hue=Hue.ROSE),
    Post(title="", first="Tom", last="Becker", credentials="LPC", place="Hilltop/Room A",
         hours=((8, 12.5), (13, 18)), offers=TALK, hue=Hue.SKY, supervised_by="Osei"),
    Post(title="Dr.", first="Helen", last="Osei", credentials="Psychologist", place="Hilltop/Room B",
         hours=((9, 12.5), (13.5, 17.5)), offers=(*TALK, "Couples", "Supervision"), hue=Hue.PLUM),
    Post(title="", first="Keiko", last="Mori", credentials="LMFT", place="Hilltop/Room C",
         hours=((8.5, 12.5), (13.25, 17)), offers=(*TALK, "Family"), hue=Hue.AMBER),
    Post(title="", first="Daniel", last="Reyes", credentials="LMSW", place="Telehealth",
         hours=((9, 13), (14, 18)), offers=("Telehealth follow-up",), hue=Hue.INDIGO, supervised_by="Osei"),
]  # fmt: skip
ROOMS = {
    "Riverside": ("Room 1", "Room 2", "Room 3", "Room 4", "Group room"),
    "Hilltop": ("Room A", "Room B", "Room C"),
}


@dataclass(slots=True, kw_only=True)
class Places:
    """What was made, by the name the demo calls it."""

    practice: Practice
    locations: dict[str, Location]
    rooms: dict[str, Room]
    providers: dict[str, Provider]
    types: dict[str, AppointmentType]

    def home(self, post: Post) -> tuple[Location, Room | None]:
        return self.locations[post.place.split("/")[0]], self.rooms.get(post.place)


def make_places(chance: Chance, first_on: dt.date, closed_on: dt.date) -> Places:
    practice = Practice.objects.create(
        name="Riverside Office", sender_name="Riverside Office", phone="+12025550190", zone=ZONE
    )
    places = Places(practice=practice, locations=_locations(), rooms={}, providers={}, types=make_types())
    for location, names in ROOMS.items():
        for name in names:
            size = 12 if name == "Group room" else 4
            room = Room.objects.create(location=places.locations[location], name=name, capacity=size)
            places.rooms[f"{location}/{name}"] = room
    for post in POSTS:
        places.providers[post.last] = _provider(chance, post, places)
        _hours(post, places, first_on)
    _link_supervisors(places)
    Closure.objects.create(first_on=closed_on, last_on=closed_on, reason="Thanksgiving")
    return places


def _locations() -> dict[str, Location]:
    streets = {"Riverside": "12 Mill Lane, Riverside", "Hilltop": "4 Chapel Road, Hilltop", "Telehealth": ""}
    return {
        name: Location.objects.create(name=name, address=street, is_telehealth=not street)
        for name, street in streets.items()
    }


def make_types(caps: Mapping[str, dict[str, int]] | None = None) -> dict[str, AppointmentType]:
    """By name. `caps`: how many of a type a day takes, by the type's name."""
    made = {}
    for name, (category, minutes, buffer, hue, icon, code, rate, more) in TYPES.items():
        made[name] = AppointmentType.objects.create(
            name=name,
            category=category,
            duration_minutes=minutes,
            buffer_after_minutes=buffer,
            hue=hue,
            icon=icon,
            cpt_code=code,
            rate=Decimal(rate) if rate else None,
            **{"modalities": IN_PERSON + VIDEO if category == Category.INDIVIDUAL else IN_PERSON}
            | more
            | (caps or {}).get(name, {}),
        )
    return made


def _provider(chance: Chance, post: Post, places: Places) -> Provider:
    location, _ = places.home(post)
    made = Provider.objects.create(
        public_id=chance.uuid(),
        title=post.title,
        first_name=post.first,
        last_name=post.last,
        credentials=post.credentials,
        hue=post.hue,
        languages=["English"],
        supervision_required=bool(post.supervised_by),
        licensed_regions=["NY", "NJ"],
        telehealth_link=f"https://video.example.org/{post.last.lower()}",
    )
    made.locations.set([location, places.locations["Telehealth"]])
    TypeOffer.objects.bulk_create(TypeOffer(type=places.types[name], provider=made) for name in post.offers)
    return made


def _link_supervisors(places: Places) -> None:
    for post in POSTS:
        if post.supervised_by:
            made = places.providers[post.last]
            made.supervisor = places.providers[post.supervised_by]
            made.save(update_fields=["supervisor"])


def _hours(post: Post, places: Places, first_on: dt.date) -> None:
    location, _ = places.home(post)
    WeeklyBlock.objects.bulk_create(
        WeeklyBlock(
            provider=places.providers[post.last],
            weekday=weekday,
            starts_at=clock_time(start),
            ends_at=clock_time(end),
            location=location,
            effective_from_on=first_on,
        )
        for weekday in range(5)
        for start, end in post.hours
    )


def clock_time(hours: float) -> dt.time:
    """12.5 gives 12:30."""
    return dt.time(int(hours), round(hours % 1 * 60))
