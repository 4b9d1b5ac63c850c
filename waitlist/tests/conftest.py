"""The small clinic of scheduling, people who can be written to, and a tick of the dispatcher without a carrier."""

import datetime as dt

import pytest

from core import clock
from core.actors import Actor, ActorKind
from messaging.operations.consent import record_consent
from messaging.states import ConsentSource
from practice.states import AddressKind, Channel
from practice.tests.factories import AddressFactory, ClientFactory
from scheduling.tests.conftest import NOW, at, clinic, now, wish  # noqa: F401
from waitlist.models import FreedSpan
from waitlist.operations.filling import look_at
from waitlist.tests.factories import FreedSpanFactory, WaitlistEntryFactory

SYSTEM = Actor(kind=ActorKind.SYSTEM)


@pytest.fixture
def agree(practice):
    """`agree(client)`: a phone, or a mailbox, that may be written to."""

    def agreed(client, address: str = "", *, by: str = AddressKind.PHONE) -> str:
        more = {"value": address} if address else {}
        row = AddressFactory(client=client, kind=by, safe_to_text=True, safe_to_email=True, **more)
        if by == AddressKind.EMAIL and not address:
            row.value = f"{client.pk}@example.com"
            row.save()
        record_consent(
            client,
            channel=Channel.SMS if by == AddressKind.PHONE else Channel.EMAIL,
            address=row.value,
            granted=True,
            wording="Yes",
            source=ConsentSource.VERBAL,
            by=SYSTEM,
        )
        return row.value

    return agreed


@pytest.fixture
def waiting(clinic, agree):  # noqa: F811
    """`waiting("Ann", …)`: somebody who waits for a follow-up and may be texted."""

    def make(name: str = "Ann", *, reachable: bool = True, **more):
        about = {
            name: more.pop(name) for name in ("region", "language", "call_before_closing") if name in more
        }
        client = more.pop("client", None) or ClientFactory(first_name=name, **about)
        if reachable:
            agree(client)
        return WaitlistEntryFactory(**{"client": client, "type": clinic.type, **more})

    return make


@pytest.fixture
def freed(clinic):  # noqa: F811
    """`freed(11)`: the provider's time on Thursday the 26th from that hour on, free to be offered."""

    def make(hour: int = 11, minute: int = 0, *, minutes: int = 65, day: int = 26, **more) -> FreedSpan:
        start = at(hour, minute, day=day)
        end = start + dt.timedelta(minutes=minutes)
        return FreedSpanFactory(**{"provider": clinic.provider, "starts_at": start, "ends_at": end, **more})

    return make


@pytest.fixture
def look():
    """One look at a span now, or so long from now; the span as it then stands."""

    def once(span: FreedSpan, after: dt.timedelta = dt.timedelta()) -> FreedSpan:
        with clock.frozen(NOW + after):
            look_at(span.pk, NOW + after)
        span.refresh_from_db()
        return span

    return once


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


def client_of(offer, via: str = "sms") -> Actor:
    return Actor(kind=ActorKind.CLIENT, id=offer.client_id, via=via)
