import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from groups.querysets import GroupQuerySet
from groups.states import BillingMode, GroupState, Kind, Often, SheetNames
from practice.models import Location, Provider, Room
from practice.states import Modality
from scheduling.models import AppointmentType, Series

WEEKDAYS = [
    (n, name)
    for n, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
]
WHICH = [(1, "first"), (2, "second"), (3, "third"), (4, "fourth"), (-1, "last")]
MOST_SEATS = 60


class Group(models.Model):
    """A group and how it means to meet. Its sessions are Appointments, linked by `Meeting`.

    weekday: 0 Monday. nth: which of the month, for a monthly group. `series` is the rule its sessions follow, from the
    first time some were planned. The number of seats is held by `Membership.seat` and a trigger.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.THERAPY)
    facilitator = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="groups_led")
    co_facilitator = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="groups_co_led"
    )
    type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="groups")
    capacity = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(2), MaxValueValidator(MOST_SEATS)]
    )
    is_open = models.BooleanField(default=True, help_text="New members may join once it has begun.")
    is_drop_in = models.BooleanField(default=False, help_text="Clients may come without being enrolled.")
    needs_screening = models.BooleanField(default=True)
    modality = models.CharField(max_length=12, choices=Modality.choices, default=Modality.IN_PERSON)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="groups")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="groups"
    )
    often = models.CharField(max_length=11, choices=Often.choices, default=Often.WEEKLY)
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS, default=0)
    nth = models.SmallIntegerField(choices=WHICH, default=1)
    at = models.TimeField()
    minutes = models.PositiveSmallIntegerField(
        default=90, validators=[MinValueValidator(5), MaxValueValidator(12 * 60)]
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    billing_mode = models.CharField(
        max_length=14, choices=BillingMode.choices, default=BillingMode.PER_MEMBER
    )
    rate = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    sheet_names = models.CharField(
        max_length=13, choices=SheetNames.choices, default=SheetNames.FIRST_AND_INITIAL
    )
    state = models.CharField(max_length=8, choices=GroupState.choices, default=GroupState.ACTIVE)
    series = models.ForeignKey(
        Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="groups"
    )
    edition = models.PositiveIntegerField(default=1)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"),
                condition=~Q(state=GroupState.ARCHIVED),
                name="groups_group_name_once",
                violation_error_message="There is already a group with this name.",
            ),
            models.CheckConstraint(
                name="groups_group_two_facilitators",
                condition=Q(co_facilitator__isnull=True) | ~Q(co_facilitator=F("facilitator")),
            ),
            models.CheckConstraint(
                name="groups_group_capacity",
                condition=Q(capacity__gte=2, capacity__lte=MOST_SEATS),
            ),
            models.CheckConstraint(
                name="groups_group_dates_in_order",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(name="groups_group_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(name="groups_group_nth", condition=Q(nth__in=[n for n, _ in WHICH])),
        ]

    AUDIT_TEXTS: ClassVar = ("name", "description")
    AUDIT_COUNTERS: ClassVar = ("edition",)

    def __str__(self) -> str:
        return self.name

    @property
    def leaders(self) -> tuple[int, ...]:
        return tuple(pk for pk in (self.facilitator_id, self.co_facilitator_id) if pk is not None)

    @property
    def capacity_said(self) -> str:
        return str(self.capacity)
