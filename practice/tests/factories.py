"""Smallest valid rows. A factory fills only what the table insists on; a test says the rest aloud."""

import datetime as dt
import uuid

import factory

from core import clock, links
from practice import models
from practice.operations.links import keep
from practice.states import AddressKind, LinkPurpose, Relationship, Role


class PracticeFactory(factory.django.DjangoModelFactory):
    """The one row, in America/New_York; a second call returns the first."""

    class Meta:
        model = models.Practice
        django_get_or_create = ("id",)

    id = 1
    name = "Stillwater Practice"
    sender_name = "Stillwater"


class LocationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Location

    name = factory.Sequence("Location {}".format)


class RoomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Room

    location = factory.SubFactory(LocationFactory)
    name = factory.Sequence("Room {}".format)


class ProviderFactory(factory.django.DjangoModelFactory):
    """Nobody signs in as this provider until a UserFactory(provider=…) says so."""

    class Meta:
        model = models.Provider

    first_name = "Pat"
    last_name = factory.Sequence("Provider{}".format)


class UserFactory(factory.django.DjangoModelFactory):
    """No role and no usable password: sign in with the `signed_in` fixture."""

    class Meta:
        model = models.User

    email = factory.Sequence("user{}@example.org".format)
    name = factory.Sequence("User {}".format)
    password = "!"
    roles = factory.LazyAttribute(lambda user: [Role.PROVIDER] if user.provider else [])
    provider = None


class ClientFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Client

    record_number = factory.Sequence("R{:05}".format)
    first_name = "Cleo"
    last_name = factory.Sequence("Client{}".format)


class ClientContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.ClientContact

    client = factory.SubFactory(ClientFactory)
    name = factory.Sequence("Contact {}".format)
    relationship = Relationship.PARENT


class AddressFactory(factory.django.DjangoModelFactory):
    """A phone of a new client, safe for nothing. For a contact's: AddressFactory(client=None, contact=…)."""

    class Meta:
        model = models.Address

    client = factory.SubFactory(ClientFactory)
    kind = AddressKind.PHONE
    value = factory.Sequence(lambda n: f"+1202555{n % 10000:04}")


class EmailFactory(AddressFactory):
    kind = AddressKind.EMAIL
    value = factory.Sequence("person{}@example.com".format)


class CareTeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.CareTeam

    provider = factory.SubFactory(ProviderFactory)
    client = factory.SubFactory(ClientFactory)


class AuthorizationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Authorization

    client = factory.SubFactory(ClientFactory)
    payer = "Aetna"
    number = factory.Sequence("A-{}".format)
    sessions = 10
    starts_on = factory.LazyFunction(lambda: clock.now().date())
    ends_on = factory.LazyAttribute(lambda row: row.starts_on + dt.timedelta(days=365))


class ChangeFactory(factory.django.DjangoModelFactory):
    """An act of the system that can no longer be undone."""

    class Meta:
        model = models.Change

    id = factory.LazyFunction(uuid.uuid4)
    actor_kind = "system"
    act = "test.act"
    digest = "0" * 64
    via = "worker"
    at = factory.LazyFunction(clock.now)
    undo_until = factory.SelfAttribute("at")


class AuditEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.AuditEntry

    at = factory.LazyFunction(clock.now)
    actor_kind = "system"
    act = "test.act"
    subject_kind = "client"
    via = "worker"


class RunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Run

    work = "import.locations"
    by = factory.SubFactory(UserFactory)
    created_at = factory.LazyFunction(clock.now)


class RoomOutageFactory(factory.django.DjangoModelFactory):
    """Today's hour from now on."""

    class Meta:
        model = models.RoomOutage

    room = factory.SubFactory(RoomFactory)
    starts_at = factory.LazyFunction(clock.now)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + dt.timedelta(hours=1))
    reason = "Painters"


class KeepApartFactory(factory.django.DjangoModelFactory):
    """A client and a provider; give `other_client` and no provider for a pair."""

    class Meta:
        model = models.KeepApart

    client = factory.SubFactory(ClientFactory)
    provider = factory.SubFactory(ProviderFactory)


class LinkFactory(factory.django.DjangoModelFactory):
    """A link nobody knows the token of: see `given_link` for one that can be opened."""

    class Meta:
        model = models.Link

    token_hash = factory.Sequence("{:064x}".format)
    purpose = LinkPurpose.VISIT
    client = factory.SubFactory(ClientFactory)
    subject = 1
    created_at = factory.LazyFunction(clock.now)
    expires_at = factory.LazyAttribute(lambda row: row.created_at + dt.timedelta(days=30))


def given_link(
    client, purpose=LinkPurpose.VISIT, *, subject=0, contact=None, channel="email", days=30
) -> str:
    """The token of a link that works from now on, for so many days."""
    now = clock.now()
    made = links.draft(
        purpose,
        client_id=client.pk,
        contact_id=contact.pk if contact else None,
        subject=subject,
        expires_at=now + dt.timedelta(days=days),
        channel=channel,
    )
    keep([made], now=now)
    return made.token
