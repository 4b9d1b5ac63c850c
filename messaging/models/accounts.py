import time
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from core.encrypted import EncryptedTextField
from messaging.rules.accounts import MailAccount, TwilioAccount
from messaging.states import MailBy


class ChannelSettings(models.Model):
    """One row: whose accounts we send with. Secrets are written, used and never shown again.

    Not in the Django admin, and never given to `image`: the audit trail knows only that a secret changed. What is
    empty comes from the environment.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    account_sid = models.CharField(max_length=34, blank=True)
    auth_token = EncryptedTextField(blank=True)
    auth_token_old = EncryptedTextField(blank=True)
    service_sid = models.CharField(max_length=34, blank=True)
    text_from = models.CharField(max_length=20, blank=True)
    voice_from = models.CharField(max_length=20, blank=True)
    twilio_set_at = models.DateTimeField(null=True, blank=True)
    mail_by = models.CharField(max_length=4, choices=MailBy.choices, blank=True)
    mail_from = models.EmailField(blank=True)
    ses_region = models.CharField(max_length=30, blank=True)
    ses_configuration_set = models.CharField(max_length=64, blank=True)
    ses_key_id = models.CharField(max_length=128, blank=True)
    ses_secret = EncryptedTextField(blank=True)
    smtp_host = models.CharField(max_length=253, blank=True)
    smtp_port = models.PositiveIntegerField(null=True, blank=True)
    smtp_user = models.CharField(max_length=254, blank=True)
    smtp_password = EncryptedTextField(blank=True)
    smtp_tls = models.BooleanField(default=True)
    mail_set_at = models.DateTimeField(null=True, blank=True)
    edition = models.PositiveIntegerField(default=0)

    SECRETS: ClassVar = frozenset({"auth_token", "auth_token_old", "ses_secret", "smtp_password"})

    class Meta:
        verbose_name_plural = "channel settings"
        constraints: ClassVar = [
            models.CheckConstraint(name="messaging_channelsettings_one_row", condition=Q(id=1))
        ]

    def __str__(self) -> str:
        return "channel settings"


# A sender asks for its account with every text; a change of it may take as long as this to be used everywhere.
KEPT_SECONDS = 5.0
_kept: list[tuple[float, ChannelSettings | None]] = []


def account_row(*, fresh: bool = True) -> ChannelSettings | None:
    """The row, read at most every few seconds. Not `fresh`: as it was last read here, however long ago, so that a
    thread that only posts never needs the database."""
    if _kept and (not fresh or time.monotonic() - _kept[0][0] < KEPT_SECONDS):
        return _kept[0][1]
    row = ChannelSettings.objects.filter(pk=1).first()
    _kept[:] = [(time.monotonic(), row)]
    return row


def forget_account() -> None:
    """After a change, once it is true for others too."""
    transaction.on_commit(_kept.clear)


def twilio_account(*, fresh: bool = True) -> TwilioAccount:
    """What stands here, or the environment's; while rehearsing always that: a stand-in needs no real secrets."""
    row = None if settings.REHEARSAL else account_row(fresh=fresh)
    if row is None or not row.account_sid:
        tokens = filter(None, (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_OLD))
        return TwilioAccount(
            sid=settings.TWILIO_ACCOUNT_SID,
            tokens=tuple(tokens),
            text_from=settings.TWILIO_FROM_NUMBER,
            voice_from=settings.TWILIO_VOICE_NUMBER,
        )
    return TwilioAccount(
        sid=row.account_sid,
        tokens=tuple(filter(None, (row.auth_token, row.auth_token_old))),
        text_from=row.text_from,
        voice_from=row.voice_from or row.text_from,
        service_sid=row.service_sid,
    )


def mail_account(*, fresh: bool = True) -> MailAccount:
    row = None if settings.REHEARSAL else account_row(fresh=fresh)
    if row is None or not row.mail_by:
        return MailAccount(
            sender=settings.DEFAULT_FROM_EMAIL, configuration_set=settings.AWS_SES_CONFIGURATION_SET or ""
        )
    if row.mail_by == MailBy.SMTP:
        return MailAccount(by=row.mail_by, sender=row.mail_from, options=_smtp(row))
    told_by = row.ses_configuration_set or settings.AWS_SES_CONFIGURATION_SET or ""
    return MailAccount(by=row.mail_by, sender=row.mail_from, options=_ses(row), configuration_set=told_by)


def _ses(row: ChannelSettings) -> dict[str, Any]:
    where: dict[str, Any] = {
        "aws_region_name": row.ses_region,
        "aws_region_endpoint": f"https://email.{row.ses_region}.amazonaws.com",
    }
    return where | (
        {"aws_access_key": row.ses_key_id, "aws_secret_key": row.ses_secret} if row.ses_key_id else {}
    )


def _smtp(row: ChannelSettings) -> dict[str, Any]:
    return {
        "host": row.smtp_host,
        "port": row.smtp_port or 587,
        "username": row.smtp_user,
        "password": row.smtp_password,
        "use_tls": row.smtp_tls,
        "timeout": settings.EMAIL_TIMEOUT,
    }
