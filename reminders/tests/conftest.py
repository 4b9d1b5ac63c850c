import datetime as dt
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps

from core import clock
from core.actors import Actor, ActorKind
from messaging.operations.consent import record_consent
from messaging.states import ConsentSource
from practice.models import Client, ClientContact
from practice.states import AddressKind, Channel
from practice.tests.factories import AddressFactory, ClientContactFactory
from scheduling.models import Attendance
from scheduling.operations import book
from scheduling.rules.wishes import Wish
from scheduling.tests.factories import AppointmentTypeFactory

NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=NEW_YORK)  # a Monday
PHONE, MAIL = "+12025550117", "lena@example.com"


def ny(day: int, hour: int = 11, minute: int = 0, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)


THURSDAY = ny(26)


@pytest.fixture(autouse=True)
def at_ten(db):
    """Monday at ten, with the default rules: a test with a live server empties the tables behind itself."""
    import_module("reminders.migrations.0002_default_rules").add(apps, None)
    with clock.frozen(NOW):
        yield


@pytest.fixture
def desk(front_desk) -> Actor:
    """Sixty seconds of undo."""
    return Actor(kind=ActorKind.USER, id=front_desk.pk, roles=frozenset({"front_desk"}), undo_seconds=60)


@pytest.fixture
def agree(practice):
    """`agree(client, PHONE)`: on file, safe, consented. For a contact's: agree(client, …, contact=…)."""

    def agreed(
        client: Client, address: str, *, contact: ClientContact | None = None, granted: bool = True
    ) -> None:
        owner = {"client": None, "contact": contact} if contact else {"client": client}
        kind = AddressKind.EMAIL if "@" in address else AddressKind.PHONE
        if not AddressFactory._meta.model.objects.filter(**owner, value=address).exists():
            AddressFactory(**owner, kind=kind, value=address, safe_to_text=True, safe_to_email=True)
        record_consent(
            client,
            contact=contact,
            channel=Channel.EMAIL if "@" in address else Channel.SMS,
            address=address,
            granted=granted,
            wording="Yes",
            source=ConsentSource.VERBAL,
            by=Actor(kind=ActorKind.SYSTEM),
        )

    return agreed


@pytest.fixture
def guardian(regular):
    def of(client: Client = regular, **more) -> ClientContact:
        return ClientContactFactory(client=client, **({"may_receive": True, "may_confirm": True} | more))

    return of


@pytest.fixture
def kind(db):
    return AppointmentTypeFactory()


@pytest.fixture
def booked(provider, desk, kind):
    """`booked(client, at=ny(26))`: booked through the operation, hours overridden. Returns the first attendance."""

    def make(
        *clients: Client, at: dt.datetime = THURSDAY, by: Actor = desk, notice="standard", **more
    ) -> Attendance:
        wish = Wish(
            type_id=kind.pk,
            provider_id=provider.pk,
            starts_at=at,
            minutes=50,
            client_ids=tuple(client.pk for client in clients),
            **more,
        )
        visit = book(wish, by=by, notice=notice, override_reason="test").appointment
        return visit.attendances.order_by("pk").first()

    return make
