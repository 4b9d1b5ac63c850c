from typing import ClassVar

from django.db import models

from groups.models.groups import Group
from groups.states import Flag
from scheduling.models import Appointment


class Meeting(models.Model):
    """Which group an appointment is a session of. Everything about the time itself is the appointment's."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="meetings")
    appointment = models.OneToOneField(Appointment, on_delete=models.CASCADE, related_name="meeting")
    flag = models.CharField(max_length=20, choices=Flag.choices, blank=True)
    edition = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["appointment__starts_at", "id"]

    AUDIT_COUNTERS: ClassVar = ("edition",)

    def __str__(self) -> str:
        return f"meeting {self.pk}"
