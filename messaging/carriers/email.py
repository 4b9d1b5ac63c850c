"""Email through Django's mail backend: SMTP, SES, or the rehearsal mailbox."""

import smtplib
from datetime import timedelta
from email.utils import formataddr
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    SSLError,
)
from django.core.mail import EmailMultiAlternatives

from core import clock
from messaging.carriers import mail_connection
from messaging.carriers.letters import CarrierSilent, Found, Letter, Outcome
from messaging.models import mail_account
from messaging.rules.errors import Verdict, verdict_of_ses
from messaging.states import MailBy

ATTEMPT_HEADER = "X-Stillwater-Attempt"
# SES gives a mail's tags back in its events, which is how a lost answer is made good.
TAGS_HEADER = "X-SES-MESSAGE-TAGS"
# SES keeps no list: what its events have not told by then did not arrive. Source: messaging-facts, section 2.
EVENTS_TELL_WITHIN = timedelta(minutes=15)


class EmailCarrier:
    name = "email"

    @property
    def sender(self) -> str:
        return mail_account().sender

    @property
    def keeps_list(self) -> bool:
        """Only SES with a configuration set says, by an event with our tag, that it has a mail."""
        account = mail_account(fresh=False)
        return account.by != MailBy.SMTP and bool(account.configuration_set)

    def send(self, letter: Letter, *, timeout: float) -> Outcome:
        email = compose(letter)
        try:
            sent = mail_connection.send(email, *_account())
        except smtplib.SMTPException as error:
            return _refused(error)
        except (ClientError, BotoCoreError) as error:
            return _refused_by_ses(error)
        except ConnectionRefusedError:
            return Outcome(verdict=Verdict.NOT_SENT)
        except OSError:
            return Outcome(verdict=Verdict.UNKNOWN)  # the connection may have died after the last byte
        # A backend that drops a recipient says 0 and raises nothing.
        if not sent:
            return Outcome(verdict=Verdict.REJECTED)
        # SES's own id, written into the object by its backend; it names the mail in every event.
        sid = email.extra_headers.get("message_id") or f"email:{letter.token}"
        return Outcome(verdict=Verdict.ACCEPTED, sid=sid, status="sent")

    def find(self, letter: Letter, *, timeout: float) -> list[Found]:
        """A mail server keeps no list; where SES's events speak, their silence is proof after a while."""
        if self.keeps_list and clock.now() >= letter.started_at + EVENTS_TELL_WITHIN:
            return []
        raise CarrierSilent

    def fetch(self, sid: str, *, timeout: float) -> Found | None:
        return None  # nobody to ask: what becomes of a mail comes by itself, or not at all


BACKENDS = {
    MailBy.SES: "django_ses.SESBackend",
    MailBy.SMTP: "django.core.mail.backends.smtp.EmailBackend",
}


def _account() -> tuple[str | None, dict[str, Any]]:
    """(backend, its options) of the account that was written down; (None, {}) for what the environment says."""
    account = mail_account(fresh=False)  # `sender` was asked a moment ago, with the database at hand
    return (BACKENDS[MailBy(account.by)], account.options) if account.by else (None, {})


def compose(letter: Letter) -> EmailMultiAlternatives:
    """Fresh per attempt: some backends write into the object they send, and that would be sent the next time.

    multipart/mixed(multipart/alternative(plain, html, calendar), invite.ics): Outlook reads the calendar from the
    first branch, others from the attachment.
    """
    tags = {ATTEMPT_HEADER: str(letter.token), TAGS_HEADER: f"attempt={letter.token}"}
    email = EmailMultiAlternatives(
        subject=letter.subject_line,
        body=letter.text,
        from_email=formataddr((letter.sender_name, letter.sender)) if letter.sender_name else letter.sender,
        to=[letter.destination],
        headers={**letter.headers, **tags, **_told_by()},
    )
    if letter.html:
        email.attach_alternative(letter.html, "text/html")
    if letter.calendar:
        # No charset here: Django adds it, and would write it twice.
        email.attach_alternative(letter.calendar.text, f"text/calendar; method={letter.calendar.method}")
        email.attach("invite.ics", letter.calendar.text.encode(), "application/ics")
    return email


def _told_by() -> dict[str, str]:
    """The practice's own configuration set; without one django-ses puts in the environment's."""
    account = mail_account(fresh=False)
    own = account.configuration_set if account.by == MailBy.SES else ""
    return {"X-SES-CONFIGURATION-SET": own} if own else {}


def _refused(error: smtplib.SMTPException) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        permanent = all(code >= 500 for code in codes)
        return _outcome(Verdict.BAD_ADDRESS if permanent else Verdict.NOT_SENT, codes[0] if codes else None)
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused):
        return _outcome(Verdict.CONFIGURATION, error.smtp_code)
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return _outcome(Verdict.NOT_SENT, error.smtp_code)
    if isinstance(error, smtplib.SMTPDataError):
        return _outcome(Verdict.REJECTED if error.smtp_code >= 500 else Verdict.NOT_SENT, error.smtp_code)
    return Outcome(verdict=Verdict.UNKNOWN)


def _outcome(verdict: Verdict, code: int | None) -> Outcome:
    return Outcome(verdict=verdict, http_status=code, code=str(code or ""))


NEVER_LEFT = (EndpointConnectionError, ConnectTimeoutError, SSLError)


def _refused_by_ses(error: ClientError | BotoCoreError) -> Outcome:
    if isinstance(error, NEVER_LEFT):
        return Outcome(verdict=Verdict.NOT_SENT)
    if isinstance(error, HTTPClientError):
        return Outcome(verdict=Verdict.UNKNOWN)  # the answer was lost, or never came
    if not isinstance(error, ClientError):
        # No credentials, no region, a parameter that cannot be: nothing was asked of SES.
        return Outcome(verdict=Verdict.CONFIGURATION, code=type(error).__name__[:20])
    said, status = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    http, code = int(status.get("HTTPStatusCode", 0)), str(said.get("Code", ""))
    verdict = verdict_of_ses(http, code, str(said.get("Message", "")))
    return Outcome(verdict=verdict, http_status=http or None, code=code[:20])
