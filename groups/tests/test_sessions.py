import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.urls import reverse

from core import clock
from core.refusals import Refusal
from groups import operations
from groups.models import Group, Meeting
from groups.operations import CannotJoin
from groups.queries.sessions import Plan, plan_for, sessions_of
from groups.states import ExitReason, GroupState, Often
from groups.tests.factories import MembershipFactory
from messaging.models import Message
from messaging.states import ConsentSource
from messaging.tests.factories import ConsentFactory
from practice.models import KeepApart
from practice.states import Channel
from practice.tests.factories import AddressFactory, ClientFactory
from scheduling.models import Appointment, Attendance, Series
from scheduling.operations import Chosen, SeriesBlocked, cancel, cancel_person, undo
from scheduling.queries.series import plan_series
from scheduling.tests.conftest import NEW_YORK, NOW
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def plan(group: Group, count: int = 4) -> Plan:
    return plan_for(group, count, zone=NEW_YORK, today=NOW.date())


def book(group: Group, by, count: int = 4, **other) -> list[Appointment]:
    made = plan(group, count)
    rows = [Chosen(wish=row.wish) for row in plan_series(made.template, made.lines, zone=NEW_YORK, now=NOW)]
    acted = operations.plan_sessions(
        group.pk, made.rhythm, rows, count=len(made.lines), extends=made.extends, by=by, **other
    )
    return list(acted.appointments)


def reachable(client, address: str) -> None:
    AddressFactory(client=client, kind="email", value=address, safe_to_email=True)
    ConsentFactory(
        client=client,
        channel=Channel.EMAIL,
        address=address,
        granted=True,
        source=ConsentSource.VERBAL,
        at=NOW - dt.timedelta(days=30),
    )


def walls(visits) -> list[str]:
    return [f"{visit.starts_at.astimezone(NEW_YORK):%m-%d %H:%M}" for visit in visits]


def states(client) -> list[str]:
    rows = Attendance.objects.filter(client=client).order_by("appointment__starts_at")
    return list(rows.values_list("state", flat=True))


def test_sessions_are_appointments_with_everybody_who_has_a_place(group, hall, leader):
    MembershipFactory(group=group, client=hall.regular)
    held = MembershipFactory(group=group, client=hall.other)
    operations.hold_member(held.pk, by=leader)

    visits = book(group, leader)

    assert walls(visits) == ["11-25 10:00", "12-02 10:00", "12-09 10:00", "12-16 10:00"]
    assert {(v.title, v.provider, v.room, v.capacity, v.billing_mode) for v in visits} == {
        (group.name, hall.provider, hall.hall, 4, "per_attendance")
    }
    assert list(Attendance.objects.values_list("client", flat=True)) == [hall.regular.pk] * 4
    assert Meeting.objects.filter(group=group).count() == 4


def test_both_who_lead_it_are_blocked_by_the_one_appointment(group, hall, leader):
    Group.objects.update(co_facilitator=hall.colleague)
    group.refresh_from_db()
    AppointmentFactory(
        type=hall.type,
        provider=hall.colleague,
        starts_at=dt.datetime(2026, 12, 2, 10, tzinfo=NEW_YORK),
    )

    with pytest.raises(SeriesBlocked) as refusal:
        book(group, leader)

    assert list(refusal.value.rows) == [1]
    assert not Appointment.objects.filter(type=group.type).exists()


def test_whoever_leads_alone_that_day_does_not_lead_with_themselves(group, hall, leader):
    Group.objects.update(co_facilitator=hall.colleague)
    group.refresh_from_db()
    made = plan(group, 2)
    lines = [made.lines[0], replace(made.lines[1], provider_id=hall.colleague.pk)]

    rows = plan_series(made.template, lines, zone=NEW_YORK, now=NOW)

    assert [row.wish.people for row in rows] == [(hall.provider.pk, hall.colleague.pk), (hall.colleague.pk,)]


def test_more_sessions_follow_the_last_and_lengthen_the_series(group, leader):
    Group.objects.update(often=Often.FORTNIGHTLY)
    group.refresh_from_db()
    book(group, leader, 2)
    group.refresh_from_db()

    more = book(group, leader, 2)

    assert walls(more) == ["12-23 10:00", "01-06 10:00"]
    assert Series.objects.get().rule.endswith("COUNT=4")


def test_another_rhythm_begins_another_series(group, leader):
    book(group, leader, 2)
    Group.objects.update(weekday=6)  # Sundays from now on
    group.refresh_from_db()

    more = book(group, leader, 2)

    assert walls(more) == ["12-06 10:00", "12-13 10:00"]
    assert Series.objects.count() == 2


