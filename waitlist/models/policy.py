from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from scheduling.models import AppointmentType


class WaitlistPolicy(models.Model):
    """One row: how the list works. Without it, these defaults hold."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    is_on = models.BooleanField(
        "offer by itself", default=True, help_text="Off: freed times are listed and staff offer by hand."
    )
    threshold = models.PositiveSmallIntegerField(
        default=600,
        validators=[MaxValueValidator(1000)],
        help_text="In thousandths; who scores less is not asked.",
    )
    week_cap = models.PositiveSmallIntegerField(
        default=3, help_text="Offers to one client in seven days; 0 for no limit."
    )
    wave_most = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text="Asked at once at most.",
    )
    cool_hours = models.PositiveSmallIntegerField(
        default=48, help_text="After a no nothing is offered for so long; after silence for half of it."
    )
    short_notice_hours = models.PositiveSmallIntegerField(
        default=24, help_text="Times sooner than this are offered only to who can come at short notice."
    )
    edition = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "waitlist policy"
        constraints: ClassVar = [
            models.CheckConstraint(name="waitlist_policy_one_row", condition=Q(id=1)),
            models.CheckConstraint(name="waitlist_policy_threshold", condition=Q(threshold__lte=1000)),
        ]

    def __str__(self) -> str:
        return "waitlist policy"


class UsefulLength(models.Model):
    """The shortest a visit of this type is still of use, where that is less than its full length."""

    type = models.OneToOneField(AppointmentType, on_delete=models.CASCADE, primary_key=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(5)])

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="waitlist_usefullength_minutes", condition=Q(minutes__gte=5))
        ]

    def __str__(self) -> str:
        return f"{self.type_id}: {self.minutes}"
