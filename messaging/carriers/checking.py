"""Is the way to the carriers open, and would what they post to us be believed? Asked from outside, as they come."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.urls import reverse
from twilio.request_validator import RequestValidator

from messaging.models import mail_account, twilio_account
from messaging.states import MailBy

PATIENCE_SECONDS = 10
SES_BACKEND = "django_ses.SESBackend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`ok` None: not set up, which may be meant. `says` is one sentence with what to do about it."""

    name: str
    label: str
    ok: bool | None
    says: str


def findings(*, seen_at: str = "") -> list[Finding]:
    """seen_at: the address a browser came by, scheme and host, where somebody looks through the proxy."""
    return [_account(), _public_address(seen_at), _signatures(), _calls(), _mail(), _mail_events()]


def _account() -> Finding:
    account = twilio_account()
    if not account.can_text:
        return _finding(
            "account", "Texts", None, "Not set up: an account, its token and a number are needed."
        )
    to = "the rehearsal inside this program" if settings.REHEARSAL else "Twilio"
    return _finding("account", "Texts", True, f"Texts go out by {to} from {account.text_from}.")


def _public_address(seen_at: str) -> Finding:
    base = settings.PUBLIC_BASE_URL
    label = "Public address"
    if seen_at and seen_at != base:
        says = f"You came by {seen_at}, but links and signatures are made for {base}. Set PUBLIC_BASE_URL."
        return _finding("public_address", label, False, says)
    if urlsplit(base).scheme != "https" and not settings.DEBUG:
        return _finding("public_address", label, False, f"{base} is not https; carriers and clients need it.")
    return _finding("public_address", label, True, f"Links and signatures are made for {base}.")


def _signatures() -> Finding:
    """Signed as Twilio signs, sent to the public address: whatever stands between must leave the URL as it is."""
    label = "Signatures"
    if not (token := twilio_account().token):
        return _finding("signatures", label, None, "There is no token of Twilio's to sign with.")
    path = reverse("messaging:twilio-check")
    url, params = (
        settings.PUBLIC_BASE_URL + path + "?a=1&b=%C3%A9",
        {"MessageSid": "check", "Body": "¿sí? + &"},
    )
    signature = RequestValidator(token).compute_signature(url, params)
    headers = {"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1"}
    try:
        answer = requests.post(
            url, data=params, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        return _finding(
            "signatures",
            label,
            False,
            f"{settings.PUBLIC_BASE_URL} cannot be reached: {type(error).__name__}.",
        )
    return _finding("signatures", label, answer.status_code == 204, _verdict(answer.status_code))


def _verdict(status: int) -> str:
    if status == 204:
        return "What Twilio signs is believed, through everything that stands in between."
    if status == 403:
        return "Refused: something in between changes the address. PUBLIC_BASE_URL must be what Twilio calls."
    if status in (301, 302, 307, 308):
        return "Redirected: Twilio does not follow that. PUBLIC_BASE_URL must be the final address."
    return f"Answered {status}: something in between does not pass webhooks on to Stillwater."


def _calls() -> Finding:
    account = twilio_account()
    if not account.can_call:
        return _finding("calls", "Calls", None, "Nobody is called: there is no number for calls.")
    return _finding("calls", "Calls", True, f"Calls come from {account.voice_from}.")


def _mail() -> Finding:
    account = mail_account()
    by = account.by.upper() if account.by else settings.EMAIL_BACKEND
    return _finding("mail", "Email", True, f"Email goes out by {by} from {account.sender}.")


def _mail_events() -> Finding:
    label = "Bounces and complaints"
    account = mail_account()
    by = account.by
    if by != MailBy.SES and (by or settings.EMAIL_BACKEND != SES_BACKEND):
        return _finding("mail_events", label, None, "Only SES tells of bounces; this mail server does not.")
    needed = {
        "a configuration set": account.configuration_set,
        "AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS": settings.AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        return _finding("mail_events", label, False, f"Never heard of without {' and '.join(missing)}.")
    return _finding("mail_events", label, True, "SES tells of them, and its topics are known.")


def _finding(name: str, label: str, ok: bool | None, says: str) -> Finding:
    return Finding(name=name, label=label, ok=ok, says=says)
