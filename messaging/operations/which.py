"""A Y or C that several visits could be meant by: asked "A or B?", and the choice taken."""

from datetime import datetime

from messaging.models import InboundMessage, Message, WhichQuestion
from messaging.operations import answers
from messaging.operations.questions import WHICH_FOR, Open, open_questions
from messaging.operations.replying import say
from messaging.rules.replies import Context, Effect, predict
from messaging.rules.replies.codes import code_in
from messaging.rules.replies.effects import Asked
from messaging.states import Asks, MessageClass


def ask_which(inbound: InboundMessage, meant: tuple[Open, ...], *, is_shared: bool, now: datetime) -> None:
    """On a shared number the letter and number are asked for, and no visit is named: who reads it, nobody knows."""
    whose = {one.message.client_id for one in meant}
    if len(whose) != 1 or len(meant) < 2 or (is_shared and not code_in(inbound.text)):
        say(answers.WHOSE, MessageClass.ANSWER, inbound, now)
        return
    first, second = meant[0], meant[1]
    WhichQuestion.objects.create(
        inbound=inbound, meaning=_meaning(inbound.text), first=first.message, second=second.message
    )
    if inbound.client_id is None:
        inbound.client_id = first.message.client_id
        inbound.save(update_fields=["client"])
    say(answers.WHICH, MessageClass.ANSWER, inbound, now, asks=Asks.WHICH, answer_until=_until(meant, now))


def _until(meant: tuple[Open, ...], now: datetime) -> datetime:
    ends = [one.message.answer_until for one in meant[:2] if one.message.answer_until is not None]
    return min([*ends, now + WHICH_FOR])


def _meaning(text: str) -> str:
    """yes or cancel: what they would have got, had there been one visit."""
    alone = predict(text, Context(asks=Asked.CONFIRM, code=code_in(text) or None))
    return "cancel" if alone in (Effect.CANCEL, Effect.CONFIRM_LATE_CANCEL) else "yes"


def chosen(which: WhichQuestion, *, first: bool, now: datetime) -> Message | None:
    """The latest message that asks about the chosen visit; None when it waits for no answer any more."""
    wanted = which.first if first else which.second
    asked = open_questions(wanted.address, now)
    which.answered_at = now
    which.save(update_fields=["answered_at"])
    return next((one.message for one in asked if one.message.pk == wanted.pk), None)
