import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.encrypted import EncryptedBytesField, EncryptedTextField
from practice.models.changes import Change
from practice.models.users import User
from practice.states import RunState


class Run(models.Model):
    """Long work somebody asked for, such as an import: what it shall do, how far it is, what came of it.

    The file is ciphertext and is emptied once the run has ended. How far it is while it runs stands in the cache:
    the work itself is one transaction, so nothing it wrote here could be seen before its end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work = models.CharField(max_length=40, help_text="What is done, like import.clients.")
    state = models.CharField(max_length=9, choices=RunState.choices, default=RunState.UPLOADED)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="runs")
    file = EncryptedBytesField(null=True, blank=True)
    file_name = EncryptedTextField(blank=True)
    file_size = models.PositiveIntegerField(default=0)
    options = models.JSONField(default=dict, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="Lines in the file.")
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    results = models.JSONField(default=dict, blank=True)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                name="practice_run_open",
                condition=Q(state__in=[RunState.WAITING, RunState.RUNNING]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.work} {self.id}"
