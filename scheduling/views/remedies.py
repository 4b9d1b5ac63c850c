"""What to do about a problem, as something to press: the next free time, somebody else, the paper that is missing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from core import doors
from core.actors import Actor
from core.refusals import Problem
from core.walltime import ONE_DAY, epoch_minutes, from_epoch_minutes, local_date
from practice.models import Client, Practice, Provider
from practice.permissions import may
from scheduling.forms.typed import said_time
from scheduling.models import Appointment
from scheduling.queries.openings import Search, find_openings
from scheduling.rules import words
from scheduling.rules.wishes import Wish

LOOK_DAYS = 21
ANOTHER_TIME = frozenset(
    {"outside_hours", "provider_busy", "room_busy", "client_busy", "no_telehealth_hours"}
)
ANOTHER_DAY = frozenset(
    {
        "cap_provider_day",
        "cap_provider_week",
        "cap_type_provider_day",
        "cap_type_practice_day",
        "cap_block",
        "kept_apart_waiting",
    }
)
SOMEBODY_ELSE = frozenset({"kept_apart_provider", "licence", "supervision", "not_offered", "language"})
PAPERS = frozenset(
    {"authorization_missing", "authorization_used", "authorization_ended", "authorization_low"}
)
OVERBOOKED = frozenset({"provider_busy", "room_busy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A link; with `time` a button that puts the day and the time into the form."""

    label: str
    url: str = ""
    time: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A problem with the page of the visit in the way, for who may see it."""

    problem: Problem
    url: str = ""


def told(problems: Sequence[Problem], by: Actor) -> list[Told]:
    """One query where some visit is in the way."""
    ids = {p.blocking["id"] for p in problems if p.blocking and p.blocking["kind"] == "appointment"}
    seen = Appointment.objects.visible_to(by).filter(pk__in=ids).values_list("pk", "public_id") if ids else ()
    pages = {pk: _page_of(public_id) for pk, public_id in seen}
    return [
        Told(problem=p, url=pages.get((p.blocking or {}).get("id"), "") if _is_visit(p) else "")
        for p in problems
    ]


def _is_visit(problem: Problem) -> bool:
    return bool(problem.blocking) and problem.blocking["kind"] == "appointment"  # type: ignore[index]  # not None


def _page_of(public_id: uuid.UUID) -> str:
    return reverse("scheduling:visit", args=[public_id])


def acts_for(
    problems: Iterable[Problem],
    wish: Wish,
    *,
    has_free: bool,
    practice: Practice,
    by: Actor,
    now: dt.datetime,
) -> list[Act]:
    """In the order one would try them. has_free: the same day has times that are offered beside."""
    codes = {problem.code for problem in problems}
    found: list[Act] = []
    if codes & ANOTHER_DAY or (codes & ANOTHER_TIME and not has_free):
        found += _next_free(wish, practice, by, now)
    if codes & SOMEBODY_ELSE:
        found.append(Act(label="Look for somebody else", url=_openings(wish), icon="users"))
    if codes & PAPERS and may(by, "authorization.change"):
        found += _papers(wish)
    about = {
        "type": wish.type_id,
        "client": _client(wish),
        "provider": wish.provider_id,
        "modality": wish.modality,
    }
    return found + [
        Act(label=d.label, url=d.url, icon=d.icon) for d in doors.at("scheduling.booking.refused", about)
    ]


def override_words(problems: Iterable[Problem]) -> str:
    is_over = OVERBOOKED & {problem.code for problem in problems}
    return "Overbook with a reason" if is_over else "Override with a reason"


def _next_free(wish: Wish, practice: Practice, by: Actor, now: dt.datetime) -> list[Act]:
    """The first start after the one wished for that the rules take as it is, some weeks ahead at most."""
    provider = Provider.objects.filter(pk=wish.provider_id).first() if wish.provider_id else None
    if provider is None:
        return []
    first = max(local_date(wish.starts_at, practice.tz), local_date(now, practice.tz))
    search = Search(
        type_id=wish.type_id,
        first=first,
        last=first + ONE_DAY * LOOK_DAYS,
        providers=(provider.public_id,),
        minutes=wish.minutes,
        client_ids=wish.client_ids,
        location_id=wish.location_id,
        room_id=wish.room_id,
        modality=wish.modality,
    )
    minutes = find_openings(search, by=by, practice=practice, now=now).minutes.get(provider.pk, ())
    after = epoch_minutes(wish.starts_at)
    return [_at(minute, practice) for minute in minutes if minute > after][:1]


def _at(minute: int, practice: Practice) -> Act:
    local = from_epoch_minutes(minute).astimezone(practice.tz)
    time = said_time(local, clock_24h=practice.clock_24h)
    label = f"Next free time: {words.short_day(local.date())}, {time}"
    return Act(label=label, time=f"{local.date().isoformat()} {time}", icon="calendar-plus")


def _openings(wish: Wish) -> str:
    asked = {"type": wish.type_id, "client": _client(wish), "modality": wish.modality}
    return (
        f"{reverse('scheduling:openings')}?{urlencode({name: word for name, word in asked.items() if word})}"
    )


def _client(wish: Wish) -> uuid.UUID | str:
    return Client.objects.filter(pk__in=wish.client_ids).values_list("public_id", flat=True).first() or ""


def _papers(wish: Wish) -> list[Act]:
    people = Client.objects.filter(pk__in=wish.client_ids).values_list("public_id", flat=True)
    return [
        Act(
            label="Add an authorization",
            url=reverse("scheduling:client-authorizations", args=[one]),
            icon="file-check",
        )
        for one in people
    ]
