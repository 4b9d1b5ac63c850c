"""The people of a group as its page shows them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from core.actors import Actor
from groups.models import Group, Membership
from groups.permissions import may_with
from groups.queries.sessions import CAME
from groups.rules.seats import acts_for
from groups.states import OPEN, SEATED, MemberState
from practice.models import Client
from practice.queries import the_practice
from scheduling.models import Attendance
from scheduling.rules import words
from scheduling.seats import offered
from scheduling.states import AttendanceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One open spell. `notes` only for clinical staff; `opens`: the reader may see the client's card.

    asked_until: until when they are being offered a place right now, in words.
    """

    member: Membership
    opens: bool
    came: int
    missed: int
    notes: str
    acts: Sequence[str]
    asked_until: str = ""

    @property
    def screened(self) -> bool:
        return hasattr(self.member, "screening")


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    seated: Sequence[Person] = ()
    in_line: Sequence[Person] = ()
    asking: Sequence[Person] = ()
    taken: int = 0
    free: int = 0

    @property
    def next_in_line(self) -> Person | None:
        """Whom a freed place is offered to."""
        return self.in_line[0] if self.in_line and self.free else None


@dataclass(slots=True)
class _Facts:
    visible: set[int] = field(default_factory=set)
    counts: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    asked: Mapping[int, str] = field(default_factory=dict)


def roster_of(group: Group, by: Actor) -> Roster:
    """Three queries, whatever the number of members; one more where somebody stands in line."""
    rows = group.memberships.filter(state__in=OPEN).select_related("client", "screening__by")
    members = list(rows.order_by("client__first_name", "client__last_name", "pk"))
    facts = _facts(group, members, by)
    reads = may_with(by, "group.notes", group)
    may_roster, may_screen = may_with(by, "group.roster", group), may_with(by, "group.screen", group)
    people = [
        _person(member, facts, reads=reads, may_roster=may_roster, may_screen=may_screen)
        for member in members
    ]
    line = [one for one in people if one.member.state == MemberState.WAITING]
    seated = [one for one in people if one.member.state in SEATED]
    return Roster(
        seated=seated,
        in_line=sorted(line, key=lambda one: (one.member.waiting_since, one.member.pk)),
        asking=[one for one in people if one.member.state in (MemberState.REFERRED, MemberState.APPROVED)],
        taken=len(seated),
        free=max(group.capacity - len(seated), 0),
    )


def _facts(group: Group, members: Sequence[Membership], by: Actor) -> _Facts:
    ids = [member.client_id for member in members]
    facts = _Facts()
    if ids:
        facts.visible = set(Client.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True))
        facts.counts = counts_of(group, ids)
        line = [member.client_id for member in members if member.state == MemberState.WAITING]
        facts.asked = _asked(group, line)
    return facts


def _asked(group: Group, line: Sequence[int]) -> dict[int, str]:
    until = offered(group.public_id, line)
    if not until:
        return {}
    practice = the_practice()
    at = {pk: moment.astimezone(practice.tz) for pk, moment in until.items()}
    return {pk: words.clock(one.hour * 60 + one.minute, h24=practice.clock_24h) for pk, one in at.items()}


def counts_of(group: Group, client_ids: Iterable[int]) -> dict[int, Counter[str]]:
    """{client: how often in which state}, counted from the attendances; no counter is stored."""
    rows = Attendance.objects.filter(appointment__meeting__group=group, client__in=list(client_ids))
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for client_id, state, number in (
        rows.order_by().values_list("client", "state").annotate(number=Count("pk"))
    ):
        found[client_id][state] = number
    return found


def _person(member: Membership, facts: _Facts, *, reads: bool, may_roster: bool, may_screen: bool) -> Person:
    counts = facts.counts[member.client_id]
    open_to = {"screen": may_screen and member.group.needs_screening}
    acts = [act for act in acts_for(member.state) if open_to.get(act, may_roster)]
    if member.state == MemberState.REFERRED and member.group.needs_screening:
        acts = [act for act in acts if act not in ("enrol", "wait")]
    screening = getattr(member, "screening", None)
    return Person(
        member=member,
        opens=member.client_id in facts.visible,
        came=sum(counts[state] for state in CAME),
        missed=counts[AttendanceState.ABSENT],
        notes=screening.notes if screening and reads else "",
        acts=acts,
        asked_until=facts.asked.get(member.client_id, ""),
    )
