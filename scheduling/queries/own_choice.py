"""What the holder of a link may choose while the provider of their visit is away."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from core import daywords
from practice.models import Link, Practice
from practice.rules.client_words import say, words
from scheduling.models import Attendance, Replan
from scheduling.queries.own_visit import OwnVisit
from scheduling.queries.told import zone_told
from scheduling.states import IfSilent, ReplanState


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChoice:
    """cover: the button's words, empty where no colleague is offered; it names them, since nobody can agree to a
    stranger. others: (attendance id, words) of the reader's other visits that are asked about.
    """

    replan_id: int
    text: str
    silent: str
    cover: str
    may_video: bool
    others: list[tuple[int, str]]


def own_choice(
    own: OwnVisit, link: Link, *, practice: Practice, now: dt.datetime, language: str
) -> OwnChoice | None:
    """None where nothing is asked, not yet, or not any more; and for who may not move the visit."""
    if not own.may_cancel:
        return None
    asked = _asked(now).filter(appointment__attendances__client=link.client_id)
    rows = list(asked.select_related("cover").order_by("was_starts_at", "pk"))
    row = next((one for one in rows if one.appointment_id == own.visit.pk), None)
    if row is None or row.answer_by is None:
        return None
    said, until = words(language), row.answer_by.astimezone(own.zone)
    return OwnChoice(
        replan_id=row.pk,
        text=say(language, "away_text", when=_moment(until, practice, language)),
        silent=said["away_cancel" if row.if_silent == IfSilent.CANCEL else "away_call"],
        cover=say(language, "away_cover", name=_named(row)) if row.cover else "",
        may_video=row.may_video,
        others=_others([one for one in rows if one != row], link, practice, language),
    )


def _asked(now: dt.datetime) -> QuerySet[Replan]:
    live = Replan.objects.live()
    return live.filter(state=ReplanState.ASKED, not_before__lte=now, answer_by__gt=now)


def _named(row: Replan) -> str:
    cover = row.cover
    return ", ".join(part for part in (cover.name, cover.credentials) if part) if cover else ""


def _moment(local: dt.datetime, practice: Practice, language: str) -> str:
    day, clock = daywords.short_day(local.date(), language), daywords.clock(local, h24=practice.clock_24h)
    return f"{day}, {clock}"


def _others(rows: list[Replan], link: Link, practice: Practice, language: str) -> list[tuple[int, str]]:
    """No query where there are none."""
    people = asked_people(link, [row.appointment_id for row in rows]) if rows else []
    when = {p.pk: p.appointment.starts_at.astimezone(zone_told(p, practice)) for p in people}
    return [(pk, say(language, "away_also", when=_moment(at, practice, language))) for pk, at in when.items()]


def asked_people(link: Link, visit_ids: list[int]) -> list[Attendance]:
    """The client's seats on these visits; without those a contact is told nothing of."""
    people = Attendance.objects.counted().filter(client=link.client_id, appointment__in=visit_ids)
    if link.contact_id is not None:
        people = people.filter(is_confidential=False)
    return list(people.select_related("appointment__location", "client").order_by("appointment__starts_at"))


def other_asked(link: Link, attendance_id: int, now: dt.datetime) -> Attendance | None:
    """Of the same client, or nobody."""
    ids = list(_asked(now).values_list("appointment_id", flat=True))
    return next((person for person in asked_people(link, ids) if person.pk == attendance_id), None)
