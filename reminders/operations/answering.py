"""A client's Y, C, N or R to one of our questions: acted on once, and answered."""

import datetime as dt
from collections.abc import Callable

from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, Refusal, StaleEdit
from messaging.models import InboundMessage, Message
from messaging.operations.outbox import NewMessage, enqueue
from messaging.operations.tasks import raise_task
from messaging.queries import Recipient, usable_addresses
from messaging.states import Asks, MessageClass, TaskKind
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import Answer
from reminders.queries.about import About, about, is_late
from reminders.states import ANSWER, NOTICE, REMINDER, STILL_ASKING, Outcome
from scheduling.models import Attendance
from scheduling.operations import AlreadyDone, cancel_person, confirm
from scheduling.permissions import may_move_own
from scheduling.states import CancelReason, ConfirmedHow

USEFUL_FOR = dt.timedelta(hours=12)


def take_reply(inbound: InboundMessage, question: Message, meaning: str, now: dt.datetime) -> None:
    """Only questions of ours; a meaning we do not know is nobody's here."""
    told = (
        about(question.purpose, [question.subject]) if question.purpose in (REMINDER, NOTICE, ANSWER) else {}
    )
    act = ACTS.get(meaning)
    if question.subject not in told or act is None:
        return
    about_it = told[question.subject]
    person = Attendance.objects.select_related("appointment", "client").get(pk=about_it.attendance_id)
    outcome = act(person, about_it, question, inbound, now)
    _flag_second_thoughts(person, about_it, outcome, inbound, now)
    _answer(person, outcome, question, inbound, now)


SETTLED = (Outcome.CONFIRMED, Outcome.CANCELLED)


def _flag_second_thoughts(
    person: Attendance, asked: About, outcome: Outcome, inbound: InboundMessage, now: dt.datetime
) -> None:
    """A C after a Y is done as it says, and somebody looks at it: two answers may be two people."""
    before = Answer.objects.filter(attendance=person, occurrence=asked.occurrence, outcome__in=SETTLED)
    said = before.order_by("-pk").values_list("outcome", flat=True).first()
    if outcome in SETTLED and said not in (None, outcome):
        raise_task(TaskKind.ANSWERED_TWICE, now=now, client_id=person.client_id, inbound=inbound)


def _confirm(
    person: Attendance, asked: About, question: Message, inbound: InboundMessage, now: dt.datetime
) -> Outcome:
    try:
        _say_yes(person, asked, _who(question))
    except StaleEdit:
        return Outcome.MOVED_SINCE
    except Refusal:
        return _call_us(inbound, question, now)
    for other in _sharing(person, question.address, now):
        _say_yes(other, asked, Actor(kind=ActorKind.CLIENT, id=other.client_id, via="sms"))
    return Outcome.CONFIRMED


def _say_yes(person: Attendance, asked: About, by: Actor) -> None:
    """Saying yes twice is still yes."""
    try:
        confirm(person.pk, how=ConfirmedHow.SMS, by=by, occurrence=asked.occurrence)
    except AlreadyDone:
        return


def _sharing(
    person: Attendance, address: str, now: dt.datetime, *, confirmed_too: bool = False
) -> list[Attendance]:
    """Others of the same visit with the same number: they were told once, so one answer is for all of them."""
    others = person.appointment.attendances.counted().exclude(pk=person.pk)
    if not confirmed_too:
        others = others.filter(confirmed_at=None)
    people = {Recipient(other.client_id): other for other in others.order_by("pk")}
    usable = usable_addresses(people, now)
    return [other for one, other in people.items() if usable[one].get(Channel.SMS) == address]


def _cancel(
    person: Attendance, asked: About, question: Message, inbound: InboundMessage, now: dt.datetime
) -> Outcome:
    if person.appointment.occurrence != asked.occurrence:
        return Outcome.MOVED_SINCE
    if _sharing(person, question.address, now, confirmed_too=True):
        # Told once at the number they share: which of them cannot come, a person has to ask.
        raise_task(TaskKind.MAY_WANT_TO_CANCEL, now=now, client_id=person.client_id, inbound=inbound)
        return Outcome.CALL_US
    if is_late(person.appointment, now, the_practice()) and not _was_asked_again(question, asked):
        return Outcome.ASKED_AGAIN
    return _cancel_for(person, asked, question, inbound, now)


def _cancel_for(
    person: Attendance, asked: About, question: Message, inbound: InboundMessage, now: dt.datetime
) -> Outcome:
    """Of several people only the one who wrote; the last one's answer cancels the visit."""
    who, why = _who(question), CancelReason.CLIENT_REQUEST
    try:
        cancel_person(person.pk, reason=why, by=who, occurrence=asked.occurrence)
    except StaleEdit:
        return Outcome.MOVED_SINCE
    except NotAllowed:
        return Outcome.CALL_US
    except Refusal:
        return _call_us(inbound, question, now)
    return Outcome.CANCELLED


def _was_asked_again(question: Message, asked: About) -> bool:
    """The second C answers our "reply C again" about this very visit and time."""
    again = Answer.objects.filter(inbound=question.subject, outcome=Outcome.ASKED_AGAIN)
    return question.purpose == ANSWER and again.filter(occurrence=asked.occurrence).exists()


def _no(
    person: Attendance, asked: About, question: Message, inbound: InboundMessage, now: dt.datetime
) -> Outcome:
    return Outcome.ASKED_WHICH


def _move(
    person: Attendance, asked: About, question: Message, inbound: InboundMessage, now: dt.datetime
) -> Outcome:
    """A link to the other times; where they may not move it themselves, a person calls."""
    if may_move_own(_who(question), person.appointment, now):
        return Outcome.MOVE_LINK
    raise_task(TaskKind.CALL_CLIENT, now=now, client_id=person.client_id, inbound=inbound)
    return Outcome.CALL_TO_MOVE


ACTS: dict[str, Callable[[Attendance, About, Message, InboundMessage, dt.datetime], Outcome]] = {
    "yes": _confirm,
    "cancel": _cancel,
    "no": _no,
    "move": _move,
}


def _call_us(inbound: InboundMessage, question: Message, now: dt.datetime) -> Outcome:
    raise_task(TaskKind.READ_REPLY, now=now, client_id=question.client_id, inbound=inbound)
    return Outcome.CALL_US


def _who(question: Message) -> Actor:
    """Whom we asked is who answered."""
    if question.contact_id is not None:
        return Actor(kind=ActorKind.CONTACT, id=question.contact_id, via="sms")
    return Actor(kind=ActorKind.CLIENT, id=question.client_id, via="sms")


def _answer(
    person: Attendance, outcome: Outcome, question: Message, inbound: InboundMessage, now: dt.datetime
) -> None:
    person.appointment.refresh_from_db(fields=["occurrence"])
    Answer.objects.create(
        inbound=inbound, attendance=person, occurrence=person.appointment.occurrence, outcome=outcome
    )
    asks = Asks.CONFIRM if outcome in STILL_ASKING else ""
    message = NewMessage(
        purpose=ANSWER,
        subject=inbound.pk,
        client_id=question.client_id,
        contact_id=question.contact_id,
        channel=Channel.SMS,
        address=question.address,
        klass=MessageClass.ANSWER,
        not_before=now,
        due_at=now,
        useful_until=now + USEFUL_FOR,
        asks=asks,
        answer_until=person.appointment.starts_at if asks else None,
    )
    enqueue([message], now=now)
