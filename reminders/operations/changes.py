"""What an act on a visit means for its plan. One message per person and change, whatever happens."""

import datetime as dt
from collections.abc import Collection, Iterable

from practice.models import Change
from reminders.operations.contact import record_badges
from reminders.operations.following import follow_clients
from reminders.operations.notices import tell
from reminders.operations.planning import of_visit, plan, supersede
from reminders.queries.reach import Key
from reminders.states import NoticeKind
from scheduling.models import Appointment, Attendance
from scheduling.states import AttendanceState
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


def doubted(
    visit: Appointment, *, notice: str, answer_by: dt.datetime | None, change: Change, now: dt.datetime
) -> None:
    """Nothing more is said of the visit as it stood; the client is asked, or somebody calls."""
    supersede(of_visit(visit), change=change)
    people = list(visit.attendances.counted().select_related("client").order_by("pk"))
    if notice == Told.CHOICES:
        before = {"starts_at": visit.starts_at}
        tell(
            visit,
            people,
            NoticeKind.CHOICES,
            before=before,
            change=change,
            now=now,
            besides=set(),
            useful_until=answer_by,
        )
    record_badges(people)


def person_left(person: Attendance, *, notice: str, change: Change, now: dt.datetime) -> None:
    supersede(person.reminders.all(), change=change)
    if notice == Told.STANDARD:
        _tell_one(person, NoticeKind.CANCELLED, change=change, now=now)
    record_badges([person])


def person_joined(
    person: Attendance, *, is_back: bool, notice: str, change: Change, now: dt.datetime
) -> None:
    """Who is new is greeted; who had left hears that the visit is on for them, and gets what is still to come."""
    is_told = notice == Told.STANDARD
    plan(
        [person.appointment],
        change=change,
        now=now,
        greet=lambda key: is_told and not is_back and key[0] == person.pk,
        again=frozenset({person.pk}) if is_back else frozenset(),
    )
    if is_told and is_back:
        _tell_one(person, NoticeKind.RESTORED, change=change, now=now)
    record_badges([person])


def _tell_one(person: Attendance, kind: NoticeKind, *, change: Change, now: dt.datetime) -> None:
    visit = person.appointment
    before = {"starts_at": visit.starts_at}
    tell(visit, [person], kind, before=before, change=change, now=now, besides=set())


def reach_turned(client_ids: Collection[int], now: dt.datetime) -> None:
    """Consent, addresses or rights of these clients changed.

    What may no longer be sent where it was planned is closed; what may be sent now is planned.
    """
    follow_clients(client_ids, now)


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
