import datetime as dt
import uuid

import pytest

from core.actors import Actor, ActorKind
from core.refusals import AlreadyUsed, Blocked, NotAllowed, SlotTaken
from practice.models import AuditEntry, CareTeam, Change
from practice.tests.factories import RoomFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance, ProviderDay
from scheduling.rules.wishes import Wish
from scheduling.signals import appointments_booked
from scheduling.states import AppointmentState
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, TypeOfferFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


def codes(blocked) -> list[str]:
    return [p.code for p in blocked.value.problems]


def test_book_copies_buffers_and_rate_and_joins_the_care_team(clinic, wish, desk):
    clinic.type.rate = 120
    clinic.type.save()
    TypeOfferFactory._meta.model.objects.filter(provider=clinic.colleague).update(rate=150)

    visit = operations.book(wish(provider_id=clinic.colleague.pk), by=desk).appointment

    assert (visit.buffer_before_minutes, visit.buffer_after_minutes, visit.rate) == (0, 15, 150)
    assert visit.blocked.upper == at(15, 5)
    assert CareTeam.objects.filter(provider=clinic.colleague, client=clinic.regular).exists()
    assert [a.client for a in visit.attendances.all()] == [clinic.regular]


def test_a_room_no_longer_used_is_no_room(clinic, wish, desk):
    type(clinic.room).objects.update(is_active=False)

    with pytest.raises(Blocked) as blocked:
        operations.book(wish(room_id=clinic.room.pk), by=desk, override_reason="no matter")

    assert codes(blocked) == ["room_inactive"]


def test_book_writes_change_audit_and_day_version(clinic, wish, desk, front_desk):
    acted = operations.book(wish(), by=desk)

    change = Change.objects.get()
    assert acted.change == change
    assert change.undo_until == change.at + dt.timedelta(seconds=60)
    lines = list(
        AuditEntry.objects.filter(change=change, actor_kind="user")
        .order_by("pk")
        .values_list("act", "actor_id", "subject_kind")
    )
    assert lines == [
        ("visit.booked", front_desk.pk, "appointment"),
        ("attendance.added", front_desk.pk, "attendance"),
    ]
    assert list(ProviderDay.objects.values_list("provider", "on", "n")) == [
        (clinic.provider.pk, dt.date(2026, 11, 25), 1)
    ]


def test_the_same_form_twice_books_once(wish, desk):
    change_id = uuid.uuid4()

    first = operations.book(wish(), by=desk, change_id=change_id)
    second = operations.book(wish(), by=desk, change_id=change_id)

    assert (first.appointment, second.repeated) == (second.appointment, True)
    assert Appointment.objects.count() == 1


def test_the_same_form_id_with_other_content_is_refused(wish, desk):
    change_id = uuid.uuid4()
    operations.book(wish(), by=desk, change_id=change_id)

    with pytest.raises(AlreadyUsed):
        operations.book(wish(16), by=desk, change_id=change_id)

    assert Appointment.objects.count() == 1


def test_a_refused_act_leaves_no_change_but_a_line_in_the_history(wish, desk):
    operations.book(wish(), by=desk)

    with pytest.raises(Blocked):
        operations.book(wish(14, 30), by=desk)

    assert Change.objects.count() == 1
    refused = AuditEntry.objects.get(act="visit.book.refused")
    assert refused.after == {"codes": ["provider_busy", "client_busy"]}


@pytest.mark.parametrize(
    ("hour", "minute", "free"),
    [(13, 0, False), (12, 55, True), (14, 50, False), (15, 0, False), (15, 5, True)],
)
def test_buffers_of_neighbours_add_up(clinic, wish, desk, hour, minute, free):
    operations.book(wish(14), by=desk)
    other = wish(hour, minute, client_ids=(clinic.other.pk,))

    if free:
        operations.book(other, by=desk)
    else:
        with pytest.raises(Blocked) as blocked:
            operations.book(other, by=desk)
        assert codes(blocked) == ["provider_busy"]


def test_override_needs_a_reason_and_marks_the_row(clinic, wish, desk):
    operations.book(wish(14), by=desk)

    visit = operations.book(
        wish(14, 30, client_ids=(clinic.other.pk,)), by=desk, override_reason="family emergency"
    ).appointment

    assert visit.overbooked_provider
    assert [o["code"] for o in visit.overrides] == ["provider_busy"]
    assert visit.overrides[0]["reason"] == "family emergency"


def test_the_override_reason_stays_out_of_the_audit_trail(clinic, wish, desk):
    operations.book(wish(14), by=desk)

    operations.book(wish(14, 30), by=desk, override_reason="very private words")

    assert not any("very private words" in str(e.after) + str(e.before) for e in AuditEntry.objects.all())


def test_a_visit_as_co_provider_blocks_as_much(clinic, wish, desk):
    operations.book(wish(14, co_provider_id=clinic.colleague.pk), by=desk)

    with pytest.raises(Blocked) as blocked:
        operations.book(wish(14, provider_id=clinic.colleague.pk, client_ids=(clinic.other.pk,)), by=desk)

    assert codes(blocked) == ["provider_busy"]


def test_a_room_in_use_refuses_with_its_cleaning(clinic, wish, desk):
    room = RoomFactory(location=clinic.location, cleaning_minutes=30)
    operations.book(wish(14, room_id=room.pk), by=desk)

    with pytest.raises(Blocked) as blocked:
        operations.book(
            wish(15, 10, provider_id=clinic.colleague.pk, room_id=room.pk, client_ids=(clinic.other.pk,)),
            by=desk,
        )

    assert codes(blocked) == ["room_busy"]


