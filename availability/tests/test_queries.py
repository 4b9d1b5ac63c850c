import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from availability.queries import day_hours, open_spans, open_spans_by_location
from availability.rules.days import ClosedSpan, DayHours
from availability.rules.expansion import OpenSpan
from availability.states import ExceptionKind
from availability.tests.factories import ClosureFactory, DatedExceptionFactory, WeeklyBlockFactory
from core.walltime import day_bounds, wall_minutes
from practice.tests.factories import LocationFactory, ProviderFactory

NEW_YORK, PHOENIX, CHICAGO = (ZoneInfo(f"America/{name}") for name in ("New_York", "Phoenix", "Chicago"))
MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


def at(hour: int, minute: int = 0, *, on=MONDAY, zone=NEW_YORK) -> int:
    return wall_minutes(on, dt.time(hour, minute), zone)


def test_open_spans_are_merged_hours_less_everything_in_the_way(provider, colleague):
    WeeklyBlockFactory(provider=provider, ends_at=dt.time(12))
    WeeklyBlockFactory(provider=provider, starts_at=dt.time(12), location=LocationFactory())
    DatedExceptionFactory(provider=provider, on=MONDAY, starts_at=dt.time(14), ends_at=dt.time(15))
    DatedExceptionFactory(
        provider=provider, on=MONDAY + DAY, kind=ExceptionKind.EXTRA, starts_at=dt.time(8), ends_at=dt.time(9)
    )
    ClosureFactory(first_on=MONDAY + 7 * DAY)

    found = open_spans([provider.pk, colleague.pk], MONDAY - DAY, MONDAY + 8 * DAY)

    assert found == {
        provider.pk: [
            (at(9), at(14)),
            (at(15), at(17)),
            (at(8, on=MONDAY + DAY), at(9, on=MONDAY + DAY)),
        ],
        colleague.pk: [],
    }


def test_by_location_keeps_places_and_telehealth_apart(provider):
    main = LocationFactory()
    WeeklyBlockFactory(provider=provider, ends_at=dt.time(12), location=main, telehealth_ok=False)
    WeeklyBlockFactory(
        provider=provider, starts_at=dt.time(12), ends_at=dt.time(13), location=main, telehealth_ok=False
    )
    WeeklyBlockFactory(provider=provider, starts_at=dt.time(13))

    found = open_spans_by_location([provider.pk], MONDAY, MONDAY)

    assert found == {
        provider.pk: (
            OpenSpan(start=at(9), end=at(13), location_id=main.pk, telehealth_ok=False),
            OpenSpan(start=at(13), end=at(17), location_id=None, telehealth_ok=True),
        )
    }


@pytest.mark.parametrize(
    ("location_zone", "provider_zone", "expected"),
    [
        ("", "", NEW_YORK),
        ("", "America/Phoenix", PHOENIX),
        ("America/Chicago", "America/Phoenix", CHICAGO),
        ("America/Chicago", "", CHICAGO),
    ],
)
def test_hours_are_in_the_zone_of_the_location_else_the_provider_else_the_practice(
    practice, location_zone, provider_zone, expected
):
    provider = ProviderFactory(zone=provider_zone)
    WeeklyBlockFactory(provider=provider, location=LocationFactory(zone=location_zone))

    found = open_spans([provider.pk], MONDAY, MONDAY)

    assert found == {provider.pk: [(at(9, zone=expected), at(17, zone=expected))]}


def test_an_absence_without_location_is_in_the_providers_own_zone(practice):
    provider = ProviderFactory(zone="America/Phoenix")
    WeeklyBlockFactory(provider=provider)
    DatedExceptionFactory(provider=provider, on=MONDAY, starts_at=dt.time(9), ends_at=dt.time(10))

    found = open_spans([provider.pk], MONDAY, MONDAY)

    assert found == {provider.pk: [(at(10, zone=PHOENIX), at(17, zone=PHOENIX))]}


def test_spans_are_cut_at_the_practices_own_midnight(practice):
    provider = ProviderFactory(zone="America/Phoenix")
    WeeklyBlockFactory(provider=provider, weekday=6, starts_at=dt.time(20), ends_at=dt.time(23))

    sunday = open_spans([provider.pk], MONDAY - DAY, MONDAY - DAY)
    monday = open_spans([provider.pk], MONDAY, MONDAY)

    midnight = day_bounds(MONDAY, NEW_YORK)[0]
    assert sunday == {provider.pk: [(midnight - 120, midnight)]}
    assert monday == {provider.pk: [(midnight, midnight + 60)]}


@pytest.mark.parametrize(("on", "hours"), [(dt.date(2026, 3, 8), 7), (dt.date(2026, 11, 1), 9)])
def test_a_night_of_clock_change_is_counted_as_it_is(provider, on, hours):
    WeeklyBlockFactory(provider=provider, weekday=6, starts_at=dt.time(0), ends_at=dt.time(8))

    [(start, end)] = open_spans([provider.pk], on, on)[provider.pk]

    assert end - start == hours * 60


def test_day_hours_tell_the_whole_day(provider, colleague):
    WeeklyBlockFactory(provider=provider, ends_at=dt.time(12))
    WeeklyBlockFactory(provider=provider, starts_at=dt.time(13))
    DatedExceptionFactory(
        provider=provider, on=MONDAY, starts_at=dt.time(16), ends_at=dt.time(17), reason="Supervision"
    )
    start, end = day_bounds(MONDAY, NEW_YORK)

    assert day_hours([provider.pk, colleague.pk], MONDAY) == {
        provider.pk: DayHours(
            open=(
                OpenSpan(start=at(9), end=at(12), location_id=None),
                OpenSpan(start=at(13), end=at(16), location_id=None),
            ),
            closed=(
                ClosedSpan(start=start, end=at(9), reason="Not in"),
                ClosedSpan(start=at(12), end=at(13), reason="Break"),
                ClosedSpan(start=at(16), end=at(17), reason="Supervision"),
                ClosedSpan(start=at(17), end=end, reason="Not in"),
            ),
        ),
        colleague.pk: DayHours(open=(), closed=(ClosedSpan(start=start, end=end, reason="Not in"),)),
    }


@pytest.mark.parametrize("query", [open_spans, open_spans_by_location])
@pytest.mark.parametrize(("rows", "days"), [(1, 1), (3, 90)])
def test_one_query_for_any_number_of_providers_and_days(
    practice, query, rows, days, django_assert_num_queries
):
    providers = [ProviderFactory() for _ in range(rows)]
    for provider in providers:
        WeeklyBlockFactory.create_batch(1, provider=provider, location=LocationFactory())
        DatedExceptionFactory.create_batch(rows, provider=provider, on=MONDAY)
    ClosureFactory.create_batch(rows, first_on=MONDAY)

    with django_assert_num_queries(1):
        query([p.pk for p in providers], MONDAY, MONDAY + days * DAY, own=practice.tz)


@pytest.mark.parametrize("rows", [1, 3])
def test_one_query_for_a_day_of_any_number_of_providers(practice, rows, django_assert_num_queries):
    providers = [WeeklyBlockFactory(location=LocationFactory()).provider for _ in range(rows)]

    with django_assert_num_queries(1):
        day_hours([p.pk for p in providers], MONDAY, own=practice.tz)
