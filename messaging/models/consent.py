from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.actors import ActorKind
from messaging.states import ConsentSource
from practice.models import Client, ClientContact
from practice.states import Channel


class Consent(models.Model):
    """One line of the consent history; the newest per (client, contact, channel, address) holds.

    Electronic contact is off until a line with `granted` exists.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="consents")
    contact = models.ForeignKey(
        ClientContact, on_delete=models.CASCADE, null=True, blank=True, related_name="consents"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    granted = models.BooleanField()
    wording = models.CharField(max_length=300)
    source = models.CharField(max_length=8, choices=ConsentSource.choices)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in ActorKind])
    by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["client", "contact", "channel", "address", "-at"], name="messaging_consent_newest"
            )
        ]

    def __str__(self) -> str:
        return f"{'yes' if self.granted else 'no'} to {self.channel}"


class Suppression(models.Model):
    """An address nothing may be sent to on a channel, whoever shares it. Lifted, never deleted."""

    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=30)
    evidence = models.CharField(max_length=80, blank=True, help_text="The carrier's id of what proves it.")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "address"],
                condition=Q(lifted_at__isnull=True),
                name="messaging_suppression_one_live",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"
