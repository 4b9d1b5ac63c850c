"""Plans follow what they were made from: consent, addresses, rights of contacts, risk, and the schedule itself.

Of each visit to come the plan is worked out anew and compared with what stands: rows that are missing are added,
those that are wanted again are opened, those with another time are moved, those nobody wants any more are closed.
What was handed over, skipped or closed by an act is never touched; nor is a row whose time has come.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction

from core import clock, nudge
from practice.queries import one_practice, the_practice
from practice.states import Channel
from reminders.models import Reminder, Replanning
from reminders.operations.contact import note, record_badges
from reminders.operations.planning import BATCH, NOBODY_REACHED, SAME_ADDRESS, expected, rows_of
from reminders.operations.promoting import NO_ADDRESS
from reminders.operations.rows import Row, add_rows, read_rows, turn_rows
from reminders.queries.reach import Key, Reached, reached
from reminders.queries.schedule import Schedule, the_schedule, traits_of
from reminders.states import ReminderState
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState

# Of a visit: what only the booking reads, and costs more than all the rest.
UNUSED = ("blocked", "room_span")
NOT_A_STEP = "Not a step of this visit any more"
Identity = tuple[int, int | None, int | None, str]  # (attendance, contact, rule, channel) of the occurrence


def follow(visits: Iterable[Appointment], now: dt.datetime) -> None:
    """Plans of these visits as they would be made now. The number of queries is the same for one and for BATCH.

    The caller holds the visits' rows, or knows that nobody moves them meanwhile.
    """
    ahead = [visit for visit in visits if visit.starts_at > now]
    schedule = the_schedule(now) if ahead else None
    for first in range(0, len(ahead), BATCH):
        _follow_batch(ahead[first : first + BATCH], schedule, now)


def _follow_batch(visits: list[Appointment], schedule: Schedule | None, now: dt.datetime) -> None:
    people = expected(visits)
    if not people or schedule is None:
        return
    practice, standing = the_practice(), _standing(people)
    everybody = reached(people, now=now, practice=practice)
    found = _Found(standing, people, schedule.initial, now)
    waiting = found.waiting
    wanted = rows_of(
        everybody,
        found.taken,
        schedule=schedule,
        not_before=now,
        greet=lambda key: key in waiting,
    )
    for row in wanted:
        found.want(row)
    found.close_rest({one.key: one for one in everybody}, schedule)
    add_rows(found.added)
    turn_rows(found.turned)
    _note_lost(everybody, found, now)
    if found.added or found.turned:
        record_badges(people, plan=[*standing, *found.added], practice=practice)


def _standing(people: list[Attendance]) -> list[Row]:
    """Their rows of this occurrence, locked: what is promoted meanwhile is seen as handed over."""
    current = {person.pk: person.appointment.occurrence for person in people}
    held = Reminder.objects.filter(attendance__in=people).order_by("pk").select_for_update(of=("self",))
    return [row for row in read_rows(held) if row.occurrence == current[row.attendance_id]]


def _of_the_plan(standing: list[Row]) -> list[Row]:
    """One row of each step: the first, or what came after it for somebody who was taken off a visit and put back."""
    found: dict[Identity, Row] = {}
    for row in sorted(standing, key=lambda row: row.resend_no):
        there = found.get(_identity(row))
        if there is None and row.resend_no:
            continue
        if there is None or (there.state == ReminderState.SUPERSEDED and there.closed_by_change_id):
            found[_identity(row)] = row
    return list(found.values())


@dataclass
class _Found:
    """What stands of a batch, and what is to become of it."""

    standing: list[Row]
    people: list[Attendance]
    initial: frozenset[int]
    now: dt.datetime
    added: list[Row] = field(default_factory=list)
    turned: list[Row] = field(default_factory=list)
    closed: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = _of_the_plan(self.standing)
        self.open = {_identity(row): row for row in own if _is_open(row)}
        self.shut = {_identity(row): row for row in own if not _is_open(row)}
        self.not_before: dict[int, dt.datetime] = {}
        for row in self.standing:
            before = self.not_before.get(row.attendance_id, row.not_before)
            self.not_before[row.attendance_id] = max(before, row.not_before)

    @property
    def taken(self) -> set[tuple[int, int | None, int | None, bool]]:
        """Steps that were said, or decided, on whatever channel."""
        done = [row for row in self.shut.values() if row.state != ReminderState.SUPERSEDED]
        return {
            (row.attendance_id, row.contact_id, row.rule_id, row.channel == Channel.PORTAL) for row in done
        }

    @property
    def waiting(self) -> set[Key]:
        """Who has not had the confirmation of the booking yet; who was told with them waits with them."""
        visit_of = {person.pk: person.appointment_id for person in self.people}
        rows = [row for row in self.open.values() if self._greets(row)]
        unsaid = {visit_of[row.attendance_id] for row in rows if row.state == ReminderState.PLANNED}
        keys = {(row.attendance_id, row.contact_id) for row in rows if visit_of[row.attendance_id] in unsaid}
        return keys | self._might_wait_again

    @property
    def _might_wait_again(self) -> set[Key]:
        """Whose confirmation was closed before its time came, and not by an act."""
        closed = [row for row in self.shut.values() if self._greets(row) and _may_open(row)]
        return {(row.attendance_id, row.contact_id) for row in closed if row.falls_due_at > self.now}

    def _greets(self, row: Row) -> bool:
        return row.rule_id in self.initial and row.channel != Channel.PORTAL

    def want(self, row: Row) -> None:
        identity = _identity(row)
        there = self.open.pop(identity, None) or self.shut.get(identity)
        row.not_before = self.not_before.get(row.attendance_id, row.not_before)
        row.falls_due_at = max(row.due_at, row.not_before)
        if there is None:
            self.added.append(row)
        elif _is_open(there) or _may_open(there):
            self._turn(there, row)

    def _turn(self, there: Row, row: Row) -> None:
        """A row that is due keeps its time: it is about to go; so does the confirmation of a booking."""
        was = _facts(there)
        if not self._keeps_its_time(there):
            there.due_at, there.useful_until = row.due_at, row.useful_until
            there.falls_due_at = max(row.due_at, there.not_before)
        there.state, there.reason = row.state, row.reason
        if _facts(there) != was:
            self.turned.append(there)

    def _keeps_its_time(self, row: Row) -> bool:
        if self._greets(row):
            return _is_open(row) or row.falls_due_at > self.now
        return _is_open(row) and row.due_at <= self.now

    def close_rest(self, by_key: dict[Key, Reached], schedule: Schedule) -> None:
        """What nobody asked for again: closed, but for steps whose moment is here and that may still be said."""
        for row in self.open.values():
            one = by_key.get((row.attendance_id, row.contact_id))
            why = _why_close(row, one, schedule, self.now)
            if why:
                row.state, row.reason = ReminderState.SUPERSEDED, why
                self.turned.append(row)
                self.closed.append(row)


def _identity(row: Row) -> Identity:
    return row.attendance_id, row.contact_id, row.rule_id, row.channel


def _facts(row: Row) -> tuple[str, str, dt.datetime]:
    return row.state, row.reason, row.due_at


def _is_open(row: Row) -> bool:
    """Planned, or left out only because somebody else of the visit shared the address."""
    is_shared = row.state == ReminderState.SKIPPED and row.reason == SAME_ADDRESS
    return row.state == ReminderState.PLANNED or is_shared


def _may_open(row: Row) -> bool:
    """Closed by the turn of things, not by an act that could be undone."""
    return row.state == ReminderState.SUPERSEDED and row.closed_by_change_id is None


def _why_close(row: Row, one: Reached | None, schedule: Schedule, now: dt.datetime) -> str:
    if one is None:
        return NO_ADDRESS
    held, _ = schedule.steps(traits_of(one.attendance))
    step = next((step for step in held if step.rule_id == row.rule_id), None)
    if step is None:
        return NOT_A_STEP
    if row.channel == Channel.PORTAL:
        return "" if row.due_at <= now else NOT_A_STEP
    if row.channel not in one.usable:
        return NO_ADDRESS
    best = one.best(step.channels)
    is_best = best is not None and best[0] == row.channel
    return "" if is_best and row.due_at <= now else NOT_A_STEP


def _note_lost(everybody: list[Reached], found: _Found, now: dt.datetime) -> None:
    """Said on the timeline of who was to hear something and will not any more."""
    lost = {row.attendance_id for row in found.closed if row.contact_id is None}
    people = [
        one.attendance
        for one in everybody
        if one.contact_id is None and not one.usable and one.attendance.pk in lost
    ]
    note("reminders.unreachable", [(person, {"reason": NOBODY_REACHED}) for person in people], now)


def follow_clients(client_ids: Collection[int], now: dt.datetime) -> None:
    """The plans of all visits to come of these clients, whoever else is on them."""
    ahead = Appointment.objects.filter(state=AppointmentState.SCHEDULED, starts_at__gt=now)
    follow_visits(set(ahead.filter(attendances__client__in=client_ids).values_list("pk", flat=True)), now)


@transaction.atomic
def follow_visits(appointment_ids: Collection[int], now: dt.datetime) -> None:
    """Those of them that are still to come. Nothing is locked but their plans: a message may be held by who calls."""
    ahead = Appointment.objects.filter(pk__in=appointment_ids, state=AppointmentState.SCHEDULED)
    visits = ahead.defer(*UNUSED).order_by("pk")
    with one_practice():
        follow(visits, now)


@transaction.atomic
def rules_changed(now: dt.datetime) -> Replanning:
    """The schedule is another one now: every plan follows, batch by batch, soon after commit.

    An unfinished round starts anew. Whoever changes the schedule calls this in the same transaction.
    """
    anew = {"asked_at": now, "after_id": 0, "visits": 0}
    replanning, _ = Replanning.objects.update_or_create(finished_at=None, defaults=anew)
    nudge.after_commit("reminders.replan")
    return replanning


def replan_all() -> int:
    """Carry an open round to its end; how many visits were looked at. Harmless when somebody else is at it."""
    done = 0
    while (looked := _replan_next()) is not None:
        done += looked
    return done


@transaction.atomic
def _replan_next() -> int | None:
    """One batch under the round's own lock; None when there is nothing left, or another worker has it."""
    open_rounds = Replanning.objects.select_for_update(skip_locked=True).filter(finished_at=None)
    replanning = open_rounds.first()
    if replanning is None:
        return None
    now = clock.now()
    ahead = Appointment.objects.filter(
        state=AppointmentState.SCHEDULED, starts_at__gt=now, pk__gt=replanning.after_id
    )
    visits = list(ahead.defer(*UNUSED).order_by("pk").select_for_update(no_key=True)[:BATCH])
    with one_practice():
        follow(visits, now)
    replanning.visits += len(visits)
    if visits:
        replanning.after_id = visits[-1].pk
    if len(visits) < BATCH:
        replanning.finished_at = now
    replanning.save(update_fields=["visits", "after_id", "finished_at"])
    return len(visits)
