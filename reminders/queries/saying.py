"""Decided again at the moment of sending: is it still true, and in which words. Only reads."""

import datetime as dt
from dataclasses import replace

from messaging.models import Message
from messaging.purposes import Decision, Skip
from messaging.queries import pilot_providers
from messaging.states import LIVE
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import Answer, Notice, Reminder
from reminders.queries.wording import Speaker, first_contacts, reply_codes
from reminders.rules.texts import OF_OUTCOME, Asking, Facts, of_notice
from reminders.states import ANSWER, NOTICE, REMINDER, NoticeKind, Outcome, Said
from scheduling.models import Attendance
from scheduling.queries.told import visit_link
from scheduling.states import UNCOUNTED, AppointmentState, AttendanceState

NOT_IN_PILOT = "Reminders are being tried with other providers first"
WITH = ("appointment__location", "appointment__provider", "client")


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
    rows = rows.defer("attendance__appointment__blocked", "attendance__appointment__room_span")
    speaker, first = Speaker.of(the_practice()), first_contacts(REMINDER, subjects)
    codes, pilot = reply_codes(REMINDER, subjects), pilot_providers()
    return {
        row.pk: _reminder(row, speaker, first.get(row.pk, False), codes.get(row.pk, ""), now)
        if not pilot or row.attendance.appointment.provider_id in pilot or row.channel == Channel.PORTAL
        else Skip(NOT_IN_PILOT)
        for row in rows
    }


def _reminder(row: Reminder, speaker: Speaker, first: bool, code: str, now: dt.datetime) -> Decision:
    """The initial confirmation and every step; who has confirmed is not asked again."""
    person = row.attendance
    if reason := why_not(person, occurrence=row.occurrence, is_contact=row.contact_id is not None, now=now):
        return Skip(reason)
    asking = Asking(is_confirmed=person.confirmed_at is not None, code=code)
    facts = speaker.facts([person], asking=asking, is_first=first)
    return speaker.tell(
        person, Said.REMINDER, row.channel, facts, contact_id=row.contact_id, scope=row.rule_id or 0
    )


def decide_notices(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    notices = list(Notice.objects.filter(pk__in=subjects))
    ids = {entry["attendance"] for notice in notices for entry in notice.attendances}
    people = Attendance.objects.select_related(*WITH).in_bulk(ids)
    speaker, first = Speaker.of(the_practice()), first_contacts(NOTICE, subjects)
    channels, codes = _channels(subjects), reply_codes(NOTICE, subjects)
    decided: dict[int, Decision] = {}
    for notice in notices:
        true = _still_true(notice, people, now)
        asking = Asking(code=codes.get(notice.pk, ""))
        channel = channels.get(notice.pk, Channel.EMAIL)
        facts = speaker.facts(true, asking=asking, is_first=first.get(notice.pk, False)) if true else None
        decided[notice.pk] = _notice(notice, true, speaker, channel, facts) if facts else CHANGED_AGAIN
    return decided


def _notice(
    notice: Notice, people: list[Attendance], speaker: Speaker, channel: str, facts: Facts
) -> Decision:
    """Of several visits in one message no link and no calendar entry says enough: it is told in words alone."""
    key = _key(notice, people)
    if notice.kind == NoticeKind.CHOICES:
        return _choices(notice, people, speaker, channel, facts)
    if len(people) > 1:
        return speaker.say(key, channel, facts)
    return speaker.tell(people[0], key, channel, facts, contact_id=notice.contact_id)


def _choices(
    notice: Notice, people: list[Attendance], speaker: Speaker, channel: str, facts: Facts
) -> Decision:
    """The link of the first visit that is asked about; its page names the others."""
    asked = {entry["attendance"] for entry in notice.attendances if entry.get("asked")}
    first = next((person for person in people if person.pk in asked), None)
    if first is None:
        return CHANGED_AGAIN
    link = visit_link(first, contact_id=notice.contact_id, channel=channel)
    said = speaker.say(_key(notice, people), channel, replace(facts, link=link.url))
    return replace(said, links=(link,))


CHANGED_AGAIN = Skip("It was changed again since")


def _channels(notices: list[int]) -> dict[int, str]:
    rows = Message.objects.filter(purpose=NOTICE, subject__in=notices, state__in=LIVE)
    return dict(rows.values_list("subject", "channel"))


def _key(notice: Notice, people: list[Attendance]) -> str:
    same_time = all(entry["before"] == entry["after"] for entry in notice.attendances)
    return of_notice(notice.kind, same_time=same_time, several=len(people) > 1)


def _still_true(notice: Notice, people: dict[int, Attendance], now: dt.datetime) -> list[Attendance]:
    told = [(entry, people.get(entry["attendance"])) for entry in notice.attendances]
    return [person for entry, person in told if person and _holds(notice, entry, person, now)]


def _holds(notice: Notice, entry: dict, person: Attendance, now: dt.datetime) -> bool:
    if notice.contact_id is not None and person.is_confidential:
        return False
    if notice.kind == NoticeKind.CHOICES and entry.get("asked"):
        return _is_asked(person, entry)
    if notice.kind in (NoticeKind.CANCELLED, NoticeKind.CHOICES) and _is_off(entry, person, now):
        return True
    if notice.kind == NoticeKind.CANCELLED:
        return False
    return not why_not(person, occurrence=entry["occurrence"], is_contact=False, now=now)


def _is_asked(person: Attendance, entry: dict) -> bool:
    """Nobody has answered yet, in any way."""
    visit = person.appointment
    return visit.occurrence == entry["occurrence"] and visit.replans.live().exists()


def _is_off(entry: dict, person: Attendance, now: dt.datetime) -> bool:
    visit, seat = person.appointment, person.state
    is_off = visit.state == AppointmentState.CANCELLED or seat == AttendanceState.CANCELLED
    return is_off and visit.occurrence == entry["occurrence"] and visit.starts_at > now


def decide_answers(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    """What was done stands on the row; an answer is owed even when the visit has changed again since."""
    rows = Answer.objects.filter(inbound__in=subjects).select_related(
        *(f"attendance__{name}" for name in WITH)
    )
    speaker, codes = Speaker.of(the_practice()), reply_codes(ANSWER, subjects)
    asked = Message.objects.filter(purpose=ANSWER, subject__in=subjects)
    contacts = dict(asked.values_list("subject", "contact_id"))
    return {
        row.inbound_id: _answer(
            row, contacts.get(row.inbound_id), speaker, Asking(code=codes.get(row.inbound_id, ""))
        )
        for row in rows
    }


def _answer(row: Answer, contact_id: int | None, speaker: Speaker, asking: Asking) -> Decision:
    said = OF_OUTCOME[Outcome(row.outcome)]
    facts = speaker.facts([row.attendance], asking=asking)
    if row.outcome != Outcome.MOVE_LINK:
        return speaker.say(said, Channel.SMS, facts)
    link = visit_link(row.attendance, contact_id=contact_id, channel=Channel.SMS)
    text = speaker.say(said, Channel.SMS, replace(facts, link=f"{link.url}move/"))
    return replace(text, links=(link,))
