"""What leaves the house: the purpose's words in the channel's dress, with links that work from now on."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.template.loader import render_to_string

from core import links
from core.daywords import spoken
from core.links import Draft
from messaging.carriers import CalendarPart, Letter
from messaging.models import Attempt, Message
from messaging.purposes import Send
from messaging.rules.invitations import mailed
from practice.models import Practice
from practice.operations.links import keep
from practice.queries import the_practice
from practice.rules.client_words import words
from practice.states import Channel, LinkPurpose

# A mail may be looked for long after; the right to stop them must not run out sooner.
UNSUBSCRIBE_WORKS = dt.timedelta(days=400)


def letters_for(
    wanted: Mapping[Message, Send], attempts: Iterable[Attempt], *, now: dt.datetime
) -> list[Letter]:
    """In the order of both, and in the transaction of the attempt rows: either all is there or nothing was sent."""
    letters: list[Letter] = []
    given: list[Draft] = []
    for (message, send), attempt in zip(wanted.items(), attempts, strict=True):
        given += send.links
        if message.channel == Channel.EMAIL:
            stop = _stop_link(message, now)
            given += [stop] if stop else []
            letters.append(_mail(message, attempt, send, stop, now))
        else:
            letters.append(_letter(message, attempt, send.text, now))
    keep(given, now=now)
    return letters


def _letter(message: Message, attempt: Attempt, text: str, now: dt.datetime, **of_mail: object) -> Letter:
    return Letter(
        attempt_id=attempt.pk,
        token=attempt.token,
        channel=message.channel,
        sender=attempt.sender,
        destination=attempt.destination,
        text=text,
        started_at=now,
        valid_seconds=max(1, int((message.useful_until - now).total_seconds())),
        **of_mail,  # type: ignore[arg-type]
    )


def _mail(message: Message, attempt: Attempt, send: Send, stop: Draft | None, now: dt.datetime) -> Letter:
    practice = the_practice()
    facts = _dress(message, practice, send, stop)
    return _letter(
        message,
        attempt,
        render_to_string("messaging/mail.txt", facts).strip() + "\n",
        now,
        subject_line=send.subject_line,
        html=render_to_string("messaging/mail.html", facts) if send.html else "",
        sender_name=practice.sender_name,
        headers=_headers(stop),
        calendar=_calendar(send, attempt, practice, now),
    )


def _dress(message: Message, practice: Practice, send: Send, stop: Draft | None) -> dict:
    language = spoken(getattr(message.client, "language", ""))  # as the words are
    return {
        "w": words(language),
        "language": language,
        "sender": practice.sender_name,
        "subject_line": send.subject_line,
        "text": send.text.strip(),
        "html": send.html,
        "has_calendar": send.invitation is not None and practice.sends_calendar_files,
        "stop_url": stop.url if stop else "",
    }


def _stop_link(message: Message, now: dt.datetime) -> Draft | None:
    if message.client_id is None:
        return None
    return links.draft(
        LinkPurpose.UNSUBSCRIBE,
        client_id=message.client_id,
        contact_id=message.contact_id,
        subject=message.pk,
        expires_at=now + UNSUBSCRIBE_WORKS,
        channel=Channel.EMAIL,
    )


def _headers(stop: Draft | None) -> dict[str, str]:
    """Nobody's holiday note should answer a machine; and stopping is one press (RFC 8058)."""
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if stop is None:
        return headers
    one_click = {"List-Unsubscribe": f"<{stop.url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers | one_click


def _calendar(send: Send, attempt: Attempt, practice: Practice, now: dt.datetime) -> CalendarPart | None:
    if send.invitation is None or not practice.sends_calendar_files:
        return None
    text = mailed(
        send.invitation,
        sender=attempt.sender,
        sender_name=practice.sender_name,
        recipient=attempt.destination,
        now=now,
    )
    return CalendarPart(method=send.invitation.method, text=text)
