"""Visits come into being: booked, held, and holds made visits."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from dataclasses import asdict, replace

from core.actors import Actor
from core.refusals import Blocked, Refusal, Severity
from practice.models import CareTeam
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling.models import Appointment, Attendance
from scheduling.operations.acting import Acted, done, done_before
from scheduling.operations.authorizing import keep_sessions, lock_authorizations, permits_on
from scheduling.operations.locking import lock_places, locked, raise_days
from scheduling.operations.placing import (
    allowed_problems,
    clear_overbooked,
    constraint_speaks,
    mark_overrides,
    release_expired_holds_near,
    touch_days,
)
from scheduling.permissions import may_act_on, may_schedule
from scheduling.queries.problems import Setting, problems_with, wish_of
from scheduling.rules.money import rate_of
from scheduling.rules.moves import refuse_visit_act
from scheduling.rules.wishes import Wish
from scheduling.signals import appointment_released, appointments_booked
from scheduling.states import AppointmentState, Notice, usual_mode


@operation("visit.book", "appointment")
def book(
    wish: Wish,
    *,
    by: Actor,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
    hold_id: int | None = None,
) -> Acted:
    """Book one visit, plan its reminders, put it on the provider's care team.

    hold_id: the hold it takes the place of, given up in the same transaction, so that nobody gets in between. The
    form may have changed everything since, so the visit is a row of its own; a hold that is gone is not missed.
    Raises NotAllowed, Blocked with every problem, SlotTaken, AlreadyUsed.
    """
    content = {**asdict(wish), "notice": notice, "override": override_reason}
    acting = begin("visit.book", change_id, by, content | ({"hold": hold_id} if hold_id else {}))
    if acting.repeat:
        return done_before(acting)
    visit = _place(acting, wish, AppointmentState.SCHEDULED, override_reason, hold_id=hold_id)
    appointments_booked.send(
        Appointment, appointments=[visit], notice=notice, change=acting.change, now=acting.now
    )
    return done(acting, visit)


@operation("visit.hold", "appointment")
def hold(
    wish: Wish,
    *,
    until: dt.datetime,
    by: Actor,
    change_id: uuid.UUID | None = None,
    override_reason: str = "",
) -> Acted:
    """Keep a span until `until`. Raises as `book` does, and Refusal for a deadline that has passed.

    The deadline is no part of what was asked: a button pressed twice gets the first hold back, with its own.
    """
    acting = begin("visit.hold", change_id, by, {**asdict(wish), "override": override_reason})
    if acting.repeat:
        return done_before(acting)
    if until <= acting.now:
        raise Refusal("A hold needs a deadline ahead.", field="hold_until", remedy="Choose a later one.")
    visit = keep_time(acting, wish, until=until, override_reason=override_reason)
    return done(acting, visit)


def keep_time(
    acting: Acting,
    wish: Wish,
    *,
    until: dt.datetime,
    override_reason: str = "",
    judged: Setting | None = None,
) -> Appointment:
    """A hold as part of a larger act. Raises as `hold`.

    judged: what the caller judged this wish by in this transaction, with the provider's row locked. It is not judged
    again; the database still has the last word on overlaps.
    """
    return _place(acting, wish, AppointmentState.HELD, override_reason, hold_until=until, judged=judged)


@operation("visit.confirm_hold", "appointment")
def confirm_hold(
    appointment_id: int,
    *,
    client_ids: tuple[int, ...] = (),
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
) -> Acted:
    """Make a hold a visit. Succeeds while the row is still HELD, even past its deadline."""
    content = {"appointment": appointment_id, "clients": client_ids, "notice": notice}
    content |= {"edition": edition} if edition is not None else {}
    acting = begin("visit.confirm_hold", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    visit = locked(appointment_id, edition=edition, client_ids=client_ids)
    require(may_schedule(by, "visit.book", visit.provider_id, visit.co_provider_id))
    take_hold(acting, visit, client_ids, notice=notice)
    return done(acting, visit)


def take_hold(acting: Acting, visit: Appointment, client_ids: tuple[int, ...], *, notice: str) -> None:
    """A locked hold becomes the visit of these clients. Raises WrongState, Blocked for people kept apart."""
    refuse_visit_act("confirm_hold", visit.state)
    already = set(visit.attendances.values_list("client_id", flat=True))
    new = tuple(pk for pk in client_ids if pk not in already)
    _refuse_kept_apart(acting, visit, new)
    before = image(visit)
    visit.state, visit.hold_until = AppointmentState.SCHEDULED, None
    visit.edition += 1
    acting.saved("visit.hold_confirmed", visit, before)
    attend(acting, visit, new, is_confidential=False)
    keep_sessions(acting, visit)
    touch_days(visit)
    appointments_booked.send(
        Appointment, appointments=[visit], notice=notice, change=acting.change, now=acting.now
    )


def _refuse_kept_apart(acting: Acting, visit: Appointment, client_ids: tuple[int, ...]) -> None:
    """A hold was judged when it was made; who comes now may not have been known then."""
    if not client_ids:
        return
    own = wish_of(visit)
    wish = replace(own, client_ids=(*own.client_ids, *client_ids))
    found = problems_with(wish, appointment_id=visit.pk, by=acting.by, now=acting.now)
    apart = [p for p in found if p.code.startswith("kept_apart") and p.severity == Severity.BLOCKER]
    if apart:
        raise Blocked(apart)


def _place(
    acting: Acting,
    wish: Wish,
    state: str,
    override_reason: str,
    *,
    hold_until: dt.datetime | None = None,
    hold_id: int | None = None,
    judged: Setting | None = None,
) -> Appointment:
    require(may_schedule(acting.by, "visit.book", wish.provider_id, wish.co_provider_id))
    held = Appointment.objects.filter(pk=hold_id, state=AppointmentState.HELD).first() if hold_id else None
    lock_places([wish, held] if held else [wish], wish.client_ids)
    left = give_way(acting, held, wish) if held else []
    release_expired_holds_near(acting, wish)
    setting = judged or Setting.of(wish)
    lock_authorizations(setting.kind, wish.client_ids)
    _lock_practice_cap(wish, setting)
    if judged and setting.kind.max_per_day_practice is None:
        overridden = []
    else:  # that cap's lock was taken only now
        overridden = allowed_problems(acting, wish, override_reason=override_reason, setting=setting)
    visit = _new(wish, setting, state, hold_until)
    mark_overrides(acting, visit, overridden, override_reason)
    with constraint_speaks():
        visit.save(force_insert=True)
    acting.created("visit.booked" if state == AppointmentState.SCHEDULED else "visit.held", visit)
    attend(acting, visit, wish.client_ids, is_confidential=wish.is_confidential)
    touch_days(visit, *left)
    return visit


def give_way(acting: Acting, seen: Appointment, *wishes: Wish) -> list[Appointment]:
    """The hold, ended for the visits that take its place. One that moved or ended since it was seen is left alone."""
    require(may_act_on(acting.by, "visit.book", seen))
    row = Appointment.objects.select_for_update(no_key=True).get(pk=seen.pk)
    if row.edition != seen.edition:
        return []
    before, was = image(row), copy.copy(row)
    row.state = AppointmentState.RELEASED
    row.overbooked_provider = row.overbooked_room = False
    row.edition += 1
    acting.saved("hold.booked", row, before)
    clear_overbooked(acting, [was])
    if not any(_covers(wish, row) for wish in wishes):
        span = (row.starts_at, row.ends_at)
        appointment_released.send(
            Appointment, appointment=row, span=span, why="released", change=acting.change, now=acting.now
        )
    return [row]


def _covers(wish: Wish, row: Appointment) -> bool:
    """The visit takes the very time of the hold, so nothing is free for anybody else."""
    is_same_time = wish.starts_at <= row.starts_at and row.ends_at <= wish.ends_at
    return is_same_time and wish.provider_id == row.provider_id


def _lock_practice_cap(wish: Wish, setting: Setting) -> None:
    """A practice-wide daily maximum has no provider to lock: its lock is the day's row without one."""
    if setting.kind.max_per_day_practice is not None:
        raise_days([(None, wish.starts_at.astimezone(setting.practice.tz).date())])


