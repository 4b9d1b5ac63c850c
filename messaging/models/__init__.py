from messaging.models.accounts import (
    ChannelSettings,
    account_row,
    forget_account,
    mail_account,
    twilio_account,
)
from messaging.models.consent import Consent, Suppression
from messaging.models.inbound import InboundMessage, ProviderEvent
from messaging.models.limits import Breaker, Budget, SenderBucket, SendingPolicy
from messaging.models.outbox import Attempt, Message
from messaging.models.rehearsal import RehearsalMessage, RehearsalSettings
from messaging.models.tasks import StaffTask
from messaging.models.templates import Template

__all__ = [
    "Attempt",
    "Breaker",
    "Budget",
    "ChannelSettings",
    "Consent",
    "InboundMessage",
    "Message",
    "ProviderEvent",
    "RehearsalMessage",
    "RehearsalSettings",
    "SenderBucket",
    "SendingPolicy",
    "StaffTask",
    "Suppression",
    "Template",
    "account_row",
    "forget_account",
    "mail_account",
    "twilio_account",
]
