import datetime as dt
import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.actors import ActorKind
from practice.models import Change, Client, Location, User
from practice.states import Modality
from scheduling.models import Appointment, AppointmentType, Attendance
from waitlist.querysets import EntryQuerySet
from waitlist.states import CloseReason, EntrySource, EntryState, Referral, Urgency


class WaitlistEntry(models.Model):
    """Somebody waiting for a visit of one type. A client may have several.

    With `attendance` they have a visit and would rather come earlier.
    Empty wishes mean anything will do. `priority` and what is under "turns" are machine columns: they raise no edition.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="waitlist_entries")
    type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="waitlist_entries")
    attendance = models.ForeignKey(
        Attendance,
        on_delete=models.CASCADE,  # only Undo deletes one, within the minute it was made in
        null=True,
        blank=True,
        related_name="waitlist_entries",
        help_text="The visit they would rather have earlier.",
    )
    provider_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        help_text="Whom they would see; empty for anybody.",
    )  # providers are never deleted, and ten thousand rows of an array are read faster than a table of pairs
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="0 Monday to 6 Sunday."
    )
    from_time = models.TimeField(null=True, blank=True)
    until_time = models.TimeField(null=True, blank=True)
    modality = models.CharField(max_length=12, choices=Modality.choices, blank=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    insurance = models.CharField(max_length=60, blank=True)
    minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    is_quick = models.BooleanField("can come at short notice", default=False)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.ROUTINE)
    referral = models.CharField(max_length=10, choices=Referral.choices, default=Referral.SELF)
    max_wait_days = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    notes = models.CharField(max_length=500, blank=True)
    auto_match = models.BooleanField("offered to by itself", default=True)
    source = models.CharField(max_length=6, choices=EntrySource.choices, default=EntrySource.STAFF)
    created_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True, help_text="The day after the last they would wait.")

    state = models.CharField(max_length=8, choices=EntryState.choices, default=EntryState.WAITING)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=18, choices=CloseReason.choices, blank=True)
    close_text = models.CharField(max_length=300, blank=True)
    closed_by_kind = models.CharField(
        max_length=8, blank=True, choices=[(k.value, k.value) for k in ActorKind]
    )
    closed_by_change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="closed_entries"
    )
    booked = models.ForeignKey(
        Appointment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    pinned_at = models.DateTimeField(null=True, blank=True)
    pinned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    edition = models.PositiveIntegerField(default=1)

    # turns
    priority = models.PositiveSmallIntegerField(default=0, help_text="In thousandths.")
    declines = models.PositiveSmallIntegerField(default=0)
    turn_at = models.DateTimeField(help_text="When they were last offered something, or joined.")
    cool_until = models.DateTimeField(null=True, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        ordering: ClassVar = ["-priority", "created_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["type", "-priority"],
                name="waitlist_entry_waiting",
                condition=Q(state=EntryState.WAITING),
            ),
            models.Index(
                fields=["closed_at"], name="waitlist_entry_closed", condition=~Q(state=EntryState.WAITING)
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="waitlist_entry_priority", condition=Q(priority__lte=1000)),
            models.CheckConstraint(
                name="waitlist_entry_hours_paired",
                condition=Q(from_time__isnull=True, until_time__isnull=True)
                | Q(from_time__lt=F("until_time")),
                violation_error_message="The hours end before they begin.",
            ),
            models.CheckConstraint(
                name="waitlist_entry_closed_paired",
                condition=Q(
                    state=EntryState.WAITING, closed_at__isnull=True, closed_by_kind="", close_reason=""
                )
                | ~Q(state=EntryState.WAITING) & Q(closed_at__isnull=False) & ~Q(closed_by_kind=""),
            ),
            models.CheckConstraint(
                name="waitlist_entry_pinned_paired",
                condition=Q(pinned_at__isnull=True, pinned_by__isnull=True)
                | Q(pinned_at__isnull=False, pinned_by__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["attendance"],
                condition=Q(state=EntryState.WAITING, attendance__isnull=False),
                name="waitlist_entry_one_per_visit",
                violation_error_message="This client is already waiting to move this visit up.",
            ),
        ]

    AUDIT_TEXTS: ClassVar = ("notes", "close_text")
    AUDIT_COUNTERS: ClassVar = ("edition",)

    def __str__(self) -> str:
        return f"waitlist entry {self.pk}"

    @property
    def is_move_up(self) -> bool:
        return self.attendance_id is not None

    def waited_days(self, now: dt.datetime) -> int:
        return max((now - self.created_at).days, 0)
