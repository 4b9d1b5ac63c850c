import uuid

from django.db import models

from practice.models.places import zone_field


class Series(models.Model):
    """A repeating visit. `rule` is an RFC 5545 RRULE on wall-clock time in `zone`; the visits are Appointments."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rule = models.CharField(max_length=200)
    starts_on = models.DateField()
    local_time = models.TimeField()
    zone = zone_field()

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return f"{self.rule} from {self.starts_on}"
