"""Calls through Twilio. What is said is asked for when it is known who, or what, has answered."""

from django.conf import settings
from twilio.rest.api.v2010.account.call import CallInstance

from messaging.carriers.letters import Found, Letter, Outcome
from messaging.carriers.line import accepted, asking, client, posted, since
from messaging.models import twilio_account
from messaging.rules.calls import outcome

RINGS_SECONDS = 25  # before most voicemails, and short enough not to be a nuisance
EVENTS = ["initiated", "ringing", "answered", "completed"]
PAGE = 100


class VoiceCarrier:
    name = "voice"
    keeps_list = True

    @property
    def sender(self) -> str:
        return twilio_account().voice_from

    def send(self, letter: Letter, *, timeout: float) -> Outcome:
        made = posted(lambda: _make(letter, timeout), timeout=timeout)
        return made if isinstance(made, Outcome) else accepted(made.sid, status="queued")

    def find(self, letter: Letter, *, timeout: float) -> list[Found]:
        """Calls have no words to compare: ours to this number since the attempt began, each bound to one attempt."""
        with asking():
            listed = client(timeout).calls.stream(to=letter.destination, page_size=PAGE)
            rows = [row for row in since(letter, listed) if row._from == letter.sender]
        return [_found(row) for row in reversed(rows)]

    def fetch(self, sid: str, *, timeout: float) -> Found | None:
        with asking():
            return _found(client(timeout).calls(sid).fetch())


def _make(letter: Letter, timeout: float) -> CallInstance:
    """`url` rather than the words themselves: a machine must not be told the time of a visit, and only once
    the call is answered does Twilio say who did. DetectMessageEnd waits for the beep of a voicemail."""
    here = f"{settings.PUBLIC_BASE_URL}/webhooks/twilio"
    return client(timeout).calls.create(
        to=letter.destination,
        from_=letter.sender,
        url=f"{here}/voice/{letter.token}/",
        status_callback=f"{here}/call/{letter.token}/",
        status_callback_event=EVENTS,
        machine_detection="DetectMessageEnd",
        timeout=RINGS_SECONDS,
    )


def _found(row: CallInstance) -> Found:
    status, code = outcome(str(row.status or ""), str(row.answered_by or ""))
    return Found(sid=row.sid or "", status=status or "queued", code=code)
