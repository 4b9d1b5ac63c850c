"""A yes, a no, a late yes; what they do to the visit, the entry, the others who were asked, and what is said."""

import datetime as dt

import pytest

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import Blocked, NotAllowed, Refusal
from messaging.models import Message
from messaging.tests.factories import InboundMessageFactory
from practice.tests.factories import ClientContactFactory, ClientFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from tests.test_undo_equality import snapshot
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations import hearing
from waitlist.operations.answering import Gone, accept, decline
from waitlist.operations.by_hand import offer_by_hand
from waitlist.operations.ending import withdraw
from waitlist.queries.saying import decide_late, decide_offers, decide_told, topics
from waitlist.tests.conftest import NOW, at, client_of
from waitlist.tests.factories import OfferFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def offered(freed, look, waiting):
    """`offered()`: one offer out for Thursday at eleven; `offered(3)`: a wave of three on one hold."""

    def make(count: int = 1) -> Offer:
        entries = [waiting(f"P{n}") for n in range(count)]
        look(freed(11))
        first = Offer.objects.get()
        for entry in entries[1:]:
            about = {"span": first.span, "appointment": first.appointment, "expires_at": first.expires_at}
            OfferFactory(entry=entry, client=entry.client, **about)
        return first

    return make


def said(decided: dict) -> str:
    [one] = decided.values()
    return one.text


def test_a_yes_books_plans_reminders_and_closes_the_entry(offered, look):
    offer = offered()

    accept(offer.pk, how="sms", by=client_of(offer))

    offer.refresh_from_db()
    visit, entry = offer.appointment, WaitlistEntry.objects.get()
    person = visit.attendances.get()
    assert (visit.state, person.client, visit.starts_at) == ("scheduled", offer.client, at(11, day=26))
    assert (offer.state, offer.how, offer.ended_by_kind) == ("accepted", "sms", "client")
    assert (entry.state, entry.booked, entry.closed_by_kind) == ("booked", visit, "client")
    assert look(offer.span).state == "filled"


def test_a_yes_a_moment_late_counts_while_nobody_else_has_the_time(offered):
    offer = offered()

    with clock.frozen(offer.expires_at + 30 * dt.timedelta(seconds=1)):
        accept(offer.pk, how="sms", by=client_of(offer))

    assert Appointment.objects.get(pk=offer.appointment_id).state == "scheduled"


def test_a_yes_after_it_ran_out_is_gone(offered, look):
    offer = offered()
    look(offer.span, 3 * HOUR)

    with pytest.raises(Gone):
        accept(offer.pk, how="sms", by=client_of(offer))


def test_the_first_yes_wins_and_the_others_keep_their_place(offered):
    first = offered(3)
    others = list(Offer.objects.exclude(pk=first.pk))

    accept(first.pk, how="sms", by=client_of(first))

    for other in others:
        other.refresh_from_db()
        other.entry.refresh_from_db()
        assert (other.state, other.entry.state, other.entry.turn_at) == ("lost", "waiting", other.turn_was)
        with pytest.raises(Gone):
            accept(other.pk, how="sms", by=client_of(other))


def test_saying_yes_twice_is_one_visit(offered):
    offer = offered()

    first = accept(offer.pk, how="sms", by=client_of(offer))
    second = accept(offer.pk, how="portal", by=client_of(offer, "portal"))

    assert (first.repeated, second.repeated) == (False, True)
    assert Attendance.objects.count() == 1


def test_only_who_was_asked_may_answer(offered, biller, actor):
    offer = offered()
    guardian = ClientContactFactory(client=offer.client, may_receive=True, may_confirm=False)

    for stranger in (
        Actor(kind=ActorKind.CLIENT, id=ClientFactory().pk),
        Actor(kind=ActorKind.CONTACT, id=guardian.pk),
        actor(biller),
    ):
        with pytest.raises(NotAllowed):
            accept(offer.pk, how="sms", by=stranger)

    type(guardian).objects.update(may_confirm=True)
    accept(offer.pk, how="sms", by=Actor(kind=ActorKind.CONTACT, id=guardian.pk))
    assert Offer.objects.get().ended_by_kind == "contact"


def test_two_offers_that_overlap_cannot_both_be_had(clinic, offered):
    first = offered()
    hold = AppointmentFactory(
        provider=clinic.colleague,
        type=clinic.type,
        state="held",
        starts_at=at(11, 30, day=26),
        hold_until=NOW + HOUR,
    )
    second = OfferFactory(entry__client=first.client, entry__type=clinic.type, appointment=hold)
    accept(first.pk, how="sms", by=client_of(first))

    with pytest.raises(Blocked):
        accept(second.pk, how="sms", by=client_of(second))


