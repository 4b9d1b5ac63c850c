import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value

from availability.querysets import (
    ClosureQuerySet,
    DatedExceptionQuerySet,
    TimeOffQuerySet,
    WeeklyBlockQuerySet,
)
from availability.states import (
    TIME_OFF_STANDS,
    DefaultPlan,
    ExceptionKind,
    TimeOffKind,
    TimeOffState,
)
from core.encrypted import EncryptedTextField
from practice.models import Location, Provider, User

TIME_OFF_ONCE = "availability_timeoff_once"


class WeeklyBlock(models.Model):
    """Hours a provider keeps every week (or every second), in wall time of the location's zone.

    `every_weeks` counts from the week `effective_from_on` lies in. Blocks of one provider may not overlap;
    the operation checks it under the provider's lock, because "every second week" is beyond a constraint.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="weekly_blocks")
    weekday = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(6)], help_text="0 Monday to 6 Sunday."
    )
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    telehealth_ok = models.BooleanField(default=True)
    max_visits = models.PositiveSmallIntegerField(null=True, blank=True)
    effective_from_on = models.DateField()
    effective_until_on = models.DateField(
        null=True, blank=True, help_text="Last day it holds; empty for no end."
    )
    every_weeks = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(2)]
    )

    objects = WeeklyBlockQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["provider", "weekday", "starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="availability_block_in_order",
                condition=Q(starts_at__lt=F("ends_at")),
            ),
            models.CheckConstraint(name="availability_block_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="availability_block_every_weeks",
                condition=Q(every_weeks__in=[1, 2]),
            ),
            models.CheckConstraint(
                name="availability_block_dates_in_order",
                condition=Q(effective_until_on__isnull=True)
                | Q(effective_until_on__gte=F("effective_from_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.weekday} {self.starts_at}-{self.ends_at}"


class DatedException(models.Model):
    """One date that differs: extra hours, other hours than the week says, or an absence for part of the day (or
    all of it)."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="exceptions")
    on = models.DateField()
    kind = models.CharField(max_length=8, choices=ExceptionKind.choices)
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=80, blank=True, help_text="Shown on the calendar, e.g. Supervision.")

    objects = DatedExceptionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["on", "starts_at"]
        indexes: ClassVar = [models.Index(fields=["on", "provider"], name="availability_exception_on")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="availability_exception_in_order",
                condition=Q(starts_at__lt=F("ends_at")),
            )
        ]

    AUDIT_TEXTS: ClassVar = ("reason",)

    def __str__(self) -> str:
        return f"{self.provider_id} {self.on} {self.kind}"


class Closure(models.Model):
    """Whole days the practice, or one location, is closed."""

    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
    )
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.CharField(max_length=80)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["first_on"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="availability_closure_in_order",
                condition=Q(first_on__lte=F("last_on")),
            )
        ]

    AUDIT_TEXTS: ClassVar = ("reason",)

    def __str__(self) -> str:
        return f"{self.reason} {self.first_on}"


class TravelCalendar(models.Model):
    """A provider's calendar elsewhere, read as busy-only from a secret address. Its spans are OutsideBusy.

    `next_fetch_at` is its turn, and the claim of whoever reads it. `error`: why the last try failed, in words; what was
    read before (`fetched_at`) still counts then.
    """

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="outside_calendar")
    address = EncryptedTextField()
    etag = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    next_fetch_at = models.DateTimeField(db_index=True)
    error = models.CharField(max_length=200, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    AUDIT_TEXTS: ClassVar = ("address",)

    def __str__(self) -> str:
        return f"outside calendar of {self.provider_id}"


class OutsideBusy(models.Model):
    """When a provider is busy elsewhere. Nothing is known of why."""

    calendar = models.ForeignKey(TravelCalendar, on_delete=models.CASCADE, related_name="busy")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["starts_at"]
        indexes: ClassVar = [
            models.Index(fields=["calendar", "starts_at"], name="availability_outside_starts")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="availability_outside_in_order", condition=Q(starts_at__lt=F("ends_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.starts_at}"


class TimeOff(models.Model):
    """A provider asks to be away; granted, it closes their hours. Whole days run from midnight to midnight.

    Why is nobody's business but that of who sees the request: the calendar says "Time off" and no more. `edition`
    rises on every act and never falls.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="time_off")
    kind = models.CharField(max_length=10, choices=TimeOffKind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = EncryptedTextField(blank=True)
    cover = models.ForeignKey(
        Provider, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Suggested."
    )
    default_plan = models.CharField(max_length=6, choices=DefaultPlan.choices, default=DefaultPlan.BEST)
    state = models.CharField(max_length=9, choices=TimeOffState.choices, default=TimeOffState.PENDING)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decision_reason = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    edition = models.PositiveIntegerField(default=1)

    objects = TimeOffQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "time off"
        ordering: ClassVar = ["starts_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="availability_timeoff_in_order", condition=Q(starts_at__lt=F("ends_at"))
            ),
            ExclusionConstraint(
                name=TIME_OFF_ONCE,
                index_type="GIST",
                expressions=[
                    (
                        Func(
                            F("provider"),
                            F("provider"),
                            Value("[]"),
                            function="INT8RANGE",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.EQUAL,
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state__in=TIME_OFF_STANDS),
                violation_error_message="There is other time off in these days.",
            ),
            models.CheckConstraint(
                name="availability_timeoff_decided_paired",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="availability_timeoff_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
            models.CheckConstraint(
                name="availability_timeoff_decided_when_granted",
                condition=~Q(state__in=[TimeOffState.GRANTED, TimeOffState.DENIED])
                | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="availability_timeoff_denied_has_reason",
                condition=~Q(state=TimeOffState.DENIED) | ~Q(decision_reason=""),
            ),
        ]

    AUDIT_TEXTS: ClassVar = ("note", "decision_reason")
    AUDIT_COUNTERS: ClassVar = ("edition",)

    def __str__(self) -> str:
        return f"time off {self.pk}"

    @property
    def is_pending(self) -> bool:
        return self.state == TimeOffState.PENDING

    @property
    def is_granted(self) -> bool:
        return self.state == TimeOffState.GRANTED
