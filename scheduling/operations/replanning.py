"""Approving time off: hours close, and every visit in them is decided on, in one act that is taken back as one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from availability import operations as hours
from availability.models import TimeOff
from core.actors import Actor
from core.refusals import Blocked, Problem, Refusal, Severity, SlotTaken
from messaging.operations.tasks import raise_task
from messaging.states import TaskKind
from practice.models import CareTeam, Change
from practice.operations.acting import Acting, begin, operation
from practice.permissions import require
from scheduling.models import Appointment, Replan
from scheduling.operations.authorizing import lock_authorizations
from scheduling.operations.booking import keep_time
from scheduling.operations.changing import carry, end, let_go
from scheduling.operations.locking import lock_places, lock_rows
from scheduling.operations.placing import release_expired_holds_near
from scheduling.permissions import may_act_on, may_schedule
from scheduling.queries.absence import affected
from scheduling.queries.problems import problems_with, wish_of
from scheduling.rules.asking import answer_until
from scheduling.rules.ways import refuse_way
from scheduling.rules.wishes import Place, Wish
from scheduling.signals import appointment_doubted
from scheduling.states import CancelReason, IfSilent, Notice, ReplanState, Way

# What a visit by video, from wherever the provider is, may go past: they keep no hours at that time.
BY_VIDEO = frozenset({"outside_hours", "no_telehealth_hours"})
FROM_ELSEWHERE = "By video while away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is decided on one visit. edition: of the visit as its reader saw it.

    provider_id: who covers. starts_at: the other time. agreed: the client said yes before, by phone say.
    """

    appointment_id: int
    edition: int
    way: str
    provider_id: int | None = None
    starts_at: dt.datetime | None = None
    agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For all rows that ask: how long before the visit an answer counts, and what happens without one."""

    hours_before: int = 2
    if_silent: str = IfSilent.CALL


@dataclass(frozen=True, slots=True)
class Approved:
    change: Change
    time_off: TimeOff
    repeated: bool = False


class PlanStale(Refusal):
    """Something was booked, moved or cancelled since the plan was drawn: look again, the rest stays chosen."""

    code = "plan_stale"


class RowRefused(Refusal):
    """One row cannot be carried out, so none is. `appointment_id` names it."""

    code = "row_refused"

    def __init__(self, appointment_id: int, refusal: Refusal) -> None:
        super().__init__(
            refusal.message, field=f"row-{appointment_id}", remedy="Choose something else for it."
        )
        self.appointment_id = appointment_id


@operation("time_off.approve", "timeoff")
def approve_time_off(
    time_off_id: int,
    rows: Sequence[Row],
    *,
    terms: Terms | None = None,
    edition: int | None = None,
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> Approved:
    """All of it or nothing. Raises NotAllowed, StaleEdit, PlanStale, RowRefused, AlreadyUsed."""
    terms = terms or Terms()
    content = {"time_off": time_off_id, "rows": [asdict(row) for row in rows], **asdict(terms)}
    acting = begin("time_off.approve", change_id, by, content)
    if acting.repeat:
        return Approved(acting.change, TimeOff.objects.get(pk=time_off_id), repeated=True)
    row = _found(time_off_id)
    visits = _locked_visits(row, rows, acting.now)
    row = hours.locked_time_off(time_off_id, edition=edition)
    _refuse_stale(row, rows, acting.now)
    facts = hours.grant_time_off(acting, row)
    planning = _Planning(acting, row, terms)
    for one in sorted(rows, key=lambda r: (r.way != Way.RELEASE, r.way != Way.CANCEL, r.appointment_id)):
        planning.carry_out(one, visits[one.appointment_id])
    acting.close(facts | {"appointments": sorted(visits)})
    hours.tell_granted(acting)
    return Approved(acting.change, row)


def _found(time_off_id: int) -> TimeOff:
    row = TimeOff.objects.filter(pk=time_off_id).first()
    if row is None:
        raise Refusal("This is no longer there.", remedy="Look at the list again.")
    return row


def _locked_visits(row: TimeOff, rows: Sequence[Row], now: dt.datetime) -> dict[int, Appointment]:
    """Clients, providers (whoever may cover as well), rooms, visits: the order of every act."""
    seen = {visit.pk: visit for visit in affected(row, now=now)}
    people = [person.client_id for visit in seen.values() for person in visit.attendances.all()]
    covers = [Place(provider_id=r.provider_id, starts_at=now, minutes=1) for r in rows if r.provider_id]
    own = Place(provider_id=row.provider_id, starts_at=now, minutes=1)
    lock_places([*seen.values(), *covers, own], people)
    lock_rows(Appointment, seen)
    return {visit.pk: visit for visit in affected(row, now=now)}


def _refuse_stale(row: TimeOff, rows: Sequence[Row], now: dt.datetime) -> None:
    """The plan names just the visits that stand, as they stand."""
    stand = {visit.pk: visit.edition for visit in affected(row, now=now)}
    if stand != {one.appointment_id: one.edition for one in rows}:
        raise PlanStale(
            "Visits in these hours have changed since you looked.",
            remedy="Here is the plan anew; what you chose for the others is kept.",
        )


@dataclass(frozen=True, slots=True)
class _Planning:
    acting: Acting
    time_off: TimeOff
    terms: Terms

    def carry_out(self, row: Row, visit: Appointment) -> None:
        try:
            require(may_act_on(self.acting.by, "visit.move", visit))
            refuse_way(row.way, visit, away=self.time_off.provider_id, is_agreed=row.agreed)
            WAYS[Way(row.way)](self, row, visit)
        except (Blocked, SlotTaken) as refusal:
            raise RowRefused(visit.pk, refusal) from refusal

    # --- at once --------------------------------------------------------------------------------------------------

    def cancel(self, row: Row, visit: Appointment) -> None:
        was = _Was.of(visit)
        end(self.acting, visit, reason=CancelReason.PROVIDER_UNAVAILABLE, text="", notice=Notice.STANDARD)
        self._keep(row, visit, was, ReplanState.CANCELLED)

    def release(self, row: Row, visit: Appointment) -> None:
        was = _Was.of(visit)
        let_go(self.acting, visit)
        self._keep(row, visit, was, ReplanState.CANCELLED)

    def move(self, row: Row, visit: Appointment) -> None:
        if row.starts_at is None:
            raise RowRefused(visit.pk, Refusal("Choose a time for it."))
        to = replace(place_of(visit), starts_at=row.starts_at)
        self._carry(row, visit, to, ReplanState.MOVED)

    def video(self, row: Row, visit: Appointment) -> None:
        to = replace(place_of(visit), modality="telehealth", room_id=None)
        self._carry(row, visit, to, ReplanState.BY_VIDEO, allowing=BY_VIDEO)

    def without(self, row: Row, visit: Appointment) -> None:
        """The one of two who is in goes on alone."""
        left = next(pk for pk in visit.people if pk != self.time_off.provider_id)
        to = replace(place_of(visit), provider_id=left, co_provider_id=None)
        self._carry(row, visit, to, ReplanState.DONE)

    def cover(self, row: Row, visit: Appointment) -> None:
        """Psychotherapy is personal: without agreement a colleague is an offer, and the time is kept for it."""
        if row.provider_id in (None, self.time_off.provider_id):
            raise RowRefused(visit.pk, Refusal("Choose a colleague for it."))
        to = replace(place_of(visit), provider_id=row.provider_id)
        if visit.type.is_interchangeable or row.agreed:
            self._carry(row, visit, to, ReplanState.DONE)
            join_care(self.acting, visit)
            return
        until = self._until(visit)
        hold = keep_time(self.acting, _kept(wish_of(visit, to)), until=until + dt.timedelta(minutes=1))
        self._ask(row, visit, until, hold)

    def _carry(
        self, row: Row, visit: Appointment, to: Place, state: str, *, allowing: frozenset[str] = frozenset()
    ) -> None:
        was = _Was.of(visit)
        require(may_schedule(self.acting.by, "visit.move", to.provider_id, to.co_provider_id))
        overridden = judged(self.acting, visit, to, allowing=allowing)
        carry(
            self.acting,
            visit,
            to,
            overridden,
            FROM_ELSEWHERE if overridden else "",
            notice=Notice.STANDARD,
            agreed_with_client=row.agreed,
        )
        self._keep(row, visit, was, state)

    # --- by asking ------------------------------------------------------------------------------------------------

    def ask(self, row: Row, visit: Appointment) -> None:
        self._ask(row, visit, self._until(visit), None)

    def call(self, row: Row, visit: Appointment) -> None:
        self._keep(row, visit, _Was.of(visit), ReplanState.TO_CALL)
        call_about(self.acting, visit)
        self._doubt(visit, Notice.NONE, None)

    def _until(self, visit: Appointment) -> dt.datetime:
        until = answer_until(visit.starts_at, self.acting.now, hours_before=self.terms.hours_before)
        if until is None:
            raise RowRefused(visit.pk, Refusal("There is no time left to ask. Call, or cancel."))
        return until

    def _ask(self, row: Row, visit: Appointment, until: dt.datetime, hold: Appointment | None) -> None:
        self._keep(row, visit, _Was.of(visit), ReplanState.ASKED, until=until, hold=hold)
        self._doubt(visit, Notice.CHOICES, until)

    def _doubt(self, visit: Appointment, notice: str, until: dt.datetime | None) -> None:
        appointment_doubted.send(
            Appointment,
            appointment=visit,
            notice=notice,
            answer_by=until,
            change=self.acting.change,
            now=self.acting.now,
        )

    def _keep(
        self,
        row: Row,
        visit: Appointment,
        was: _Was,
        state: str,
        *,
        until: dt.datetime | None = None,
        hold: Appointment | None = None,
    ) -> None:
        is_open = state in (ReplanState.ASKED, ReplanState.TO_CALL)
        kept = Replan(
            time_off=self.time_off,
            appointment=visit,
            occurrence=visit.occurrence,
            way=row.way,
            state=state,
            cover_id=row.provider_id,
            hold=hold,
            may_video=is_open and may_go_by_video(visit),
            answer_by=until,
            if_silent=self.terms.if_silent,
            is_agreed=row.agreed,
            was_starts_at=was.starts_at,
            was_provider_id=was.provider_id,
            change=self.acting.change,
            not_before=self.acting.change.undo_until,
            closed_at=None if is_open else self.acting.now,
        )
        kept.save(force_insert=True)
        self.acting.created("replan.made", kept)


WAYS = {
    Way.COVER: _Planning.cover,
    Way.MOVE: _Planning.move,
    Way.TELEHEALTH: _Planning.video,
    Way.ASK: _Planning.ask,
    Way.CALL: _Planning.call,
    Way.WITHOUT: _Planning.without,
    Way.RELEASE: _Planning.release,
    Way.CANCEL: _Planning.cancel,
}


@dataclass(frozen=True, slots=True)
class _Was:
    starts_at: dt.datetime
    provider_id: int

    @classmethod
    def of(cls, visit: Appointment) -> _Was:
        return cls(visit.starts_at, visit.provider_id or 0)


def place_of(visit: Appointment) -> Place:
    return Place(**{name: getattr(visit, name) for name in Place.__dataclass_fields__})


def _kept(wish: Wish) -> Wish:
    """The colleague's time and nothing else: the client and the room are still the visit's own."""
    return replace(wish, client_ids=(), room_id=None, co_provider_id=None, title="Offered as cover")


def judged(
    acting: Acting,
    visit: Appointment,
    to: Place,
    *,
    allowing: frozenset[str] = frozenset(),
    ignoring: frozenset[int] = frozenset(),
) -> list[Problem]:
    """What stands against it and is allowed here. Raises Blocked for anything else."""
    wish = wish_of(visit, to)
    release_expired_holds_near(acting, wish)
    lock_authorizations(visit.type, wish.client_ids)
    found = problems_with(wish, appointment_id=visit.pk, by=acting.by, now=acting.now, ignoring=ignoring)
    against = [p for p in found if p.severity != Severity.WARNING]
    if any(p.code not in allowing or p.severity == Severity.BLOCKER for p in against):
        raise Blocked(found)
    return against


def may_go_by_video(visit: Appointment) -> bool:
    return "telehealth" in visit.type.modalities and visit.modality != "telehealth"


def join_care(acting: Acting, visit: Appointment) -> None:
    """Whoever takes a visit over may see the client."""
    for person in visit.attendances.counted().order_by("pk"):
        for provider_id in sorted(visit.people):
            member, made = CareTeam.objects.get_or_create(provider_id=provider_id, client_id=person.client_id)
            if made:
                acting.created("careteam.joined", member)


def call_about(acting: Acting, visit: Appointment, *, owner_id: int | None = None) -> None:
    """A task for each client, owned by whoever decided."""
    owner_id = acting.by.id if acting.by.is_staff else owner_id
    for person in visit.attendances.counted().order_by("pk"):
        raise_task(
            TaskKind.REPLAN,
            now=acting.now,
            client_id=person.client_id,
            change=acting.change,
            not_before=max(acting.now, acting.change.undo_until),
            owner_id=owner_id,
        )


__all__ = ["Approved", "PlanStale", "Row", "RowRefused", "Terms", "approve_time_off"]
