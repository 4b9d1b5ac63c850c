"""Several visits of a series move at once, each to its own new place on the wall clock."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from core.actors import Actor
from core.refusals import Refusal
from core.walltime import to_utc
from practice.models import Room
from practice.operations import record_many
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import Image, difference, image
from practice.permissions import require
from scheduling.models import Appointment, Attendance, Series
from scheduling.operations.authorizing import give
from scheduling.operations.changing import clear_confirmation, count_move, tell_moved
from scheduling.operations.placing import (
    clear_overbooked,
    constraint_speaks_at_the_end,
    mark_overrides,
    release_expired_holds_near,
    touch_days,
)
from scheduling.operations.series.acting import (
    Scope,
    SeriesActed,
    done,
    done_before,
    end_rule_before,
    in_scope,
    locked_series,
)
from scheduling.operations.series.booking import decide, lock_sessions
from scheduling.permissions import may_act_on, may_schedule
from scheduling.queries.many import Ledger
from scheduling.queries.problems import wish_of
from scheduling.queries.series import asked_of, book_of, leave_out, pattern_of
from scheduling.rules.wishes import Place, Wish
from scheduling.states import PENDING, Notice

MOVED = (
    "provider_id",
    "co_provider_id",
    "room_id",
    "cleaning_minutes",
    "location_id",
    "modality",
    "starts_at",
    "ends_at",
    "series_id",
    "overbooked_provider",
    "overbooked_room",
    "overrides",
    "edition",
    "occurrence",
    "ics_sequence",
)


@operation("series.change", "appointment")
def change_series(
    appointment_id: int,
    *,
    to: Place,
    scope: Scope,
    by: Actor,
    edition: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    agreed_with_client: bool = False,
    override_reason: str = "",
) -> SeriesActed:
    """Move this visit to `to`, and its series with it: as many days along, to the same time and place; of a monthly
    one to the new day of each month.

    Only what differs from where this visit stands now is changed on the others. Visits that are past, decided or
    were changed by themselves stay and come back as `kept`. If earlier visits stay, the series is split: the old rule
    ends before the first moved visit, a new one begins.
    Raises NotAllowed, StaleEdit, SeriesBlocked, SlotTaken, AlreadyUsed, Refusal.
    """
    content = {"appointment": appointment_id, **asdict(to), "scope": scope, "edition": edition}
    content |= {"notice": notice, "agreed": agreed_with_client, "override": override_reason}
    acting = begin("series.change", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    anchor, visits, own = locked_series(appointment_id, to=to, edition=edition)
    touched, kept = in_scope(anchor, visits, scope, act="move", now=acting.now)
    require(may_schedule(by, "visit.move", to.provider_id, to.co_provider_id))
    for visit in touched:
        require(may_act_on(by, "visit.move", visit))
    wishes = wishes_of(anchor, touched, to, own)
    release_expired_holds_near(acting, *wishes)
    series = _series(acting, own, visits, touched, wishes, days=_days(anchor, to, own))
    moved = _move_all(acting, touched, wishes, series, override_reason)
    _tell(acting, touched, moved, notice, agreed_with_client=agreed_with_client)
    return done(acting, series, moved, kept)


@dataclass(frozen=True, slots=True)
class Days:
    """From which local day to which the visit one looked at goes."""

    was: dt.date
    to: dt.date

    def of(self, series: Series, dates: Sequence[dt.date]) -> list[dt.date]:
        """Where visits of the series on `dates` go along. Raises Refusal."""
        pattern = pattern_of(series)
        if pattern is None or self.was == self.to:
            return [on + (self.to - self.was) for on in dates]
        with _said():
            return pattern.moved_dates(self.was, self.to, dates)


def _days(anchor: Appointment, to: Place, series: Series) -> Days:
    zone = ZoneInfo(series.zone)
    return Days(anchor.starts_at.astimezone(zone).date(), to.starts_at.astimezone(zone).date())


@contextmanager
def _said() -> Iterator[None]:
    """A rule that cannot be, as a refusal with a way out."""
    try:
        yield
    except ValueError as error:
        raise Refusal(
            f"{error} Its time, provider and place can change, its day cannot go there.",
            field="on",
            remedy="Choose another day, or cancel the rest and book a new series.",
        ) from error


def wishes_of(anchor: Appointment, touched: Sequence[Appointment], to: Place, series: Series) -> list[Wish]:
    """Each visit's own place, with what changes about the anchor changed about it."""
    zone = ZoneInfo(series.zone)
    here, there = anchor.starts_at.astimezone(zone), to.starts_at.astimezone(zone)
    new_time = there.time() if there.time() != here.time() else None
    own = asdict(wish_of(anchor))
    changed: dict[str, Any] = {
        name: value for name, value in asdict(to).items() if name != "starts_at" and value != own[name]
    }
    walls = [visit.starts_at.astimezone(zone) for visit in touched]
    days = _days(anchor, to, series).of(series, [wall.date() for wall in walls])
    return [
        replace(wish_of(visit), starts_at=to_utc(on, new_time or wall.time(), zone), **changed)
        for visit, wall, on in zip(touched, walls, days, strict=True)
    ]


