"""The one-click acts a visit offers right now. Twin: `rules.moves` says what is allowed, the operations decide."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from core import clock
from practice.queries import the_practice
from scheduling.models import Appointment, Attendance
from scheduling.queries.visits import Person
from scheduling.rules.moves import CORRECTABLE, PERSON_ACTS, PERSON_ACTS_WHILE, VISIT_ACTS
from scheduling.states import UNCOUNTED, AppointmentState, AttendanceState, Category, ContactState

register = template.Library()

# act: (label, icon, whether it only takes something back), in the order they are offered
PERSON = {
    "check_in": ("Check in", "user-check", False),
    "confirm": ("Confirm", "check", False),
    "mark_absent": ("Did not come", "user-x", False),
    "unconfirm": ("Unconfirm", "undo-2", True),
    "take_back_check_in": ("Not here after all", "undo-2", True),
    "take_back_absent": ("Came after all", "undo-2", True),
}
VISIT = {
    "start": ("Start session", "play", False),
    "complete": ("Complete", "check-check", False),
    "confirm_hold": ("Book it", "calendar-plus", False),
    "reopen": ("Not done after all", "undo-2", True),
    "release": ("Give it up", "x", False),
}
# On a visit that is done, a mark that was wrong; the state each makes it.
CORRECTIONS = {
    "was_here": ("Was here", "user-check", False, AttendanceState.ATTENDED),
    "was_absent": ("Did not come", "user-x", False, AttendanceState.ABSENT),
    "was_excused": ("Excused", "hand", False, AttendanceState.EXCUSED),
}
SLUGS = {"mark_absent": "absent"}


@dataclass(slots=True)
class Offer:
    """A button that posts; `act` is the operation's name."""

    act: str
    label: str
    icon: str
    is_back: bool
    url: str
    edition: int
    is_first: bool = False
    change_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class OfPerson:
    """One of several. `stands`: how it is with them, in words; `told`: how far the practice's word has got."""

    attendance: Attendance
    stands: str
    told: str
    acts: list[Offer]
    put_back: Offer | None
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """`people`: with several, each with their own acts; a single one's stand among the visit's."""

    visit: list[Offer]
    people: list[OfPerson]
    may_move: bool
    may_cancel: bool
    may_add: bool
    book_url: str
    restore: Offer | None


@register.simple_tag
def fresh_id() -> str:
    """The key of one act; each button of a list has its own."""
    return str(uuid.uuid4())


@register.simple_tag
def offered_acts(visit: Appointment, people: Sequence[Attendance], persons: Sequence[Person] = ()) -> Offered:
    now, counted = clock.now(), [person for person in people if person.state not in UNCOUNTED]
    today = now.astimezone(zone := the_practice().tz).date() >= visit.starts_at.astimezone(zone).date()
    each = {person.pk: _person(visit, person, now, is_today=today) for person in counted}
    each |= {person.pk: _corrections(person) for person in people if _may_correct(visit, person, people)}
    whole = [_offer(act, visit, VISIT) for act in VISIT if _fits_visit(act, visit, counted, now)]
    if len(people) == 1:
        whole = [*whole, *each.get(people[0].pk, [])]
    _mark_first(whole)
    return Offered(
        visit=whole,
        people=[_of_person(visit, one, each.get(one.attendance.pk, [])) for one in persons],
        may_move=visit.state in VISIT_ACTS["move"],
        may_cancel=visit.state in VISIT_ACTS["cancel"] and not any(p.state in DECIDED for p in counted),
        may_add=visit.state in VISIT_ACTS["add_person"] and visit.type.category not in NOT_BY_HAND,
        book_url=_book_url(visit, counted),
        restore=_restore(visit),
    )


def _book_url(visit: Appointment, counted: list[Attendance]) -> str:
    """A hold nobody is named for is booked by the form, which asks who comes."""
    if visit.state != AppointmentState.HELD or counted:
        return ""
    return f"{reverse('scheduling:visit-new')}?{urlencode({'hold': visit.public_id})}"


