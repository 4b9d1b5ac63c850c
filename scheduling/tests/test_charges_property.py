"""Charges are what one would write down looking at the facts alone, after any acts in any order, Undo among them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import clock
from core.actors import Actor
from core.refusals import Refusal
from practice.models import Practice
from practice.tests.factories import AuthorizationFactory, ClientFactory
from scheduling import operations
from scheduling.models import Appointment, AppointmentType, Attendance, Charge
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PERSON_ACTS = {
    "here": operations.check_in,
    "not here": operations.take_back_check_in,
    "absent": operations.mark_absent,
    "came after all": operations.take_back_absent,
    "put back": operations.put_back,
}
CORRECT = {"attended": "attended", "was absent": "absent", "excused": "excused"}
VISIT_ACTS = ("complete", "complete all", "reopen", "cancel", "restore")
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *PERSON_ACTS,
                *CORRECT,
                *CORRECT,
                "all here",
                "all here",
                "off",
                *VISIT_ACTS,
                *VISIT_ACTS[:2],
                "undo",
            ]
        ),
        st.integers(0, 9),
    ),
    min_size=8,
    max_size=20,
)


def _act(step: tuple[str, int], by: Actor) -> object:
    what, which = step
    visits = list(Appointment.objects.order_by("pk"))
    people = list(Attendance.objects.order_by("pk"))
    visit, person = visits[which % len(visits)], people[which % len(people)]
    acts = {
        "off": lambda: operations.cancel_person(person.pk, reason="client_request", by=by),
        "complete": lambda: operations.complete(visit.pk, by=by),
        "complete all": lambda: operations.complete_many([v.pk for v in visits], by=by),
        "reopen": lambda: operations.reopen(visit.pk, by=by),
        "cancel": lambda: operations.cancel(visit.pk, reason="client_request", by=by),
        "restore": lambda: operations.restore(visit.pk, override_reason="meant to be", by=by),
    }
    if what in CORRECT:
        return operations.correct(person.pk, state=CORRECT[what], by=by)
    if what in PERSON_ACTS:
        return PERSON_ACTS[what](person.pk, by=by)
    return acts[what]()


def _all_here(which: int, by: Actor, changes: list) -> None:
    visits = list(Appointment.objects.order_by("pk"))
    people = visits[which % len(visits)].attendances.filter(state="expected")
    changes.extend(operations.check_in(person.pk, by=by).change.pk for person in people)


def _try(step: tuple[str, int], by: Actor, changes: list) -> None:
    try:
        with transaction.atomic():
            if step[0] == "all here":
                _all_here(step[1], by, changes)
            elif step[0] == "undo":
                if changes:
                    operations.undo(changes.pop(), by=by)
            else:
                changes.append(_act(step, by).change.pk)  # type: ignore[attr-defined]
    except Refusal:
        pass


def _expected() -> list[tuple]:
    """Written down anew, from the visits and who came; it knows nothing of the rules' own words."""
    found = []
    for visit in Appointment.objects.select_related("type"):
        people = list(visit.attendances.order_by("pk"))
        if visit.billing_mode == "per_meeting":
            found += [(visit.pk, None, *one) for one in _of_all(visit, people)]
        else:
            found += [(visit.pk, p.pk, *one) for p in people for one in _of_one(visit, p)]
    return sorted(found, key=str)


def _of_all(visit: Appointment, people: list[Attendance]) -> list[tuple[str, int]]:
    states = {p.state for p in people if p.state != "excused"}
    if visit.state == "completed" and "attended" in states:
        return [("service", 30000)]
    if visit.type.category == "group" or not states or not states <= {"absent", "cancelled"}:
        return []
    if "absent" in states:
        return [("no_show_fee", 4000)]
    return [("late_cancel_fee", 3000)] if any(p.late_cancelled for p in people) else []


def _of_one(visit: Appointment, person: Attendance) -> list[tuple[str, int]]:
    is_final = visit.state == "completed" or visit.type.category != "group"
    owed = {"attended": [("service", 5000)], "absent": [("no_show_fee", 4000)] if is_final else []}
    return [("late_cancel_fee", 3000)] if person.late_cancelled else owed.get(person.state, [])


def _stands() -> list[tuple]:
    rows = Charge.objects.standing().select_related("attendance")
    return sorted(
        (
            (
                c.appointment_id or c.attendance.appointment_id,
                c.attendance_id,
                c.kind,
                c.amount_cents,
            )
            for c in rows
        ),
        key=str,
    )


@pytest.fixture
def rooms(clinic) -> None:
    """An individual visit, a group by head, a group at a flat rate, a couple."""
    Practice.objects.update(no_show_fee=Decimal(40), late_cancel_fee=Decimal(30))
    flat = {"billing_mode": "per_meeting", "rate_cents": 30000}
    AppointmentType.objects.update(requires_authorization=True)
    group, couple = (AppointmentTypeFactory(category=c) for c in ("group", "couples"))
    sizes = [
        (clinic.type, 1, {"rate_cents": 5000}),
        (group, 2, {"rate_cents": 5000}),
        (group, 2, flat),
        (couple, 2, flat),
    ]
    for hour, (kind, people, money) in zip((9, 11, 13, 15), sizes, strict=True):
        row = AppointmentFactory(type=kind, provider=clinic.provider, starts_at=at(hour), **money)
        for _ in range(people):
            client = ClientFactory()
            AttendanceFactory(appointment=row, client=client)
            AuthorizationFactory(client=client, starts_on=NOW.date(), ends_on=dt.date(2026, 12, 31))


@settings(max_examples=examples(12, ci=150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, before=st.integers(0, 4))
@example(steps=[("all here", 0), ("complete all", 0), ("reopen", 0)], before=0)
def test_charges_are_what_the_facts_say(rooms, actor, front_desk, steps, before):
    """The first acts fall before the visits, the rest after them."""
    by = actor(front_desk)
    with transaction.atomic():
        changes: list = []
        for number, step in enumerate(steps):
            with clock.frozen(at(8) if number < before else at(16)):
                _try(step, by, changes)

        assert _stands() == _expected()
        for charge in Charge.objects.filter(reversed_at__isnull=False):
            assert (charge.reversal.units, charge.reversal.rate_cents) == (-charge.units, charge.rate_cents)
        total = Charge.objects.aggregate(total=Sum("amount_cents"))["total"] or 0
        assert total == sum(cents for *_, cents in _stands())
        transaction.set_rollback(True)