def _series(
    acting: Acting,
    series: Series,
    visits: Sequence[Appointment],
    touched: Sequence[Appointment],
    wishes: Sequence[Wish],
    *,
    days: Days,
) -> Series:
    """The one the moved visits belong to from now on: their own, changed, or a new one where earlier visits stay."""
    zone = ZoneInfo(series.zone)
    first, new_first = touched[0].starts_at, wishes[0].starts_at.astimezone(zone)
    rule = _rule(series, first.astimezone(zone).date(), days)
    if all(visit.starts_at >= first for visit in visits):
        before = image(series)
        series.rule, series.starts_on, series.local_time = rule, new_first.date(), new_first.time()
        acting.saved("series.changed", series, before)
        return series
    end_rule_before(acting, series, first)
    split = Series.objects.create(
        rule=rule, starts_on=new_first.date(), local_time=new_first.time(), zone=series.zone
    )
    acting.created("series.begun", split)
    return split


def _rule(series: Series, since: dt.date, days: Days) -> str:
    pattern = pattern_of(series)
    if pattern is None:
        if days.was != days.to:
            raise Refusal("The rule of this series comes from another system; its day cannot be changed.")
        return series.rule
    with _said():
        return pattern.rest(series.starts_on, since).moved(days.was, days.to).rule


def _move_all(
    acting: Acting, touched: Sequence[Appointment], wishes: Sequence[Wish], series: Series, reason: str
) -> list[Appointment]:
    book = book_of(wishes)
    lock_sessions(wishes, book)
    asked = [asked_of(wish, book) for wish in wishes]
    ledger = Ledger(asked, book, now=acting.now, ignoring=[visit.pk for visit in touched])
    leave_out(ledger, touched)
    overridden = decide(acting, asked, book, [reason] * len(asked), ledger)
    images = [image(visit) for visit in touched]
    moved = [_moved(visit, wish, book.rooms, series) for visit, wish in zip(touched, wishes, strict=True)]
    for visit, found in zip(moved, overridden, strict=True):
        mark_overrides(acting, visit, found, reason)
    with constraint_speaks_at_the_end():
        Appointment.objects.bulk_update(moved, MOVED)
    fresh = _fresh(moved)
    _record(acting, images, fresh)
    _keep_sessions(acting, fresh, ledger)
    clear_overbooked(acting, touched)
    touch_days(*touched, *fresh)
    return fresh


def _keep_sessions(acting: Acting, moved: Sequence[Appointment], ledger: Ledger) -> None:
    """As the ledger gave them out, row by row."""
    for place, visit in enumerate(moved):
        if visit.type.requires_authorization:
            people = [person for person in visit.attendances.all() if person.state in PENDING]
            fit = ledger.permits_of.get(place, {})
            give(acting, people, {person.pk: fit.get(person.client_id) for person in people})


def _moved(visit: Appointment, wish: Wish, rooms: Any, series: Series) -> Appointment:
    row = copy.copy(visit)
    room: Room | None = rooms.get(wish.room_id or 0)
    row.provider_id, row.co_provider_id = wish.provider_id, wish.co_provider_id
    row.room_id, row.cleaning_minutes = wish.room_id, room.cleaning_minutes if room else 0
    row.location_id = wish.location_id or (room.location_id if room else None)
    row.modality, row.series_id = wish.modality, series.pk
    row.starts_at, row.ends_at = wish.starts_at.astimezone(dt.UTC), wish.ends_at.astimezone(dt.UTC)
    count_move(row, visit)
    return row


def _fresh(moved: Sequence[Appointment]) -> list[Appointment]:
    """As they stand in the table, with the spans the database makes."""
    rows = Appointment.objects.select_related("type", "series").prefetch_related("attendances")
    found = {row.pk: row for row in rows.filter(pk__in=[visit.pk for visit in moved])}
    return [found[visit.pk] for visit in moved]


def _record(acting: Acting, images: Sequence[Image], moved: Sequence[Appointment]) -> None:
    lines = []
    for before, row in zip(images, moved, strict=True):
        old, new, former = difference(before, image(row))
        lines.append((row, old, new))
        acting.keep_texts(row, former)
    record_many("visit.moved", lines, by=acting.by, at=acting.now, change=acting.change)


def _tell(
    acting: Acting,
    touched: Sequence[Appointment],
    moved: Sequence[Appointment],
    notice: str,
    *,
    agreed_with_client: bool,
) -> None:
    later = [row.pk for was, row in zip(touched, moved, strict=True) if was.starts_at != row.starts_at]
    if not agreed_with_client:
        confirmed = Attendance.objects.filter(appointment__in=later, confirmed_at__isnull=False)
        for person in confirmed.select_related("appointment").order_by("pk"):
            clear_confirmation(acting, person)
    for was, visit in zip(touched, moved, strict=True):
        tell_moved(acting, visit, was, notice)
