from typing import ClassVar

from django.db import models

from practice.models import Provider


class ProviderDay(models.Model):
    """A counter per provider and practice-local date, raised inside every operation that touches that day.

    It is the live-refresh version (a poll compares the sum over what it shows) and the lock for daily caps.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    on = models.DateField()
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "on"],
                nulls_distinct=False,
                name="scheduling_providerday_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.on}: {self.n}"
