"""Questions that cross models."""

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Exists, OuterRef, Q, Value

from core import clock
from core.actors import Actor, ActorKind
from practice.models import Address, AuditEntry, Client, ClientContact, Practice, Provider, User
from practice.rules.contacts import ContactFacts, why_closed
from practice.rules.duplicates import Known


def actor_for(user: User | AnonymousUser, *, via: str) -> Actor:
    """The signed-in user as an Actor; one query, for the supervisees, when the user is a provider.

    Raises PermissionError for somebody not signed in: pages open to the world make their own actor.
    """
    if not isinstance(user, User) or not user.is_active:
        raise PermissionError("nobody is signed in")
    supervisees: frozenset[int] = frozenset()
    if user.provider_id:
        supervisees = frozenset(
            Provider.objects.filter(supervisor=user.provider_id).values_list("pk", flat=True)
        )
    roles = frozenset(user.roles) | ({"admin"} if user.is_superuser else frozenset())
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        via=via,
        roles=roles,
        provider_id=user.provider_id,
        supervisee_ids=supervisees,
        undo_seconds=settings.UNDO_SECONDS if user.undo_seconds is None else user.undo_seconds,
    )


_remembered: ContextVar[list[Practice] | None] = ContextVar("remembered_practice", default=None)


def the_practice() -> Practice:
    """The one row. Raises Practice.DoesNotExist before set-up."""
    kept = _remembered.get()
    if kept is None:
        return Practice.objects.get(pk=1)
    if not kept:
        kept.append(Practice.objects.get(pk=1))
    return kept[0]


@contextmanager
def one_practice() -> Iterator[None]:
    """Inside, the row is read once: an act is decided by one state of the settings. Nests."""
    token = _remembered.set(_remembered.get() or [])
    try:
        yield
    finally:
        _remembered.reset(token)


def practice_and_now() -> tuple[Practice, dt.datetime]:
    """The one row and the clock, in one query. Raises Practice.DoesNotExist before set-up."""
    # Asked by nearly every page, so by hand: the ORM takes longer to word it than the database to answer.
    sql = f"SELECT practice_practice.*, {clock.sql()} AS read_at FROM practice_practice WHERE id = 1"  # noqa: S608  one of the clock's own two constants
    practice = next(iter(Practice.objects.raw(sql)), None)
    if practice is None:
        raise Practice.DoesNotExist
    return practice, clock.seen(practice.read_at)  # type: ignore[attr-defined]  # the query's own column


def facts_of(contact: ClientContact) -> ContactFacts:
    return ContactFacts(
        relationship=contact.relationship,
        has_legal_authority=contact.has_legal_authority,
        never_contact=contact.never_contact,
        valid_from=contact.valid_from_on,
        valid_until=contact.valid_until_on,
        rights_on=contact.rights_on,
        born=contact.client.birth_on,
    )


def today_of(client: Client, now: dt.datetime, practice: Practice) -> dt.date:
    """Birthdays begin at midnight where the client lives."""
    return now.astimezone(ZoneInfo(client.zone) if client.zone else practice.tz).date()


def contacts_closed(
    ids: Collection[int], now: dt.datetime, *, right: str, practice: Practice | None = None
) -> dict[int, str]:
    """{contact: why} of those without `right` (may_receive, may_confirm, may_cancel, may_see_past) at this moment.

    A contact that is gone has none. One query, and one for the practice where the caller has not read it.
    """
    practice = practice or the_practice()
    rows = ClientContact.objects.filter(pk__in=ids).select_related("client")
    contacts = {row.pk: row for row in rows.only(*OF_CONTACT, right)}
    found = dict.fromkeys(set(ids) - contacts.keys(), "Not on file any more")
    for pk, contact in contacts.items():
        today = today_of(contact.client, now, practice)
        why = why_closed(facts_of(contact), today=today, ages=practice.ages)
        if why or not getattr(contact, right):
            found[pk] = why or "Not by the rights on record"
    return found


OF_CONTACT = ("relationship", "has_legal_authority", "never_contact", "valid_from_on", "valid_until_on", "rights_on",
              "client__birth_on", "client__zone")  # fmt: skip


def people_like(first_name: str, last_name: str, birth_on: dt.date | None, phone: str) -> list[Known]:
    """Who shares the phone, the last name and birth date, or much of the name; at most ten, likest first."""
    whole = f" {first_name} {last_name}".lower()
    alike = Q(search_name__trigram_similar=whole)
    if birth_on:
        alike |= Q(last_name__iexact=last_name, birth_on=birth_on)
    if phone:
        alike |= Q(addresses__value=phone)
    shares = (
        Exists(Address.objects.filter(client=OuterRef("pk"), value=phone)) if phone else Value(value=False)
    )
    found = (
        Client.objects.filter(alike)
        .annotate(likeness=TrigramSimilarity("search_name", whole), shares_phone=shares)
        .order_by("-shares_phone", "-likeness", "pk")
        .distinct()[:10]
    )
    return [
        Known(
            client_id=client.pk,
            name=client.name,
            record_number=client.record_number,
            last_name=client.last_name,
            birth_on=client.birth_on,
            shares_phone=client.shares_phone,
            likeness=client.likeness,
        )
        for client in found
    ]


def recent_clients(actor: Actor, *, now: dt.datetime, limit: int) -> list[Client]:
    """The clients this person looked at or added in the last two weeks, the latest first."""
    entries = AuditEntry.objects.filter(
        at__gte=now - dt.timedelta(days=14), actor_kind=actor.kind, actor_id=actor.id, subject_kind="client"
    )
    latest = list(dict.fromkeys(entries.order_by("-at").values_list("subject_id", flat=True)[:100]))[:limit]
    clients = Client.objects.visible_to(actor).in_bulk(latest)
    return [clients[pk] for pk in latest if pk in clients]
