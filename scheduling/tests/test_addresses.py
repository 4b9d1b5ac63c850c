import datetime as dt
import uuid
from urllib.parse import parse_qs

import pytest

from scheduling.rules.addresses import Shown

TODAY = dt.date(2026, 11, 24)
ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def test_an_address_says_everything_and_is_read_back():
    shown = Shown(
        on=TODAY,
        view="day",
        location=3,
        providers=(ONE, OTHER),
        visit=OTHER,
        cancelled=True,
        need="outcome",
    )

    assert shown.query() == (
        f"on=2026-11-24&view=day&location=3&cancelled=1&need=outcome&visit={OTHER}&p={ONE}&p={OTHER}"
    )
    assert Shown.read(parse_qs(shown.query()), dt.date(2000, 1, 1)) == shown


def test_what_is_usual_is_left_out():
    assert Shown(on=TODAY).query() == "on=2026-11-24"
    assert Shown(on=TODAY, visit=ONE).query(visit=None, on=dt.date(2026, 11, 25)) == "on=2026-11-25"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "on=yesterday",
        "on=0001-01-01",
        "on=9999-12-31",
        "view=month",
        "location=-1",
        "location=१२",
        "location=99999999999999999999",
        "p=%27",
        "visit=1",
        "cancelled=yes",
        "need=money",
    ],
)
def test_nonsense_is_left_out(query):
    assert Shown.read(parse_qs(query), TODAY) == Shown(on=TODAY)


def test_the_same_provider_twice_is_one():
    assert Shown.read({"p": [str(ONE), str(ONE)]}, TODAY).providers == (ONE,)
