"""From a freed time to an offer: who is asked, what is held, and what happens when they do not answer."""

import datetime as dt

import pytest

from availability.signals import hours_added
from core import clock
from messaging.models import Message, StaffTask
from messaging.signals import messages_changed
from practice.tests.factories import KeepApartFactory
from scheduling import operations
from scheduling.models import Appointment
from scheduling.rules.wishes import Wish
from scheduling.states import Notice
from scheduling.tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    AttendanceFactory,
    TypeOfferFactory,
)
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations import filling
from waitlist.operations.filling import fill_due
from waitlist.tests.conftest import NOW, at
from waitlist.tests.factories import OfferFactory, UsefulLengthFactory, WaitlistPolicyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def asked(**about) -> list[int]:
    return list(Offer.objects.filter(**about).order_by("pk").values_list("entry_id", flat=True))


def over_it(clinic, client) -> Wish:
    at_eleven = {"provider_id": clinic.provider.pk, "starts_at": at(11, day=26), "minutes": 50}
    return Wish(type_id=clinic.type.pk, client_ids=(client.pk,), **at_eleven)


def test_a_cancelled_visit_waits_for_undo_and_is_then_offered(clinic, wish, desk, waiting):
    visit = operations.book(wish(14), by=desk, notice=Notice.NONE).appointment
    entry = waiting(is_quick=True)
    cancelled = operations.cancel(visit.pk, reason="client_request", by=desk)

    with clock.frozen(NOW + 59 * dt.timedelta(seconds=1)):
        assert fill_due(clock.now(), 9) == 0
    with clock.frozen(NOW + MINUTE):
        assert fill_due(clock.now(), 9) == 1

    span, offer = FreedSpan.objects.get(), Offer.objects.get()
    assert (span.starts_at, span.ends_at, span.not_before) == (
        at(14),
        at(14, 50),
        cancelled.change.undo_until,
    )
    assert (offer.entry, offer.appointment.state, offer.appointment.starts_at) == (entry, "held", at(14))
    assert offer.appointment.source == "waitlist"
    message = Message.objects.get(purpose="waitlist.offer")
    assert (message.subject, message.asks, message.klass) == (offer.pk, "offer", "offer")


def test_undo_takes_the_span_back_until_it_was_offered(clinic, wish, desk, waiting):
    visit = operations.book(wish(14), by=desk, notice=Notice.NONE).appointment
    cancelled = operations.cancel(visit.pk, reason="client_request", by=desk)

    operations.undo(cancelled.change.pk, by=desk)

    assert not FreedSpan.objects.exists()


def test_hard_constraints_keep_people_out(clinic, freed, look, waiting, agree):
    apart, elsewhere = waiting("Apart"), waiting("Far")
    waiting("Uninsured", insurance="Aetna")
    KeepApartFactory(client=apart.client, provider=clinic.provider)
    type(clinic.provider).objects.update(licensed_regions=["NY"], insurances=["Cigna"])
    elsewhere.client.region, elsewhere.modality = "TX", "telehealth"
    elsewhere.client.save()
    elsewhere.save()
    type(clinic.type).objects.update(modalities=["in_person", "telehealth"])
    waiting("Silent", reachable=False)
    waiting("Later", auto_match=False)
    waiting("Cooling", cool_until=NOW + HOUR)
    waiting("Other type", type=AppointmentTypeFactory())
    busy = waiting("Busy")
    AttendanceFactory(
        client=busy.client, appointment=AppointmentFactory(starts_at=at(11, day=26), type=clinic.type)
    )
    fits = waiting("Fits")

    span = look(freed(11))

    assert asked() == [fits.pk]
    assert span.matched_at == NOW


def test_who_scores_below_the_threshold_is_not_asked(freed, look, waiting):
    waiting(weekdays=[0])

    look(freed(11))

    assert asked() == []


def test_short_notice_goes_only_to_who_can_come_at_once(freed, look, waiting):
    waiting("Slow")
    quick = waiting("Quick", is_quick=True)

    look(freed(15, day=24))

    assert asked() == [quick.pk]


def test_it_is_too_late_to_ask_within_the_hour(freed, look, waiting):
    waiting(is_quick=True)

    span = look(freed(10, 30, minutes=30, day=24))

    assert (asked(), span.state) == ([], "over")


