"""The news groups listens to."""

import datetime as dt
from typing import Any

from django.dispatch import receiver

from availability.signals import hours_changed
from groups.operations import flagging, undoing
from practice.models import Change
from scheduling.signals import change_undoing, change_undone


@receiver(change_undoing)
def lock_first(undone: Change, **_: Any) -> None:
    undoing.lock_groups(undone)


@receiver(change_undone)
def take_back(undone: Change, **_: Any) -> None:
    undoing.take_back(undone)


@receiver(hours_changed)
def flag_sessions(
    provider_ids: tuple[int, ...], first: dt.date, last: dt.date | None, now: dt.datetime, **_: Any
) -> None:
    flagging.look_at_absences(provider_ids, first, last, now)
