"""Each constraint, from both sides."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from availability.tests.factories import ClosureFactory, DatedExceptionFactory, WeeklyBlockFactory

pytestmark = pytest.mark.django_db

NINE, TEN = dt.time(9), dt.time(10)
DAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("factory", "good", "bad", "constraint"),
    [
        (
            WeeklyBlockFactory,
            {"starts_at": NINE, "ends_at": dt.time(9, 1)},
            {"starts_at": NINE, "ends_at": NINE},
            "availability_block_in_order",
        ),
        (WeeklyBlockFactory, {"weekday": 6}, {"weekday": 7}, "availability_block_weekday"),
        (WeeklyBlockFactory, {"every_weeks": 2}, {"every_weeks": 3}, "availability_block_every_weeks"),
        (WeeklyBlockFactory, {"every_weeks": 1}, {"every_weeks": 0}, "availability_block_every_weeks"),
        (
            WeeklyBlockFactory,
            {"effective_from_on": DAY, "effective_until_on": DAY},
            {"effective_from_on": DAY, "effective_until_on": DAY - dt.timedelta(days=1)},
            "availability_block_dates_in_order",
        ),
        (
            DatedExceptionFactory,
            {"starts_at": NINE, "ends_at": TEN},
            {"starts_at": TEN, "ends_at": NINE},
            "availability_exception_in_order",
        ),
        (
            ClosureFactory,
            {"first_on": DAY, "last_on": DAY},
            {"first_on": DAY, "last_on": DAY - dt.timedelta(days=1)},
            "availability_closure_in_order",
        ),
    ],
)
def test_the_table_and_the_model_accept_one_side_and_refuse_the_other(factory, good, bad, constraint):
    factory(**good).full_clean()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        factory(**bad)
    with pytest.raises(ValidationError):
        factory.build(**bad).full_clean(exclude=["provider"])
