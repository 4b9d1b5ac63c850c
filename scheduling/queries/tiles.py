"""One visit as a tile: what it is called, how it looks, the word and the badges on it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.actors import Actor
from core.intervals import Span
from practice.states import Modality
from scheduling.models import Appointment, Attendance
from scheduling.permissions import may_act_on
from scheduling.rules import words
from scheduling.rules.localday import LocalDay
from scheduling.rules.moves import VISIT_ACTS
from scheduling.rules.status import status_of
from scheduling.states import (
    PENDING,
    UNCOUNTED,
    AppointmentState,
    AttendanceState,
    Category,
    ContactState,
    Source,
    Status,
)

MOST_BADGES = 3
ONE_LINE_BELOW, TWO_LINES_BELOW, TALL_FROM = 30, 40, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    label: str
    icon: str = ""
    text: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """What all tiles of a page share."""

    by: Actor
    now: dt.datetime
    day: LocalDay
    h24: bool
    need: str = ""
    low: frozenset[int] = frozenset()  # authorizations that are nearly over
    known: dict[tuple[int | None, int | None], bool] = field(default_factory=dict)
    holders: Mapping[int, str] = field(default_factory=dict)

    def may_move(self, visit: Appointment) -> bool:
        """Asked once for each pair of providers: it depends on nothing else of a visit."""
        people = (visit.provider_id, visit.co_provider_id)
        if people not in self.known:
            self.known[people] = may_act_on(self.by, "visit.move", visit)
        return self.known[people]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`span`: local minutes. `needs`: which counts of the rail it belongs to. `half`: am or pm, `spoken`: what else
    a screen reader hears after the words one sees.
    """

    visit: Appointment
    span: Span
    status: Status
    look: str
    name: str
    time: str
    half: str
    kind: str
    place: str
    word: str
    tone: str
    badges: tuple[Badge, ...]
    more: int
    needs: frozenset[str]
    is_movable: bool
    is_dim: bool
    spoken: str

    @property
    def key(self) -> uuid.UUID:
        return self.visit.public_id

    @property
    def minutes(self) -> int:
        return self.span[1] - self.span[0]

    @property
    def size(self) -> str:
        if self.minutes < ONE_LINE_BELOW:
            return "tile--line"
        if self.minutes < TWO_LINES_BELOW:
            return "tile--two"
        return "tile--tall" if self.minutes >= TALL_FROM else ""


def tile_of(visit: Appointment, people: Sequence[Attendance], viewing: Viewing) -> Tile:
    status = status_of(visit.state, [(p.state, p.confirmed_at is not None) for p in people])
    span = viewing.day.span(visit.starts_at, visit.ends_at)
    needs = needs_of(visit, people, status, viewing.now)
    word, tone = word_of(visit, people, status, viewing, needs)
    badges = badges_of(visit, people, viewing.low)
    name = name_of(visit, people, status, held_by=viewing.holders.get(visit.pk, ""))
    return Tile(
        visit=visit,
        span=span,
        status=status,
        look=_look(visit, status),
        name=name,
        time=words.between(*span, h24=viewing.h24, suffix=False),
        half="" if viewing.h24 else words.half(span[1]),
        kind="" if visit.type.name == name else visit.type.name,
        place=place_of(visit),
        word=word,
        tone=tone,
        badges=badges[: MOST_BADGES if len(badges) <= MOST_BADGES else MOST_BADGES - 1],
        more=len(badges) - MOST_BADGES + 1 if len(badges) > MOST_BADGES else 0,
        needs=needs,
        is_movable=visit.state in VISIT_ACTS["move"] and viewing.may_move(visit),
        is_dim=bool(viewing.need) and viewing.need not in needs,
        spoken=_spoken(visit, status, badges, viewing.day.on),
    )


def counted_of(people: Sequence[Attendance]) -> list[Attendance]:
    return [p for p in people if p.state not in UNCOUNTED]


def name_of(visit: Appointment, people: Sequence[Attendance], status: Status, *, held_by: str = "") -> str:
    """Who comes, or what it is. A hold says so; a cancelled visit keeps the names it had."""
    if status == Status.HELD:
        return _held_name(visit, people, held_by)
    is_group = visit.type.category == Category.GROUP
    if visit.title or is_group:
        return visit.title or visit.type.name
    return _names(counted_of(people) or people) or visit.type.name


def _held_name(visit: Appointment, people: Sequence[Attendance], held_by: str) -> str:
    """For whom, as far as anybody said; else by whom."""
    whom = _names(counted_of(people)) or visit.title
    if not whom and visit.source == Source.WAITLIST:
        whom = "waitlist"
    if whom:
        return f"Held for {whom}"
    return f"Held by {held_by}" if held_by else "Held"


def _names(people: Sequence[Attendance]) -> str:
    return words.joined_names(
        [(p.client.preferred_name or p.client.first_name, p.client.last_name) for p in people]
    )


def place_of(visit: Appointment) -> str:
    """In full: "Riverside, Room 2", "Telehealth"."""
    if visit.modality != Modality.IN_PERSON:
        return Modality(visit.modality).label
    return ", ".join(part.name for part in (visit.location, visit.room) if part)


