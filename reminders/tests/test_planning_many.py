"""Many visits planned in one round: the same rows as one by one, for the same number of queries."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.tests.factories import ConsentFactory, MessageFactory, SuppressionFactory
from practice.models import AuditEntry, Change, Client, ClientContact
from practice.tests.factories import (
    AddressFactory,
    ChangeFactory,
    ClientContactFactory,
    ClientFactory,
    ProviderFactory,
)
from reminders.models import Reminder, ReminderRule
from reminders.operations import planning
from reminders.operations.changes import reach_turned
from reminders.operations.planning import plan
from reminders.tests.conftest import MAIL, NOW, PHONE
from reminders.tests.factories import NoticeFactory, ReminderFactory
from scheduling.models import Appointment, Attendance, ProviderDay
from scheduling.tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    AttendanceFactory,
    SeriesFactory,
)

HOUR = dt.timedelta(hours=1)
SHARED = [PHONE, "+12025550118", MAIL]
RULES = ["Initial confirmation", "7 days before", "24 hours before", "2 hours before"]


def whose(consent: str) -> dict[str, Any]:
    return {"channel": "email" if "@" in consent else "sms", "address": consent}


# What a person may have on file: (address, safe, consent or None where nobody asked).
file_of_addresses = st.lists(
    st.tuples(
        st.sampled_from(SHARED),
        st.sampled_from([True, True, False]),
        st.sampled_from([True, True, False, None]),
    ),
    max_size=2,
    unique_by=lambda one: one[0],
)
contacts = st.fixed_dictionaries(
    {
        "may_receive": st.sampled_from([True, True, False]),
        "valid_until_on": st.sampled_from([None, None, dt.date(2026, 11, 22), dt.date(2026, 12, 24)]),
        "addresses": file_of_addresses,
    }
)
clients = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(["", "", "America/Los_Angeles"]),
        "hours": st.sampled_from([(None, None), (None, None), (dt.time(12), dt.time(14))]),
        "preferred_channel": st.sampled_from(["", "email"]),
        "addresses": file_of_addresses,
        "contacts": st.lists(contacts, max_size=2),
    }
)
# What stands about a person of a visit before: (rule, channel, state, how long ago the occurrence).
standing = st.lists(
    st.tuples(
        st.sampled_from(RULES),
        st.sampled_from(["sms", "email", "portal"]),
        st.sampled_from(["planned", "sent", "skipped", "superseded"]),
        st.integers(0, 1),
    ),
    max_size=3,
    unique_by=lambda one: (one[0], one[1], one[3]),
)
people = st.fixed_dictionaries(
    {
        "client": st.integers(0, 2),
        "is_confidential": st.sampled_from([False, False, True]),
        "state": st.sampled_from(["expected", "expected", "expected", "cancelled"]),
        "standing": standing,
        "message": st.sampled_from(["due", "accepted", "delivered", "undelivered", "skipped"]),
        "notice": st.sampled_from([None, None, "delivered"]),
    }
)
visits = st.fixed_dictionaries(
    {
        "hours_ahead": st.sampled_from([-1, 1, 3, 25, 26, 50, 200, 201]),
        "rhythm": st.sampled_from([None, "FREQ=WEEKLY;COUNT=10", "FREQ=MONTHLY"]),
        "provider": st.integers(0, 1),
        "people": st.lists(people, max_size=2, unique_by=lambda one: one["client"]),
    }
)


@dataclass
class World:
    clients: list[Client] = field(default_factory=list)
    change: Change | None = None

    def agree(self, client: Client, contact, addresses: Iterable[tuple]) -> None:
        owner = {"client": None, "contact": contact} if contact else {"client": client}
        for address, is_safe, granted in addresses:
            kind = "email" if "@" in address else "phone"
            AddressFactory(**owner, kind=kind, value=address, safe_to_text=is_safe, safe_to_email=is_safe)
            if granted is not None:
                ConsentFactory(client=client, contact=contact, granted=granted, **whose(address))

    def add_client(self, of: dict) -> None:
        first, last = of["hours"]
        row = ClientFactory(
            zone=of["zone"],
            contact_from=first,
            contact_until=last,
            preferred_channel=of["preferred_channel"],
        )
        self.agree(row, None, of["addresses"])
        for one in of["contacts"]:
            told = {name: one[name] for name in ("may_receive", "valid_until_on")}
            self.agree(row, ClientContactFactory(client=row, **told), one["addresses"])
        self.clients.append(row)

    def add_visit(self, of: dict, **more) -> None:
        series = SeriesFactory(rule=of["rhythm"]) if of["rhythm"] else None
        start = NOW + of["hours_ahead"] * HOUR
        visit = AppointmentFactory(
            series=series, starts_at=start, occurrence=2, overbooked_provider=True, **more
        )
        for one in of["people"]:
            person = AttendanceFactory(
                appointment=visit,
                client=self.clients[one["client"]],
                is_confidential=one["is_confidential"],
                state=one["state"],
            )
            self._what_stands(person, one)

    def _what_stands(self, person: Attendance, of: dict) -> None:
        for name, channel, state, ago in of["standing"]:
            row = ReminderFactory(
                attendance=person,
                rule=ReminderRule.objects.get(name=name),
                channel=channel,
                state=state,
                reason="So it was" if state == "skipped" else "",
                occurrence=2 - ago,
            )
            if state == "sent":
                self._message(person, "reminders.reminder", row.pk, of["message"])
        if of["notice"]:
            told = [{"attendance": person.pk, "occurrence": 2, "before": "", "after": ""}]
            notice = NoticeFactory(client=person.client, attendances=told)
            self._message(person, "reminders.notice", notice.pk, of["notice"])

    def _message(self, person: Attendance, purpose: str, subject: int, state: str) -> None:
        MessageFactory(
            purpose=purpose, subject=subject, state=state, client=person.client, reason="So it went"
        )


@st.composite
def worlds(draw) -> Callable[[], World]:
    """A practice of three clients and up to four visits, made when it is called."""
    given_clients = [draw(clients) for _ in range(3)]
    given_visits = draw(st.lists(visits, min_size=1, max_size=4))
    is_suppressed, has_change = draw(st.booleans()), draw(st.booleans())

    def make() -> World:
        world = World(change=ChangeFactory(undo_until=NOW + HOUR / 60) if has_change else None)
        providers, kind = [ProviderFactory(), ProviderFactory()], AppointmentTypeFactory()
        for one in given_clients:
            world.add_client(one)
        for one in given_visits:
            world.add_visit(one, provider=providers[one["provider"]], type=kind)
        if is_suppressed:
            SuppressionFactory(address=PHONE)
        return world

    return make


def written() -> list[list[tuple]]:
    """Everything planning writes; of ProviderDay only which were raised, since one round raises each once."""
    columns = [f.attname for f in Reminder._meta.fields if f.name != "id"]
    attended = ("pk", "contact_state", "contact_count", "edition")
    return [
        sorted(Reminder.objects.values_list(*columns), key=repr),
        sorted(Attendance.objects.values_list(*attended)),
        sorted(AuditEntry.objects.values_list("act", "subject_id", "at", "after__reason")),
        sorted(ProviderDay.objects.values_list("provider", "on")),
    ]


def after(act: Callable[[], None]) -> list[list[tuple]]:
    """What stands after the act, which is then taken back."""
    with transaction.atomic():
        act()
        seen = written()
        transaction.set_rollback(True)
    return seen


UNHURRIED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.usefixtures("practice")
@UNHURRIED
@given(make=worlds(), order=st.randoms(use_true_random=False), greeted=st.sets(st.integers(0, 9)))
def test_visits_planned_together_get_the_rows_each_gets_alone(make, order, greeted):
    with transaction.atomic():
        world = make()
        first = Attendance.objects.order_by("pk").values_list("pk", flat=True).first() or 0
        ids = list(Appointment.objects.order_by("pk").values_list("pk", flat=True))
        told = {"change": world.change, "now": NOW, "greet": lambda key: key[0] - first in greeted}

        def together() -> None:
            plan(Appointment.objects.filter(pk__in=ids), **told)

        def alone() -> None:
            for pk in order.sample(ids, len(ids)):
                plan([Appointment.objects.get(pk=pk)], **told)

        assert after(together) == after(alone)
        transaction.set_rollback(True)


def crowd(visits: int) -> list[Appointment]:
    """Visits of everybody's own provider, each with what costs a query: contact, series, somebody unreachable."""
    kind, series = AppointmentTypeFactory(), SeriesFactory()
    made = []
    for n in range(visits):
        start = NOW + dt.timedelta(days=2 + n)
        visit = AppointmentFactory(type=kind, starts_at=start, series=series if n % 2 else None)
        client = ClientFactory()
        contact = ClientContactFactory(client=client, may_receive=True)
        AddressFactory(client=None, contact=contact, value=f"+1202556{n:04}", safe_to_text=True)
        ConsentFactory(client=client, contact=contact, address=f"+1202556{n:04}")
        AttendanceFactory(appointment=visit, client=client)
        made.append(visit)
    return list(Appointment.objects.filter(pk__in=[visit.pk for visit in made]))


