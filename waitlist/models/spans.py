import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from practice.models import Change, Location, Provider, Room
from practice.states import Modality
from scheduling.models import Appointment
from waitlist.querysets import SpanQuerySet
from waitlist.states import SpanState


class FreedSpan(models.Model):
    """Time of a provider that somebody gave back, to be offered. Nobody acts on it before `not_before`, the end of the
    undo window. `look_at` is when there is next something to do about it: match, or end an offer.

    One row may serve several short visits, and goes on after a hold that ran out.

    With `seats` it is no time at all but one place in what meets again and again, as `scheduling.seats` has it; the
    span is then that of the next session, which is `appointment`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="freed_spans")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    modality = models.CharField(
        max_length=12, choices=Modality.choices, blank=True, help_text="As it was; empty for any."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    why = models.CharField(max_length=12)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    seats = models.UUIDField(
        null=True, blank=True, help_text="Whose place it is; known to who keeps the places."
    )
    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="freed_spans"
    )
    not_before = models.DateTimeField()
    look_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=SpanState.choices, default=SpanState.OPEN)
    closed_by_change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True, blank=True, help_text="When it was first looked at.")
    filled_at = models.DateTimeField(null=True, blank=True)

    objects = SpanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["starts_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["look_at"], name="waitlist_span_look", condition=Q(state=SpanState.OPEN)),
            models.Index(fields=["provider", "starts_at"], name="waitlist_span_provider"),
            models.Index(
                fields=["seats"],
                name="waitlist_span_seats",
                condition=Q(state=SpanState.OPEN, seats__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="waitlist_span_in_order", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="waitlist_span_open_is_looked_at",
                condition=~Q(state=SpanState.OPEN) | Q(look_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"freed span {self.pk}"
