"""A number typed by hand is said hello to before any visit is named: it may be somebody else's. Source: CORE-4."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from messaging.models import Message
from messaging.operations.outbox import NewMessage, enqueue
from messaging.purposes import Decision, Purpose, Send, Skip, register
from messaging.queries import Recipient, address_standings
from messaging.rules.wording import language_of
from messaging.states import MessageClass, MessageState
from practice.models import Address
from practice.queries import the_practice
from practice.states import AddressKind, Channel

HELLO = "messaging.hello"
# What names a visit to somebody who did not just write to us from that very number.
NAMES_A_VISIT = frozenset({MessageClass.REMINDER, MessageClass.OFFER, MessageClass.NEWS, MessageClass.URGENT})
# Time to say WRONG NUMBER.
WAIT = timedelta(minutes=10)
# While the hello itself is on its way.
LOOK_AGAIN = timedelta(minutes=1)
USEFUL_FOR = timedelta(days=3)
ARRIVED = (MessageState.ACCEPTED, MessageState.DELIVERED)
ON_ITS_WAY = (MessageState.DUE, MessageState.CLAIMED, MessageState.SENDING, MessageState.VERIFYING)
WORDS = {
    "en": "{practice}: this number is now on file with us. Not you? Reply WRONG NUMBER. STOP to opt out.",
    "es": "{practice}: tenemos este numero en nuestros registros. No es usted? Responda NUMERO EQUIVOCADO. "
    "STOP para no recibir mas.",
}


def greet(client_ids: Collection[int], now: datetime) -> None:
    """Say hello to numbers of these clients, and of their contacts, that may be texted and have not been greeted."""
    theirs = Q(client__in=client_ids) | Q(contact__client__in=client_ids)
    _say({row.pk: row for row in _new().filter(theirs)}, now)


def not_yet(messages: Iterable[Message], now: datetime) -> dict[int, datetime]:
    """{message: when to ask again} of texts that name a visit to a number that has had no hello, or just now.

    Whoever has had none is said hello to. One query where no number is new. A hello that failed holds nothing back: the
    text will fail by itself.
    """
    texts = [m for m in messages if _names_a_visit(m)]
    rows = _new().filter(value__in={m.address for m in texts}) if texts else ()
    new = {(row.client_id, row.contact_id, row.value): row for row in rows}
    if not new:
        return {}
    free_at = _free_at({row.pk: row for row in new.values()}, now)
    found = {}
    for message in texts:
        row = new.get(
            (None if message.contact_id else message.client_id, message.contact_id, message.address)
        )
        if row is not None and free_at[row.pk] > now:
            found[message.pk] = free_at[row.pk]
    return found


def _names_a_visit(message: Message) -> bool:
    return message.channel == Channel.SMS and message.klass in NAMES_A_VISIT and message.purpose != HELLO


def _new():
    return Address.objects.filter(kind=AddressKind.PHONE, is_new=True, verified_at=None).select_related(
        "contact"
    )


def _free_at(rows: dict[int, Address], now: datetime) -> dict[int, datetime]:
    said = _said(rows)
    _say({pk: row for pk, row in rows.items() if not said[pk]}, now)
    return {pk: _when_free(said[pk], now) for pk in rows}


def _when_free(said: list[tuple[str, datetime | None]], now: datetime) -> datetime:
    times = [at for state, at in said if state in ARRIVED and at]
    if times:
        return min(times) + WAIT
    is_coming = not said or any(state in ON_ITS_WAY for state, _ in said)
    return now + LOOK_AGAIN if is_coming else now


def _said(rows: Collection[int]) -> dict[int, list[tuple[str, datetime | None]]]:
    """Of each address the hellos there were: (state, when it was taken)."""
    found = defaultdict(list)
    told = Message.objects.filter(purpose=HELLO, subject__in=rows)
    for pk, state, at in told.values_list("subject", "state", "accepted_at"):
        found[pk].append((state, at))
    return found


def _say(rows: dict[int, Address], now: datetime) -> None:
    """To those among them that may be texted and were not greeted."""
    said = _said(rows) if rows else {}
    fresh = {pk: row for pk, row in rows.items() if not said[pk]}
    if not fresh:
        return
    who = {pk: Recipient(_client_of(row), row.contact_id) for pk, row in fresh.items()}
    standings = address_standings(set(who.values()), now)
    open_ = {
        (one, standing.address)
        for one, of_theirs in standings.items()
        for standing in of_theirs
        if standing.channel == Channel.SMS and not standing.refusal
    }
    enqueue(
        [_message(row, who[pk], now) for pk, row in fresh.items() if (who[pk], row.value) in open_], now=now
    )


def _client_of(row: Address) -> int:
    return row.contact.client_id if row.contact else row.client_id or 0


def _message(row: Address, one: Recipient, now: datetime) -> NewMessage:
    return NewMessage(
        purpose=HELLO,
        subject=row.pk,
        client_id=one.client_id,
        contact_id=one.contact_id,
        channel=Channel.SMS,
        address=row.value,
        klass=MessageClass.NEWS,
        not_before=now,
        due_at=now,
        useful_until=now + USEFUL_FOR,
    )


def say_hello(subjects: list[int], now: datetime) -> dict[int, Decision]:
    practice = the_practice()
    rows = Address.objects.filter(pk__in=subjects).select_related("client", "contact")
    return {row.pk: _words(row, practice.sender_name) for row in rows}


def _words(row: Address, practice: str) -> Decision:
    owner = row.contact or row.client
    if not row.is_new or owner is None:
        return Skip("The number is known by now")
    return Send(text=WORDS[language_of(owner.language)].format(practice=practice))


def register_all() -> None:
    register(Purpose(name=HELLO, decide=say_hello))
