"""Decided again at the moment of sending: is it still true, and in which words. Only reads."""

import datetime as dt
from collections.abc import Callable

from messaging.purposes import Decision, Send, Skip
from practice.models import Practice
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import Answer, Notice, Reminder
from reminders.queries.wording import first_contacts, letter, office_of, place_of, when_of
from reminders.rules import texts
from reminders.rules.texts import Office, When
from reminders.states import NOTICE, REMINDER, NoticeKind, Outcome
from scheduling.models import Attendance
from scheduling.states import UNCOUNTED, AppointmentState

WITH = ("appointment__location", "client")


def why_not(person: Attendance, *, occurrence: int, is_contact: bool, now: dt.datetime) -> str:
    """Why nothing is said any more about this occurrence; empty when it may be. At most 80 characters."""
    visit = person.appointment
    ahead = visit.state == AppointmentState.SCHEDULED
    reasons = (
        (visit.state == AppointmentState.CANCELLED, "The visit was cancelled"),
        (not ahead, f"The visit is no longer ahead: {visit.get_state_display().lower()}"),
        (visit.occurrence != occurrence, "The visit was changed since"),
        (person.state in UNCOUNTED, "This person is no longer expected"),
        (visit.starts_at <= now, "The visit has begun"),
        (is_contact and person.is_confidential, "The visit is confidential from contacts"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def decide_reminders(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    rows = Reminder.objects.filter(pk__in=subjects).select_related(*(f"attendance__{name}" for name in WITH))
    practice, first = the_practice(), first_contacts(REMINDER, subjects)
    return {row.pk: _reminder(row, practice, first.get(row.pk, False), now) for row in rows}


def _reminder(row: Reminder, practice: Practice, first: bool, now: dt.datetime) -> Decision:
    person = row.attendance
    if reason := why_not(person, occurrence=row.occurrence, is_contact=row.contact_id is not None, now=now):
        return Skip(reason)
    when, office = when_of(person, practice), office_of(practice)
    confirmed = person.confirmed_at is not None
    if row.channel == Channel.SMS:
        return Send(text=texts.reminder(when, office, confirmed=confirmed, first=first))
    return letter("You have an appointment:", [when], office, place=place_of(person.appointment))


def decide_notices(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    notices = list(Notice.objects.filter(pk__in=subjects))
    ids = {entry["attendance"] for notice in notices for entry in notice.attendances}
    people = Attendance.objects.select_related(*WITH).in_bulk(ids)
    practice, first = the_practice(), first_contacts(NOTICE, subjects)
    return {n.pk: _notice(n, people, practice, first.get(n.pk), now) for n in notices}


def _notice(
    notice: Notice,
    people: dict[int, Attendance],
    practice: Practice,
    first: bool | None,
    now: dt.datetime,
) -> Decision:
    true = [p for e in notice.attendances if (p := people.get(e["attendance"])) and _holds(notice, e, p, now)]
    if not true:
        return Skip("It was changed again since")
    whens = sorted((when_of(person, practice) for person in true), key=lambda when: when.start)
    text, sentence = NOTICES[_kind(notice)]
    office = office_of(practice)
    if first is not None:
        return Send(text=text(whens, office, first=first))
    return letter(sentence, whens, office, place=place_of(true[0].appointment))


def _holds(notice: Notice, entry: dict, person: Attendance, now: dt.datetime) -> bool:
    if notice.contact_id is not None and person.is_confidential:
        return False
    if notice.kind == NoticeKind.CANCELLED:
        visit = person.appointment
        return visit.state == AppointmentState.CANCELLED and visit.starts_at > now
    return not why_not(person, occurrence=entry["occurrence"], is_contact=False, now=now)


CHANGED = "changed"  # the same time, but another provider, place or way


def _kind(notice: Notice) -> str:
    same_time = all(entry["before"] == entry["after"] for entry in notice.attendances)
    return CHANGED if notice.kind == NoticeKind.MOVED and same_time else notice.kind


NOTICES: dict[str, tuple[Callable[..., str], str]] = {
    NoticeKind.MOVED: (texts.moved, "Your appointment has moved. It is now:"),
    CHANGED: (texts.changed, "There is a change to your appointment, not to its time:"),
    NoticeKind.RESTORED: (texts.restored, "Your appointment takes place after all:"),
    NoticeKind.CANCELLED: (texts.cancelled, "This appointment is cancelled:"),
}

ANSWERS: dict[str, Callable[[When, Office], str]] = {
    Outcome.CONFIRMED: texts.confirmed,
    Outcome.MOVED_SINCE: texts.moved_since,
    Outcome.ASKED_AGAIN: texts.asked_again,
    Outcome.CANCELLED: texts.cancelled_by_you,
    Outcome.ASKED_WHICH: texts.cancel_or_move,
    Outcome.CALL_TO_MOVE: texts.call_to_move,
    Outcome.CALL_US: texts.call_us,
}


def decide_answers(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    """What was done stands on the row; an answer is owed even when the visit has changed again since."""
    rows = Answer.objects.filter(inbound__in=subjects).select_related(
        *(f"attendance__{name}" for name in WITH)
    )
    practice = the_practice()
    office = office_of(practice)
    return {
        row.inbound_id: Send(text=ANSWERS[row.outcome](when_of(row.attendance, practice), office))
        for row in rows
    }