@pytest.mark.usefixtures("practice")
def test_forty_visits_cost_the_queries_of_two():
    counted = []
    for visits in (crowd(2), crowd(40)):
        with CaptureQueriesContext(connection) as queries:
            plan(visits, change=None, now=NOW, greet=lambda key: True)
        counted.append(len(queries))

    assert counted == [15, 15]
    assert Reminder.objects.filter(channel="sms").values("attendance").distinct().count() == 42
    assert AuditEntry.objects.filter(act="reminders.unreachable").count() == 42
    assert set(ProviderDay.objects.values_list("n", flat=True)) == {1}


@pytest.mark.usefixtures("practice")
def test_more_than_a_batch_is_planned_batch_by_batch(monkeypatch):
    monkeypatch.setattr(planning, "BATCH", 3)

    plan(crowd(7), change=None, now=NOW, greet=lambda key: False)

    assert Reminder.objects.filter(channel="sms").values("attendance").distinct().count() == 7


def test_a_closed_row_is_not_planned_over_and_the_tile_knows(regular, agree, kind):
    agree(regular, PHONE)
    person = AttendanceFactory(client=regular, appointment__type=kind, appointment__starts_at=NOW + 3 * HOUR)
    plan([person.appointment], change=None, now=NOW, greet=lambda key: True)
    Reminder.objects.update(state="superseded")

    plan([person.appointment], change=None, now=NOW, greet=lambda key: True)

    assert set(Reminder.objects.values_list("state", flat=True)) == {"superseded"}
    assert Attendance.objects.get().contact_state == "none"


