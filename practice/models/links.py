from typing import ClassVar

from django.db import models
from django.db.models import Q

from practice.models.clients import Client, ClientContact
from practice.states import Channel, LinkPurpose


class Link(models.Model):
    """What one link we gave somebody opens. The token itself is kept nowhere, only its hash.

    `subject` is opaque here: an Attendance, a Message, as `purpose` says. `channel` is how the link went out.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, choices=LinkPurpose.choices)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="links")
    contact = models.ForeignKey(
        ClientContact, on_delete=models.CASCADE, null=True, blank=True, related_name="links"
    )
    subject = models.BigIntegerField()
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["purpose", "subject"], name="practice_link_subject"),
            models.Index(fields=["expires_at"], name="practice_link_expires"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="practice_link_expires_later", condition=Q(expires_at__gt=models.F("created_at"))
            )
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
