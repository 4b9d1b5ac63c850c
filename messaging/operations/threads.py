"""The inbox: what waits for a person, who has taken it, what was answered."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import F

from core import clock
from core.actors import Actor
from core.refusals import Problem, Refusal, Severity
from messaging import queries
from messaging.models import InboundMessage, Message, StaffReply, StaffTask, Thread
from messaging.operations.outbox import NewMessage, enqueue
from messaging.purposes import Decision, Purpose, Send, register
from messaging.queries import Recipient
from messaging.rules.lint import Written, problems_with
from messaging.signals import messages_changed
from messaging.states import MessageClass, TaskKind
from practice import permissions
from practice.models import User
from practice.operations import open_change, record
from practice.states import Channel

STAFF_TEXT = "messaging.staff"
# What somebody answers while the talk is warm is an answer, at any hour; later it is a text like any other.
WARM_FOR = dt.timedelta(hours=24)
MOST_LETTERS = 480
# Tasks that say no more than: read this.
READING = (TaskKind.READ_REPLY, TaskKind.MAY_WANT_TO_CANCEL, TaskKind.ANSWERED_TWICE)


def heard(inbound: InboundMessage, *, waits: bool, now: dt.datetime) -> Thread:
    """A text came in. waits: nothing but a person can deal with it."""
    thread, _ = Thread.objects.get_or_create(address=inbound.from_address, defaults={"last_at": now})
    columns = {"last_at": now, "version": F("version") + 1}
    if waits:
        columns |= {"closed_at": None, "waiting_since": thread.waiting_since or now}
    Thread.objects.filter(pk=thread.pk).update(**columns)
    return thread


@transaction.atomic
def reply(
    thread_id: int, *, text: str, despite: bool = False, by: Actor, change_id: uuid.UUID | None = None
) -> StaffReply:
    """Text them, once per form: the tasks that asked to read are done with it.

    despite: sent although somebody else may read words that tell why they come.
    Raises NotAllowed, Thread.DoesNotExist, Refusal for words that may not be texted and for a number that may not be.
    """
    permissions.require(permissions.may(by, "message.send"))
    now, words = clock.now(), text.strip()
    opened = open_change(
        change_id,
        act="thread.replied",
        content={"thread": thread_id, "text": words, "despite": despite},
        by=by,
        now=now,
    )
    thread = _locked(thread_id, by)
    if opened.repeat:
        return StaffReply.objects.get(pk=opened.change.result["reply"])
    _refuse_words(words, despite=despite)
    one = _recipient(thread, now)
    kept = StaffReply.objects.create(thread=thread, text=words, by=User.objects.get(pk=by.id or 0), at=now)
    kept.message = enqueue([_message(kept, thread, one, now)], now=now)[0]
    kept.save(update_fields=["message"])
    _done_reading(thread, by, now)
    _turn(thread, waiting_since=None, closed_at=None, last_at=now, read_at=now)
    opened.change.result = {"reply": kept.pk}
    opened.change.save(update_fields=["result"])
    record("thread.replied", thread, by=by, at=now, change=opened.change, after={"reply": kept.pk})
    return kept


class Revealing(Refusal):
    """The words tell why somebody comes. Sent all the same with `despite=True`."""

    code = "sensitive"


def _refuse_words(words: str, *, despite: bool) -> None:
    if not words:
        raise Refusal("Write something first.", field="text")
    if len(words) > MOST_LETTERS:
        raise Refusal(
            f"More than {MOST_LETTERS} letters are too long for a text. Call instead.", field="text"
        )
    for problem in problems_with_reply(words):
        if problem.severity == Severity.BLOCKER:
            raise Refusal(problem.message, field="text", remedy=problem.remedy)
        if problem.code == Revealing.code and not despite:
            raise Revealing(
                problem.message, field="text", remedy="Write it in other words, or send it anyway."
            )


def problems_with_reply(words: str) -> list[Problem]:
    """What the composer says while somebody writes, too."""
    return problems_with(Written(text=words, channel=Channel.SMS, said=words, names_practice=False))


def _recipient(thread: Thread, now: dt.datetime) -> Recipient:
    """The first person on file with this number who may be texted there. Raises Refusal with what stands in the way."""
    owners = queries.owners_of(thread.address)
    if not owners:
        raise Refusal("Nobody on file has this number. Add it to a client's record first.", field="text")
    standings = queries.address_standings(owners, now)
    why = ""
    for one in owners:
        for standing in standings[one]:
            if (standing.channel, standing.address) == (Channel.SMS, thread.address):
                if not standing.refusal:
                    return one
                why = why or standing.refusal
    raise Refusal(f"{why or 'This number may not be texted'}. Please call instead.", field="text")


def _message(kept: StaffReply, thread: Thread, one: Recipient, now: dt.datetime) -> NewMessage:
    wrote = InboundMessage.objects.filter(
        from_address=thread.address, received_at__gt=now - WARM_FOR
    ).exists()
    return NewMessage(
        purpose=STAFF_TEXT,
        subject=kept.pk,
        client_id=one.client_id,
        contact_id=one.contact_id,
        channel=Channel.SMS,
        address=thread.address,
        klass=MessageClass.ANSWER if wrote else MessageClass.REMINDER,
        not_before=now,
        due_at=now,
        useful_until=now + dt.timedelta(days=2),
    )


def _done_reading(thread: Thread, by: Actor, now: dt.datetime) -> None:
    tasks = StaffTask.objects.filter(
        inbound__from_address=thread.address, kind__in=READING, done_at__isnull=True
    )
    tasks.update(done_at=now, done_by=by.id)


@transaction.atomic
def assign(thread_id: int, *, user_id: int | None, by: Actor) -> Thread:
    """None gives it back to everybody. Raises NotAllowed, Thread.DoesNotExist, User.DoesNotExist."""
    permissions.require(permissions.may(by, "message.send"))
    thread, now = _locked(thread_id, by), clock.now()
    if user_id is not None:
        User.objects.get(pk=user_id, is_active=True)
    before = {"assigned_to": thread.assigned_to_id}
    _turn(thread, assigned_to=user_id)
    record("thread.assigned", thread, by=by, at=now, before=before, after={"assigned_to": user_id})
    return thread


@transaction.atomic
def close(thread_id: int, *, by: Actor) -> Thread:
    """Nothing more to do; a new text opens it again. Raises NotAllowed, Thread.DoesNotExist."""
    permissions.require(permissions.may(by, "message.send"))
    thread, now = _locked(thread_id, by), clock.now()
    if thread.closed_at is None:
        _done_reading(thread, by, now)
        _turn(thread, closed_at=now, waiting_since=None, read_at=now)
        record("thread.closed", thread, by=by, at=now, before={"closed": False}, after={"closed": True})
    return thread


@transaction.atomic
def reopen(thread_id: int, *, by: Actor) -> Thread:
    """It waits again, from now. Raises NotAllowed, Thread.DoesNotExist."""
    permissions.require(permissions.may(by, "message.send"))
    thread, now = _locked(thread_id, by), clock.now()
    if thread.closed_at is not None:
        _turn(thread, closed_at=None, waiting_since=now)
        record("thread.reopened", thread, by=by, at=now, before={"closed": True}, after={"closed": False})
    return thread


def mark_read(thread: Thread, *, by: Actor, now: dt.datetime) -> None:
    """Somebody opened it; looking is recorded, and is not an answer."""
    record("thread.viewed", thread, by=by, at=now)
    if thread.is_unread:
        _turn(thread, read_at=now)


def _locked(thread_id: int, by: Actor) -> Thread:
    Thread.objects.visible_to(by).get(pk=thread_id)
    return Thread.objects.select_for_update(no_key=True, of=("self",)).get(pk=thread_id)


def _turn(thread: Thread, **columns: object) -> None:
    for name, value in columns.items():
        setattr(thread, f"{name}_id" if name == "assigned_to" else name, value)
    Thread.objects.filter(pk=thread.pk).update(**columns, version=F("version") + 1)


def say_replies(subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
    return {row.pk: Send(text=row.text) for row in StaffReply.objects.filter(pk__in=subjects)}


def _draw_anew(messages: list[Message], **_: object) -> None:
    """Something became of what staff wrote: open talks say so."""
    ids = [message.pk for message in messages if message.purpose == STAFF_TEXT]
    if ids:
        Thread.objects.filter(replies__message__in=ids).update(version=F("version") + 1)


def register_all() -> None:
    messages_changed.connect(_draw_anew, dispatch_uid="messaging.threads.draw_anew")
    register(Purpose(name=STAFF_TEXT, decide=say_replies))
