"""Everybody at once: real transactions, real threads."""

import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import connection

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import Refusal
from messaging.models import Message
from scheduling import operations
from scheduling.models import Appointment
from scheduling.rules.wishes import Wish
from scheduling.states import Notice
from scheduling.tests.factories import AppointmentFactory
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.answering import accept
from waitlist.operations.ending import end_offers
from waitlist.operations.filling import look_at
from waitlist.tests.conftest import NOW, at, client_of
from waitlist.tests.factories import OfferFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


def all_at_once(*acts) -> Counter:
    """What each act came to: done, or the code of its refusal. Anything else that is raised fails the test."""
    start, came_to, broken = threading.Barrier(len(acts)), Counter(), []

    def run(act) -> None:
        try:
            with clock.frozen(NOW):
                start.wait(10)
                act()
            came_to["done"] += 1
        except Refusal as refusal:
            came_to[refusal.code] += 1
        except Exception as error:  # shown below
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert broken == []
    return came_to


def wave(freed, look, waiting, count: int) -> list[Offer]:
    """So many offers out on one hold, all of which reached somebody."""
    entries = [waiting(f"P{n}") for n in range(count)]
    look(freed(11))
    first = Offer.objects.get()
    others = [one for one in entries if one.pk != first.entry_id]
    for entry in others:
        about = {"span": first.span, "appointment": first.appointment, "expires_at": first.expires_at}
        offer = OfferFactory(entry=entry, client=entry.client, address=f"+1202555{entry.pk:04}", **about)
        message = Message.objects.get(purpose="waitlist.offer", subject=first.pk)
        message.pk, message.public_id, message.subject = None, offer.public_id, offer.pk
        message.client, message.address = entry.client, offer.address
        message.save(force_insert=True)
    Message.objects.update(state="delivered", accepted_at=NOW)
    return list(Offer.objects.order_by("pk"))


def test_ten_say_yes_at_once_and_one_is_booked_nine_are_told(freed, look, waiting):
    offers = wave(freed, look, waiting, 10)

    came_to = all_at_once(*(lambda o=offer: accept(o.pk, how="sms", by=client_of(o)) for offer in offers))

    assert came_to == {"done": 1, "offer_gone": 9}
    assert Counter(Offer.objects.values_list("state", flat=True)) == {"accepted": 1, "lost": 9}
    assert Appointment.objects.filter(state="scheduled").count() == 1
    assert Message.objects.filter(purpose="waitlist.told").count() == 9
    assert WaitlistEntry.objects.filter(state="waiting").count() == 9


def test_expiry_and_a_yes_in_the_same_second_end_in_one_of_the_two(freed, look, waiting):
    [offer] = wave(freed, look, waiting, 1)
    Offer.objects.update(expires_at=NOW)
    FreedSpan.objects.update(look_at=NOW)

    came_to = all_at_once(
        lambda: accept(offer.pk, how="sms", by=client_of(offer)), lambda: look_at(offer.span_id, NOW)
    )

    offer.refresh_from_db()
    visit = Appointment.objects.get(pk=offer.appointment_id)
    if came_to["done"] == 2:
        assert (offer.state, visit.state) == ("accepted", "scheduled")
    else:
        assert (offer.state, visit.state, came_to["offer_gone"]) == ("expired", "released", 1)


def test_staff_book_over_a_held_time_while_the_client_says_yes(
    clinic, freed, look, waiting, regular, front_desk
):
    [offer] = wave(freed, look, waiting, 1)
    desk = Actor(kind=ActorKind.USER, id=front_desk.pk, roles=frozenset({"front_desk"}))
    over = Wish(
        type_id=clinic.type.pk, provider_id=clinic.provider.pk, starts_at=at(11, day=26), minutes=50,
        client_ids=(regular.pk,),
    )  # fmt: skip

    came_to = all_at_once(
        lambda: accept(offer.pk, how="sms", by=client_of(offer)),
        lambda: operations.book(over, by=desk, override_reason="Asked for by the doctor", notice=Notice.NONE),
    )

    offer.refresh_from_db()
    booked = Appointment.objects.filter(state="scheduled", starts_at=at(11, day=26))
    if offer.state == "withdrawn":
        assert came_to == {"done": 1, "offer_gone": 1}
        assert booked.count() == 1
    else:  # the yes came first: staff then overbooked a visit that stood, and said why
        assert (offer.state, came_to) == ("accepted", {"done": 2})
        assert booked.filter(overbooked_provider=True).count() == 1


def test_one_client_takes_two_overlapping_times_at_once_and_gets_one(clinic, freed, look, waiting):
    [first] = wave(freed, look, waiting, 1)
    hold = AppointmentFactory(
        provider=clinic.colleague, type=clinic.type, state="held", starts_at=at(11, 30, day=26),
        hold_until=NOW + dt.timedelta(hours=2),
    )  # fmt: skip
    entry = waiting("Same", client=first.client, reachable=False)
    second = OfferFactory(entry=entry, client=first.client, appointment=hold)

    came_to = all_at_once(
        *(lambda o=offer: accept(o.pk, how="sms", by=client_of(o)) for offer in (first, second))
    )

    assert came_to == {"done": 1, "blocked": 1}
    assert Appointment.objects.filter(state="scheduled").count() == 1


def test_two_workers_look_at_one_span_and_one_offer_is_made(freed, waiting):
    waiting("A"), waiting("B")
    span = freed(11)

    all_at_once(*(lambda: look_at(span.pk, NOW) for _ in range(4)))

    assert Offer.objects.count() == 1
    assert end_offers([], "expired", by=Actor(kind=ActorKind.SYSTEM), now=NOW) == []
