"""The reminders of the last month, as carriers took them, and what of them waits for people.

Nothing of today: a visit booked while looking round must find room under the caps.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from config.demo.chance import Chance
from config.demo.outcomes import Visit
from messaging.models import Attempt, Message, StaffTask
from messaging.queries import Recipient, usable_addresses
from messaging.rules.statuses import rank
from messaging.states import AttemptState, MessageClass, MessageState, TaskKind
from practice.states import Channel
from reminders.models import Reminder, ReminderRule
from reminders.states import REMINDER, ReminderState
from scheduling.models import Attendance
from scheduling.states import AppointmentState, AttendanceState, ContactState

MONTH, RECENT, LAST_NIGHT = dt.timedelta(days=30), dt.timedelta(days=5), dt.timedelta(hours=12)
STEPS = {"24 hours before": dt.timedelta(hours=24), "2 hours before": dt.timedelta(hours=2)}
OFFICE = "+12025550100"
OFF, FULL = "The phone is off or out of reach", "This number has had its messages for today"
# what became of it, how often in a hundred, why
ENDS = ((MessageState.DELIVERED, 96, ""), (MessageState.UNDELIVERED, 1, OFF), (MessageState.SKIPPED, 3, FULL))
PRICE = Decimal("-0.00830")
STATUS = {MessageState.DELIVERED: "delivered", MessageState.UNDELIVERED: "undelivered"}
CALLS_TO_MAKE = 3
TEXT = "Riverside Office: you have an appointment. Reply Y to confirm, C to cancel, R to move."
STOOD = (AppointmentState.SCHEDULED, AppointmentState.COMPLETED, AppointmentState.IN_SESSION)


@dataclass(slots=True)
class _Told:
    """One reminder and what became of it."""

    person: Attendance
    plan: Reminder
    address: str
    state: MessageState
    reason: str
    message: Message = field(init=False)


def make_sent(visits: list[Visit], chance: Chance, now: dt.datetime) -> None:
    past = [visit for visit in visits if now - MONTH < visit.row.starts_at < now and visit.row.state in STOOD]
    told = list(_told([person for visit in past for person in visit.people], chance, now))
    Reminder.objects.bulk_create((one.plan for one in told), batch_size=1000)
    for one in told:
        one.message = _message(one, chance)
    Message.objects.bulk_create((one.message for one in told), batch_size=1000)
    went = [one for one in told if one.message.accepted_at]
    Attempt.objects.bulk_create((_attempt(one, chance) for one in went), batch_size=1000)
    _count(went)
    _to_do(told, past, now)


def _told(people: list[Attendance], chance: Chance, now: dt.datetime) -> Iterator[_Told]:
    usable = usable_addresses({Recipient(person.client_id, None) for person in people}, now)
    rules = {rule.name: rule for rule in ReminderRule.objects.filter(name__in=STEPS)}
    for person in people:
        where = usable[Recipient(person.client_id, None)]
        channel = next((one for one in (Channel.SMS, Channel.EMAIL) if one in where), None)
        for name, before in STEPS.items():
            due = person.appointment.starts_at - before
            if channel and due < now - LAST_NIGHT and name in rules:
                state, reason = _end(chance)
                plan = _plan(person, rules[name], channel, due)
                yield _Told(person, plan, where[channel], state, reason)


def _end(chance: Chance) -> tuple[MessageState, str]:
    state, _, reason = chance.choices(ENDS, [often for _, often, _ in ENDS])[0]
    return state, reason


def _plan(person: Attendance, rule: ReminderRule, channel: str, due: dt.datetime) -> Reminder:
    return Reminder(
        attendance=person, rule=rule, occurrence=person.appointment.occurrence, channel=channel,
        state=ReminderState.SENT, not_before=due, due_at=due, falls_due_at=due,
        useful_until=person.appointment.starts_at,
    )  # fmt: skip


def _message(one: _Told, chance: Chance) -> Message:
    due = one.plan.due_at
    taken = due + dt.timedelta(seconds=chance.uniform(0.6, 6)) if one.state != MessageState.SKIPPED else None
    arrived = one.state == MessageState.DELIVERED and taken
    return Message(
        public_id=chance.uuid(), purpose=REMINDER, subject=one.plan.pk, client_id=one.person.client_id,
        channel=one.plan.channel, address=one.address, klass=MessageClass.REMINDER,
        drop_rank=one.plan.rule.drop_rank if one.plan.rule else 0, not_before=due, due_at=due, send_at=due,
        useful_until=one.plan.useful_until, state=one.state, reason=one.reason, accepted_at=taken,
        delivered_at=taken + dt.timedelta(seconds=chance.uniform(1, 20)) if taken and arrived else None,
        attempts_made=1 if taken else 0, created_at=due,
    )  # fmt: skip


def _attempt(one: _Told, chance: Chance) -> Attempt:
    is_text, status = one.plan.channel == Channel.SMS, STATUS[one.state]
    return Attempt(
        token=chance.uuid(), message=one.message, provider="twilio" if is_text else "email",
        sender=OFFICE if is_text else "office@example.org", destination=one.address, text=TEXT,
        started_at=one.plan.due_at, ended_at=one.message.accepted_at, state=AttemptState.ACCEPTED,
        verdict="accepted", provider_sid=f"{'SM' if is_text else 'ses'}{chance.uuid().hex}",
        segments=1 if is_text else None, price=PRICE if is_text else None, last_status=status,
        status_rank=rank(status), error_code="30003" if one.state == MessageState.UNDELIVERED else "",
    )  # fmt: skip


def _count(went: list[_Told]) -> None:
    """The badges of those visits."""
    people = {one.person.pk: one.person for one in went}
    for person in people.values():
        person.contact_count, person.contact_state = 0, ContactState.DELIVERED
    for one in went:
        person = people[one.person.pk]
        person.contact_count += 1
        if one.state == MessageState.UNDELIVERED:
            person.contact_state = ContactState.FAILED
    Attendance.objects.bulk_update(people.values(), ["contact_count", "contact_state"], batch_size=500)


def _to_do(told: list[_Told], past: list[Visit], now: dt.datetime) -> None:
    """What did not arrive lately, and who did not come lately."""
    failed = [one for one in told if one.state == MessageState.UNDELIVERED and one.plan.due_at > now - RECENT]
    away = [
        person
        for visit in past
        for person in visit.people
        if person.state == AttendanceState.ABSENT and visit.row.ends_at > now - RECENT
    ]
    rows = [_task(TaskKind.NOT_DELIVERED, one.person, one.plan.due_at, one.message) for one in failed]
    rows += [_task(TaskKind.OUTREACH, person, person.appointment.ends_at) for person in away[-CALLS_TO_MAKE:]]
    StaffTask.objects.bulk_create(rows)


def _task(kind: TaskKind, person: Attendance, at: dt.datetime, message: Message | None = None) -> StaffTask:
    return StaffTask(kind=kind, client_id=person.client_id, message=message, not_before=at, created_at=at)
