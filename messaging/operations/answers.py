"""What messaging itself says: the crisis text, and that a text is read by people but not watched for emergencies."""

from datetime import datetime, timedelta

from messaging.models import InboundMessage, Message
from messaging.purposes import Decision, Purpose, Send, Skip, register
from messaging.states import MessageState
from practice.models import Practice
from practice.queries import the_practice

CRISIS, ANSWER = "messaging.crisis", "messaging.answer"
# What the effect column says of an answer that fits no question, or several.
UNCLEAR = "unclear"
# Two machines must not thank each other for ever. Who was not understood is told so sooner: they may believe
# that the visit is confirmed, or off.
NOTE_ONCE_IN, UNCLEAR_ONCE_IN = timedelta(hours=24), timedelta(hours=1)


def say_crisis_text(subjects: list[int], now: datetime) -> dict[int, Decision]:
    text = the_practice().crisis_text
    return {subject: Send(text=text) for subject in subjects}


def say_it_is_read(subjects: list[int], now: datetime) -> dict[int, Decision]:
    practice = the_practice()
    return {
        inbound.pk: _note(inbound, practice, now)
        for inbound in InboundMessage.objects.filter(pk__in=subjects)
    }


def _note(inbound: InboundMessage, practice: Practice, now: datetime) -> Decision:
    is_unclear = inbound.effect == UNCLEAR
    if _said_since(inbound.from_address, now - (UNCLEAR_ONCE_IN if is_unclear else NOTE_ONCE_IN)):
        return Skip("They were told a short while ago")
    office = f"{practice.sender_name} at {practice.phone}" if practice.phone else practice.sender_name
    if is_unclear:
        return Send(text=f"We could not tell which visit you mean. Please call {office}.")
    return Send(
        text="Thank you. Your text will be read in office hours. It is not watched for emergencies:"
        f" then call 911 or 988. {office}"
    )


def _said_since(address: str, since: datetime) -> bool:
    said = Message.objects.filter(
        purpose=ANSWER, address=address, state__in=(MessageState.ACCEPTED, MessageState.DELIVERED)
    )
    return said.filter(accepted_at__gt=since).exists()


def register_all() -> None:
    register(Purpose(name=CRISIS, decide=say_crisis_text))
    register(Purpose(name=ANSWER, decide=say_it_is_read))
