"""Joining, changing, pinning and leaving the list; and what time does to it."""

import datetime as dt
import uuid

import pytest

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, Refusal, StaleEdit
from practice.models import AuditEntry
from scheduling.tests.conftest import NOW, at, clinic, now  # noqa: F401  the same small clinic
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory
from waitlist.models import WaitlistEntry
from waitlist.operations.ageing import expire_entries, rescore
from waitlist.operations.entries import add_entry, change_entry, close_entry, pin_entry
from waitlist.rules.wishes import EntryWish
from waitlist.tests.factories import FreedSpanFactory, OfferFactory, WaitlistEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def desk(actor, front_desk):
    return actor(front_desk)


@pytest.fixture
def kind(practice):
    return AppointmentTypeFactory()


def test_somebody_joins_with_what_they_wish_for(regular, desk, kind, provider):
    wish = EntryWish(
        type_id=kind.pk, provider_ids=(provider.pk,), weekdays=(1, 3), urgency="urgent", max_wait_days=30
    )

    entry = add_entry(regular.pk, wish, by=desk).entry

    entry.refresh_from_db()
    assert (entry.client, entry.provider_ids, entry.weekdays) == (regular, [provider.pk], [1, 3])
    assert (entry.priority, entry.expires_on, entry.turn_at) == (350, dt.date(2026, 12, 25), NOW)
    assert AuditEntry.objects.filter(act="entry.added", subject_id=entry.pk).exists()


def test_the_same_form_twice_is_one_entry(regular, desk, kind):
    wish, form = EntryWish(type_id=kind.pk), uuid.uuid4()

    first = add_entry(regular.pk, wish, by=desk, change_id=form)
    second = add_entry(regular.pk, wish, by=desk, change_id=form)

    assert second.repeated
    assert second.entry == first.entry


def test_several_entries_are_fine_but_not_the_same_twice(regular, desk, kind):
    add_entry(regular.pk, EntryWish(type_id=kind.pk), by=desk)
    add_entry(regular.pk, EntryWish(type_id=kind.pk, weekdays=(2,)), by=desk)

    with pytest.raises(Refusal, match="already waiting"):
        add_entry(regular.pk, EntryWish(type_id=kind.pk), by=desk)


def test_moving_up_needs_a_visit_ahead_and_is_asked_once(regular, desk, kind):
    person = AttendanceFactory(client=regular, appointment=AppointmentFactory(type=kind))
    past = AttendanceFactory(client=regular, appointment=AppointmentFactory(starts_at=at(9, day=20)))

    entry = add_entry(regular.pk, EntryWish(type_id=kind.pk), by=desk, attendance_id=person.pk).entry

    assert entry.is_move_up
    with pytest.raises(Refusal, match="already waiting to move"):
        add_entry(regular.pk, EntryWish(type_id=kind.pk), by=desk, attendance_id=person.pk)
    with pytest.raises(Refusal, match="no longer ahead"):
        add_entry(regular.pk, EntryWish(type_id=kind.pk), by=desk, attendance_id=past.pk)


def test_who_may_not_see_the_client_may_not_add_them(stranger, provider, actor, biller, kind):
    for who in (provider, biller):
        with pytest.raises(NotAllowed):
            add_entry(stranger.pk, EntryWish(type_id=kind.pk), by=actor(who))


def test_a_client_adds_only_themselves(regular, stranger, kind):
    themselves = Actor(kind=ActorKind.CLIENT, id=regular.pk, via="portal")

    assert add_entry(regular.pk, EntryWish(type_id=kind.pk), by=themselves).entry.source == "client"
    with pytest.raises(NotAllowed):
        add_entry(stranger.pk, EntryWish(type_id=kind.pk), by=themselves)


def test_an_old_copy_changes_nothing(regular, desk, kind):
    entry = WaitlistEntryFactory(client=regular)
    change_entry(entry.pk, EntryWish(type_id=kind.pk, urgency="soon"), edition=1, by=desk)

    with pytest.raises(StaleEdit):
        change_entry(entry.pk, EntryWish(type_id=kind.pk), edition=1, by=desk)

    entry.refresh_from_db()
    assert (entry.urgency, entry.edition) == ("soon", 2)


@pytest.mark.parametrize(
    ("reason", "state"),
    [("gave_up", "gave_up"), ("elsewhere", "gave_up"), ("double", "closed"), ("booked_by_hand", "closed")],
)
def test_leaving_has_a_reason_that_says_what_it_counts_as(regular, desk, reason, state):
    entry = close_entry(WaitlistEntryFactory(client=regular).pk, reason=reason, by=desk).entry

    assert (entry.state, entry.close_reason, entry.closed_at) == (state, reason, NOW)


def test_another_reason_needs_words_and_a_closed_entry_stays_closed(regular, desk):
    entry = WaitlistEntryFactory(client=regular)
    with pytest.raises(Refusal, match="Say why"):
        close_entry(entry.pk, reason="other", by=desk)
    close_entry(entry.pk, reason="other", text="moved away", by=desk)

    with pytest.raises(Refusal, match="closed meanwhile"):
        pin_entry(entry.pk, on=True, by=desk)


def test_a_pin_says_who_and_comes_off_again(regular, desk):
    entry = WaitlistEntryFactory(client=regular)

    assert pin_entry(entry.pk, on=True, by=desk).entry.pinned_by_id == desk.id
    assert pin_entry(entry.pk, on=False, by=desk).entry.pinned_at is None


def test_who_joins_makes_open_times_be_looked_at_again(regular, desk, kind):
    later = NOW + dt.timedelta(hours=3)
    span, waiting = FreedSpanFactory(look_at=later), FreedSpanFactory(look_at=later, not_before=later)

    add_entry(regular.pk, EntryWish(type_id=kind.pk), by=desk)

    span.refresh_from_db()
    waiting.refresh_from_db()
    assert (span.look_at, waiting.look_at) == (NOW, later)


def test_priorities_rise_with_the_days_and_raise_no_edition(practice):
    entry = WaitlistEntryFactory(created_at=NOW - dt.timedelta(days=30))

    assert (rescore(NOW), rescore(NOW)) == (1, 0)

    entry.refresh_from_db()
    assert (entry.priority, entry.edition) == (225, 1)


def test_who_waited_as_long_as_they_would_is_let_go_but_not_while_asked(practice):
    day = dt.date(2026, 11, 24)
    over, asked = WaitlistEntryFactory(expires_on=day), WaitlistEntryFactory(expires_on=day)
    waiting = WaitlistEntryFactory(expires_on=day + dt.timedelta(days=1))
    OfferFactory(entry=asked)

    assert expire_entries(NOW) == 1

    states = dict(WaitlistEntry.objects.values_list("pk", "state"))
    assert states == {over.pk: "expired", asked.pk: "waiting", waiting.pk: "waiting"}


def test_the_clock_may_stand_anywhere(practice):
    with clock.frozen(NOW):
        assert rescore() == 0
