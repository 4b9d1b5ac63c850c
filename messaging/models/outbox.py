import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Case, Q, Value, When

from core.encrypted import EncryptedTextField
from messaging.states import (
    LIVE,
    NEEDS_REASON,
    TURNS,
    Asks,
    AttemptState,
    MessageClass,
    MessageState,
    Variant,
)
from practice.models import Change, Client, ClientContact
from practice.states import Channel


def _turn() -> Case:
    turns = [When(klass=klass, then=Value(turn)) for turn, klass in enumerate(TURNS)]
    return Case(*turns, default=Value(len(TURNS)))


class Message(models.Model):
    """One thing to say to one person on one channel: the outbox. Text is rendered at sending, never here.

    `subject` is opaque to messaging: a Reminder, a Notice, an InboundMessage, as `purpose` says. `send_at` is
    when it may be claimed: the later of due_at and not_before at first, later after a retry or a Later.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=30)
    subject = models.BigIntegerField()
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        help_text="Empty only for a crisis answer to a number nobody on file has.",
    )
    contact = models.ForeignKey(
        ClientContact, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    klass = models.CharField("class", max_length=10, choices=MessageClass.choices)
    turn = models.GeneratedField(
        expression=_turn(), output_field=models.SmallIntegerField(), db_persist=True
    )  # of those due, the lowest goes first, then what loses its use soonest
    drop_rank = models.PositiveSmallIntegerField(default=0, help_text="Under caps, the highest goes first.")
    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    not_before = models.DateTimeField()
    due_at = models.DateTimeField()
    send_at = models.DateTimeField()
    useful_until = models.DateTimeField()
    asks = models.CharField(max_length=8, choices=Asks.choices, blank=True)
    answer_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=MessageState.choices, default=MessageState.DUE)
    reason = models.CharField(max_length=80, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    accepted_at = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the carrier is asked about what it took but has not told of since.",
    )
    delivered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    portal_text = EncryptedTextField(
        blank=True, help_text="The text itself, for the portal, where we are the carrier."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["channel", "turn", "useful_until", "id", "send_at"],
                name="messaging_message_due",
                condition=Q(state=MessageState.DUE),
            ),
            models.Index(
                fields=["lease_until"],
                name="messaging_message_leased",
                condition=Q(state__in=[MessageState.CLAIMED, MessageState.SENDING]),
            ),
            models.Index(
                fields=["send_at"], name="messaging_message_verify", condition=Q(state=MessageState.VERIFYING)
            ),
            models.Index(
                fields=["look_at"], name="messaging_message_look", condition=Q(look_at__isnull=False)
            ),
            models.Index(fields=["address", "channel", "-accepted_at"], name="messaging_message_asked"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purpose", "subject"], condition=Q(state__in=LIVE), name="messaging_message_one_live"
            ),
            models.CheckConstraint(
                name="messaging_message_lease_paired",
                condition=Q(lease_until__isnull=True, lease_owner="")
                | Q(lease_until__isnull=False) & ~Q(lease_owner=""),
            ),
            models.CheckConstraint(
                name="messaging_message_asks_paired",
                condition=Q(asks="", answer_until__isnull=True) | ~Q(asks="") & Q(answer_until__isnull=False),
            ),
            models.CheckConstraint(
                name="messaging_message_has_client",
                condition=Q(client__isnull=False) | Q(klass=MessageClass.CRISIS),
            ),
            models.CheckConstraint(
                name="messaging_message_end_has_reason", condition=~Q(state__in=NEEDS_REASON) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} ({self.purpose} {self.subject})"


class Attempt(models.Model):
    """One POST to a carrier, written before it is made. `token` comes back in callback URLs."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts")
    provider = models.CharField(max_length=10, help_text="twilio, email or portal.")
    sender = models.CharField(max_length=254)
    destination = models.CharField(max_length=254)
    text = EncryptedTextField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=AttemptState.choices, default=AttemptState.STARTED)
    verdict = models.CharField(
        max_length=13, blank=True, help_text="What the carrier's answer proved; empty until it came."
    )
    provider_sid = models.CharField(max_length=100, null=True, blank=True, unique=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=20, blank=True)
    segments = models.PositiveSmallIntegerField(null=True, blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    last_status = models.CharField(max_length=20, blank=True)
    status_rank = models.PositiveSmallIntegerField(default=0)
    compared = models.CharField(
        max_length=80, blank=True, help_text="Which set of words was being compared; empty where none was."
    )
    variant = models.CharField(max_length=1, choices=Variant.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["started_at"], name="messaging_attempt_recent"),
            models.Index(
                fields=["compared", "started_at"],
                name="messaging_attempt_compared",
                condition=~Q(compared=""),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="messaging_attempt_variant_of_something", condition=Q(variant="") | ~Q(compared="")
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.token}"
