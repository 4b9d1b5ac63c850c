"""What the stand-in does with a text: take it, answer for itself, and plan the callbacks the worker will post."""

import datetime as dt
import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from core import clock, nudge
from messaging.models import RehearsalMessage, RehearsalSettings, RehearsalTrouble
from messaging.models.rehearsal import Direction, PhoneTrouble, RehearsalKind
from messaging.rules.segments import segments

STOP = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
START = {"start", "unstop", "yes"}
HELP = {"help", "info"}
# As Twilio's default opt-out handling answers, without asking the account.
OWN_ANSWERS = {
    "stop": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "start": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "help": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
UNREACHABLE = 30003


@dataclass(slots=True, eq=False)  # not frozen: whoever passes an exception on writes its traceback
class Wrong(Exception):
    """An answer other than 201, as Twilio words it."""

    status: int
    code: int
    message: str


LATE_SECONDS = 60
# One phone's trouble in the words of everybody's.
ALWAYS: dict[str, dict[str, int | bool]] = {
    PhoneTrouble.DROPPED: {"dropped_percent": 100},
    PhoneTrouble.BUSY: {"busy_percent": 100},
    PhoneTrouble.BROKEN: {"broken_percent": 100},
    PhoneTrouble.UNDELIVERED: {"undelivered_percent": 100},
    PhoneTrouble.LATE: {"late_seconds": LATE_SECONDS},
    PhoneTrouble.DOUBLED: {"is_doubled": True},
}


def faults(address: str = "") -> RehearsalSettings:
    """What goes wrong on purpose; with this phone, where it has a trouble of its own."""
    own = RehearsalTrouble.objects.filter(address=address).first() if address else None
    if own is not None:
        return RehearsalSettings(**ALWAYS[own.kind])
    return RehearsalSettings.objects.filter(pk=1).first() or RehearsalSettings()


def trouble(address: str, kind: str) -> None:
    """From now on; an empty `kind` ends it."""
    if kind:
        RehearsalTrouble.objects.update_or_create(address=address, defaults={"kind": kind})
    else:
        RehearsalTrouble.objects.filter(address=address).delete()


def happens(percent: int) -> bool:
    return secrets.randbelow(100) < percent


def take(*, to: str, sender: str, body: str, callback_url: str) -> RehearsalMessage:
    """Accept one text from us, or raise Wrong for what Twilio would refuse."""
    _refuse(to, sender, body, callback_url)
    if is_blocked(to, sender):
        raise Wrong(400, 21610, "Attempt to send to unsubscribed recipient")
    return begin(
        "SM",
        kind=RehearsalKind.SMS,
        direction=Direction.OUT,
        office_address=sender,
        client_address=to,
        body=body,
        segments=segments(body),
        status="queued",
        callback_url=callback_url,
        next_status="sent",
    )


def begin(prefix: str, *, client_address: str, **columns: str | int) -> RehearsalMessage:
    """A row the worker moves on to its `next_status`, as late as that phone is. prefix: of its sid."""
    now = clock.now()
    row = RehearsalMessage.objects.create(
        sid=new_sid(prefix),
        client_address=client_address,
        due_at=now + lateness(client_address),
        created_at=now,
        updated_at=now,
        **columns,
    )
    nudge.after_commit("messaging.rehearsal_callbacks")
    return row


def _refuse(to: str, sender: str, body: str, callback_url: str) -> None:
    if not to:
        raise Wrong(400, 21604, "A 'To' phone number is required.")
    if not sender:
        raise Wrong(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise Wrong(400, 21602, "Message body is required.")
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", to):
        raise Wrong(400, 21211, "The 'To' number is not a valid phone number.")
    if len(body) > 1600:
        raise Wrong(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    # Ours is the only machine this carrier calls: that is what "nothing leaves" rests on.
    if callback_url and not callback_url.startswith(f"{settings.PUBLIC_BASE_URL}/"):
        raise Wrong(400, 21609, "The 'StatusCallback' URL is not a valid URL.")


@transaction.atomic
def hear(*, sender: str, office: str, body: str) -> RehearsalMessage:
    """A client texts us. The worker posts it to our webhook; opt words the carrier answers by itself."""
    word = keyword(body)
    row = begin(
        "SM",
        kind=RehearsalKind.SMS,
        direction=Direction.IN,
        office_address=office,
        client_address=sender,
        body=body,
        segments=segments(body),
        status="receiving",
        opt_word=word if word != "help" else "",
        callback_url=f"{settings.PUBLIC_BASE_URL}/webhooks/twilio/sms",
        next_status="received",
    )
    if word and not (word == "start" and not _was_stopped(row)):
        _answer(row, OWN_ANSWERS[word], row.created_at)
    return row


def _answer(row: RehearsalMessage, text: str, now: dt.datetime) -> None:
    RehearsalMessage.objects.create(
        sid=new_sid("SM"),
        kind=RehearsalKind.SMS,
        direction=Direction.CARRIER,
        office_address=row.office_address,
        client_address=row.client_address,
        body=text,
        segments=segments(text),
        status="delivered",
        created_at=now,
        sent_at=now,
        updated_at=now,
    )


def keep_mail(
    *, to: str, sender: str, subject_line: str, body: str, html: str = "", calendar: str = ""
) -> RehearsalMessage:
    now = clock.now()
    return RehearsalMessage.objects.create(
        sid=new_sid("EM"),
        kind=RehearsalKind.EMAIL,
        direction=Direction.OUT,
        office_address=sender,
        client_address=to,
        subject_line=subject_line,
        body=body,
        html=html,
        calendar=calendar,
        status="delivered",
        created_at=now,
        sent_at=now,
        updated_at=now,
    )


def is_blocked(client_address: str, office: str, *, before: int | None = None) -> bool:
    """Whether the newest opt word of this number to this sender was a stop."""
    words = RehearsalMessage.objects.filter(
        client_address=client_address, office_address=office, direction=Direction.IN
    ).exclude(opt_word="")
    if before is not None:
        words = words.filter(pk__lt=before)
    return words.order_by("-pk").values_list("opt_word", flat=True).first() == "stop"


def _was_stopped(row: RehearsalMessage) -> bool:
    """YES is a start word only to somebody who had stopped; otherwise it is a plain answer."""
    return is_blocked(row.client_address, row.office_address, before=row.pk)


def keyword(body: str) -> str:
    word = body.strip().lower()
    return next(
        (name for name, words in (("stop", STOP), ("start", START), ("help", HELP)) if word in words), ""
    )


def lateness(address: str) -> dt.timedelta:
    most = faults(address).late_seconds
    return dt.timedelta(milliseconds=secrets.randbelow(1000 * most + 1))


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)
