"""The inbox as its page draws it: who writes, what was said last, and the talk itself."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from core.actors import Actor
from messaging.models import Attempt, InboundMessage, StaffReply, Thread
from messaging.states import AttemptState, MessageState
from practice.models import Address, Client
from practice.states import Channel

SHOWN_LETTERS, SHOWN_BUBBLES = 90, 200
WENT = (AttemptState.ACCEPTED, AttemptState.ADOPTED, AttemptState.UNKNOWN, AttemptState.STARTED)
FAILED = (MessageState.UNDELIVERED, MessageState.DEAD)
EFFECTS = {
    "confirm": "confirmed the visit",
    "cancel": "asked to cancel",
    "confirm_late_cancel": "asked to cancel, late",
    "reschedule_link": "wants another time",
    "opt_out": "opted out",
    "opt_out_and_task": "opted out",
    "opt_in": "opted in",
    "wrong_number": "wrong number",
    "crisis": "words of danger",
    "accept_offer": "took the offer",
    "decline_offer": "declined the offer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The people on file with a number. contact: the relation, for somebody's parent."""

    name: str
    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    thread: Thread
    people: list[Who]
    last: str
    age: str

    @property
    def title(self) -> str:
        return ", ".join(one.name for one in self.people) or self.thread.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """side: in, ours (the system's) or staff."""

    side: str
    text: str
    at: dt.datetime
    foot: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    on: dt.date
    bubbles: list[Bubble] = field(default_factory=list)


def rows_of(threads: Iterable[Thread], now: dt.datetime) -> list[Row]:
    """Two queries however many."""
    found = list(threads)
    addresses = [thread.address for thread in found]
    people, last = people_of(addresses), _last_words(addresses)
    return [
        Row(
            thread=thread,
            people=people.get(thread.address, []),
            last=last.get(thread.address, ""),
            age=age(now - (thread.waiting_since or thread.last_at)),
        )
        for thread in found
    ]


def people_of(addresses: Iterable[str]) -> dict[str, list[Who]]:
    rows = Address.objects.filter(value__in=list(addresses)).select_related("client", "contact__client")
    rows = rows.defer("contact__custody_note").order_by("client_id", "id")
    found: dict[str, list[Who]] = defaultdict(list)
    for row in rows:
        if row.client is not None:
            found[row.value].append(Who(name=row.client.name, client=row.client))
        elif row.contact is not None:
            name = f"{row.contact.name} for {row.contact.client.name}"
            found[row.value].append(Who(name=name, client=row.contact.client))
    return found


def _last_words(addresses: list[str]) -> dict[str, str]:
    newest = InboundMessage.objects.filter(from_address__in=addresses).order_by(
        "from_address", "-received_at", "-id"
    )
    return {row.from_address: row.text[:SHOWN_LETTERS] for row in newest.distinct("from_address")}


def age(waited: dt.timedelta) -> str:
    minutes = int(waited.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def talk(thread: Thread, actor: Actor, zone: dt.tzinfo) -> list[Day]:
    """The latest of it, by days. What was sent to a client the reader may not see stays out."""
    clients = Client.objects.visible_to(actor)
    bubbles = [*_heard(thread, clients), *_said(thread, clients), *_answered(thread)]
    latest = sorted(bubbles, key=lambda one: one.at)[-SHOWN_BUBBLES:]
    days: dict[dt.date, Day] = {}
    for bubble in latest:
        on = bubble.at.astimezone(zone).date()
        days.setdefault(on, Day(on=on)).bubbles.append(bubble)
    return list(days.values())


def _heard(thread: Thread, clients: QuerySet[Client]) -> Iterable[Bubble]:
    seen = Q(client__isnull=True) | Q(client__in=clients)
    rows = InboundMessage.objects.filter(seen, from_address=thread.address).order_by("-received_at", "-id")
    for row in rows[:SHOWN_BUBBLES]:
        tone = "bad" if row.effect == "crisis" else ""
        yield Bubble(
            side="in", text=row.text, at=row.received_at, foot=EFFECTS.get(row.effect, ""), tone=tone
        )


def _said(thread: Thread, clients: QuerySet[Client]) -> Iterable[Bubble]:
    """The system's own texts, once they went."""
    seen = Q(message__client__isnull=True) | Q(message__client__in=clients)
    rows = Attempt.objects.filter(
        seen,
        message__address=thread.address,
        message__channel=Channel.SMS,
        message__staff_reply__isnull=True,
        state__in=WENT,
    )
    for row in rows.select_related("message").order_by("-started_at", "-id")[:SHOWN_BUBBLES]:
        yield Bubble(
            side="ours",
            text=row.text,
            at=row.started_at,
            foot=MessageState(row.message.state).label.lower(),
            tone="bad" if row.message.state in FAILED else "",
        )


def _answered(thread: Thread) -> Iterable[Bubble]:
    """What staff wrote, from the moment they did; whatever the carrier says of it."""
    rows = StaffReply.objects.filter(thread=thread).select_related("by", "message").order_by("-at", "-id")
    for row in rows[:SHOWN_BUBBLES]:
        message = row.message
        state = MessageState(message.state).label.lower() if message else ""
        why = f": {message.reason}" if message and message.reason else ""
        yield Bubble(
            side="staff",
            text=row.text,
            at=row.at,
            foot=f"{row.by.name} · {state}{why}",
            tone="bad" if why or (message and message.state in FAILED) else "",
        )
