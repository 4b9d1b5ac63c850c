"""Sessions of an authorization: kept at booking, used at completion, given back; always what the facts add up to."""

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.actors import Actor
from core.refusals import Blocked, Refusal
from messaging.models import StaffTask
from practice.models import Authorization
from practice.tests.factories import AuthorizationFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.operations import Chosen
from scheduling.queries.authorizations import with_use
from scheduling.queries.care import about_clients
from scheduling.rules.authorizations import Permit, fitting, is_low, said
from scheduling.rules.recurrence import Every, Pattern, Rhythm
from scheduling.rules.wishes import Place
from scheduling.states import AppointmentState, AttendanceState
from scheduling.tests.conftest import NEW_YORK, NOW, at
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TODAY = dt.date(2026, 11, 24)
LATER = NOW + dt.timedelta(days=2)


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def clinic(clinic):
    clinic.type.requires_authorization = True
    clinic.type.save()
    return clinic


def permit(clinic, **columns) -> Authorization:
    return AuthorizationFactory(client=clinic.regular, **{"starts_on": TODAY, **columns})


def counted(row: Authorization) -> tuple[int, int, int]:
    fresh = with_use(Authorization.objects.filter(pk=row.pk)).get()
    return fresh.used, fresh.kept, fresh.left


def person_of(visit: Appointment) -> Attendance:
    return visit.attendances.get()


# --- The arithmetic ------------------------------------------------------------------------------


def test_of_several_the_one_that_ends_first_is_drawn_on():
    far = Permit(id=1, starts_on=TODAY, ends_on=TODAY + dt.timedelta(90), left=5)
    near = Permit(id=2, starts_on=TODAY, ends_on=TODAY + dt.timedelta(9), left=1)
    empty = Permit(id=3, starts_on=TODAY, ends_on=TODAY, left=0)

    assert fitting([far, near, empty], TODAY) == near
    assert fitting([far, near, empty], TODAY + dt.timedelta(10)) == far
    assert fitting([empty], TODAY) is None


@pytest.mark.parametrize(
    ("left", "days", "low"), [(3, 31, False), (2, 31, True), (3, 30, True), (0, 90, True)]
)
def test_low_is_two_sessions_or_thirty_days(left, days, low):
    assert is_low(left, TODAY + dt.timedelta(days=days), TODAY) is low


def test_what_is_left_is_said_in_words():
    end = dt.date(2026, 12, 3)

    assert [said(left, end) for left in (0, 1, 5)] == [
        "No session left, until Dec 3, 2026",
        "1 session left, until Dec 3, 2026",
        "5 sessions left, until Dec 3, 2026",
    ]


# --- Kept, used, given back ----------------------------------------------------------------------


def test_booking_keeps_a_session_and_completing_uses_it(clinic, wish, desk):
    row = permit(clinic, sessions=5, used_before=1)
    visit = operations.book(wish(14), by=desk).appointment
    assert (person_of(visit).authorization, counted(row)) == (row, (1, 1, 3))

    with clock.frozen(LATER):
        operations.complete(visit.pk, by=desk)
    assert (person_of(visit).authorization_used, counted(row)) == (True, (2, 0, 3))

    with clock.frozen(LATER):
        operations.reopen(visit.pk, by=desk)
    person, visit = person_of(visit), Appointment.objects.get(pk=visit.pk)
    assert (person.state, person.authorization_used, visit.state) == ("expected", False, "scheduled")
    assert counted(row) == (1, 1, 3)


def test_the_last_session_is_booked_once(clinic, wish, desk):
    permit(clinic, sessions=1)
    operations.book(wish(9), by=desk)

    with pytest.raises(Blocked) as refused:
        operations.book(wish(14), by=desk)

    assert "authorization_used" in [p.code for p in refused.value.problems]
    over = operations.book(wish(14), by=desk, override_reason="The insurer promised").appointment
    assert person_of(over).authorization is None


def test_cancelling_gives_it_back_and_bringing_back_keeps_it_again(clinic, wish, desk):
    row = permit(clinic, sessions=1)
    visit = operations.book(wish(14), by=desk).appointment
    operations.cancel(visit.pk, reason="client_request", by=desk)
    assert counted(row) == (0, 0, 1)

    operations.restore(visit.pk, by=desk)
    assert counted(row) == (0, 1, 0)


def test_a_moved_visit_draws_on_what_holds_on_its_new_day(clinic, wish, desk):
    first = permit(clinic, sessions=2, ends_on=dt.date(2026, 11, 30))
    second = permit(clinic, sessions=2, starts_on=dt.date(2026, 12, 1))
    visit = operations.book(wish(14), by=desk).appointment
    assert person_of(visit).authorization == first

    to = Place(provider_id=clinic.provider.pk, starts_at=at(14) + dt.timedelta(days=7), minutes=50)
    moved = operations.move(visit.pk, to=to, by=desk)
    assert person_of(visit).authorization == second

    operations.undo(moved.change.pk, by=desk)
    assert person_of(visit).authorization == first


