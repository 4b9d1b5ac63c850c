"""A client's reply, from the reply to what stands in the calendar and what they read."""

import datetime as dt
from urllib.parse import urlsplit

import pytest

from core import clock
from messaging.models import InboundMessage, Message, StaffTask
from messaging.operations.questions import open_questions
from messaging.rules.segments import segments
from messaging.signals import reply_received
from messaging.tests.factories import InboundMessageFactory, MessageFactory
from practice.operations.links import keep
from practice.tests.factories import ClientFactory
from reminders.models import Answer
from reminders.operations.promoting import promote
from reminders.queries import saying
from reminders.tests.conftest import NOW, PHONE, ny
from scheduling.models import Attendance
from scheduling.operations import cancel, move
from scheduling.rules.wishes import Place
from scheduling.tests.factories import AttendanceFactory

MINUTE = dt.timedelta(minutes=1)


def pass_time(minutes: int = 2) -> None:
    """Whatever is due goes out and is taken by the carrier."""
    with clock.frozen(NOW + minutes * MINUTE):
        promote(clock.now(), 100)
        Message.objects.filter(state="due").update(state="accepted", accepted_at=clock.now())


@pytest.fixture
def asked(regular, agree, booked, practice) -> Attendance:
    """Thursday 11:00; the confirmation has arrived."""
    practice.phone = "+12025550100"
    practice.save()
    agree(regular, PHONE)
    person = booked(regular)
    pass_time()
    return person


def reply(meaning: str, *, address: str = PHONE, after: int = 3) -> str:
    """As messaging passes it on: resolved to the one open question. Returns what is answered."""
    now = NOW + after * MINUTE
    with clock.frozen(now):
        (asked,) = open_questions(address, now)
        question = asked.message
        inbound = InboundMessageFactory(from_address=address, question=question, effect=meaning)
        reply_received.send(Message, inbound=inbound, question=question, meaning=meaning, now=now)
        pass_time(after)
        return saying.decide_answers([inbound.pk], now)[inbound.pk].text


def test_yes_confirms_by_text(asked, regular):
    assert reply("yes") == "Thank you, you are confirmed. See you Thursday at 11:00 am."

    asked.refresh_from_db()
    assert (asked.confirmed_how, asked.confirmed_by_kind, asked.confirmed_by_id) == (
        "sms",
        "client",
        regular.pk,
    )
    answer = Message.objects.get(purpose="reminders.answer")
    assert (answer.klass, answer.address, answer.client, answer.asks) == ("answer", PHONE, regular, "")


def test_yes_twice_is_still_yes(asked):
    reply("yes")

    assert reply("yes", after=4).startswith("Thank you, you are confirmed.")
    assert Answer.objects.count() == 2


def test_the_same_text_is_acted_on_once(asked):
    reply("yes")
    inbound = InboundMessage.objects.get()

    with pytest.raises(Exception, match="reminders_answer"):
        reply_received.send(Message, inbound=inbound, question=inbound.question, meaning="yes", now=NOW)


def test_yes_to_a_visit_that_moved_quietly_confirms_nothing_and_says_when_it_is(asked, desk):
    to = Place(provider_id=asked.appointment.provider_id, starts_at=ny(27, 14), minutes=50)
    move(asked.appointment_id, to=to, by=desk, notice="none", override_reason="meant")

    said = reply("yes")

    asked.refresh_from_db()
    assert said.startswith("That visit has moved. It is now Fri Nov 27 at 2:00 pm. Reply Y to confirm")
    assert asked.confirmed_at is None

    assert reply("yes", after=4) == "Thank you, you are confirmed. See you Friday at 2:00 pm."


def test_yes_to_the_notice_of_a_move_confirms_the_new_time(asked, desk):
    to = Place(provider_id=asked.appointment.provider_id, starts_at=ny(27, 14), minutes=50)
    move(asked.appointment_id, to=to, by=desk, override_reason="meant")
    pass_time(4)

    assert reply("yes", after=5) == "Thank you, you are confirmed. See you Friday at 2:00 pm."


def test_cancel_outside_the_notice_period_cancels_at_once(asked, regular):
    said = reply("cancel")

    visit = asked.appointment
    visit.refresh_from_db()
    assert (
        said
        == "Your appointment Thu Nov 26 at 11:00 am is cancelled. For a new one please call (202) 555-0100."
    )
    assert (visit.state, visit.cancel_reason) == ("cancelled", "client_request")
    assert (visit.cancelled_by_kind, visit.cancelled_by_id) == ("client", regular.pk)
    assert not Message.objects.filter(purpose="reminders.notice").exists()


def test_cancel_inside_the_notice_period_asks_for_a_second_c(regular, agree, booked, practice):
    agree(regular, PHONE)
    visit = booked(regular, at=ny(23, 18)).appointment
    pass_time()

    first = reply("cancel")
    visit.refresh_from_db()
    assert first == (
        "Your visit is in less than 24 hours. Reply C again to cancel; for anything else please call us."
    )
    assert visit.state == "scheduled"

    second = reply("cancel", after=4)
    visit.refresh_from_db()
    assert second.startswith("Your appointment Mon Nov 23 at 6:00 pm is cancelled.")
    assert (visit.state, visit.attendances.get().late_cancelled) == ("cancelled", True)


