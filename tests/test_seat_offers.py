"""A place in a group comes free and is offered to whoever has waited longest. The two apps never meet but here."""

import datetime as dt
import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, Refusal
from groups import operations
from groups.models import Group, Membership
from groups.queries.sessions import ahead_of
from groups.states import ExitReason, GroupState, MemberState
from groups.tests.conftest import desk, group, hall, leader  # noqa: F401  the same group
from groups.tests.factories import MembershipFactory
from groups.tests.test_members import facts_of
from groups.tests.test_sessions import book
from messaging.models import Message, StaffTask
from messaging.rules.segments import segments
from messaging.signals import messages_changed
from messaging.tests.factories import InboundMessageFactory
from practice.models import Change, Client, KeepApart
from practice.states import LinkPurpose
from practice.tests.factories import ClientFactory, given_link
from reminders.models import Reminder
from scheduling.models import Attendance
from scheduling.operations import cancel, move, undo
from scheduling.queries.problems import wish_of
from scheduling.rules.wishes import Place
from scheduling.tests.conftest import NEW_YORK, NOW, clinic, now  # noqa: F401  the same small clinic
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from tests.test_undo_equality import snapshot
from waitlist.models import FreedSpan, Offer
from waitlist.operations import hearing
from waitlist.operations.answering import Gone, accept, decline
from waitlist.operations.by_hand import offer_by_hand
from waitlist.operations.ending import withdraw
from waitlist.operations.filling import fill_due, look_at
from waitlist.queries.saying import decide_late, decide_offers, decide_told, topics
from waitlist.tests.conftest import agree, client_of, look  # noqa: F401
from waitlist.tests.factories import OfferFactory, WaitlistPolicyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
LATER = NOW + 2 * MINUTE  # the undo window is over


def in_line(group: Group, name: str, agree=None, *, days: int = 5, **more) -> Membership:  # noqa: F811
    client = more.pop("client", None) or ClientFactory(first_name=name, last_name="Inline")
    if agree:
        agree(client)
    return MembershipFactory(
        group=group,
        client=client,
        state=MemberState.WAITING,
        seat=None,
        enrolled_at=None,
        waiting_since=NOW - days * DAY,
    )


@pytest.fixture
def full(group, hall, leader, agree) -> SimpleNamespace:  # noqa: F811
    """Four members on four places, four Wednesdays ahead, the first of them tomorrow; Ann, Bea and Cem in line."""
    hall.group = group
    hall.members = [MembershipFactory(group=group, client=ClientFactory()) for _ in range(4)]
    hall.sessions = book(group, leader, 4)
    hall.ann, hall.bea, hall.cem = (
        in_line(group, name, agree, days=9 - n) for n, name in enumerate(("Ann", "Bea", "Cem"))
    )
    Message.objects.all().delete()
    group.refresh_from_db()
    return hall


@pytest.fixture
def leaves(full, desk):  # noqa: F811
    """`leaves()`: a member goes, the undo window passes, somebody is asked."""

    def go(number: int = 0, *, by: Actor = desk) -> Change:
        return operations.exit_member(full.members[number].pk, reason=ExitReason.COMPLETED, by=by).change

    return go


@pytest.fixture
def offered(leaves):
    def make() -> Offer:
        leaves()
        tick()
        return Offer.objects.get()

    return make


def keep_apart(one: Client, other: Client) -> None:
    first, second = sorted((one, other), key=lambda client: client.pk)
    KeepApart.objects.create(client=first, other_client=second)


def tick(at: dt.datetime = LATER) -> int:
    with clock.frozen(at):
        return fill_due(at, 20)


def asked(**about) -> list[str]:
    return list(Offer.objects.filter(**about).order_by("pk").values_list("client__first_name", flat=True))


def state_of(member: Membership) -> str:
    member.refresh_from_db()
    return member.state


def said(decided: dict) -> str:
    [one] = decided.values()
    return one.text


