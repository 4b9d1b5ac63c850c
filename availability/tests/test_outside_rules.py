"""Calendar files read as busy-only. Spans are compared as wall times of New York."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from availability.rules.outside import NotACalendar, busy_spans
from core.walltime import from_epoch_minutes

NEW_YORK = ZoneInfo("America/New_York")
START = dt.datetime(2026, 10, 26, tzinfo=NEW_YORK)  # a Monday; the clocks fall back on November 1
END = dt.datetime(2026, 12, 1, tzinfo=NEW_YORK)


def calendar_of(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", *events, "END:VCALENDAR", ""]
    return "\r\n".join(line for event in lines for line in event.split("\n")).encode()


def event(*lines: str, uid: str = "1") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"])


def busy(*events: str, start=START, end=END, zone=NEW_YORK) -> list[str]:
    spans = busy_spans(calendar_of(*events), zone, start, end)
    said = [tuple(from_epoch_minutes(m).astimezone(NEW_YORK) for m in span) for span in spans]
    return [f"{a:%m-%d %H:%M} to {b:%m-%d %H:%M}" for a, b in said]


NINE = "DTSTART;TZID=America/New_York:20261026T090000\nDTEND;TZID=America/New_York:20261026T100000"


def test_one_entry_and_nothing_of_what_it_is_about():
    assert busy(event(NINE, "SUMMARY:Own therapy")) == ["10-26 09:00 to 10-26 10:00"]


@pytest.mark.parametrize(
    "line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"]
)
def test_what_is_free_or_cancelled_does_not_count(line):
    assert busy(event(NINE, line)) == []


@pytest.mark.parametrize("line", ["TRANSP:OPAQUE", "STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"])
def test_what_may_be_does(line):
    assert busy(event(NINE, line)) == ["10-26 09:00 to 10-26 10:00"]


def test_nine_stays_nine_when_the_clocks_change():
    assert busy(event(NINE, "RRULE:FREQ=WEEKLY;COUNT=3")) == [
        "10-26 09:00 to 10-26 10:00",
        "11-02 09:00 to 11-02 10:00",
        "11-09 09:00 to 11-09 10:00",
    ]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;UNTIL=20261109T140000Z", ["10-26", "11-02", "11-09"]),  # 9:00 in winter is 14:00 UTC
        ("FREQ=WEEKLY;UNTIL=20261109T135900Z", ["10-26", "11-02"]),
        ("FREQ=WEEKLY;UNTIL=20261109", ["10-26", "11-02", "11-09"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=2", ["10-26", "11-09"]),
        ("FREQ=MONTHLY;BYDAY=-1MO", ["10-26", "11-30"]),
        ("FREQ=SECONDLY", ["10-26"]),  # no appointment repeats so; its first still counts
    ],
)
def test_how_it_repeats(rule, days):
    assert [one[:5] for one in busy(event(NINE, f"RRULE:{rule}"))] == days


def test_left_out_added_moved_and_cancelled_occurrences():
    weekly = event(
        NINE,
        "RRULE:FREQ=WEEKLY;COUNT=5",
        "EXDATE;TZID=America/New_York:20261102T090000",
        "RDATE;TZID=America/New_York:20261104T120000",
    )
    moved = event(
        "RECURRENCE-ID;TZID=America/New_York:20261109T090000",
        "DTSTART;TZID=America/New_York:20261110T150000",
        "DTEND;TZID=America/New_York:20261110T153000",
    )
    cancelled = event(
        "RECURRENCE-ID:20261116T140000Z", NINE.replace("20261026", "20261116"), "STATUS:CANCELLED"
    )

    assert busy(weekly, moved, cancelled) == [
        "10-26 09:00 to 10-26 10:00",
        "11-04 12:00 to 11-04 13:00",
        "11-10 15:00 to 11-10 15:30",
        "11-23 09:00 to 11-23 10:00",
    ]


def test_whole_days_are_the_providers_own_even_on_the_long_one():
    days = event("DTSTART;VALUE=DATE:20261031", "DTEND;VALUE=DATE:20261102")
    one = event("DTSTART;VALUE=DATE:20261111", uid="2")
    yearly = event("DTSTART;VALUE=DATE:20001120", "RRULE:FREQ=YEARLY", uid="3")

    assert busy(days, one, yearly) == [
        "10-31 00:00 to 11-02 00:00",
        "11-11 00:00 to 11-12 00:00",
        "11-20 00:00 to 11-21 00:00",
    ]


def test_times_without_a_zone_are_the_providers_and_lengths_may_be_said():
    floating = event("DTSTART:20261027T100000", "DURATION:PT45M")
    utc = event("DTSTART:20261028T140000Z", "DTEND:20261028T150000Z", uid="2")
    moment = event("DTSTART:20261029T140000Z", uid="3")

    assert busy(floating, utc, moment) == ["10-27 10:00 to 10-27 10:45", "10-28 10:00 to 10-28 11:00"]


def test_a_zone_by_the_name_outlook_gives_it():
    named = NINE.replace("America/New_York", "Eastern Standard Time")

    assert busy(event(named)) == ["10-26 09:00 to 10-26 10:00"]


def test_overlaps_are_one_and_the_window_cuts():
    long = event("DTSTART:20261025T000000Z", "DTEND:20261026T133000Z")

    assert busy(long, event(NINE, uid="2")) == ["10-26 00:00 to 10-26 10:00"]


def test_a_file_of_busy_times_only():
    free_busy = (
        "BEGIN:VFREEBUSY\nUID:1\nDTSTAMP:20260101T000000Z\n"
        "FREEBUSY;FBTYPE=BUSY:20261027T140000Z/20261027T150000Z,20261028T140000Z/PT30M\n"
        "FREEBUSY;FBTYPE=FREE:20261029T140000Z/20261029T150000Z\nEND:VFREEBUSY"
    )

    assert busy(free_busy) == ["10-27 10:00 to 10-27 11:00", "10-28 10:00 to 10-28 10:30"]


@pytest.mark.parametrize(
    "data", [b"", b"<html>Sign in</html>", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", b"\xff\xfe"]
)
def test_what_is_no_calendar(data):
    with pytest.raises(NotACalendar):
        busy_spans(data, NEW_YORK, START, END)


def test_more_than_anybody_has(monkeypatch):
    monkeypatch.setattr("availability.rules.outside.MOST_ENTRIES", 2)

    with pytest.raises(NotACalendar, match="too many"):
        busy(event(NINE), event(NINE, uid="2"))
