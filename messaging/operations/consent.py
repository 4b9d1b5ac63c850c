"""What people allow. Consent is a history that only grows; a suppression closes an address for all who share it."""

from collections import Counter
from collections.abc import Collection, Container, Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from core import clock
from core.actors import SYSTEM, Actor
from core.refusals import Refusal
from messaging.models import Consent, Suppression
from messaging.operations import hello
from messaging.queries import Recipient, owners_of, serves, unanswered
from messaging.rules.agreeing import given_at as moment_given
from messaging.rules.reach import OFF_FILE
from messaging.signals import consents_changed
from messaging.states import Closed, ConsentSource
from practice import permissions
from practice.models import Address, Change, Client, ClientContact
from practice.operations import open_change, record, record_many
from practice.queries import the_practice
from practice.states import Channel

OPTED_OUT, WRONG_NUMBER, BAD_ADDRESS = Closed.OPTED_OUT, Closed.WRONG_NUMBER, Closed.BAD_ADDRESS
# A number that says STOP is neither texted nor called by a machine.
BY_PHONE = (Channel.SMS, Channel.VOICE)
OPT_OUT_WORDING = "Opted out by reply"
OPT_IN_WORDING = "Opted in again by reply"
MOST_WORDS, BATCH = 300, 2000
SAFE: dict[str, str] = {
    Channel.SMS: "safe_to_text",
    Channel.EMAIL: "safe_to_email",
    Channel.VOICE: "safe_to_voicemail",
}


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
    at: datetime | None = None,
    now: datetime | None = None,
    change: Change | None = None,
) -> Consent:
    """Add a line; the newest holds. at: when it was given, now unless said. Raises NotAllowed, Refusal for later."""
    permissions.require(not by.is_staff or permissions.may(by, "consent.record"))
    now = now or clock.now()
    at = _not_later(at or now, now)
    line = Consent(
        client=client, contact=contact, channel=channel, address=address, granted=granted,
        wording=wording[:MOST_WORDS], source=source, at=at, by_kind=by.kind, by_id=by.id,
    )  # fmt: skip
    line.save()
    after = {"consent": line.pk, "channel": channel, "granted": granted, "source": source, "given_at": at}
    record("consent.recorded", client, by=by, at=now, change=change, before=None, after=_plain(after))
    _tell({client.pk}, now)
    return line


@transaction.atomic
def take_consent(
    client_id: int,
    *,
    address_id: int,
    channel: str,
    granted: bool,
    wording: str,
    source: ConsentSource,
    given_on: date,
    is_safe: bool = False,
    by: Actor,
    change_id: UUID | None = None,
) -> Consent:
    """What somebody told the desk, once per form: the line, and with `is_safe` the address marked for that channel.

    given_on: a date of the practice's. An unticked `is_safe` takes nothing away.
    Raises NotAllowed, Client.DoesNotExist, AlreadyUsed, Refusal for a later day or an address that is gone.
    """
    permissions.require(permissions.may(by, "consent.record"))
    now = clock.now()
    content = {
        "client": client_id, "address": address_id, "channel": channel, "granted": granted, "wording": wording,
        "source": source, "given_on": given_on, "is_safe": is_safe,
    }  # fmt: skip
    opened = open_change(change_id, act="consent.recorded", content=content, by=by, now=now)
    client = _locked(client_id, by)
    if opened.repeat:
        return Consent.objects.get(pk=opened.change.result["consent"])
    at = moment_given(given_on, granted=granted, now=now, zone=the_practice().tz)
    address = _on_file(client, address_id, channel)
    if granted and is_safe:
        _mark_safe(address, channel, client, by=by, now=now, change=opened.change)
    line = record_consent(
        client, contact=address.contact, channel=channel, address=address.value, granted=granted, wording=wording,
        source=source, by=by, at=at or _not_later(None, now), now=now, change=opened.change,
    )  # fmt: skip
    opened.change.result = {"consent": line.pk}
    opened.change.save(update_fields=["result"])
    return line


