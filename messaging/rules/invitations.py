"""A visit as a calendar file (RFC 5545) to be mailed (iMIP) or downloaded. Whoever shares the calendar learns a time.

Neutral by rule: "Appointment", no name, no service, a private class, and a description of at most the office's number
and the reader's own page. Times are UTC: unambiguous, and every reader agrees on them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from icalendar import Calendar, Event, vCalAddress, vText, vUri

PRODUCT = "-//Stillwater//Appointments//EN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """uid: the same for a visit for ever. sequence: rises with every change of time or place, and on cancelling."""

    uid: str
    sequence: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    summary: str
    place: str = ""
    description: str = ""
    url: str = ""
    is_cancelled: bool = False

    @property
    def method(self) -> str:
        return "CANCEL" if self.is_cancelled else "REQUEST"


def mailed(invitation: Invitation, *, sender: str, sender_name: str, recipient: str, now: dt.datetime) -> str:
    """With METHOD, ORGANIZER and ATTENDEE, so that mail programs put it into the calendar, update it, take it out."""
    event = _event(invitation, now)
    organizer = vCalAddress(f"mailto:{sender}")
    organizer.params["CN"] = vText(_plain(sender_name))
    event.add("organizer", organizer)
    attendee = vCalAddress(f"mailto:{recipient}")
    # No mailbox of ours reads answers of calendars: the link in the mail is how one confirms.
    answers = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    attendee.params.update(answers)
    event.add("attendee", attendee)
    return _file(event, invitation.method)


def downloaded(invitation: Invitation, *, now: dt.datetime) -> str:
    """To be added by hand: nobody is invited, nothing is updated."""
    return _file(_event(invitation, now), "PUBLISH")


def _event(invitation: Invitation, now: dt.datetime) -> Event:
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", now.astimezone(dt.UTC).replace(microsecond=0))
    event.add("dtstart", invitation.starts_at.astimezone(dt.UTC))
    event.add("dtend", invitation.ends_at.astimezone(dt.UTC))
    event.add("summary", invitation.summary)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("status", "CANCELLED" if invitation.is_cancelled else "CONFIRMED")
    for name in ("location", "description"):
        if words := {"location": invitation.place, "description": invitation.description}[name]:
            event.add(name, words)
    if invitation.url:
        event.add("url", vUri(invitation.url))
    return event


def _file(event: Event, method: str) -> str:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _plain(name: str) -> str:
    """Double quotes in a name come out encoded in a way some programs show raw."""
    return name.replace('"', "")
