"""What became of a message, brought to the visit's badge and timeline."""

import datetime as dt

from messaging.models import Message
from messaging.operations.tasks import raise_task
from messaging.states import MessageClass, MessageState, TaskKind
from practice.states import Channel
from reminders.models import Notice, Reminder
from reminders.operations.contact import note, record_badges
from reminders.states import NOTICE, REMINDER
from scheduling.models import Attendance

WORTH_A_LINE = {
    MessageState.ACCEPTED: "message.sent",
    MessageState.DELIVERED: "message.delivered",
    MessageState.UNDELIVERED: "message.undelivered",
    MessageState.SKIPPED: "message.skipped",
    MessageState.EXPIRED: "message.expired",
    MessageState.DEAD: "message.dead",
}


def take_change(message: Message, now: dt.datetime) -> None:
    """Never refuses: a step of the dispatcher must not fail for a line of a timeline."""
    act = WORTH_A_LINE.get(MessageState(message.state))
    if act is None or message.purpose not in (REMINDER, NOTICE):
        return
    people, what = _about(message)
    after = {"channel": message.channel, "what": what, "reason": message.reason}
    note(act, [(person, after) for person in people], now)
    if message.channel != Channel.PORTAL:
        record_badges(people)
    _call_beside(message, now)


def _call_beside(message: Message, now: dt.datetime) -> None:
    """A change of today is too late for a text alone: somebody also calls."""
    if message.purpose == NOTICE and message.klass == MessageClass.URGENT:
        raise_task(TaskKind.CALL_CLIENT, now=now, client_id=message.client_id, message=message)


def _about(message: Message) -> tuple[list[Attendance], str]:
    if message.purpose == REMINDER:
        row = (
            Reminder.objects.select_related("attendance__appointment", "rule")
            .filter(pk=message.subject)
            .first()
        )
        return ([row.attendance], row.rule.name if row.rule else "Reminder") if row else ([], "")
    notice = Notice.objects.filter(pk=message.subject).first()
    if notice is None:
        return [], ""
    ids = [entry["attendance"] for entry in notice.attendances]
    people = Attendance.objects.filter(pk__in=ids).select_related("appointment").order_by("pk")
    return list(people), notice.get_kind_display()
