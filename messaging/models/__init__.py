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
from messaging.models.rehearsal import RehearsalMessage, RehearsalSettings, RehearsalTrouble
from messaging.models.tasks import Alarm, StaffTask
from messaging.models.templates import Template
from messaging.models.threads import StaffReply, Thread
from messaging.models.which import WhichQuestion

__all__ = [
    "Alarm",
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
    "RehearsalTrouble",
    "SenderBucket",
    "SendingPolicy",
    "StaffReply",
    "StaffTask",
    "Suppression",
    "Template",
    "Thread",
    "WhichQuestion",
    "account_row",
    "forget_account",
    "mail_account",
    "twilio_account",
]