def test_a_place_is_offered_to_who_waits_longest_once_it_can_no_longer_be_undone(full, leaves):
    change = leaves()

    span = FreedSpan.objects.get()
    assert (span.seats, span.why, span.change) == (full.group.public_id, "seat", change)
    assert (span.appointment, span.starts_at) == (full.sessions[0], full.sessions[0].starts_at)
    assert tick(NOW + MINUTE - dt.timedelta(seconds=1)) == 0
    assert tick(NOW + MINUTE) == 1
    offer = Offer.objects.get()
    assert (offer.client, offer.entry, offer.appointment) == (full.ann.client, None, full.sessions[0])
    assert offer.expires_at == NOW + MINUTE + HOUR / 2  # less than a day ahead
    message = Message.objects.get(purpose="waitlist.offer")
    assert (message.subject, message.asks, message.klass) == (offer.pk, "offer", "offer")
    assert tick(NOW + 2 * MINUTE) == 0


def test_undo_of_the_exit_takes_the_place_off_the_list(full, leaves, desk):  # noqa: F811
    change = leaves()

    undo(change.pk, by=desk)

    assert not FreedSpan.objects.exists()
    assert tick() == 0


def test_nobody_is_told_of_a_place_nobody_waits_for(full, leaves, desk):  # noqa: F811
    for member in (full.ann, full.bea, full.cem):
        operations.exit_member(member.pk, reason=ExitReason.CLIENT_REQUEST, by=desk)

    leaves()

    assert not FreedSpan.objects.exists()


def test_on_hold_nobody_gives_a_place_up(full, leaves, desk):  # noqa: F811
    operations.hold_member(full.members[0].pk, by=desk)
    assert not FreedSpan.objects.exists()

    leaves()  # on hold they had one all the same

    assert FreedSpan.objects.count() == 1


def test_a_yes_is_a_seat_on_every_session_ahead_with_its_reminders(full, offered):
    offer = offered()

    with clock.frozen(LATER):
        accept(offer.pk, how="sms", by=client_of(offer), notice="none")

    member = Membership.objects.get(pk=full.ann.pk)
    assert (member.state, member.seat, member.enrolled_at) == (MemberState.ENROLLED, 1, LATER)
    came = Attendance.objects.filter(client=full.ann.client).order_by("appointment__starts_at")
    assert [(a.appointment, a.state) for a in came] == [(visit, "expected") for visit in full.sessions]
    span, offer = FreedSpan.objects.get(), Offer.objects.get()
    assert (span.state, span.filled_at) == ("filled", LATER)
    assert (offer.state, offer.how, offer.ended_by_kind) == ("accepted", "sms", "client")
    assert tick(LATER + DAY) == 0


def test_a_yes_plans_reminders_as_an_enrolment_does(full, offered, desk):  # noqa: F811
    import_module("reminders.migrations.0002_default_rules").add(apps, None)
    offer = offered()
    with clock.frozen(LATER):
        accept(offer.pk, how="sms", by=client_of(offer), notice="none")
        operations.exit_member(full.members[1].pk, reason=ExitReason.COMPLETED, by=desk)
        operations.enrol(full.bea.pk, by=desk, notice="none")

    def plan(member: Membership) -> list:
        rows = Reminder.objects.filter(attendance__client=member.client_id).order_by("due_at", "pk")
        return list(rows.values_list("attendance__appointment", "rule", "channel", "due_at"))

    assert plan(full.ann)
    assert plan(full.ann) == plan(full.bea)


def test_a_no_asks_the_next_and_keeps_the_place_in_line(full, offered):
    offer = offered()

    with clock.frozen(LATER):
        decline(offer.pk, reason="notice", how="sms", by=client_of(offer))
    tick(LATER + MINUTE)

    assert asked() == ["Ann", "Bea"]
    assert asked(state="out") == ["Bea"]
    assert [m.client.first_name for m in full.group.memberships.in_line()] == ["Ann", "Bea", "Cem"]


def test_silence_asks_the_next(full, offered):
    offer = offered()

    tick(offer.expires_at - MINUTE)
    assert asked() == ["Ann"]
    tick(offer.expires_at)

    assert list(Offer.objects.order_by("pk").values_list("state", flat=True)) == ["expired", "out"]
    with pytest.raises(Gone), clock.frozen(offer.expires_at + MINUTE):
        accept(offer.pk, how="sms", by=client_of(offer))


