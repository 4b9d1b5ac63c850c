"""A client's text: kept, understood by `rules.replies`, acted on only when it can mean exactly one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from messaging.models import InboundMessage, Message, ProviderEvent
from messaging.operations import answers, consent
from messaging.operations.alarms import raise_crisis, raise_safety
from messaging.operations.questions import Open, Standing, open_questions, standing
from messaging.operations.replying import say
from messaging.operations.tasks import raise_task
from messaging.operations.threads import heard
from messaging.operations.which import ask_which, chosen
from messaging.rules.replies import Effect, predict
from messaging.signals import reply_received
from messaging.states import MessageClass, TaskKind

FAILED = "failed"
# What each effect answers the open question with, as `reply_received` says it.
MEANINGS = {
    Effect.CONFIRM: "yes",
    Effect.ACCEPT_OFFER: "yes",
    Effect.CANCEL: "cancel",
    Effect.CONFIRM_LATE_CANCEL: "cancel",  # whoever asked sees that it is late, and asks again
    Effect.ASK_CANCEL_OR_MOVE: "no",
    Effect.DECLINE_OFFER: "no",
    Effect.RESCHEDULE_LINK: "move",
}
# A person has to look: these wait in the inbox.
FOR_PEOPLE = frozenset({Effect.INBOX, Effect.CRISIS, Effect.OPT_OUT_AND_TASK, Effect.WRONG_NUMBER})
# Twilio's own finding, with Advanced Opt-Out on.
FOUND_BY_CARRIER = {"STOP": Effect.OPT_OUT, "START": Effect.OPT_IN, "HELP": Effect.HELP}


@dataclass(frozen=True, slots=True)
class Taken:
    """One text on its way through: kept, with what stood open when it came."""

    inbound: InboundMessage
    meant: tuple[Open, ...]
    standing: Standing
    now: datetime


def take_text(event: ProviderEvent, now: datetime) -> str:
    """Runs inside the transaction that marks the event processed. Returns what it led to."""
    address, text = event.fields.get("From", ""), event.fields.get("Body", "")
    found = standing(address, now)
    meant = found.meant_by(text)
    effect = _effect(event, text, found, meant)
    if effect in (Effect.CHOOSE_A, Effect.CHOOSE_B) and found.which is None:
        effect = Effect.ASK_WHICH  # a letter before anybody said which is which
    if effect == Effect.RESCHEDULE_LINK and found.codes and not found.names_somebody(text):
        effect = Effect.ASK_WHICH  # a link opens a visit, so it goes to nobody who did not say whose
    if effect in (Effect.CHOOSE_A, Effect.CHOOSE_B):
        return _take_choice(event, effect, found, now)
    question = meant[0].message if effect in MEANINGS and len(meant) == 1 else None
    is_unclear = effect in MEANINGS and question is None
    kept_as = answers.UNCLEAR if is_unclear else effect
    inbound = _keep(event, _client_of(question, found, meant), question, kept_as, now)
    taken = Taken(inbound, meant, found, now)
    _also_opts_in(taken)
    EFFECTS.get(effect, _answer_question)(taken)
    heard(inbound, waits=is_unclear or effect in FOR_PEOPLE, now=now)
    return kept_as


def _effect(event: ProviderEvent, text: str, found: Standing, meant: tuple[Open, ...]) -> Effect:
    effect = predict(text, found.context(meant))
    by_carrier = FOUND_BY_CARRIER.get(event.fields.get("OptOutType", "").upper())
    if by_carrier is None or effect in (Effect.CRISIS, Effect.OPT_OUT_AND_TASK):
        return effect
    # YES confirms as well: to us it is an answer, unless they had left.
    return effect if by_carrier == Effect.OPT_IN and effect in MEANINGS else by_carrier


def _client_of(question: Message | None, found: Standing, meant: tuple[Open, ...]) -> int | None:
    return question.client_id if question is not None else found.whose(meant)


def read_without_effect(event: ProviderEvent, now: datetime) -> None:
    """Its effect keeps failing: keep the text, and let a person read it."""
    found = standing(event.fields.get("From", ""), now)
    inbound = _keep(event, None, None, FAILED, now)
    _to_inbox(Taken(inbound, (), found, now))
    heard(inbound, waits=True, now=now)


def _keep(
    event: ProviderEvent, client_id: int | None, question: Message | None, effect: str, now: datetime
) -> InboundMessage:
    return InboundMessage.objects.create(
        event=event,
        from_address=event.fields.get("From", ""),
        to_address=event.fields.get("To", ""),
        text=event.fields.get("Body", ""),
        client_id=client_id,
        question=question,
        effect=effect,
        received_at=now,
    )


def _take_choice(event: ProviderEvent, effect: Effect, found: Standing, now: datetime) -> str:
    """A or B: what they wanted first is done to the visit they chose, if it still waits for an answer."""
    which = found.which
    question = chosen(which, first=effect == Effect.CHOOSE_A, now=now) if which is not None else None
    if which is None or question is None:
        inbound = _keep(event, found.whose(()), None, answers.UNCLEAR, now)
        _to_inbox(Taken(inbound, (), found, now))
        heard(inbound, waits=True, now=now)
        return answers.UNCLEAR
    inbound = _keep(event, question.client_id, question, effect, now)
    _tell_who_asked(inbound, question, which.meaning, now)
    heard(inbound, waits=False, now=now)
    return effect


def _answer_question(taken: Taken) -> None:
    question = taken.inbound.question
    if question is None:
        # Several questions, or none: never guess which visit was meant.
        _to_inbox(taken)
        return
    _tell_who_asked(taken.inbound, question, MEANINGS[Effect(taken.inbound.effect)], taken.now)


def _tell_who_asked(inbound: InboundMessage, question: Message, meaning: str, now: datetime) -> None:
    reply_received.send(sender=type(question), inbound=inbound, question=question, meaning=meaning, now=now)


def _also_opts_in(taken: Taken) -> None:
    """The carrier has lifted its own block on START, UNSTOP and YES, so ours follows, whatever else they mean."""
    if taken.inbound.effect == Effect.OPT_IN:
        consent.opt_in(taken.inbound.from_address, now=taken.now)


def _opt_in(taken: Taken) -> None:
    """No text from us: the carrier confirms START itself. A YES that opts in again also answers its question."""
    if not _is_yes(taken.inbound.text) or len(taken.meant) != 1:
        return
    (one,) = taken.meant
    back = open_questions(taken.inbound.from_address, taken.now)
    if taken.standing.codes or one.message.pk not in {other.message.pk for other in back}:
        return
    taken.inbound.question, taken.inbound.client_id = one.message, one.message.client_id
    taken.inbound.save(update_fields=["question", "client"])
    _tell_who_asked(taken.inbound, one.message, "yes", taken.now)


def _is_yes(text: str) -> bool:
    return text.strip(" .!").lower() == "yes"


def _opt_out(taken: Taken) -> None:
    """No text from us: the carrier confirms a STOP itself, and after it nothing more may go out."""
    inbound = taken.inbound
    consent.opt_out(inbound.from_address, evidence=_evidence(inbound), now=taken.now)
    raise_safety(taken.standing.clients, inbound=inbound, now=taken.now)
    if inbound.effect == Effect.OPT_OUT_AND_TASK:
        _task(TaskKind.MAY_WANT_TO_CANCEL, taken)
    elif answers.is_sentence(inbound.text):
        # The carrier has not seen this one, and there may be more to it than leaving.
        _task(TaskKind.READ_REPLY, taken)


def _wrong_number(taken: Taken) -> None:
    consent.suppress(
        taken.inbound.from_address,
        channels=consent.BY_PHONE,
        reason=consent.WRONG_NUMBER,
        evidence=_evidence(taken.inbound),
        now=taken.now,
    )
    _task(TaskKind.WRONG_NUMBER, taken)


def _crisis(taken: Taken) -> None:
    """No visit changes. The practice's crisis text goes out at once, whoever wrote, and people are called."""
    raise_crisis(taken.inbound, clients=taken.standing.clients, now=taken.now)
    say(answers.CRISIS, MessageClass.CRISIS, taken.inbound, taken.now)


