"""What came back on each message: one of four words, or nothing where nothing can come back."""

from collections.abc import Collection

from django.db.models import Sum
from django.db.models.functions import Abs

from messaging.models import Attempt, Message
from messaging.states import MessageState
from practice.states import Channel
from reminders.models import Answer
from reminders.states import Outcome, Reply
from scheduling.models import Attendance
from scheduling.states import AttendanceState

OF_OUTCOME: dict[str, Reply] = {
    Outcome.CONFIRMED: Reply.CONFIRMED,
    Outcome.CANCELLED: Reply.CANCELLED,
    Outcome.MOVE_LINK: Reply.RESCHEDULED,
    Outcome.CALL_TO_MOVE: Reply.RESCHEDULED,
}
ARRIVED = (MessageState.ACCEPTED, MessageState.DELIVERED)


def replies_to(about: Collection[tuple[Message, Attendance]]) -> dict[int, Reply]:
    """{message: reply}. A text's own answer first, then what its reader did by the link in it. One query."""
    rows = Answer.objects.filter(inbound__question__in=[message.pk for message, _ in about])
    said = rows.order_by("pk").values_list("inbound__question_id", "outcome")
    outcomes = {pk: OF_OUTCOME[outcome] for pk, outcome in said if outcome in OF_OUTCOME}
    found = {message.pk: outcomes.get(message.pk) or _by_link(message, person) for message, person in about}
    return {pk: reply for pk, reply in found.items() if reply}


def _by_link(message: Message, person: Attendance) -> Reply | None:
    if message.channel == Channel.PORTAL or message.state not in ARRIVED or message.accepted_at is None:
        return None
    came_after = person.confirmed_at is not None and person.confirmed_at >= message.accepted_at
    if came_after and person.confirmed_how == message.channel:
        return Reply.CONFIRMED
    is_over = person.state in (AttendanceState.CANCELLED, AttendanceState.EXCUSED)
    return None if is_over or came_after else Reply.NO_RESPONSE


def costs_of(messages: Collection[Message]) -> dict[int, str]:
    """{message: "$0.0079"} where the carrier has told its price. One query."""
    rows = Attempt.objects.filter(message__in=messages, price__isnull=False).values("message_id")
    summed = rows.annotate(cost=Sum(Abs("price"))).order_by().values_list("message_id", "cost")
    return {pk: f"${cost.normalize():f}" for pk, cost in summed}