def test_a_sunday_group_keeps_its_hour_across_the_clock_change(group, hall, leader):
    Group.objects.update(weekday=6, starts_on=dt.date(2027, 3, 7))
    group.refresh_from_db()

    visits = book(group, leader, 3)

    assert walls(visits) == ["03-07 10:00", "03-14 10:00", "03-21 10:00"]
    assert [visit.starts_at.hour for visit in visits] == [15, 14, 14]


def test_a_monthly_group_and_its_last_day(group):
    Group.objects.update(often=Often.MONTHLY, nth=-1, weekday=4, ends_on=dt.date(2027, 1, 31))
    group.refresh_from_db()

    assert [line.on for line in plan(group, 12).lines] == [
        dt.date(2026, 11, 27),
        dt.date(2026, 12, 25),
        dt.date(2027, 1, 29),
    ]


def test_a_group_that_has_ended_gets_no_more_sessions(group):
    Group.objects.update(ends_on=NOW.date())
    group.refresh_from_db()

    with pytest.raises(ValueError, match="ends on November 24"):
        plan(group)


def test_who_is_enrolled_comes_to_the_sessions_ahead_only(group, hall, leader):
    book(group, leader)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member
    with clock.frozen(dt.datetime(2026, 12, 2, 10, 30, tzinfo=NEW_YORK)):  # the second is under way
        acted = operations.enrol(member.pk, by=leader)

    assert acted.sessions == 2
    rows = Attendance.objects.filter(client=hall.regular).order_by("appointment__starts_at")
    assert walls(row.appointment for row in rows) == ["12-09 10:00", "12-16 10:00"]


def test_who_leaves_is_off_the_sessions_ahead_and_back_with_a_new_spell(group, hall, leader):
    member = MembershipFactory(group=group, client=hall.regular)
    book(group, leader)
    with clock.frozen(dt.datetime(2026, 11, 25, 12, tzinfo=NEW_YORK)):
        operations.exit_member(member.pk, reason=ExitReason.CLIENT_REQUEST, by=leader)
        assert states(hall.regular) == ["expected", "cancelled", "cancelled", "cancelled"]
        assert not Attendance.objects.filter(late_cancelled=True).exists()

        again = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member
        operations.enrol(again.pk, by=leader)

    assert states(hall.regular) == ["expected"] * 4


def test_back_from_hold_they_come_again_but_not_where_they_called_off(group, hall, leader):
    member = MembershipFactory(group=group, client=hall.regular)
    visits = book(group, leader)
    own = Attendance.objects.get(appointment=visits[1], client=hall.regular)
    cancel_person(own.pk, reason="client_request", by=leader)

    operations.hold_member(member.pk, by=leader)
    assert states(hall.regular) == ["excused", "cancelled", "excused", "excused"]
    operations.resume(member.pk, by=leader)

    assert states(hall.regular) == ["expected", "cancelled", "expected", "expected"]


def test_undo_takes_an_enrolment_off_every_session_again(group, hall, leader):
    book(group, leader)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member
    acted = operations.enrol(member.pk, by=leader)
    assert states(hall.regular) == ["expected"] * 4

    undo(acted.change.pk, by=leader)

    member.refresh_from_db()
    assert (states(hall.regular), member.state) == ([], "referred")


def test_undo_of_planning_leaves_no_session_and_no_series(group, leader):
    made = plan(group)
    rows = [Chosen(wish=row.wish) for row in plan_series(made.template, made.lines, zone=NEW_YORK, now=NOW)]
    acted = operations.plan_sessions(group.pk, made.rhythm, rows, count=4, by=leader)

    undo(acted.change.pk, by=leader)

    group.refresh_from_db()
    assert group.series is None
    assert not Appointment.objects.exists()
    assert not Meeting.objects.exists()
    assert not Series.objects.exists()


def test_a_client_with_another_visit_then_needs_an_override(group, hall, leader):
    book(group, leader)
    other = AppointmentFactory(
        type=hall.type, provider=hall.colleague, starts_at=dt.datetime(2026, 12, 2, 10, tzinfo=NEW_YORK)
    )
    AttendanceFactory(appointment=other, client=hall.regular)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member

    with pytest.raises(SeriesBlocked) as refusal:
        operations.enrol(member.pk, by=leader)
    assert list(refusal.value.rows) == [1]
    operations.enrol(member.pk, by=leader, override_reason="They go to the group that day")

    kept = [visit.overrides for visit in sessions_of(group).order_by("starts_at")]
    assert [[line["code"] for line in lines] for lines in kept] == [[], ["client_busy"], [], []]