def _look(visit: Appointment, status: Status) -> str:
    """The class after `tile--`; time without clients needs no confirmation, so it has a form of its own."""
    if visit.type.category == Category.ADMINISTRATIVE and status == Status.SCHEDULED:
        return "block"
    return status.lower().replace("_", "-")


def needs_of(
    visit: Appointment, people: Sequence[Attendance], status: Status, now: dt.datetime
) -> frozenset[str]:
    """Which of the rail's counts: not confirmed, text not delivered, past without outcome."""
    if visit.state != AppointmentState.SCHEDULED:
        return frozenset()
    coming = [p for p in counted_of(people) if p.state in (AttendanceState.EXPECTED, AttendanceState.ARRIVED)]
    found = set()
    if coming and visit.ends_at <= now:
        found.add("outcome")
    elif any(p.contact_state == ContactState.FAILED for p in coming):
        found.add("failed")
    if coming and visit.starts_at > now and status == Status.SCHEDULED:
        found.add("unconfirmed")
    return frozenset(found)


def word_of(
    visit: Appointment, people: Sequence[Attendance], status: Status, viewing: Viewing, needs: frozenset[str]
) -> tuple[str, str]:
    """The word on the third line, and its tone. Scheduled and confirmed speak by their form."""
    if status == Status.HELD:
        return _deadline(visit, viewing)
    if status == Status.CHECKED_IN:
        return _how_many_here(counted_of(people)), "ink"
    if "outcome" in needs:
        return "no outcome", "warn"
    plain = {
        Status.IN_SESSION: ("in session", "ink"),
        Status.COMPLETED: ("done", "ink"),
        Status.NO_SHOW: ("did not come", "bad"),
        Status.CANCELLED: ("cancelled", "ink"),
        Status.REQUESTED: ("requested", "warn"),
    }
    return plain.get(status, ("", ""))


def _how_many_here(people: Sequence[Attendance]) -> str:
    here = sum(p.state == AttendanceState.ARRIVED for p in people)
    return "here" if len(people) == 1 else f"{here} of {len(people)} here"


def _deadline(visit: Appointment, viewing: Viewing) -> tuple[str, str]:
    until = visit.hold_until
    if until is None:
        return "", ""
    minute = viewing.day.minute(until)
    time = words.clock(minute, h24=viewing.h24, suffix=False)
    wall = until.astimezone(viewing.day.zone)
    return (
        f"until {time}" if wall.date() == viewing.day.on else f"until {wall:%b} {wall.day}, {time}"
    ), "ink"


_CONTACT = {
    ContactState.FAILED: Badge(label="Message not delivered", text="!", tone="bad"),
    ContactState.PLANNED: Badge(label="Reminder planned", icon="ellipsis"),
    ContactState.SENT: Badge(label="Reminder sent", icon="send"),
    ContactState.DELIVERED: Badge(label="Reminder delivered", icon="check", tone="ok"),
}
_MODALITY = {
    Modality.TELEHEALTH: Badge(label="Telehealth", icon="video"),
    Modality.PHONE: Badge(label="By phone", icon="phone"),
}


def badges_of(
    visit: Appointment, people: Sequence[Attendance], low: frozenset[int] = frozenset()
) -> tuple[Badge, ...]:
    """The most urgent first. Of several people's reminders the one furthest behind speaks."""
    counted = counted_of(people)
    states = {p.contact_state for p in counted}
    found = [badge for state, badge in _CONTACT.items() if state in states][:1]
    if visit.overbooked_provider or visit.overbooked_room:
        found.append(Badge(label="Overbooked", icon="layers", tone="warn"))
    if badge := _authorization(visit, counted, low):
        found.append(badge)
    if visit.type.category == Category.GROUP:
        seats = f"{len(counted)}/{visit.capacity}" if visit.capacity else str(len(counted))
        label = (
            f"{len(counted)} of {visit.capacity} places taken" if visit.capacity else f"{len(counted)} people"
        )
        found.append(Badge(label=label, icon="users", text=seats))
    if badge := _MODALITY.get(Modality(visit.modality)):
        found.append(badge)
    if visit.series_id:
        found.append(Badge(label="Repeats", icon="repeat"))
    return tuple(found)


def _authorization(visit: Appointment, people: Sequence[Attendance], low: frozenset[int]) -> Badge | None:
    """Only while something can be done about it: before the visit is done."""
    pending = [person for person in people if person.state in PENDING]
    if visit.type.requires_authorization and any(p.authorization_id is None for p in pending):
        return Badge(label="No authorization", icon="file-check", text="!", tone="bad")
    if any(person.authorization_id in low for person in pending):
        return Badge(label="Authorization nearly over", icon="file-check", tone="warn")
    return None


def _spoken(visit: Appointment, status: Status, badges: Sequence[Badge], on: dt.date) -> str:
    people = [p.name for p in (visit.provider, visit.co_provider) if p]
    parts = [
        words.day(on),
        f"with {' and '.join(people)}" if people else "",
        status.label,
        *(badge.label for badge in badges),
    ]
    return ". ".join(part for part in parts if part)