def test_a_new_visit_is_planned_in_ten_queries(regular, agree, kind):
    agree(regular, PHONE)
    person = AttendanceFactory(client=regular, appointment__type=kind)

    with CaptureQueriesContext(connection) as queries:
        plan([person.appointment], change=None, now=NOW, greet=lambda key: True, are_new=True)

    assert len(queries) == 10
    assert Attendance.objects.get().contact_state == "planned"


def test_nothing_is_read_for_visits_gone_by_or_without_people(practice, django_assert_num_queries):
    gone, empty = AppointmentFactory(starts_at=NOW - HOUR), AppointmentFactory()

    with django_assert_num_queries(0):
        plan([gone], change=None, now=NOW, greet=lambda key: True)
    with django_assert_num_queries(1):
        plan([empty], change=None, now=NOW, greet=lambda key: True)


@pytest.mark.usefixtures("practice")
def test_consent_that_turned_costs_the_same_for_two_visits_and_for_twenty():
    counted = []
    for visits in (crowd(2), crowd(20)):
        plan(visits, change=None, now=NOW, greet=lambda key: True)
        client_ids = {person.client_id for person in Attendance.objects.filter(appointment__in=visits)}
        for contact in ClientContact.objects.filter(client__in=client_ids):
            address = contact.addresses.get().value
            ConsentFactory(client=contact.client, contact=contact, address=address, granted=False)
        with CaptureQueriesContext(connection) as queries:
            reach_turned(client_ids, NOW)
        counted.append(len(queries))

    assert counted[0] == counted[1]
    assert set(Reminder.objects.filter(channel="sms").values_list("state", flat=True)) == {"superseded"}
