"""Calls through Twilio's own client. What is said is asked for when it is known who, or what, has answered."""

from collections.abc import Iterator

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.rest.api.v2010.account.call import CallInstance

from messaging.carriers.letters import CarrierSilent, Found, Letter, Outcome
from messaging.carriers.twilio import (
    ANSWERED_NO,
    CLOCK_SLACK,
    _client,
    _created,
    _http,
    _never_left,
    _refused,
)
from messaging.models import twilio_account
from messaging.rules.calls import outcome
from messaging.rules.errors import Verdict

RINGS_SECONDS = 25  # before most voicemails, and short enough not to be a nuisance
EVENTS = ["initiated", "ringing", "answered", "completed"]


class VoiceCarrier:
    name = "voice"
    keeps_list = True

    @property
    def sender(self) -> str:
        return twilio_account().voice_from

    def send(self, letter: Letter, *, timeout: float) -> Outcome:
        """`url` rather than the words themselves: a machine must not be told the time of a visit, and only once
        the call is answered does Twilio say who did. DetectMessageEnd waits for the beep of a voicemail."""
        here = f"{settings.PUBLIC_BASE_URL}/webhooks/twilio"
        try:
            made = _client(timeout).calls.create(
                to=letter.destination,
                from_=letter.sender,
                url=f"{here}/voice/{letter.token}/",
                status_callback=f"{here}/call/{letter.token}/",
                status_callback_event=EVENTS,
                machine_detection="DetectMessageEnd",
                timeout=RINGS_SECONDS,
            )
        except ANSWERED_NO as error:
            return _refused(int(error.status), str(error.code or ""), _http(timeout).retry_after)
        except requests.RequestException as error:
            return Outcome(verdict=Verdict.NOT_SENT if _never_left(error) else Verdict.UNKNOWN)
        return Outcome(
            verdict=Verdict.ACCEPTED if made.sid else Verdict.UNKNOWN,
            sid=made.sid or "",
            status="queued",
            http_status=201,
        )

    def find(self, letter: Letter, *, timeout: float) -> list[Found]:
        """Calls have no words to compare: ours to this number since the attempt began, each bound to one attempt."""
        try:
            rows = [row for row in _since(letter, timeout) if row._from == letter.sender]
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise CarrierSilent from error
        return [_found(row) for row in reversed(rows)]

    def fetch(self, sid: str, *, timeout: float) -> Found | None:
        try:
            return _found(_client(timeout).calls(sid).fetch())
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise CarrierSilent from error


def _found(row: CallInstance) -> Found:
    status, code = outcome(str(row.status or ""), str(row.answered_by or ""))
    return Found(sid=row.sid or "", status=status or "queued", code=code)


def _since(letter: Letter, timeout: float) -> Iterator[CallInstance]:
    for row in _client(timeout).calls.stream(to=letter.destination, page_size=100):
        if _created(row) < letter.started_at - CLOCK_SLACK:
            return
        yield row
