"""Invariant 7: after Undo every table is as it was, but for Change, AuditEntry, ProviderDay and what never falls."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection

from availability import operations as availability
from availability.rules.wishes import ClosureWish, TimeOffWish, WeekBlock
from availability.tests.factories import TimeOffFactory
from core import clock
from core.actors import Actor
from core.refusals import StaleEdit
from messaging.states import ConsentSource
from messaging.tests.factories import ConsentFactory
from practice.models import Change, Client, Practice
from practice.states import Channel
from practice.tests.factories import AddressFactory, AuthorizationFactory, ClientContactFactory
from reminders.models import ReminderRule
from reminders.operations.again import resend
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.operations import Chosen, Row, Scope, hours
from scheduling.queries.problems import wish_of
from scheduling.queries.series import extension, lines_of, plan_series
from scheduling.rules.recurrence import Every, Pattern, Rhythm
from scheduling.rules.wishes import Place, Wish
from scheduling.signals import appointments_booked
from scheduling.tests.conftest import NOW, at, clinic, now, wish  # noqa: F401  the same small clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

NEVER_COMPARED = {"practice_change", "practice_auditentry", "scheduling_providerday"}
NEVER_FALL = {"edition", "ics_sequence"}


def snapshot() -> dict[str, list[tuple]]:
    """Every table's rows, without the counters that never fall."""
    tables = {m._meta.db_table for m in apps.get_models(include_auto_created=True)} - NEVER_COMPARED
    taken = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            columns = [
                c.name
                for c in connection.introspection.get_table_description(cursor, table)
                if c.name not in NEVER_FALL
            ]
            cursor.execute(
                f"SELECT {', '.join(f'{c!r}'.replace(chr(39), chr(34)) for c in columns)} FROM {table}"
            )
            taken[table] = sorted(map(repr, cursor.fetchall()))
    return taken


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def reachable(clinic) -> None:  # noqa: F811
    """Client and guardian may both be texted and mailed, so every act plans and tells; and an insurer pays by session,
    from another authorization after the 26th.
    """
    type(clinic.type).objects.update(requires_authorization=True)
    for first, last in ((24, 26), (27, 30)):
        starts_on = dt.date(2026, 11, first)
        ends_on = dt.date(2026, 11, last) if last == 26 else dt.date(2027, 6, 30)
        for client in (clinic.regular, clinic.other):
            AuthorizationFactory(client=client, sessions=20, starts_on=starts_on, ends_on=ends_on)
    guardian = ClientContactFactory(client=clinic.regular, may_receive=True, may_confirm=True)
    for who, number in ((clinic.regular, "+12025550117"), (guardian, "+12025550118")):
        contact = None if who is clinic.regular else guardian
        owner = {"client": None, "contact": contact} if contact else {"client": clinic.regular}
        AddressFactory(**owner, kind="phone", value=number, safe_to_text=True)
        ConsentFactory(
            client=clinic.regular,
            contact=contact,
            channel=Channel.SMS,
            address=number,
            granted=True,
            source=ConsentSource.VERBAL,
            at=NOW - dt.timedelta(days=30),
        )


Act = Callable[[Appointment, Wish, Actor], operations.Acted]


def _to(visit: Appointment, **other) -> Place:
    fields = {"provider_id": visit.provider_id, "starts_at": at(16, day=27), "minutes": 50}
    return Place(**{**fields, **other})


ACTS: dict[str, Act] = {
    "book": lambda visit, other, desk: operations.book(other, by=desk),
    "move": lambda visit, other, desk: operations.move(visit.pk, to=_to(visit), by=desk),
    "lengthen": lambda visit, other, desk: operations.move(
        visit.pk, to=_to(visit, starts_at=visit.starts_at, minutes=80), by=desk
    ),
    "cancel": lambda visit, other, desk: operations.cancel(
        visit.pk, reason="other", text="said so", by=desk, notice="standard"
    ),
    "confirm": lambda visit, other, desk: operations.confirm(visit.attendances.get().pk, by=desk),
    "cancel the last person": lambda visit, other, desk: operations.cancel_person(
        visit.attendances.get().pk, reason="client_request", notice="standard", by=desk
    ),
    "add a person": lambda visit, other, desk: operations.add_person(
        visit.pk, client_id=Client.objects.get(first_name="Otto").pk, by=desk
    ),
    "send again": lambda visit, other, desk: resend(visit.attendances.get().pk, channel="sms", by=desk),
    "hold": lambda visit, other, desk: operations.hold(other, until=NOW + dt.timedelta(hours=1), by=desk),
}


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("act", ACTS)
def test_undo_leaves_every_table_as_it_was(act, clinic, wish, desk):  # noqa: F811
    visit = operations.book(wish(starts_at=at(14, day=26)), by=desk).appointment
    later = NOW + dt.timedelta(minutes=5)
    with clock.frozen(later):
        before = snapshot()
        acted = ACTS[act](visit, wish(11, client_ids=(clinic.regular.pk,)), desk)
        changed = snapshot()
        operations.undo(acted.change.pk, by=desk)
        after = snapshot()

    assert changed != before
    assert after == before


