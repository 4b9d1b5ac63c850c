"""How many, how soon, how far ahead. Part of the one list in `rules.problems`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from core.refusals import Problem, Severity
from scheduling.rules.facts import Facts, said, thing

OVERRIDE, BLOCKER, WARNING = Severity.NEEDS_OVERRIDE, Severity.BLOCKER, Severity.WARNING

_CAPS = {
    "provider_day": ("provider", "The provider's {most} visits for that day are taken."),
    "provider_week": ("provider", "The provider's {most} visits for that week are taken."),
    "type_provider_day": ("type", "The provider's {most} visits of this type for that day are taken."),
    "type_practice_day": ("type", "The practice's {most} visits of this type for that day are taken."),
}


def caps(facts: Facts) -> Iterator[Problem]:
    for name, (count, most) in facts.counts.items():
        if count >= most:
            about, words = _CAPS[name]
            whose = facts.place.provider_id if about == "provider" else facts.type_id
            yield Problem(
                code=f"cap_{name}",
                severity=OVERRIDE,
                field=about,
                message=words.format(most=most),
                remedy="Choose another day, or override.",
                blocking=thing(about, whose, _days(facts, name)),
            )


def _days(facts: Facts, name: str) -> tuple[dt.date, dt.date]:
    if name != "provider_week":
        return facts.on, facts.on
    monday = facts.on - dt.timedelta(days=facts.on.weekday())
    return monday, monday + dt.timedelta(days=6)


def blocks(facts: Facts) -> Iterator[Problem]:
    """The most visits that may begin in one block of the provider's hours. Desk work is no visit."""
    provider_id = facts.place.provider_id
    hours = facts.hours.get(provider_id or 0)
    if hours is None or provider_id is None or not facts.is_visit:
        return
    for start, end, most in hours.capped:
        if not start <= facts.place.starts_at < end:
            continue
        begins = [b for b in facts.neighbours if b.is_visit and provider_id in b.people]
        if sum(start <= busy.starts_at < end for busy in begins) >= most:
            yield Problem(
                code="cap_block",
                severity=OVERRIDE,
                field="starts_at",
                message=f"The {most} visits of the hours from {said(facts, start)} to {said(facts, end)} are taken.",
                remedy="Choose other hours, or override.",
                blocking=thing("provider", provider_id, (start, end)),
            )


def online(facts: Facts) -> Iterator[Problem]:
    """What clients book by themselves. Nobody is there to override it, so these say no."""
    rules = facts.online
    if rules is None or facts.now is None:
        return
    if not rules.is_offered:
        yield Problem(
            code="not_online",
            severity=BLOCKER,
            field="type",
            message=f"{facts.type_name} cannot be booked online.",
            remedy="Call us to book it.",
            blocking=thing("type", facts.type_id, facts.session),
        )
    soonest = facts.now + dt.timedelta(minutes=rules.notice_minutes)
    if facts.place.starts_at < soonest:
        yield Problem(
            code="too_soon",
            severity=BLOCKER,
            field="starts_at",
            message=f"Online we need {_long(rules.notice_minutes)} notice.",
            remedy="Choose a later time, or call us.",
            blocking=thing("practice", 1, (facts.now, soonest)),
        )
    last = facts.today + dt.timedelta(days=rules.horizon_days)
    if facts.on > last:
        yield Problem(
            code="too_far",
            severity=BLOCKER,
            field="starts_at",
            message=f"Online you can book up to {last:%B} {last.day}.",
            remedy="Choose an earlier day, or call us.",
            blocking=thing("practice", 1, (facts.today, last)),
        )


def _long(minutes: int) -> str:
    hours = minutes / 60
    if hours != int(hours):
        return f"{minutes} minutes'"
    return "an hour's" if hours == 1 else f"{int(hours)} hours'"


def past(facts: Facts) -> Iterator[Problem]:
    if facts.now and facts.place.starts_at < facts.now:
        yield Problem(
            code="past",
            severity=WARNING,
            field="starts_at",
            message="This time has passed.",
            remedy="Nothing will be sent to the client.",
            blocking=thing("practice", 1, (facts.place.starts_at, facts.now)),
        )
