"""Whatever is done to a series, what is past, decided or was changed by itself is never touched silently."""

import datetime as dt
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.actors import Actor
from core.refusals import Refusal
from scheduling import operations
from scheduling.models import Appointment
from scheduling.operations import Scope
from scheduling.queries.series import extension, plan_series
from scheduling.rules.recurrence import Every, Pattern, Rhythm
from scheduling.rules.wishes import Wish
from scheduling.states import AppointmentState, CancelReason
from scheduling.tests.conftest import NEW_YORK, NOW
from scheduling.tests.test_series import NINE, WEDNESDAY, booked, chosen, own, walls, weekly
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

DECIDED = (AppointmentState.CANCELLED, AppointmentState.COMPLETED)
# What stands in the way of one another on purpose is another test's; here everything else is.
PATTERNS = (
    None,
    Pattern(every=Every.MONTH_DAY, nth=25, count=5),
    Pattern(every=Every.MONTH_WEEKDAY, nth=4, weekdays=(2,), count=5),
    Pattern(every=Every.MONTH_DAY, nth=-1, count=5),
)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["alone", "cancel one", "complete", "change", "change", "cancel", "extend", "undo", "pass"]
        ),
        st.integers(0, 6),
        st.sampled_from(list(Scope)),
        st.sampled_from([8, 10, 13, 15]),
        st.sampled_from([0, 0, 0, 1, -1, 2]),
    ),
    max_size=7,
)


@dataclass
class World:
    """`last`: the change made last and everything as it stood before it."""

    by: Actor
    now: dt.datetime = NOW
    last: tuple = ()
    own_act: set[int] = field(default_factory=set)  # rows the step itself is about

    def rows(self) -> list[Appointment]:
        return list(Appointment.objects.filter(series__isnull=False).order_by("starts_at", "pk"))

    def all(self) -> dict[int, tuple]:
        return {row.pk: _facts(row) for row in self.rows()}

    def untouchable(self) -> dict[int, tuple]:
        """Every row no series edit may touch, as it stands, its edition too."""
        return {
            row.pk: (*_facts(row), row.edition)
            for row in self.rows()
            if row.starts_at <= self.now or row.changed_alone or row.state in DECIDED
        }


def _facts(row: Appointment) -> tuple:
    place = (row.starts_at, row.ends_at, row.provider_id, row.room_id)
    return (*place, row.state, row.series_id, row.changed_alone, row.occurrence)


def act(world: World, step: tuple) -> None:
    """One step; a refusal is an answer too."""
    what, which, scope, hour, days = step
    visit = world.rows()[which % len(world.rows())]
    wall = visit.starts_at.astimezone(NEW_YORK) + dt.timedelta(days=days)
    to = own(visit, starts_at=wall.replace(hour=hour))
    before, done = world.all(), None
    world.own_act = set()
    try:
        if what == "undo" and world.last:
            operations.undo(world.last[0], by=world.by)
            assert world.all() == world.last[1]
            world.own_act = set(before)
        elif what in ("alone", "cancel one", "complete") or scope == Scope.THIS:
            world.own_act = {visit.pk}
            done = _one(what, visit, to, world)
        else:
            done = _several(what, visit, to, scope, world)
    except Refusal:
        assert world.all() == before
    world.last = (done.change.pk, before) if done else ()


def _one(what: str, visit: Appointment, to, world: World):
    if what in ("alone", "change"):
        return operations.move(visit.pk, to=to, by=world.by)
    if what in ("cancel one", "cancel"):
        return operations.cancel(visit.pk, reason=CancelReason.WEATHER, by=world.by)
    return operations.complete(visit.pk, by=world.by) if what == "complete" else None


def _several(what: str, visit: Appointment, to, scope: Scope, world: World):
    if what == "change":
        return operations.change_series(visit.pk, to=to, scope=scope, by=world.by)
    if what == "cancel":
        return operations.cancel_series(visit.pk, scope=scope, reason=CancelReason.WEATHER, by=world.by)
    if what == "extend" and (more := extension(visit.series, 2)):
        rows = plan_series(more.template, more.lines, zone=more.zone, now=world.now)
        return operations.extend_series(visit.series_id, chosen(rows), count=2, by=world.by)
    return None


def _begin(pattern: Pattern | None, wish: Wish, desk: Actor) -> None:
    rhythm = weekly(5)
    if pattern is not None:
        rhythm = Rhythm(pattern=pattern, first=WEDNESDAY, at=NINE, zone=NEW_YORK)
    booked(rhythm, replace(wish, room_id=None), desk)


@settings(
    max_examples=examples(12, ci=400),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pattern=st.sampled_from(PATTERNS), steps=steps)
def test_no_series_edit_touches_a_past_or_individually_changed_row(wish, desk, pattern, steps):
    with transaction.atomic():
        _begin(pattern, wish(), desk)
        world = World(desk)
        for step in steps:
            if step[0] == "pass":
                world.now, world.last = world.now + dt.timedelta(weeks=1), ()
                continue
            with clock.frozen(world.now):
                before = world.untouchable()
                act(world, step)
                after = world.untouchable()
            kept = before.keys() - world.own_act
            assert {pk: after.get(pk) for pk in kept} == {pk: before[pk] for pk in kept}
        _nothing_overlaps_and_the_wall_clock_holds()
        transaction.set_rollback(True)


def _nothing_overlaps_and_the_wall_clock_holds() -> None:
    standing = Appointment.objects.blocking().order_by("starts_at")
    spans = [(row.blocked.lower, row.blocked.upper) for row in standing]
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert all(wall.minute == 0 for wall in walls(standing))


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)
