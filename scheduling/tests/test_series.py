"""Repeating visits: looked at, booked, extended, changed and cancelled."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from availability.tests.factories import ClosureFactory
from core import clock
from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, Refusal
from practice.models import AuditEntry, Authorization, CareTeam
from practice.tests.factories import RoomFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance, Series
from scheduling.operations import Chosen, Scope, SeriesBlocked
from scheduling.queries.problems import wish_of
from scheduling.queries.series import (
    Line,
    allowances,
    extension,
    lines_of,
    plan_series,
    standing_of,
)
from scheduling.rules.recurrence import Every, Pattern, Rhythm
from scheduling.rules.wishes import Place, Wish
from scheduling.signals import appointments_booked
from scheduling.states import AppointmentState, CancelReason
from scheduling.tests.conftest import NEW_YORK, NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

WEDNESDAY = dt.date(2026, 11, 25)
NINE = dt.time(9)


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


def weekly(
    count: int = 10, *, first: dt.date = WEDNESDAY, time: dt.time = NINE, zone=NEW_YORK, **more
) -> Rhythm:
    pattern = Pattern(every=Every.WEEK, **{"weekdays": (first.weekday(),), "count": count, **more})
    return Rhythm(pattern=pattern, first=first, at=time, zone=zone)


def planned(rhythm: Rhythm, template: Wish, lines: list[Line] | None = None, now: dt.datetime = NOW):
    return plan_series(template, lines or lines_of(rhythm, template), zone=rhythm.zone, now=now)


def chosen(rows) -> list[Chosen]:
    return [
        Chosen(wish=row.wish, override_reason=row.line.override) for row in rows if not row.line.is_skipped
    ]


def booked(rhythm: Rhythm, template: Wish, desk: Actor) -> list[Appointment]:
    return list(operations.book_series(rhythm, chosen(planned(rhythm, template)), by=desk).appointments)


def own(visit: Appointment, **other) -> Place:
    wish = wish_of(visit)
    names = Place.__dataclass_fields__
    return replace(Place(**{name: getattr(wish, name) for name in names}), **other)


def walls(visits, zone=NEW_YORK) -> list[dt.datetime]:
    return [visit.starts_at.astimezone(zone).replace(tzinfo=None) for visit in visits]


# Looked at


def test_ten_weekly_are_ten_rows_that_may_stand(wish):
    rows = planned(weekly(10), wish())

    assert len(rows) == 10
    assert all(row.stands for row in rows)


def test_a_row_says_what_is_in_its_way_and_the_others_stand(wish, desk, clinic):
    operations.book(wish(9, starts_at=at(9) + dt.timedelta(weeks=2), client_ids=(clinic.other.pk,)), by=desk)

    rows = planned(weekly(4), wish())

    assert [row.stands for row in rows] == [True, True, False, True]
    assert "is booked from 9:00 am" in rows[2].problems[0].message


def test_two_rows_of_one_series_may_not_overlap(wish):
    lines = [Line(on=WEDNESDAY, at=dt.time(hour), provider_id=wish().provider_id) for hour in (9, 9, 12)]
    rows = planned(weekly(3), wish(), lines)

    assert [row.stands for row in rows] == [True, False, True]


def test_a_skipped_row_is_in_nobodys_way(wish):
    line = Line(on=WEDNESDAY, at=NINE, provider_id=wish().provider_id)
    rows = planned(weekly(2), wish(), [replace(line, is_skipped=True), line])

    assert [row.stands for row in rows] == [False, True]
    assert not any(row.blocks for row in rows)


def test_a_row_names_the_closure(wish):
    ClosureFactory(first_on=dt.date(2026, 12, 2), last_on=dt.date(2026, 12, 3), reason="Founders' Day")

    rows = planned(weekly(3), wish())

    assert [row.closures for row in rows] == [(), ("Founders' Day",), ()]
    assert rows[1].blocks


@pytest.mark.parametrize(
    ("name", "first", "changes"),
    [
        ("America/New_York", dt.date(2026, 10, 21), [dt.date(2026, 11, 4), dt.date(2027, 3, 17)]),
        ("Australia/Lord_Howe", dt.date(2026, 9, 16), [dt.date(2026, 10, 7), dt.date(2027, 4, 7)]),
        ("America/Phoenix", dt.date(2026, 10, 21), []),
    ],
)
@pytest.mark.parametrize("weekday", [2, 6], ids=["Wednesday", "Sunday"])
def test_nine_stays_nine_across_both_clock_changes_in_three_zones(wish, name, first, changes, weekday):
    zone, first = ZoneInfo(name), first + dt.timedelta(days=weekday - 2)
    rows = planned(weekly(32, first=first, zone=zone), wish())

    walls_of = [row.wish.starts_at.astimezone(zone) for row in rows]
    assert ({wall.time() for wall in walls_of}, {wall.weekday() for wall in walls_of}) == ({NINE}, {weekday})
    assert len(rows) == 32
    noted = [row.line.on for row in rows if row.clock_note]
    shift = dt.timedelta(days=-3 if weekday == 6 else 0)  # the clocks change on a Sunday
    assert noted == [on + shift for on in changes]


def test_nine_stays_nine_across_both_clock_changes(wish):
    rows = planned(weekly(30, first=dt.date(2026, 10, 21)), wish())

    assert {row.wish.starts_at.astimezone(NEW_YORK).time() for row in rows} == {NINE}
    offsets = {row.wish.starts_at.astimezone(dt.UTC).hour for row in rows}
    assert offsets == {13, 14}
    noted = [row.line.on for row in rows if row.clock_note]
    assert noted == [dt.date(2026, 11, 4), dt.date(2027, 3, 17)]


def test_a_sunday_series_says_what_the_two_nights_do(wish):
    rows = planned(weekly(30, first=dt.date(2026, 10, 25), time=dt.time(1, 30)), wish())
    spring = planned(weekly(3, first=dt.date(2027, 3, 7), time=dt.time(2, 30)), wish())

    assert {row.line.on.weekday() for row in rows} == {6}
    assert [row.line.on for row in rows if "comes twice" in row.clock_note] == [dt.date(2026, 11, 1)]
    assert "2:30 am does not exist that night: it is 3:30 am." in [row.clock_note for row in spring]


def test_lord_howe_turns_its_clocks_by_half_an_hour(wish):
    zone = ZoneInfo("Australia/Lord_Howe")
    rows = planned(weekly(40, first=dt.date(2027, 1, 5), zone=zone), wish())

    assert {row.wish.starts_at.astimezone(zone).time() for row in rows} == {NINE}
    assert [row.line.on for row in rows if row.clock_note] == [dt.date(2027, 4, 6), dt.date(2027, 10, 5)]


def test_four_rows_and_forty_ask_the_same_number_of_queries(wish):
    def counted(count: int) -> int:
        with CaptureQueriesContext(connection) as caught:
            planned(weekly(count), wish())
        return len(caught)

    assert counted(4) == counted(40) <= 14


def test_the_authorization_says_how_many_rows_it_covers(wish, clinic):
    allowed = Authorization.objects.create(
        client=clinic.regular,
        payer="Blue",
        number="A1",
        sessions=12,
        used_before=4,
        starts_on=WEDNESDAY,
        ends_on=WEDNESDAY + dt.timedelta(days=365),
    )
    rows = planned(weekly(10), wish())
    [allowance] = allowances([clinic.regular.pk], rows)

    assert (allowance.authorization, allowance.left, allowance.covered) == (allowed, 8, 8)


# Booked


def test_a_series_is_booked_by_one_act(wish, desk, clinic):
    heard = []

    def hear(appointments, **_):
        heard.append(list(appointments))

    appointments_booked.connect(hear)
    try:
        acted = operations.book_series(weekly(10), chosen(planned(weekly(10), wish())), by=desk)
    finally:
        appointments_booked.disconnect(hear)

    series = Series.objects.get()
    assert (series.rule, series.starts_on, series.local_time) == (
        "FREQ=WEEKLY;BYDAY=WE;COUNT=10",
        WEDNESDAY,
        NINE,
    )
    assert series.appointments.count() == Attendance.objects.count() == 10
    assert [len(visits) for visits in heard] == [10]
    assert {e.change_id for e in AuditEntry.objects.filter(act="visit.booked")} == {acted.change.pk}
    assert CareTeam.objects.filter(provider=clinic.provider, client=clinic.regular).count() == 1


def test_a_refused_row_blocks_all_and_says_which(wish, desk, clinic):
    operations.book(wish(9, starts_at=at(9) + dt.timedelta(weeks=2), client_ids=(clinic.other.pk,)), by=desk)

    with pytest.raises(SeriesBlocked) as refused:
        operations.book_series(weekly(4), chosen(planned(weekly(4), wish())), by=desk)

    assert list(refused.value.rows) == [2]
    assert refused.value.message.startswith("Wed Dec 9: ")
    assert Appointment.objects.count() == 1
    assert not Series.objects.exists()


def test_a_row_with_a_reason_is_overbooked(wish, desk, clinic):
    operations.book(wish(9, starts_at=at(9) + dt.timedelta(weeks=1), client_ids=(clinic.other.pk,)), by=desk)
    lines = lines_of(weekly(3), wish())
    lines[1] = replace(lines[1], override="both asked for it")

    acted = operations.book_series(weekly(3), chosen(planned(weekly(3), wish(), lines)), by=desk)

    assert [visit.overbooked_provider for visit in acted.appointments] == [False, True, False]
    assert acted.appointments[1].overrides[0]["reason"] == "both asked for it"


def test_pressed_twice_it_is_booked_once(wish, desk):
    rows = chosen(planned(weekly(3), wish()))
    first = operations.book_series(weekly(3), rows, by=desk)
    again = operations.book_series(weekly(3), rows, by=desk, change_id=first.change.pk)

    assert again.repeated
    assert Appointment.objects.count() == 3


def test_nothing_but_skipped_rows_is_no_series(desk):
    with pytest.raises(Refusal, match="skipped"):
        operations.book_series(weekly(3), [], by=desk)


def test_billing_may_not_book_a_series(wish):
    biller = Actor(kind=ActorKind.USER, id=9, roles=frozenset({"billing"}))
    with pytest.raises(NotAllowed):
        operations.book_series(weekly(2), chosen(planned(weekly(2), wish())), by=biller)


# Extended


def test_a_series_grows_in_step(wish, desk):
    rhythm = weekly(3, interval=2)
    visits = booked(rhythm, wish(), desk)
    more = extension(visits[0].series, 2)
    rows = plan_series(more.template, more.lines, zone=more.zone, now=NOW)

    operations.extend_series(visits[0].series_id, chosen(rows), count=2, by=desk)

    series = Series.objects.get()
    assert series.rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=5"
    dates = [wall.date() for wall in walls(series.appointments.order_by("starts_at"))]
    assert dates == [WEDNESDAY + dt.timedelta(weeks=2 * n) for n in range(5)]
    assert Attendance.objects.count() == 5


def test_a_booking_that_was_extended_since_is_not_undone(wish, desk):
    first = operations.book_series(weekly(3), chosen(planned(weekly(3), wish())), by=desk)
    more = extension(first.series, 2)
    rows = plan_series(more.template, more.lines, zone=more.zone, now=NOW)
    operations.extend_series(first.series.pk, chosen(rows), count=2, by=desk)

    with pytest.raises(Refusal, match="changed since"):
        operations.undo(first.change.pk, by=desk)


# Changed


def test_following_splits_the_series_and_keeps_exceptions(wish, desk):
    visits = booked(weekly(6), wish(), desk)
    operations.move(visits[4].pk, to=own(visits[4], starts_at=at(16) + dt.timedelta(weeks=4)), by=desk)
    moved_to = at(11) + dt.timedelta(weeks=2)

    acted = operations.change_series(
        visits[2].pk, to=own(visits[2], starts_at=moved_to), scope=Scope.FOLLOWING, by=desk
    )

    old, new = Series.objects.order_by("pk")
    assert old.rule == "FREQ=WEEKLY;BYDAY=WE;UNTIL=20261208T235959"
    assert (new.rule, new.starts_on, new.local_time) == (
        "FREQ=WEEKLY;BYDAY=WE;COUNT=4",
        WEDNESDAY + dt.timedelta(weeks=2),
        dt.time(11),
    )
    assert [v.pk for v in acted.kept] == [visits[4].pk]
    rows = Appointment.objects.order_by("pk")
    assert [wall.hour for wall in walls(rows)] == [9, 9, 11, 11, 16, 11]


def test_a_whole_series_shifts_into_its_own_old_places(wish, desk):
    visits = booked(weekly(4), wish(), desk)

    operations.change_series(
        visits[0].pk, to=own(visits[0], starts_at=at(9) + dt.timedelta(weeks=1)), scope=Scope.ALL, by=desk
    )

    dates = [wall.date() for wall in walls(Appointment.objects.order_by("pk"))]
    assert dates == [WEDNESDAY + dt.timedelta(weeks=n) for n in range(1, 5)]
    assert Series.objects.get().starts_on == WEDNESDAY + dt.timedelta(weeks=1)


def test_all_to_another_weekday_provider_room_and_length(wish, desk, clinic):
    room = RoomFactory(location=clinic.location, name="Room 2")
    visits = booked(weekly(3), wish(), desk)
    to = own(
        visits[0],
        starts_at=at(10, day=27),
        provider_id=clinic.colleague.pk,
        room_id=room.pk,
        location_id=clinic.location.pk,
        minutes=80,
    )

    operations.change_series(visits[0].pk, to=to, scope=Scope.ALL, by=desk)

    rows = Appointment.objects.order_by("starts_at")
    assert [wall.isoformat() for wall in walls(rows)] == [
        f"{WEDNESDAY + dt.timedelta(days=2, weeks=n)}T10:00:00" for n in range(3)
    ]
    assert {(row.provider_id, row.room_id, row.minutes) for row in rows} == {
        (clinic.colleague.pk, room.pk, 80)
    }
    assert Series.objects.get().rule == "FREQ=WEEKLY;BYDAY=FR;COUNT=3"


def test_a_changed_series_keeps_its_wall_clock_over_the_spring(wish, desk):
    visits = booked(weekly(20), wish(), desk)

    operations.change_series(visits[0].pk, to=own(visits[0], starts_at=at(10)), scope=Scope.ALL, by=desk)

    assert {wall.time() for wall in walls(Appointment.objects.all())} == {dt.time(10)}


def test_what_is_past_stays(wish, desk):
    visits = booked(weekly(5), wish(), desk)
    later = NOW + dt.timedelta(weeks=2)

    with clock.frozen(later):
        acted = operations.change_series(
            visits[3].pk,
            to=own(visits[3], starts_at=at(13) + dt.timedelta(weeks=3)),
            scope=Scope.ALL,
            by=desk,
        )

    assert [v.pk for v in acted.kept] == [v.pk for v in visits[:2]]
    assert [wall.hour for wall in walls(Appointment.objects.order_by("pk"))] == [9, 9, 13, 13, 13]


def test_one_in_the_way_blocks_the_whole_change(wish, desk, clinic):
    visits = booked(weekly(3), wish(), desk)
    operations.book(
        wish(11, starts_at=at(11) + dt.timedelta(weeks=1), client_ids=(clinic.other.pk,)), by=desk
    )

    with pytest.raises(SeriesBlocked, match="Wed Dec 2: ") as refused:
        operations.change_series(visits[0].pk, to=own(visits[0], starts_at=at(11)), scope=Scope.ALL, by=desk)

    assert list(refused.value.rows) == [1]
    assert {wall.hour for wall in walls(Appointment.objects.filter(series__isnull=False))} == {9}


def test_a_visit_changed_alone_is_no_place_to_begin(wish, desk):
    visits = booked(weekly(3), wish(), desk)
    alone = operations.move(visits[1].pk, to=own(visits[1], minutes=30), by=desk).appointment

    with pytest.raises(Refusal, match="no longer follows"):
        operations.change_series(alone.pk, to=own(alone, minutes=50), scope=Scope.ALL, by=desk)


def test_a_monthly_series_moves_to_another_day_of_each_month(wish, desk):
    pattern = Pattern(every=Every.MONTH_DAY, nth=25, count=4)
    visits = booked(Rhythm(pattern=pattern, first=WEDNESDAY, at=NINE, zone=NEW_YORK), wish(), desk)

    to = own(visits[1], starts_at=dt.datetime(2026, 12, 22, 11, tzinfo=NEW_YORK))
    acted = operations.change_series(visits[1].pk, to=to, scope=Scope.FOLLOWING, by=desk)

    days = [row.starts_at.astimezone(NEW_YORK) for row in Appointment.objects.order_by("starts_at")]
    assert [(day.month, day.day, day.hour) for day in days] == [
        (11, 25, 9),
        (12, 22, 11),
        (1, 22, 11),
        (2, 22, 11),
    ]
    assert acted.series.rule == "FREQ=MONTHLY;BYMONTHDAY=22;COUNT=3"
    assert (
        Series.objects.get(pk=visits[0].series_id).rule == "FREQ=MONTHLY;BYMONTHDAY=25;UNTIL=20261224T235959"
    )


def test_a_monthly_series_does_not_go_where_a_month_has_no_such_day(wish, desk):
    pattern = Pattern(every=Every.MONTH_DAY, nth=25, count=4)
    visits = booked(Rhythm(pattern=pattern, first=WEDNESDAY, at=NINE, zone=NEW_YORK), wish(), desk)

    with pytest.raises(Refusal, match=r"February 2027 has no 30th\."):
        operations.change_series(
            visits[0].pk, to=own(visits[0], starts_at=at(9, day=30)), scope=Scope.ALL, by=desk
        )


# Cancelled


def test_cancelling_the_following_ends_the_rule(wish, desk):
    visits = booked(weekly(5), wish(), desk)
    operations.move(visits[3].pk, to=own(visits[3], minutes=30), by=desk)

    acted = operations.cancel_series(
        visits[2].pk, scope=Scope.FOLLOWING, reason=CancelReason.CLIENT_REQUEST, by=desk
    )

    states = list(Appointment.objects.order_by("pk").values_list("state", flat=True))
    gone, there = AppointmentState.CANCELLED, AppointmentState.SCHEDULED
    assert states == [there, there, gone, there, gone]
    assert [v.pk for v in acted.kept] == [visits[3].pk]
    assert Series.objects.get().rule == "FREQ=WEEKLY;BYDAY=WE;UNTIL=20261208T235959"


def test_which_of_its_series_a_visit_is(wish, desk):
    visits = booked(weekly(5), wish(), desk)
    operations.cancel(visits[0].pk, reason=CancelReason.CLIENT_REQUEST, by=desk)

    standing = standing_of(Appointment.objects.get(pk=visits[2].pk))

    assert (standing.often, standing.number, standing.total) == ("every week on Wednesday", 2, 4)
    assert standing.last_on == WEDNESDAY + dt.timedelta(weeks=4)


def test_moved_visits_are_new_occurrences_and_lose_their_confirmation(wish, desk):
    visits = booked(weekly(3), wish(), desk)
    operations.confirm(visits[1].attendances.get().pk, by=desk)

    operations.change_series(visits[0].pk, to=own(visits[0], starts_at=at(11)), scope=Scope.ALL, by=desk)

    assert {(v.occurrence, v.ics_sequence, v.changed_alone) for v in Appointment.objects.all()} == {
        (2, 1, False)
    }
    assert not Attendance.objects.filter(confirmed_at__isnull=False).exists()