def test_who_no_longer_needs_it_leaves_the_line(full, offered):
    offer = offered()

    with clock.frozen(LATER):
        decline(offer.pk, how="sms", by=client_of(offer))
        decline(offer.pk, reason="not_needed", how="portal", by=client_of(offer, "portal"))

    assert (state_of(full.ann), full.ann.exit_reason) == (MemberState.EXITED, ExitReason.CLIENT_REQUEST)
    assert Offer.objects.get().reason == "not_needed"


def test_who_passed_rests_and_is_asked_again_for_another_session_only(full, offered):
    WaitlistPolicyFactory(cool_hours=24)
    offer = offered()
    for answered in (offer, None, None):
        one = answered or Offer.objects.get(state="out")
        with clock.frozen(one.made_at):
            decline(one.pk, how="sms", by=client_of(one))
        tick(one.made_at + MINUTE)

    assert asked() == ["Ann", "Bea", "Cem"]
    assert tick(LATER + 12 * HOUR) == 1  # nobody is left for tomorrow
    tick(LATER + DAY)  # the rest is over, and the session of the 25th has begun
    assert asked() == ["Ann", "Bea", "Cem", "Ann"]
    assert Offer.objects.get(state="out").appointment == full.sessions[1]
    assert FreedSpan.objects.get().appointment == full.sessions[1]


def test_two_places_are_two_offers(full, leader):  # noqa: F811
    operations.save_group(full.group.pk, facts_of(full.group, capacity=6), by=leader)

    tick()

    assert asked(state="out") == ["Ann", "Bea"]
    assert Offer.objects.values("span").distinct().count() == 2


def test_a_place_given_by_hand_withdraws_the_offer_and_tells(full, offered, desk):  # noqa: F811
    offer = offered()
    Message.objects.update(state="delivered", accepted_at=NOW)

    with clock.frozen(LATER):
        operations.enrol(full.bea.pk, by=desk)

    offer.refresh_from_db()
    span = FreedSpan.objects.get()
    assert (offer.state, span.state) == ("withdrawn", "taken")
    told = Message.objects.get(purpose="waitlist.told")
    assert (told.client, told.not_before) == (full.ann.client, LATER + MINUTE)
    assert "that place is taken now" in said(decide_told([offer.pk], LATER + MINUTE))
    assert state_of(full.ann) == MemberState.WAITING
    with pytest.raises(Gone), clock.frozen(LATER):
        accept(offer.pk, how="sms", by=client_of(offer))


def test_who_is_given_the_place_by_hand_while_asked_is_not_told_that_it_is_gone(full, offered, desk):  # noqa: F811
    offer = offered()
    Message.objects.update(state="delivered", accepted_at=NOW)

    with clock.frozen(LATER):
        operations.enrol(full.ann.pk, by=desk)

    assert Offer.objects.get().state == "withdrawn"
    assert not Message.objects.filter(purpose="waitlist.told").exists()
    inbound = InboundMessageFactory(question=Message.objects.filter(purpose="waitlist.offer").get())
    assert "the place is yours" in said(decide_late([inbound.pk], LATER))
    assert FreedSpan.objects.get().state == "taken"
    assert offer.client == full.ann.client


def test_of_two_offers_out_a_place_given_by_hand_withdraws_the_later_one(full, leaves, desk):  # noqa: F811
    leaves(0), leaves(1)
    tick()

    with clock.frozen(LATER):
        operations.enrol(full.cem.pk, by=desk)

    assert (asked(state="out"), asked(state="withdrawn")) == (["Ann"], ["Bea"])


def test_a_closed_group_offers_nothing(full, offered, leader):  # noqa: F811
    offered()

    with clock.frozen(LATER):
        operations.set_group_state(full.group.pk, state=GroupState.CLOSED, by=leader)

    assert (asked(state="withdrawn"), FreedSpan.objects.get().state) == (["Ann"], "taken")


def test_a_group_that_takes_nobody_in_once_begun_offers_nothing_then(full, leaves):
    Group.objects.update(is_open=False)
    leaves()

    tick(NOW + 30 * HOUR)

    assert not Offer.objects.exists()
    assert FreedSpan.objects.get().state == "taken"


