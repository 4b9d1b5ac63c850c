from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.actors import ActorKind
from practice.models import Authorization, Client
from scheduling.models.appointments import Appointment
from scheduling.querysets import AttendanceQuerySet
from scheduling.states import AttendanceState, CancelReason, ConfirmedHow, ContactState


class Attendance(models.Model):
    """Who comes: one row for an individual visit, several for a couple, many for a group.

    `contact_*` and `risk_*` are machine columns: written by `record_contacts` and `record_risk`, they raise only
    ProviderDay, never `edition`. `cancelled_at` and the reason are set for somebody who cancelled while others still
    came; whoever went with the whole visit has them on the visit.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="attendances")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="attendances")
    state = models.CharField(max_length=9, choices=AttendanceState.choices, default=AttendanceState.EXPECTED)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by_kind = models.CharField(
        max_length=8, blank=True, choices=[(k.value, k.value) for k in ActorKind]
    )
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    confirmed_how = models.CharField(max_length=6, choices=ConfirmedHow.choices, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    is_late = models.BooleanField(default=False, db_default=False, help_text="Came after the beginning.")
    note = models.CharField(max_length=200, blank=True, default="", db_default="")
    marked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mark that stands was made on the sheet."
    )
    late_cancelled = models.BooleanField(default=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=22, choices=CancelReason.choices, blank=True, db_default="")
    cancel_text = models.CharField(max_length=300, blank=True, db_default="")
    is_confidential = models.BooleanField(default=False, help_text="Contacts are told nothing of this visit.")
    contact_state = models.CharField(max_length=9, choices=ContactState.choices, default=ContactState.NONE)
    contact_count = models.PositiveSmallIntegerField(default=0)
    authorization = models.ForeignKey(
        Authorization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendances",
    )
    authorization_used = models.BooleanField(default=False)
    risk_score = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    risk_level = models.CharField(max_length=6, blank=True)
    risk_factors = models.JSONField(default=list, blank=True)
    risk_at = models.DateTimeField(null=True, blank=True)
    risk_version = models.CharField(max_length=20, blank=True)
    edition = models.PositiveIntegerField(default=1)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["appointment", "client"],
                name="scheduling_attendance_once",
                violation_error_message="This client is already on this visit.",
            ),
            models.CheckConstraint(
                name="scheduling_attendance_confirmed_paired",
                condition=Q(confirmed_at__isnull=True, confirmed_by_kind="", confirmed_how="")
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_by_kind="") & ~Q(confirmed_how=""),
            ),
            models.CheckConstraint(
                name="scheduling_attendance_late_is_cancelled",
                condition=Q(late_cancelled=False) | Q(state=AttendanceState.CANCELLED),
            ),
            models.CheckConstraint(
                name="scheduling_attendance_late_has_come",
                condition=Q(is_late=False) | Q(arrived_at__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_attendance_cancel_paired",
                condition=Q(cancelled_at__isnull=True, cancel_reason="", cancel_text="")
                | Q(cancelled_at__isnull=False, state=AttendanceState.CANCELLED) & ~Q(cancel_reason=""),
            ),
            models.CheckConstraint(
                name="scheduling_attendance_risk_range",
                condition=Q(risk_score__isnull=True) | Q(risk_score__gte=0, risk_score__lte=1),
            ),
            models.CheckConstraint(
                name="scheduling_attendance_authorization_used",
                condition=Q(authorization_used=False) | Q(authorization__isnull=False),
            ),
        ]

    AUDIT_TEXTS: ClassVar = ("cancel_text", "note")
    AUDIT_COUNTERS: ClassVar = ("edition",)

    def __str__(self) -> str:
        return f"attendance {self.pk}"
