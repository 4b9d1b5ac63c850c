"""By hand: said again on a channel of choice; or what did not arrive tried once more, or said on the phone."""

import datetime as dt
import uuid

from django.db.models import Max

from core.actors import Actor
from core.refusals import Refusal
from messaging.models import Message, StaffTask
from messaging.operations.outbox import NewMessage, enqueue
from messaging.operations.tasks import close_task
from messaging.queries import Recipient, usable_addresses
from messaging.states import TaskKind
from practice.operations import record_many
from practice.operations.acting import Acting, begin, operation
from practice.permissions import may, require
from practice.states import Channel
from reminders.models import Notice, Reminder
from reminders.operations.contact import record_badges
from reminders.queries.about import about
from reminders.queries.saying import why_not
from reminders.states import NOTICE, REMINDER, ReminderState
from scheduling.models import Appointment, Attendance
from scheduling.operations import Acted


class NobodyThere(Refusal):
    """There is no address on that channel that may be used."""

    code = "no_usable_address"


@operation("reminder.resend", "attendance")
def resend(
    attendance_id: int,
    *,
    channel: str,
    contact_id: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Acted:
    """Say the visit again, to this person on this channel, when the undo window closes and the hours allow it.

    Consent, hours and caps are asked at sending as for any reminder. Raises NotAllowed, NobodyThere, Refusal for a
    visit that is no longer ahead, Attendance.DoesNotExist.
    """
    content = {"attendance": attendance_id, "channel": channel, "contact": contact_id}
    acting = begin("reminder.resend", change_id, by, content)
    require(may(by, "message.send"))
    person = _visible(attendance_id, by)
    if not acting.repeat:
        _refuse_untellable(person, contact_id, acting.now)
        _refuse_unreachable(person, contact_id, channel, acting.now)
        _add(person, contact_id, channel, acting)
        _note("reminders.resent", person, channel, by, acting.now)
        record_badges([person])
        acting.close({"appointment": person.appointment_id})
    return Acted(acting.change, person.appointment, acting.repeat)


def _visible(attendance_id: int, by: Actor) -> Attendance:
    """With its row locked, so that two who press at once get two numbers."""
    seen = Appointment.objects.visible_to(by).values("pk")
    Attendance.objects.get(pk=attendance_id, appointment__in=seen)
    rows = Attendance.objects.select_related("appointment", "client").select_for_update(of=("self",))
    return rows.get(pk=attendance_id)


def _refuse_untellable(person: Attendance, contact_id: int | None, now: dt.datetime) -> None:
    reason = why_not(
        person, occurrence=person.appointment.occurrence, is_contact=contact_id is not None, now=now
    )
    if reason:
        raise Refusal(f"{reason}, so nothing is sent about it.")


def _refuse_unreachable(person: Attendance, contact_id: int | None, channel: str, now: dt.datetime) -> None:
    if channel == Channel.PORTAL and contact_id is None:
        return
    one = Recipient(person.client_id, contact_id)
    if channel not in usable_addresses([one], now)[one]:
        raise NobodyThere(
            "There is no address on that channel that may be used.",
            remedy="Record their consent, or choose another channel.",
        )


def _add(person: Attendance, contact_id: int | None, channel: str, acting: Acting) -> Reminder:
    """Of the step that was said last, or of none."""
    own = Reminder.objects.filter(
        attendance=person, contact=contact_id, occurrence=person.appointment.occurrence
    )
    last = own.filter(state=ReminderState.SENT).order_by("-falls_due_at", "-pk").first()
    rule_id = last.rule_id if last else None
    same = own.filter(rule=rule_id, channel=channel).aggregate(last=Max("resend_no"))["last"]
    return Reminder.objects.create(
        attendance=person,
        rule_id=rule_id,
        occurrence=person.appointment.occurrence,
        contact_id=contact_id,
        channel=channel,
        resend_no=(same or 0) + 1,
        change=acting.change,
        not_before=acting.change.undo_until,
        due_at=acting.now,
        falls_due_at=max(acting.now, acting.change.undo_until),
        useful_until=person.appointment.starts_at,
    )


@operation("message.retry", "stafftask")
def try_again(task_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> None:
    """The same message to the same address once more, now; the task is done with.

    Raises NotAllowed, StaffTask.DoesNotExist, Refusal for what can no longer be said.
    """
    acting = begin("message.retry", change_id, by, {"task": task_id})
    require(may(by, "message.send"))
    task, message = _letter(task_id, by)
    if acting.repeat or task.done_at is not None:
        return
    if message.purpose == REMINDER:
        _remind_again(message, by, acting.now)
    elif message.purpose == NOTICE:
        _tell_again(message, acting.now)
    else:
        raise Refusal("This cannot be sent again.", remedy="Call them, and mark it as said on the phone.")
    for person in _people(message):
        _note("message.resent", person, message.channel, by, acting.now)
    close_task(task_id, by=by)


def _letter(task_id: int, by: Actor) -> tuple[StaffTask, Message]:
    tasks = StaffTask.objects.visible_to(by).filter(kind=TaskKind.NOT_DELIVERED, message__isnull=False)
    task = tasks.select_for_update(of=("self",)).get(pk=task_id)
    if task.message is None:
        raise StaffTask.DoesNotExist
    return task, task.message


def _remind_again(message: Message, by: Actor, now: dt.datetime) -> None:
    row = Reminder.objects.select_related("attendance__appointment").get(pk=message.subject)
    person = row.attendance
    reason = why_not(person, occurrence=row.occurrence, is_contact=row.contact_id is not None, now=now)
    if reason:
        raise Refusal(f"{reason}, so it is not sent again.", remedy="Mark it as dealt with.")
    _refuse_unreachable(person, row.contact_id, row.channel, now)
    same = Reminder.objects.filter(
        attendance=person,
        rule=row.rule_id,
        occurrence=row.occurrence,
        contact=row.contact_id,
        channel=row.channel,
    )
    number = (same.aggregate(last=Max("resend_no"))["last"] or 0) + 1
    Reminder.objects.create(
        attendance=person,
        rule_id=row.rule_id,
        occurrence=row.occurrence,
        contact_id=row.contact_id,
        channel=row.channel,
        resend_no=number,
        not_before=now,
        due_at=now,
        falls_due_at=now,
        useful_until=person.appointment.starts_at,
    )


def _tell_again(message: Message, now: dt.datetime) -> None:
    if message.useful_until <= now:
        raise Refusal("It would come too late.", remedy="Call them, and mark it as said on the phone.")
    names = ("purpose", "subject", "client_id", "contact_id", "channel", "address", "klass", "drop_rank", "asks",
             "useful_until", "answer_until")  # fmt: skip
    copied = {name: getattr(message, name) for name in names}
    if not enqueue([NewMessage(**copied, not_before=now, due_at=now)], now=now):
        raise Refusal("It is on its way already.")


@operation("message.phoned", "stafftask")
def phoned_instead(task_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> None:
    """Somebody said it on the phone: the task is done with, and the visit's timeline says so. Twice is harmless.

    Raises NotAllowed, StaffTask.DoesNotExist.
    """
    acting = begin("message.phoned", change_id, by, {"task": task_id})
    require(may(by, "task.close"))
    task, message = _letter(task_id, by)
    if acting.repeat or task.done_at is not None:
        return
    for person in _people(message):
        _note("message.phoned", person, message.channel, by, acting.now)
    close_task(task_id, by=by)


def _people(message: Message) -> list[Attendance]:
    if message.purpose == NOTICE:
        notices = Notice.objects.filter(pk=message.subject)
        ids = {entry["attendance"] for notice in notices for entry in notice.attendances}
    elif message.purpose == REMINDER:
        ids = {one.attendance_id for one in about(REMINDER, [message.subject]).values()}
    else:
        ids = set()
    return list(Attendance.objects.filter(pk__in=ids).order_by("pk"))


def _note(act: str, person: Attendance, channel: str, by: Actor, now: dt.datetime) -> None:
    """Of the timeline, in the name of who did it; not tied to the change, as Undo puts back rows and not words."""
    record_many(act, [(person, None, {"channel": channel})], by=by, at=now)