def test_who_cannot_be_asked_is_passed_over(full, leaves, agree, desk):  # noqa: F811
    apart, silent = full.ann, full.bea
    keep_apart(apart.client, full.members[2].client)
    silent.client.addresses.all().delete()
    busy = in_line(full.group, "Busy", agree, days=10)
    AttendanceFactory(
        client=busy.client,
        appointment=AppointmentFactory(
            type=full.type, provider=full.colleague, starts_at=full.sessions[1].starts_at
        ),
    )
    gone = in_line(full.group, "Gone", agree, days=8)
    Client.objects.filter(pk=gone.client_id).update(status="discharged")
    leaves()

    tick()

    assert asked() == ["Cem"]


def test_who_is_asked_about_a_time_or_often_enough_waits(full, leaves):
    WaitlistPolicyFactory(week_cap=1)
    OfferFactory(entry__client=full.ann.client)
    OfferFactory(
        entry__client=full.bea.client, state="lost", made_at=NOW - DAY, ended_at=NOW, ended_by_kind="system"
    )
    leaves()

    tick()

    assert asked(entry=None) == ["Cem"]


def test_the_line_keeps_its_order_through_the_night(full, leaves):
    Client.objects.filter(pk=full.ann.client_id).update(contact_from=dt.time(15), contact_until=dt.time(18))
    leaves()

    tick()
    assert not Offer.objects.exists()
    assert FreedSpan.objects.get().look_at == dt.datetime(2026, 11, 24, 15, tzinfo=NEW_YORK)
    tick(dt.datetime(2026, 11, 24, 15, tzinfo=NEW_YORK))

    assert asked() == ["Ann"]


def test_who_is_called_before_closing_gets_a_task_and_no_text(full, leaves):
    Client.objects.filter(pk=full.ann.client_id).update(call_before_closing=True)
    leaves()

    tick()

    assert StaffTask.objects.get().client == full.ann.client
    assert not Message.objects.filter(purpose="waitlist.offer").exists()


def test_an_offer_that_never_arrived_goes_to_the_next(full, offered):
    offer = offered()
    Message.objects.update(state="skipped", reason="Too many today")

    with clock.frozen(LATER):
        messages_changed.send(Message, messages=list(Message.objects.all()), now=LATER)
    tick(LATER + MINUTE)

    offer.refresh_from_db()
    assert (offer.state, asked(state="out")) == ("unsent", ["Bea"])


@pytest.mark.parametrize("act", ["cancel", "move"])
def test_a_session_that_changes_withdraws_the_offer_and_the_place_is_offered_again(full, offered, desk, act):  # noqa: F811
    offer, visit = offered(), full.sessions[0]
    Message.objects.update(state="delivered", accepted_at=NOW)
    with clock.frozen(LATER):
        if act == "cancel":
            cancel(visit.pk, reason="provider_unavailable", by=desk)
        else:
            names = Place.__dataclass_fields__
            to = {name: getattr(wish_of(visit), name) for name in names}
            move(visit.pk, to=Place(**to | {"starts_at": visit.starts_at + 2 * HOUR}), by=desk)

    assert Offer.objects.get().state == "withdrawn"
    tick(LATER + MINUTE)

    second = Offer.objects.exclude(pk=offer.pk).get()
    assert second.client == full.ann.client
    assert second.appointment == (full.sessions[1] if act == "cancel" else visit)


def test_with_the_list_off_places_only_stand_there(full, leaves):
    WaitlistPolicyFactory(is_on=False)
    leaves()

    assert tick() == 1

    assert not Offer.objects.exists()
    assert FreedSpan.objects.get().state == "open"


def test_the_line_going_home_ends_it(full, offered, desk):  # noqa: F811
    offered()
    with clock.frozen(LATER):
        for member in (full.ann, full.bea, full.cem):
            operations.exit_member(member.pk, reason=ExitReason.CLIENT_REQUEST, by=desk)

    assert Offer.objects.get().state == "withdrawn"
    tick(LATER + MINUTE)

    assert FreedSpan.objects.get().state == "over"


