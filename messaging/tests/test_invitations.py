"""Calendar files, read by two strangers: icalendar, which also wrote them, and vobject, which did not."""

import datetime as dt
from dataclasses import replace

import icalendar
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules.invitations import Invitation, downloaded, mailed

NOW = dt.datetime(2026, 11, 23, 15, 0, 7, 123, tzinfo=dt.UTC)
START = dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC)
VISIT = Invitation(
    uid="5f0c1f6e@desk.example.org",
    sequence=0,
    starts_at=START,
    ends_at=START + dt.timedelta(minutes=50),
    summary="Appointment",
    place="12 River Street, Springfield; rear door",
    description="Questions: (202) 555-0100",
)


def sent(invitation: Invitation = VISIT, **more) -> str:
    facts = {
        "sender": "office@example.org",
        "sender_name": 'The "River" Office',
        "recipient": "lena@example.com",
    }
    return mailed(invitation, **(facts | more), now=NOW)


def by_icalendar(text: str) -> dict:
    calendar = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    assert event.errors == []
    return {
        "method": str(calendar["method"]),
        "uid": str(event["uid"]),
        "sequence": int(event["sequence"]),
        "stamp": event["dtstamp"].dt,
        "start": event["dtstart"].dt,
        "end": event["dtend"].dt,
        "summary": str(event["summary"]),
        "status": str(event["status"]),
        "place": str(event.get("location", "")),
        "class": str(event["class"]),
        "organizer": str(event.get("organizer", "")),
        "attendee": str(event.get("attendee", "")),
    }


def by_vobject(text: str) -> dict:
    calendar = vobject.readOne(text)
    calendar.validate()
    event = calendar.vevent
    value = {name: lines[0].value for name, lines in event.contents.items()}
    return {
        "method": calendar.method.value,
        "uid": value["uid"],
        "sequence": int(value["sequence"]),
        "stamp": value["dtstamp"],
        "start": value["dtstart"],
        "end": value["dtend"],
        "summary": value["summary"],
        "status": value["status"],
        "place": value.get("location", ""),
        "class": value["class"],
        "organizer": value.get("organizer", ""),
        "attendee": value.get("attendee", ""),
    }


EXPECTED = {
    "method": "REQUEST",
    "uid": VISIT.uid,
    "sequence": 0,
    "stamp": NOW.replace(microsecond=0),
    "start": START,
    "end": START + dt.timedelta(minutes=50),
    "summary": "Appointment",
    "status": "CONFIRMED",
    "place": VISIT.place,
    "class": "PRIVATE",
    "organizer": "mailto:office@example.org",
    "attendee": "mailto:lena@example.com",
}


@pytest.mark.parametrize("read", [by_icalendar, by_vobject])
def test_an_invitation_reads_the_same_everywhere(read):
    assert read(sent()) == EXPECTED


@pytest.mark.parametrize("read", [by_icalendar, by_vobject])
def test_a_move_updates_and_a_cancellation_takes_out(read):
    moved = replace(
        VISIT,
        sequence=1,
        starts_at=START + dt.timedelta(days=1),
        ends_at=VISIT.ends_at + dt.timedelta(days=1),
    )
    off = replace(moved, sequence=2, is_cancelled=True)

    told = [read(sent(one)) for one in (VISIT, moved, off)]

    assert [(one["method"], one["sequence"], one["status"]) for one in told] == [
        ("REQUEST", 0, "CONFIRMED"),
        ("REQUEST", 1, "CONFIRMED"),
        ("CANCEL", 2, "CANCELLED"),
    ]
    assert {one["uid"] for one in told} == {VISIT.uid}


@pytest.mark.parametrize("read", [by_icalendar, by_vobject])
def test_a_download_invites_nobody(read):
    told = read(downloaded(VISIT, now=NOW))

    assert (told["method"], told["organizer"], told["attendee"]) == ("PUBLISH", "", "")


def test_lines_are_folded_ended_and_answers_not_asked_for():
    text = sent(replace(VISIT, place="Ä" * 200))

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.replace("\r\n", "").count("\n") == 0
    unfolded = text.replace("\r\n ", "")
    assert "RSVP=FALSE" in unfolded
    assert "^'" not in unfolded
    assert "BEGIN:VALARM" not in unfolded


@given(words=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60))
def test_whatever_stands_in_an_address_is_read_alike(words):
    text = sent(replace(VISIT, place=words))

    assert by_icalendar(text)["place"] == by_vobject(text)["place"]
