"""How somebody is told of a visit: in which zone, with which link, as which calendar entry."""

import datetime as dt
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from core import links
from core.links import Draft
from messaging.rules.invitations import Invitation
from practice.models import Practice
from practice.rules.client_words import say, words
from practice.states import LinkPurpose, Modality
from scheduling.models import Attendance
from scheduling.states import UNCOUNTED, AppointmentState

# A visit may be moved after its link went out; then the newer message brings a newer link.
LINK_WORKS_AFTER = dt.timedelta(days=14)


def zone_told(attendance: Attendance, practice: Practice) -> ZoneInfo:
    """The location's zone, where there is one to go to; by video or phone the client's own."""
    visit, own = attendance.appointment, attendance.client.zone
    place = visit.location.zone if visit.location else ""
    if visit.modality == Modality.IN_PERSON or not own:
        return ZoneInfo(place) if place else practice.tz
    return ZoneInfo(own)


def visit_link(person: Attendance, *, contact_id: int | None, channel: str) -> Draft:
    """To the visit's page, for the client or this contact of theirs."""
    return links.draft(
        LinkPurpose.VISIT,
        client_id=person.client_id,
        contact_id=contact_id,
        subject=person.pk,
        expires_at=person.appointment.ends_at + LINK_WORKS_AFTER,
        channel=channel,
    )


def is_off(person: Attendance) -> bool:
    """For this person: the whole visit, or their own seat."""
    return person.appointment.state == AppointmentState.CANCELLED or person.state in UNCOUNTED


def invitation_to(person: Attendance, practice: Practice, *, language: str, url: str = "") -> Invitation:
    """A cancellation for who is no longer expected, though the others may still come.

    The address of the place, not its name: that may say what is done there.
    """
    visit = person.appointment
    in_person = visit.modality == Modality.IN_PERSON and visit.location is not None
    phone = practice.phone.as_national if practice.phone else ""
    return Invitation(
        uid=f"{visit.public_id}@{urlsplit(settings.PUBLIC_BASE_URL).hostname}",
        sequence=visit.ics_sequence,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        summary=words(language)["ics_summary"],
        place=visit.location.address if in_person and visit.location else "",
        description=say(language, "ics_call", phone=phone) if phone else "",
        url=url,
        is_cancelled=is_off(person),
    )
