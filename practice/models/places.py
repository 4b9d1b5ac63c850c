import datetime as dt
import zoneinfo
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from phonenumber_field.modelfields import PhoneNumberField

from practice.rules.contacts import Ages
from practice.states import AbsencePolicy, TelehealthPlace

CRISIS_TEXT = "If you are in danger call 911. To talk to somebody now, call or text 988."
CRISIS_TEXT_ES = "Si corre peligro, llame al 911. Para hablar con alguien ahora, llame o escriba al 988."


def validate_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Write a time zone like America/New_York.")


def zone_field(**options) -> models.CharField:
    return models.CharField(max_length=64, validators=[validate_zone], **options)


def by_video() -> list[str]:
    return ["95"]


def by_phone() -> list[str]:
    return ["93"]


class Practice(models.Model):
    """One row: the practice itself."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=120)
    sender_name = models.CharField(
        max_length=40, help_text="How messages name the practice. Keep it discreet."
    )
    phone = PhoneNumberField(blank=True)
    zone = zone_field(default="America/New_York")
    clock_24h = models.BooleanField(default=False)
    week_starts_on = models.PositiveSmallIntegerField(
        default=6, validators=[MaxValueValidator(6)], help_text="0 Monday to 6 Sunday."
    )
    opens_at = models.TimeField(default=dt.time(8))
    closes_at = models.TimeField(default=dt.time(19))
    grid_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(60)],
        help_text="Visits start on this grid.",
    )
    horizon_days = models.PositiveSmallIntegerField(default=90)
    minimum_notice_minutes = models.PositiveIntegerField(default=120)
    keep_apart_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MaxValueValidator(240)],
        help_text="How long before and after a visit somebody may be in the waiting room, for clients kept apart.",
    )
    cancellation_notice_hours = models.PositiveSmallIntegerField(default=24)
    late_cancel_fee = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    no_show_fee = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    absent_members = models.CharField(
        "absent members of a group owe",
        max_length=7,
        choices=AbsencePolicy.choices,
        default=AbsencePolicy.FEE,
    )
    payers_without_fees = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Insurers that forbid asking their members for fees.",
    )
    telehealth_place = models.CharField(
        "place of service by video or phone",
        max_length=2,
        choices=TelehealthPlace.choices,
        default=TelehealthPlace.HOME,
    )
    # Source of both defaults: AMA, CPT Appendix A, synchronous telemedicine with picture, and with sound only.
    telehealth_modifiers = ArrayField(models.CharField(max_length=4), default=by_video, blank=True)
    phone_modifiers = ArrayField(models.CharField(max_length=4), default=by_phone, blank=True)
    sends_calendar_files = models.BooleanField(
        "calendar files in email", default=True, help_text="Invitations that update and cancel themselves."
    )
    call_recording_url = models.URLField(
        "recording for calls", blank=True, help_text="Played before the words of a call; an mp3 or wav file."
    )
    crisis_text = models.CharField(max_length=300, default=CRISIS_TEXT)
    crisis_text_es = models.CharField(
        "crisis text in Spanish", max_length=300, blank=True, default=CRISIS_TEXT_ES
    )
    window_opens_at = models.TimeField(default=dt.time(9), help_text="Reminders go out from this time on.")
    window_closes_at = models.TimeField(default=dt.time(20), help_text="Reminders go out until this time.")
    window_weekends = models.BooleanField(
        "reminders at weekends", default=False, help_text="Reminders go out on Saturday and Sunday too."
    )

    child_told_from = models.PositiveSmallIntegerField(
        default=12,
        validators=[MaxValueValidator(18)],
        help_text="Below this age guardians are told for a child, where there are any.",
    )
    age_of_consent = models.PositiveSmallIntegerField(
        default=18,
        validators=[MinValueValidator(10), MaxValueValidator(21)],
        help_text="From this birthday on a client decides alone who else is told. It differs by state.",
    )

    class Meta:
        verbose_name_plural = "practice"
        constraints: ClassVar = [
            models.CheckConstraint(name="practice_practice_one_row", condition=models.Q(id=1)),
            models.CheckConstraint(
                name="practice_practice_hours_in_order",
                condition=models.Q(opens_at__lt=models.F("closes_at")),
            ),
            models.CheckConstraint(
                name="practice_practice_week_start",
                condition=models.Q(week_starts_on__lte=6),
            ),
            models.CheckConstraint(
                name="practice_practice_grid",
                condition=models.Q(grid_minutes__gte=5, grid_minutes__lte=60),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)

    @property
    def ages(self) -> Ages:
        return Ages(told_from=self.child_told_from, decides_from=self.age_of_consent)


class Location(models.Model):
    name = models.CharField(max_length=80, unique=True)
    address = models.CharField(max_length=200, blank=True)
    phone = PhoneNumberField(blank=True)
    zone = zone_field(blank=True, help_text="Empty for the practice's own.")
    opens_at = models.TimeField(null=True, blank=True)
    closes_at = models.TimeField(null=True, blank=True)
    is_telehealth = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="practice_location_hours_paired",
                condition=models.Q(opens_at__isnull=True, closes_at__isnull=True)
                | models.Q(opens_at__lt=models.F("closes_at")),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)
    capacity = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1)])
    equipment = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_accessible = models.BooleanField(default=True)
    cleaning_minutes = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["location__name", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["location", "name"], name="practice_room_name_once"),
            models.CheckConstraint(name="practice_room_capacity", condition=models.Q(capacity__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class RoomOutage(models.Model):
    """A time a room cannot be used: painters, a broken lock."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="outages")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar = ["starts_at"]
        indexes: ClassVar = [models.Index(fields=["room", "ends_at"], name="practice_outage_room")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="practice_outage_in_order", condition=models.Q(starts_at__lt=models.F("ends_at"))
            )
        ]

    AUDIT_TEXTS: ClassVar = ("reason",)

    def __str__(self) -> str:
        return f"{self.room_id} {self.starts_at}"