def test_who_joins_the_line_of_an_open_place_is_asked(full, offered, desk, agree):  # noqa: F811
    for member in (full.bea, full.cem):
        operations.exit_member(member.pk, reason=ExitReason.CLIENT_REQUEST, by=desk)
    offer = offered()
    with clock.frozen(LATER):
        decline(offer.pk, how="sms", by=client_of(offer))
    tick(LATER + MINUTE)
    assert asked(state="out") == []
    new = operations.refer(full.group.pk, client_id=full.regular.pk, by=desk).member
    agree(full.regular)

    with clock.frozen(LATER + 2 * MINUTE):
        operations.wait_in_line(new.pk, by=desk)
    tick(LATER + 4 * MINUTE)

    assert asked(state="out") == [full.regular.first_name]


def test_a_place_the_group_cannot_give_is_a_matter_for_a_person(full, offered):
    """Somebody they are kept apart from; no word of it to them."""
    offer = offered()
    keep_apart(full.ann.client, full.members[2].client)
    question = Message.objects.get(purpose="waitlist.offer")
    inbound = InboundMessageFactory(question=question, client=full.ann.client, from_address=question.address)

    with clock.frozen(LATER):
        hearing.take_reply(inbound, question, "yes", LATER)

    offer.refresh_from_db()
    assert (offer.state, state_of(full.ann)) == ("out", MemberState.WAITING)
    assert StaffTask.objects.get().client == full.ann.client
    assert "we could not book that by text" in said(decide_late([inbound.pk], LATER))


def test_only_who_was_asked_may_answer(full, offered, actor, biller):
    offer = offered()

    for stranger in (Actor(kind=ActorKind.CLIENT, id=full.bea.client_id), actor(biller)):
        with pytest.raises(NotAllowed):
            accept(offer.pk, how="sms", by=stranger)
    with pytest.raises(Refusal):
        offer_by_hand(offer.span_id, entry_id=0, by=Actor(kind=ActorKind.SYSTEM))


def test_saying_yes_twice_is_one_place(full, offered):
    offer = offered()

    with clock.frozen(LATER):
        first = accept(offer.pk, how="sms", by=client_of(offer))
        second = accept(offer.pk, how="portal", by=client_of(offer, "portal"))

    assert (first.repeated, second.repeated) == (False, True)
    assert Membership.objects.seated().count() == 4


def test_a_seat_a_guest_has_keeps_the_place_waiting(full, leaves):
    visit = full.sessions[1]
    leaves()
    AttendanceFactory(appointment=visit, client=ClientFactory())

    assert tick() == 1

    assert not Offer.objects.exists()
    assert FreedSpan.objects.get().state == "open"


# --- undo --------------------------------------------------------------------------------------------

UNDONE = {
    "exit": lambda s, by: operations.exit_member(s.members[1].pk, reason=ExitReason.COMPLETED, by=by).change,
    "yes": lambda s, by: accept(s.offer.pk, how="staff", by=by).change,
    "no": lambda s, by: decline(s.offer.pk, reason="notice", how="staff", by=by).change,
    "not needed": lambda s, by: decline(s.offer.pk, reason="not_needed", how="staff", by=by).change,
    "back": lambda s, by: withdraw(s.offer.pk, by=by),
    "by hand": lambda s, by: operations.enrol(s.bea.pk, by=by).change,
    "by hand to who is asked": lambda s, by: operations.enrol(s.ann.pk, by=by).change,
    "more places": lambda s, by: (
        operations.save_group(s.group.pk, facts_of(s.group, capacity=6), by=by).change
    ),
    "close": lambda s, by: operations.set_group_state(s.group.pk, state=GroupState.CLOSED, by=by).change,
    "cancel the session": lambda s, by: cancel(s.sessions[0].pk, reason="other", text="Ill", by=by).change,
    "leaves the line": lambda s, by: (
        operations.exit_member(s.ann.pk, reason=ExitReason.CLIENT_REQUEST, by=by).change
    ),
}


def compared() -> dict[str, list]:
    """But for when a freed time is looked at next: that is no state."""
    spans = FreedSpan.objects.order_by("pk").values_list(
        "pk", "seats", "state", "appointment", "starts_at", "filled_at", "closed_by_change", "matched_at"
    )
    return snapshot() | {"waitlist_freedspan": list(spans)}


@pytest.mark.parametrize("act", UNDONE)
def test_undo_leaves_every_table_as_it_was(full, offered, desk, leader, act):  # noqa: F811
    full.offer, by = offered(), leader if act in ("more places", "close") else desk
    Message.objects.update(state="delivered", accepted_at=NOW)
    with clock.frozen(LATER):
        before = compared()
        change = UNDONE[act](full, by)
        changed = compared()
        undo(change.pk, by=by)
        after = compared()

    assert changed != before
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}