def test_silence_lets_the_next_in_turn_be_asked_on_the_same_span(freed, look, waiting):
    first = waiting("First", created_at=NOW - 20 * dt.timedelta(days=1))
    second = waiting("Second")
    span = look(freed(11))
    hold = Offer.objects.get().appointment
    assert span.look_at == Offer.objects.get().expires_at == NOW + 2 * HOUR

    look(span, 2 * HOUR)

    hold.refresh_from_db()
    first.refresh_from_db()
    assert hold.state == "released"
    assert list(Offer.objects.order_by("pk").values_list("entry", "state")) == [
        (first.pk, "expired"),
        (second.pk, "out"),
    ]
    assert first.cool_until == NOW + 2 * HOUR + 24 * HOUR
    assert FreedSpan.objects.count() == 1


def test_a_long_span_serves_several_short_visits(clinic, freed, look, waiting):
    short = AppointmentTypeFactory(name="Medication", duration_minutes=25, buffer_after_minutes=5)
    TypeOfferFactory(type=short, provider=clinic.provider)
    people = [waiting(name, type=short) for name in ("A", "B", "C")]

    look(freed(11, minutes=90))

    starts = (
        Appointment.objects.filter(state="held").order_by("starts_at").values_list("starts_at", flat=True)
    )
    assert sorted(asked()) == [one.pk for one in people]
    assert list(starts) == [at(11, day=26), at(11, 30, day=26), at(12, day=26)]


def test_a_span_nothing_fits_into_is_too_short_unless_less_is_of_use(clinic, freed, look, waiting):
    entry = waiting()
    AppointmentFactory(provider=clinic.provider, type=clinic.type, starts_at=at(11, 45, day=26))

    assert look(freed(11, minutes=45)).state == "too_short"
    UsefulLengthFactory(type=clinic.type, minutes=30)
    look(freed(11, minutes=45))

    assert asked() == [entry.pk]
    assert Offer.objects.get().appointment.minutes == 30


def test_nobody_is_asked_while_messages_rest_and_all_is_looked_at_again_then(freed, look, waiting):
    waiting()
    span = freed(11, day=30)

    look(span, 11 * HOUR)

    assert asked() == []
    assert span.look_at == at(9, day=25)


def test_one_question_at_a_time_and_three_a_week(freed, look, waiting):
    busy, tired = waiting("Busy"), waiting("Tired")
    OfferFactory(entry=busy)
    OfferFactory.create_batch(3, entry=tired, state="expired", ended_at=NOW, ended_by_kind="system")

    look(freed(11))

    assert asked(state="out") == [busy.pk]


def test_a_wave_asks_several_when_time_runs_short(clinic, freed, look, waiting):
    people = [waiting(f"P{n}", is_quick=True) for n in range(5)]

    look(freed(11, 5, day=24))

    assert asked() == [one.pk for one in people[:2]]
    assert len(set(Offer.objects.values_list("appointment", flat=True))) == 1


def test_call_before_closing_is_asked_by_a_person(freed, look, waiting):
    entry = waiting(call_before_closing=True)

    look(freed(11))

    offer = Offer.objects.get()
    assert (offer.entry, offer.channel) == (entry, "")
    assert not Message.objects.filter(purpose="waitlist.offer").exists()
    assert StaffTask.objects.filter(client=entry.client, kind="call_client").exists()


def test_switched_off_nothing_is_offered_by_itself(freed, look, waiting):
    WaitlistPolicyFactory(is_on=False)
    waiting()

    assert look(freed(11)).state == "open"
    assert asked() == []


def test_moving_up_means_an_earlier_time_than_the_visit_they_have(clinic, freed, look, waiting, regular):
    later = AttendanceFactory(
        client=regular, appointment=AppointmentFactory(starts_at=at(9, day=30), type=clinic.type)
    )
    entry = waiting(client=regular, attendance=later)

    look(freed(11, day=30))
    assert asked() == []

    look(freed(11))
    assert asked() == [entry.pk]


def test_equally_good_ones_take_turns(freed, look, waiting):
    first = waiting("First", created_at=NOW - 2 * HOUR)
    second = waiting("Second", created_at=NOW - HOUR)

    for n in range(2):
        look(freed(9 + 2 * n))

    assert asked() == [first.pk, second.pk]
    assert WaitlistEntry.objects.get(pk=first.pk).turn_at == NOW