def _ask_which(taken: Taken) -> None:
    ask_which(taken.inbound, taken.meant, is_shared=bool(taken.standing.codes), now=taken.now)


def _nothing(taken: Taken) -> None:
    """HELP: the carrier answers it itself; a second answer from us would be one too many."""


def _to_inbox(taken: Taken) -> None:
    _task(TaskKind.READ_REPLY, taken)
    if taken.inbound.client_id is not None or taken.standing.clients:
        say(answers.ANSWER, MessageClass.ANSWER, taken.inbound, taken.now)


EFFECTS: dict[Effect, Callable[[Taken], None]] = {
    Effect.OPT_OUT: _opt_out,
    Effect.OPT_OUT_AND_TASK: _opt_out,
    Effect.OPT_IN: _opt_in,
    Effect.WRONG_NUMBER: _wrong_number,
    Effect.CRISIS: _crisis,
    Effect.HELP: _nothing,
    Effect.ASK_WHICH: _ask_which,
    Effect.INBOX: _to_inbox,
}


def _task(kind: TaskKind, taken: Taken) -> None:
    raise_task(kind, now=taken.now, client_id=taken.inbound.client_id, inbound=taken.inbound)


def _evidence(inbound: InboundMessage) -> str:
    return str(inbound.event.fields.get("MessageSid", ""))
