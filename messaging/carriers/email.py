"""Email through Django's mail backend: SMTP, SES, or the rehearsal mailbox."""

import smtplib
from email.utils import formataddr
from typing import Any

from django.core.mail import EmailMultiAlternatives

from messaging.carriers import mail_connection
from messaging.carriers.letters import CarrierSilent, Found, Letter, Outcome
from messaging.models import mail_account
from messaging.rules.errors import Verdict
from messaging.states import MailBy

ATTEMPT_HEADER = "X-Stillwater-Attempt"


class EmailCarrier:
    name = "email"
    keeps_list = False

    @property
    def sender(self) -> str:
        return mail_account().sender

    def send(self, letter: Letter, *, timeout: float) -> Outcome:
        try:
            sent = mail_connection.send(_email(letter), *_account())
        except smtplib.SMTPException as error:
            return _refused(error)
        except ConnectionRefusedError:
            return Outcome(verdict=Verdict.NOT_SENT)
        except OSError:
            return Outcome(verdict=Verdict.UNKNOWN)  # the connection may have died after the last byte
        # A backend that drops a recipient says 0 and raises nothing.
        if not sent:
            return Outcome(verdict=Verdict.REJECTED)
        return Outcome(verdict=Verdict.ACCEPTED, sid=f"email:{letter.token}", status="sent")

    def find(self, letter: Letter, *, timeout: float) -> list[Found]:
        raise CarrierSilent  # a mail server keeps no list

    def fetch(self, sid: str, *, timeout: float) -> Found | None:
        return None


BACKENDS = {
    MailBy.SES: "django_ses.SESBackend",
    MailBy.SMTP: "django.core.mail.backends.smtp.EmailBackend",
}


def _account() -> tuple[str | None, dict[str, Any]]:
    """(backend, its options) of the account that was written down; (None, {}) for what the environment says."""
    account = mail_account(fresh=False)  # `sender` was asked a moment ago, with the database at hand
    return (BACKENDS[MailBy(account.by)], account.options) if account.by else (None, {})


def _email(letter: Letter) -> EmailMultiAlternatives:
    """Fresh per attempt: some backends write into the object they send, and that would be sent the next time."""
    email = EmailMultiAlternatives(
        subject=letter.subject_line,
        body=letter.text,
        from_email=letter.sender,
        to=[formataddr(("", letter.destination))],
        headers={ATTEMPT_HEADER: str(letter.token)},
    )
    if letter.html:
        email.attach_alternative(letter.html, "text/html")
    return email


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
