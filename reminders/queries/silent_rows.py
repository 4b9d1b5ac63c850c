"""One page of the reach report: each silent visit in words, and what would mend it. Six queries, however many."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from messaging.models import Message
from practice.models import Address, ClientContact, Practice
from practice.rules.phones import spoken
from practice.states import AddressKind, Channel
from reminders.models import Reminder
from reminders.queries.silence import Obstacle, Silent
from reminders.queries.wording import office_of, when_of
from reminders.rules.silence import ADD, CORRECT, FIXES
from reminders.states import REMINDER, ReminderState, WhySilent
from scheduling.models import Attendance


class Call(NamedTuple):
    """whom: the number as people say it, or the contact who answers it."""

    number: str
    whom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """details: a sentence per address or step. fix: one of rules.silence."""

    person: Attendance
    when: str
    code: WhySilent
    details: tuple[str, ...]
    fix: str
    fix_label: str
    call: Call | None


def rows_of(silent: Iterable[Silent], practice: Practice) -> list[Row]:
    silent = list(silent)
    ids = [one.attendance_id for one in silent]
    with_ = ("client", "appointment__provider", "appointment__location")
    people = Attendance.objects.select_related(*with_).in_bulk(ids)
    contacts = ClientContact.objects.in_bulk({o.contact_id for one in silent for o in one.obstacles} - {None})
    phones, tried = _phones(people.values()), _what_was_tried(ids)
    office = office_of(practice)
    return [
        Row(
            person=people[one.attendance_id],
            when=when_of(people[one.attendance_id], practice).at(office),
            code=one.code,
            details=tuple(_words(o, contacts, said=one.code) for o in one.obstacles)
            or tried.get(one.attendance_id, ()),
            fix=FIXES[one.code],
            fix_label=_label(one),
            call=phones.get(one.attendance_id),
        )
        for one in silent
        if one.attendance_id in people
    ]


def _phones(people: Iterable[Attendance]) -> dict[int, Call]:
    """Per attendance the client's own, the preferred first, or that of a contact who may be told of this visit."""
    people = list(people)
    clients = {person.client_id for person in people}
    of_contact = Q(contact__client__in=clients, contact__may_receive=True, contact__never_contact=False)
    rows = Address.objects.filter(Q(client__in=clients) | of_contact, kind=AddressKind.PHONE)
    own: dict[int, Call] = {}
    others: dict[int, Call] = {}
    for row in rows.select_related("contact").order_by("-is_preferred", "id"):
        if row.contact is None:
            own.setdefault(row.client_id or 0, Call(row.value, spoken(row.value)))
        else:
            others.setdefault(row.contact.client_id, Call(row.value, row.contact.name))
    found = {
        p.pk: own.get(p.client_id) or (None if p.is_confidential else others.get(p.client_id)) for p in people
    }
    return {pk: call for pk, call in found.items() if call}


def _what_was_tried(attendance_ids: list[int]) -> dict[int, tuple[str, ...]]:
    """What the plan and the messages themselves say of why not."""
    rows = Reminder.objects.filter(attendance__in=attendance_ids).exclude(channel=Channel.PORTAL)
    skipped = rows.filter(state=ReminderState.SKIPPED).values_list("attendance_id", "reason")
    sent = dict(rows.filter(state=ReminderState.SENT).values_list("pk", "attendance_id"))
    messages = Message.objects.filter(purpose=REMINDER, subject__in=sent).exclude(reason="")
    said = [(sent[subject], why) for subject, why in messages.order_by("pk").values_list("subject", "reason")]
    found: dict[int, dict[str, None]] = {}
    for attendance, why in [*skipped, *said]:
        found.setdefault(attendance, {})[why] = None
    return {attendance: tuple(whys) for attendance, whys in found.items()}


def _words(obstacle: Obstacle, contacts: dict[int, ClientContact], *, said: WhySilent) -> str:
    """`Text (202) 555-0117: wrong number`; the place alone where the reason is the one already `said`."""
    is_mail = obstacle.channel == Channel.EMAIL
    where = f"{Channel(obstacle.channel).label} {obstacle.address if is_mail else spoken(obstacle.address)}"
    whose = contacts.get(obstacle.contact_id) if obstacle.contact_id else None
    place = f"{where}, {whose.name}" if whose else where
    label = obstacle.code.label
    return place if obstacle.code == said else f"{place}: {label[0].lower()}{label[1:]}"


def _label(one: Silent) -> str:
    """The words of the button, where they depend on the address."""
    if FIXES[one.code] == CORRECT:
        at_fault = next(o for o in one.obstacles if o.code == one.code)
        return "Correct the email" if at_fault.channel == Channel.EMAIL else "Correct the number"
    if FIXES[one.code] == ADD:
        return "Add an email" if one.code == WhySilent.CHANNEL_OFF else "Add a number or email"
    return ""
