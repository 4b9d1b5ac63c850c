"""An overbook flag never outlives its overlap, whatever is moved, cancelled, brought back or undone."""

import datetime as dt
from itertools import combinations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import Actor
from core.refusals import Refusal
from scheduling import operations
from scheduling.models import Appointment
from scheduling.operations.placing import shares_people, shares_room
from scheduling.rules.wishes import Place
from scheduling.tests.conftest import at
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

places = st.tuples(
    st.integers(0, 6),  # half hours from nine on: half of them clash
    st.sampled_from([30, 50]),
    st.sampled_from(["provider", "colleague", "both"]),
    st.booleans(),  # in the room
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["book", "book", "hold", "move", "move", "cancel", "restore", "release", "undo"]),
        st.integers(0, 9),
        places,
    ),
    min_size=3,
    max_size=9,
)


def _place(where: tuple, clinic) -> dict:
    half_hours, minutes, whose, in_room = where
    first, second = {
        "provider": (clinic.provider, None),
        "colleague": (clinic.colleague, None),
        "both": (clinic.colleague, clinic.provider),
    }[whose]
    return {
        "starts_at": at(9) + dt.timedelta(minutes=30 * half_hours),
        "minutes": minutes,
        "provider_id": first.pk,
        "co_provider_id": second.pk if second else None,
        "room_id": clinic.room.pk if in_room else None,
    }


def _act(step: tuple, clinic, wish, by: Actor, changes: list) -> None:
    what, which, where = step
    rows = list(Appointment.objects.order_by("pk"))
    place, visit = _place(where, clinic), rows[which % len(rows)] if rows else None
    about = {"by": by, "override_reason": "meant to be"}
    done = None
    try:
        if what == "book":
            done = operations.book(wish(client_ids=(), **place), **about)
        elif what == "hold":
            later = at(8) + dt.timedelta(days=1)
            done = operations.hold(wish(client_ids=(), **place), until=later, **about)
        elif what == "undo":
            operations.undo(changes.pop(), by=by) if changes else None
        elif visit:
            done = _standing(what, visit, place, about)
    except Refusal:
        return
    if done:
        changes.append(done.change.pk)


def _standing(what: str, visit: Appointment, place: dict, about: dict):
    if what == "move":
        return operations.move(visit.pk, to=Place(**place), **about)
    if what == "restore":
        return operations.restore(visit.pk, **about)
    if what == "cancel":
        return operations.cancel(visit.pk, reason="weather", by=about["by"])
    return operations.release(visit.pk, by=about["by"])


def _flags_are_true() -> None:
    standing = list(Appointment.objects.blocking())
    gone = Appointment.objects.exclude(pk__in=[row.pk for row in standing])
    assert not gone.filter(overbooked_provider=True).exists()
    assert not gone.filter(overbooked_room=True).exists()
    for row in standing:
        others = [other for other in standing if other.pk != row.pk]
        assert not row.overbooked_provider or any(shares_people(row, other) for other in others)
        assert not row.overbooked_room or any(shares_room(row, other) for other in others)
    for one, two in combinations(standing, 2):
        assert not shares_people(one, two) or one.overbooked_provider or two.overbooked_provider
        assert not shares_room(one, two) or one.overbooked_room or two.overbooked_room


@settings(
    max_examples=examples(20, ci=300),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_an_overbook_flag_never_outlives_its_overlap(clinic, wish, actor, front_desk, steps):
    type(clinic.type).objects.update(category="administrative", buffer_after_minutes=10)
    with transaction.atomic():
        changes: list = []
        for step in steps:
            _act(step, clinic, wish, actor(front_desk), changes)
            _flags_are_true()
        transaction.set_rollback(True)