def test_a_hold_keeps_no_session_until_it_is_a_visit(clinic, wish, desk):
    row = permit(clinic, sessions=1)
    held = operations.hold(wish(14), until=NOW + dt.timedelta(hours=1), by=desk).appointment
    assert counted(row) == (0, 0, 1)

    operations.confirm_hold(held.pk, by=desk)
    assert counted(row) == (0, 1, 0)


def test_a_series_keeps_as_many_as_there_are_and_says_when_they_end(clinic, wish, desk):
    near = permit(clinic, sessions=2, ends_on=dt.date(2027, 1, 10))
    far = permit(clinic, sessions=5)
    pattern = Pattern(every=Every.WEEK, weekdays=(2,), count=4)
    rhythm = Rhythm(pattern=pattern, first=dt.date(2026, 11, 25), at=dt.time(14), zone=NEW_YORK)
    rows = [Chosen(wish=wish(14, starts_at=at(14) + dt.timedelta(weeks=n))) for n in range(len(rhythm.dates))]

    visits = operations.book_series(rhythm, rows, by=desk).appointments

    assert [person_of(visit).authorization for visit in visits] == [near, near, far, far]
    assert (counted(near), counted(far)) == ((0, 2, 0), (0, 2, 3))


def test_several_visits_moved_together_keep_their_sessions(clinic, wish, desk):
    row = permit(clinic, sessions=2)
    visits = [operations.book(wish(hour), by=desk).appointment for hour in (9, 11)]

    operations.shift([visit.pk for visit in visits], minutes=60, by=desk)

    assert counted(row) == (0, 2, 0)


def test_undo_brings_no_use_back_that_another_visit_has_taken(clinic, wish, desk):
    permit(clinic, sessions=1)
    first = operations.book(wish(9), by=desk).appointment
    second = operations.book(wish(14), by=desk, override_reason="Promised").appointment
    with clock.frozen(LATER):
        operations.complete(first.pk, by=desk)
        reopened = operations.reopen(first.pk, by=desk)
        operations.cancel(first.pk, reason="client_request", by=desk)
        operations.complete(second.pk, by=desk)
    assert person_of(second).authorization_used

    with clock.frozen(LATER), pytest.raises(Refusal):
        operations.undo(reopened.change.pk, by=desk)


# --- In any order --------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from(["complete", "reopen", "undo"]), st.integers(0, 3)), min_size=1, max_size=14
)