def locked(queries: list[dict]) -> list[str]:
    """Tables whose rows were locked, in the order that was done first."""
    locking = (one["sql"] for one in queries if "FOR NO KEY UPDATE" in one["sql"])
    return list(dict.fromkeys(re.search(r'FROM "?(\w+)', sql)[1] for sql in locking))


def test_the_group_is_locked_before_clients_whoever_comes(full, offered, desk):  # noqa: F811
    """Else a yes, an enrolment and an Undo wait for one another."""
    offer, found = offered(), {}
    acts = {
        "yes": lambda: accept(offer.pk, how="staff", by=desk).change,
        "undo": lambda: undo(found["yes"][1].pk, by=desk),
        "by hand": lambda: operations.enrol(full.bea.pk, by=desk).change,
    }
    with clock.frozen(LATER):
        for act, do in acts.items():
            with CaptureQueriesContext(connection) as queries:
                change = do()
            found[act] = (locked(queries.captured_queries), change)

    for act, (tables, _) in found.items():
        assert tables.index("groups_group") < tables.index("practice_client"), act


def test_a_no_is_not_taken_back_once_the_place_is_somebodys(full, offered, desk, leader):  # noqa: F811
    offer = offered()
    with clock.frozen(LATER):
        change = decline(offer.pk, how="staff", by=desk).change
        operations.enrol(full.bea.pk, by=leader)

        with pytest.raises(Refusal, match="given to somebody else"):
            undo(change.pk, by=desk)


# --- what is said, what is shown ----------------------------------------------------------------------


def test_texts_are_neutral_short_and_of_a_place(full, offered):
    offer = offered()
    with clock.frozen(LATER):
        first = said(decide_offers([offer.pk], LATER))
        Client.objects.filter(pk=offer.client_id).update(language="es")
        second = said(decide_offers([offer.pk], LATER))
        accept(offer.pk, how="sms", by=client_of(offer), notice="none")
        third = said(decide_told([offer.pk], LATER))

    assert "place" in first
    assert "Reply Y to take it, N to pass." in first
    assert "plaza" in second
    assert "la plaza es suya" in third
    others = {m.client.last_name for m in full.members} | {m.client.first_name for m in full.members}
    for text in (first, second, third):
        assert segments(text) == 1
        for word in (full.group.name, "group", "grupo", "terap", "therap", full.provider.last_name, *others):
            assert word.lower() not in text.lower()


def test_a_mail_says_where_and_not_what(full, offered):
    offer = offered()
    Offer.objects.update(channel="email", address="ann@example.com")

    [mail] = decide_offers([offer.pk], LATER).values()

    assert "A place is open from" in mail.subject_line
    for word in (full.group.name, "group", "therapy"):
        assert word.lower() not in f"{mail.subject_line} {mail.text} {mail.html}".lower()


def test_a_text_is_understood_while_the_offer_is_out(full, offered):
    offer = offered()

    assert topics([offer.pk], LATER)[offer.pk].about == ("offer", offer.pk)


def test_on_their_phone_they_take_the_place(full, offered, client):
    offer = offered()
    page = f"/o/{given_link(offer.client, LinkPurpose.OFFER, subject=offer.pk, channel='sms')}/"
    with clock.frozen(LATER):
        shown = client.get(page).content.decode()
        assert "A place is open" in shown
        assert "Please tell us by 10:32 am" in shown
        for word in (
            full.group.name,
            "group",
            "herapy",
            full.provider.name,
            full.members[0].client.last_name,
        ):
            assert word not in shown.split("<main")[1]

        answer = client.post(f"{page}accept/", follow=True).content.decode()

    assert "The place is yours" in answer
    assert state_of(full.ann) == MemberState.ENROLLED


