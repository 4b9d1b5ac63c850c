"""What stands against a wish, laid out for the page: what blocks, what may be overridden, what is free."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from core.actors import Actor
from core.refusals import Problem, Refusal, Severity, SlotTaken
from practice.models import Practice, Room
from practice.permissions import may
from scheduling.forms.typed import said_time
from scheduling.queries.filling import next_free
from scheduling.queries.problems import facts_for
from scheduling.rules.problems import problems
from scheduling.rules.wishes import Wish
from scheduling.views.remedies import Act, Told, acts_for, override_words, told

OVERLAPS = {"provider_busy", "room_busy", "client_busy", "slot_taken", "stale", "already_used"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """told: `against` with what is in the way. acts: what to do about it. override: the words of going past it.
    `free`: start times of the day as the time field takes them. `refused`: somebody pressed the button already."""

    against: list[Problem] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    override: str = ""
    warnings: list[Problem] = field(default_factory=list)
    free: list[str] = field(default_factory=list)
    can_override: bool = False
    room: Room | None = None
    refused: bool = False
    is_stale: bool = False

    @property
    def status(self) -> int:
        """409 when something else holds the place or the row moved on, else 422."""
        return 409 if any(p.code in OVERLAPS for p in self.against) else 422


def findings_for(
    wish: Wish,
    practice: Practice,
    *,
    by: Actor,
    now: dt.datetime,
    appointment_id: int | None = None,
    refusal: Refusal | None = None,
) -> Findings:
    """`refusal`: what the operation said; without one the rules are asked."""
    facts = facts_for(wish, ignoring=frozenset({appointment_id} if appointment_id else ()), now=now)
    found = refusal.problems if refusal else problems(facts)
    against = [p for p in found if p.severity != Severity.WARNING]
    about_time = isinstance(refusal, SlotTaken) or any(p.field == "starts_at" for p in against)
    free = next_free(facts, practice=practice, now=now) if about_time else []
    overridable = all(p.severity == Severity.NEEDS_OVERRIDE for p in against)
    acts = acts_for(found, wish, has_free=bool(free), practice=practice, by=by, now=now)
    return Findings(
        against=against,
        told=told(against, by),
        acts=acts,
        override=override_words(against),
        warnings=[p for p in found if p.severity == Severity.WARNING],
        free=[said_time(at.astimezone(practice.tz), clock_24h=practice.clock_24h) for at in free],
        can_override=bool(against) and overridable and may(by, "visit.override"),
        room=Room.objects.select_related("location").get(pk=wish.room_id) if wish.room_id else None,
        refused=refusal is not None,
    )
