"""Undo: what a change planned is deleted, what it closed is planned again."""

from django.db.models import F

from messaging.operations import outbox
from messaging.operations.outbox import AlreadyOnItsWay
from practice.models import Change
from reminders.models import Notice, Reminder
from reminders.operations.contact import record_badges
from reminders.states import ReminderState
from scheduling.models import Attendance


def take_back(change: Change) -> None:
    """Raises AlreadyOnItsWay when a message about it may have left the house."""
    planned = list(Reminder.objects.select_for_update().filter(change=change).order_by("pk"))
    if any(row.state == ReminderState.SENT for row in planned):
        raise AlreadyOnItsWay("A message about this has already gone out. Make a new change instead.")
    outbox.withdraw(change)
    told = _take_back_notices(change)
    Reminder.objects.filter(pk__in=[row.pk for row in planned]).delete()
    closed = Reminder.objects.filter(closed_by_change=change)
    ids = told | {row.attendance_id for row in planned} | set(closed.values_list("attendance_id", flat=True))
    closed.update(state=ReminderState.PLANNED, closed_by_change=None, reason="")
    # Where scheduling restores nothing (an act on messages alone, a visit in doubt), nobody else looks at the badges.
    if ids:
        record_badges(Attendance.objects.filter(pk__in=ids).select_related("appointment"))


def _take_back_notices(change: Change) -> set[int]:
    """Whom they would have told: the attendances."""
    notices = Notice.objects.filter(change=change)
    told = {
        entry["attendance"] for entries in notices.values_list("attendances", flat=True) for entry in entries
    }
    notices.delete()
    return told


def tidy_after(attendance_ids: list[int]) -> None:
    """Rows planned meanwhile for an occurrence that is no more (a consent came in), and the badges."""
    people = Attendance.objects.filter(pk__in=attendance_ids).select_related("appointment")
    Reminder.objects.filter(
        attendance__in=attendance_ids, change=None, occurrence__gt=F("attendance__appointment__occurrence")
    ).exclude(state=ReminderState.SENT).delete()
    record_badges(people)
