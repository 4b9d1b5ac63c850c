from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q, Value

from core.actors import ActorKind
from practice.models import Location, Provider, Room
from practice.states import Modality
from scheduling.models.guards import IdRange, People, SpanWithMargins
from scheduling.models.series import Series
from scheduling.models.types import AppointmentType
from scheduling.querysets import AppointmentQuerySet
from scheduling.rules.money import amount, cents
from scheduling.states import BLOCKING, AppointmentState, BillingMode, CancelReason, Source

PROVIDER_FREE = "scheduling_appointment_provider_free"
ROOM_FREE = "scheduling_appointment_room_free"


class Appointment(models.Model):
    """Whatever occupies a provider or a room: a visit, a group meeting, a held offer, an administrative block.

    `edition` rises on every act and never falls; `occurrence` rises only when start, place, modality or provider
    changes and keys reminders and replies; `ics_sequence` never falls. The two overbooked flags exempt the row
    from their own guard only, and are true only while that overlap exists.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    record_number = models.CharField(
        max_length=40,
        blank=True,
        db_default="",
        default="",
        help_text="Number in another system, for imports.",
    )
    type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="appointments")
    title = models.CharField(max_length=120, blank=True)
    provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
    )
    co_provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="co_appointments",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
    )
    modality = models.CharField(max_length=12, choices=Modality.choices, default=Modality.IN_PERSON)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0)
    buffer_after_minutes = models.PositiveSmallIntegerField(default=0)
    cleaning_minutes = models.PositiveSmallIntegerField(default=0)
    blocked = models.GeneratedField(
        expression=SpanWithMargins("starts_at", "ends_at", "buffer_before_minutes", "buffer_after_minutes"),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )
    room_span = models.GeneratedField(
        expression=SpanWithMargins("starts_at", "ends_at", None, "cleaning_minutes"),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )
    state = models.CharField(
        max_length=10,
        choices=AppointmentState.choices,
        default=AppointmentState.SCHEDULED,
    )
    hold_until = models.DateTimeField(null=True, blank=True)
    series = models.ForeignKey(
        Series,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
    )
    changed_alone = models.BooleanField(default=False)
    bundle = models.UUIDField(null=True, blank=True, help_text="One team meeting is one row per provider.")
    overbooked_provider = models.BooleanField(default=False)
    overbooked_room = models.BooleanField(default=False)
    overrides = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.STAFF)
    rate = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    billing_mode = models.CharField(
        max_length=14,
        choices=BillingMode.choices,
        default=BillingMode.PER_ATTENDANCE,
        db_default=BillingMode.PER_ATTENDANCE,
        help_text="Whether everybody who comes is charged, or the meeting once.",
    )
    capacity = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Seats, for a group meeting."
    )
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=22, choices=CancelReason.choices, blank=True)
    cancel_text = models.CharField(max_length=300, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by_kind = models.CharField(
        max_length=8, blank=True, choices=[(k.value, k.value) for k in ActorKind]
    )
    cancelled_by_id = models.BigIntegerField(null=True, blank=True)
    edition = models.PositiveIntegerField(default=1)
    occurrence = models.PositiveIntegerField(default=1)
    ics_sequence = models.PositiveIntegerField(default=0)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["starts_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["provider", "starts_at"], name="scheduling_appt_provider_at"),
            models.Index(
                fields=["co_provider", "starts_at"],
                name="scheduling_appt_co_at",
                condition=Q(co_provider__isnull=False),
            ),
            models.Index(fields=["room", "starts_at"], name="scheduling_appt_room_at"),
            models.Index(fields=["starts_at"], name="scheduling_appt_at"),
            models.Index(
                fields=["hold_until"],
                name="scheduling_appt_holds",
                condition=Q(state=AppointmentState.HELD),
            ),
            models.Index(fields=["id"], name="scheduling_appt_overridden", condition=~Q(overrides=[])),
        ]
        constraints: ClassVar = [
            ExclusionConstraint(
                name=PROVIDER_FREE,
                index_type="GIST",
                expressions=[
                    (People(), RangeOperators.OVERLAPS),
                    ("blocked", RangeOperators.OVERLAPS),
                ],
                condition=Q(
                    provider__isnull=False,
                    state__in=BLOCKING,
                    overbooked_provider=False,
                ),
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message="The provider already has something at that time.",
            ),
            ExclusionConstraint(
                name=ROOM_FREE,
                index_type="GIST",
                expressions=[
                    (IdRange(F("room"), F("room"), Value("[]")), RangeOperators.EQUAL),
                    ("room_span", RangeOperators.OVERLAPS),
                ],
                condition=Q(room__isnull=False, state__in=BLOCKING, overbooked_room=False),
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message="The room is already in use at that time.",
            ),
            models.UniqueConstraint(
                fields=["record_number"],
                condition=~Q(record_number=""),
                name="scheduling_appointment_record_number_once",
            ),
            models.CheckConstraint(
                name="scheduling_appointment_provider_or_room",
                condition=Q(provider__isnull=False) | Q(room__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_appointment_co_needs_provider",
                condition=Q(co_provider__isnull=True)
                | (Q(provider__isnull=False) & ~Q(co_provider=F("provider"))),
            ),
            models.CheckConstraint(
                name="scheduling_appointment_in_order",
                condition=Q(starts_at__lt=F("ends_at")),
            ),
            models.CheckConstraint(
                name="scheduling_appointment_hold_has_deadline",
                condition=~Q(state=AppointmentState.HELD) | Q(hold_until__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_appointment_cancel_has_reason",
                condition=Q(state=AppointmentState.CANCELLED, cancelled_at__isnull=False)
                & ~Q(cancel_reason="")
                & ~Q(cancelled_by_kind="")
                | ~Q(state=AppointmentState.CANCELLED)
                & Q(cancelled_at__isnull=True, cancel_reason="", cancelled_by_kind=""),
            ),
        ]

    # Free text: the audit trail records only that it changed; the former value lies in Change.texts.
    AUDIT_TEXTS: ClassVar = ("title", "note", "cancel_text", "overrides")
    # Never restored by Undo: they never fall, or the database makes them.
    AUDIT_COUNTERS: ClassVar = ("edition", "ics_sequence")

    def __str__(self) -> str:
        return f"appointment {self.pk}"

    @property
    def people(self) -> tuple[int, ...]:
        """Ids of those whose time it takes."""
        return tuple(pk for pk in (self.provider_id, self.co_provider_id) if pk is not None)

    @property
    def rate_cents(self) -> int | None:
        """What one charge costs; the one truth is `rate`."""
        return cents(self.rate)

    @rate_cents.setter
    def rate_cents(self, value: int | None) -> None:
        self.rate = amount(value)

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def blocked_span(self) -> tuple[dt.datetime, dt.datetime]:
        """As `blocked`, of a row the database has not seen yet."""
        before, after = (
            dt.timedelta(minutes=minutes)
            for minutes in (self.buffer_before_minutes, self.buffer_after_minutes)
        )
        return self.starts_at - before, self.ends_at + after

    @property
    def room_taken(self) -> tuple[dt.datetime, dt.datetime]:
        """As `room_span`, of a row the database has not seen yet."""
        return self.starts_at, self.ends_at + dt.timedelta(minutes=self.cleaning_minutes)
