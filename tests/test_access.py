"""Who gets where: every address × everybody × whose record it is, and what a page lets slip.

A new route fails here until it has a row in ROWS (tests/access.py), or a reason in OPEN to be open to the world.
"""

import datetime as dt
import uuid
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.urls import NoReverseMatch, reverse

from availability.tests.factories import ClosureFactory, DatedExceptionFactory, TimeOffFactory
from core import clock
from groups.tests.factories import GroupFactory, MeetingFactory, MembershipFactory
from messaging.states import TaskKind
from messaging.tests.factories import MessageFactory, StaffTaskFactory, ThreadFactory
from practice.tests.factories import (
    AddressFactory,
    AuthorizationFactory,
    ChangeFactory,
    ClientContactFactory,
    KeepApartFactory,
    ProviderFactory,
    RoomFactory,
    RunFactory,
    UserFactory,
)
from reminders.tests.factories import RuleOverrideFactory
from scheduling.tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    AttendanceFactory,
    ChargeFactory,
)
from tests.access import (
    ALSO_KNOWN,
    DOOR,
    GONE,
    IN,
    MARKER,
    OPEN,
    OUT,
    ROLES,
    ROWS,
    WORD,
    every_route,
    filled,
    outcome,
)
from waitlist.tests.factories import FreedSpanFactory, OfferFactory, WaitlistEntryFactory

NOW = dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC)
OURS = [route for route in every_route() if route.namespace not in ("admin", "") and route.name not in OPEN]


def thread_of(client):
    """A talk whose number the client alone has."""
    phone = AddressFactory(client=client)
    return ThreadFactory(address=phone.value)


@pytest.fixture
def world(practice, provider, colleague, front_desk, biller, admin_user, regular, settings):
    """One client and one visit of `provider`; everybody else is judged by how they stand to it."""
    settings.REHEARSAL = True
    boss = ProviderFactory(first_name="Sue", last_name="Visor")
    type(provider).objects.filter(pk=provider.pk).update(supervisor=boss)
    regular.first_name, regular.last_name = MARKER.split()
    regular.save()
    room = RoomFactory()
    with clock.frozen(NOW):
        visit = AppointmentFactory(
            provider=provider, room=room, starts_at=NOW + dt.timedelta(hours=2), note=WORD
        )
        person = AttendanceFactory(appointment=visit, client=regular)
        group = GroupFactory(facilitator=provider)
        session = AppointmentFactory(
            type=group.type, provider=provider, starts_at=NOW + dt.timedelta(hours=5)
        )
        MeetingFactory(group=group, appointment=session)
        people = {
            "desk": front_desk,
            "own": provider.user,
            "supervisor": UserFactory(provider=boss, name="Sue Visor", email="sue@example.org"),
            "colleague": colleague.user,
            "biller": biller,
            "admin": admin_user,
        }
        yield SimpleNamespace(
            client=regular,
            visit=visit,
            attendance=person,
            type=AppointmentTypeFactory(),
            thread=thread_of(regular),
            task=StaffTaskFactory(client=regular, kind=TaskKind.CALL_CLIENT),
            letter=StaffTaskFactory(
                client=regular,
                kind=TaskKind.NOT_DELIVERED,
                message=MessageFactory(client=regular, state="dead", reason="Phone off"),
            ),
            change=ChangeFactory(
                actor_kind="user", actor_id=provider.user.pk, undo_until=NOW + dt.timedelta(hours=1)
            ),
            time_off=TimeOffFactory(provider=provider, starts_at=NOW),
            exception=DatedExceptionFactory(provider=provider),
            closure=ClosureFactory(first_on=dt.date(2027, 1, 1)),
            pair=KeepApartFactory(client=regular),
            parent=ClientContactFactory(client=regular),
            permit=AuthorizationFactory(client=regular),
            kind="locations",
            charge=ChargeFactory(attendance=person, provider=provider),
            entry=WaitlistEntryFactory(client=regular, notes=WORD),
            group=group,
            session=session,
            seat=AttendanceFactory(appointment=session, client=regular),
            member=MembershipFactory(
                group=group, client=regular, state="referred", seat=None, enrolled_at=None
            ),
            enrol_act="enrol",
            freed=FreedSpanFactory(provider=provider),
            offer=OfferFactory(entry__client=regular, appointment__provider=provider),
            differs=RuleOverrideFactory(),
            words=SimpleNamespace(key="reminder", channel="sms", language="en"),
            run=RunFactory(by=admin_user, file=f"name\n{MARKER}".encode(), file_name=MARKER),
            people=people,
        )


@pytest.mark.parametrize("route", OURS, ids=lambda route: route.name)
def test_every_role_gets_where_the_table_says_and_learns_no_more(route, world, signed_in):
    row = ROWS.get(route.name)
    assert row, f"{route.name} has no row in tests/access.py: say who may open it"
    address = reverse(route.name, kwargs=row.arguments(world))

    found, leaks = {}, []
    for role in ROLES:
        with transaction.atomic():
            browser = signed_in(world.people[role])
            data = {name: value(world) if callable(value) else value for name, value in row.data.items()}
            answer = getattr(browser, row.method)(address, {"change_id": uuid.uuid4(), **data})
            found[role] = outcome(answer)
            if (found[role] != IN or role in row.blind) and says_who(answer):
                leaks.append(role)
            transaction.set_rollback(True)

    assert found == row.expected
    assert leaks == []


def says_who(answer) -> bool:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode() + str(answer.headers)
    return any(word in text for word in (*MARKER.split(), WORD))


@pytest.mark.parametrize("route", every_route(), ids=lambda route: route.name)
def test_nobody_gets_in_without_signing_in(route, world, client):
    try:
        address = reverse(route.name, kwargs=filled(route))
    except NoReverseMatch:
        pytest.fail(f"{route.name}: teach tests/access.py to fill its address")

    answers = {method: outcome(getattr(client, method)(address)) for method in ("get", "post")}

    if route.name in OPEN:
        return
    assert set(answers.values()) <= {DOOR, OUT, GONE}, (
        f"{route.name} is open to the world: close it or give the reason"
    )


def test_the_tables_name_only_routes_that_exist():
    known = {route.name for route in every_route()} | ALSO_KNOWN

    assert {*ROWS, *OPEN} - known == set()
