"""How much may go out, how fast, and whether a carrier is fit to take it."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from messaging.states import BreakerState
from practice.models import Provider
from practice.states import Channel


class SendingPolicy(models.Model):
    """One row: what the practice allows its messages. Read anew for every batch."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    cap_per_day = models.PositiveSmallIntegerField(
        default=2, help_text="Reminders and offers to one number on one day; 0 for no limit."
    )
    cap_per_week = models.PositiveSmallIntegerField(
        default=6, help_text="The same from Monday to Sunday; 0 for no limit."
    )
    retries = models.PositiveSmallIntegerField(
        default=2, validators=[MaxValueValidator(5)], help_text="Tries after the first one."
    )
    retry_minutes = models.PositiveSmallIntegerField(
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 60)],
        help_text="Between tries; less when the message would no longer be of use. The first comes after a minute.",
    )
    is_strict = models.BooleanField(
        "never twice",
        default=False,
        help_text="A text nobody can account for is given to a person instead of being sent again.",
    )
    monthly_budget = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="For texts and calls; empty for none.",
    )
    alert_percent = models.PositiveSmallIntegerField(
        default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    text_price = models.DecimalField(
        max_digits=7, decimal_places=5, default=Decimal("0.01"), help_text="Of one segment, fees included."
    )
    call_price = models.DecimalField(max_digits=7, decimal_places=5, default=Decimal("0.03"))
    pilot_providers = models.ManyToManyField(
        Provider,
        blank=True,
        related_name="+",
        help_text="Reminders only about their visits; nobody chosen: about everybody's.",
    )

    class Meta:
        verbose_name_plural = "sending policy"
        constraints: ClassVar = [
            models.CheckConstraint(name="messaging_sendingpolicy_one_row", condition=Q(id=1))
        ]

    def __str__(self) -> str:
        return "sending policy"


class SenderBucket(models.Model):
    """How fast one sender may go, as its carrier counts: a bucket that fills by `per_second` up to `burst`.

    A sender without a row goes as fast as the carrier takes it. Counted in segments, not in messages.
    """

    channel = models.CharField(max_length=10, choices=Channel.choices)
    sender = models.CharField(max_length=254)
    per_second = models.FloatField(validators=[MinValueValidator(0.01)])
    burst = models.FloatField(default=1, validators=[MinValueValidator(1)])
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "sender"], name="messaging_senderbucket_once"),
            models.CheckConstraint(
                name="messaging_senderbucket_flows", condition=Q(per_second__gt=0, burst__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} at {self.per_second:g} a second"


class Breaker(models.Model):
    """Whether a carrier is fit to take a channel. Open: its messages wait, and no retry is used up.

    When `until` has passed one message is let through (half open); what comes of it closes or opens it again.
    """

    provider = models.CharField(max_length=10)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=9, choices=BreakerState.choices, default=BreakerState.CLOSED)
    cause = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    times = models.PositiveSmallIntegerField(default=0, help_text="Opened again without a success between.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "channel"], name="messaging_breaker_once"),
            models.CheckConstraint(
                name="messaging_breaker_open_has_until",
                condition=Q(state=BreakerState.CLOSED, until__isnull=True, opened_at__isnull=True)
                | ~Q(state=BreakerState.CLOSED) & Q(until__isnull=False, opened_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.channel}: {self.get_state_display().lower()}"


class Budget(models.Model):
    """What one month has cost so far: what carriers told, and until they do, segments at the policy's price."""

    month_on = models.DateField(unique=True, help_text="Its first day, of the practice's calendar.")
    spent = models.DecimalField(max_digits=11, decimal_places=5, default=Decimal(0))
    alerted_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-month_on"]

    def __str__(self) -> str:
        return f"{self.month_on:%Y-%m}"
