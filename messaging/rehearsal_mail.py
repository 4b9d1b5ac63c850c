"""Django's email backend while rehearsing: mails go into mailboxes on the rehearsal page and nowhere else."""

from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from messaging.rehearsal import ledger


class MailboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """One mailbox entry per recipient. Raises ImproperlyConfigured outside rehearsals: mail must not vanish."""
        if not settings.REHEARSAL:
            raise ImproperlyConfigured("EMAIL_BACKEND is the rehearsal mailbox, but REHEARSAL is off.")
        for mail in email_messages:
            for address in mail.recipients():
                ledger.keep_mail(
                    to=address,
                    sender=mail.from_email,
                    subject_line=str(mail.subject),
                    body=str(mail.body),
                    html=_html_of(mail),
                    calendar=_calendar_of(mail),
                )
        return len(email_messages)


def _html_of(mail: EmailMessage) -> str:
    return next((str(part[0]) for part in getattr(mail, "alternatives", ()) if part[1] == "text/html"), "")


def _calendar_of(mail: EmailMessage) -> str:
    parts = getattr(mail, "alternatives", ())
    return next((str(part[0]) for part in parts if str(part[1]).startswith("text/calendar")), "")
