"""Whom a visit's messages go to, and where each of them may be reached."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from messaging.queries import Recipient, usable_addresses
from messaging.rules.windows import window_for
from messaging.states import MessageClass
from practice.models import Client, ClientContact, Practice
from practice.states import Channel
from reminders.rules.due import Person
from scheduling.models import Attendance

# Where nobody has said in which order: a text is read soonest.
USUAL_ORDER = (Channel.SMS, Channel.EMAIL)

Key = tuple[int, int | None]  # (attendance, contact or None for the client)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    attendance: Attendance
    contact_id: int | None
    person: Person
    usable: dict[str, str]

    @property
    def key(self) -> Key:
        return self.attendance.pk, self.contact_id

    def best(self, order: Iterable[str] = USUAL_ORDER) -> tuple[str, str] | None:
        """(channel, address): the client's own preference first, then the order given."""
        wished = self.attendance.client.preferred_channel
        channels = sorted(order, key=lambda channel: channel != wished)
        return next(((c, self.usable[c]) for c in channels if c in self.usable), None)


def reached(people: Iterable[Attendance], *, now: dt.datetime, practice: Practice) -> list[Reached]:
    """Per person the client first, then the contacts who may receive; a constant number of queries."""
    people = list(people)
    contacts = _contacts(people)
    pairs = [(person, contact) for person in people for contact in (None, *contacts[person.pk])]
    wanted = {Recipient(person.client_id, contact) for person, contact in pairs}
    usable = usable_addresses(wanted, now, practice=practice)
    return [
        Reached(
            attendance=person,
            contact_id=contact,
            person=hours_of(person.client, practice),
            usable=usable[Recipient(person.client_id, contact)],
        )
        for person, contact in pairs
    ]


def hours_of(client: Client, practice: Practice) -> Person:
    window = window_for(
        MessageClass.REMINDER,
        opens=practice.window_opens_at,
        closes=practice.window_closes_at,
        weekends=practice.window_weekends,
        contact_from=client.contact_from,
        contact_until=client.contact_until,
    )
    return Person(zone=ZoneInfo(client.zone) if client.zone else practice.tz, window=window)


def _contacts(people: list[Attendance]) -> dict[int, list[int]]:
    """Dates are looked at with the addresses; a confidential visit is told to the client only."""
    clients = {person.client_id for person in people if not person.is_confidential}
    rows = ClientContact.objects.filter(client__in=clients, may_receive=True, never_contact=False)
    of_client: dict[int, list[int]] = defaultdict(list)
    for client, contact in rows.order_by("pk").values_list("client_id", "pk"):
        of_client[client].append(contact)
    return {p.pk: [] if p.is_confidential else of_client[p.client_id] for p in people}
