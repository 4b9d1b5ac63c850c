"""A key pressed while we call about a visit: acted on at once, and said so in the same breath."""

import datetime as dt
from collections.abc import Callable

from django.db.models import Q

from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, Refusal, StaleEdit
from messaging.models import Message
from messaging.operations.tasks import raise_task
from messaging.rules.calls import Said
from messaging.states import TaskKind
from practice.models import Address
from practice.queries import the_practice
from reminders.queries.about import about
from reminders.states import NOTICE, REMINDER
from scheduling.models import Attendance
from scheduling.operations import AlreadyDone, cancel_person, confirm
from scheduling.states import CancelReason, ConfirmedHow

Act = Callable[[Attendance, Message, bool, dt.datetime], Said]


def take_key(question: Message, meaning: str, *, is_sure: bool, now: dt.datetime) -> Said | None:
    """None for a call that is not ours."""
    if question.purpose not in (REMINDER, NOTICE):
        return None
    told = about(question.purpose, [question.subject]).get(question.subject)
    if told is None:
        return Said.CALL_US
    person = Attendance.objects.select_related("appointment").get(pk=told.attendance_id)
    if meaning != "move" and person.appointment.occurrence != told.occurrence:
        return Said.MOVED_SINCE
    return _tried(ACTS[meaning], person, question, is_sure, now)


def _tried(act: Act, person: Attendance, question: Message, is_sure: bool, now: dt.datetime) -> Said:
    """Whatever the rules refuse, a person looks at; what the caller may not do is no news to them."""
    try:
        return act(person, question, is_sure, now)
    except StaleEdit:
        return Said.MOVED_SINCE
    except Refusal as refusal:
        if not isinstance(refusal, NotAllowed):
            _task(TaskKind.CALL_CLIENT, question, now)
        return Said.CALL_US


def _yes(person: Attendance, question: Message, is_sure: bool, now: dt.datetime) -> Said:
    try:
        confirm(
            person.pk, how=ConfirmedHow.VOICE, by=_who(question), occurrence=person.appointment.occurrence
        )
    except AlreadyDone:
        return Said.CONFIRMED
    return Said.CONFIRMED


def _cancel(person: Attendance, question: Message, is_sure: bool, now: dt.datetime) -> Said:
    """Inside the notice period only after a second 2. Of several only this one; the last takes the visit along.

    Who shares the number with another of the visit was called once for both: a person has to ask whom it is about.
    """
    visit = person.appointment
    if _shares_number(person, question.address):
        _task(TaskKind.MAY_WANT_TO_CANCEL, question, now)
        return Said.CALL_US
    notice = dt.timedelta(hours=the_practice().cancellation_notice_hours)
    if now > visit.starts_at - notice and not is_sure:
        return Said.ASK_SURE
    who, why = _who(question), CancelReason.CLIENT_REQUEST
    cancel_person(person.pk, reason=why, by=who, occurrence=visit.occurrence)
    return Said.CANCELLED


def _shares_number(person: Attendance, number: str) -> bool:
    others = person.appointment.attendances.counted().exclude(pk=person.pk).values("client")
    owned = Address.objects.filter(value=number)
    return owned.filter(Q(client__in=others) | Q(contact__client__in=others)).exists()


def _move(person: Attendance, question: Message, is_sure: bool, now: dt.datetime) -> Said:
    _task(TaskKind.CALL_CLIENT, question, now)
    return Said.CALL_BACK


ACTS: dict[str, Act] = {"yes": _yes, "cancel": _cancel, "move": _move}


def _task(kind: TaskKind, question: Message, now: dt.datetime) -> None:
    raise_task(kind, now=now, client_id=question.client_id, message=question)


def _who(question: Message) -> Actor:
    """Whom we called is who pressed."""
    if question.contact_id is not None:
        return Actor(kind=ActorKind.CONTACT, id=question.contact_id, via="voice")
    return Actor(kind=ActorKind.CLIENT, id=question.client_id, via="voice")
