from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from messaging.models import InboundMessage
from practice.models import Change, Client, ClientContact, Provider
from practice.states import Channel
from reminders.states import NoticeKind, Outcome, ReminderState, RuleKind
from scheduling.models import AppointmentType, Attendance

WHOLE_DAYS = Q(Exact(Mod("offset_minutes", Value(24 * 60)), 0))


class ReminderRule(models.Model):
    """One step of the schedule: when, on which channels in order.

    `offset_minutes` is wall-clock: 1440 is the same time the day before, whatever the clocks do that night. With
    `at_time` it counts whole days and the step is said at that hour: 0 and 8:00 is the morning of the visit.
    What differs for a type or a provider stands in RuleOverride.
    """

    name = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=RuleKind.choices)
    offset_minutes = models.PositiveIntegerField(default=0)
    at_time = models.TimeField(null=True, blank=True, help_text="Said at this hour, whole days away.")
    channels = ArrayField(models.CharField(max_length=10, choices=Channel.choices))
    drop_rank = models.PositiveSmallIntegerField(
        default=0, help_text="Under caps, the highest is dropped first."
    )
    skip_in_weekly_series = models.BooleanField(default=False)
    only_high_risk = models.BooleanField(
        default=False, help_text="Only where somebody may well not come; the desk is asked to call as well."
    )
    is_active = models.BooleanField(default=True)
    edition = models.PositiveIntegerField(default=1, help_text="Of the step and its exceptions.")

    class Meta:
        ordering: ClassVar = ["kind", "-offset_minutes"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="reminders_reminderrule_whole_days",
                condition=Q(at_time__isnull=True) | WHOLE_DAYS,
                violation_error_message="A step at a fixed hour is whole days away.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RuleOverride(models.Model):
    """What a step is for one type, one provider, or both; an empty field keeps what the rule says.

    Of several that fit, the one for type and provider counts, then the provider's, then the type's.
    """

    rule = models.ForeignKey(ReminderRule, on_delete=models.CASCADE, related_name="overrides")
    type = models.ForeignKey(
        AppointmentType, on_delete=models.CASCADE, null=True, blank=True, related_name="reminder_overrides"
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="reminder_overrides"
    )
    is_active = models.BooleanField(default=True)
    offset_minutes = models.PositiveIntegerField(null=True, blank=True)
    at_time = models.TimeField(null=True, blank=True)
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel.choices), null=True, blank=True, default=None
    )

    class Meta:
        ordering: ClassVar = ["rule", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "type", "provider"],
                nulls_distinct=False,
                name="reminders_ruleoverride_once",
                violation_error_message="This step already has an exception for that type and provider.",
            ),
            models.CheckConstraint(
                name="reminders_ruleoverride_of_somebody",
                condition=Q(type__isnull=False) | Q(provider__isnull=False),
                violation_error_message="Choose a type, a provider or both.",
            ),
            models.CheckConstraint(
                name="reminders_ruleoverride_time_whole",
                condition=Q(at_time__isnull=True) | Q(offset_minutes__isnull=False) & WHOLE_DAYS,
                violation_error_message="A step at a fixed hour is whole days away.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} for type {self.type_id}, provider {self.provider_id}"


class Replanning(models.Model):
    """The schedule was changed, and the plans of all visits to come have to follow: how far that has got.

    One is open at a time; a further change of the schedule starts it anew.
    """

    asked_at = models.DateTimeField()
    after_id = models.BigIntegerField(default=0, help_text="Visits up to this id have been looked at.")
    visits = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=True),
                nulls_distinct=False,
                name="reminders_replanning_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"replanning {self.pk}"


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
