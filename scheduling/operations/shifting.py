"""Several visits at once by the same minutes. One list of problems, asked of all of them together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import F

from core.actors import Actor
from core.refusals import Refusal
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling.models import Appointment
from scheduling.operations.authorizing import keep_sessions
from scheduling.operations.changing import clear_confirmation, tell_moved
from scheduling.operations.locking import lock_places, lock_rows
from scheduling.operations.placing import (
    clear_overbooked,
    constraint_speaks,
    release_expired_holds_near,
    touch_days,
)
from scheduling.operations.series.booking import decide, lock_sessions
from scheduling.permissions import may_act_on
from scheduling.queries.many import Ledger
from scheduling.queries.problems import wish_of
from scheduling.queries.series import asked_of, book_of, leave_out
from scheduling.rules.moves import refuse_visit_act
from scheduling.states import Notice


@operation("visit.shift", "appointment")
def shift(
    appointment_ids: list[int],
    *,
    minutes: int,
    by: Actor,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    override_reason: str = "",
) -> list[Appointment]:
    """Move several visits by the same minutes, in one UPDATE, so that neighbours may swap over one another.

    They are judged in order, each against those before it in their new places. Raises SeriesBlocked with every row
    that cannot stand, Refusal where one would have to be overbooked.
    """
    ids = sorted(appointment_ids)
    acting = begin("visit.shift", change_id, by, {"appointments": ids, "minutes": minutes, "notice": notice})
    visits = _found(ids)
    if acting.repeat:
        return visits
    lock_places(visits, [a.client_id for v in visits for a in v.attendances.all()])
    lock_rows(Appointment, ids)
    visits = _found(ids)
    for visit in visits:
        require(may_act_on(by, "visit.move", visit))
        refuse_visit_act("move", visit.state)
    if visits:
        _judge(acting, visits, dt.timedelta(minutes=minutes), override_reason)
    moved = _shift_rows(acting, visits, dt.timedelta(minutes=minutes))
    for visit in moved:
        keep_sessions(acting, visit)
    clear_overbooked(acting, visits)
    touch_days(*visits, *moved)
    for was, visit in zip(visits, moved, strict=True):
        tell_moved(acting, visit, was, notice)
    acting.close({"appointments": ids})
    return moved


def _found(ids: Sequence[int]) -> list[Appointment]:
    rows = Appointment.objects.filter(pk__in=ids).order_by("starts_at", "pk")
    return list(rows.select_related("type").prefetch_related("attendances"))


def _judge(acting: Acting, visits: Sequence[Appointment], by: dt.timedelta, reason: str) -> None:
    standing = [wish_of(visit) for visit in visits]
    wishes = [replace(wish, starts_at=wish.starts_at + by) for wish in standing]
    release_expired_holds_near(acting, *wishes)
    book = book_of(wishes)
    lock_sessions(wishes, book)
    asked = [asked_of(wish, book) for wish in wishes]
    ledger = Ledger(asked, book, now=acting.now, ignoring=[visit.pk for visit in visits])
    leave_out(ledger, visits)
    overridden = decide(acting, asked, book, [reason] * len(asked), ledger)
    if any(p.code in ("provider_busy", "room_busy") for found in overridden for p in found):
        raise Refusal(
            "Several visits at once cannot be overbooked.", remedy="Move the one in the way by itself."
        )


def _shift_rows(acting: Acting, visits: Sequence[Appointment], by: dt.timedelta) -> list[Appointment]:
    images = {visit.pk: image(visit) for visit in visits}
    with constraint_speaks():
        Appointment.objects.filter(pk__in=images).update(
            starts_at=F("starts_at") + by,
            ends_at=F("ends_at") + by,
            edition=F("edition") + 1,
            occurrence=F("occurrence") + 1,
            ics_sequence=F("ics_sequence") + 1,
        )
    fresh = Appointment.objects.select_related("type").in_bulk(list(images))
    moved = [fresh[visit.pk] for visit in visits]
    for visit in moved:
        acting.noted("visit.moved", visit, images[visit.pk])
        for person in visit.attendances.filter(confirmed_at__isnull=False):
            clear_confirmation(acting, person)
    return moved
