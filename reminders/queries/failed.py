"""Messages that did not arrive and that nobody has dealt with yet: who, what, why, and what the carrier last said."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from core.actors import Actor
from messaging.models import Attempt, Message, StaffTask
from messaging.states import TaskKind
from practice.models import Practice
from practice.rules.phones import spoken
from practice.states import Channel
from reminders.queries.about import about
from reminders.queries.wording import office_of, when_of
from reminders.states import NOTICE, REMINDER
from scheduling.models import Attendance


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that came to nothing. `person` is None when it speaks of no single visit."""

    task: StaffTask
    message: Message
    person: Attendance | None
    when: str
    where: str
    code: str

    @property
    def is_ours(self) -> bool:
        return self.message.purpose in (REMINDER, NOTICE)


def open_letters(actor: Actor) -> QuerySet[StaffTask]:
    """The oldest first: its visit is the nearest."""
    tasks = StaffTask.objects.filter(
        kind=TaskKind.NOT_DELIVERED, done_at__isnull=True, message__isnull=False
    ).visible_to(actor)
    return tasks.select_related("client", "message__contact").order_by("created_at", "pk")


def letters(tasks: Iterable[StaffTask], practice: Practice) -> list[Letter]:
    """Four queries, however many."""
    tasks = list(tasks)
    messages = [task.message for task in tasks if task.message]
    people, codes = _people(messages), _last_codes(messages)
    office = office_of(practice)
    found = []
    for task, message in zip(tasks, messages, strict=True):
        person = people.get((message.purpose, message.subject))
        found.append(
            Letter(
                task=task,
                message=message,
                person=person,
                when=when_of(person, practice).at(office) if person else "",
                where=_where(message),
                code=codes.get(message.pk, ""),
            )
        )
    return found


def _people(messages: list[Message]) -> dict[tuple[str, int], Attendance]:
    told: dict[tuple[str, int], int] = {}
    for purpose in (REMINDER, NOTICE):
        subjects = [message.subject for message in messages if message.purpose == purpose]
        told |= {(purpose, subject): one.attendance_id for subject, one in about(purpose, subjects).items()}
    people = Attendance.objects.select_related("appointment__location", "client").in_bulk(set(told.values()))
    return {key: people[pk] for key, pk in told.items() if pk in people}


def _last_codes(messages: list[Message]) -> dict[int, str]:
    """What the carrier said last of each, as it said it."""
    rows = Attempt.objects.filter(message__in=messages).order_by("pk")
    columns = rows.values_list("message_id", "error_code", "last_status", "http_status")
    return {pk: code or status or (str(http) if http else "") for pk, code, status, http in columns}


def _where(message: Message) -> str:
    address = spoken(message.address) if message.channel in (Channel.SMS, Channel.VOICE) else message.address
    whose = f", {message.contact.name}" if message.contact else ""
    return f"{Channel(message.channel).label} {address}{whose}"