@settings(
    max_examples=examples(10, ci=200),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps, sessions=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_completing_and_reversing_in_any_order_adds_up(clinic, wish, desk, steps, sessions):
    with transaction.atomic():
        rows = [
            permit(clinic, sessions=most, number=f"P-{n}", ends_on=TODAY + dt.timedelta(days=60 + n))
            for n, most in enumerate(sessions)
        ]
        visits = [
            operations.book(wish(hour), by=desk, override_reason="Promised").appointment
            for hour in (8, 10, 12, 14)
        ]
        done: list[uuid.UUID] = []
        with clock.frozen(LATER):
            for what, which in steps:
                _step(what, visits[which], done, desk)
                _adds_up(rows)
        transaction.set_rollback(True)


def _step(what: str, visit: Appointment, done: list[uuid.UUID], desk: Actor) -> None:
    try:
        if what == "undo":
            if done:
                operations.undo(done[-1], by=desk)
                done.pop()
            return
        act = operations.complete if what == "complete" else operations.reopen
        done.append(act(visit.pk, by=desk).change.pk)
    except Refusal:
        pass


def _adds_up(rows: list[Authorization]) -> None:
    """Recomputed from each attendance by itself, beside what the two counting questions say."""
    people = list(Attendance.objects.select_related("appointment"))
    for row in rows:
        used = sum(p.authorization_id == row.pk and p.authorization_used for p in people)
        kept = sum(p.authorization_id == row.pk and p.state == AttendanceState.EXPECTED for p in people)
        assert counted(row) == (used, kept, row.sessions - used - kept)
        assert used <= row.sessions
    for person in people:
        is_done = person.appointment.state == AppointmentState.COMPLETED
        assert person.authorization_used == (is_done and person.authorization_id is not None)
        assert (person.state == AttendanceState.ATTENDED) == is_done
    care = about_clients({p.client_id for p in people}, with_permits=True)
    lefts = {one.id: one.left for permits in care.permits.values() for one in permits}
    assert lefts == {row.pk: counted(row)[2] for row in rows}


# --- Work for people -----------------------------------------------------------------------------


def test_what_is_nearly_over_is_one_task_as_long_as_it_is(clinic):
    few = permit(clinic, sessions=5, used_before=3)
    permit(clinic, sessions=5, ends_on=TODAY - dt.timedelta(days=1), starts_on=TODAY - dt.timedelta(days=9))

    operations.watch_authorizations()
    operations.watch_authorizations()
    assert [(t.kind, t.authorization, t.client) for t in StaffTask.objects.all()] == [
        ("authorization", few, clinic.regular)
    ]

    Authorization.objects.filter(pk=few.pk).update(sessions=20)
    operations.watch_authorizations()
    assert StaffTask.objects.count() == 0


def test_a_task_that_was_done_stays_done(clinic, front_desk):
    row = permit(clinic, ends_on=TODAY + dt.timedelta(days=30))
    operations.watch_authorizations()
    StaffTask.objects.update(done_at=NOW, done_by=front_desk)

    operations.watch_authorizations()

    assert [task.done_at for task in row.tasks.all()] == [NOW]


def test_one_that_is_followed_by_another_needs_no_work(clinic):
    permit(clinic, ends_on=TODAY + dt.timedelta(days=5))
    permit(clinic, starts_on=TODAY + dt.timedelta(days=6))

    operations.watch_authorizations()

    assert StaffTask.objects.count() == 0


# --- The pages -----------------------------------------------------------------------------------


def typed(**other) -> dict:
    usual = {"payer": "Aetna", "number": "A-77", "sessions": 8, "used_before": 0}
    return {
        "change_id": str(uuid.uuid4()),
        **usual,
        "starts_on": "2026-11-01",
        "ends_on": "2027-04-30",
    } | other


def page(client) -> str:
    return reverse("scheduling:client-authorizations", args=[client.public_id])


def test_the_desk_adds_one_and_changes_it(clinic, signed_in, front_desk):
    desk = signed_in(front_desk)
    assert desk.post(page(clinic.regular), typed()).status_code == 302
    row = Authorization.objects.get()
    assert (row.number, row.sessions, row.ends_on) == ("A-77", 8, dt.date(2027, 4, 30))

    edit = reverse("scheduling:authorization-edit", args=[clinic.regular.public_id, row.pk])
    assert 'value="A-77"' in desk.get(edit).content.decode()
    desk.post(edit, typed(sessions=12))
    row.refresh_from_db()
    assert row.sessions == 12


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ends_on": "2026-10-01"}, "It ends before it begins."),
        ({"used_before": 9}, "More are used than allowed."),
        ({"number": "A-1"}, "This authorization is on file already."),
    ],
)
def test_nonsense_is_refused_beside_the_field(clinic, signed_in, front_desk, wrong, words):
    permit(clinic, number="A-1")

    answer = signed_in(front_desk).post(page(clinic.regular), typed(**wrong))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Authorization.objects.count() == 1


def test_sessions_do_not_fall_below_what_is_used(clinic, wish, desk, signed_in, front_desk):
    row = permit(clinic, sessions=5, number="A-1")
    visits = [operations.book(wish(hour), by=desk).appointment for hour in (9, 11)]
    with clock.frozen(LATER):
        for visit in visits:
            operations.complete(visit.pk, by=desk)

    edit = reverse("scheduling:authorization-edit", args=[clinic.regular.public_id, row.pk])
    answer = signed_in(front_desk).post(edit, typed(number="A-1", sessions=1))

    assert "2 sessions are used here already." in answer.content.decode()


def test_a_provider_reads_but_does_not_write(clinic, signed_in, provider):
    permit(clinic)

    read = signed_in(provider).get(page(clinic.regular)).content.decode()

    assert "10 allowed, 0 used, 10 left" in read
    assert '<form class="form"' not in read
    assert signed_in(provider).post(page(clinic.regular), typed()).status_code == 403


def test_the_card_shows_how_each_stands(clinic, signed_in, front_desk):
    permit(clinic, sessions=2)

    part = signed_in(front_desk).get(
        page(clinic.regular),
        headers={"HX-Request": "true", "HX-Target": "panel-scheduling-client-authorizations"},
    )

    assert "Nearly over" in part.content.decode()
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize(
    ("sessions", "label"), [(2, "Authorization nearly over"), (20, None), (0, "No authorization")]
)
def test_the_tile_says_when_it_is_nearly_over_or_missing(
    clinic, wish, desk, signed_in, front_desk, sessions, label
):
    permit(clinic, sessions=sessions)
    operations.book(wish(14), by=desk, override_reason="Promised")

    html = signed_in(front_desk).get("/calendar/", {"on": "2026-11-25"}).content.decode()

    assert [words for words in ("No authorization", "Authorization nearly over") if words in html] == (
        [label] if label else []
    )
