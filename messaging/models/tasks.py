from typing import ClassVar

from django.db import models
from django.db.models import Q

from messaging.models.inbound import InboundMessage
from messaging.models.outbox import Message
from messaging.querysets import StaffTaskQuerySet
from messaging.states import Alert, TaskKind
from practice.models import Authorization, Change, Client, User


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
    authorization = models.ForeignKey(
        Authorization, on_delete=models.CASCADE, null=True, blank=True, related_name="tasks"
    )
    change = models.ForeignKey(Change, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    owner = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Whose it is."
    )
    alert = models.CharField(max_length=12, choices=Alert.choices, blank=True)
    rings_at = models.DateTimeField(
        null=True, blank=True, help_text="When staff are told again, until somebody says they are on it."
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    not_before = models.DateTimeField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = StaffTaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "authorization"], name="messaging_task_authorization_once"
            ),
            models.CheckConstraint(
                name="messaging_task_done_paired",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
            ),
            models.CheckConstraint(
                name="messaging_task_acknowledged_paired",
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rings_at"], name="messaging_task_rings", condition=Q(rings_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Alarm(models.Model):
    """One telling of one person of an urgent task: the plan of an email, as everything later is a row."""

    task = models.ForeignKey(StaffTask, on_delete=models.CASCADE, related_name="alarms")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="alarms")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"alarm {self.pk}"