def test_their_page_says_that_the_place_is_gone_or_theirs(full, offered, client, desk):  # noqa: F811
    offer = offered()
    page = f"/o/{given_link(offer.client, LinkPurpose.OFFER, subject=offer.pk, channel='sms')}/"
    with clock.frozen(LATER):
        given = operations.enrol(full.ann.pk, by=desk).change
        assert "The place is yours" in client.get(page).content.decode()
        undo(given.pk, by=desk)
        operations.enrol(full.bea.pk, by=desk)
        assert "That place is taken now" in client.get(page).content.decode()
        assert client.post(f"{page}accept/").status_code == 409


def test_staff_see_the_place_the_line_and_who_is_asked(full, offered, signed_in, front_desk):
    offer = offered()
    browser = signed_in(front_desk)
    with clock.frozen(LATER):
        listed = browser.get("/waitlist/times/").content.decode()
        page = browser.get(reverse("waitlist:span", args=[offer.span.public_id])).content.decode()
        groups = browser.get(reverse("groups:group", args=[full.group.public_id])).content.decode()
        panel = browser.get(
            reverse("waitlist:visit-waiting", args=[full.sessions[0].public_id])
        ).content.decode()

    assert f"a place in {full.group.name}" in listed
    assert page.index("Ann Inline") < page.index("Bea Inline") < page.index("Cem Inline")
    assert "Is being asked" in page
    assert "offered until 10:32 am" in groups
    assert "A place is offered to" in panel


@pytest.mark.parametrize("people", [1, 3])
def test_the_pages_cost_the_same_for_one_in_line_as_for_three(
    full,
    offered,
    desk,  # noqa: F811
    signed_in,
    front_desk,
    django_assert_max_num_queries,
    people,
):
    for member in (full.cem, full.bea)[: 3 - people]:
        operations.exit_member(member.pk, reason=ExitReason.CLIENT_REQUEST, by=desk)
    offer, browser = offered(), signed_in(front_desk)
    pages = {
        reverse("waitlist:span", args=[offer.span.public_id]): 12,
        reverse("groups:group", args=[full.group.public_id]): 14,
    }
    with clock.frozen(LATER):
        for page, queries in pages.items():
            browser.get(page)
            with django_assert_max_num_queries(queries):
                browser.get(page)


def test_the_line_names_only_whom_the_reader_may_see(full, offered, signed_in, provider):
    """Who leads the group reads the line on the group's page; here only their own clients stand."""
    offer = offered()
    with clock.frozen(LATER):
        page = signed_in(provider).get(reverse("waitlist:span", args=[offer.span.public_id])).content.decode()

    assert "Bea Inline" not in page
    assert "Cem Inline" not in page


def test_staff_take_a_yes_down_on_the_page(full, offered, signed_in, front_desk):
    offer = offered()
    with clock.frozen(LATER):
        answer = signed_in(front_desk).post(
            reverse("waitlist:offer-answer", args=[offer.public_id]),
            {"change_id": "6b7a1c1e-6b2c-4d8c-9a3e-0d8a5f0c9e11", "answer": "yes"},
        )

    assert answer.status_code == 302
    assert state_of(full.ann) == MemberState.ENROLLED
    assert ahead_of(full.group, LATER)[0].attendances.filter(client=full.ann.client).exists()


def test_who_said_yes_first_has_it_and_the_others_are_told(full, offered):
    first = offered()
    Message.objects.update(state="delivered", accepted_at=NOW)
    about = {"span": first.span, "appointment": first.appointment, "expires_at": first.expires_at}
    other = OfferFactory(
        entry=None, client=full.bea.client, address="+12025550123", turn_was=NOW, made_at=LATER, **about
    )

    with clock.frozen(LATER):
        accept(other.pk, how="sms", by=client_of(other))

        with pytest.raises(Gone):
            accept(first.pk, how="sms", by=client_of(first))
    first.refresh_from_db()
    assert (first.state, state_of(full.bea), state_of(full.ann)) == ("lost", "enrolled", "waiting")
    assert Message.objects.filter(purpose="waitlist.told", client=full.ann.client).exists()


def test_a_look_at_a_place_whose_group_is_gone_ends_it(full, leaves):
    leaves()
    span = FreedSpan.objects.get()
    FreedSpan.objects.update(seats="00000000-0000-0000-0000-000000000000", look_at=LATER)

    with clock.frozen(LATER):
        assert look_at(span.pk, LATER)

    span.refresh_from_db()
    assert span.state == "over"
