"""A morning's release at one segment a second, and a carrier that fails in the middle of it (F12)."""

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from messaging.models import Breaker, Message, SenderBucket
from messaging.operations import dispatch
from messaging.rules.breaking import pause_seconds, why_open
from messaging.rules.caps import DAY_FULL, WEEK_FULL, Ahead, Caps, refusal
from messaging.rules.errors import Verdict
from messaging.rules.pacing import filled, how_many
from messaging.states import BreakerState, MessageState
from messaging.tests.conftest import MORNING
from practice.models import Address, Client
from practice.tests.factories import AddressFactory, ClientFactory

SECOND = dt.timedelta(seconds=1)
ROWS = 60


def many(due, reachable) -> list[Message]:
    """Visits a minute apart, planned in the opposite order; the first of them lose their use while waiting."""
    first = due(client=reachable(), useful_until=MORNING + 10 * SECOND)
    clients = Client.objects.bulk_create(ClientFactory.build_batch(ROWS - 1))
    Address.objects.bulk_create([AddressFactory.build(client=c, safe_to_text=True) for c in clients])
    numbers = dict(Address.objects.filter(client__in=clients).values_list("client_id", "value"))
    from messaging.models import Consent  # noqa: PLC0415  rows, not the subject of this test
    from messaging.tests.factories import ConsentFactory, MessageFactory  # noqa: PLC0415

    Consent.objects.bulk_create([ConsentFactory.build(client=c, address=numbers[c.pk]) for c in clients])
    left = [ROWS - n for n in range(ROWS - 1)]
    rows = [
        MessageFactory.build(
            client=c, address=numbers[c.pk], subject=1000 + n, useful_until=MORNING + (20 + n) * SECOND
        )
        for c, n in zip(clients, left, strict=True)
    ]
    return [first, *Message.objects.bulk_create(rows)]


def test_a_morning_at_one_segment_a_second_with_a_breaker_in_it(due, reachable, moment, carrier, settings):
    settings.MESSAGE_BREAKER_SECONDS = 10
    SenderBucket.objects.create(
        channel="sms", sender="+12025550100", per_second=1, burst=1, tokens=1, refilled_at=MORNING
    )
    many(due, reachable)
    gone: list[int] = []
    for second in range(160):
        if second in (15, 35):
            settings.TWILIO_AUTH_TOKEN = "wrong" if second == 15 else "standin-secret"
        dispatch.tick()
        if second % 5 == 0:
            dispatch.reap()
        gone.append(len(carrier.ledger))
        moment.wait(seconds=1)

    rows = {row.address: row for row in Message.objects.all()}
    order = [rows[entry.to].useful_until for entry in carrier.ledger]
    assert max(later - sooner for sooner, later in itertools.pairwise(gone)) == 1
    assert order == sorted(order)
    assert gone[15] == gone[34]
    assert Breaker.objects.get().state == BreakerState.CLOSED
    assert {row.state for row in rows.values()} == {MessageState.ACCEPTED, MessageState.EXPIRED}
    assert all(row.reason for row in rows.values() if row.state == MessageState.EXPIRED)
    assert all(entry.created < rows[entry.to].useful_until for entry in carrier.ledger)
    assert len({entry.to for entry in carrier.ledger}) == len(carrier.ledger)


@given(
    per_second=st.floats(0.1, 50),
    burst=st.floats(1, 20),
    sizes=st.lists(st.integers(1, 6), max_size=40),
    pauses=st.lists(st.floats(0, 5), max_size=40),
)
def test_a_bucket_never_gives_more_than_it_had_and_what_flowed_in(per_second, burst, sizes, pauses):
    tokens, given_out, waited = burst, 0, 0.0
    for pause in pauses:
        waited += pause
        tokens = filled(tokens, per_second=per_second, burst=burst, seconds=pause)
        count, tokens = how_many(tokens, sizes, burst=burst)
        given_out += sum(sizes[:count])
        sizes = sizes[count:]

    assert (
        given_out <= burst + per_second * waited + 5 + 1e-6
    )  # one message may be bigger than the whole bucket


def test_a_clock_that_goes_back_fills_nothing():
    assert filled(1.0, per_second=5, burst=10, seconds=-60) == 1.0


def test_why_a_breaker_opens():
    assert why_open({Verdict.CONFIGURATION: 5}) == "It refuses our settings"
    assert why_open({Verdict.UNKNOWN: 6, Verdict.ACCEPTED: 5}) != ""
    assert why_open({Verdict.UNKNOWN: 5, Verdict.ACCEPTED: 5}) == ""
    assert why_open({Verdict.UNKNOWN: 9}) == ""
    assert why_open({Verdict.BAD_ADDRESS: 50}) == ""
    assert [pause_seconds(n, first=60) for n in range(6)] == [60, 120, 240, 480, 600, 600]


def test_caps_count_the_recipients_day_and_week():
    from zoneinfo import ZoneInfo  # noqa: PLC0415  only here

    common = {"caps": Caps(2, 3), "now": MORNING, "zone": ZoneInfo("America/New_York")}
    today, yesterday = MORNING - dt.timedelta(hours=2), MORNING - dt.timedelta(days=1)

    assert refusal(drop_rank=1, sent=[yesterday, today], ahead=[], **common) == ""
    assert refusal(drop_rank=1, sent=[today, today], ahead=[], **common) == DAY_FULL
    assert refusal(drop_rank=1, sent=[yesterday] * 3, ahead=[], **common) == WEEK_FULL
    assert refusal(drop_rank=2, sent=[today], ahead=[Ahead(MORNING, 1)], **common) == DAY_FULL
    assert refusal(drop_rank=1, sent=[today], ahead=[Ahead(MORNING, 1)], **common) == ""
    assert refusal(drop_rank=9, sent=[today] * 9, ahead=[], **(common | {"caps": Caps(0, 0)})) == ""
