"""Processes at one place of a group: ten say yes, staff give it by hand, it is taken back; one has it at the end."""

import datetime as dt
import os

import pytest

from availability.tests.factories import WeeklyBlockFactory
from config.bench.racing import BOOKED, REFUSED, race
from core import clock
from core.actors import Actor, ActorKind
from core.walltime import local_date
from groups import operations
from groups.states import MemberState
from groups.tests.factories import GroupFactory, MeetingFactory, MembershipFactory
from messaging.models import Message
from messaging.operations.consent import record_consent
from messaging.states import ConsentSource
from practice.models import Change
from practice.states import AddressKind, Channel, Role
from practice.tests.factories import AddressFactory, ClientFactory, PracticeFactory
from scheduling.models import Attendance
from scheduling.operations import undo
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory, TypeOfferFactory
from tests.races.test_groups import _by_round
from waitlist.models import FreedSpan, Offer
from waitlist.operations.answering import accept
from waitlist.operations.filling import look_at
from waitlist.tests.conftest import client_of
from waitlist.tests.factories import FreedSpanFactory, OfferFactory

ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))
DESK = Actor(kind=ActorKind.USER, id=1, roles=frozenset({Role.FRONT_DESK, Role.ADMIN}), undo_seconds=60)
SYSTEM = Actor(kind=ActorKind.SYSTEM)
ASKED = 10


def _reachable(client) -> str:
    number = AddressFactory(client=client, kind=AddressKind.PHONE, safe_to_text=True).value
    record_consent(
        client, channel=Channel.SMS, address=number, granted=True, wording="Yes",
        source=ConsentSource.VERBAL, by=SYSTEM,
    )  # fmt: skip
    return number


def _session(group, start: dt.datetime, people):
    visit = AppointmentFactory(
        type=group.type, provider=group.facilitator, starts_at=start, capacity=group.capacity
    )
    MeetingFactory(group=group, appointment=visit)
    for client in people:
        AttendanceFactory(appointment=visit, client=client)
    return visit


@pytest.fixture
def places(transactional_db):
    """A round each: a group of two, one place of which is free; two sessions ahead; ten in line who all were asked."""
    practice = PracticeFactory()
    return [_place(practice, number) for number in range(ROUNDS)]


def _place(practice, number: int) -> list[Offer]:
    group = GroupFactory(capacity=2)
    TypeOfferFactory(type=group.type, provider=group.facilitator)
    for weekday in range(7):
        WeeklyBlockFactory(
            provider=group.facilitator, weekday=weekday, starts_at=dt.time(8), ends_at=dt.time(18)
        )
    member = MembershipFactory(group=group)
    noon = dt.datetime.combine(local_date(clock.now(), practice.tz), dt.time(12), practice.tz)
    first, _ = (_session(group, noon + dt.timedelta(days=3 + n), [member.client]) for n in range(2))
    span = FreedSpanFactory(
        provider=group.facilitator, appointment=first, seats=group.public_id, why="seat",
        starts_at=first.starts_at, ends_at=first.ends_at,
    )  # fmt: skip
    return [_asked(group, span, first, day) for day in range(ASKED)]


def _asked(group, span, visit, day: int) -> Offer:
    client = ClientFactory()
    MembershipFactory(
        group=group, client=client, state=MemberState.WAITING, seat=None, enrolled_at=None,
        waiting_since=clock.now() - dt.timedelta(days=40 - day),
    )  # fmt: skip
    offer = OfferFactory(
        entry=None,
        client=client,
        span=span,
        appointment=visit,
        address=_reachable(client),
        turn_was=clock.now(),
    )
    now = clock.now()
    Message.objects.create(
        purpose="waitlist.offer", subject=offer.pk, client=client, channel="sms", address=offer.address,
        klass="offer", state="delivered", not_before=now, due_at=now, send_at=now, accepted_at=now,
        useful_until=offer.expires_at, created_at=now,
    )  # fmt: skip
    return offer


def _members(offers: list[Offer]) -> list[str]:
    group = offers[0].span.seats
    rows = Attendance.objects.filter(appointment__meeting__group__public_id=group, state="expected")
    return [rows.filter(client=offer.client_id).count() for offer in offers]


def test_ten_say_yes_to_one_place_and_one_is_enrolled_nine_are_told(places):
    def attempt(me: int, number: int) -> None:
        offer = places[number][me]
        accept(offer.pk, how="sms", by=client_of(offer))

    told = race(attempt, contenders=ASKED, rounds=ROUNDS)

    assert _by_round(told) == {number: {BOOKED: 1, REFUSED: 9} for number in range(ROUNDS)}
    for offers in places:
        assert sorted(_members(offers)) == [0] * 9 + [2]
        of_round = Offer.objects.filter(span=offers[0].span)
        assert sorted(of_round.values_list("state", flat=True)) == ["accepted"] + ["lost"] * 9
        assert Message.objects.filter(purpose="waitlist.told", subject__in=of_round).count() == 9
    assert set(FreedSpan.objects.values_list("state", flat=True)) == {"filled"}


def test_staff_enrol_by_hand_while_nine_say_yes(places):
    """The first contender is the desk, who enrols whoever waits longest: who was asked too."""

    def attempt(me: int, number: int) -> None:
        offer = places[number][me]
        if me:
            accept(offer.pk, how="sms", by=client_of(offer))
        else:
            operations.enrol(offer.client.memberships.get().pk, by=DESK)

    told = race(attempt, contenders=ASKED, rounds=ROUNDS)

    assert _by_round(told) == {number: {BOOKED: 1, REFUSED: 9} for number in range(ROUNDS)}
    for offers in places:
        assert sorted(_members(offers)) == [0] * 9 + [2]
        assert not Offer.objects.out().filter(span=offers[0].span).exists()


def test_a_yes_an_undo_a_look_and_another_yes_at_once_end_with_at_most_one_on_the_place(places):
    """What took the place is taken back while others say yes: nobody waits for ever, and nobody sits on two chairs."""
    changes = [
        operations.enrol(offers[9].client.memberships.get().pk, by=DESK).change.pk for offers in places
    ]
    for offers in places:
        Offer.objects.filter(pk__in=[one.pk for one in offers]).update(
            state="out", ended_at=None, ended_by_kind="", ended_by_id=None, closed_by_change=None
        )
        FreedSpan.objects.filter(pk=offers[0].span_id).update(state="open", closed_by_change=None)

    def attempt(me: int, number: int) -> None:
        offers = places[number]
        if me == 0:
            undo(changes[number], by=DESK)
        elif me == 1:
            look_at(offers[0].span_id, clock.now())
        else:
            accept(offers[me].pk, how="sms", by=client_of(offers[me]))

    told = race(attempt, contenders=6, rounds=ROUNDS)

    assert {one.what for one in told} <= {BOOKED, REFUSED}
    assert Change.objects.filter(undone_at__isnull=False).count() == ROUNDS
    for offers in places:
        assert sum(_members(offers)) in (0, 2)
        assert (
            Offer.objects.filter(span=offers[0].span, state="accepted").count() == sum(_members(offers)) / 2
        )