@pytest.mark.usefixtures("reachable")
def test_undo_of_one_seat_of_two_and_of_giving_it_back(clinic, wish, desk):  # noqa: F811
    both = (clinic.regular.pk, clinic.other.pk)
    visit = operations.book(wish(starts_at=at(14, day=26), client_ids=both), by=desk).appointment
    person = visit.attendances.get(client=clinic.regular)
    with clock.frozen(NOW + dt.timedelta(minutes=5)):
        cancelled = operations.cancel_person(person.pk, reason="client_request", notice="standard", by=desk)
        off = snapshot()
        back = operations.put_back(person.pk, by=desk)
        assert snapshot() != off
        operations.undo(back.change.pk, by=desk)
        after_back = snapshot()

    assert after_back == off
    with pytest.raises(StaleEdit):  # the seat was given back and taken again since
        operations.undo(cancelled.change.pk, by=desk)
    taken = operations.cancel_person(
        visit.attendances.get(client=clinic.other).pk, reason="weather", notice="standard", by=desk
    )
    assert snapshot() != off
    operations.undo(taken.change.pk, by=desk)
    assert snapshot() == off


@pytest.mark.usefixtures("reachable")
def test_undo_of_a_restored_visit(clinic, wish, desk):  # noqa: F811
    visit = operations.book(wish(starts_at=at(14, day=26)), by=desk).appointment
    operations.cancel(visit.pk, reason="client_request", by=desk)
    before = snapshot()

    acted = operations.restore(visit.pk, by=desk)
    operations.undo(acted.change.pk, by=desk)

    assert snapshot() == before


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("act", ["complete", "reopen"])
def test_undo_of_a_session_used_or_given_back(act, clinic, wish, desk):  # noqa: F811
    visit = operations.book(wish(starts_at=at(14, day=26)), by=desk).appointment
    with clock.frozen(at(15, day=26)):
        if act == "reopen":
            operations.complete(visit.pk, by=desk)
        before = snapshot()
        acted = getattr(operations, act)(visit.pk, by=desk)
        changed = snapshot()
        operations.undo(acted.change.pk, by=desk)
        after = snapshot()

    assert changed != before
    assert after == before


@pytest.mark.usefixtures("reachable")
def test_undo_of_a_bulk_shift(clinic, wish, desk):  # noqa: F811
    visits = [
        operations.book(wish(starts_at=at(9 + n, n * 5, day=26)), by=desk).appointment.pk for n in range(3)
    ]
    before = snapshot()

    operations.shift(visits, minutes=65, by=desk)
    change = Appointment.objects.get(pk=visits[0])
    operations.undo(Change.objects.get(act="visit.shift").pk, by=desk)

    assert change.starts_at != at(9, day=26)
    assert snapshot() == before


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("act", ["absent", "cancel late", "correct", "complete many", "put back"])
def test_undo_of_what_charges(act, clinic, wish, desk):  # noqa: F811
    """Charges it made are gone, those it reversed stand again."""
    Practice.objects.update(no_show_fee=40, late_cancel_fee=30)
    both = (clinic.regular.pk, clinic.other.pk)
    visit = operations.book(
        wish(starts_at=at(14, day=26), client_ids=both, billing_mode="per_attendance"), by=desk
    ).appointment
    one, two = visit.attendances.order_by("pk")
    acts: dict[str, Callable[[], operations.Acted | operations.Completed]] = {
        "absent": lambda: operations.mark_absent(one.pk, by=desk),
        "cancel late": lambda: operations.cancel(visit.pk, reason="client_request", by=desk),
        "complete many": lambda: operations.complete_many([visit.pk], by=desk),
        "correct": lambda: operations.correct(one.pk, state="absent", by=desk),
        "put back": lambda: operations.put_back(one.pk, by=desk),
    }
    with clock.frozen(at(13 if act in ("cancel late", "put back") else 15, day=26)):
        _made_ready(act, visit, one, two, desk)
        before = snapshot()
        acted = acts[act]()
        changed = snapshot()
        operations.undo(acted.change.pk, by=desk)
        after = snapshot()

    assert changed["scheduling_charge"] != before["scheduling_charge"]
    assert after == before


