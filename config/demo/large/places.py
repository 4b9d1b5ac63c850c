"""Offices, rooms, providers, their hours and absences, and every place in their weeks a visit may stand in."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from availability.models import DatedException, WeeklyBlock
from availability.states import ExceptionKind
from config.demo.chance import Chance
from config.demo.large import hours
from config.demo.large.closing import close
from config.demo.large.copying import NULL, Table
from config.demo.large.hours import EVALUATION, GROUP, INTAKE, MEDICATION, SUPERVISION, TALK, Place, Week
from config.demo.large.scales import Scale
from config.demo.names import FIRST, INSURERS, LAST
from config.demo.places import ZONE, make_types
from config.demo.plans import VIDEO
from practice.models import Location, Practice, Provider, Room
from practice.states import Hue, Modality
from scheduling.models import AppointmentType, TypeOffer

STREETS = {
    "Riverside": "12 Mill Lane, Riverside",
    "Hilltop": "4 Chapel Road, Hilltop",
    "Harbor": "31 Quay Street, Harborside",
    "Telehealth": "",
}
# Those the demo's accounts belong to, in every practice.
FIRST_TWO = (("Maya", "Smith", "Woman"), ("Helen", "Osei", "Woman"))
GENDERS = ("Woman", "Woman", "Woman", "Man", "Man", "Non-binary")
TALKERS, PRESCRIBERS = ("Psychologist", "LCSW", "LMFT", "LPC", "LMHC"), ("Psychiatrist", "PMHNP")
JUNIORS = ("LMSW", "LPC-A")
SPECIALTIES = (
    "Anxiety",
    "Depression",
    "Trauma",
    "Couples",
    "Eating",
    "Grief",
    "ADHD",
    "OCD",
    "Teens",
    "Sleep",
)
LANGUAGES = ("Spanish", "Mandarin", "Hindi", "French", "Arabic", "Portuguese")
SEATS = 10
GROUP_CLEANING = 10
CAPS = {INTAKE: {"max_per_day_provider": 2}, EVALUATION: {"max_per_day_practice": 40}}
ALL_DAY = (dt.time(0), dt.time(23, 59))


@dataclass(slots=True, kw_only=True)
class Post:
    """A provider and their week. hired: number of the week they began in. minutes: of what they offer."""

    provider: Provider
    location: Location
    week: Week
    hired: int
    minutes: dict[str, int]
    places: list[Place] = field(default_factory=list)
    rooms: dict[int, Room] = field(default_factory=dict)  # by weekday
    absent: set[int] = field(default_factory=set)  # ordinals of dates

    @property
    def is_remote(self) -> bool:
        return self.location.is_telehealth


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place in one provider's week. text: the columns of a visit there that are always the same."""

    number: int
    post: Post
    place: Place
    minutes: int
    is_video: bool
    location_id: int
    beside: Post | None
    text: str

    def is_kept(self, week: int) -> bool:
        """In a week of its rhythm, once everybody it needs was hired."""
        hired = max(self.post.hired, self.beside.hired if self.beside else 0)
        return week >= hired and week % self.place.every == self.place.phase


@dataclass(slots=True, kw_only=True)
class Clinic:
    posts: list[Post]
    slots: list[Slot]
    closed: set[tuple[int, int]]

    def is_open(self, slot: Slot, ordinal: int) -> bool:
        """Nobody it needs is away, and its location is not shut."""
        away = ordinal in slot.post.absent or (slot.beside is not None and ordinal in slot.beside.absent)
        return not away and (ordinal, slot.location_id) not in self.closed


def week_of(on: dt.date) -> int:
    """Weeks from Monday to Sunday, counted from the first there was."""
    return (on.toordinal() - 1) // 7


def monday_of(week: int) -> dt.date:
    return dt.date.fromordinal(week * 7 + 1)


