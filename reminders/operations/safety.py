"""What a missed or late visit asks of people: a call to rebook, and for some a call before anything is closed.

Tasks of a staff act wait out its undo window, and vanish with it.
"""

import datetime as dt
from collections.abc import Collection

from messaging.models import StaffTask
from messaging.operations.alarms import raise_alert, raise_crisis
from messaging.operations.tasks import raise_task
from messaging.rules.replies import speaks_of_danger
from messaging.states import Alert, TaskKind
from practice.models import AuditEntry, Change, Client
from scheduling.models import Appointment, Attendance


def did_not_come(person: Attendance, *, change: Change, now: dt.datetime) -> None:
    """Every time: somebody calls and offers another visit."""
    start = max(now, change.undo_until or now)
    raise_task(TaskKind.OUTREACH, now=now, client_id=person.client_id, change=change, not_before=start)
    _call_first({person.client_id}, change=change, start=start, now=now)


def came_after_all(person: Attendance) -> None:
    """Marked absent by mistake: nobody needs to call."""
    lines = AuditEntry.objects.filter(
        act="attendance.absent", subject_kind="attendance", subject_id=person.pk
    )
    tasks = StaffTask.objects.filter(
        client=person.client_id,
        change__in=lines.values("change"),
        kind__in=(TaskKind.OUTREACH, TaskKind.SAFETY_CALL),
        done_at__isnull=True,
    )
    tasks.delete()


def cancelled(visit: Appointment, *, change: Change, now: dt.datetime) -> None:
    """A late cancellation of somebody to be called first; and what a client wrote with it is read for danger."""
    late(
        set(visit.attendances.filter(late_cancelled=True).values_list("client_id", flat=True)),
        change=change,
        now=now,
    )
    people = set(visit.attendances.values_list("client_id", flat=True))
    if visit.cancelled_by_kind in ("client", "contact") and speaks_of_danger(visit.cancel_text):
        raise_crisis(None, clients=people, change=change, now=now)


def late(client_ids: Collection[int], *, change: Change, now: dt.datetime) -> None:
    """One task per act and client, whether one of several left or the whole visit ended."""
    _call_first(client_ids, change=change, start=max(now, change.undo_until or now), now=now)


def _call_first(client_ids: Collection[int], *, change: Change, start: dt.datetime, now: dt.datetime) -> None:
    flagged = Client.objects.filter(pk__in=client_ids, call_before_closing=True).order_by("pk")
    for pk in flagged.values_list("pk", flat=True):
        raise_alert(
            Alert.SAFETY, TaskKind.SAFETY_CALL, client_id=pk, change=change, not_before=start, now=now
        )


def take_back(undone: Change) -> None:
    """Undo within its window: nothing has rung yet."""
    StaffTask.objects.filter(change=undone, done_at__isnull=True).delete()