def _of_person(visit: Appointment, one: Person, acts: list[Offer]) -> OfPerson:
    person, is_open = one.attendance, visit.state in PERSON_ACTS_WHILE
    may_return = is_open and person.state in PERSON_ACTS["put_back"]
    told = ContactState(person.contact_state)
    return OfPerson(
        attendance=person,
        stands=one.stands,
        told=CONTACT[told] if told != ContactState.NONE and person.state not in UNCOUNTED else "",
        acts=acts,
        put_back=_offer("put_back", person, {"put_back": ("Put back", "rotate-ccw", True)})
        if may_return
        else None,
        may_cancel=is_open and person.state in PERSON_ACTS["cancel_person"],
    )


# A roster is kept with its group, and nobody attends desk work.
NOT_BY_HAND = (Category.GROUP, Category.ADMINISTRATIVE)
CONTACT = {
    ContactState.PLANNED: "reminder planned",
    ContactState.SENT: "reminder sent",
    ContactState.DELIVERED: "reminder delivered",
    ContactState.FAILED: "message not delivered",
}

DECIDED = (AttendanceState.ARRIVED, AttendanceState.ATTENDED, AttendanceState.ABSENT)


def _person(visit: Appointment, person: Attendance, now: dt.datetime, *, is_today: bool) -> list[Offer]:
    if visit.state not in PERSON_ACTS_WHILE:
        return []
    fits = {
        "check_in": is_today,
        "confirm": person.confirmed_at is None,
        "unconfirm": person.confirmed_at is not None,
        "mark_absent": now >= visit.starts_at,
    }
    acts = [act for act in PERSON if person.state in PERSON_ACTS[act] and fits.get(act, True)]
    return [_offer(act, person, PERSON) for act in acts]


def _may_correct(visit: Appointment, person: Attendance, people: Sequence[Attendance]) -> bool:
    """Of couples and families; a single one's visit is reopened, and a group has its sheet."""
    is_done = visit.state == AppointmentState.COMPLETED and visit.type.category != Category.GROUP
    return is_done and len(people) > 1 and person.state in CORRECTABLE


def _corrections(person: Attendance) -> list[Offer]:
    table = {act: words for act, (*words, state) in CORRECTIONS.items() if state != person.state}
    return [_offer(act, person, table) for act in table]


def _fits_visit(act: str, visit: Appointment, counted: list[Attendance], now: dt.datetime) -> bool:
    """What the operations would refuse for who is there is not offered."""
    if visit.state not in VISIT_ACTS[act]:
        return False
    states = {person.state for person in counted}
    if act == "confirm_hold":
        return bool(counted)
    if act == "start":
        return AttendanceState.ARRIVED in states or not counted
    if act == "complete":
        came = not counted or bool(states & {AttendanceState.ARRIVED, AttendanceState.EXPECTED})
        return (
            now >= visit.starts_at and came and (len(counted) < 2 or AttendanceState.EXPECTED not in states)
        )
    return True


def _offer(act: str, row: Appointment | Attendance, table: dict) -> Offer:
    label, icon, is_back = table[act]
    slug = SLUGS.get(act, act.replace("_", "-"))
    if isinstance(row, Appointment):
        url = reverse(f"scheduling:visit-{slug}", args=[row.public_id])
    else:
        url = reverse(f"scheduling:attendance-{slug}", args=[row.pk])
    return Offer(act, label, icon, is_back, url, row.edition)


def _mark_first(offers: list[Offer]) -> None:
    """The likely next act leads: on the day somebody arrives, starts, is done."""
    likely = ["start", "check_in", "confirm", "complete", "confirm_hold"]
    ranked = sorted((o for o in offers if o.act in likely), key=lambda offer: likely.index(offer.act))
    if ranked:
        ranked[0].is_first = True
        offers.sort(key=lambda offer: not offer.is_first)


def _restore(visit: Appointment) -> Offer | None:
    if visit.state != AppointmentState.CANCELLED:
        return None
    url = reverse("scheduling:visit-restore", args=[visit.public_id])
    return Offer("restore", "Bring it back", "rotate-ccw", True, url, visit.edition)
