"""Who comes when, as values: the weekly pattern laid out over dates, free of overlaps by construction."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from config.demo.chance import Chance
from config.demo.people import People
from config.demo.places import POSTS, TYPES, Post
from config.demo.today import TODAY
from practice.models import Client

GRID = 15
TALK_MINUTES = 65
VIDEO = "Telehealth follow-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One visit. minute: of the day, wall clock. state: empty unless the day of the picture says it."""

    post: Post
    kind: str
    on: dt.date
    minute: int
    clients: tuple[Client, ...]
    title: str = ""
    series: int = 0
    state: str = ""
    minutes: int = 0


@dataclass(slots=True, kw_only=True)
class Slot:
    """A place in a provider's week and who has it: every `every` weeks, in week `phase` of them."""

    post: Post
    kind: str
    weekday: int
    minute: int
    clients: tuple[Client, ...] = ()
    title: str = ""
    every: int = 1
    phase: int = 0
    number: int = 0  # of its series, from 1; 0 for a slot that is filled now and then


@dataclass(slots=True)
class Calendar:
    """The weeks of the demo and who is already expected on a date."""

    today: dt.date
    first_on: dt.date
    last_on: dt.date
    closed_on: dt.date
    taken: dict[dt.date, set[int]] = field(default_factory=lambda: defaultdict(set))

    def days(self, weekday: int) -> Iterator[tuple[int, dt.date]]:
        """(number of the week, date) of each open one."""
        day = self.first_on + dt.timedelta(days=(weekday - self.first_on.weekday()) % 7)
        while day <= self.last_on:
            if day != self.closed_on:
                yield (day - dt.date(2020, 1, 6)).days // 7, day
            day += dt.timedelta(days=7)


def plans(chance: Chance, people: People, calendar: Calendar) -> tuple[list[Plan], list[Slot]]:
    """All visits, and the slots that are series (numbered from 1)."""
    slots = [*_pictured_slots(people, calendar), *_slots(chance, people, calendar)]
    for number, slot in enumerate((s for s in slots if s.clients), start=1):
        slot.number = number
    made = [*_pictured_day(people, calendar)]
    for plan in made:
        calendar.taken[plan.on].update(client.pk for client in plan.clients)
    for slot in slots:
        made += _regular(slot, calendar) if slot.clients else []
    for slot in slots:
        made += _now_and_then(chance, slot, people, calendar) if not slot.clients else []
    kept = {plan.series for plan in made}
    return made, [slot for slot in slots if slot.number in kept and slot.number]


def _pictured_slots(people: People, calendar: Calendar) -> list[Slot]:
    """Those of the picture who come every week, in the other weeks."""
    return [
        Slot(
            post=_post(row.provider),
            kind=row.kind,
            weekday=calendar.today.weekday(),
            minute=row.minute,
            clients=tuple(people.by_name[name] for name in row.clients),
            title=row.title,
        )
        for row in TODAY
        if row.weekly
    ]


def _pictured_day(people: People, calendar: Calendar) -> list[Plan]:
    numbers = {
        (row.provider, row.minute): n for n, row in enumerate((row for row in TODAY if row.weekly), start=1)
    }
    return [
        Plan(
            post=_post(row.provider),
            kind=row.kind,
            on=calendar.today,
            minute=row.minute,
            clients=tuple(people.by_name[name] for name in row.clients),
            title=row.title,
            series=numbers.get((row.provider, row.minute), 0),
            state=row.state,
            minutes=row.minutes,
        )
        for row in TODAY
    ]


def _slots(chance: Chance, people: People, calendar: Calendar) -> list[Slot]:
    """The rest of everybody's week. A quarter of the places stays open for whoever comes now and then."""
    pictured = {row.provider for row in TODAY}
    regulars = _dealt(chance, people)
    found = []
    for post in POSTS:
        for weekday in range(5):
            if post.last in pictured and weekday == calendar.today.weekday():
                continue
            for minute, kind in _starts(chance, post):
                place = Slot(post=post, kind=kind, weekday=weekday, minute=minute)
                found += _filled(chance, place, regulars[post.last])
    return found


