import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.actors import ActorKind
from core.encrypted import EncryptedJSONField
from practice.querysets import AuditQuerySet

ACTORS = [(kind.value, kind.value) for kind in ActorKind]


class Change(models.Model):
    """One act by somebody, single or bulk: its idempotency key, and what Undo needs.

    `id` comes from the form, so a second press of the button is the same change. `texts` holds former free
    text, which the audit trail may not; a sweep empties it after the undo window.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor_kind = models.CharField(max_length=8, choices=ACTORS)
    actor_id = models.BigIntegerField(null=True, blank=True)
    act = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    result = models.JSONField(default=dict)
    via = models.CharField(max_length=12)
    at = models.DateTimeField()
    undo_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    texts = EncryptedJSONField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["actor_kind", "actor_id", "-at"], name="practice_change_by")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="practice_change_window", condition=Q(undo_until__gte=F("at")))
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.id}"


class AuditEntry(models.Model):
    """Who did or viewed what, when, from where. Append-only by a trigger; ids and scheduling facts only."""

    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8, choices=ACTORS)
    actor_id = models.BigIntegerField(null=True, blank=True)
    act = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    via = models.CharField(max_length=12, db_column="from_where")

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["subject_kind", "subject_id", "at"],
                name="practice_audit_subject",
            ),
            models.Index(fields=["at"], name="practice_audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_kind} {self.subject_id}"
