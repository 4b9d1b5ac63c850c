"""Which of a batch would be one too many for their number today or this week."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from messaging import purposes, queries
from messaging.models import Message, SendingPolicy
from messaging.rules.caps import CAPPED, COUNTED, Ahead, Caps, refusal, week_of
from messaging.states import MessageState
from practice.models import Practice
from practice.states import Channel

BY_NUMBER = (Channel.SMS, Channel.VOICE)
UNDER_WAY = (MessageState.SENDING, MessageState.VERIFYING)
WAITING = (MessageState.DUE, MessageState.CLAIMED)


def capped(
    messages: Collection[Message], now: datetime, *, policy: SendingPolicy, practice: Practice
) -> dict[int, str]:
    """{message: why not} of those over the caps. What matters most is weighed first; as many queries for one."""
    caps = Caps(policy.cap_per_day, policy.cap_per_week)
    counted = [message for message in messages if message.klass in COUNTED and message.channel in BY_NUMBER]
    rows = [message for message in counted if message.klass in CAPPED]
    if not rows or not (caps.per_day or caps.per_week):
        return {}
    weeks = [week_of(now, queries.zone_of(row.client, practice)) for row in rows]
    sent = _sent({row.address for row in rows}, min(begin for begin, _ in weeks), now)
    for news in counted:
        if news.klass not in CAPPED:
            sent[news.address].append(now)
    ahead = _ahead(rows, now, max(end for _, end in weeks), besides=counted)
    refusals = {}
    for row in sorted(rows, key=lambda row: (row.drop_rank, row.useful_until, row.pk)):
        reason = refusal(
            caps=caps,
            drop_rank=row.drop_rank,
            sent=sent[row.address],
            ahead=ahead[row.address],
            now=now,
            zone=queries.zone_of(row.client, practice),
        )
        if reason:
            refusals[row.pk] = reason
        else:
            sent[row.address].append(now)
    return refusals


def _sent(addresses: Collection[str], since: datetime, now: datetime) -> dict[str, list[datetime]]:
    """When each number was written to or called; what is under way counts as now."""
    taken = Q(accepted_at__gte=since) | Q(state__in=UNDER_WAY)
    rows = Message.objects.filter(taken, address__in=addresses, channel__in=BY_NUMBER, klass__in=COUNTED)
    found = defaultdict(list)
    for address, at in rows.order_by().values_list("address", "accepted_at"):
        found[address].append(at or now)
    return found


def _ahead(
    rows: Collection[Message], now: datetime, until: datetime, *, besides: Collection[Message]
) -> dict[str, list[Ahead]]:
    """What is still to come to each number: waiting in the outbox, or planned by an app."""
    addresses, here = {row.address for row in rows}, {row.pk for row in besides}
    waiting = Message.objects.filter(address__in=addresses, channel__in=BY_NUMBER, klass__in=COUNTED)
    waiting = waiting.filter(state__in=WAITING, send_at__lt=until).exclude(pk__in=here)
    found = defaultdict(list)
    for address, at, rank in waiting.order_by().values_list("address", "send_at", "drop_rank"):
        found[address].append(Ahead(max(at, now), rank))
    address_of = {(row.client_id, row.contact_id): row.address for row in rows}
    for one in _planned({row.client_id for row in rows if row.client_id}, now, until):
        number = address_of.get((one.client_id, one.contact_id))
        if number:
            found[number].append(Ahead(max(one.due_at, now), one.drop_rank))
    return found


def _planned(client_ids: set[int], now: datetime, until: datetime) -> Iterable[purposes.Coming]:
    for purpose in purposes.all():
        if purpose.ahead is not None:
            yield from purpose.ahead(client_ids, now, until)
