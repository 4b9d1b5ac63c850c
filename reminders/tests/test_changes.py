"""Moving, cancelling, restoring: the plan follows, and each person hears of one act once."""

import datetime as dt
import itertools

import pytest

from core import clock
from core.actors import Actor, ActorKind
from messaging.models import Message
from messaging.operations.outbox import AlreadyOnItsWay
from messaging.states import MessageState
from practice.tests.factories import ClientFactory
from reminders.models import Notice, Reminder
from reminders.operations.promoting import promote
from reminders.queries.saying import decide_notices
from reminders.tests.conftest import MAIL, NOW, PHONE, ny
from scheduling.models import Appointment, Attendance
from scheduling.operations import (
    add_person,
    cancel,
    cancel_person,
    move,
    put_back,
    restore,
    shift,
    undo,
)
from scheduling.rules.wishes import Place

MINUTE = dt.timedelta(minutes=1)
TABLES = (Reminder, Notice, Message, Attendance)


@pytest.fixture
def moved(desk, provider):
    def make(visit: Appointment, at: dt.datetime, *, by: Actor = desk, notice: str = "standard", **more):
        to = Place(provider_id=more.pop("provider_id", provider.pk), starts_at=at, minutes=50)
        return move(visit.pk, to=to, by=by, notice=notice, override_reason="test", **more)

    return make


@pytest.fixture
def visit(regular, agree, booked) -> Appointment:
    """Thursday at 11:00, a phone on file, nothing sent yet."""
    agree(regular, PHONE)
    return booked(regular).appointment


@pytest.fixture
def confirmed_visit(visit) -> Appointment:
    """Its confirmation has reached the carrier; it is two minutes later."""
    promote(NOW + 2 * MINUTE, 100)
    Message.objects.update(state=MessageState.ACCEPTED, accepted_at=NOW + 2 * MINUTE)
    return visit


def texts(**of) -> list[tuple]:
    rows = (
        Reminder.objects.filter(channel="sms", **of)
        .select_related("rule")
        .order_by("occurrence", "falls_due_at")
    )
    return [
        (row.occurrence, row.rule.name, row.state, f"{row.due_at.astimezone(NOW.tzinfo):%a %H:%M}")
        for row in rows
    ]


def notices() -> list[tuple]:
    rows = Message.objects.filter(purpose="reminders.notice").order_by("pk")
    return [(Notice.objects.get(pk=m.subject).kind, m.address, m.klass, m.state) for m in rows]


def snapshot() -> dict:
    """Whole rows. An attendance's edition never falls, so it is left out; what a portal shows is not yet sent."""
    return {
        model: [
            {name: value for name, value in row.items() if name != "edition"}
            for row in model.objects.order_by("pk").values()
        ]
        for model in TABLES
    }


def test_a_move_before_the_confirmation_went_sends_one_fresh_confirmation(visit, moved):
    moved(visit, ny(27))

    assert texts(rule__kind="initial") == [
        (1, "Initial confirmation", "superseded", "Mon 10:00"),
        (2, "Initial confirmation", "planned", "Mon 10:00"),
    ]
    assert notices() == []


def test_a_move_after_the_confirmation_went_sends_one_notice(confirmed_visit, moved):
    with clock.frozen(NOW + 5 * MINUTE):
        acted = moved(confirmed_visit, ny(27))

    assert texts(occurrence=2) == [
        (2, "48 hours before", "planned", "Wed 11:00"),
        (2, "24 hours before", "planned", "Thu 11:00"),
        (2, "2 hours before", "planned", "Fri 09:00"),
    ]
    assert notices() == [("moved", PHONE, "news", "due")]
    message = Message.objects.get(purpose="reminders.notice")
    assert (message.change, message.not_before) == (acted.change, acted.change.undo_until)
    assert (message.asks, message.answer_until, message.useful_until) == ("confirm", ny(27), ny(27))


def test_a_quiet_move_keeps_the_confirmation_the_booking_promised_and_says_no_more(visit, moved):
    moved(visit, ny(27), notice="none")

    assert texts(rule__kind="initial", state="planned") == [
        (2, "Initial confirmation", "planned", "Mon 10:00")
    ]
    assert notices() == []


def test_a_quiet_move_after_the_confirmation_says_nothing(confirmed_visit, moved):
    moved(confirmed_visit, ny(27), notice="none")

    assert not Message.objects.filter(state="due").exists()
    assert not Notice.objects.exists()


def test_a_change_of_length_leaves_the_plan_alone(visit, desk, provider):
    before = texts()

    move(
        visit.pk,
        to=Place(provider_id=provider.pk, starts_at=ny(26), minutes=80),
        by=desk,
        override_reason="meant",
    )

    assert texts() == before
    assert notices() == []


def test_a_move_of_today_is_urgent(confirmed_visit, moved):
    with clock.frozen(NOW + 5 * MINUTE):
        moved(confirmed_visit, ny(23, 15))

    assert notices() == [("moved", PHONE, "urgent", "due")]