def _new(wish: Wish, setting: Setting, state: str, hold_until: dt.datetime | None) -> Appointment:
    kind, room = setting.kind, setting.room
    offer = setting.offers.get(wish.provider_id or 0)
    before, after = wish.buffer_before_minutes, wish.buffer_after_minutes
    return Appointment(
        type=kind,
        title=wish.title,
        provider_id=wish.provider_id,
        co_provider_id=wish.co_provider_id,
        room=room,
        location_id=wish.location_id or (room.location_id if room else None),
        modality=wish.modality,
        starts_at=wish.starts_at.astimezone(dt.UTC),  # as it would come back from the table
        ends_at=wish.ends_at.astimezone(dt.UTC),
        buffer_before_minutes=kind.buffer_before_minutes if before is None else before,
        buffer_after_minutes=kind.buffer_after_minutes if after is None else after,
        cleaning_minutes=room.cleaning_minutes if room else 0,
        state=state,
        hold_until=hold_until,
        series_id=wish.series_id,
        note=wish.note,
        source=wish.source,
        rate=rate_of(wish.rate_cents, offer.rate if offer else None, kind.rate),
        billing_mode=wish.billing_mode or usual_mode(kind.category),
        capacity=wish.capacity,
    )


def attend(
    acting: Acting, visit: Appointment, client_ids: tuple[int, ...], *, is_confidential: bool
) -> list[Attendance]:
    """Put them on the visit, and on the care teams of its providers."""
    is_kept = visit.state != AppointmentState.HELD  # a hold keeps a time, not yet a session
    permits = permits_on(visit.type, client_ids, visit.starts_at) if is_kept else {}
    people = []
    for client_id in sorted(client_ids):
        person = Attendance.objects.create(
            appointment=visit,
            client_id=client_id,
            is_confidential=is_confidential,
            authorization_id=permits.get(client_id),
        )
        acting.created("attendance.added", person)
        for provider_id in sorted(visit.people):
            member, made = CareTeam.objects.get_or_create(provider_id=provider_id, client_id=client_id)
            if made:
                acting.created("careteam.joined", member)
        people.append(person)
    return people
