"""What a client answers about a visit whose provider is away; what happens without an answer; time off withdrawn."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from availability import operations as hours
from availability.models import TimeOff
from core import clock
from core.actors import SYSTEM, Actor
from core.refusals import Refusal, StaleEdit
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling.models import Appointment, Replan
from scheduling.operations.acting import Acted, done, done_before
from scheduling.operations.changing import carry, end, let_go, stand_again
from scheduling.operations.locking import lock_places, lock_rows, locked
from scheduling.operations.replanning import (
    BY_VIDEO,
    FROM_ELSEWHERE,
    Approved,
    call_about,
    join_care,
    judged,
    place_of,
)
from scheduling.permissions import may_answer_for_all
from scheduling.rules.wishes import Place
from scheduling.states import (
    REPLAN_OPEN,
    AppointmentState,
    CancelReason,
    IfSilent,
    Notice,
    ReplanState,
)

BATCH = 100
ACCEPT, VIDEO = "replan.accept", "replan.by_video"


@operation(ACCEPT, "replan")
def accept_cover(replan_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Acted:
    """The same time with the colleague who was offered. Raises NotAllowed, StaleEdit, SlotTaken, Blocked."""
    return _answer(ACCEPT, replan_id, by, change_id)


@operation(VIDEO, "replan")
def choose_video(replan_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Acted:
    """The same time with one's own provider, by video. Raises as `accept_cover`."""
    return _answer(VIDEO, replan_id, by, change_id)


def _answer(act: str, replan_id: int, by: Actor, change_id: uuid.UUID | None) -> Acted:
    acting = begin(act, change_id, by, {"replan": replan_id})
    if acting.repeat:
        return done_before(acting)
    seen = Replan.objects.select_related("appointment").get(pk=replan_id)
    to = _wanted(act, seen)
    visit = locked(seen.appointment_id, to=to)
    require(may_answer_for_all(by, "may_cancel", visit, acting.now))
    row = _open_row(replan_id, visit, acting.now)
    held = _end_hold(acting, row)
    allowing = BY_VIDEO if act == VIDEO else frozenset()
    against = judged(acting, visit, to, allowing=allowing, ignoring=held)
    why = FROM_ELSEWHERE if against else ""
    carry(acting, visit, to, against, why, notice=Notice.STANDARD, agreed_with_client=True)
    join_care(acting, visit)
    _close(acting, row, ReplanState.BY_VIDEO if act == VIDEO else ReplanState.ACCEPTED)
    return done(acting, visit)


def _wanted(act: str, row: Replan) -> Place:
    here = place_of(row.appointment)
    if act == VIDEO:
        if not row.may_video:
            raise Refusal("This visit cannot be by video.")
        return replace(here, modality="telehealth", room_id=None)
    if row.cover_id is None:
        raise Refusal("Nobody was offered for this visit.")
    return replace(here, provider_id=row.cover_id)


def _open_row(replan_id: int, visit: Appointment, now: dt.datetime) -> Replan:
    """Locked after the visit. Raises StaleEdit once it was answered, by whomever, or its hour has come."""
    row = Replan.objects.select_for_update(no_key=True).get(pk=replan_id)
    if row.state != ReplanState.ASKED or not _is_live(row, visit):
        raise StaleEdit("The visit has changed since this was asked.", remedy="Look at it again.")
    if now < row.not_before or row.answer_by is None or now >= row.answer_by:
        raise StaleEdit("It is too late to choose here.", remedy="Please call.")
    return row


def _is_live(row: Replan, visit: Appointment) -> bool:
    return row.occurrence == visit.occurrence and visit.state == AppointmentState.SCHEDULED


def _end_hold(acting: Acting, row: Replan) -> frozenset[int]:
    """Given up for the visit itself, or because nobody needs it any more."""
    if row.hold_id is None:
        return frozenset()
    lock_rows(Appointment, [row.hold_id])
    hold = Appointment.objects.get(pk=row.hold_id)
    if hold.state == AppointmentState.HELD:
        let_go(acting, hold)
    return frozenset({hold.pk})


def _close(acting: Acting, row: Replan, state: str) -> None:
    before = image(row)
    row.state, row.closed_at = state, acting.now
    row.edition += 1
    acting.saved("replan.closed", row, before)


# --- without an answer ----------------------------------------------------------------------------------------------