def test_moving_up_frees_the_old_visit_and_offers_it_on(clinic, freed, look, waiting, regular):
    old = AttendanceFactory(
        client=regular, appointment=AppointmentFactory(starts_at=at(9, day=30), type=clinic.type)
    )
    waiting(client=regular, attendance=old)
    look(freed(11))
    offer = Offer.objects.get()

    accept(offer.pk, how="sms", by=client_of(offer))

    old.refresh_from_db()
    assert (old.state, old.late_cancelled, old.appointment.state) == ("cancelled", False, "cancelled")
    assert FreedSpan.objects.filter(starts_at=at(9, day=30), why="cancelled", not_before=NOW).exists()
    assert WaitlistEntry.objects.get().state == "booked"


def test_a_no_cools_down_counts_and_asks_the_next_at_once(offered, waiting, look):
    offer = offered()
    second = waiting("Second")

    decline(offer.pk, reason="time", how="sms", by=client_of(offer))
    look(offer.span)

    offer.refresh_from_db()
    entry = offer.entry
    assert (offer.state, offer.reason) == ("declined", "time")
    assert (entry.state, entry.declines, entry.cool_until) == ("waiting", 1, NOW + 48 * HOUR)
    assert Offer.objects.get(state="out").entry == second


def test_a_reason_may_be_given_later_and_not_needed_ends_the_wait(offered):
    offer = offered()
    decline(offer.pk, how="sms", by=client_of(offer))

    decline(offer.pk, reason="not_needed", how="portal", by=client_of(offer))

    offer.refresh_from_db()
    assert (offer.reason, offer.entry.declines) == ("not_needed", 1)
    assert (offer.entry.state, offer.entry.close_reason) == ("closed", "no_longer_needed")
    with pytest.raises(Refusal, match="Choose why"):
        decline(offer.pk, reason="nonsense", how="sms", by=client_of(offer))


def test_staff_take_a_yes_down_and_undo_it_whole(offered, desk):
    offer = offered(2)
    other = Offer.objects.exclude(pk=offer.pk).get()

    answered = accept(offer.pk, how="staff", by=desk)
    assert Offer.objects.get(pk=other.pk).state == "lost"
    operations.undo(answered.change.pk, by=desk)

    assert set(Offer.objects.values_list("state", flat=True)) == {"out"}
    assert set(WaitlistEntry.objects.values_list("state", flat=True)) == {"waiting"}
    assert Appointment.objects.get(pk=offer.appointment_id).state == "held"
    assert FreedSpan.objects.get().filled_at is None


def test_staff_offer_by_hand_to_somebody_the_list_would_not_ask(freed, waiting, desk):
    entry = waiting(weekdays=[0], auto_match=False, cool_until=NOW + HOUR)
    span = freed(11)

    offer = offer_by_hand(span.pk, entry_id=entry.pk, by=desk)

    assert (offer.by_hand, offer.not_before, offer.state) == (True, NOW + MINUTE, "out")
    assert offer.expires_at == NOW + MINUTE + 2 * HOUR
    assert Message.objects.get(purpose="waitlist.offer").send_at == NOW + MINUTE


def test_undo_of_an_offer_by_hand_leaves_nothing(freed, waiting, desk):
    entry, span = waiting(), freed(11)
    offer = offer_by_hand(span.pk, entry_id=entry.pk, by=desk)

    operations.undo(offer.change_id, by=desk)

    entry.refresh_from_db()
    assert not Offer.objects.exists()
    assert not Message.objects.filter(purpose="waitlist.offer").exists()
    assert not Appointment.objects.filter(state="held").exists()
    assert entry.turn_at == NOW


def test_by_hand_the_rules_of_booking_still_hold(clinic, freed, waiting, desk, provider, stranger, actor):
    entry = waiting()
    AttendanceFactory(
        client=entry.client, appointment=AppointmentFactory(type=clinic.type, starts_at=at(11, day=26))
    )

    with pytest.raises(Blocked):
        offer_by_hand(freed(11).pk, entry_id=entry.pk, by=desk)
    with pytest.raises(NotAllowed):
        offer_by_hand(freed(11).pk, entry_id=waiting(client=stranger).pk, by=actor(provider))
    with pytest.raises(Refusal, match="no longer open"):
        offer_by_hand(freed(11, state="over", look_at=None).pk, entry_id=entry.pk, by=desk)
    with pytest.raises(Refusal, match="does not fit"):
        offer_by_hand(freed(11, minutes=10).pk, entry_id=waiting(minutes=700).pk, by=desk)


def test_an_offer_taken_back_is_told_when_undo_is_over(offered, desk, look, waiting):
    offer = offered()
    Message.objects.update(state="delivered", accepted_at=NOW)
    withdraw(offer.pk, by=desk)

    told = Message.objects.get(purpose="waitlist.told")
    assert (told.not_before, Offer.objects.get().state) == (NOW + MINUTE, "withdrawn")
    assert "taken now" in said(decide_told([offer.pk], NOW))
    with pytest.raises(Refusal, match="over"):
        withdraw(offer.pk, by=desk)


