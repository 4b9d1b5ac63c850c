import datetime as dt

import pytest

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import Blocked, NotAllowed, Refusal, StaleEdit
from practice.models import Change
from practice.tests.factories import ClientContactFactory
from scheduling import operations
from scheduling.models import Appointment
from scheduling.rules.moves import WrongState
from scheduling.rules.wishes import Place
from scheduling.signals import appointment_changed, appointment_released
from scheduling.states import AppointmentState, AttendanceState, CancelReason
from scheduling.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def visit(wish, desk) -> Appointment:
    return operations.book(wish(14), by=desk).appointment


@pytest.fixture
def news():
    heard = []

    def hear(sender, signal, **kwargs):
        heard.append((signal, kwargs))

    for signal in (appointment_changed, appointment_released):
        signal.connect(hear)
    yield heard
    for signal in (appointment_changed, appointment_released):
        signal.disconnect(hear)


def place(clinic, hour: int, minute: int = 0, **other) -> Place:
    fields = {"provider_id": clinic.provider.pk, "starts_at": at(hour, minute), "minutes": 50}
    return Place(**{**fields, **other})


def test_move_raises_edition_occurrence_and_sequence(clinic, visit, desk):
    moved = operations.move(visit.pk, to=place(clinic, 16), edition=1, by=desk).appointment

    moved.refresh_from_db()
    assert (moved.starts_at, moved.ends_at) == (at(16), at(16, 50))
    assert (moved.edition, moved.occurrence, moved.ics_sequence) == (2, 2, 1)


def test_a_longer_visit_is_the_same_occurrence(clinic, visit, desk):
    moved = operations.move(visit.pk, to=place(clinic, 14, minutes=80), edition=1, by=desk).appointment

    assert (moved.minutes, moved.occurrence, moved.ics_sequence) == (80, 1, 1)


def test_another_room_alone_is_the_same_occurrence(clinic, wish, desk):
    visit = operations.book(wish(14, location_id=clinic.location.pk), by=desk).appointment

    moved = operations.move(
        visit.pk,
        to=place(clinic, 14, room_id=clinic.room.pk, location_id=clinic.location.pk),
        edition=1,
        by=desk,
    ).appointment

    assert (moved.room, moved.occurrence, moved.ics_sequence) == (clinic.room, 1, 0)


def test_a_visit_may_move_over_its_own_old_place(clinic, visit, desk):
    operations.move(visit.pk, to=place(clinic, 14, 15), edition=1, by=desk)

    visit.refresh_from_db()
    assert visit.starts_at == at(14, 15)


def test_move_clears_confirmation_unless_agreed(clinic, visit, desk):
    person = visit.attendances.get()
    operations.confirm(person.pk, by=desk)

    operations.move(visit.pk, to=place(clinic, 16), by=desk, agreed_with_client=True)
    person.refresh_from_db()
    assert person.confirmed_at == NOW

    operations.move(visit.pk, to=place(clinic, 17), by=desk)
    person.refresh_from_db()
    assert (person.confirmed_at, person.confirmed_how, person.edition) == (None, "", 3)


def test_a_stale_edit_is_refused_and_changes_nothing(clinic, visit, desk):
    operations.move(visit.pk, to=place(clinic, 16), edition=1, by=desk)

    with pytest.raises(StaleEdit):
        operations.move(visit.pk, to=place(clinic, 9), edition=1, by=desk)

    visit.refresh_from_db()
    assert visit.starts_at == at(16)


def test_move_into_an_occupied_span_names_what_is_there(clinic, wish, visit, desk):
    other = operations.book(wish(16, client_ids=(clinic.other.pk,)), by=desk).appointment

    with pytest.raises(Blocked) as blocked:
        operations.move(visit.pk, to=place(clinic, 16, 15), by=desk)

    [problem] = blocked.value.problems
    assert problem.code == "provider_busy"
    assert problem.blocking == {
        "kind": "appointment",
        "id": other.pk,
        "starts_at": other.starts_at.astimezone(dt.UTC).isoformat(),
        "ends_at": other.ends_at.astimezone(dt.UTC).isoformat(),
    }
    assert "4:00 pm to 4:50 pm" in problem.message


def test_an_overbook_flag_does_not_outlive_its_overlap(clinic, wish, visit, desk):
    over = operations.book(
        wish(14, client_ids=(clinic.other.pk,)), by=desk, override_reason="urgent"
    ).appointment
    assert over.overbooked_provider

    operations.move(visit.pk, to=place(clinic, 9), by=desk)

    over.refresh_from_db()
    assert not over.overbooked_provider
    assert over.edition == 2


@pytest.mark.parametrize("act", ["cancel", "move"])
def test_an_overbooked_visit_that_leaves_loses_its_own_flag(clinic, wish, visit, desk, act):
    over = operations.book(
        wish(14, client_ids=(clinic.other.pk,)), by=desk, override_reason="urgent"
    ).appointment

    if act == "cancel":
        operations.cancel(over.pk, reason=CancelReason.CLIENT_REQUEST, by=desk)
    else:
        operations.move(over.pk, to=place(clinic, 10), by=desk)

    over.refresh_from_db()
    assert not over.overbooked_provider


def test_a_flag_stays_while_another_overlap_remains(clinic, wish, visit, desk, stranger):
    over = operations.book(
        wish(14, client_ids=(clinic.other.pk,)), by=desk, override_reason="meant"
    ).appointment
    operations.book(wish(14, 30, client_ids=(stranger.pk,)), by=desk, override_reason="meant")

    operations.cancel(visit.pk, reason=CancelReason.CLIENT_REQUEST, by=desk)

    over.refresh_from_db()
    assert over.overbooked_provider


