"""Standing visits move, end early, come back."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from dataclasses import asdict, replace

from core.actors import Actor, ActorKind
from core.refusals import Problem, Refusal
from practice.models import Room
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import Image, image
from practice.permissions import require
from practice.queries import the_practice
from scheduling.models import Appointment, Attendance
from scheduling.operations.acting import Acted, done, done_before
from scheduling.operations.authorizing import keep_sessions, lock_authorizations
from scheduling.operations.charging import settle
from scheduling.operations.locking import locked
from scheduling.operations.placing import (
    allowed_problems,
    clear_overbooked,
    constraint_speaks,
    mark_overrides,
    release_expired_holds_near,
    touch_days,
)
from scheduling.permissions import may_act_on, may_answer_for_all, may_move_own, may_schedule
from scheduling.queries.problems import wish_of
from scheduling.rules.moves import refuse_visit_act
from scheduling.rules.wishes import Place
from scheduling.signals import appointment_changed, appointment_released, attendance_changed
from scheduling.states import UNCOUNTED, AppointmentState, AttendanceState, CancelReason, Notice


@operation("visit.move", "appointment")
def move(
    appointment_id: int,
    *,
    to: Place,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    agreed_with_client: bool = False,
    override_reason: str = "",
) -> Acted:
    """Move a visit in time, to another provider or room, or to another length.

    A changed start clears confirmations unless agreed with the client.
    Raises NotAllowed, StaleEdit, Blocked, SlotTaken, AlreadyUsed.
    """
    content = {"appointment": appointment_id, **asdict(to), "edition": edition, "notice": notice}
    content |= {"agreed": agreed_with_client, "override": override_reason}
    acting = begin("visit.move", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, to=to, edition=edition)
    require(_may_move(by, visit, to, acting.now))
    refuse_visit_act("move", visit.state)
    wish = wish_of(visit, to)
    release_expired_holds_near(acting, wish)
    lock_authorizations(visit.type, wish.client_ids)
    overridden = allowed_problems(acting, wish, override_reason=override_reason, visit=visit)
    carry(
        acting, visit, to, overridden, override_reason, notice=notice, agreed_with_client=agreed_with_client
    )
    return done(acting, visit)


def carry(
    acting: Acting,
    visit: Appointment,
    to: Place,
    overridden: list[Problem],
    override_reason: str,
    *,
    notice: str,
    agreed_with_client: bool,
) -> None:
    """Put a locked visit that was judged to its new place, and tell of it."""
    was, before = copy.copy(visit), image(visit)
    _set_place(visit, to)
    count_move(visit, was)
    visit.changed_alone = visit.changed_alone or visit.series_id is not None
    mark_overrides(acting, visit, overridden, override_reason)
    _write_moved(acting, visit, was, before, agreed_with_client=agreed_with_client)
    keep_sessions(acting, visit)
    clear_overbooked(acting, [was], keep=visit.pk)
    touch_days(was, visit)
    tell_moved(acting, visit, was, notice)


def _may_move(by: Actor, visit: Appointment, to: Place, now: dt.datetime) -> bool:
    if by.kind in (ActorKind.CLIENT, ActorKind.CONTACT):
        return may_move_own(by, visit, now, to=to)
    return may_act_on(by, "visit.move", visit) and may_schedule(
        by, "visit.move", to.provider_id, to.co_provider_id
    )


def _set_place(visit: Appointment, to: Place) -> None:
    room = Room.objects.get(pk=to.room_id) if to.room_id else None
    visit.provider_id, visit.co_provider_id = to.provider_id, to.co_provider_id
    visit.room, visit.cleaning_minutes = room, room.cleaning_minutes if room else 0
    visit.location_id = to.location_id or (room.location_id if room else None)
    visit.modality, visit.starts_at, visit.ends_at = to.modality, to.starts_at, to.ends_at


def count_move(visit: Appointment, was: Appointment) -> None:
    """Raise the counters a move raises; an unchanged occurrence keeps its reminders and replies."""
    visit.edition += 1
    if _occurrence_key(visit) != _occurrence_key(was):
        visit.occurrence += 1
    if (visit.starts_at, visit.ends_at, visit.location_id, visit.modality) != (
        was.starts_at,
        was.ends_at,
        was.location_id,
        was.modality,
    ):
        visit.ics_sequence += 1


def _occurrence_key(visit: Appointment) -> tuple:
    return (visit.starts_at, visit.location_id, visit.modality, visit.provider_id)


def _write_moved(
    acting: Acting, visit: Appointment, was: Appointment, before: Image, *, agreed_with_client: bool
) -> None:
    with constraint_speaks():
        visit.save()
    visit.refresh_from_db()
    acting.noted("visit.moved", visit, before)
    if visit.starts_at != was.starts_at and not agreed_with_client:
        for person in visit.attendances.filter(confirmed_at__isnull=False):
            clear_confirmation(acting, person)


def clear_confirmation(acting: Acting, person: Attendance) -> None:
    before = image(person)
    person.confirmed_at, person.confirmed_by_id = None, None
    person.confirmed_by_kind = person.confirmed_how = ""
    person.edition += 1
    acting.saved("attendance.unconfirmed", person, before)
    _tell_person(acting, person, "unconfirmed", before)


def _tell_person(acting: Acting, person: Attendance, kind: str, before: Image) -> None:
    attendance_changed.send(
        Attendance, attendance=person, kind=kind, before=before.columns, change=acting.change, now=acting.now
    )


def _place_of(visit: Appointment) -> dict:
    names = ("starts_at", "ends_at", "provider_id", "room_id", "location_id", "modality", "occurrence")
    return {name: getattr(visit, name) for name in names}


def tell_moved(acting: Acting, visit: Appointment, was: Appointment, notice: str) -> None:
    about = {"change": acting.change, "now": acting.now}
    before = _place_of(was)
    appointment_changed.send(
        Appointment, appointment=visit, kind="moved", before=before, notice=notice, **about
    )
    if (was.starts_at, was.ends_at, was.provider_id) != (visit.starts_at, visit.ends_at, visit.provider_id):
        span = (was.starts_at, was.ends_at)
        appointment_released.send(Appointment, appointment=visit, span=span, why="moved", **about)


@operation("visit.cancel", "appointment")
def cancel(
    appointment_id: int,
    *,
    reason: str,
    text: str = "",
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.NONE,
) -> Acted:
    """Cancel a visit for everybody on it, with a reason; late is a fact recorded now.

    Raises NotAllowed, StaleEdit, WrongState, Refusal for a missing reason or for "other" without words.
    """
    content = {
        "appointment": appointment_id,
        "reason": reason,
        "text": text,
        "edition": edition,
        "notice": notice,
    }
    acting = begin("visit.cancel", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    refuse_reasonless(reason, text)
    visit = locked(appointment_id, edition=edition)
    require(_may_cancel(by, visit, acting.now))
    refuse_visit_act("cancel", visit.state)
    if somebody_came(visit):
        raise Refusal(
            "Somebody was already marked here or absent.", remedy="Take that back first, then cancel."
        )
    end(acting, visit, reason=reason, text=text, notice=notice)
    return done(acting, visit)


def end(acting: Acting, visit: Appointment, *, reason: str, text: str, notice: str) -> None:
    """Cancel a locked visit that may be cancelled."""
    by = acting.by
    was, before = copy.copy(visit), image(visit)
    visit.state, visit.cancel_reason, visit.cancel_text = AppointmentState.CANCELLED, reason, text
    visit.cancelled_at, visit.cancelled_by_kind, visit.cancelled_by_id = acting.now, by.kind, by.id
    visit.overbooked_provider = visit.overbooked_room = False
    visit.edition += 1
    visit.ics_sequence += 1
    acting.saved("visit.cancelled", visit, before)
    _cancel_people(acting, visit)
    settle(acting, [visit])
    clear_overbooked(acting, [was])
    touch_days(visit)
    _tell_cancelled(acting, visit, was, notice)


def refuse_reasonless(reason: str, text: str) -> None:
    if reason not in CancelReason.values:
        raise Refusal("Say why the visit is cancelled.", field="reason", remedy="Choose a reason.")
    if reason == CancelReason.OTHER and not text.strip():
        raise Refusal(
            "Say in a few words why.", field="text", remedy="Write the reason, or choose one above."
        )


def _may_cancel(by: Actor, visit: Appointment, now: dt.datetime) -> bool:
    if by.kind in (ActorKind.CLIENT, ActorKind.CONTACT):
        return may_answer_for_all(by, "may_cancel", visit, now)
    return may_act_on(by, "visit.cancel", visit)


def somebody_came(visit: Appointment) -> bool:
    """Or was marked absent: either way it is decided."""
    decided = {AttendanceState.ARRIVED, AttendanceState.ATTENDED, AttendanceState.ABSENT}
    return any(person.state in decided for person in visit.attendances.all())


def _cancel_people(acting: Acting, visit: Appointment) -> None:
    late = is_late(visit, visit.cancel_reason, acting.now)
    for person in visit.attendances.exclude(state__in=UNCOUNTED).order_by("pk"):
        before = image(person)
        person.state, person.late_cancelled = AttendanceState.CANCELLED, late
        person.edition += 1
        acting.saved("attendance.cancelled", person, before)


def is_late(visit: Appointment, reason: str, now: dt.datetime) -> bool:
    """Inside the notice period, and the client's own doing."""
    notice = dt.timedelta(hours=the_practice().cancellation_notice_hours)
    theirs = reason in (CancelReason.CLIENT_REQUEST, CancelReason.NO_LONGER_NEEDED)
    return theirs and now > visit.starts_at - notice