def test_who_books_over_an_offer_withdraws_it(clinic, freed, look, waiting, desk, regular):
    waiting()
    span = look(freed(11))
    offer = Offer.objects.get()
    over = over_it(clinic, regular)

    booked = operations.book(over, by=desk, override_reason="The doctor asked for it", notice=Notice.NONE)
    offer.refresh_from_db()
    assert offer.state == "withdrawn"
    look(span, 2 * MINUTE)

    offer.appointment.refresh_from_db()
    booked.appointment.refresh_from_db()
    assert (offer.appointment.state, booked.appointment.overbooked_provider) == ("released", False)
    assert span.state == "taken"


def test_undo_of_booking_over_an_offer_opens_it_again(clinic, freed, look, waiting, desk, regular):
    waiting()
    look(freed(11))
    over = over_it(clinic, regular)
    booked = operations.book(over, by=desk, override_reason="The doctor asked for it", notice=Notice.NONE)

    operations.undo(booked.change.pk, by=desk)

    assert Offer.objects.get().state == "out"


def test_releasing_or_moving_the_hold_by_hand_withdraws_the_offer(clinic, freed, look, waiting, desk):
    for n in range(2):
        waiting(f"P{n}")
        look(freed(9 + 3 * n))
    first, second = Offer.objects.order_by("pk")

    operations.release(first.appointment_id, by=desk)
    hold = second.appointment
    place = Wish(type_id=clinic.type.pk, provider_id=hold.provider_id, starts_at=at(15, day=26), minutes=50)
    operations.move(hold.pk, to=place, by=desk)

    assert set(Offer.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_an_offer_that_could_not_be_sent_lets_somebody_else_be_asked_at_once(freed, look, waiting):
    first, second = waiting("First", created_at=NOW - HOUR), waiting("Second")
    span = look(freed(11))
    message = Message.objects.get(purpose="waitlist.offer")
    message.state, message.reason = "skipped", "Too many today"
    message.save()
    messages_changed.send(Message, messages=[message], now=NOW)
    look(span)

    first.refresh_from_db()
    assert list(Offer.objects.order_by("pk").values_list("entry", "state")) == [
        (first.pk, "unsent"),
        (second.pk, "out"),
    ]
    assert first.turn_at == NOW - HOUR


def test_hours_that_were_added_are_offered_day_by_day(clinic, waiting, desk, look):
    entry = waiting()
    change = operations.book(over_it(clinic, waiting("Other").client), by=desk, notice=Notice.NONE).change
    added = ((at(18, day=26), at(20, day=26)), (at(18, day=27), at(19, day=28)))

    hours_added.send(
        type(clinic.provider),
        provider_id=clinic.provider.pk,
        spans=added,
        why="time_off.withdraw",
        change=change,
        now=NOW,
    )

    spans = FreedSpan.objects.order_by("starts_at").values_list("starts_at", "ends_at", "why", "not_before")
    assert list(spans) == [
        (at(18, day=26), at(20, day=26), "hours", change.undo_until),
        (at(18, day=27), at(0, day=28), "hours", change.undo_until),
        (at(0, day=28), at(19, day=28), "hours", change.undo_until),
    ]
    assert entry.state == "waiting"


def test_many_who_may_not_be_written_to_do_not_hide_the_one_who_may(freed, look, waiting):
    for n in range(30):
        waiting(f"S{n}", reachable=False, priority=900)
    entry = waiting("Last")

    look(freed(11))

    assert asked() == [entry.pk]


def test_a_span_that_fails_is_put_off_and_stands_in_nobodys_way(freed, waiting, monkeypatch):
    waiting()
    broken, whole = freed(9, look_at=NOW - MINUTE), freed(11)
    usual = filling.candidates

    def fails(span, **about):
        if span.pk == broken.pk:
            raise RuntimeError("a bug of ours")
        return usual(span, **about)

    monkeypatch.setattr(filling, "candidates", fails)
    assert [fill_due(NOW) for _ in range(3)] == [1, 1, 0]

    broken.refresh_from_db()
    assert broken.look_at == NOW + HOUR
    assert asked(span=whole) != []
