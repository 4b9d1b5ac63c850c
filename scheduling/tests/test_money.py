"""What one visit costs, and who is charged for it."""

from decimal import Decimal

import pytest

from scheduling import operations
from scheduling.rules.money import amount, cents, rate_of
from scheduling.states import BillingMode, Category, usual_mode
from scheduling.tests.factories import AppointmentFactory

D = Decimal


@pytest.mark.parametrize(
    ("said", "offered", "usual", "rate"),
    [
        (None, None, None, None),
        (None, None, D("140"), D("140")),
        (None, D("90"), D("140"), D("90")),
        (None, D("0"), D("140"), D("0")),  # an own rate of nothing is a rate
        (12050, D("90"), D("140"), D("120.50")),
        (0, D("90"), D("140"), D("0")),
    ],
)
def test_the_nearest_rate_counts(said, offered, usual, rate):
    assert rate_of(said, offered, usual) == rate


def test_cents_and_dollars_are_the_same_money():
    assert [cents(value) for value in (None, D("0"), D("140"), D("90.505"))] == [None, 0, 14000, 9051]
    assert [amount(value) for value in (None, 0, 9051)] == [None, D("0.00"), D("90.51")]


def test_couples_and_families_are_charged_once():
    once = {c for c in Category if usual_mode(c) == BillingMode.PER_MEETING}

    assert once == {Category.COUPLES, Category.FAMILY}


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
def test_a_booking_says_rate_and_mode(wish, actor, front_desk, clinic):
    type(clinic.type).objects.update(rate=140, category=Category.COUPLES)
    desk = actor(front_desk)

    usual = operations.book(wish(9), by=desk).appointment
    said = operations.book(wish(11, rate_cents=9050, billing_mode="per_attendance"), by=desk).appointment

    assert (usual.rate_cents, usual.billing_mode) == (14000, "per_meeting")
    assert (said.rate_cents, said.billing_mode) == (9050, "per_attendance")


@pytest.mark.django_db
def test_cents_are_set_on_the_one_column_there_is():
    row = AppointmentFactory(rate_cents=5000)
    row.refresh_from_db()

    assert (row.rate, row.rate_cents) == (D("50.00"), 5000)
