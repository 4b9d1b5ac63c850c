from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from practice.models import Provider
from practice.states import Hue, Modality
from scheduling.states import Category


def _modalities() -> list[str]:
    return [Modality.IN_PERSON]


class AppointmentType(models.Model):
    """What a visit is: its length, buffers, price and look. Archived once used, deleted only if never used."""

    name = models.CharField(max_length=60)
    category = models.CharField(max_length=15, choices=Category.choices, default=Category.INDIVIDUAL)
    description = models.CharField(max_length=300, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        default=50, validators=[MinValueValidator(5), MaxValueValidator(12 * 60)]
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(120)])
    buffer_after_minutes = models.PositiveSmallIntegerField(default=15, validators=[MaxValueValidator(120)])
    is_billable = models.BooleanField(default=True)
    requires_authorization = models.BooleanField(default=False)
    requires_supervisor = models.BooleanField(default=False)
    max_per_day_provider = models.PositiveSmallIntegerField(null=True, blank=True)
    max_per_day_practice = models.PositiveSmallIntegerField(null=True, blank=True)
    cpt_code = models.CharField("CPT code", max_length=10, blank=True)
    codes_by_minutes = models.JSONField(
        "CPT codes by minutes",
        default=list,
        blank=True,
        help_text="Pairs of the least minutes and the code, ascending; where it says something, it goes first.",
    )
    modifiers = ArrayField(models.CharField(max_length=4), default=list, blank=True)
    rate = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    hue = models.CharField(max_length=10, choices=Hue.choices, default=Hue.TEAL)
    icon = models.CharField(max_length=30, default="user-round", help_text="Name of a Lucide icon.")
    modalities = ArrayField(models.CharField(max_length=12, choices=Modality.choices), default=_modalities)
    room_needs = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_interchangeable = models.BooleanField(
        "providers are interchangeable",
        default=False,
        help_text="Yes for medication and groups, no for psychotherapy.",
    )
    online_booking = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    edition = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["category", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"),
                name="scheduling_type_name_once",
                violation_error_message="There is already a type with this name.",
            ),
            models.CheckConstraint(
                name="scheduling_type_duration",
                condition=Q(duration_minutes__gte=5, duration_minutes__lte=720),
            ),
        ]

    AUDIT_TEXTS: ClassVar = ("description",)

    def __str__(self) -> str:
        return self.name


class TypeOffer(models.Model):
    """A provider offers a type, with an own duration or rate where different."""

    type = models.ForeignKey(AppointmentType, on_delete=models.CASCADE, related_name="offers")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="offers")
    duration_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(5)]
    )
    rate = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["type", "provider"], name="scheduling_typeoffer_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} offers {self.type_id}"
