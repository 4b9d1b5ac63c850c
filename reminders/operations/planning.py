"""The plan: Reminder rows written in the act's own transaction, and closed by the act that ends them."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from django.db.models import QuerySet, prefetch_related_objects

from practice.models import Change
from practice.queries import the_practice
from practice.states import Channel
from reminders.models import Reminder
from reminders.operations.contact import note, record_badges
from reminders.operations.rows import Row, add_rows
from reminders.queries.about import plan_of
from reminders.queries.reach import Key, Reached, reached
from reminders.queries.schedule import Schedule, the_schedule, traits_of
from reminders.rules.due import FOLLOW_UP_FOR, Step
from reminders.states import ReminderState, RuleKind
from scheduling.models import Appointment, Attendance

NO_HOURS_LEFT = "The visit begins before messages may go out"
SAME_ADDRESS = "Told once, at an address somebody else of this visit shares"
NOBODY_REACHED = "no_usable_address"

# Of a person and their client, to plan with; a quarter of the columns.
NEEDED = (
    "appointment_id",
    "is_confidential",
    "risk_level",
    "client__zone",
    "client__contact_from",
    "client__contact_until",
    "client__preferred_channel",
)

# Visits planned by one round of queries: enough that a round costs nothing, few enough to hold in memory.
BATCH = 500

Taken = set[tuple[int, int | None, int | None, bool]]  # (attendance, contact, rule, whether portal)


def plan(
    visits: Iterable[Appointment],
    *,
    change: Change | None,
    now: dt.datetime,
    greet: Callable[[Key], bool],
    are_new: bool = False,
    again: frozenset[int] = frozenset(),
) -> None:
    """Add what is missing for each visit's occurrence. `greet`: who still gets the initial confirmation.

    Each step goes to each person once, on their first usable channel; the client's portal copy comes on top.
    `are_new`: the rows were made in this transaction, so nothing can have been planned or said about them yet.
    `again`: attendances whose plan was closed and begins anew at the same occurrence; what was said stays said.
    The number of queries is the same for one visit and for BATCH of them.
    """
    ahead = [visit for visit in visits if visit.starts_at > now]
    for first in range(0, len(ahead), BATCH):
        _plan_batch(
            ahead[first : first + BATCH], change=change, now=now, greet=greet, are_new=are_new, again=again
        )


def _plan_batch(
    visits: list[Appointment],
    *,
    change: Change | None,
    now: dt.datetime,
    greet: Callable[[Key], bool],
    are_new: bool,
    again: frozenset[int],
) -> None:
    people = expected(visits)
    if not people:
        return
    practice, standing = the_practice(), [] if are_new else plan_of(people)
    everybody = reached(people, now=now, practice=practice)
    planned = _numbered(
        rows_of(
            everybody,
            _taken(people, standing),
            schedule=the_schedule(now),
            greet=greet,
            not_before=change.undo_until if change else now,
            change=change,
        ),
        standing,
        again,
    )
    there = {_identity(row) for row in standing}
    added = [row for row in planned if _identity(row) not in there]
    add_rows(added)
    _note_unreached(everybody, now)
    record_badges(people, plan=[*standing, *added], notices={} if are_new else None, practice=practice)


def expected(visits: list[Appointment]) -> list[Attendance]:
    """Who is to come, with the client, and with the very visits that were given and their series."""
    by_id = {visit.pk: visit for visit in visits}
    counted = Attendance.objects.counted().filter(appointment__in=by_id)
    people = list(counted.select_related("client").only(*NEEDED).order_by("pk"))
    for person in people:
        person.appointment = by_id[person.appointment_id]
    prefetch_related_objects(visits, "series")
    return people


def _taken(people: list[Attendance], standing: list[Reminder]) -> Taken:
    """What stands already: a step is said once, on whatever channel."""
    current = {person.pk: person.appointment.occurrence for person in people}
    return {
        (row.attendance_id, row.contact_id, row.rule_id, row.channel == Channel.PORTAL)
        for row in standing
        if row.occurrence == current[row.attendance_id] and row.state != ReminderState.SUPERSEDED
    }


def _numbered(rows: Iterable[Row], standing: list[Reminder], again: frozenset[int]) -> Iterator[Row]:
    """The rows of `again` after those of theirs that were closed: the key is taken, and Undo must find both."""
    closed: dict[tuple, int] = {}
    for old in standing:
        key = _identity(old)[:-1]
        closed[key] = max(closed.get(key, 0), old.resend_no)
    for row in rows:
        if row.attendance_id in again and _identity(row)[:-1] in closed:
            row.resend_no = closed[_identity(row)[:-1]] + 1
        yield row


def _identity(row: Row | Reminder) -> tuple[int, int | None, int | None, int, str, int]:
    """What makes a row the same row, closed or not; the twin of `reminders_reminder_once`."""
    return row.attendance_id, row.contact_id, row.rule_id, row.occurrence, row.channel, row.resend_no


def rows_of(
    everybody: list[Reached],
    taken: Taken,
    *,
    schedule: Schedule,
    greet: Callable[[Key], bool],
    not_before: dt.datetime,
    change: Change | None = None,
) -> Iterator[Row]:
    """The plan of these people as it would be made now, without the steps already `taken`. Nothing is written."""
    told: set[tuple[int, int, str, str]] = set()
    for one in everybody:
        visit = one.attendance.appointment
        traits = traits_of(one.attendance)
        for step, at in schedule.due(visit.starts_at, visit.ends_at, one.person, traits, greet(one.key)):
            for channel, reason in _channels(one, step, told, taken):
                yield _row(one, step, channel, at, reason, change=change, not_before=not_before)


def _channels(
    one: Reached,
    step: Step,
    told: set[tuple[int, int, str, str]],
    taken: Taken,
) -> Iterable[tuple[str, str]]:
    """(channel, why not) of the rows to write for one step; `told` collects what is said where of each visit."""
    best = one.best(step.channels)
    if best:
        said = (one.attendance.appointment_id, step.rule_id, *best)
        if (*one.key, step.rule_id, False) not in taken:
            yield best[0], SAME_ADDRESS if said in told else ""
        told.add(said)
    if one.contact_id is None and (*one.key, step.rule_id, True) not in taken:
        yield Channel.PORTAL, ""


def _row(
    one: Reached,
    step: Step,
    channel: str,
    at: dt.datetime,
    reason: str,
    *,
    change: Change | None,
    not_before: dt.datetime,
) -> Row:
    visit = one.attendance.appointment
    falls_due_at, useful_until = max(at, not_before), useful_for(step, visit, at)
    reason = reason or (NO_HOURS_LEFT if falls_due_at >= useful_until else "")
    return Row(
        attendance_id=one.attendance.pk,
        rule_id=step.rule_id,
        occurrence=visit.occurrence,
        contact_id=one.contact_id,
        channel=channel,
        state=ReminderState.SKIPPED if reason else ReminderState.PLANNED,
        reason=reason,
        change_id=change.pk if change else None,
        not_before=not_before,
        due_at=at,
        falls_due_at=falls_due_at,
        useful_until=useful_until,
    )


def useful_for(step: Step, visit: Appointment, at: dt.datetime) -> dt.datetime:
    return at + FOLLOW_UP_FOR if step.kind == RuleKind.AFTER else visit.starts_at


def _note_unreached(everybody: list[Reached], now: dt.datetime) -> None:
    """Nobody is left without a word in silence: the visit's timeline says who cannot be written to."""
    lost = [one.attendance for one in everybody if one.contact_id is None and not one.usable]
    note("reminders.unreachable", [(person, {"reason": NOBODY_REACHED}) for person in lost], now)


def supersede(planned: QuerySet[Reminder], *, change: Change | None, reason: str = "") -> set[Key]:
    """Close what is still planned; returns who had not had their initial confirmation yet."""
    rows = planned.filter(state=ReminderState.PLANNED).select_for_update(of=("self",))
    closed = list(rows.select_related("rule").order_by("pk"))
    Reminder.objects.filter(pk__in=[row.pk for row in closed]).update(
        state=ReminderState.SUPERSEDED, closed_by_change=change, reason=reason
    )
    return {
        (row.attendance_id, row.contact_id)
        for row in closed
        if row.rule and row.rule.kind == RuleKind.INITIAL and row.channel != Channel.PORTAL
    }


def of_visit(visit: Appointment) -> QuerySet[Reminder]:
    return Reminder.objects.filter(attendance__appointment=visit)
