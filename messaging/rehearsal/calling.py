"""Calls of the stand-in: they ring until somebody on the page takes them, lets them ring or is busy.

A row's `next_status` is what the worker tells us of next; a key that was pressed waits in `digits`. What is said comes
back as TwiML and is kept as words, as a person would hear them.
"""

import datetime as dt
import re
from xml.etree import ElementTree as ET

from django.conf import settings
from django.db import transaction

from core import nudge
from messaging.models import RehearsalMessage
from messaging.models.rehearsal import Direction, RehearsalKind
from messaging.rehearsal.ledger import Wrong, begin

RINGS = dt.timedelta(seconds=40)  # a good while for somebody who has to find the page first
TAKEN, ENDED = "in-progress", ("completed", "busy", "no-answer", "failed")
ANSWERS = {"answer": "human", "voicemail": "machine_end_beep", "unsure": "unknown"}


def ring(*, to: str, sender: str, ask_url: str, callback_url: str) -> RehearsalMessage:
    """A new call, or Wrong for what Twilio would refuse."""
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", to):
        raise Wrong(400, 21211, "The 'To' number is not a valid phone number.")
    if not sender:
        raise Wrong(400, 21213, "A 'From' phone number is required.")
    for url in (ask_url, callback_url):
        # Ours is the only machine this carrier calls: that is what "nothing leaves" rests on.
        if not url.startswith(f"{settings.PUBLIC_BASE_URL}/"):
            raise Wrong(400, 21205, "The 'Url' is not a valid URL.")
    return begin(
        "CA",
        kind=RehearsalKind.VOICE,
        direction=Direction.OUT,
        office_address=sender,
        client_address=to,
        ask_url=ask_url,
        callback_url=callback_url,
        status="queued",
        next_status="ringing",
    )


@transaction.atomic
def act(sid: str, what: str, now: dt.datetime) -> bool:
    """What the person with the phone does: answer, voicemail, unsure, busy, hangup, or a key. False: too late."""
    row = RehearsalMessage.objects.select_for_update().filter(sid=sid, kind=RehearsalKind.VOICE).first()
    if row is None or row.status in ENDED:
        return False
    if what in ANSWERS and row.status != TAKEN:
        row.answered_by, row.next_status = ANSWERS[what], TAKEN
    elif what == "busy" and row.status != TAKEN:
        row.next_status = "busy"
    elif what == "hangup" and row.status == TAKEN:
        row.next_status = "completed"
    elif len(what) == 1 and what.isdigit() and row.status == TAKEN and row.ask_url:
        row.digits, row.next_status = what, TAKEN
    else:
        return False
    row.due_at = now
    row.save()
    nudge.after_commit("messaging.rehearsal_callbacks")
    return True


def step(
    row: RehearsalMessage, now: dt.datetime, *, is_off: bool = False
) -> tuple[str, dict[str, str], bool]:
    """Move the call on: (address, what is posted there, whether the answer is what it says next).

    is_off: the phone, which then does not ring.
    """
    if row.next_status == "ringing" and is_off:
        row.next_status = "no-answer"
    digits, row.digits = row.digits, ""
    row.status, row.next_status, row.due_at, row.updated_at = row.next_status, "", None, now
    if row.status == "ringing":
        row.next_status, row.due_at = "no-answer", now + RINGS
    row.save()
    params = _params(row)
    if row.status == TAKEN:
        return row.ask_url, params | ({"Digits": digits} if digits else {}), True
    return row.callback_url, params, False


def _params(row: RehearsalMessage) -> dict[str, str]:
    params = {
        "CallSid": row.sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "From": row.office_address,
        "To": row.client_address,
        "CallStatus": row.status,
        "Direction": row.direction,
        "ApiVersion": "2010-04-01",
    }
    return params | ({"AnsweredBy": row.answered_by} if row.answered_by else {})


@transaction.atomic
def hear(row_id: int, twiml: str, now: dt.datetime) -> None:
    """Keep what is said as words, and where the next key goes; without a question the call ends after it."""
    row = RehearsalMessage.objects.select_for_update().get(pk=row_id)
    said, action = _read(twiml)
    row.body = "\n".join(part for part in (row.body, said) if part)
    row.ask_url = action
    if not action and row.status == TAKEN:
        row.next_status, row.due_at = "completed", now + dt.timedelta(seconds=1)
    row.updated_at = now
    row.save()


def _read(twiml: str) -> tuple[str, str]:
    try:
        root = ET.fromstring(twiml)  # noqa: S314  what our own server answered
    except ET.ParseError:
        return "(nothing)", ""
    words = [
        f"({node.text})" if node.tag == "Play" else node.text
        for node in root.iter()
        if node.tag in ("Say", "Play")
    ]
    gather = root.find("Gather")
    return "\n".join(word for word in words if word), "" if gather is None else gather.get("action", "")
