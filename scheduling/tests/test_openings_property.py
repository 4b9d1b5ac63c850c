"""Openings are the grid starts `book` takes without an override: no more and no fewer, in practices made at random."""

from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import SYSTEM, Actor
from core.refusals import Refusal, Severity
from practice.models import Practice, Room
from scheduling import operations
from scheduling.queries.openings import find_openings
from scheduling.queries.problems import facts_for
from scheduling.rules.problems import problems
from scheduling.tests.conftest import NOW
from scheduling.tests.worlds import ZONES, Built, build, worlds
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

# Of each zone; the three share the workers among them. 2,100 with --hypothesis-profile=ci, 21,000 with =nightly.
EACH = examples(40, ci=700)
BOOKED = examples(10, ci=40)
unhurried = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def openings_of(built: Built) -> list[int]:
    found = find_openings(built.search(), by=SYSTEM, practice=Practice.objects.get(), now=NOW)
    return found.minutes[built.clinic.provider.pk]


def by_the_rules(built: Built) -> list[int]:
    """Each start on the grid that day, asked of the rules one by one; of several rooms, one has to do."""
    each = [_asked(built, room) for room in built.rooms_asked]
    return sorted({minute for found in each for minute in found})


def _asked(built: Built, room: Room | None) -> list[int]:
    """The facts are read once for the day, then looked at from each of its minutes."""
    facts = facts_for(built.wish(sum(built.bounds) // 2, room), ignoring=frozenset(), now=NOW)

    def may_be(minute: int) -> bool:
        moved = replace(facts, place=built.wish(minute, room))
        return all(problem.severity == Severity.WARNING for problem in problems(moved))

    return [minute for minute in built.grid if may_be(minute)]


@pytest.mark.parametrize("zone", ZONES)
def test_openings_are_what_the_rules_allow(clinic, zone):
    @settings(max_examples=EACH, suppress_health_check=unhurried)
    @given(world=worlds(zone))
    def check(world):
        with transaction.atomic():
            built = build(world, clinic)
            assert openings_of(built) == by_the_rules(built)
            transaction.set_rollback(True)

    check()


def is_booked(built: Built, minute: int, by: Actor) -> bool:
    """Whether the real act takes it, without an override; nothing of it stays."""
    return any(_takes(built, minute, room, by) for room in built.rooms_asked)


def _takes(built: Built, minute: int, room: Room | None, by: Actor) -> bool:
    with transaction.atomic():
        try:
            operations.book(built.wish(minute, room), by=by)
        except Refusal:
            return False
        transaction.set_rollback(True)
    return True


@pytest.mark.parametrize("zone", ZONES)
def test_openings_are_what_book_takes(clinic, actor, front_desk, zone):
    """Both ways: among starts that are offered and starts that are not, some chosen at random."""

    @settings(max_examples=BOOKED, suppress_health_check=unhurried)
    @given(world=worlds(zone), data=st.data())
    def check(world, data):
        with transaction.atomic():
            built = build(world, clinic)
            offered = openings_of(built)
            tried = data.draw(st.lists(st.sampled_from(built.grid), min_size=2, max_size=4, unique=True))
            if offered:
                tried += data.draw(st.lists(st.sampled_from(offered), min_size=1, max_size=3, unique=True))
            taken = {minute: is_booked(built, minute, actor(front_desk)) for minute in tried}
            assert taken == {minute: minute in offered for minute in tried}
            transaction.set_rollback(True)

    check()
