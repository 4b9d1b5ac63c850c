"""The practice's and the visit's facts as the texts need them, and a decision to send as text or mail."""

from collections.abc import Collection, Iterable

from django.template.loader import render_to_string

from messaging.models import Message
from messaging.purposes import Send
from messaging.states import LIVE
from practice.models import Practice
from practice.states import Channel, Modality
from reminders.rules import texts
from reminders.rules.texts import Office, When
from scheduling.models import Appointment, Attendance
from scheduling.queries.told import zone_told


def office_of(practice: Practice) -> Office:
    return Office(
        sender=practice.sender_name,
        phone=practice.phone.as_national if practice.phone else "",
        h24=practice.clock_24h,
        notice_hours=practice.cancellation_notice_hours,
    )


def when_of(attendance: Attendance, practice: Practice) -> When:
    return When(start=attendance.appointment.starts_at, zone=zone_told(attendance, practice))


def place_of(visit: Appointment) -> str:
    """For mails and the portal; a text never says where."""
    if visit.modality != Modality.IN_PERSON or visit.location is None:
        return ""
    return ", ".join(part for part in (visit.location.name, visit.location.address) if part)


def first_contacts(purpose: str, subjects: Collection[int]) -> dict[int, bool]:
    """Whether the text about each subject is the first this address ever gets from us."""
    addresses = dict(
        Message.objects.filter(
            purpose=purpose, subject__in=subjects, channel=Channel.SMS, state__in=LIVE
        ).values_list("subject", "address")
    )
    known = set(
        Message.objects.filter(
            channel=Channel.SMS, address__in=addresses.values(), accepted_at__isnull=False
        ).values_list("address", flat=True)
    )
    return {subject: address not in known for subject, address in addresses.items()}


def letter(sentence: str, whens: Iterable[When], office: Office, *, place: str = "") -> Send:
    """A mail, and the portal's copy: the same facts as the text with room to breathe, and no reply letters."""
    told = list(whens)
    facts = {
        "sentence": sentence,
        "times": [when.long(office) for when in told],
        "place": place,
        "phone": office.phone,
        "sender": office.sender,
    }
    return Send(
        text=render_to_string("reminders/mail.txt", facts).strip() + "\n",
        subject_line=texts.subject_line(told[0]),
        html=render_to_string("reminders/mail.html", facts),
    )
