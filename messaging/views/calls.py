"""What Twilio asks while a call goes on, and what we have it say. Nothing of a visit is said to a machine."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from twilio.twiml.voice_response import Gather, VoiceResponse

from core import clock
from core.daywords import spoken
from messaging.models import Attempt, ProviderEvent
from messaging.operations import calls, events
from messaging.operations.calls import FIRST, GATE, SURE
from messaging.rules.calls import Said, Who, who_answered
from messaging.views.webhooks import from_twilio
from practice.models import Practice
from practice.queries import the_practice
from practice.rules.client_words import say, words

VOICES = {"en": "en-US", "es": "es-MX"}
WAITS_SECONDS = 6


@from_twilio
def answered(request: HttpRequest, token: UUID) -> HttpResponse:
    """Somebody, or something, took the call."""
    attempt = calls.attempt_of(token)
    if attempt is None:
        return _hang_up()
    events.take(
        events.CALL,
        dedupe_key=f"{_sid(request)}:answered",
        body=request.POST.dict(),
        token=token,
        now=clock.now(),
    )
    who = who_answered(request.POST.get("AnsweredBy", ""))
    if who == Who.PERSON:
        return _menu(attempt)
    if not calls.may_leave_a_message(attempt):
        return _hang_up()
    return _leave_message(attempt) if who == Who.MACHINE else _gate(attempt)


@from_twilio
def key(request: HttpRequest, token: UUID, stage: str) -> HttpResponse:
    """A key, or none in time (empty digits). The same key twice is one key, and is answered alike."""
    attempt = calls.attempt_of(token)
    if attempt is None:
        return _hang_up()
    body = request.POST.dict() | {"Stage": stage}
    dedupe = f"{_sid(request)}:{stage}:{body.get('Digits', '')}"
    events.take(events.KEY, dedupe_key=dedupe, body=body, token=token, now=clock.now())
    return _next(attempt, _outcome(dedupe))


@from_twilio
def call_status(request: HttpRequest, token: UUID) -> HttpResponse:
    sid, status = _sid(request), request.POST.get("CallStatus", "")
    if not (sid and status):
        return HttpResponse(status=400)
    events.take(
        events.CALL, dedupe_key=f"{sid}:{status}", body=request.POST.dict(), token=token, now=clock.now()
    )
    return HttpResponse(status=204)


def _sid(request: HttpRequest) -> str:
    return request.POST.get("CallSid", "")


def _outcome(dedupe: str) -> Said:
    said = ProviderEvent.objects.filter(provider="twilio", dedupe_key=dedupe[:150]).values_list(
        "outcome", flat=True
    )
    outcome = said.first() or ""
    return Said(outcome) if outcome in set(Said) else Said.CALL_US


def _next(attempt: Attempt, said: Said) -> HttpResponse:
    language, practice = _language(attempt), the_practice()
    if said == Said.MENU:
        return _menu(attempt)
    if said == Said.ASK_SURE:
        sentence = say(language, "call_ask_sure", hours=practice.cancellation_notice_hours)
        return _ask(attempt, SURE, sentence)
    return _say(language, words(language)[f"call_{said}"])


def _menu(attempt: Attempt) -> HttpResponse:
    """The practice's own recording first, where there is one; the words with the time are spoken."""
    return _ask(attempt, FIRST, attempt.text, recording=the_practice().call_recording_url)


def _gate(attempt: Attempt) -> HttpResponse:
    """It may be a person: they can ask for the message with a key, which a machine does not press."""
    return _ask(attempt, GATE, say(_language(attempt), "call_gate", practice=the_practice().sender_name))


def _leave_message(attempt: Attempt) -> HttpResponse:
    """The practice's name and its number, and nothing else."""
    language, practice = _language(attempt), the_practice()
    return _say(language, voicemail(practice, language))


def voicemail(practice: Practice, language: str) -> str:
    if not practice.phone:
        return say(language, "call_voicemail_plain", practice=practice.sender_name)
    return say(language, "call_voicemail", practice=practice.sender_name, phone=practice.phone.as_national)


def _ask(attempt: Attempt, stage: str, sentence: str, *, recording: str = "") -> HttpResponse:
    language = VOICES[_language(attempt)]
    action = settings.PUBLIC_BASE_URL + reverse("messaging:twilio-key", args=[attempt.token, stage])
    gather = Gather(
        num_digits=1, timeout=WAITS_SECONDS, action=action, method="POST", action_on_empty_result=True
    )
    if recording:
        gather.play(recording)
    gather.say(sentence, language=language)
    response = VoiceResponse()
    response.append(gather)
    return _twiml(response)


def _say(language: str, sentence: str) -> HttpResponse:
    response = VoiceResponse()
    response.say(sentence, language=VOICES[language])
    response.hangup()
    return _twiml(response)


def _hang_up() -> HttpResponse:
    response = VoiceResponse()
    response.hangup()
    return _twiml(response)


def _twiml(response: VoiceResponse) -> HttpResponse:
    return HttpResponse(str(response), content_type="text/xml")


def _language(attempt: Attempt) -> str:
    return spoken(getattr(attempt.message.client, "language", ""))
