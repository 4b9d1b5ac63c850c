"""Contacts and birthdays, without a database."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.rules.contacts import (
    NEVER,
    NO_MORE,
    NOT_YET,
    OF_AGE,
    Ages,
    ContactFacts,
    age_on,
    birthday,
    came_of_age_on,
    is_told_through_guardians,
    why_closed,
)

AGES = Ages(told_from=12, decides_from=16)
BORN = dt.date(2012, 3, 10)


def contact(**differs) -> ContactFacts:
    usual = {
        "relationship": "parent", "has_legal_authority": False, "never_contact": False, "valid_from": None,
        "valid_until": None, "rights_on": dt.date(2026, 1, 5), "born": BORN,
    }  # fmt: skip
    return ContactFacts(**(usual | differs))


@pytest.mark.parametrize(
    ("differs", "today", "why"),
    [
        ({}, dt.date(2028, 3, 9), ""),
        ({}, dt.date(2028, 3, 10), OF_AGE),
        ({"rights_on": dt.date(2028, 3, 10)}, dt.date(2030, 3, 9), ""),  # agreed again at sixteen
        ({"rights_on": dt.date(2028, 3, 10)}, dt.date(2030, 3, 10), OF_AGE),  # and asked again at eighteen
        ({"rights_on": dt.date(2030, 3, 10)}, dt.date(2060, 1, 1), ""),
        ({"relationship": "partner"}, dt.date(2035, 1, 1), ""),
        ({"relationship": "relative", "has_legal_authority": True}, dt.date(2035, 1, 1), OF_AGE),
        ({"born": None}, dt.date(2060, 1, 1), ""),
        ({"never_contact": True}, dt.date(2027, 1, 1), NEVER),
        ({"valid_from": dt.date(2027, 1, 2)}, dt.date(2027, 1, 1), NOT_YET),
        ({"valid_until": dt.date(2026, 12, 31)}, dt.date(2027, 1, 1), NO_MORE),
        ({"valid_from": dt.date(2027, 1, 1), "valid_until": dt.date(2027, 1, 1)}, dt.date(2027, 1, 1), ""),
    ],
)
def test_a_contact_is_open_until_a_date_or_a_birthday_ends_it(differs, today, why):
    assert why_closed(contact(**differs), today=today, ages=AGES) == why


def test_where_consent_comes_with_eighteen_there_is_one_birthday():
    ages = Ages(told_from=12, decides_from=18)

    assert ages.turning == (18,)
    assert came_of_age_on(contact(), today=dt.date(2031, 1, 1), ages=ages) == dt.date(2030, 3, 10)


@pytest.mark.parametrize(
    ("born", "age", "on"),
    [
        (dt.date(2012, 2, 29), 16, dt.date(2028, 2, 29)),
        (dt.date(2012, 2, 29), 18, dt.date(2030, 3, 1)),
        (dt.date(2012, 12, 31), 18, dt.date(2030, 12, 31)),
    ],
)
def test_birthdays(born, age, on):
    assert birthday(born, age) == on
    assert (age_on(born, on - dt.timedelta(days=1)), age_on(born, on)) == (age - 1, age)


@given(born=st.dates(dt.date(1950, 1, 1), dt.date(2020, 1, 1)), age=st.integers(0, 60))
def test_a_birthday_is_the_first_day_of_the_age(born, age):
    day = birthday(born, age)

    assert age_on(born, day) == age
    assert age == 0 or age_on(born, day - dt.timedelta(days=1)) == age - 1


@pytest.mark.parametrize(
    ("born", "today", "told"),
    [
        (dt.date(2012, 3, 10), dt.date(2024, 3, 9), True),
        (dt.date(2012, 3, 10), dt.date(2024, 3, 10), False),
        (None, dt.date(2024, 3, 9), False),
    ],
)
def test_a_child_is_told_through_their_guardians(born, today, told):
    assert is_told_through_guardians(born, today=today, ages=AGES) is told
