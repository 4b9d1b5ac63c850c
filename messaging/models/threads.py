import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.encrypted import EncryptedTextField
from messaging.models.outbox import Message
from messaging.querysets import ThreadQuerySet
from practice.models import User


class Thread(models.Model):
    """The talk with one number, as staff see it. `waiting_since`: the oldest text nobody has answered yet.

    `version` rises with whatever an open page would show anew.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    address = models.CharField(max_length=254, unique=True)
    last_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="threads"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["waiting_since"],
                name="messaging_thread_waiting",
                condition=Q(waiting_since__isnull=False),
            ),
            models.Index(fields=["-last_at"], name="messaging_thread_latest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="messaging_thread_closed_waits_for_nobody",
                condition=Q(closed_at__isnull=True) | Q(waiting_since__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"thread {self.pk}"

    @property
    def is_unread(self) -> bool:
        return self.waiting_since is not None and (self.read_at is None or self.read_at < self.last_at)


class StaffReply(models.Model):
    """What somebody of the practice wrote to a number; the message that carries it says what became of it."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="replies")
    text = EncryptedTextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    message = models.OneToOneField(
        Message, on_delete=models.PROTECT, null=True, blank=True, related_name="staff_reply"
    )

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"staff reply {self.pk}"