# --- In words --------------------------------------------------------------------------------------


def question_of(offer: Offer) -> Message:
    message = Message.objects.get(purpose="waitlist.offer", subject=offer.pk)
    message.state, message.accepted_at = "delivered", NOW
    message.save()
    return message


def reply(offer: Offer, meaning: str) -> None:
    question = question_of(offer)
    inbound = InboundMessageFactory(
        question=question, client=offer.client, from_address=offer.address, text=meaning
    )
    hearing.take_reply(inbound, question, meaning, NOW)


def test_the_text_says_when_how_to_answer_and_until_when(offered, practice):
    offer = offered()

    text = said(decide_offers([offer.pk], NOW))

    assert "Thu Nov 26 at 11:00 am" in text
    assert "Reply Y to take it, N to pass." in text
    assert "12:00 pm" in text
    assert "STOP" in text
    assert len(text) <= 160


def test_a_mail_brings_a_link(clinic, freed, look, waiting, agree):
    entry = waiting(reachable=False)
    agree(entry.client, by="email")
    look(freed(11))

    [send] = decide_offers([Offer.objects.get().pk], NOW).values()

    assert (send.subject_line, len(send.links)) == ("A time is open on Thu Nov 26", 1)
    assert send.links[0].url in send.text


def test_y_books_and_is_answered_once(offered):
    offer = offered()
    reply(offer, "yes")

    assert Offer.objects.get().state == "accepted"
    assert "you are booked Thu Nov 26 at 11:00 am" in said(decide_told([offer.pk], NOW))
    assert Message.objects.filter(purpose="waitlist.told", klass="answer").count() == 1
    assert topics([offer.pk], NOW) == {}


def test_n_passes_and_asks_why_in_one_tap(offered):
    offer = offered()
    reply(offer, "no")

    [send] = decide_told([offer.pk], NOW).values()
    assert Offer.objects.get().state == "declined"
    assert "You keep your place" in send.text
    assert len(send.links) == 1


def test_a_late_y_is_understood_and_told_kindly(offered, look):
    offer = offered()
    question_of(offer)
    look(offer.span, 3 * HOUR)
    assert set(topics([offer.pk], NOW)) == {offer.pk}

    reply(offer, "yes")

    late = Message.objects.get(purpose="waitlist.late")
    assert "taken now" in said(decide_late([late.subject], NOW))


def test_a_y_that_cannot_be_booked_goes_to_a_person(clinic, offered):
    offer = offered()
    AttendanceFactory(
        client=offer.client, appointment=AppointmentFactory(type=clinic.type, starts_at=at(11, day=26))
    )

    reply(offer, "yes")

    late = Message.objects.get(purpose="waitlist.late")
    assert "please call" in said(decide_late([late.subject], NOW))
    assert Offer.objects.get().state == "out"


def test_keys_of_a_call_take_it_or_pass(offered):
    offer = offered()
    question = question_of(offer)

    assert hearing.take_key(question, "move") == "call_us"
    assert hearing.take_key(question, "yes") == "confirmed"
    assert hearing.take_key(question, "cancel") == "call_us"
    assert Offer.objects.get().how == "voice"


def test_nothing_is_said_of_an_offer_that_is_over(offered, look):
    offer = offered()
    look(offer.span, 3 * HOUR)

    [decided] = decide_offers([offer.pk], NOW + 3 * HOUR).values()

    assert decided.reason == "The offer is over"


def test_spanish_is_spoken_to_who_reads_it(freed, look, waiting):
    waiting(language="es")
    look(freed(11))

    text = said(decide_offers([Offer.objects.get().pk], NOW))

    assert "Responda Y para aceptarla" in text


@pytest.mark.parametrize("act", ["yes", "no", "back"])
def test_undo_of_what_staff_took_down_leaves_every_table_as_it_was(offered, desk, act):
    offer = offered(2)
    before = snapshot()

    acts = {
        "yes": lambda: accept(offer.pk, how="staff", by=desk).change,
        "no": lambda: decline(offer.pk, reason="not_needed", how="staff", by=desk).change,
        "back": lambda: withdraw(offer.pk, by=desk),
    }
    change = acts[act]()
    assert snapshot() != before
    with clock.frozen(NOW + 30 * dt.timedelta(seconds=1)):
        operations.undo(change.pk, by=desk)

    after = snapshot()
    after["waitlist_freedspan"], before["waitlist_freedspan"] = (
        [],
        [],
    )  # when it is looked at next is no state
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}


def test_a_booked_visit_is_called_by_who_comes(offered):
    offer = offered()
    assert offer.appointment.title == "Waiting list"

    accept(offer.pk, how="sms", by=client_of(offer))

    assert Appointment.objects.get(pk=offer.appointment_id).title == ""
