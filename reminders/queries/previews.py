"""How words read: for an example, or for a real visit the reader may see. And who wrote which version."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from core.actors import Actor, ActorKind
from messaging.models import SendingPolicy, Template
from messaging.purposes import Send
from messaging.rules.segments import GSM_EXTENDED, is_gsm, segments
from messaging.rules.wording import Words, render_html
from practice.models import AuditEntry, Practice, User
from practice.states import Channel
from reminders.queries.wording import Speaker, office_of, said
from reminders.rules import texts
from reminders.rules.texts import Facts, When
from scheduling.models import Appointment, Attendance
from scheduling.querysets import AttendanceQuerySet
from scheduling.states import AppointmentState

EXAMPLE_HOUR, VISITS_SHOWN, VERSIONS_SHOWN = dt.time(11), 12, 10
ROOM_GSM, ROOM_OTHER = 160, 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`body`: a mail's paragraphs as HTML. `letters` as sent: those of the extension table count twice. `room`: what
    one text takes.
    """

    send: Send
    letters: int
    room: int
    segments: int
    cost: Decimal | None
    body: str = ""

    @property
    def is_text(self) -> bool:
        return self.segments > 0


def example(practice: Practice, language: str, now: dt.datetime, *, several: bool) -> Facts:
    """The next weekday at eleven; names nobody here has."""
    day = now.astimezone(practice.tz).date() + dt.timedelta(days=1)
    day += dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    starts = [day, day + dt.timedelta(days=7)] if several else [day]
    whens = [
        When(start=dt.datetime.combine(on, EXAMPLE_HOUR, practice.tz), zone=practice.tz, language=language)
        for on in starts
    ]
    return Facts(
        whens=whens,
        office=office_of(practice),
        client="Alex",
        provider="Dr. Sam Rivera",
        place="Main office, 12 River Street",
        link="https://example.org/v/abc",
        is_first=True,
    )


def upcoming(actor: Actor, now: dt.datetime) -> AttendanceQuerySet:
    """The next visits this person may see, with who comes."""
    visits = Appointment.objects.visible_to(actor).filter(starts_at__gt=now, state=AppointmentState.SCHEDULED)
    ahead = Attendance.objects.counted().filter(appointment__in=visits)
    with_ = ("client", "appointment__provider", "appointment__location")
    return ahead.select_related(*with_).order_by("appointment__starts_at", "pk")


def facts_of(practice: Practice, person: Attendance, language: str) -> Facts:
    """Of a real visit, in the language of the words that are looked at, and as if first written to."""
    facts = Speaker.of(practice).facts([person], is_first=True)
    return replace(facts, whens=[replace(when, language=language) for when in facts.whens])


def measured(
    words: Words, facts: Facts, *, channel: str, language: str, samples: Mapping[str, str] | None = None
) -> Measured:
    """samples: of the wording, in place of what these variables say in a reminder."""
    values = texts.values(facts, channel=channel, language=language) | dict(samples or {})
    send = said(words, values, channel=channel)
    if channel != Channel.SMS:
        body = render_html(words.text, values)
        return Measured(send=send, body=body, letters=len(send.text), room=0, segments=0, cost=None)
    plain = is_gsm(send.text)
    letters = sum(2 if plain and letter in GSM_EXTENDED else 1 for letter in send.text)
    parts = segments(send.text)
    cost = (SendingPolicy.objects.first() or SendingPolicy()).text_price * parts
    return Measured(
        send=send, letters=letters, room=ROOM_GSM if plain else ROOM_OTHER, segments=parts, cost=cost
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A former text; an empty `body` is the moment the words we bring along were taken again."""

    pk: int
    at: dt.datetime
    by: str
    body: str


def versions(template: Template | None) -> list[Version]:
    """The newest first. Two queries."""
    if template is None:
        return []
    rows = AuditEntry.objects.filter(subject_kind="template", subject_id=template.pk, after__has_key="body")
    lines = list(rows.order_by("-at", "-pk")[:VERSIONS_SHOWN])
    users = User.objects.in_bulk({one.actor_id for one in lines if one.actor_kind == ActorKind.USER})
    return [
        Version(pk=one.pk, at=one.at, by=_name(users, one.actor_id), body=(one.after or {})["body"])
        for one in lines
    ]


def _name(users: Mapping[int, User], pk: int | None) -> str:
    user = users.get(pk) if pk else None
    return user.name if user else "Somebody who has left"


def words_of(template: Template | None, version: int) -> Words | None:
    """The words as they stood after that line of the trail."""
    line = AuditEntry.objects.filter(
        pk=version, subject_kind="template", subject_id=template.pk if template else None
    ).first()
    if template is None or line is None or not (line.after or {}).get("body"):
        return None
    after = line.after or {}
    return Words(after["body"], after.get("subject_line", template.subject_line))


def visit_named(actor: Actor, now: dt.datetime, public_id: str) -> Attendance | None:
    """By the visit's public id; None for one out of sight, gone or never there."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return upcoming(actor, now).filter(appointment__public_id=wanted).first()