def _made_ready(act: str, visit: Appointment, one: Attendance, two: Attendance, desk: Actor) -> None:
    if act == "put back":
        operations.cancel_person(one.pk, reason="client_request", by=desk)
    if act in ("complete many", "correct"):
        for person in (one, two):
            operations.check_in(person.pk, by=desk)
    if act == "correct":
        operations.complete(visit.pk, by=desk)


def _rhythm(first: dt.date, count: int = 4) -> Rhythm:
    pattern = Pattern(every=Every.WEEK, weekdays=(first.weekday(),), count=count)
    return Rhythm(pattern=pattern, first=first, at=dt.time(9), zone=ZoneInfo("America/New_York"))


def _book_series(template: Wish, desk: Actor) -> operations.SeriesActed:
    rhythm = _rhythm(dt.date(2026, 11, 26))
    rows = plan_series(template, lines_of(rhythm, template), zone=rhythm.zone, now=NOW)
    return operations.book_series(rhythm, [Chosen(wish=row.wish) for row in rows], by=desk)


def _extend(visits: list[Appointment], desk: Actor) -> operations.SeriesActed:
    more = extension(visits[0].series, 3)
    rows = plan_series(more.template, more.lines, zone=more.zone, now=NOW)
    return operations.extend_series(
        visits[0].series_id, [Chosen(wish=row.wish) for row in rows], count=3, by=desk
    )


def _change(visits: list[Appointment], desk: Actor, scope: Scope) -> operations.SeriesActed:
    visit = visits[1]
    names = Place.__dataclass_fields__
    to = Place(**{name: getattr(wish_of(visit), name) for name in names})
    later = replace(to, starts_at=visit.starts_at + dt.timedelta(hours=2))
    return operations.change_series(visit.pk, to=later, scope=scope, by=desk)


SERIES_ACTS: dict[str, Callable[[list[Appointment], Actor], operations.SeriesActed]] = {
    "extend": _extend,
    "change following": lambda visits, desk: _change(visits, desk, Scope.FOLLOWING),
    "change all": lambda visits, desk: _change(visits, desk, Scope.ALL),
    "cancel following": lambda visits, desk: operations.cancel_series(
        visits[1].pk, scope=Scope.FOLLOWING, reason="weather", notice="standard", by=desk
    ),
}


@pytest.mark.usefixtures("reachable")
def test_undo_of_a_booked_series(clinic, wish, desk):  # noqa: F811
    before = snapshot()

    acted = _book_series(wish(), desk)
    changed = snapshot()
    operations.undo(acted.change.pk, by=desk)

    assert changed != before
    assert snapshot() == before


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("act", SERIES_ACTS)
def test_undo_of_an_act_on_a_series(act, clinic, wish, desk):  # noqa: F811
    visits = list(_book_series(wish(), desk).appointments)
    operations.confirm(visits[2].attendances.get().pk, by=desk)
    with clock.frozen(NOW + dt.timedelta(minutes=5)):
        before = snapshot()
        acted = SERIES_ACTS[act](visits, desk)
        changed = snapshot()
        operations.undo(acted.change.pk, by=desk)
        after = snapshot()

    assert changed != before
    assert after == before


@pytest.mark.usefixtures("reachable")
def test_a_refused_act_leaves_every_table_as_it_was(clinic, wish, desk):  # noqa: F811
    before = snapshot()

    def fail(**_):
        raise RuntimeError("a receiver broke")

    appointments_booked.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            operations.book(wish(), by=desk)
    finally:
        appointments_booked.disconnect(fail)

    assert snapshot() == before


def _week(clinic, by: Actor):  # noqa: F811
    blocks = [
        WeekBlock(weekday=day, starts_at=dt.time(9), ends_at=dt.time(17), every_weeks=1 + day % 2)
        for day in range(4)
    ]
    return hours.set_week(clinic.provider.pk, blocks, from_on=dt.date(2026, 11, 30), by=by)


def _other_hours(clinic, by: Actor):  # noqa: F811
    facts = {"kind": "instead", "starts_at": dt.time(10), "ends_at": dt.time(15), "reason": "Late start"}
    return hours.add_exception(clinic.provider.pk, on=dt.date(2026, 11, 30), by=by, **facts)


