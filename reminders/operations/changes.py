"""What an act on a visit means for its plan. One message per person and change, whatever happens."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import F

from practice.models import Change
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import Reminder
from reminders.operations.contact import record_badges
from reminders.operations.notices import tell
from reminders.operations.planning import BATCH, of_visit, plan, supersede
from reminders.operations.promoting import NO_ADDRESS
from reminders.queries.reach import Key, reached
from reminders.states import NoticeKind, ReminderState
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState, AttendanceState
from scheduling.states import Notice as Told


def booked(visits: Iterable[Appointment], *, notice: str, change: Change, now: dt.datetime) -> None:
    visits = list(visits)
    # A hold that was confirmed has an edition, and perhaps a past; what was just made has none.
    are_new = all(visit.edition == 1 for visit in visits)
    told_by_another = _told_by_the_first(visits)
    greet = notice == Told.STANDARD
    plan(
        visits,
        change=change,
        now=now,
        greet=lambda key: greet and key[0] not in told_by_another,
        are_new=are_new,
    )


def _told_by_the_first(visits: Collection[Appointment]) -> set[int]:
    """Attendances of a series after its first visit: one confirmation at booking speaks for all, not ten."""
    in_order = sorted((visit for visit in visits if visit.series_id), key=lambda visit: visit.starts_at)
    first: dict[int | None, int] = {}
    later = [visit.pk for visit in in_order if first.setdefault(visit.series_id, visit.pk) != visit.pk]
    if not later:
        return set()
    return set(Attendance.objects.filter(appointment__in=later).values_list("pk", flat=True))


def moved(visit: Appointment, *, before: dict, notice: str, change: Change, now: dt.datetime) -> None:
    """Whoever has not had their confirmation yet gets it for the new time; everybody else a notice of the move.

    The confirmation the booking promised goes out even when nobody is to be told of the move.
    """
    if before["occurrence"] == visit.occurrence:
        return
    waiting = supersede(of_visit(visit), change=change)
    plan([visit], change=change, now=now, greet=lambda key: key in waiting)
    if notice == Told.STANDARD:
        _tell(visit, NoticeKind.MOVED, before=before, change=change, now=now, besides=waiting)


def cancelled(visit: Appointment, *, before: dict, notice: str, change: Change, now: dt.datetime) -> None:
    supersede(of_visit(visit), change=change)
    people = list(visit.attendances.select_related("client").order_by("pk"))
    if notice == Told.STANDARD:
        about = [person for person in people if person.state == AttendanceState.CANCELLED]
        tell(visit, about, NoticeKind.CANCELLED, before=before, change=change, now=now, besides=set())
    record_badges(people)


def restored(visit: Appointment, *, before: dict, notice: str, change: Change, now: dt.datetime) -> None:
    plan([visit], change=change, now=now, greet=lambda key: False)
    if notice == Told.STANDARD:
        _tell(visit, NoticeKind.RESTORED, before=before, change=change, now=now, besides=set())


def person_left(person: Attendance, *, change: Change) -> None:
    supersede(person.reminders.all(), change=change)
    record_badges([person])


def consents_turned(client_ids: Collection[int], now: dt.datetime) -> None:
    """What may no longer be sent where it was planned is closed; what may be sent now is planned."""
    ahead = Appointment.objects.filter(state=AppointmentState.SCHEDULED, starts_at__gt=now)
    visits = list(ahead.filter(attendances__client__in=client_ids).distinct().order_by("pk"))
    for first in range(0, len(visits), BATCH):
        _turn(visits[first : first + BATCH], client_ids, now)


def _turn(visits: list[Appointment], client_ids: Collection[int], now: dt.datetime) -> None:
    theirs = Attendance.objects.filter(appointment__in=visits, client__in=client_ids)
    people = list(theirs.select_related("client").order_by("pk"))
    usable = {one.key: set(one.usable) for one in reached(people, now=now, practice=the_practice())}
    _reopen(people, usable, now)
    waiting = _close_unusable(people, usable)
    plan(visits, change=None, now=now, greet=lambda key: key in waiting)


def _close_unusable(people: Iterable[Attendance], usable: dict[Key, set[str]]) -> set[Key]:
    planned = Reminder.objects.filter(attendance__in=people, state=ReminderState.PLANNED)
    rows = planned.exclude(channel=Channel.PORTAL)
    closed = [
        row.pk for row in rows if row.channel not in usable.get((row.attendance_id, row.contact_id), set())
    ]
    return supersede(Reminder.objects.filter(pk__in=closed), change=None, reason=NO_ADDRESS)


def _reopen(people: Iterable[Attendance], usable: dict[Key, set[str]], now: dt.datetime) -> None:
    """Rows a withdrawn consent had closed, where nothing else took their place."""
    current = Reminder.objects.filter(
        attendance__in=people, occurrence=F("attendance__appointment__occurrence")
    ).exclude(channel=Channel.PORTAL)
    live = current.exclude(state=ReminderState.SUPERSEDED)
    taken = set(live.values_list("attendance_id", "contact_id", "rule_id"))
    closed = current.filter(state=ReminderState.SUPERSEDED, closed_by_change=None, falls_due_at__gt=now)
    again = [
        row.pk
        for row in closed
        if row.channel in usable.get((row.attendance_id, row.contact_id), set())
        and (row.attendance_id, row.contact_id, row.rule_id) not in taken
    ]
    Reminder.objects.filter(pk__in=again).update(state=ReminderState.PLANNED, reason="")


def _tell(
    visit: Appointment,
    kind: NoticeKind,
    *,
    before: dict,
    change: Change,
    now: dt.datetime,
    besides: set[Key],
) -> None:
    people = list(visit.attendances.counted().select_related("client").order_by("pk"))
    tell(visit, people, kind, before=before, change=change, now=now, besides=besides)
    record_badges(people)
