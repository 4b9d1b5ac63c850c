"""Hours, exceptions and closures from files."""

import datetime as dt

import pytest

from availability.models import Closure, DatedException, WeeklyBlock
from availability.queries import day_hours, hours_of_days
from availability.signals import hours_changed
from availability.tests.factories import WeeklyBlockFactory
from practice.tests.factories import LocationFactory
from practice.tests.files import counts, given, reasons, take

pytestmark = pytest.mark.django_db

HOURS = (
    "Provider,Day,Start,End,Location\n"
    "Dr. Maya Smith,Monday,9:00,12:00,Riverside\n"
    "Maya Smith,mon,13:00,5:00 pm,\n"
    '"Smith, Maya",4,18:00,24:00,\n'
)


@pytest.fixture
def news():
    heard = []

    def hear(provider_ids, first, last, **_):
        heard.append((provider_ids, first, last))

    hours_changed.connect(hear)
    yield heard
    hours_changed.disconnect(hear)


@pytest.fixture
def riverside(practice):
    return LocationFactory(name="Riverside")


def test_a_provider_in_the_file_keeps_exactly_its_blocks(provider, colleague, riverside, news):
    old = WeeklyBlockFactory(provider=provider, weekday=2)
    other = WeeklyBlockFactory(provider=colleague)

    outcome = take("hours", HOURS)

    assert (reasons(outcome), counts(outcome)) == ([], (3, 0, 0))
    blocks = WeeklyBlock.objects.filter(provider=provider)
    assert list(blocks.values_list("weekday", "starts_at", "ends_at")) == [
        (0, dt.time(9), dt.time(12)),
        (0, dt.time(13), dt.time(17)),
        (4, dt.time(18), dt.time(23, 59)),
    ]
    assert not WeeklyBlock.objects.filter(pk=old.pk).exists()
    assert WeeklyBlock.objects.filter(pk=other.pk).exists()
    assert [(ids, last) for ids, _, last in news] == [((provider.pk,), None)]


def test_the_same_hours_again_change_nothing(provider, riverside, news):
    take("hours", HOURS)
    ids = set(WeeklyBlock.objects.values_list("pk", flat=True))
    news.clear()

    assert counts(take("hours", HOURS)) == (0, 0, 3)
    assert (set(WeeklyBlock.objects.values_list("pk", flat=True)), news) == (ids, [])
    assert counts(take("hours", HOURS.replace("12:00", "11:30"))) == (0, 1, 2)


def test_overlapping_and_reversed_blocks_are_bad_rows(provider, riverside):
    more = "Maya Smith,Monday,11:00,14:00,\nMaya Smith,Tuesday,14:00,12:00,\nNobody,Monday,9:00,10:00,\n"

    found = reasons(take("hours", HOURS + more + "Maya Smith,Someday,9:00,10:00,\n"))

    assert [(line, column) for line, column, _ in found] == [
        (5, "starts_at"),
        (6, "ends_at"),
        (7, "provider"),
        (8, "weekday"),
    ]
    assert found[0][2] == "This overlaps line 2, Monday 09:00 to 12:00. Shorten one of them."
    assert not WeeklyBlock.objects.exists()


def test_every_second_week_does_not_overlap_the_other(provider):
    rows = (
        "provider,weekday,starts_at,ends_at,every_weeks,effective_from_on\n"
        "Maya Smith,Monday,9:00,12:00,2,2026-11-23\nMaya Smith,Monday,9:00,12:00,2,2026-11-30\n"
    )
    assert reasons(take("hours", rows)) == []


def test_exceptions_and_closures(provider, colleague, riverside, news):
    exceptions = (
        "provider,date,kind,start,end,reason\nMaya Smith,2026-12-01,time off,,,Course\n"
        "Maya Smith,2026-12-02,extra,18:00,20:00,\n"
    )
    assert counts(take("exceptions", exceptions)) == (2, 0, 0)
    assert counts(take("exceptions", exceptions.replace("Course", "Away"))) == (0, 1, 1)
    clash = "provider,date,kind,start,end\nMaya Smith,2026-12-02,extra,19:00,21:00\n"
    assert [(line, column) for line, column, _ in reasons(take("exceptions", clash))] == [(2, "starts_at")]
    closures = (
        "location,first_on,last_on,reason\n,2026-12-24,2026-12-26,Holidays\nRiverside,2026-12-31,,Inventory\n"
    )
    assert counts(take("closures", closures)) == (2, 0, 0)
    bad = "first_on,last_on,reason\n2026-12-26,2026-12-24,Backwards\n"
    assert [column for _, column, _ in reasons(take("closures", bad))] == ["last_on"]
    assert [(first, last) for _, first, last in news] == [
        (dt.date(2026, 12, 1), dt.date(2026, 12, 2)),
        (dt.date(2026, 12, 1), dt.date(2026, 12, 1)),
        (dt.date(2026, 12, 24), dt.date(2026, 12, 31)),
    ]


def test_what_stands_reads_back_the_same(provider, colleague, riverside):
    take("hours", HOURS)
    take("exceptions", "provider,on,kind\nOwen Brandt,2026-12-01,absent\n")
    take("closures", "location,first_on,reason\nRiverside,2026-12-31,Inventory\n")
    texts = {kind: given(kind) for kind in ("hours", "exceptions", "closures")}
    for model in (WeeklyBlock, DatedException, Closure):
        model.objects.all().delete()

    for kind, text in texts.items():
        assert take(kind, text).is_kept
        assert given(kind) == text


def test_hours_of_many_days_are_those_of_each(provider, colleague, riverside):
    take("hours", HOURS)
    take("exceptions", "provider,on,kind,reason\nMaya Smith,2026-12-07,absent,Course\n")
    take("closures", "location,first_on,reason\nRiverside,2026-12-14,Inventory\n")
    days = [dt.date(2026, 11, 30) + dt.timedelta(days=n) for n in range(30)]

    found = hours_of_days((pk, on) for pk in (provider.pk, colleague.pk) for on in days)

    for on in days:
        each = day_hours([provider.pk, colleague.pk], on)
        assert {pk: found[pk, on] for pk in each} == each
