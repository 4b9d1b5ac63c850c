"""What people allow. Consent is a history that only grows; a suppression closes an address for all who share it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from core import clock
from core.actors import SYSTEM, Actor
from messaging.models import Consent, Suppression
from messaging.queries import Recipient, owners_of
from messaging.signals import consents_changed
from messaging.states import ConsentSource
from practice import permissions
from practice.models import Client, ClientContact
from practice.operations import record
from practice.states import Channel

OPTED_OUT = "opted_out"
WRONG_NUMBER = "wrong_number"
BAD_ADDRESS = "bad_address"
# A number that says STOP is neither texted nor called by a machine.
BY_PHONE = (Channel.SMS, Channel.VOICE)
OPT_OUT_WORDING = "Opted out by reply"
OPT_IN_WORDING = "Opted in again by reply"


@transaction.atomic
def record_consent(
    client: Client,
    *,
    contact: ClientContact | None = None,
    channel: str,
    address: str,
    granted: bool,
    wording: str,
    source: ConsentSource,
    by: Actor,
    now: datetime | None = None,
) -> Consent:
    """Add a line; the newest holds. Raises NotAllowed."""
    permissions.require(not by.is_staff or permissions.may(by, "consent.record"))
    now = now or clock.now()
    one = Recipient(client.pk, contact.pk if contact else None)
    line = _line(one, channel, address, granted=granted, wording=wording, source=source, by=by, now=now)
    after = {"consent": line.pk, "channel": channel, "granted": granted, "source": source}
    record("consent.recorded", client, by=by, at=now, before=None, after=after)
    _tell({client.pk}, now)
    return line


def _line(
    one: Recipient,
    channel: str,
    address: str,
    *,
    granted: bool,
    wording: str,
    source: ConsentSource,
    by: Actor,
    now: datetime,
) -> Consent:
    return Consent.objects.create(
        client_id=one.client_id,
        contact_id=one.contact_id,
        channel=channel,
        address=address,
        granted=granted,
        wording=wording[:300],
        source=source,
        at=now,
        by_kind=by.kind,
        by_id=by.id,
    )


@transaction.atomic
def suppress(
    address: str, *, channels: Iterable[str], reason: str, evidence: str = "", now: datetime
) -> None:
    """Nothing goes to this address on these channels from now on. Repeating it is harmless."""
    rows = [
        Suppression(channel=channel, address=address, reason=reason, evidence=evidence[:80], at=now)
        for channel in channels
    ]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)  # one live row per address and channel
    _tell({owner.client_id for owner in owners_of(address)}, now)


@transaction.atomic
def lift(
    address: str, *, channels: Iterable[str], by: Actor = SYSTEM, now: datetime, reason: str = ""
) -> int:
    """Open the address again; only suppressions of `reason`, if given. Raises NotAllowed."""
    permissions.require(permissions.may(by, "consent.record"))
    live = Suppression.objects.filter(address=address, channel__in=list(channels), lifted_at__isnull=True)
    lifted = (live.filter(reason=reason) if reason else live).update(lifted_at=now)
    if lifted:
        _tell({owner.client_id for owner in owners_of(address)}, now)
    return lifted


@transaction.atomic
def opt_out(address: str, *, evidence: str, now: datetime) -> None:
    """STOP from this number: close it, and put a refusal on record for everybody who shares it."""
    for one in owners_of(address):
        if not _refused_by_reply(_lately(one, address)):
            _line_by_reply(one, address, granted=False, wording=OPT_OUT_WORDING, now=now)
    suppress(address, channels=BY_PHONE, reason=OPTED_OUT, evidence=evidence, now=now)


@transaction.atomic
def opt_in(address: str, *, now: datetime) -> bool:
    """START from this number: undo what STOP did, and no more. Who never agreed has not agreed by this."""
    if not lift(address, channels=BY_PHONE, now=now, reason=OPTED_OUT):
        return False
    for one in owners_of(address):
        lately = _lately(one, address)
        if _refused_by_reply(lately) and lately[-1].granted:  # they had agreed before their STOP
            _line_by_reply(one, address, granted=True, wording=OPT_IN_WORDING, now=now)
    return True


def _lately(one: Recipient, address: str) -> list[Consent]:
    """The two newest lines about texts to this number, newest first."""
    lines = Consent.objects.filter(
        client=one.client_id, contact=one.contact_id, channel=Channel.SMS, address=address
    )
    return list(lines.order_by("-at", "-id")[:2])


def _refused_by_reply(lately: list[Consent]) -> bool:
    return bool(lately) and not lately[0].granted and lately[0].source == ConsentSource.REPLY


def _line_by_reply(one: Recipient, address: str, *, granted: bool, wording: str, now: datetime) -> None:
    by = SYSTEM  # which of the people sharing a number wrote, nobody knows
    _line(
        one,
        Channel.SMS,
        address,
        granted=granted,
        wording=wording,
        source=ConsentSource.REPLY,
        by=by,
        now=now,
    )


def _tell(client_ids: set[int], now: datetime) -> None:
    if client_ids:
        consents_changed.send(sender=Consent, client_ids=frozenset(client_ids), now=now)
