"""From a message to the visit it is about, and to the one question that is still open."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models.functions import Coalesce

from messaging.models import Message
from messaging.purposes import Coming, Topic
from messaging.rules.speaking import Office, When
from messaging.rules.wording import language_of
from messaging.states import Asks, MessageState
from practice.models import Practice
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import Answer, Notice, Reminder
from reminders.states import ANSWER, NOTICE, REMINDER, Outcome, ReminderState
from scheduling.models import Appointment, Attendance
from scheduling.queries.told import zone_told
from scheduling.states import REPLAN_OPEN, UNCOUNTED, AppointmentState

MAY_HAVE_ARRIVED = (
    MessageState.SENDING,
    MessageState.VERIFYING,
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
)


@dataclass(frozen=True, slots=True)
class About:
    attendance_id: int
    occurrence: int


def about(purpose: str, subjects: Iterable[int]) -> dict[int, About]:
    """Per subject the one visit it speaks of; a notice of several visits speaks of none in particular."""
    return SPEAK_OF[purpose](subjects)


def _of_reminders(subjects: Iterable[int]) -> dict[int, About]:
    rows = Reminder.objects.filter(pk__in=subjects)
    return {row.pk: About(row.attendance_id, row.occurrence) for row in rows}


def _of_answers(subjects: Iterable[int]) -> dict[int, About]:
    rows = Answer.objects.filter(inbound__in=subjects)
    return {row.inbound_id: About(row.attendance_id, row.occurrence) for row in rows}


def _of_notices(subjects: Iterable[int]) -> dict[int, About]:
    notices = Notice.objects.filter(pk__in=subjects)
    told = {notice.pk: notice.attendances for notice in notices if len(notice.attendances) == 1}
    return {pk: About(entry["attendance"], entry["occurrence"]) for pk, (entry,) in told.items()}


SPEAK_OF = {REMINDER: _of_reminders, NOTICE: _of_notices, ANSWER: _of_answers}


def notices_of(people: Iterable[Attendance]) -> dict[int, set[int]]:
    """{notice: attendances among `people` it told of, as they stand now}."""
    current = {person.pk: person.appointment.occurrence for person in people}
    rows = Notice.objects.filter(client__in={person.client_id for person in people})
    told = {
        pk: {e["attendance"] for e in entries if current.get(e["attendance"]) == e["occurrence"]}
        for pk, entries in rows.values_list("pk", "attendances")
    }
    return {pk: persons for pk, persons in told.items() if persons}


def plan_of(people: Iterable[Attendance]) -> list[Reminder]:
    """Every row of their plan, of any occurrence and state; without its times."""
    rows = Reminder.objects.filter(attendance__in=people).order_by("pk")
    return list(
        rows.only("attendance_id", "contact_id", "rule_id", "occurrence", "channel", "resend_no", "state")
    )


def open_topics(purpose: str, subjects: list[int], now: dt.datetime) -> dict[int, Topic]:
    """Of these, the latest question about each visit that can still be answered; its topic is the attendance.

    A reminder, the notice of a move and "reply C again" ask about the same visit under different purposes: only
    the latest of them counts, so that a plain Y is never ambiguous. A question about a visit that has moved since
    stays, so that the answer can say so.
    """
    mine = about(purpose, subjects)
    waiting = {
        person.pk: person
        for person in Attendance.objects.filter(
            pk__in={a.attendance_id for a in mine.values()},
            appointment__state=AppointmentState.SCHEDULED,
            appointment__starts_at__gt=now,
        )
        .exclude(state__in=UNCOUNTED)
        .exclude(appointment__replans__state__in=REPLAN_OPEN)  # a plain yes is no answer to "what then?"
        .select_related("appointment__location", "client")
    }
    latest = _latest(set(waiting), purpose, subjects, now)
    asked_again = _asked_again(purpose, mine)
    return {
        subject: _topic(waiting[a.attendance_id], now, asked_again=subject in asked_again)
        for subject, a in mine.items()
        if (purpose, subject) in latest
    }


def _topic(person: Attendance, now: dt.datetime, *, asked_again: bool) -> Topic:
    """What the visit is called by is when it is, in its client's language, and nothing else."""
    practice, visit = the_practice(), person.appointment
    when = When(
        start=visit.starts_at,
        zone=zone_told(person, practice),
        language=language_of(person.client.language),
    )
    return Topic(
        about=person.pk,
        starts_at=visit.starts_at,
        label=when.at(Office(sender="", h24=practice.clock_24h)),
        inside_notice=is_late(visit, now, practice),
        asked_again=asked_again,
    )


def is_late(visit: Appointment, now: dt.datetime, practice: Practice) -> bool:
    """To cancel at `now` would be inside the notice period."""
    return now > visit.starts_at - dt.timedelta(hours=practice.cancellation_notice_hours)


def _asked_again(purpose: str, mine: dict[int, About]) -> set[int]:
    """Those that ask for a second C, about this very visit and time."""
    if purpose != ANSWER:
        return set()
    rows = Answer.objects.filter(inbound__in=mine, outcome=Outcome.ASKED_AGAIN)
    return {
        inbound
        for inbound, occurrence, now_at in rows.values_list(
            "inbound", "occurrence", "attendance__appointment__occurrence"
        )
        if occurrence == now_at
    }


def _latest(
    attendance_ids: set[int], purpose: str, subjects: list[int], now: dt.datetime
) -> set[tuple[str, int]]:
    """(purpose, subject) of the last message that asked about each attendance at each address."""
    addresses = Message.objects.filter(purpose=purpose, subject__in=subjects).values("address")
    asking = Message.objects.filter(
        purpose__in=[REMINDER, NOTICE, ANSWER],
        asks=Asks.CONFIRM,
        address__in=addresses,
        state__in=MAY_HAVE_ARRIVED,
        answer_until__gt=now,
    ).order_by(
        Coalesce("accepted_at", "send_at"), "pk"
    )  # as they arrived: a notice waits out the undo window
    messages = list(asking)
    whom = {
        name: about(name, [m.subject for m in messages if m.purpose == name])
        for name in (REMINDER, NOTICE, ANSWER)
    }
    last: dict[tuple[int, str], tuple[str, int]] = {}
    for message in messages:
        told = whom[message.purpose].get(message.subject)
        if told is not None and told.attendance_id in attendance_ids:
            last[told.attendance_id, message.address] = (message.purpose, message.subject)
    return set(last.values())


def coming(client_ids: Collection[int], now: dt.datetime, until: dt.datetime) -> Iterator[Coming]:
    """What is still planned to be said by phone to these clients, so that messaging keeps room for it."""
    rows = Reminder.objects.filter(
        attendance__client__in=client_ids,
        channel__in=[Channel.SMS, Channel.VOICE],
        state=ReminderState.PLANNED,
        falls_due_at__gt=now,
        falls_due_at__lt=until,
    )
    columns = ("attendance__client_id", "contact_id", "falls_due_at", "rule__drop_rank")
    for client, contact, at, rank in rows.order_by().values_list(*columns):
        yield Coming(client_id=client, contact_id=contact, due_at=at, drop_rank=rank or 0)
