"""A client's text: kept, understood, and acted on only when there is exactly one thing it can mean."""

from collections.abc import Callable
from datetime import datetime, timedelta

from messaging import queries
from messaging.models import InboundMessage, ProviderEvent
from messaging.operations import answers, consent
from messaging.operations.outbox import NewMessage, enqueue
from messaging.operations.questions import Asked, question_for
from messaging.operations.tasks import raise_task
from messaging.rules.replies import ANSWERS, STOPS, Meaning, classify, opts_in
from messaging.signals import reply_received
from messaging.states import MessageClass, TaskKind
from practice.states import Channel

ANSWER_USEFUL_FOR = timedelta(hours=12)
FAILED = "failed"


def take_text(event: ProviderEvent, now: datetime) -> str:
    """Runs inside the transaction that marks the event processed. Returns what it was understood to mean."""
    meaning = classify(event.fields.get("Body", ""), opt_out_type=event.fields.get("OptOutType", ""))
    asked = question_for(event.fields.get("From", ""), now)
    inbound = _keep(
        event, asked, meaning if meaning not in ANSWERS or asked.question else answers.UNCLEAR, now
    )
    if opts_in(inbound.text):
        consent.opt_in(inbound.from_address, now=now)
    EFFECTS.get(meaning, _answer_question)(inbound, meaning, now)
    return inbound.effect


def read_without_effect(event: ProviderEvent, now: datetime) -> None:
    """Its effect keeps failing: keep the text, and let a person read it."""
    inbound = _keep(event, Asked(None, None), FAILED, now)
    _to_inbox(inbound, now)


def _keep(event: ProviderEvent, asked: Asked, effect: str, now: datetime) -> InboundMessage:
    return InboundMessage.objects.create(
        event=event,
        from_address=event.fields.get("From", ""),
        to_address=event.fields.get("To", ""),
        text=event.fields.get("Body", ""),
        client_id=asked.client_id,
        question=asked.question if effect in ANSWERS else None,
        effect=effect,
        received_at=now,
    )


def _answer_question(inbound: InboundMessage, meaning: Meaning, now: datetime) -> None:
    if inbound.question is None:
        # Several questions, or none: never guess which visit was meant.
        _to_inbox(inbound, now)
        return
    sender = type(inbound.question)
    reply_received.send(
        sender=sender, inbound=inbound, question=inbound.question, meaning=str(meaning), now=now
    )


def _opt_out(inbound: InboundMessage, meaning: Meaning, now: datetime) -> None:
    """No text from us: the carrier confirms a STOP itself, and after it nothing more may go out."""
    consent.opt_out(inbound.from_address, evidence=_evidence(inbound), now=now)
    if meaning == Meaning.CANCEL_WORD:
        _task(TaskKind.MAY_WANT_TO_CANCEL, inbound, now)
    elif meaning == Meaning.STOP_IN_WORDS:
        _task(TaskKind.READ_REPLY, inbound, now)


def _wrong_number(inbound: InboundMessage, meaning: Meaning, now: datetime) -> None:
    consent.suppress(
        inbound.from_address,
        channels=consent.BY_PHONE,
        reason=consent.WRONG_NUMBER,
        evidence=_evidence(inbound),
        now=now,
    )
    _task(TaskKind.WRONG_NUMBER, inbound, now)


def _crisis(inbound: InboundMessage, meaning: Meaning, now: datetime) -> None:
    """No visit changes. The practice's crisis text goes out at once, whoever wrote, and people are called."""
    _task(TaskKind.CRISIS, inbound, now)
    _say(answers.CRISIS, MessageClass.CRISIS, inbound, now)


def _nothing(inbound: InboundMessage, meaning: Meaning, now: datetime) -> None:
    """START and HELP: the carrier answers them itself; a second answer from us would be one too many."""


def _to_inbox(inbound: InboundMessage, now: datetime) -> None:
    _task(TaskKind.READ_REPLY, inbound, now)
    if inbound.client_id is not None:
        _say(answers.ANSWER, MessageClass.ANSWER, inbound, now)


EFFECTS: dict[Meaning, Callable[[InboundMessage, Meaning, datetime], None]] = {
    **dict.fromkeys(STOPS, _opt_out),
    Meaning.WRONG_NUMBER: _wrong_number,
    Meaning.CRISIS: _crisis,
    Meaning.START: _nothing,
    Meaning.HELP: _nothing,
    Meaning.INBOX: lambda inbound, meaning, now: _to_inbox(inbound, now),
}


def _say(purpose: str, klass: MessageClass, inbound: InboundMessage, now: datetime) -> None:
    contact_id = next(
        (
            one.contact_id
            for one in queries.owners_of(inbound.from_address)
            if one.client_id == inbound.client_id
        ),
        None,
    )
    enqueue(
        [
            NewMessage(
                purpose=purpose,
                subject=inbound.pk,
                client_id=inbound.client_id,
                contact_id=contact_id,
                channel=Channel.SMS,
                address=inbound.from_address,
                klass=klass,
                not_before=now,
                due_at=now,
                useful_until=now + ANSWER_USEFUL_FOR,
            )
        ],
        now=now,
    )


def _task(kind: TaskKind, inbound: InboundMessage, now: datetime) -> None:
    raise_task(kind, now=now, client_id=inbound.client_id, inbound=inbound)


def _evidence(inbound: InboundMessage) -> str:
    return str(inbound.event.fields.get("MessageSid", ""))
