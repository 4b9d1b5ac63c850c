"""Consent and opt-outs a practice brings along: written set-wise, told once when all are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from core.actors import Actor
from messaging.models import Consent, Suppression
from messaging.signals import consents_changed
from practice import permissions
from practice.models import Address, Change, Client
from practice.operations import record_many

BATCH = 1000


@transaction.atomic
def bring_consents(
    lines: Sequence[Consent], clients: Mapping[int, Client], *, by: Actor, now: datetime, change: Change
) -> None:
    """Add to the history, one line of audit for each client. Raises NotAllowed. Tells nobody: see `tell`."""
    permissions.require(permissions.may(by, "consent.record"))
    Consent.objects.bulk_create(lines, batch_size=BATCH)
    counts = Counter(line.client_id for line in lines)
    told = [(clients[pk], None, {"lines": n}) for pk, n in sorted(counts.items())]
    record_many("consent.imported", told, by=by, at=now, change=change)


@transaction.atomic
def bring_optouts(rows: Sequence[Suppression], *, by: Actor, now: datetime, change: Change) -> None:
    """Close these addresses, or say when they were closed. Raises NotAllowed. Tells nobody: see `tell`."""
    permissions.require(permissions.may(by, "consent.record"))
    Suppression.objects.bulk_create(rows, batch_size=BATCH)
    told = [(row, None, {"channel": row.channel, "reason": row.reason}) for row in rows]
    record_many("suppression.imported", told, by=by, at=now, change=change)


def owners_of_all(addresses: Collection[str]) -> set[int]:
    """Ids of the clients who have one of these, themselves or by a contact."""
    found = Address.objects.filter(value__in=addresses).values_list("client_id", "contact__client_id")
    return {own or of_contact for own, of_contact in found}


def tell(client_ids: Collection[int], now: datetime) -> None:
    """Once for a whole file."""
    if client_ids:
        consents_changed.send(sender=Consent, client_ids=frozenset(client_ids), now=now)
