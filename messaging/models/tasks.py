from typing import ClassVar

from django.db import models
from django.db.models import Q

from messaging.models.inbound import InboundMessage
from messaging.models.outbox import Message
from messaging.querysets import StaffTaskQuerySet
from messaging.states import TaskKind
from practice.models import Change, Client, User


class StaffTask(models.Model):
    """Something a person has to do because a machine could not."""

    kind = models.CharField(max_length=20, choices=TaskKind.choices)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    inbound = models.ForeignKey(
        InboundMessage, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    change = models.ForeignKey(Change, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    not_before = models.DateTimeField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = StaffTaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="messaging_task_done_paired",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