def make_clinic(scale: Scale, chance: Chance, today: dt.date) -> Clinic:
    Practice.objects.create(
        name="Riverside Office", sender_name="Riverside Office", phone="+12025550190", zone=ZONE
    )
    Location.objects.bulk_create(
        Location(name=name, address=street, is_telehealth=not street) for name, street in STREETS.items()
    )
    places = {row.name: row for row in Location.objects.all()}
    offices = [places[name] for name, street in STREETS.items() if street]
    types = make_types(CAPS)
    first, last = week_of(today) - scale.weeks_back, week_of(today) + scale.weeks_ahead
    posts = [_post(chance, n, scale, places, first) for n in range(scale.providers)]
    _supervise(chance, posts)
    _write_posts(posts, types, places["Telehealth"])
    _share_rooms(posts, offices)
    group_rooms = _group_rooms(posts)
    closed = close(monday_of(first), monday_of(last + 1), today=today, offices=offices)
    _absences(chance, posts, first, last, today)
    return Clinic(posts=posts, slots=_slots(chance, posts, types, places, group_rooms), closed=closed)


def _post(chance: Chance, n: int, scale: Scale, places: dict[str, Location], first: int) -> Post:
    prescribes, remote = n % 5 == 4, n % 10 == 7
    offices = [place for place in places.values() if not place.is_telehealth]
    location = places["Telehealth"] if remote else sorted(offices, key=lambda p: p.pk)[n % len(offices)]
    step = 30 if prescribes else 60 if remote else chance.choice((60, 60, 75))
    week = Week(step=step, usual=_usual(prescribes=prescribes, remote=remote), video_share=0.0)
    if not (prescribes or remote):
        week.video_share = chance.choice((0.1, 0.2, 0.4))
    week.days = hours.days_of(chance, step)
    week.wishes = _wishes(chance, n, week)
    return Post(
        provider=_provider(chance, n, prescribes=prescribes),
        location=location,
        week=week,
        hired=first + (chance.randrange(scale.weeks_back // 2) if n >= scale.providers // 2 else 0),
        minutes=_minutes(week),
        places=list(hours.places_of(chance, week)),
    )


def _usual(*, prescribes: bool, remote: bool) -> str:
    return MEDICATION if prescribes else VIDEO if remote else TALK


def _wishes(chance: Chance, n: int, week: Week) -> list[tuple[str, int]]:
    """First visits twice a week, groups with every fourth, and for couples or families with some."""
    if week.usual == MEDICATION:
        return [(EVALUATION, 3)] * 4
    wishes = [(INTAKE, 2)] * 2
    if week.usual == VIDEO:
        return wishes
    wishes += [(GROUP, 2)] * (n % 4 == 1)
    wishes += [(hours.COUPLES, 1)] * chance.choice((0, 0, 2, 3))
    return wishes + [(hours.FAMILY, 2)] * chance.choice((0, 0, 0, 1, 2))


def _minutes(week: Week) -> dict[str, int]:
    """Sessions of 45 minutes where an hour is the rhythm; 0: as long as the type says."""
    if week.usual == MEDICATION:
        return {MEDICATION: 0, EVALUATION: 0}
    if week.usual == VIDEO:
        return {VIDEO: 0, INTAKE: 0}
    short = 45 if week.step == 60 else 0
    kinds = {kind for kind, _ in week.wishes}
    offers = {TALK: short, VIDEO: 0, INTAKE: 0, SUPERVISION: 0}
    return offers | {kind: short if kind == hours.COUPLES else 0 for kind in sorted(kinds - {INTAKE})}


def _provider(chance: Chance, n: int, *, prescribes: bool) -> Provider:
    first, last, gender = (
        FIRST_TWO[n] if n < len(FIRST_TWO) else (FIRST[n * 7 % len(FIRST)], LAST[n], chance.choice(GENDERS))
    )
    junior = n % 6 == 2 and not prescribes
    words = chance.choice(PRESCRIBERS if prescribes else JUNIORS if junior else TALKERS)
    return Provider(
        public_id=chance.uuid(),
        title="Dr." if words in {"Psychologist", "Psychiatrist"} else "",
        first_name=first,
        last_name=last,
        credentials=words,
        gender=gender,
        specialties=sorted(chance.sample(SPECIALTIES, 3)),
        languages=["English", *([chance.choice(LANGUAGES)] if chance.odds(0.3) else [])],
        licensed_regions=["NY", *(["NJ"] if chance.odds(0.6) else []), *(["CT"] if chance.odds(0.3) else [])],
        insurances=sorted(chance.sample(INSURERS, 3)),
        supervision_required=junior,
        accepts_new_clients=chance.odds(0.85),
        telehealth_link=f"https://video.example.org/{last.lower()}",
        hue=chance.choice(Hue.values),
    )


def _supervise(chance: Chance, posts: list[Post]) -> None:
    """A junior meets a senior every week: an hour of the junior's with the senior beside. The demo's supervisor
    has the first of them, and whoever finds no hour with anybody."""
    first = posts[1]
    seniors = [p for p in posts if not p.provider.supervision_required and p.week.usual == TALK]
    for post in posts:
        if post.provider.supervision_required:
            others = chance.sample(seniors, len(seniors)) if post is not posts[2] else []
            senior = next((one for one in (first, *others) if _meet(chance, post, one)), first)
            post.provider.supervisor = senior.provider


def _meet(chance: Chance, junior: Post, senior: Post) -> bool:
    theirs = {(p.weekday, p.minute): p for p in senior.places if p.kind == TALK and p.every == 1}
    shared = [p for p in junior.places if p.kind == TALK and p.every == 1 and (p.weekday, p.minute) in theirs]
    if not shared:
        return False
    place = chance.choice(shared)
    senior.places.remove(theirs[place.weekday, place.minute])
    junior.places[junior.places.index(place)] = replace(place, kind=SUPERVISION)
    return True


def _write_posts(posts: list[Post], types: dict[str, AppointmentType], remote: Location) -> None:
    for is_junior in (False, True):  # a senior must be there first
        Provider.objects.bulk_create(p.provider for p in posts if bool(p.provider.supervisor) == is_junior)
    beside = Provider.locations.through
    beside.objects.bulk_create(
        beside(provider=p.provider, location=place) for p in posts for place in {p.location, remote}
    )
    TypeOffer.objects.bulk_create(
        TypeOffer(type=types[kind], provider=p.provider, duration_minutes=minutes or None)
        for p in posts
        for kind, minutes in p.minutes.items()
    )
    WeeklyBlock.objects.bulk_create(block for p in posts for block in _blocks(p))


def _blocks(post: Post) -> Iterable[WeeklyBlock]:
    for day in post.week.days:
        begins = post.hired + ((post.hired - day.phase) % 2 if day.every == 2 else 0)
        for half in day.halves:
            yield WeeklyBlock(
                provider=post.provider,
                weekday=day.weekday,
                starts_at=clock(half.start),
                ends_at=clock(half.start + half.steps * post.week.step),
                location=post.location,
                effective_from_on=monday_of(begins),
                every_weeks=day.every,
            )


def clock(minute: int) -> dt.time:
    return dt.time(minute // 60, minute % 60)


def _share_rooms(posts: list[Post], offices: list[Location]) -> None:
    """A room is somebody's for a part of a day; whoever comes later may have it then."""
    for office in offices:
        here = [post for post in posts if post.location == office]
        spans = [(day.weekday, *_span(post, day), post) for post in here for day in post.week.days]
        given = packed([span[:3] for span in spans])
        rooms = [
            Room(location=office, name=f"Room {n + 1:02}", capacity=4)
            for n in range(max(given, default=0) + 1)
        ]
        Room.objects.bulk_create(rooms)
        for (weekday, _, _, post), n in zip(spans, given, strict=True):
            post.rooms[weekday] = rooms[n]


def _span(post: Post, day: hours.Day) -> tuple[int, int]:
    last = day.halves[-1]
    return day.halves[0].start, last.start + last.steps * post.week.step


def packed(spans: list[tuple[int, int, int]]) -> list[int]:
    """spans: (weekday, start, end). For each the number of the first lane that is free then."""
    lanes: dict[int, list[int]] = defaultdict(list)  # by weekday: the minute each lane is free again
    given = [0] * len(spans)
    for n in sorted(range(len(spans)), key=lambda n: spans[n]):
        weekday, start, end = spans[n]
        free = lanes[weekday]
        lane = next((i for i, minute in enumerate(free) if minute <= start), len(free))
        free[lane : lane + 1] = [end]
        given[n] = lane
    return given


def _group_rooms(posts: list[Post]) -> dict[tuple[int, Place], Room]:
    """By provider and place, so that no two groups of an office share a room at a time, cleaning included."""
    found: dict[tuple[int, Place], Room] = {}
    for office in {post.location.pk: post.location for post in posts}.values():
        groups = [(p, g) for p in posts if p.location == office for g in p.places if g.kind == GROUP]
        given = packed([(g.weekday, g.minute, g.minute + 90 + GROUP_CLEANING) for _, g in groups])
        rooms = [
            Room(
                location=office,
                name=f"Group room {n + 1}",
                capacity=SEATS + 2,
                cleaning_minutes=GROUP_CLEANING,
            )
            for n in range(max(given, default=-1) + 1)
        ]
        Room.objects.bulk_create(rooms)
        for (post, place), n in zip(groups, given, strict=True):
            found[post.provider.pk, place] = rooms[n]
    return found


def _absences(chance: Chance, posts: list[Post], first: int, last: int, today: dt.date) -> None:
    """Three weeks off a year and a sick day now and then, but everybody is in today and tomorrow."""
    rows, near = [], {today.toordinal(), today.toordinal() + 1}
    for post in posts:
        for week in range(post.hired, last + 1):
            off = chance.odds(3 / 52)
            days = range(5) if off else [chance.randrange(5)] if chance.odds(0.07) else []
            dates = [ordinal for n in days if (ordinal := week * 7 + 1 + n) not in near]
            post.absent.update(dates)
            rows += [(post.provider.pk, n, "Vacation" if off else "Not in") for n in dates]
    table = Table(
        DatedException, "provider_id", "on", "kind", "starts_at", "ends_at", "location_id", "reason"
    )
    table.copy(
        (provider, dt.date.fromordinal(n), ExceptionKind.ABSENT, *ALL_DAY, None, reason)
        for provider, n, reason in rows
    )


def _slots(
    chance: Chance,
    posts: list[Post],
    types: dict[str, AppointmentType],
    places: dict[str, Location],
    group_rooms: dict[tuple[int, Place], Room],
) -> list[Slot]:
    found: list[Slot] = []
    by_provider = {post.provider.pk: post for post in posts}
    for post in posts:
        for place in post.places:
            senior = post.provider.supervisor if place.kind == SUPERVISION else None
            video = post.is_remote or place.kind == VIDEO or (place.kind == MEDICATION and chance.odds(0.3))
            room = group_rooms.get((post.provider.pk, place)) or post.rooms.get(place.weekday)
            location = places["Telehealth"] if video else post.location
            kind = types[place.kind]
            found.append(
                Slot(
                    number=len(found),
                    post=post,
                    place=place,
                    minutes=post.minutes[place.kind] or kind.duration_minutes,
                    is_video=video,
                    location_id=location.pk,
                    beside=by_provider[senior.pk] if senior else None,
                    text=_steady(post, place, kind, location, None if video else room),
                )
            )
    return found


STEADY = (
    "type_id", "provider_id", "co_provider_id", "room_id", "location_id", "modality", "buffer_after_minutes",
    "cleaning_minutes", "rate", "capacity", "title",
)  # fmt: skip


def _steady(post: Post, place: Place, kind: AppointmentType, location: Location, room: Room | None) -> str:
    """In the order of STEADY."""
    senior = post.provider.supervisor if place.kind == SUPERVISION else None
    words = (
        kind.pk,
        post.provider.pk,
        senior.pk if senior else NULL,
        room.pk if room else NULL,
        location.pk,
        Modality.IN_PERSON if room else Modality.TELEHEALTH,
        kind.buffer_after_minutes,
        room.cleaning_minutes if room else 0,
        kind.rate or 0,
        SEATS if place.kind == GROUP else NULL,
        place.kind if place.kind == GROUP else "",  # the title; others' is known with their clients
    )
    return "\t".join(str(word) for word in words)
