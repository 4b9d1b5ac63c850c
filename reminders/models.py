from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from messaging.models import InboundMessage
from practice.models import Change, Client, ClientContact
from practice.states import Channel
from reminders.states import NoticeKind, Outcome, ReminderState, RuleKind
from scheduling.models import Attendance


class ReminderRule(models.Model):
    """One step of the schedule: when, on which channels in order.

    `offset_minutes` is wall-clock: 1440 is the same time the day before, whatever the clocks do that night.
    """

    name = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=RuleKind.choices)
    offset_minutes = models.PositiveIntegerField(default=0)
    channels = ArrayField(models.CharField(max_length=10, choices=Channel.choices))
    drop_rank = models.PositiveSmallIntegerField(
        default=0, help_text="Under caps, the highest is dropped first."
    )
    skip_in_weekly_series = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["kind", "-offset_minutes"]

    def __str__(self) -> str:
        return self.name


class Reminder(models.Model):
    """The plan: one row per person, rule, occurrence and channel. When it falls due it becomes a Message.

    `contact` empty means the client. A row an act closes keeps `closed_by_change`, so Undo can reopen it.
    """

    attendance = models.ForeignKey(Attendance, on_delete=models.CASCADE, related_name="reminders")
    rule = models.ForeignKey(
        ReminderRule,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
    )
    occurrence = models.PositiveIntegerField()
    contact = models.ForeignKey(
        ClientContact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    resend_no = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ReminderState.choices, default=ReminderState.PLANNED)
    reason = models.CharField(max_length=80, blank=True)
    change = models.ForeignKey(
        Change,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
    )
    closed_by_change = models.ForeignKey(
        Change,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_reminders",
    )
    not_before = models.DateTimeField()
    due_at = models.DateTimeField()
    falls_due_at = models.DateTimeField(help_text="The later of due_at and not_before.")
    useful_until = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["falls_due_at"],
                name="reminders_reminder_due",
                condition=Q(state=ReminderState.PLANNED),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "attendance",
                    "rule",
                    "occurrence",
                    "contact",
                    "channel",
                    "resend_no",
                ],
                nulls_distinct=False,
                name="reminders_reminder_once",
            ),
            models.CheckConstraint(
                name="reminders_reminder_skip_has_reason",
                condition=~Q(state=ReminderState.SKIPPED) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="reminders_reminder_closed_when_superseded",
                condition=Q(closed_by_change__isnull=True) | Q(state=ReminderState.SUPERSEDED),
            ),
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"


class Notice(models.Model):
    """One telling of one act to one person. `attendances` is [{attendance, before, after}], for the text."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="notices")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="notices")
    contact = models.ForeignKey(
        ClientContact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
    )
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    attendances = models.JSONField(default=list)
    not_before = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["change", "client", "contact"],
                nulls_distinct=False,
                name="reminders_notice_once",
            )
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Answer(models.Model):
    """What one reply led to, once. `occurrence` is what the answer's own question, if it asks one, is about."""

    inbound = models.OneToOneField(InboundMessage, on_delete=models.PROTECT, related_name="answer")
    attendance = models.ForeignKey(Attendance, on_delete=models.CASCADE, related_name="answers")
    occurrence = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"