def test_somebody_kept_apart_from_a_guest_of_one_session_is_refused_without_the_reason(
    group, hall, desk, leader
):
    visits = book(group, leader)
    AttendanceFactory(appointment=visits[0], client=hall.other)
    KeepApart.objects.create(client=hall.regular, other_client=hall.other)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=desk).member

    with pytest.raises(CannotJoin) as refusal:
        operations.enrol(member.pk, by=desk)

    assert refusal.value.message == "This client cannot be placed in this group."


def test_a_cancelled_session_tells_each_member_alone(group, hall, leader):
    for number, client in enumerate((hall.regular, hall.other)):
        MembershipFactory(group=group, client=client)
        reachable(client, f"member{number}@example.com")
    visits = book(group, leader)

    cancel(visits[0].pk, reason="provider_unavailable", notice="standard", by=leader)

    told = Message.objects.filter(purpose="reminders.notice").order_by("address")
    assert [(one.client, one.address) for one in told] == [
        (hall.regular, "member0@example.com"),
        (hall.other, "member1@example.com"),
    ]


def test_an_archived_group_has_no_sessions_ahead_and_plans_none(group, leader):
    made = plan(group)
    book(group, leader)
    with pytest.raises(Refusal, match="4 sessions are still ahead"):
        operations.set_group_state(group.pk, state=GroupState.ARCHIVED, by=leader)
    Group.objects.update(state=GroupState.ARCHIVED)

    rows = [Chosen(wish=row.wish) for row in plan_series(made.template, made.lines, zone=NEW_YORK, now=NOW)]
    with pytest.raises(Refusal, match="archived"):
        operations.plan_sessions(group.pk, made.rhythm, rows, count=4, by=leader)


def test_a_closed_group_that_has_begun_takes_nobody(group, hall, leader):
    Group.objects.update(is_open=False)
    book(group, leader)
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member

    with (
        clock.frozen(dt.datetime(2026, 11, 26, 9, tzinfo=NEW_YORK)),
        pytest.raises(Refusal, match="has begun"),
    ):
        operations.enrol(member.pk, by=leader)
    operations.enrol(member.pk, by=leader)


def test_another_number_of_places_reaches_the_sessions_ahead(group, leader):
    from groups.tests.test_members import facts_of  # noqa: PLC0415  one helper

    book(group, leader, 2)
    group.refresh_from_db()

    operations.save_group(group.pk, facts_of(group, capacity=6), by=leader)

    assert list(Appointment.objects.values_list("capacity", flat=True)) == [6, 6]


def test_planning_shows_what_is_in_the_way_and_books_once_it_is_mended(group, hall, signed_in):
    MembershipFactory(group=group, client=hall.regular)
    AppointmentFactory(
        type=hall.type, provider=hall.provider, starts_at=dt.datetime(2026, 12, 2, 10, tzinfo=NEW_YORK)
    )
    browser, url = signed_in(hall.provider), reverse("groups:group-plan", args=[group.public_id])

    shown = browser.get(url, {"count": 3}).content.decode()
    assert shown.count("series__row") == 3
    assert "1 with something in the way" in shown
    posted = {"change_id": str(uuid.uuid4()), "count": "3", "added": "0", "act": "book"}
    assert browser.post(url, posted).status_code == 409
    answer = browser.post(url, posted | {"change_id": str(uuid.uuid4()), "row-1-skip": "1"})

    assert answer["Location"] == reverse("groups:group", args=[group.public_id])
    assert walls(sessions_of(group).order_by("starts_at")) == ["11-25 10:00", "12-09 10:00"]
    assert "1 coming" in browser.get(reverse("groups:group", args=[group.public_id])).content.decode()


def test_who_may_not_plan_does_not(group, signed_in, biller, hall):
    url = reverse("groups:group-plan", args=[group.public_id])

    assert signed_in(biller).get(url).status_code == 403
    assert signed_in(hall.colleague).get(url).status_code == 404


def test_seats_are_the_sessions_own_too(group, hall, leader):
    visits = book(group, leader, 1)
    for _ in range(4):
        AttendanceFactory(appointment=visits[0], client=ClientFactory())
    member = operations.refer(group.pk, client_id=hall.regular.pk, by=leader).member

    with pytest.raises(Refusal, match="All 4 places of November 25 are taken"):
        operations.enrol(member.pk, by=leader)
