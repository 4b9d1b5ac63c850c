"""Links given out, opened and taken back."""

import datetime as dt
from collections.abc import Sequence

from core.actors import Actor, ActorKind
from core.links import Draft, LinkRefused, hash_of, is_signed
from practice.models import ClientContact, Link
from practice.queries import contacts_closed


def keep(drafts: Sequence[Draft], *, now: dt.datetime) -> None:
    """From here on they work. One statement however many, none for none."""
    if not drafts:
        return
    Link.objects.bulk_create(
        Link(
            token_hash=hash_of(one.token),
            purpose=one.purpose,
            client_id=one.client_id,
            contact_id=one.contact_id,
            subject=one.subject,
            channel=one.channel,
            created_at=now,
            expires_at=one.expires_at,
        )
        for one in drafts
    )


def opened(token: str, *purposes: str, now: dt.datetime) -> Link:
    """What this token opens, for one of these purposes. Raises LinkRefused and says nothing of the reason.

    A contact's link ends with what they may receive, whatever its own date says.
    """
    if not any(is_signed(purpose, token) for purpose in purposes):
        raise LinkRefused
    links = Link.objects.select_related("client", "contact").defer("contact__custody_note")
    link = links.filter(token_hash=hash_of(token), purpose__in=purposes, revoked_at=None).first()
    if link is None or link.expires_at <= now or not _may_still(link, now):
        raise LinkRefused
    return link


def _may_still(link: Link, now: dt.datetime) -> bool:
    if link.contact_id is None:
        return True
    is_theirs = ClientContact.objects.filter(pk=link.contact_id, client=link.client_id).exists()
    return is_theirs and not contacts_closed([link.contact_id], now, right="may_receive")


def revoke(client_id: int, *, contact_id: int | None = None, now: dt.datetime) -> int:
    """Every link of the client and of their contacts, or only this contact's, stops at once; returns how many."""
    links = Link.objects.filter(client=client_id, revoked_at=None, expires_at__gt=now)
    return (links.filter(contact=contact_id) if contact_id else links).update(revoked_at=now)


def sweep(now: dt.datetime, *, kept: dt.timedelta = dt.timedelta(days=30)) -> int:
    """Forget what has long ended; returns how many."""
    return Link.objects.filter(expires_at__lt=now - kept).delete()[0]


def holder(link: Link, *, via: str = "portal") -> Actor:
    """Whoever holds the link acts as the one it was given to."""
    if link.contact_id is not None:
        return Actor(kind=ActorKind.CONTACT, id=link.contact_id, via=via)
    return Actor(kind=ActorKind.CLIENT, id=link.client_id, via=via)
