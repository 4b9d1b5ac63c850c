"""The news groups listens to."""

from typing import Any

from django.dispatch import receiver

from groups.operations import undoing
from practice.models import Change
from scheduling.signals import change_undone


@receiver(change_undone)
def take_back(undone: Change, **_: Any) -> None:
    undoing.take_back(undone)
