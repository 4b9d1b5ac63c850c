"""One person joins or leaves several visits at once: parts of an act of an upper app, which has asked whether it may
and keeps the Change. Twin: `people`, one visit at a time, as an act of its own.

Set-wise: a year of sessions is a handful of statements, and one signal a visit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.refusals import Problem, Refusal, Severity
from practice.models import CareTeam
from practice.operations import record_many
from practice.operations.acting import Acting
from practice.operations.images import Image, difference, image
from practice.permissions import may
from scheduling.models import Appointment, Attendance
from scheduling.operations.charging import settle
from scheduling.operations.locking import lock_places, lock_rows
from scheduling.operations.placing import keep_overrides, touch_days
from scheduling.operations.series.acting import SeriesBlocked
from scheduling.operations.series.booking import lock_sessions
from scheduling.queries.many import Asked, Book, Ledger
from scheduling.queries.problems import wish_of
from scheduling.queries.series import asked_of, book_of, leave_out, may_stand
from scheduling.rules.moves import refuse_visit_act
from scheduling.rules.problems import problems
from scheduling.rules.wishes import Wish
from scheduling.signals import attendance_changed
from scheduling.states import UNCOUNTED, AttendanceState, CancelReason, Notice


def join(
    acting: Acting,
    visit_ids: Iterable[int],
    client_id: int,
    *,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
    act: str = "add_person",
) -> list[Attendance]:
    """One more client on each of these visits; where they are already they stay.

    The first visit tells them, not each of them. act: which row of `rules.moves` says whether a visit takes it.
    Raises SeriesBlocked naming the visits by their place in order of time, WrongState, Refusal where all is taken.
    """
    visits = [visit for visit in locked_visits(visit_ids, [client_id]) if not _comes(visit, client_id)]
    for visit in visits:
        refuse_visit_act(act, visit.state)
        if _is_full(visit):
            raise Refusal(
                f"All {visit.capacity} places of {visit.starts_at:%B} {visit.starts_at.day} are taken.",
                field="client",
                remedy="Free a place first.",
            )
    if not visits:
        return []
    permits = _decide(acting, visits, client_id, override_reason)
    people = _seat(acting, visits, client_id, permits)
    if back := {person.pk for person, kind, _ in people if kind == "restored"}:
        settle(acting, visits, attendance_ids=back)
    _join_care(acting, visits, client_id)
    touch_days(*visits)
    for number, (person, kind, before) in enumerate(people):
        _tell(acting, person, kind, before, notice if number == 0 else Notice.NONE)
    return [person for person, _, _ in people]


def leave(
    acting: Acting,
    visit_ids: Iterable[int],
    client_id: int,
    *,
    state: AttendanceState = AttendanceState.CANCELLED,
    notice: str = Notice.NONE,
) -> list[Attendance]:
    """Off these visits, where still expected: CANCELLED for good, or EXCUSED while on hold. Never late."""
    visits = {visit.pk: visit for visit in locked_visits(visit_ids, [client_id])}
    rows = Attendance.objects.filter(
        appointment__in=visits, client=client_id, state=AttendanceState.EXPECTED
    ).select_related("client")
    people = sorted(rows, key=lambda person: (visits[person.appointment_id].starts_at, person.pk))
    lock_rows(Attendance, [person.pk for person in people])
    befores = [image(person) for person in people]
    for person in people:
        person.appointment, person.state = visits[person.appointment_id], state
        person.edition += 1
        if state == AttendanceState.CANCELLED:
            person.cancelled_at, person.cancel_reason = acting.now, CancelReason.NO_LONGER_NEEDED
    _write(acting, f"attendance.{state}", people, befores)
    _people_changed(acting, [person.appointment for person in people])
    touch_days(*(person.appointment for person in people))
    for person, before in zip(people, befores, strict=True):
        _tell(acting, person, str(state.value), before.columns, notice)
    return people


def set_capacity(acting: Acting, visit_ids: Iterable[int], capacity: int) -> None:
    """Another number of seats on these visits."""
    visits = locked_visits(visit_ids)
    befores = [image(visit) for visit in visits]
    for visit in visits:
        visit.capacity = capacity
        visit.edition += 1
    Appointment.objects.bulk_update(visits, ["capacity", "edition"])
    _record(acting, "visit.capacity_changed", visits, befores)
    touch_days(*visits)


def locked_visits(visit_ids: Iterable[int], client_ids: Iterable[int] = ()) -> list[Appointment]:
    """In order of time, with clients, providers and rooms locked before them."""
    ids = sorted(set(visit_ids))
    lock_places(_of(ids), client_ids)
    lock_rows(Appointment, ids)
    return _of(ids)


def _of(ids: Sequence[int]) -> list[Appointment]:
    rows = Appointment.objects.filter(pk__in=ids).select_related("type").prefetch_related("attendances")
    return list(rows.order_by("starts_at", "pk"))


def _comes(visit: Appointment, client_id: int) -> bool:
    return any(a.client_id == client_id and a.state not in UNCOUNTED for a in visit.attendances.all())


def _is_full(visit: Appointment) -> bool:
    taken = sum(person.state not in UNCOUNTED for person in visit.attendances.all())
    return visit.capacity is not None and taken >= visit.capacity


def _decide(
    acting: Acting, visits: Sequence[Appointment], client_id: int, reason: str
) -> dict[int, int | None]:
    """{visit: the authorization that keeps a session}. Judged by what the client adds, as `people` does."""
    own = [wish_of(visit) for visit in visits]
    book = book_of(own)
    lock_sessions([replace(wish, client_ids=(client_id,)) for wish in own], book)
    found, ledger = _added(visits, client_id, own, book, acting.now)
    refused: dict[int, list[Problem]] = {}
    for place, visit in enumerate(visits):
        added = found[place]
        against = [p for p in added if p.severity != Severity.WARNING]
        if not may_stand(added, reason if may(acting.by, "visit.override") else ""):
            refused[place] = against
        elif against:
            keep_overrides(acting, visit, against, reason)
    if refused:
        zone = book.practice.tz
        raise SeriesBlocked(refused, {n: visits[n].starts_at.astimezone(zone).date() for n in refused})
    return {visit.pk: ledger.permits_of.get(place, {}).get(client_id) for place, visit in enumerate(visits)}


def could_join(visits: Sequence[Appointment], client_id: int, *, now: dt.datetime) -> bool:
    """Whether `join` would take them as things stand, nobody there to override anything. Locks nothing."""
    wanted = [visit for visit in _of([visit.pk for visit in visits]) if not _comes(visit, client_id)]
    if any(map(_is_full, wanted)):
        return False
    own = [wish_of(visit) for visit in wanted]
    found, _ = _added(wanted, client_id, own, book_of(own), now)
    return all(may_stand(against, "") for against in found)


def _added(
    visits: Sequence[Appointment], client_id: int, own: Sequence[Wish], book: Book, now: dt.datetime
) -> tuple[list[list[Problem]], Ledger]:
    """What this client adds to what stood against each visit before."""
    more = [replace(wish, client_ids=(*wish.client_ids, client_id)) for wish in own]
    stood, _ = _found(visits, own, book, now)
    found, ledger = _found(visits, more, book, now)
    return [[p for p in found[n] if p not in stood[n]] for n in range(len(visits))], ledger


def _found(
    visits: Sequence[Appointment], wishes: Sequence[Wish], book: Book, now: dt.datetime
) -> tuple[list[list[Problem]], Ledger]:
    """What stands against each, one after another, as if none of them stood yet."""
    asked: list[Asked] = [asked_of(wish, book) for wish in wishes]
    ledger = Ledger(asked, book, now=now, ignoring=[visit.pk for visit in visits])
    leave_out(ledger, visits)
    found = []
    for place in range(len(asked)):
        found.append(problems(ledger.facts(place)))
        ledger.took(place)
    return found, ledger


def _seat(
    acting: Acting, visits: Sequence[Appointment], client_id: int, permits: dict[int, int | None]
) -> list[tuple[Attendance, str, dict]]:
    """(person, kind of news, columns before) for each visit, in their order. An old seat is taken again."""
    left = Attendance.objects.filter(appointment__in=visits, client=client_id).select_related("client")
    old = {person.appointment_id: person for person in left}
    back = [old[visit.pk] for visit in visits if visit.pk in old]
    befores = {person.pk: image(person) for person in back}
    for person in back:
        expect_again(person)
        person.authorization_id = permits[person.appointment_id]
    _write(acting, "attendance.restored", back, list(befores.values()))
    new = [
        Attendance(appointment=visit, client_id=client_id, authorization_id=permits[visit.pk])
        for visit in visits
        if visit.pk not in old
    ]
    Attendance.objects.bulk_create(new)
    lines = ((person, None, image(person).columns) for person in new)
    record_many("attendance.added", lines, by=acting.by, at=acting.now, change=acting.change)
    _people_changed(acting, visits)
    made = {person.appointment_id: person for person in new}
    for visit in visits:
        (old.get(visit.pk) or made[visit.pk]).appointment = visit
    return [
        (old[visit.pk], "restored", befores[old[visit.pk].pk].columns)
        if visit.pk in old
        else (made[visit.pk], "added", {})
        for visit in visits
    ]


def expect_again(person: Attendance) -> None:
    """As if the seat had never been given up, but for what was confirmed."""
    person.state, person.late_cancelled = AttendanceState.EXPECTED, False
    person.cancelled_at, person.cancel_reason, person.cancel_text = None, "", ""
    person.confirmed_at, person.confirmed_by_id = None, None
    person.confirmed_by_kind = person.confirmed_how = ""
    person.edition += 1


COLUMNS = [
    "state",
    "late_cancelled",
    "cancelled_at",
    "cancel_reason",
    "cancel_text",
    "confirmed_at",
    "confirmed_by_id",
    "confirmed_by_kind",
    "confirmed_how",
    "authorization",
    "edition",
]


def _write(acting: Acting, act: str, people: Sequence[Attendance], befores: Sequence[Image]) -> None:
    if people:
        Attendance.objects.bulk_update(people, COLUMNS)
        _record(acting, act, people, befores)


def _people_changed(acting: Acting, visits: Sequence[Appointment]) -> None:
    """A form opened before is out of date, and Undo refuses once the visit moved on."""
    stored = Appointment.objects.in_bulk([visit.pk for visit in visits])
    befores = [image(stored[visit.pk]) for visit in visits]
    for visit in visits:
        visit.edition += 1
    Appointment.objects.bulk_update(visits, ["edition", "overrides"])
    _record(acting, "visit.people_changed", visits, befores)


def _record(
    acting: Acting,
    act: str,
    rows: Sequence[Appointment] | Sequence[Attendance],
    befores: Sequence[Image],
) -> None:
    lines = []
    for row, before in zip(rows, befores, strict=True):
        old, new, former = difference(before, image(row))
        lines.append((row, old, new))
        acting.keep_texts(row, former)
    record_many(act, lines, by=acting.by, at=acting.now, change=acting.change)


def _join_care(acting: Acting, visits: Sequence[Appointment], client_id: int) -> None:
    for provider_id in sorted({pk for visit in visits for pk in visit.people}):
        member, made = CareTeam.objects.get_or_create(provider_id=provider_id, client_id=client_id)
        if made:
            acting.created("careteam.joined", member)


def _tell(acting: Acting, person: Attendance, kind: str, before: dict, notice: str) -> None:
    attendance_changed.send(
        Attendance,
        attendance=person,
        kind=kind,
        before=before,
        notice=notice,
        change=acting.change,
        now=acting.now,
    )