def test_moving_twice_in_a_minute_leaves_one_confirmation_to_send(visit, moved):
    moved(visit, ny(27))
    moved(visit, ny(30))

    assert texts(rule__kind="initial", state="planned") == [
        (3, "Initial confirmation", "planned", "Mon 10:00")
    ]


def test_a_cancelled_visit_has_nothing_planned_and_tells_only_when_asked(confirmed_visit, desk):
    cancel(confirmed_visit.pk, reason="weather", by=desk)

    assert {row[2] for row in texts()} == {"sent", "superseded"}
    assert notices() == []


def test_a_cancelled_visit_told_is_one_notice_without_a_question(confirmed_visit, desk):
    cancel(confirmed_visit.pk, reason="weather", by=desk, notice="standard")

    assert notices() == [("cancelled", PHONE, "news", "due")]
    assert Message.objects.get(purpose="reminders.notice").asks == ""


def test_a_restored_visit_is_planned_again(confirmed_visit, desk):
    cancel(confirmed_visit.pk, reason="weather", by=desk)

    restore(confirmed_visit.pk, by=desk, override_reason="meant")

    assert texts(occurrence=2) == [
        (2, "48 hours before", "planned", "Tue 11:00"),
        (2, "24 hours before", "planned", "Wed 11:00"),
        (2, "2 hours before", "planned", "Thu 09:00"),
    ]
    assert notices() == [("restored", PHONE, "news", "due")]


def test_several_visits_in_one_act_are_one_message(regular, agree, booked, desk):
    agree(regular, PHONE)
    visits = [booked(regular, at=ny(26)).appointment, booked(regular, at=ny(26, 14)).appointment]
    promote(NOW + 2 * MINUTE, 100)

    with clock.frozen(NOW + 5 * MINUTE):
        shift([v.pk for v in visits], minutes=15, by=desk, override_reason="meant")

    (notice,) = Notice.objects.all()
    assert [entry["after"] for entry in notice.attendances] == [
        v.isoformat() for v in Appointment.objects.order_by("pk").values_list("starts_at", flat=True)
    ]
    assert notices() == [("moved", PHONE, "news", "due")]


def test_guardian_and_client_on_one_phone_get_one_notice(regular, guardian, agree, booked, moved):
    agree(regular, PHONE)
    agree(regular, PHONE, contact=guardian())
    agree(regular, "+12025550199", contact=guardian())
    visit = booked(regular).appointment
    promote(NOW + 2 * MINUTE, 100)

    with clock.frozen(NOW + 5 * MINUTE):
        moved(visit, ny(27))

    assert [row[1] for row in notices()] == [PHONE, "+12025550199"]


ACTS = {
    "book": lambda v, moved, desk, booked: booked(ClientFactory(), at=ny(30)),
    "move": lambda v, moved, desk, booked: moved(v, ny(27)),
    "move quietly": lambda v, moved, desk, booked: moved(v, ny(27), notice="none"),
    "cancel": lambda v, moved, desk, booked: cancel(v.pk, reason="weather", by=desk),
    "cancel and tell": lambda v, moved, desk, booked: cancel(
        v.pk, reason="weather", by=desk, notice="standard"
    ),
}


@pytest.mark.parametrize(("act", "was_told"), list(itertools.product(ACTS, [True, False])))
def test_undo_leaves_every_row_as_it_was(act, was_told, visit, moved, desk, booked, regular):
    if was_told:
        promote(NOW + 2 * MINUTE, 100)
    before = snapshot()

    with clock.frozen(NOW + 3 * MINUTE):
        acted = ACTS[act](visit, moved, desk, booked)
        change = acted.change if hasattr(acted, "change") else Reminder.objects.latest("pk").change
        assert snapshot() != before
        undo(change.pk, by=desk)

    assert snapshot() == before


def test_undo_of_a_restore_leaves_the_cancelled_plan_closed(visit, desk):
    cancel(visit.pk, reason="weather", by=desk)
    before = snapshot()

    undo(restore(visit.pk, by=desk, override_reason="meant").change.pk, by=desk)

    assert snapshot() == before


def test_undo_refuses_when_a_message_is_on_its_way(confirmed_visit, moved, desk):
    with clock.frozen(NOW + 5 * MINUTE):
        change = moved(confirmed_visit, ny(27)).change
        Message.objects.filter(purpose="reminders.notice").update(
            state="claimed", lease_owner="x", lease_until=NOW + 6 * MINUTE
        )

        with pytest.raises(AlreadyOnItsWay):
            undo(change.pk, by=desk)

    assert Appointment.objects.get(pk=confirmed_visit.pk).starts_at == ny(27)