def _dealt(chance: Chance, people: People) -> dict[str, list[Client]]:
    """Clients by provider; the psychiatrist shares everybody's."""
    talkers = [post.last for post in POSTS if post.last != "Ruiz"]
    dealt: dict[str, list[Client]] = {name: [] for name in talkers}
    for n, client in enumerate(people.others):
        dealt[talkers[n % len(talkers)]].append(client)
    shared = list(people.others)
    chance.shuffle(shared)
    return dealt | {"Ruiz": shared[:70]}


def _starts(chance: Chance, post: Post) -> Iterator[tuple[int, str]]:
    for start, end in post.hours:
        minute = int(start * 60)
        while kind := _kind(chance, post, int(end * 60) - minute):
            yield minute, kind
            minutes, buffer = TYPES[kind][1:3]
            minute += -(-(minutes + buffer) // GRID) * GRID


def _kind(chance: Chance, post: Post, room_left: int) -> str:
    """Something this provider offers that still fits, mostly the usual; empty when nothing does."""
    if post.last == "Ruiz":
        return "Medication" if room_left >= 30 else ""
    if room_left < TALK_MINUTES:
        return ""
    wishes = [VIDEO] if post.place == "Telehealth" else ["Follow-up"] * 6 + [VIDEO, "Intake", "Evaluation"]
    wishes += [kind for kind in ("Couples", "Family") if kind in post.offers]
    fitting = [kind for kind in wishes if TYPES[kind][1] + TYPES[kind][2] <= room_left]
    return chance.choice(fitting)


def _filled(chance: Chance, place: Slot, regulars: list[Client]) -> list[Slot]:
    """The place itself when it stays open, else one slot for each client who shares it in turn."""
    kind = place.kind
    if kind in ("Intake", "Evaluation") or chance.odds(0.25) or not regulars:
        return [place]
    every = 4 if kind == "Medication" else chance.choice((1, 1, 2))
    slots = []
    for phase in range(every):
        if len(regulars) >= 2:
            pair = kind in ("Couples", "Family")
            clients = tuple(regulars.pop() for _ in range(2 if pair else 1))
            title = _household(kind, clients) if pair else ""
            slots.append(replace(place, clients=clients, title=title, every=every, phase=phase))
    return slots


def _household(kind: str, clients: tuple[Client, ...]) -> str:
    if kind == "Family":
        return f"The {clients[0].last_name} family"
    return f"{clients[0].first_name} & {clients[1].first_name} {clients[1].last_name}"


def _regular(slot: Slot, calendar: Calendar) -> Iterator[Plan]:
    for week, day in calendar.days(slot.weekday):
        busy = any(client.pk in calendar.taken[day] for client in slot.clients)
        if (
            week % slot.every != slot.phase
            or busy
            or (day == calendar.today and _is_pictured(slot, calendar))
        ):
            continue
        calendar.taken[day].update(client.pk for client in slot.clients)
        yield Plan(
            post=slot.post, kind=slot.kind, on=day, minute=slot.minute, clients=slot.clients,
            title=slot.title, series=slot.number,
        )  # fmt: skip


def _is_pictured(slot: Slot, calendar: Calendar) -> bool:
    return any(row.provider == slot.post.last for row in TODAY) and slot.weekday == calendar.today.weekday()


def _now_and_then(chance: Chance, slot: Slot, people: People, calendar: Calendar) -> Iterator[Plan]:
    for _, day in calendar.days(slot.weekday):
        ahead = (day - calendar.today).days
        if not chance.odds(0.5 if ahead <= 0 else max(0.08, 0.5 - ahead / 60)):
            continue
        client = chance.choice(people.others)
        if client.pk not in calendar.taken[day]:
            calendar.taken[day].add(client.pk)
            kind = slot.kind if slot.kind not in ("Couples", "Family") else "Follow-up"
            yield Plan(post=slot.post, kind=kind, on=day, minute=slot.minute, clients=(client,))


def _post(last: str) -> Post:
    return next(post for post in POSTS if post.last == last)
