"""The plan: Reminder rows written in the act's own transaction, and closed by the act that ends them."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from practice.models import Change
from practice.states import Channel
from reminders.models import Reminder, ReminderRule
from reminders.operations.contact import note, record_badges
from reminders.queries.reach import Key, Reached, reached
from reminders.rules.due import Step, due_times
from reminders.states import ReminderState, RuleKind
from scheduling.models import Appointment, Attendance

NO_HOURS_LEFT = "The visit begins before messages may go out"
SAME_ADDRESS = "Told once, at an address somebody else of this visit shares"
NOBODY_REACHED = "No address this person agreed to be written at"


def plan(
    visit: Appointment, *, change: Change | None, now: dt.datetime, greet: Callable[[Key], bool]
) -> None:
    """Add what is missing for this occurrence. `greet`: who still gets the initial confirmation.

    Each step goes to each person once, on their first usable channel; the client's portal copy comes on top.
    """
    people = list(visit.attendances.counted().select_related("client").order_by("pk"))
    if visit.starts_at <= now or not people:
        return
    everybody = reached(people, now)
    rules, taken = _rules(visit), _taken(visit, people)
    not_before = change.undo_until if change else now
    rows: list[Reminder] = []
    told: set[tuple[int, str, str]] = set()
    for one in everybody:
        for rule, at in _due(visit, one, rules, now, greet(one.key)):
            for channel, reason in _channels(one, rule, told, taken):
                rows.append(_row(one, rule, channel, at, reason, change=change, not_before=not_before))
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    _note_unreached(everybody, now)
    record_badges(people)


def _rules(visit: Appointment) -> dict[int, ReminderRule]:
    """A weekly client knows the rhythm: their week-before step is left out."""
    weekly = visit.series is not None and "FREQ=WEEKLY" in visit.series.rule
    rules = ReminderRule.objects.filter(is_active=True, kind__in=[RuleKind.INITIAL, RuleKind.BEFORE])
    return {rule.pk: rule for rule in rules if not (weekly and rule.skip_in_weekly_series)}


def _taken(visit: Appointment, people: list[Attendance]) -> set[tuple[int, int | None, int | None, bool]]:
    """(attendance, contact, rule, whether portal) that stand already: a step is said once, on whatever channel."""
    rows = Reminder.objects.filter(attendance__in=people, occurrence=visit.occurrence)
    keys = rows.exclude(state=ReminderState.SUPERSEDED).values_list(
        "attendance_id", "contact_id", "rule_id", "channel"
    )
    return {(person, contact, rule, channel == Channel.PORTAL) for person, contact, rule, channel in keys}


def _due(
    visit: Appointment,
    one: Reached,
    rules: dict[int, ReminderRule],
    now: dt.datetime,
    greet: bool,
) -> list[tuple[ReminderRule, dt.datetime]]:
    steps = [Step(rule_id=r.pk, kind=r.kind, offset_minutes=r.offset_minutes) for r in rules.values()]
    due = due_times(visit.starts_at, steps, one.person, now=now, greet=greet)
    return [(rules[step.rule_id], at) for step, at in due]


def _channels(
    one: Reached,
    rule: ReminderRule,
    told: set[tuple[int, str, str]],
    taken: set[tuple[int, int | None, int | None, bool]],
) -> Iterable[tuple[str, str]]:
    """(channel, why not) of the rows to write for one step; `told` collects what is said where on this visit."""
    best = one.best(rule.channels)
    if best and (*one.key, rule.pk, False) not in taken:
        yield best[0], SAME_ADDRESS if (rule.pk, *best) in told else ""
        told.add((rule.pk, *best))
    if one.contact_id is None and (*one.key, rule.pk, True) not in taken:
        yield Channel.PORTAL, ""


def _row(
    one: Reached,
    rule: ReminderRule,
    channel: str,
    at: dt.datetime,
    reason: str,
    *,
    change: Change | None,
    not_before: dt.datetime,
) -> Reminder:
    visit = one.attendance.appointment
    falls_due_at = max(at, not_before)
    reason = reason or (NO_HOURS_LEFT if falls_due_at >= visit.starts_at else "")
    return Reminder(
        attendance=one.attendance,
        rule=rule,
        occurrence=visit.occurrence,
        contact_id=one.contact_id,
        channel=channel,
        state=ReminderState.SKIPPED if reason else ReminderState.PLANNED,
        reason=reason,
        change=change,
        not_before=not_before,
        due_at=at,
        falls_due_at=falls_due_at,
        useful_until=visit.starts_at,
    )


def _note_unreached(everybody: list[Reached], now: dt.datetime) -> None:
    """Nobody is left without a word in silence: the visit's timeline says who cannot be written to."""
    for one in everybody:
        if one.contact_id is None and not one.usable:
            note("reminders.unreachable", one.attendance, now, {"reason": NOBODY_REACHED})


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