def _tell_cancelled(acting: Acting, visit: Appointment, was: Appointment, notice: str) -> None:
    about = {"change": acting.change, "now": acting.now}
    before = _place_of(was)
    appointment_changed.send(
        Appointment, appointment=visit, kind="cancelled", before=before, notice=notice, **about
    )
    span = (was.starts_at, was.ends_at)
    appointment_released.send(Appointment, appointment=visit, span=span, why="cancelled", **about)


@operation("visit.restore", "appointment")
def restore(
    appointment_id: int,
    *,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
) -> Acted:
    """Bring a cancelled visit back to its old place, if that is still free. Raises as `book` does.

    Whoever had cancelled by themselves before stays off. The occurrence rises: an answer to a text about the
    cancelled visit must not confirm this one.
    """
    content = {
        "appointment": appointment_id,
        "edition": edition,
        "notice": notice,
        "override": override_reason,
    }
    acting = begin("visit.restore", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, edition=edition)
    require(may_act_on(by, "visit.book", visit))
    refuse_visit_act("restore", visit.state)
    before, was = image(visit), copy.copy(visit)
    with_it = visit.attendances.filter(state=AttendanceState.CANCELLED, cancelled_at=None)
    people = list(with_it.order_by("pk"))
    wish = replace(wish_of(visit), client_ids=tuple(p.client_id for p in people))
    release_expired_holds_near(acting, wish)
    lock_authorizations(visit.type, wish.client_ids)
    overridden = allowed_problems(acting, wish, override_reason=override_reason, visit=visit)
    _uncancel(visit)
    mark_overrides(acting, visit, overridden, override_reason)
    with constraint_speaks():
        visit.save()
    acting.noted("visit.restored", visit, before)
    for person in people:
        old = image(person)
        person.state, person.late_cancelled = AttendanceState.EXPECTED, False
        person.edition += 1
        acting.saved("attendance.restored", person, old)
    keep_sessions(acting, visit)
    settle(acting, [visit])
    touch_days(visit)
    appointment_changed.send(
        Appointment,
        appointment=visit,
        kind="restored",
        before=_place_of(was),
        notice=notice,
        change=acting.change,
        now=acting.now,
    )
    return done(acting, visit)


