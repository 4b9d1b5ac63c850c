"""Texts through Twilio."""

import re
import unicodedata

from django.conf import settings
from twilio.base import values
from twilio.rest.api.v2010.account.message import MessageInstance

from messaging.carriers.letters import Found, Letter, Outcome
from messaging.carriers.line import accepted, asking, client, posted, since
from messaging.models import twilio_account

LONGEST_VALIDITY_SECONDS = 36_000
PAGE = 100


class TwilioCarrier:
    name = "twilio"
    keeps_list = True

    @property
    def sender(self) -> str:
        return twilio_account().text_from

    def send(self, letter: Letter, *, timeout: float) -> Outcome:
        made = posted(lambda: _make(letter, timeout), timeout=timeout)
        if isinstance(made, Outcome):
            return made
        segments = int(made.num_segments or 0) or None
        return accepted(made.sid, status=str(made.status or "accepted"), segments=segments)

    def find(self, letter: Letter, *, timeout: float) -> list[Found]:
        """No DateSent filter: a message still queued has no such date."""
        with asking():
            listed = client(timeout).messages.stream(to=letter.destination, page_size=PAGE)
            rows = [row for row in since(letter, listed) if _is(letter, row)]
        return [
            Found(
                sid=row.sid or "",
                status=str(row.status or "accepted"),
                code=str(row.error_code or ""),
                segments=int(row.num_segments or 0) or None,
            )
            for row in reversed(rows)
        ]

    def fetch(self, sid: str, *, timeout: float) -> Found | None:
        with asking():
            row = client(timeout).messages(sid).fetch()
        return Found(sid=sid, status=str(row.status or ""), code=str(row.error_code or ""))


def _make(letter: Letter, timeout: float) -> MessageInstance:
    return client(timeout).messages.create(
        to=letter.destination,
        from_=letter.sender,
        body=letter.text,
        status_callback=f"{settings.PUBLIC_BASE_URL}/webhooks/twilio/status/{letter.token}/",
        validity_period=min(letter.valid_seconds, LONGEST_VALIDITY_SECONDS),
        smart_encoded=True,
        messaging_service_sid=twilio_account(fresh=False).service_sid or values.unset,
    )


def _is(letter: Letter, row: MessageInstance) -> bool:
    outbound = not str(row.direction or "").startswith("inbound")
    return outbound and row.from_ == letter.sender and _letters(row.body or "") == _letters(letter.text)


def _letters(text: str) -> str:
    """Letters and digits only: SmartEncoded may have changed quotes, dashes and accents."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "", plain)
