from typing import ClassVar, cast

from django.db import models
from django.db.models import Q

from core.encrypted import EncryptedJSONField, EncryptedTextField
from practice.models import Client


class ProviderEvent(models.Model):
    """A carrier's callback as it came, stored once before anything is thought about it."""

    provider = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    dedupe_key = models.CharField(max_length=150)
    token = models.UUIDField(null=True, blank=True, help_text="The attempt named in the callback's path.")
    body = EncryptedJSONField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "dedupe_key"], name="messaging_providerevent_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"],
                name="messaging_event_unprocessed",
                condition=Q(processed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.pk}"

    @property
    def fields(self) -> dict[str, str]:
        return cast("dict[str, str]", self.body)


class InboundMessage(models.Model):
    """What a client wrote to us. `question` is the message it answers, if one open question could be told."""

    event = models.OneToOneField(ProviderEvent, on_delete=models.PROTECT, related_name="inbound")
    from_address = models.CharField(max_length=254, db_index=True)
    to_address = models.CharField(max_length=254)
    text = EncryptedTextField(blank=True)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, blank=True, related_name="inbound"
    )
    question = models.ForeignKey(
        "messaging.Message", on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    effect = models.CharField(max_length=30, blank=True, help_text="What it was understood to mean.")
    received_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["received_at", "id"]

    def __str__(self) -> str:
        return f"inbound {self.pk}"
