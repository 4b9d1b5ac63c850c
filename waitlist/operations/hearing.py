"""A Y, an N or a key pressed, taken as the answer to the offer it was about, and answered."""

from __future__ import annotations

import datetime as dt

from core.actors import Actor, ActorKind
from core.refusals import Refusal
from messaging.models import InboundMessage, Message
from messaging.operations.replying import say
from messaging.operations.tasks import raise_task
from messaging.rules.calls import Said
from messaging.states import MessageClass, TaskKind
from scheduling.states import ConfirmedHow, Notice
from waitlist.models import Offer
from waitlist.operations.answering import Answered, Gone, accept, decline
from waitlist.operations.ending import tell
from waitlist.states import LATE, OFFER


def take_reply(inbound: InboundMessage, question: Message, meaning: str, now: dt.datetime) -> None:
    """Only offers are ours. What cannot be done is said so; what is unclear a person reads."""
    if question.purpose != OFFER or not Offer.objects.filter(pk=question.subject).exists():
        return
    if meaning == "move":
        raise_task(TaskKind.READ_REPLY, now=now, client_id=question.client_id, inbound=inbound)
        return
    try:
        answered = _answer(question, meaning, how=ConfirmedHow.SMS, notice=Notice.NONE)
    except Refusal as refusal:
        if not isinstance(refusal, Gone):
            raise_task(TaskKind.READ_REPLY, now=now, client_id=question.client_id, inbound=inbound)
        say(LATE, MessageClass.ANSWER, inbound, now)
        return
    if answered.repeated:
        say(LATE, MessageClass.ANSWER, inbound, now)
        return
    tell([answered.offer], MessageClass.ANSWER, change=answered.change, now=now)


def take_key(question: Message, meaning: str) -> Said | None:
    """1 takes it, 2 passes; None for a call that is not ours."""
    if question.purpose != OFFER:
        return None
    if meaning == "move":
        return Said.CALL_US
    try:
        _answer(question, meaning, how=ConfirmedHow.VOICE, notice=Notice.STANDARD)
    except Refusal:
        return Said.CALL_US
    return Said.CONFIRMED if meaning == "yes" else Said.BYE


def _answer(question: Message, meaning: str, *, how: str, notice: str) -> Answered:
    who = _who(question, how)
    if meaning == "yes":
        return accept(question.subject, how=how, by=who, notice=notice)
    return decline(question.subject, how=how, by=who)


def _who(question: Message, how: str) -> Actor:
    """Whom we asked is who answered."""
    if question.contact_id is not None:
        return Actor(kind=ActorKind.CONTACT, id=question.contact_id, via=how)
    return Actor(kind=ActorKind.CLIENT, id=question.client_id, via=how)