def test_a_second_c_about_another_time_asks_again(regular, agree, booked, desk):
    agree(regular, PHONE)
    visit = booked(regular, at=ny(23, 18)).appointment
    pass_time()
    reply("cancel")
    to = Place(provider_id=visit.provider_id, starts_at=ny(23, 19), minutes=50)
    move(visit.pk, to=to, by=desk, notice="none", override_reason="meant")

    assert reply("cancel", after=4).startswith("That visit has moved. It is now Mon Nov 23 at 7:00 pm.")

    visit.refresh_from_db()
    assert visit.state == "scheduled"


def test_no_asks_which_and_the_next_letter_is_understood(asked):
    assert reply("no") == "Reply C to cancel or R to move."
    assert reply("cancel", after=4).endswith("is cancelled. For a new one please call (202) 555-0100.")


def test_move_is_answered_with_a_link_to_other_times(asked, client):
    reply("move")
    inbound = InboundMessage.objects.get()
    decision = saying.decide_answers([inbound.pk], NOW)[inbound.pk]
    keep(decision.links, now=NOW)

    sender, url = decision.text.split(": choose another time here: ")
    (link,) = decision.links
    assert (sender, segments(decision.text)) == ("Stillwater", 1)
    assert (link.purpose, link.subject, link.channel) == ("visit", asked.pk, "sms")
    assert "With your provider" in client.get(urlsplit(url).path).content.decode()
    assert not StaffTask.objects.exists()


def test_who_may_not_move_it_by_themselves_is_called(asked, regular):
    AttendanceFactory(appointment=asked.appointment)

    said = reply("move")

    assert said == "To move your visit please call (202) 555-0100. We have made a note that you want to."
    assert list(StaffTask.objects.values_list("kind", "client", "inbound")) == [
        ("call_client", regular.pk, InboundMessage.objects.get().pk)
    ]


@pytest.mark.parametrize(("right", "confirmed"), [(True, True), (False, False)])
def test_a_contact_confirms_only_with_the_right_to(regular, guardian, agree, booked, right, confirmed):
    contact = guardian(may_confirm=right)
    agree(regular, "+12025550118", contact=contact)
    person = booked(regular)
    pass_time()

    said = reply("yes", address="+12025550118")

    person.refresh_from_db()
    assert (person.confirmed_at is not None, said.startswith("Thank you")) == (confirmed, confirmed)
    assert StaffTask.objects.filter(kind="read_reply").exists() is not confirmed


def test_a_contact_without_the_right_cancels_nothing(regular, guardian, agree, booked):
    agree(regular, "+12025550118", contact=guardian(may_cancel=False))
    visit = booked(regular).appointment
    pass_time()

    assert reply("cancel", address="+12025550118").startswith("We could not do that by text.")

    visit.refresh_from_db()
    assert visit.state == "scheduled"


def test_one_of_a_couple_cancels_for_themselves_and_the_last_for_the_visit(regular, agree, booked):
    partner = ClientFactory()
    agree(regular, PHONE)
    agree(partner, "+12025550119")
    visit = booked(regular, partner).appointment
    pass_time()

    assert reply("cancel").startswith("Your appointment Thu Nov 26 at 11:00 am is cancelled.")

    visit.refresh_from_db()
    assert visit.state == "scheduled"
    assert [p.state for p in visit.attendances.order_by("pk")] == ["cancelled", "expected"]
    assert StaffTask.objects.count() == 0

    reply("cancel", address="+12025550119", after=5)

    visit.refresh_from_db()
    assert (visit.state, visit.cancel_reason) == ("cancelled", "client_request")


def test_who_shares_a_number_is_asked_which_of_them_cannot_come(regular, agree, booked):
    partner = ClientFactory()
    agree(regular, PHONE)
    agree(partner, PHONE)
    visit = booked(regular, partner).appointment
    pass_time()

    assert reply("cancel").startswith("We could not do that by text.")

    visit.refresh_from_db()
    assert visit.state == "scheduled"
    assert StaffTask.objects.get().kind == "may_want_to_cancel"


def test_a_couple_on_one_phone_is_confirmed_by_one_answer(regular, agree, booked):
    partner = ClientFactory()
    agree(regular, PHONE)
    agree(partner, PHONE)
    visit = booked(regular, partner).appointment
    pass_time()

    reply("yes")

    assert set(visit.attendances.values_list("confirmed_by_id", flat=True)) == {regular.pk, partner.pk}


def test_a_later_reminder_and_a_notice_about_one_visit_are_one_question(asked, desk):
    to = Place(provider_id=asked.appointment.provider_id, starts_at=ny(27, 14), minutes=50)
    move(asked.appointment_id, to=to, by=desk, override_reason="meant")
    pass_time(4)
    pass_time(3 * 24 * 60)  # the 48 h and 24 h reminders too

    assert [one.message.purpose for one in open_questions(PHONE, ny(26, 15))] == ["reminders.reminder"]


def test_two_visits_are_two_questions(asked, regular, booked):
    booked(regular, at=ny(27))
    pass_time(4)

    assert [one.topic.label for one in open_questions(PHONE, NOW + 5 * MINUTE)] == [
        "Thu Nov 26 at 11:00 am",
        "Fri Nov 27 at 11:00 am",
    ]


def test_a_cancelled_visit_asks_nothing_any_more(asked, desk):
    cancel(asked.appointment_id, reason="weather", by=desk)

    assert open_questions(PHONE, NOW + 5 * MINUTE) == ()


def test_a_question_of_somebody_else_is_not_ours(asked, regular):
    theirs = MessageFactory(purpose="waitlist.offer", client=regular)
    inbound = InboundMessageFactory(question=theirs)

    reply_received.send(Message, inbound=inbound, question=theirs, meaning="yes", now=NOW)

    assert not Answer.objects.exists()
