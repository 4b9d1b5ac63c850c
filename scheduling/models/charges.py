from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from practice.models import Authorization, Change, Provider, User
from scheduling.models.appointments import Appointment
from scheduling.models.attendances import Attendance
from scheduling.querysets import ChargeQuerySet
from scheduling.states import FEES, Against, ChargeKind, Decision, Missing

STANDING = Q(reversed_at__isnull=True, reverses__isnull=True)


def _codes(choices: type[models.TextChoices], max_length: int = 14) -> ArrayField:
    return ArrayField(
        models.CharField(max_length=max_length, choices=choices.choices), default=list, blank=True
    )


class Charge(models.Model):
    """What one person, or one meeting, is charged. Never edited: a correction reverses it and makes a new one.

    A trigger keeps every column but those about what became of it: decision, reversal, export. A reversal carries
    its original's columns with negative units; it goes to the payer (`is_credit`) only where the original did.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=15, choices=ChargeKind.choices)
    attendance = models.ForeignKey(
        Attendance, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    supervising_provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="supervised_charges"
    )
    served_on = models.DateField(help_text="By the practice's calendar.")
    minutes = models.PositiveSmallIntegerField()
    cpt_code = models.CharField("CPT code", max_length=10, blank=True)
    modifiers = ArrayField(models.CharField(max_length=4), default=list, blank=True)
    units = models.SmallIntegerField(default=1)
    place_of_service = models.CharField(max_length=2, blank=True)
    rate_cents = models.PositiveIntegerField(null=True, blank=True)
    amount_cents = models.GeneratedField(
        expression=F("rate_cents") * F("units"), output_field=models.IntegerField(), db_persist=True
    )
    authorization = models.ForeignKey(
        Authorization, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    expected_copay_cents = models.PositiveIntegerField(null=True, blank=True)
    missing = _codes(Missing)
    against = _codes(Against)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    is_credit = models.BooleanField(default=False)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="charges")
    not_before = models.DateTimeField(help_text="Nobody acts on it before Undo is over.")

    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="decided_charges"
    )
    reason = models.CharField(max_length=300, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)
    closed_by_change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="closed_charges"
    )
    exported_at = models.DateTimeField(null=True, blank=True)
    exported_by_change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="exported_charges"
    )
    edition = models.PositiveIntegerField(default=1)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["served_on", "id"]
        indexes: ClassVar = [
            models.Index(fields=["served_on", "id"], name="scheduling_charge_on"),
            models.Index(
                fields=["served_on", "id"],
                name="scheduling_charge_open",
                condition=Q(exported_at__isnull=True, reversed_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="scheduling_charge_attendance_or_meeting",
                condition=Q(attendance__isnull=False, appointment__isnull=True)
                | Q(attendance__isnull=True, appointment__isnull=False),
                violation_error_message="A charge is for one person or for one meeting.",
            ),
            models.UniqueConstraint(
                fields=["attendance", "kind"],
                condition=STANDING & Q(attendance__isnull=False),
                name="scheduling_charge_once_a_person",
                violation_error_message="This was charged already.",
            ),
            models.UniqueConstraint(
                fields=["appointment", "kind"],
                condition=STANDING & Q(appointment__isnull=False),
                name="scheduling_charge_once_a_meeting",
                violation_error_message="This was charged already.",
            ),
            models.CheckConstraint(
                name="scheduling_charge_reversal_is_negative",
                condition=Q(reverses__isnull=True, units__gte=1, is_credit=False)
                | Q(reverses__isnull=False, units__lte=-1),
            ),
            models.CheckConstraint(
                name="scheduling_charge_reversal_stands",
                condition=Q(reverses__isnull=True) | Q(reversed_at__isnull=True),
                violation_error_message="A reversal is not reversed.",
            ),
            models.CheckConstraint(
                name="scheduling_charge_reversed_paired",
                condition=Q(reversed_at__isnull=True, closed_by_change__isnull=True)
                | Q(reversed_at__isnull=False, closed_by_change__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_charge_exported_paired",
                condition=Q(exported_at__isnull=True, exported_by_change__isnull=True)
                | Q(exported_at__isnull=False, exported_by_change__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_charge_decided_paired",
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_charge_only_fees_are_decided",
                condition=Q(decision="") | Q(kind__in=FEES),
            ),
            models.CheckConstraint(
                name="scheduling_charge_waived_has_reason",
                condition=~Q(decision=Decision.WAIVED) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="scheduling_charge_exported_is_ready",
                condition=Q(exported_at__isnull=True)
                | Q(missing=[]) & (Q(kind=ChargeKind.SERVICE) | Q(decision=Decision.APPROVED)),
                violation_error_message="Only a charge that is complete and decided is exported.",
            ),
        ]

    AUDIT_TEXTS: ClassVar = ("reason",)
    AUDIT_COUNTERS: ClassVar = ("edition",)
    # What the trigger lets change: what became of it, never what it says.
    MAY_CHANGE: ClassVar = (
        "decision",
        "decided_at",
        "decided_by_id",
        "reason",
        "reversed_at",
        "closed_by_change_id",
        "exported_at",
        "exported_by_change_id",
        "edition",
    )

    def __str__(self) -> str:
        return f"charge {self.pk}"
