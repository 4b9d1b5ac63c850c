import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection

from availability.models import OutsideBusy, TravelCalendar
from availability.operations.outside import (
    ask_outside_calendar,
    fetch_due,
    remove_outside_calendar,
    set_outside_calendar,
)
from availability.queries import day_hours
from availability.signals import outside_busy_changed
from availability.tasks import fetch_outside_calendars
from availability.tests.factories import OutsideBusyFactory, TravelCalendarFactory, WeeklyBlockFactory
from availability.tests.standin import host
from core import clock
from core.refusals import NotAllowed, Refusal
from practice.models import AuditEntry

NOW = dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC)  # 10:00 in New York, a Tuesday
QUARTER = dt.timedelta(minutes=15)
CALENDAR = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;TZID=America/New_York:20261125T130000
DTEND;TZID=America/New_York:20261125T140000
SUMMARY:Velvet dentist
END:VEVENT
END:VCALENDAR
"""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with clock.frozen(NOW):
        yield


@pytest.fixture
def there(settings):
    with host() as played:
        settings.OUTSIDE_CALENDAR_HOSTS = played.known
        played.says(CALENDAR, ETag='"1"')
        yield played


@pytest.fixture
def news():
    heard = []

    def hear(sender, provider_id, now, **_):
        heard.append(provider_id)

    outside_busy_changed.connect(hear)
    yield heard
    outside_busy_changed.disconnect(hear)


def spans(provider) -> list[str]:
    rows = OutsideBusy.objects.filter(calendar__provider=provider).values_list("starts_at", "ends_at")
    return [f"{start:%m-%d %H:%M} to {end:%H:%M}" for start, end in rows]


def test_the_owner_sets_it_and_it_is_read(provider, actor, there, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False) as after:
        set_outside_calendar(provider.pk, there.url(), by=actor(provider))

    counts = fetch_due()

    row = TravelCalendar.objects.get()
    assert (counts, len(after)) == ({"read": 1, "unchanged": 0, "failed": 0}, 1)
    assert spans(provider) == ["11-25 18:00 to 19:00"]
    assert (row.address, row.etag, row.error, row.fetched_at) == (there.url(), '"1"', "", NOW)
    assert row.next_fetch_at == NOW + QUARTER
    assert news == [provider.pk]


def test_nothing_of_the_calendar_but_spans_and_nothing_of_the_address_is_in_the_clear(provider, actor, there):
    set_outside_calendar(provider.pk, there.url("/cal.ics") + "?token=velvet", by=actor(provider))
    there.answers["/cal.ics?token=velvet"] = there.answers["/cal.ics"]
    fetch_due()

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM availability_travelcalendar")
        stored = repr(cursor.fetchall()).lower()
        cursor.execute("SELECT * FROM availability_outsidebusy")
        stored += repr(cursor.fetchall()).lower()
    trail = repr(list(AuditEntry.objects.values())).lower()
    assert spans(provider)
    assert "velvet" not in stored + trail


def test_a_second_look_asks_whether_it_changed(provider, there, news):
    TravelCalendarFactory(provider=provider, address=there.url())
    fetch_due()

    with clock.frozen(NOW + QUARTER):
        unchanged = fetch_due()
    there.says(CALENDAR.replace(b"T14", b"T15"), ETag='"2"')
    with clock.frozen(NOW + 2 * QUARTER):
        read = fetch_due()

    assert (unchanged["unchanged"], read["read"]) == (1, 1)
    assert there.asked == [("/cal.ics", ""), ("/cal.ics", '"1"'), ("/cal.ics", '"1"')]
    assert spans(provider) == ["11-25 18:00 to 20:00"]
    assert news == [provider.pk] * 2


def test_a_new_day_wants_the_whole_file(provider, there):
    """The days ahead have moved on, whatever the file says of itself."""
    TravelCalendarFactory(provider=provider, address=there.url())
    fetch_due()

    with clock.frozen(NOW + dt.timedelta(days=1)):
        fetch_due()

    assert there.asked == [("/cal.ics", ""), ("/cal.ics", "")]


def test_what_cannot_be_read_says_why_waits_longer_each_time_and_keeps_what_was(provider, there, news):
    TravelCalendarFactory(provider=provider, address=there.url())
    fetch_due()
    there.says(b"<html>Sign in</html>")

    waits = []
    for _ in range(3):
        turn = TravelCalendar.objects.get().next_fetch_at
        with clock.frozen(turn):
            assert fetch_due()["failed"] == 1
        waits.append((TravelCalendar.objects.get().next_fetch_at - turn).total_seconds() / 60)

    row = TravelCalendar.objects.get()
    assert (row.error, row.fetched_at) == ("This is not a calendar file.", NOW)
    assert waits == [30, 60, 120]
    assert spans(provider) == ["11-25 18:00 to 19:00"]
    assert news == [provider.pk]


def test_one_bad_address_does_not_keep_the_others_waiting(provider, colleague, there):
    TravelCalendarFactory(provider=provider, address=there.url("/none"))
    TravelCalendarFactory(provider=colleague, address=there.url())

    assert fetch_due() == {"read": 1, "unchanged": 0, "failed": 1}
    assert fetch_due() == {"read": 0, "unchanged": 0, "failed": 0}


def test_a_private_address_is_not_asked(provider, there, settings):
    settings.OUTSIDE_CALENDAR_HOSTS = []
    TravelCalendarFactory(provider=provider, address=there.url())

    fetch_due()

    assert TravelCalendar.objects.get().error == "Only the usual ports of the web are asked."
    assert there.asked == []


def test_the_task_and_the_command_do_the_same(provider, there, capsys):
    TravelCalendarFactory(provider=provider, address=there.url())

    fetch_outside_calendars()
    call_command("fetch_calendars", "--all", "--json")

    assert capsys.readouterr().out == '{"read": 0, "unchanged": 1, "failed": 0}\n'
    assert len(there.asked) == 2


def test_another_address_and_none_forget_what_was_read(provider, actor, there, news):
    TravelCalendarFactory(provider=provider, address=there.url())
    fetch_due()

    set_outside_calendar(provider.pk, "webcal://example.org/a.ics", by=actor(provider))
    after_set = spans(provider)
    remove_outside_calendar(provider.pk, by=actor(provider))

    assert (after_set, TravelCalendar.objects.count(), news) == ([], 0, [provider.pk] * 2)
    acts = AuditEntry.objects.filter(subject_kind="travelcalendar").order_by("pk")
    assert list(acts.values_list("act", flat=True)) == ["outside_calendar.set", "outside_calendar.removed"]


def test_asked_for_now(provider, actor, there):
    TravelCalendarFactory(provider=provider, address=there.url(), next_fetch_at=NOW + QUARTER)

    ask_outside_calendar(provider.pk, by=actor(provider))

    assert fetch_due()["read"] == 1


def test_only_the_owner_and_admins(provider, colleague, front_desk, admin_user, actor, there):
    for who in (colleague, front_desk):
        for act in (
            lambda by: set_outside_calendar(provider.pk, there.url(), by=by),
            lambda by: remove_outside_calendar(provider.pk, by=by),
            lambda by: ask_outside_calendar(provider.pk, by=by),
        ):
            with pytest.raises(NotAllowed):
                act(actor(who))

    set_outside_calendar(provider.pk, there.url(), by=actor(admin_user))

    assert TravelCalendar.objects.get().provider == provider


def test_no_address_at_all(provider, actor):
    with pytest.raises(Refusal) as refused:
        set_outside_calendar(provider.pk, "ftp://example.org/a.ics", by=actor(provider))

    assert (refused.value.field, TravelCalendar.objects.count()) == ("address", 0)


def test_a_day_knows_when_one_is_busy_elsewhere_in_one_query(
    provider, colleague, practice, django_assert_num_queries
):
    """Cut to the day, and of nobody else."""
    WeeklyBlockFactory(provider=provider, weekday=2)
    calendar = TravelCalendarFactory(provider=provider)
    OutsideBusyFactory(calendar=calendar, starts_at=NOW, ends_at=NOW + dt.timedelta(hours=20))
    OutsideBusyFactory(calendar=calendar, starts_at=NOW + dt.timedelta(hours=27))
    OutsideBusyFactory(calendar=calendar, starts_at=NOW + dt.timedelta(days=3))

    with django_assert_num_queries(1):
        days = day_hours([provider.pk, colleague.pk], dt.date(2026, 11, 25), own=practice.tz)

    midnight = int(dt.datetime(2026, 11, 25, tzinfo=practice.tz).timestamp() // 60)
    found = [((start - midnight) / 60, (end - midnight) / 60) for start, end in days[provider.pk].outside]
    assert found == [(0, 6), (13, 14)]
    assert days[colleague.pk].outside == ()
