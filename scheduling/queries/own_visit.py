"""One visit as the person who holds a link to it sees it: nobody else's name, nothing of what it is for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from core import daywords
from core.actors import Actor
from core.links import LinkRefused
from practice.models import Link, Practice
from practice.rules.client_words import say, words
from practice.states import Modality
from scheduling.models import Appointment, Attendance
from scheduling.permissions import may_answer_for, may_move_own
from scheduling.queries.told import zone_told
from scheduling.states import UNCOUNTED, AppointmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnVisit:
    """`zone`: the one the reader is told times in; `zone_name` only where it is not the practice's."""

    person: Attendance
    visit: Appointment
    zone: ZoneInfo
    day: str
    hours: str
    zone_name: str
    place: list[str]
    directions: str
    state: str  # ahead, cancelled, not_expected, over
    is_confirmed: bool
    may_confirm: bool
    may_cancel: bool
    may_move: bool
    is_late: bool
    notice: str

    @property
    def is_ahead(self) -> bool:
        return self.state == "ahead"


def own_visit(
    link: Link, *, by: Actor, practice: Practice, now: dt.datetime, language: str = "en"
) -> OwnVisit:
    """Raises LinkRefused where the holder may not see it, as if it did not exist."""
    people = Attendance.objects.select_related("client", "appointment__location", "appointment__provider")
    person = people.filter(pk=link.subject, client=link.client_id).first()
    if person is None or not _may_see(link, person, now):
        raise LinkRefused
    visit, zone = person.appointment, zone_told(person, practice)
    start, end = (at.astimezone(zone) for at in (visit.starts_at, visit.ends_at))
    state = _state(person, now)
    ahead, until = state == "ahead", _free_until(visit, practice)
    return OwnVisit(
        person=person,
        visit=visit,
        zone=zone,
        day=daywords.long_day(start.date(), language),
        hours=daywords.span(start, end, h24=practice.clock_24h),
        zone_name=str(start.tzname()) if start.utcoffset() != _offset(start, practice) else "",
        place=_place(visit, language),
        directions=_directions(visit),
        state=state,
        is_confirmed=person.confirmed_at is not None,
        may_confirm=ahead and person.confirmed_at is None and may_answer_for(by, "may_confirm", person, now),
        may_cancel=ahead and may_answer_for(by, "may_cancel", person, now),
        may_move=ahead and may_move_own(by, visit, now),
        is_late=now > until,
        notice=_notice(until, zone, practice, now, language),
    )  # fmt: skip


def _may_see(link: Link, person: Attendance, now: dt.datetime) -> bool:
    """A contact sees no confidential visit, and a past one only where that was allowed."""
    contact = link.contact
    if contact is None:
        return True
    return not person.is_confidential and (contact.may_see_past or person.appointment.ends_at > now)


def _state(person: Attendance, now: dt.datetime) -> str:
    visit = person.appointment
    if AppointmentState.CANCELLED in (visit.state, person.state):  # the visit, or only their seat on it
        return "cancelled"
    if person.state in UNCOUNTED:
        return "not_expected"
    return "ahead" if visit.state == AppointmentState.SCHEDULED and visit.starts_at > now else "over"


def _free_until(visit: Appointment, practice: Practice) -> dt.datetime:
    return visit.starts_at - dt.timedelta(hours=practice.cancellation_notice_hours)


def _notice(until: dt.datetime, zone: ZoneInfo, practice: Practice, now: dt.datetime, language: str) -> str:
    if now > until:
        return say(language, "inside_notice", hours=practice.cancellation_notice_hours)
    local = until.astimezone(zone)
    when = f"{daywords.short_day(local.date(), language)}, {daywords.clock(local, h24=practice.clock_24h)}"
    return say(language, "free_until", when=when)


def _offset(start: dt.datetime, practice: Practice) -> dt.timedelta | None:
    return start.astimezone(practice.tz).utcoffset()


def _place(visit: Appointment, language: str) -> list[str]:
    if visit.modality == Modality.TELEHEALTH:
        return [words(language)["by_video"]]
    if visit.modality == Modality.PHONE:
        return [words(language)["by_phone"]]
    if visit.location is None:
        return []
    return [part for part in (visit.location.name, visit.location.address) if part]


def _directions(visit: Appointment) -> str:
    """A map of the address; it names no practice and no visit."""
    if visit.modality != Modality.IN_PERSON or visit.location is None or not visit.location.address:
        return ""
    return f"https://www.google.com/maps/search/?api=1&query={quote_plus(visit.location.address)}"