def test_nothing_of_an_act_can_be_sent_while_it_can_be_undone(visit, moved):
    change = moved(visit, ny(27)).change

    assert promote(change.undo_until - dt.timedelta(seconds=1), 100) == 0
    assert promote(change.undo_until, 100) == 2  # the text and its portal copy


def test_a_client_has_no_undo_so_their_own_act_counts_at_once(regular, agree, booked):
    agree(regular, PHONE)
    booked(regular, by=Actor(kind=ActorKind.SYSTEM))

    assert promote(NOW, 100) == 2


def test_withdrawn_consent_moves_the_plan_to_the_next_channel(regular, agree, booked):
    agree(regular, PHONE)
    agree(regular, MAIL)
    booked(regular)

    agree(regular, PHONE, granted=False)

    planned = Reminder.objects.filter(state="planned").exclude(channel="portal")
    assert set(planned.values_list("channel", flat=True)) == {"email"}
    assert planned.count() == 4
    assert set(Reminder.objects.filter(channel="sms").values_list("state", "closed_by_change")) == {
        ("superseded", None)
    }


def test_consent_given_again_opens_the_plan_again(regular, agree, booked):
    agree(regular, PHONE)
    booked(regular)
    before = texts()

    agree(regular, PHONE, granted=False)
    assert {row[2] for row in texts()} == {"superseded"}
    with clock.frozen(NOW + dt.timedelta(seconds=5)):
        agree(regular, PHONE)

    assert texts() == before


def test_consent_given_later_plans_the_steps_ahead_but_no_old_confirmation(regular, agree, booked):
    person = booked(regular)

    agree(regular, PHONE)

    assert [row[1:3] for row in texts()] == [
        ("48 hours before", "planned"),
        ("24 hours before", "planned"),
        ("2 hours before", "planned"),
    ]
    person.refresh_from_db()
    assert person.contact_state == "planned"


# --- One of several ------------------------------------------------------------------------------


@pytest.fixture
def couple(regular, agree, booked):
    partner = ClientFactory()
    agree(regular, PHONE)
    agree(partner, "+12025550119")
    visit = booked(regular, partner).appointment
    return list(visit.attendances.order_by("pk"))


def planned(person) -> list[tuple[str, str, int]]:
    rows = person.reminders.filter(channel="sms").order_by("due_at", "pk")
    return [(row.rule.name, row.state, row.resend_no) for row in rows]


def test_who_cancels_alone_hears_of_it_and_nothing_more_the_other_notices_nothing(couple, desk):
    other = planned(couple[1])
    cancel_person(couple[0].pk, reason="client_request", by=desk, notice="standard")

    assert {state for _, state, _ in planned(couple[0])} == {"superseded"}
    assert planned(couple[1]) == other
    notice = Notice.objects.get()
    assert (notice.client, notice.kind) == (couple[0].client, "cancelled")
    with clock.frozen(NOW + 2 * MINUTE):
        said = decide_notices([notice.pk], clock.now())[notice.pk].text
    assert "your appointment Thu Nov 26 at 11:00 am is cancelled" in said


def test_who_is_put_back_gets_what_is_still_to_come_beside_what_was_closed(couple, desk):
    first = planned(couple[0])
    cancel_person(couple[0].pk, reason="client_request", by=desk)
    put_back(couple[0].pk, by=desk)

    again = [(name, state, number) for name, state, number in planned(couple[0]) if state == "planned"]
    assert again == [(name, "planned", 1) for name, _, _ in first if name != "Initial confirmation"]
    assert Notice.objects.get().kind == "restored"


def test_who_joins_is_greeted_and_the_others_are_told_nothing(couple, desk, agree):
    child = ClientFactory()
    agree(child, "+12025550120")
    others = [planned(one) for one in couple]
    visit = add_person(couple[0].appointment_id, client_id=child.pk, by=desk).appointment

    assert planned(visit.attendances.get(client=child))[0] == ("Initial confirmation", "planned", 0)
    assert [planned(one) for one in couple] == others
    assert not Notice.objects.exists()


def test_who_joins_quietly_gets_reminders_without_a_greeting(couple, desk, agree):
    child = ClientFactory()
    agree(child, "+12025550120")
    visit = add_person(couple[0].appointment_id, client_id=child.pk, by=desk, notice="none").appointment

    names = [name for name, _, _ in planned(visit.attendances.get(client=child))]
    assert names
    assert "Initial confirmation" not in names


def test_the_plan_of_who_was_put_back_follows_consent_like_any_other(couple, desk, regular, agree):
    cancel_person(couple[0].pk, reason="client_request", by=desk)
    put_back(couple[0].pk, by=desk)
    again = couple[0].reminders.filter(channel="sms", resend_no=1)
    count = again.filter(state="planned").count()

    agree(regular, PHONE, granted=False)
    withdrawn = again.filter(state="planned").count()
    agree(regular, PHONE)

    assert (count > 0, withdrawn) == (True, 0)
    assert again.filter(state="planned").count() == count