def settle_replans() -> int:
    """Close what was answered elsewhere or not at all, each in its own transaction; how many."""
    now = clock.now()
    asked = Replan.objects.open().filter(not_before__lte=now).select_related("appointment").order_by("pk")
    return sum(_settled(row.pk) for row in list(asked) if _is_due(row, row.appointment, now))


def _is_due(row: Replan, visit: Appointment, now: dt.datetime) -> bool:
    if not _is_live(row, visit):
        return True
    if row.state == ReplanState.TO_CALL:
        return visit.ends_at <= now
    return row.answer_by is not None and row.answer_by <= now


def _settled(replan_id: int) -> bool:
    try:
        settle_replan(replan_id, by=SYSTEM)
    except (Refusal, Replan.DoesNotExist):  # answered or taken back in this very moment
        return False
    return True


@operation("replan.settle", "replan")
def settle_replan(replan_id: int, *, by: Actor) -> Acted:
    """One row that nobody waits for any more. Raises StaleEdit when it is not due after all."""
    acting = begin("replan.settle", None, by, {"replan": replan_id})
    visit = locked(Replan.objects.values_list("appointment_id", flat=True).get(pk=replan_id))
    row = Replan.objects.select_for_update(no_key=True).get(pk=replan_id)
    if row.state not in REPLAN_OPEN or not _is_due(row, visit, acting.now):
        raise StaleEdit("This was answered.")
    _end_hold(acting, row)
    if not _is_live(row, visit):
        _close(acting, row, answered_as(visit))
    elif row.state == ReplanState.TO_CALL:
        _close(acting, row, ReplanState.LAPSED)
    elif row.if_silent == IfSilent.CANCEL:
        end(acting, visit, reason=CancelReason.PROVIDER_UNAVAILABLE, text="", notice=Notice.STANDARD)
        _close(acting, row, ReplanState.LAPSED)
    else:
        _to_call(acting, row, visit)
    return done(acting, visit)


def _to_call(acting: Acting, row: Replan, visit: Appointment) -> None:
    before = image(row)
    row.state = ReplanState.TO_CALL
    row.edition += 1
    acting.saved("replan.unanswered", row, before)
    call_about(acting, visit, owner_id=row.time_off.decided_by_id)


def answered_as(visit: Appointment) -> str:
    """What the visit shows was chosen, whoever chose it."""
    return ReplanState.MOVED if visit.state == AppointmentState.SCHEDULED else ReplanState.CANCELLED


# --- withdrawn ------------------------------------------------------------------------------------------------------


@operation("time_off.withdraw", "timeoff")
def withdraw_time_off(
    time_off_id: int, *, edition: int | None = None, by: Actor, change_id: uuid.UUID | None = None
) -> Approved:
    """The hours come back, and what nobody has answered yet stands again. What was settled stays settled:
    `queries.replans` says who might be moved back. Raises NotAllowed, StaleEdit, AlreadyUsed, Refusal.
    """
    acting = begin("time_off.withdraw", change_id, by, {"time_off": time_off_id})
    if acting.repeat:
        return Approved(acting.change, TimeOff.objects.get(pk=time_off_id), repeated=True)
    visits = _asked_visits(time_off_id)
    row = hours.locked_time_off(time_off_id, edition=edition)
    facts = hours.withdraw_time_off(acting, row)
    live = Replan.objects.live().filter(time_off=row, appointment__in=visits)
    for replan in live.select_for_update(of=("self",)).order_by("pk"):
        _end_hold(acting, replan)
        _close(acting, replan, ReplanState.TAKEN_BACK)
        stand_again(acting, visits[replan.appointment_id])
    acting.close(facts)
    hours.tell_granted(acting)
    return Approved(acting.change, row)


def _asked_visits(time_off_id: int) -> dict[int, Appointment]:
    live = Replan.objects.live().filter(time_off=time_off_id)
    ids = list(live.values_list("appointment_id", flat=True))
    rows = Appointment.objects.select_related("type").prefetch_related("attendances").filter(pk__in=ids)
    lock_places(rows, [person.client_id for visit in rows for person in visit.attendances.all()])
    lock_rows(Appointment, ids)
    return {visit.pk: visit for visit in rows.all().order_by("pk")}


__all__ = ["accept_cover", "choose_video", "settle_replans", "withdraw_time_off"]