def test_a_room_only_block_stops_no_provider(clinic, wish, desk):
    operations.book(wish(14, provider_id=None, room_id=clinic.room.pk, client_ids=()), by=desk)

    operations.book(wish(14), by=desk)
    operations.book(wish(14, provider_id=clinic.colleague.pk, client_ids=(clinic.other.pk,)), by=desk)

    assert Appointment.objects.count() == 3


def test_outside_hours_needs_an_override(wish, desk):
    with pytest.raises(Blocked) as blocked:
        operations.book(wish(19), by=desk)

    assert codes(blocked) == ["outside_hours"]


def test_a_type_the_provider_does_not_offer_needs_an_override(clinic, wish, desk):
    clinic.type.offers.filter(provider=clinic.provider).delete()

    with pytest.raises(Blocked) as blocked:
        operations.book(wish(), by=desk)

    assert codes(blocked) == ["not_offered"]


def test_an_archived_type_cannot_be_overridden(clinic, wish, desk):
    clinic.type.is_active = False
    clinic.type.save()

    with pytest.raises(Blocked) as blocked:
        operations.book(wish(), by=desk, override_reason="please")

    assert codes(blocked) == ["type_archived"]


@pytest.mark.parametrize("cap", ["max_per_day_provider", "max_per_day_practice"])
def test_daily_caps_of_a_type(clinic, wish, desk, cap):
    setattr(clinic.type, cap, 1)
    clinic.type.save()
    operations.book(wish(9), by=desk)

    with pytest.raises(Blocked) as blocked:
        operations.book(wish(14, client_ids=(clinic.other.pk,)), by=desk)

    assert codes(blocked) == [f"cap_type_{'provider' if cap.endswith('provider') else 'practice'}_day"]


@pytest.mark.parametrize(("cap", "hour", "day"), [("max_per_day", 14, 25), ("max_per_week", 14, 26)])
def test_caps_of_a_provider(clinic, wish, desk, cap, hour, day):
    setattr(clinic.provider, cap, 1)
    clinic.provider.save()
    operations.book(wish(9), by=desk)

    with pytest.raises(Blocked) as blocked:
        operations.book(wish(starts_at=at(hour, day=day), client_ids=(clinic.other.pk,)), by=desk)

    assert codes(blocked) == [f"cap_provider_{cap.rsplit('_', 1)[1]}"]


def test_a_provider_books_on_the_own_calendar_only(clinic, wish, actor, provider):
    operations.book(wish(), by=actor(provider))

    with pytest.raises(NotAllowed):
        operations.book(wish(provider_id=clinic.colleague.pk), by=actor(provider))


def test_a_biller_and_a_client_may_not_book(wish, actor, biller, regular):
    for nobody in (actor(biller), Actor(kind=ActorKind.CLIENT, id=regular.pk, via="portal")):
        with pytest.raises(NotAllowed):
            operations.book(wish(), by=nobody)


def test_the_database_speaks_last(clinic, wish, desk, monkeypatch):
    operations.book(wish(), by=desk)
    monkeypatch.setattr("scheduling.operations.placing.problems_with", lambda *_, **__: [])

    with pytest.raises(SlotTaken) as taken:
        operations.book(wish(14, 30), by=desk)

    assert taken.value.what == "provider"
    assert Appointment.objects.count() == 1


def test_a_failing_receiver_takes_the_booking_back(wish, desk):
    def fail(**_):
        raise RuntimeError("disk full")

    appointments_booked.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            operations.book(wish(), by=desk)
    finally:
        appointments_booked.disconnect(fail)

    assert (Appointment.objects.count(), Attendance.objects.count(), Change.objects.count()) == (0, 0, 0)


def test_an_expired_hold_is_released_by_whoever_books_over_it(clinic, wish, desk):
    held = AppointmentFactory(
        provider=clinic.provider,
        starts_at=at(14),
        state=AppointmentState.HELD,
        hold_until=NOW - dt.timedelta(minutes=1),
    )

    operations.book(wish(14), by=desk)

    held.refresh_from_db()
    assert held.state == AppointmentState.RELEASED


def test_a_hold_becomes_a_visit_even_past_its_deadline(clinic, wish, desk):
    held = operations.hold(wish(client_ids=()), until=NOW + dt.timedelta(minutes=10), by=desk).appointment
    Appointment.objects.filter(pk=held.pk).update(hold_until=NOW - dt.timedelta(minutes=1))

    visit = operations.confirm_hold(held.pk, client_ids=(clinic.regular.pk,), by=desk).appointment

    visit.refresh_from_db()
    assert (visit.state, visit.hold_until) == (AppointmentState.SCHEDULED, None)
    assert visit.attendances.get().client == clinic.regular


def test_the_sweep_releases_only_expired_holds(clinic, wish, desk):
    live = operations.hold(wish(9), until=NOW + dt.timedelta(minutes=10), by=desk).appointment
    old = operations.hold(wish(11), until=NOW + dt.timedelta(minutes=5), by=desk).appointment
    Appointment.objects.filter(pk=old.pk).update(hold_until=NOW - dt.timedelta(minutes=1))

    assert operations.release_expired_holds() == 1

    live.refresh_from_db()
    old.refresh_from_db()
    assert (live.state, old.state) == (AppointmentState.HELD, AppointmentState.RELEASED)


def test_wish_is_a_value(wish):
    assert wish() == wish()
    assert isinstance(wish(), Wish)