def stand_again(acting: Acting, visit: Appointment) -> None:
    """A locked visit that was in doubt takes place as it was: a new occurrence, so its plan begins anew."""
    before, was = image(visit), copy.copy(visit)
    visit.edition += 1
    visit.occurrence += 1
    acting.saved("visit.stands", visit, before)
    touch_days(visit)
    appointment_changed.send(
        Appointment,
        appointment=visit,
        kind="restored",
        before=_place_of(was),
        notice=Notice.STANDARD,
        change=acting.change,
        now=acting.now,
    )


def _uncancel(visit: Appointment) -> None:
    visit.state, visit.cancel_reason, visit.cancel_text = AppointmentState.SCHEDULED, "", ""
    visit.cancelled_at, visit.cancelled_by_kind, visit.cancelled_by_id = None, "", None
    visit.edition += 1
    visit.occurrence += 1
    visit.ics_sequence += 1


@operation("visit.release", "appointment")
def release(
    appointment_id: int, *, by: Actor, edition: int | None = None, change_id: uuid.UUID | None = None
) -> Acted:
    """Give a hold up. Its span is news for the waiting list."""
    acting = begin("visit.release", change_id, by, {"appointment": appointment_id, "edition": edition})
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, edition=edition)
    require(may_act_on(by, "visit.book", visit))
    refuse_visit_act("release", visit.state)
    let_go(acting, visit)
    return done(acting, visit)


def let_go(acting: Acting, visit: Appointment) -> None:
    """End a locked hold."""
    before, was = image(visit), copy.copy(visit)
    visit.state = AppointmentState.RELEASED
    visit.overbooked_provider = visit.overbooked_room = False
    visit.edition += 1
    acting.saved("visit.released", visit, before)
    clear_overbooked(acting, [was])
    touch_days(visit)
    span = (visit.starts_at, visit.ends_at)
    appointment_released.send(
        Appointment, appointment=visit, span=span, why="released", change=acting.change, now=acting.now
    )
