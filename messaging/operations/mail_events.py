"""What became of a mail, as SES tells it: taken, delivered, bounced, complained of."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from messaging.models import Attempt, Message, ProviderEvent
from messaging.operations import consent
from messaging.operations.settling import bind, locked, progress
from messaging.operations.tasks import raise_task
from messaging.rules.errors import BOUNCED, COMPLAINED, NOT_TAKEN
from messaging.states import AttemptState, MessageState, TaskKind
from practice.states import Channel


@dataclass(frozen=True, slots=True)
class Told:
    """One event. `addresses`: those it is about, as SES writes them."""

    kind: str
    sid: str
    token: UUID | None
    addresses: tuple[str, ...]
    bounce: str


Effect = Callable[[Told, Message, Attempt, datetime], str]


def take_ses(event: ProviderEvent, now: datetime) -> str:
    """What came of it, or "" when the mail is not known yet: our own commit may still be under way."""
    told = _read(event.fields.get("Message", ""))
    if told is None or told.kind not in EFFECTS:
        return "not understood"
    attempt_id = _attempt_of(told)
    if attempt_id is None:
        # Of nobody's mail in the outbox (a password reset, say), or of one whose id is not written yet.
        return _close_alone(told, now) if told.kind in CLOSING else ""
    message, attempt = locked(attempt_id)
    if not attempt.provider_sid:
        bind(message, attempt, sid=told.sid, status="sent", how=AttemptState.ADOPTED, now=now)
    return EFFECTS[told.kind](told, message, attempt, now)


def _read(raw: str) -> Told | None:
    try:
        said = json.loads(raw)
        mail = said["mail"]
        kind = str(said.get("eventType") or said.get("notificationType") or "")
        details = said.get(kind.lower().split(" ")[0], {})
        people = details.get("bouncedRecipients") or details.get("complainedRecipients") or ()
        return Told(
            kind,
            str(mail["messageId"]),
            _token(mail.get("tags") or {}),
            tuple(str(one.get("emailAddress", "")) for one in people),
            str(details.get("bounceType", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _token(tags: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str((tags.get("attempt") or [""])[0]))
    except ValueError:
        return None


def _attempt_of(told: Told) -> int | None:
    """By SES's id; else by our tag, which came back because the answer to our call was lost or is slower."""
    by_sid = Attempt.objects.filter(provider_sid=told.sid).values_list("pk", flat=True).first()
    if by_sid is not None or told.token is None:
        return by_sid
    return Attempt.objects.filter(token=told.token, provider="email").values_list("pk", flat=True).first()


def _moves_to(status: str) -> Effect:
    def effect(told: Told, message: Message, attempt: Attempt, now: datetime) -> str:
        return "moved" if progress(message, attempt, status=status, code="", now=now) else "nothing new"

    return effect


def _bounced(told: Told, message: Message, attempt: Attempt, now: datetime) -> str:
    """Permanent closes the address. After a delivery only that: a person is told, since nobody read it."""
    was = message.state
    if told.bounce == "Permanent":
        _close(attempt.destination, consent.BAD_ADDRESS, "bounced", now)
    code = BOUNCED.get(told.bounce, "bounce")
    progress(message, attempt, status="undelivered", code=code, now=now)
    if was == MessageState.DELIVERED:
        raise_task(TaskKind.NOT_DELIVERED, now=now, client_id=message.client_id, message=message)
    return f"bounced: {told.bounce.lower() or 'unknown'}"


def _complained(told: Told, message: Message, attempt: Attempt, now: datetime) -> str:
    """Whoever calls our mail spam gets no more of it; this one they had."""
    _close(attempt.destination, consent.OPTED_OUT, COMPLAINED, now)
    return COMPLAINED


def _not_taken(told: Told, message: Message, attempt: Attempt, now: datetime) -> str:
    progress(message, attempt, status="failed", code=NOT_TAKEN, now=now)
    return "not taken"


def _nothing(told: Told, message: Message, attempt: Attempt, now: datetime) -> str:
    return "nothing new"


EFFECTS: dict[str, Effect] = {
    "Send": _moves_to("sent"),
    "Delivery": _moves_to("delivered"),
    "Bounce": _bounced,
    "Complaint": _complained,
    "Reject": _not_taken,
    "Rendering Failure": _not_taken,
    "DeliveryDelay": _nothing,
}
CLOSING = {"Bounce", "Complaint"}


def _close_alone(told: Told, now: datetime) -> str:
    if told.kind == "Bounce" and told.bounce != "Permanent":
        return "nothing new"
    reason = consent.OPTED_OUT if told.kind == "Complaint" else consent.BAD_ADDRESS
    for address in told.addresses:
        _close(address, reason, told.kind.lower(), now)
    return f"{told.kind.lower()} of an unknown mail"


def _close(address: str, reason: str, evidence: str, now: datetime) -> None:
    if address:
        consent.suppress(address, channels=[Channel.EMAIL], reason=reason, evidence=evidence, now=now)
