"""Ten thousand people who wait, laid over the clients a bench practice has; all of them may be texted."""

import datetime as dt
import random

from config.demo.chance import Chance
from core import clock
from messaging.models import Consent
from messaging.states import ConsentSource
from practice.models import Address, Client, Provider
from practice.states import AddressKind, Channel, ClientStatus
from scheduling.models import TypeOffer
from waitlist.forms.entries import waitable_types
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.ageing import rescore

ENTRIES = 10_000
HALVES = ((None, None), (dt.time(8), dt.time(12)), (dt.time(12), dt.time(18)))


def fill(count: int = ENTRIES) -> int:
    """Whoever waited before is forgotten; how many wait now. Clients of a small practice wait for several things."""
    dice, now = Chance(1), clock.now()
    Offer.objects.all().delete()
    FreedSpan.objects.all().delete()
    WaitlistEntry.objects.all().delete()
    clients = list(
        Client.objects.filter(status=ClientStatus.ACTIVE).order_by("pk").values_list("pk", flat=True)
    )
    _make_reachable(clients, now)
    kinds = list(
        TypeOffer.objects.filter(type__in=waitable_types(), provider__is_active=True)
        .values_list("type", flat=True).distinct()
    )  # fmt: skip
    providers = list(Provider.objects.active().values_list("pk", flat=True))
    rows = [_entry(dice, clients[n % len(clients)], kinds, providers, now) for n in range(count)]
    WaitlistEntry.objects.bulk_create(rows, batch_size=2000)
    rescore(now)
    return len(rows)


def _entry(
    dice: random.Random, client: int, kinds: list[int], providers: list[int], now: dt.datetime
) -> WaitlistEntry:
    joined = now - dt.timedelta(days=dice.randint(0, 90), minutes=dice.randint(0, 1400))
    first, last = dice.choice(HALVES)
    return WaitlistEntry(
        client_id=client,
        type_id=dice.choice(kinds),
        provider_ids=sorted(dice.sample(providers, 3)) if dice.random() < 0.5 else [],
        weekdays=sorted(dice.sample(range(5), 2)) if dice.random() < 0.4 else [],
        from_time=first,
        until_time=last,
        is_quick=dice.random() < 0.7,
        urgency=dice.choice(("routine", "routine", "soon", "urgent")),
        created_at=joined,
        turn_at=joined,
    )


def _make_reachable(clients: list[int], now: dt.datetime) -> None:
    """Each has a number of their own with a yes to texts, and would rather have a text than a mail or a call."""
    Client.objects.filter(pk__in=clients).update(
        preferred_channel=Channel.SMS, call_before_closing=False, contact_from=None, contact_until=None
    )
    silent = sorted(
        set(clients)
        - set(Consent.objects.filter(channel=Channel.SMS, granted=True).values_list("client", flat=True))
    )
    numbers = {pk: f"+1303{pk % 10_000_000:07}" for pk in silent}
    Address.objects.bulk_create(
        (
            Address(client_id=pk, kind=AddressKind.PHONE, value=numbers[pk], safe_to_text=True)
            for pk in silent
        ),
        ignore_conflicts=True,
        batch_size=2000,
    )
    Consent.objects.bulk_create(
        (
            Consent(
                client_id=pk, channel=Channel.SMS, address=numbers[pk], granted=True, wording="Bench",
                source=ConsentSource.FORM, at=now - dt.timedelta(days=30), by_kind="system",
            )
            for pk in silent
        ),
        batch_size=2000,
    )  # fmt: skip