def test_a_bulk_shift_of_adjacent_visits_works(clinic, wish, desk):
    visits = [
        operations.book(wish(9 + n, n * 5, client_ids=(clinic.regular.pk,)), by=desk).appointment
        for n in range(4)
    ]

    moved = operations.shift([v.pk for v in visits], minutes=65, by=desk)

    assert [v.starts_at for v in moved] == [at(9 + n, n * 5) + dt.timedelta(minutes=65) for n in range(4)]
    operations.undo(moved_change(), by=desk)
    for visit in visits:
        before = visit.starts_at
        visit.refresh_from_db()
        assert visit.starts_at == before


def moved_change():
    return Change.objects.get(act="visit.shift").pk


def test_a_bulk_shift_onto_a_stranger_is_refused_whole(clinic, wish, desk):
    first = operations.book(wish(9), by=desk).appointment
    second = operations.book(wish(10, 5), by=desk).appointment
    operations.book(wish(11, 10, client_ids=(clinic.other.pk,)), by=desk)

    with pytest.raises(Blocked):
        operations.shift([first.pk, second.pk], minutes=60, by=desk)

    first.refresh_from_db()
    assert first.starts_at == at(9)


def test_move_tells_what_stood_before_and_what_is_free(clinic, visit, desk, news):
    operations.move(visit.pk, to=place(clinic, 16), by=desk)

    (_, changed), (_, released) = news
    assert (changed["kind"], changed["notice"], changed["before"]["starts_at"]) == (
        "moved",
        "standard",
        at(14),
    )
    assert (released["span"], released["why"]) == ((at(14), at(14, 50)), "moved")


def test_cancel_records_who_why_and_that_it_was_late(visit, desk, front_desk):
    operations.cancel(visit.pk, reason=CancelReason.CLIENT_REQUEST, edition=1, by=desk)

    visit.refresh_from_db()
    assert (visit.state, visit.cancel_reason, visit.cancelled_at) == ("cancelled", "client_request", NOW)
    assert (visit.cancelled_by_kind, visit.cancelled_by_id) == ("user", front_desk.pk)
    assert visit.attendances.get().state == AttendanceState.CANCELLED
    assert not visit.attendances.get().late_cancelled


@pytest.mark.parametrize(
    ("reason", "hours_before", "late"),
    [("client_request", 23, True), ("client_request", 25, False), ("provider_unavailable", 2, False)],
)
def test_late_is_inside_the_notice_and_never_the_practices_own_doing(visit, desk, reason, hours_before, late):
    with clock.frozen(visit.starts_at - dt.timedelta(hours=hours_before)):
        operations.cancel(visit.pk, reason=reason, by=desk)

    assert visit.attendances.get().late_cancelled is late


@pytest.mark.parametrize(
    ("reason", "text", "field"), [("", "", "reason"), ("other", " ", "text"), ("bored", "", "reason")]
)
def test_cancel_without_a_reason_names_the_field(visit, desk, reason, text, field):
    with pytest.raises(Refusal) as refusal:
        operations.cancel(visit.pk, reason=reason, text=text, by=desk)

    assert refusal.value.field == field


def test_a_visit_somebody_came_to_is_not_cancelled(visit, desk):
    with clock.frozen(at(14)):
        operations.check_in(visit.attendances.get().pk, by=desk)
        with pytest.raises(Refusal, match="already marked"):
            operations.cancel(visit.pk, reason="client_request", by=desk)


def test_a_client_cancels_the_own_visit_only(visit, regular, stranger):
    other = Actor(kind=ActorKind.CLIENT, id=stranger.pk, via="sms")
    with pytest.raises(NotAllowed):
        operations.cancel(visit.pk, reason="client_request", by=other)

    operations.cancel(
        visit.pk, reason="client_request", by=Actor(kind=ActorKind.CLIENT, id=regular.pk, via="sms")
    )

    visit.refresh_from_db()
    assert visit.state == AppointmentState.CANCELLED


def test_a_contact_cancels_only_with_the_right_to(visit, regular):
    contact = ClientContactFactory(client=regular, may_cancel=False)
    by = Actor(kind=ActorKind.CONTACT, id=contact.pk, via="sms")
    with pytest.raises(NotAllowed):
        operations.cancel(visit.pk, reason="client_request", by=by)

    contact.may_cancel = True
    contact.save()
    operations.cancel(visit.pk, reason="client_request", by=by)


def test_restore_brings_visit_and_people_back_as_a_new_occurrence(visit, desk):
    operations.cancel(visit.pk, reason="client_request", by=desk)

    operations.restore(visit.pk, by=desk)

    visit.refresh_from_db()
    assert (visit.state, visit.cancel_reason, visit.cancelled_at, visit.occurrence) == (
        "scheduled",
        "",
        None,
        2,
    )
    assert visit.attendances.get().state == AttendanceState.EXPECTED


def test_restore_into_a_taken_span_is_refused(clinic, wish, visit, desk):
    operations.cancel(visit.pk, reason="client_request", by=desk)
    operations.book(wish(14, client_ids=(clinic.other.pk,)), by=desk)

    with pytest.raises(Blocked):
        operations.restore(visit.pk, by=desk)


def test_acts_in_the_wrong_state_are_refused(clinic, visit, desk):
    operations.cancel(visit.pk, reason="client_request", by=desk)

    for act in (
        lambda: operations.move(visit.pk, to=place(clinic, 16), by=desk),
        lambda: operations.cancel(visit.pk, reason="client_request", by=desk),
        lambda: operations.start(visit.pk, by=desk),
        lambda: operations.complete(visit.pk, by=desk),
        lambda: operations.release(visit.pk, by=desk),
        lambda: operations.confirm(visit.attendances.get().pk, by=desk),
    ):
        with pytest.raises(WrongState):
            act()
