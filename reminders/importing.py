"""What the former system said already, read from a file of visits: those steps are kept as not to be sent again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing.kinds import Importing, Pairs, add_columns
from practice.states import Channel
from reminders.models import Reminder, ReminderRule
from reminders.operations.contact import record_badges
from reminders.rules.due import wall_clock_before
from reminders.states import ReminderState, RuleKind
from scheduling.models import Attendance
from scheduling.states import UNCOUNTED

SENT_BEFORE = "Sent by the former system"
SWITCHED_OFF = "Reminders were switched off in the former system"
OFF = "reminders_off"
CONFIRMATION = "confirmation_sent"
# Column → minutes before the visit: rules are found by when they speak, whatever they are called.
BEFORE = {
    "reminder_7d_sent": 7 * 24 * 60,
    "reminder_48h_sent": 48 * 60,
    "reminder_24h_sent": 24 * 60,
    "reminder_2h_sent": 2 * 60,
}
ALSO = {
    "reminder_7d_sent": (
        "sent_7d_reminder",
        "sent_7_day_reminder",
        "week_reminder_sent",
        "reminder_168h_sent",
    ),
    "reminder_48h_sent": ("sent_48h_reminder", "sent_2_day_reminder", "two_day_reminder_sent"),
    "reminder_24h_sent": (
        "sent_24h_reminder",
        "sms_reminder_sent",
        "reminder_sent",
        "day_before_reminder_sent",
    ),
    "reminder_2h_sent": ("sent_2h_reminder", "same_day_reminder_sent"),
    CONFIRMATION: ("sent_confirmation", "confirmation_email_sent", "initial_confirmation_sent"),
    OFF: ("no_reminders", "do_not_remind", "reminders_disabled"),
}
SAYS = {
    CONFIRMATION: "yes: the former system confirmed the booking",
    OFF: "yes: nobody is reminded of this visit",
}


def columns(style: Style) -> list[Column]:
    return [
        Column(
            name=name,
            reads=cells.yes_no,
            empty=False,
            also=also,
            says=SAYS.get(name, "yes: the former system sent it"),
        )
        for name, also in ALSO.items()
    ]


def load(importing: Importing, pairs: Pairs) -> None:
    """`pairs`: rows with the Attendance each became. The plan of visits ahead stands already."""
    rules = list(ReminderRule.objects.filter(kind__in=[RuleKind.INITIAL, RuleKind.BEFORE]))
    marked = [
        (person, rule, reason)
        for row, person in pairs
        if isinstance(person, Attendance) and person.state not in UNCOUNTED
        for rule, reason in _marks(row, rules, is_ahead=person.appointment.starts_at > importing.now)
    ]
    if not marked:
        return
    _close_planned(marked)
    rows = [
        _row(person, rule, reason, channel, importing)
        for person, rule, reason in marked
        for channel in _channels(rule, is_ahead=person.appointment.starts_at > importing.now)
    ]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    ahead = {person.pk: person for person, *_ in marked if person.appointment.starts_at > importing.now}
    if ahead and not importing.is_trial:
        record_badges(ahead.values())


def _marks(row: Row, rules: Sequence[ReminderRule], *, is_ahead: bool) -> Iterator[tuple[ReminderRule, str]]:
    said = {minutes for name, minutes in BEFORE.items() if row.get(name)}
    for rule in rules:
        if rule.offset_minutes in said if rule.kind == RuleKind.BEFORE else row.get(CONFIRMATION):
            yield rule, SENT_BEFORE
        elif row.get(OFF) and is_ahead:
            yield rule, SWITCHED_OFF


def _close_planned(marked: Sequence[tuple[Attendance, ReminderRule, str]]) -> None:
    """On every channel, and to contacts too: a step is said once."""
    for reason in {reason for *_, reason in marked}:
        wanted = {(person.pk, rule.pk) for person, rule, why in marked if why == reason}
        planned = Reminder.objects.filter(
            attendance__in={pk for pk, _ in wanted}, state=ReminderState.PLANNED
        ).values_list("pk", "attendance_id", "rule_id")
        ids = [pk for pk, person, rule in planned if (person, rule) in wanted]
        Reminder.objects.filter(pk__in=ids).update(state=ReminderState.SKIPPED, reason=reason)


def _channels(rule: ReminderRule, *, is_ahead: bool) -> tuple[str, ...]:
    """One that stands for whatever was used; ahead the portal besides, so that no later plan says the step again."""
    used = rule.channels[0] if rule.channels else Channel.EMAIL
    return (used, Channel.PORTAL) if is_ahead else (used,)


def _row(person: Attendance, rule: ReminderRule, reason: str, channel: str, importing: Importing) -> Reminder:
    visit = person.appointment
    at = wall_clock_before(visit.starts_at, rule.offset_minutes, importing.style.zone)
    return Reminder(
        attendance=person,
        rule=rule,
        occurrence=visit.occurrence,
        channel=channel,
        state=ReminderState.SKIPPED,
        reason=reason,
        change=importing.change,
        not_before=_earliest(at, importing.now),
        due_at=at,
        falls_due_at=at,
        useful_until=visit.starts_at,
    )


def _earliest(at: dt.datetime, now: dt.datetime) -> dt.datetime:
    return min(at, now)


add_columns("appointments", columns=columns, load=load)
