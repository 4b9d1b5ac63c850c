"""A call as it goes on: who answered, what was pressed, how it ended. Words are chosen by the view."""

from datetime import datetime
from uuid import UUID

from messaging.models import Attempt, Message, ProviderEvent
from messaging.operations import consent
from messaging.operations.settling import bind, locked, progress
from messaging.rules.calls import KEYS, Said, outcome
from messaging.signals import key_pressed
from messaging.states import AttemptState
from practice.models import Address
from practice.states import AddressKind, Channel

GATE, FIRST, SURE = "gate", "first", "sure"  # at which question a key was pressed


def attempt_of(token: UUID) -> Attempt | None:
    """The call a webhook speaks of, with what it says and to whom."""
    rows = Attempt.objects.select_related("message__client").filter(token=token, provider="voice")
    return rows.first()


def may_leave_a_message(attempt: Attempt) -> bool:
    """Only where whoever has this number said that their voicemail is theirs alone."""
    message = attempt.message
    rows = Address.objects.filter(kind=AddressKind.PHONE, value=attempt.destination)
    owners = (
        rows.filter(contact=message.contact_id)
        if message.contact_id
        else rows.filter(client=message.client_id)
    )
    return owners.filter(safe_to_voicemail=True).exists()


def take_call(event: ProviderEvent, now: datetime) -> str:
    """A status callback. "" while the attempt is not known yet."""
    found = _bound(event, now)
    if found is None:
        return ""
    message, attempt = found
    status, code = outcome(event.fields.get("CallStatus", ""), event.fields.get("AnsweredBy", ""))
    if not status:
        return "not understood"
    return "moved" if progress(message, attempt, status=status, code=code, now=now) else "nothing new"


def take_key(event: ProviderEvent, now: datetime) -> str:
    """What the key came to, a `Said`: it is spoken next, and again when Twilio asks a second time."""
    found = _bound(event, now)
    if found is None:
        return Said.CALL_US
    message, attempt = found
    stage, digit = event.fields.get("Stage", FIRST), event.fields.get("Digits", "")
    if digit:
        # Whoever presses a key has listened, whatever Twilio took them for.
        progress(message, attempt, status="delivered", code="", now=now)
    return _meant(message, stage, digit, now)


def _meant(message: Message, stage: str, digit: str, now: datetime) -> Said:
    if not digit:
        return Said.BYE
    if stage == GATE:
        return Said.MENU if digit == "1" else Said.BYE
    meaning = KEYS.get(digit, "")
    if stage == SURE and meaning != "cancel":
        return Said.BYE
    if meaning == "stop":
        consent.suppress(
            message.address, channels=[Channel.VOICE], reason=consent.OPTED_OUT, evidence="key 9", now=now
        )
        return Said.STOPPED
    return _acted(message, meaning, is_sure=stage == SURE, now=now) if meaning else Said.MENU


def _acted(message: Message, meaning: str, *, is_sure: bool, now: datetime) -> Said:
    answers = key_pressed.send(Message, question=message, meaning=meaning, is_sure=is_sure, now=now)
    return next((Said(said) for _, said in answers if said), Said.CALL_US)


def _bound(event: ProviderEvent, now: datetime) -> tuple[Message, Attempt] | None:
    """By the token in the path; the sid is written down where the answer to our own request was lost or is slower."""
    sid = event.fields.get("CallSid", "")
    if event.token is None:
        return None
    rows = Attempt.objects.filter(token=event.token, provider="voice")
    attempt_id = rows.values_list("pk", flat=True).first()
    if attempt_id is None or not sid:
        return None
    message, attempt = locked(attempt_id)
    if not attempt.provider_sid:
        bind(message, attempt, sid=sid, status="queued", how=AttemptState.ADOPTED, now=now)
    return (message, attempt) if attempt.provider_sid == sid else None