def _holidays(clinic, by: Actor):  # noqa: F811
    days = (dt.date(2026, 12, 25), dt.date(2027, 1, 1))
    return hours.add_closures([ClosureWish(first_on=on, last_on=on, reason="Holiday") for on in days], by=by)


def _time_off(clinic, by: Actor):  # noqa: F811
    first = at(0, day=30)
    asked = TimeOffWish(kind="vacation", starts_at=first, ends_at=first + dt.timedelta(days=5))
    return availability.ask_time_off(clinic.provider.pk, asked, by=by)


@pytest.mark.parametrize("act", [_week, _other_hours, _holidays, _time_off])
def test_undo_of_an_act_on_hours(act, clinic, actor, admin_user):  # noqa: F811
    admin = actor(admin_user)
    before = snapshot()

    acted = act(clinic, admin)
    changed = snapshot()
    operations.undo(acted.change.pk, by=admin)

    assert changed != before
    assert snapshot() == before


def _away(clinic, wish, by: Actor) -> tuple[int, list[Row]]:  # noqa: F811
    """Tomorrow off, and a row of every way."""
    clinic.type.modalities = ["in_person", "telehealth"]
    clinic.type.save()
    hours_ways = {
        8: {"way": "cover", "provider_id": clinic.colleague.pk},
        10: {"way": "cover", "provider_id": clinic.colleague.pk, "agreed": True},
        11: {"way": "move", "starts_at": at(11, day=27)},
        13: {"way": "telehealth"},
        14: {"way": "ask"},
        15: {"way": "call"},
        16: {"way": "cancel"},
    }
    minutes = {8: 30, 10: 0, 11: 15, 13: 0, 14: 15, 15: 30, 16: 45}
    rows = []
    for hour, way in hours_ways.items():
        visit = operations.book(wish(hour, minutes[hour], minutes=40), by=by).appointment
        rows.append(Row(appointment_id=visit.pk, edition=1, **way))
    held = operations.hold(
        wish(9, 30, minutes=15, client_ids=()), until=NOW + dt.timedelta(days=1), by=by
    ).appointment
    rows.append(Row(appointment_id=held.pk, edition=held.edition, way="release"))
    off = TimeOffFactory(provider=clinic.provider, starts_at=at(0), ends_at=at(0, day=26))
    return off.pk, rows


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("switched_off", ["never", "before it is approved", "before it is undone"])
def test_undo_of_approved_time_off_with_a_row_of_every_way(
    switched_off,
    clinic,  # noqa: F811
    wish,  # noqa: F811
    actor,
    admin_user,
    settings,
):
    """Texts may stop being sent in between: the badges come from the rows there are, not from who can be reached."""
    admin = actor(admin_user)
    off, rows = _away(clinic, wish, admin)
    with clock.frozen(NOW + dt.timedelta(minutes=5)):
        before = snapshot()
        if switched_off == "before it is approved":
            settings.TWILIO_FROM_NUMBER = ""
        acted = operations.approve_time_off(off, rows, by=admin)
        changed = snapshot()
        if switched_off == "before it is undone":
            settings.TWILIO_FROM_NUMBER = ""
        operations.undo(acted.change.pk, by=admin)
        after = snapshot()

    assert changed != before
    assert after == before


@pytest.mark.usefixtures("reachable")
def test_undo_of_approved_time_off_of_which_people_would_only_have_been_told(clinic, wish, actor, admin_user):  # noqa: F811
    """Without rules nothing is planned beside the news of it; the badges of visits in doubt spoke of that alone."""
    ReminderRule.objects.all().delete()
    admin = actor(admin_user)
    off, rows = _away(clinic, wish, admin)
    with clock.frozen(NOW + dt.timedelta(minutes=5)):
        before = snapshot()
        acted = operations.approve_time_off(off, rows, by=admin)
        operations.undo(acted.change.pk, by=admin)

        assert snapshot() == before


@pytest.mark.usefixtures("reachable")
def test_undo_of_time_off_withdrawn(clinic, wish, actor, admin_user):  # noqa: F811
    admin = actor(admin_user)
    off, rows = _away(clinic, wish, admin)
    operations.approve_time_off(off, rows, by=admin)
    with clock.frozen(NOW + dt.timedelta(minutes=5)):
        before = snapshot()
        acted = operations.withdraw_time_off(off, by=admin)
        changed = snapshot()
        operations.undo(acted.change.pk, by=admin)
        after = snapshot()

    assert changed != before
    assert after == before
