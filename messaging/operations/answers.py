"""What messaging itself says: the crisis text; that a text is read but not watched for emergencies; which visit?"""

from collections.abc import Callable
from datetime import datetime, timedelta

from messaging import queries
from messaging.models import InboundMessage, Message, WhichQuestion
from messaging.operations.questions import Open, open_questions
from messaging.purposes import Decide, Decision, Purpose, Send, Skip, Topic, register
from messaging.rules import replies
from messaging.rules.replies.codes import codes_for
from messaging.rules.wording import language_of
from messaging.states import MessageState
from practice.models import Practice
from practice.queries import the_practice

CRISIS, ANSWER = "messaging.crisis", "messaging.answer"
WHICH, WHOSE = "messaging.which", "messaging.whose"
# What the effect column says of an answer that fits no question, or several.
UNCLEAR = "unclear"
# Two machines must not thank each other for ever. Who was not understood is told so sooner: they may believe
# that the visit is confirmed, or off.
NOTE_ONCE_IN, UNCLEAR_ONCE_IN = timedelta(hours=24), timedelta(hours=1)
WORDS = {
    "unclear": {
        "en": "We could not tell which visit you mean. Please call {office}.",
        "es": "No supimos de que cita habla. Por favor llame a {office}.",
    },
    "note": {
        "en": "Thank you. Your text will be read in office hours. It is not watched for emergencies: then call 911 "
        "or 988. {office}",
        "es": "Gracias. Leeremos su texto en horas de oficina. No se vigila para emergencias: llame al 911 o al 988. "
        "{office}",
    },
    "at": {"en": "{name} at {phone}", "es": "{name}, {phone}"},
    "which": {
        "en": "Which visit? A: {first}. B: {second}. Reply A or B.",
        "es": "Cual cita? A: {first}. B: {second}. Responda A o B.",
    },
    "whose": {
        "en": "Several people use this number. Please answer with the letter and number from our text, like Y{code}.",
        "es": "Varias personas usan este numero. Responda con la letra y el numero de nuestro texto, como Y{code}.",
    },
}


def is_sentence(text: str) -> bool:
    return len(text.split()) > 1


def say_crisis_text(subjects: list[int], now: datetime) -> dict[int, Decision]:
    practice = the_practice()
    rows = InboundMessage.objects.filter(pk__in=subjects).select_related("client")
    return {row.pk: Send(text=_crisis_text(row, practice)) for row in rows}


def _crisis_text(inbound: InboundMessage, practice: Practice) -> str:
    """In the language they wrote in, or read."""
    reads = inbound.client.language if inbound.client else "en"
    is_spanish = replies.is_spanish_crisis(inbound.text) or language_of(reads) == "es"
    return practice.crisis_text_es if is_spanish and practice.crisis_text_es else practice.crisis_text


def _for_each(say: Callable[[InboundMessage, Practice, datetime], Decision]) -> Decide:
    def decide(subjects: list[int], now: datetime) -> dict[int, Decision]:
        practice = the_practice()
        rows = InboundMessage.objects.filter(pk__in=subjects).select_related("client")
        return {row.pk: say(row, practice, now) for row in rows}

    return decide


def _language(inbound: InboundMessage) -> str:
    if inbound.client is not None:
        return language_of(inbound.client.language)
    return queries.language_of_clients(queries.clients_among(queries.owners_of(inbound.from_address)))


def _note(inbound: InboundMessage, practice: Practice, now: datetime) -> Decision:
    is_unclear = inbound.effect == UNCLEAR
    since = now - (UNCLEAR_ONCE_IN if is_unclear else NOTE_ONCE_IN)
    if _said_since(ANSWER, inbound.from_address, since):
        return Skip("They were told a short while ago")
    language = _language(inbound)
    words = WORDS["unclear" if is_unclear else "note"][language]
    return Send(text=words.format(office=_office(practice, language)))


def _office(practice: Practice, language: str) -> str:
    if not practice.phone:
        return practice.sender_name
    return WORDS["at"][language].format(name=practice.sender_name, phone=practice.phone)


def _which(inbound: InboundMessage, practice: Practice, now: datetime) -> Decision:
    asked = WhichQuestion.objects.filter(inbound=inbound, answered_at=None).first()
    labels = _labels(inbound.from_address, now)
    if asked is None or asked.first_id not in labels or asked.second_id not in labels:
        return Skip("The visits were changed since")
    words = WORDS["which"][_language(inbound)]
    return Send(text=words.format(first=labels[asked.first_id], second=labels[asked.second_id]))


def _labels(address: str, now: datetime) -> dict[int, str]:
    asked: tuple[Open, ...] = open_questions(address, now)
    return {one.message.pk: one.topic.label for one in asked}


def _whose(inbound: InboundMessage, practice: Practice, now: datetime) -> Decision:
    """Any of the codes will do for an example: it says of nobody who they are."""
    if _said_since(WHOSE, inbound.from_address, now - UNCLEAR_ONCE_IN):
        return Skip("They were told a short while ago")
    codes = codes_for(queries.clients_among(queries.owners_of(inbound.from_address)))
    example = min(codes.values(), default="")
    return Send(text=WORDS["whose"][_language(inbound)].format(code=example))


def _said_since(purpose: str, address: str, since: datetime) -> bool:
    said = Message.objects.filter(
        purpose=purpose, address=address, state__in=(MessageState.ACCEPTED, MessageState.DELIVERED)
    )
    return said.filter(accepted_at__gt=since).exists()


def _which_topics(subjects: list[int], now: datetime) -> dict[int, Topic]:
    open_ones = WhichQuestion.objects.filter(inbound__in=subjects, answered_at=None)
    return {pk: Topic(about=pk) for pk in open_ones.values_list("inbound", flat=True)}


def register_all() -> None:
    register(Purpose(name=CRISIS, decide=say_crisis_text))
    register(Purpose(name=ANSWER, decide=_for_each(_note)))
    register(Purpose(name=WHICH, decide=_for_each(_which), topics=_which_topics))
    register(Purpose(name=WHOSE, decide=_for_each(_whose)))
