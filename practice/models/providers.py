import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from practice.models.places import Location, zone_field
from practice.querysets import ProviderQuerySet
from practice.states import Hue


def _words(max_length: int = 60) -> ArrayField:
    return ArrayField(models.CharField(max_length=max_length), default=list, blank=True)


class Provider(models.Model):
    """A therapist or prescriber. Templates may also say clinician."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    record_number = models.CharField(
        max_length=40,
        blank=True,
        db_default="",
        default="",
        help_text="Number in another system, for imports.",
    )
    title = models.CharField(max_length=20, blank=True, help_text="Dr., Prof. …")
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    credentials = models.CharField(max_length=60, blank=True, help_text="Psychologist, LCSW, LMFT …")
    gender = models.CharField(max_length=30, blank=True)
    specialties = _words()
    languages = _words(20)
    licensed_regions = _words(20)
    insurances = _words()
    locations = models.ManyToManyField(Location, blank=True, related_name="providers")
    telehealth_link = models.URLField(blank=True)
    supervisor = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="supervisees",
    )
    supervision_required = models.BooleanField(default=False)
    accepts_new_clients = models.BooleanField(default=True)
    max_per_day = models.PositiveSmallIntegerField(null=True, blank=True)
    max_per_week = models.PositiveSmallIntegerField(null=True, blank=True)
    hue = models.CharField(max_length=10, choices=Hue.choices, default=Hue.TEAL)
    zone = zone_field(blank=True, help_text="Empty for the practice's own.")
    is_active = models.BooleanField(default=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["last_name", "first_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record_number"],
                condition=~models.Q(record_number=""),
                name="practice_provider_record_number_once",
            ),
            models.CheckConstraint(
                name="practice_provider_not_own_supervisor",
                condition=models.Q(supervisor__isnull=True) | ~models.Q(supervisor=models.F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)

    @property
    def initials(self) -> str:
        return f"{self.first_name[:1]}{self.last_name[:1]}".upper()