def _not_later(at: datetime | None, now: datetime) -> datetime:
    if at is None or at > now:
        raise Refusal("Nobody can have agreed on a day that has not come yet.", field="given_on")
    return at


def _plain(facts: dict) -> dict:
    return {name: fact.isoformat() if isinstance(fact, datetime) else fact for name, fact in facts.items()}


def _locked(client_id: int, by: Actor) -> Client:
    """Raises Client.DoesNotExist. Whom one may see may be a DISTINCT question, which cannot be locked."""
    Client.objects.visible_to(by).get(pk=client_id)
    return Client.objects.select_for_update(no_key=True).get(pk=client_id)


def _on_file(client: Client, address_id: int, channel: str) -> Address:
    """The client's or a contact's, of a kind that serves the channel. Raises Refusal."""
    theirs = Q(client=client) | Q(contact__client=client)
    address = Address.objects.filter(theirs, pk=address_id).select_related("contact").first()
    if address is None or not serves(address.kind, channel):
        raise Refusal(f"{OFF_FILE}.", field="line", remedy="Look at the record and choose again.")
    return address


def _mark_safe(
    address: Address, channel: str, client: Client, *, by: Actor, now: datetime, change: Change
) -> None:
    flag = SAFE[channel]
    if getattr(address, flag):
        return
    setattr(address, flag, True)
    address.save(update_fields=[flag])
    after = {"address": address.pk, "fields": [flag]}
    record("client.changed", client, by=by, at=now, change=change, before=None, after=after)


@transaction.atomic
def attest_consents(
    client_ids: Collection[int],
    *,
    channels: Collection[str],
    wording: str,
    given_at: datetime,
    by: Actor,
    change: Change | None = None,
    source: ConsentSource = ConsentSource.IMPORT,
    now: datetime | None = None,
    only: Container[tuple[tuple[int, int | None], str]] | None = None,
    is_told: bool = True,
) -> int:
    """A yes for every address on file that has no answer yet, of these clients and of contacts who may receive.

    For imports: somebody attests that the practice holds these consents. It overrides nothing: an address with any
    line keeps it, and a closed one gets none. A dozen queries and one signal however many; returns how many lines.
    only: ((client id, contact id), address) wanted, all by default. An import in batches tells by itself at its end.
    Raises NotAllowed, Refusal for a later moment.
    """
    permissions.require(permissions.may(by, "consent.record"))
    now = now or clock.now()
    _not_later(given_at, now)
    clients = set(Client.objects.visible_to(by).filter(pk__in=client_ids).values_list("pk", flat=True))
    # Locked as every act on a client is, so that an answer given this minute is seen or comes after.
    list(
        Client.objects.filter(pk__in=clients).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )
    facts = {"granted": True, "wording": wording[:MOST_WORDS], "source": source, "at": given_at}
    lines = [
        Consent(
            client_id=one.client_id, contact_id=one.contact_id, channel=channel, address=address,
            by_kind=by.kind, by_id=by.id, **facts,
        )
        for one, channel, address in unanswered(clients, channels)
        if only is None or (one, address) in only
    ]  # fmt: skip
    Consent.objects.bulk_create(lines, batch_size=BATCH)
    counts = Counter(line.client_id for line in lines)
    told = [(Client(pk=pk), None, {"lines": n, "source": source}) for pk, n in sorted(counts.items())]
    record_many("consent.attested", told, by=by, at=now, change=change)
    if is_told:
        _tell(set(counts), now)
    return len(lines)


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
    """In the system's name: which of the people sharing a number wrote, nobody knows."""
    Consent.objects.create(
        client_id=one.client_id,
        contact_id=one.contact_id,
        channel=Channel.SMS,
        address=address,
        granted=granted,
        wording=wording,
        source=ConsentSource.REPLY,
        at=now,
        by_kind=SYSTEM.kind,
        by_id=SYSTEM.id,
    )


def _tell(client_ids: set[int], now: datetime) -> None:
    if client_ids:
        hello.greet(client_ids, now)
        consents_changed.send(sender=Consent, client_ids=frozenset(client_ids), now=now)
