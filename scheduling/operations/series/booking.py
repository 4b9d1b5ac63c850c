"""A series comes into being, or grows: every row decided in order, all of them written or none."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from core.actors import Actor
from core.refusals import Problem, Refusal, Severity
from practice.models import CareTeam
from practice.operations import record_many
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import may, require
from scheduling.models import Appointment, Attendance, Series, TypeOffer
from scheduling.operations.authorizing import lock_authorizations
from scheduling.operations.booking import give_way
from scheduling.operations.locking import lock_places, lock_rows, raise_days
from scheduling.operations.placing import (
    constraint_speaks,
    mark_overrides,
    release_expired_holds_near,
    touch_days,
)
from scheduling.operations.series.acting import SeriesActed, SeriesBlocked, done, done_before
from scheduling.permissions import may_schedule
from scheduling.queries.many import Asked, Book, Ledger
from scheduling.queries.series import asked_of, book_of, may_stand, pattern_of
from scheduling.rules.money import rate_of
from scheduling.rules.problems import problems
from scheduling.rules.recurrence import Rhythm
from scheduling.rules.wishes import Wish
from scheduling.signals import appointments_booked
from scheduling.states import AppointmentState, Notice, usual_mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One row that was not skipped. `is_exception`: it differs from the others, so a change of all leaves it alone."""

    wish: Wish
    override_reason: str = ""
    is_exception: bool = False


@operation("series.book", "series")
def book_series(
    rhythm: Rhythm,
    rows: Sequence[Chosen],
    *,
    by: Actor,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
    hold_id: int | None = None,
) -> SeriesActed:
    """Book every row, or none. `hold_id`: the hold that gives way, as in `book`.

    Raises SeriesBlocked naming the rows, NotAllowed, SlotTaken, AlreadyUsed.
    """
    rule = rhythm.pattern.rule
    begun: dict[str, Any] = {
        "rule": rule,
        "starts_on": rhythm.first,
        "at": rhythm.at,
        "zone": str(rhythm.zone),
    }
    if hold_id:
        begun["hold"] = hold_id
    acting = begin("series.book", change_id, by, {**begun, **_content(rows, notice)})
    if acting.repeat:
        return done_before(acting)
    return done(acting, *begin_series(acting, rhythm, rows, notice=notice, hold_id=hold_id))


@operation("series.extend", "series")
def extend_series(
    series_id: int,
    rows: Sequence[Chosen],
    *,
    count: int,
    by: Actor,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
) -> SeriesActed:
    """`count`: how many dates of the rule `rows` were chosen from. Raises as `book_series` does."""
    content = {"series": series_id, "count": count, **_content(rows, notice)}
    acting = begin("series.extend", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    return done(acting, *grow_series(acting, series_id, rows, count=count, notice=notice))


def begin_series(
    acting: Acting, rhythm: Rhythm, rows: Sequence[Chosen], *, notice: str, hold_id: int | None = None
) -> tuple[Series, list[Appointment]]:
    """As `book_series`, as a part of an act that may have more to write."""
    _refuse_none(rows)
    series = Series.objects.create(
        rule=rhythm.pattern.rule, starts_on=rhythm.first, local_time=rhythm.at, zone=str(rhythm.zone)
    )
    acting.created("series.booked", series)
    return series, _write(acting, series, rows, notice, hold_id)


def grow_series(
    acting: Acting, series_id: int, rows: Sequence[Chosen], *, count: int, notice: str
) -> tuple[Series, list[Appointment]]:
    """As `extend_series`, as a part of an act that may have more to write."""
    _refuse_none(rows)
    series = Series.objects.get(pk=series_id)
    before = image(series)
    if pattern := pattern_of(series):
        last = max(row.wish.starts_at for row in rows).astimezone(ZoneInfo(series.zone)).date()
        series.rule = pattern.longer(last, count).rule
        acting.saved("series.extended", series, before)
    return series, _write(acting, series, rows, notice)


def _content(rows: Sequence[Chosen], notice: str) -> dict:
    return {"notice": notice, "rows": [asdict(row) for row in rows]}


def _refuse_none(rows: Sequence[Chosen]) -> None:
    if not rows:
        raise Refusal("Every visit of the series is skipped.", remedy="Keep at least one.")


def _write(
    acting: Acting, series: Series, rows: Sequence[Chosen], notice: str, hold_id: int | None = None
) -> list[Appointment]:
    wishes = [row.wish for row in rows]
    for wish in wishes:
        require(may_schedule(acting.by, "visit.book", wish.provider_id, wish.co_provider_id))
    held = Appointment.objects.filter(pk=hold_id, state=AppointmentState.HELD).first() if hold_id else None
    lock_places([*wishes, *([held] if held else [])], [pk for wish in wishes for pk in wish.client_ids])
    lock_rows(Series, [series.pk])
    left = give_way(acting, held, *wishes) if held else []
    release_expired_holds_near(acting, *wishes)
    book = book_of(wishes)
    lock_sessions(wishes, book)
    _lock_practice_caps(wishes, book)
    asked = [asked_of(wish, book) for wish in wishes]
    ledger = Ledger(asked, book, now=acting.now)
    overridden = decide(acting, asked, book, [row.override_reason for row in rows], ledger)
    offers = _offers(wishes)
    visits = [_new(one, book, offers, series) for one in asked]
    for visit, row, found in zip(visits, rows, overridden, strict=True):
        visit.changed_alone = row.is_exception
        mark_overrides(acting, visit, found, row.override_reason)
    with constraint_speaks():
        Appointment.objects.bulk_create(visits)
    _record(acting, "visit.booked", visits)
    _attend(acting, visits, wishes, ledger)
    touch_days(*visits, *left)
    about = {"change": acting.change, "now": acting.now}
    appointments_booked.send(Appointment, appointments=visits, notice=notice, **about)
    return visits


def decide(
    acting: Acting, asked: Sequence[Asked], book: Book, reasons: Sequence[str], ledger: Ledger
) -> list[list[Problem]]:
    """What is overridden on each row. Raises SeriesBlocked with every row that cannot stand."""
    refused: dict[int, list[Problem]] = {}
    overridden = []
    can_override = may(acting.by, "visit.override")
    for place, reason in enumerate(reasons):
        found = problems(ledger.facts(place))
        overridden.append([p for p in found if p.severity != Severity.WARNING])
        if may_stand(found, reason if can_override else ""):
            ledger.took(place)
        else:
            refused[place] = overridden[-1]
    if refused:
        zone = book.practice.tz
        days = {place: asked[place].wish.starts_at.astimezone(zone).date() for place in refused}
        raise SeriesBlocked(refused, days)
    return overridden


def lock_sessions(wishes: Sequence[Wish], book: Book) -> None:
    """The authorizations of everybody who comes to a visit that needs one."""
    for kind in sorted({wish.type_id for wish in wishes}):
        lock_authorizations(
            book.types[kind], {pk for wish in wishes if wish.type_id == kind for pk in wish.client_ids}
        )


def _lock_practice_caps(wishes: Sequence[Wish], book: Book) -> None:
    """A practice-wide daily maximum has no provider to lock: its lock is the day's row without one."""
    capped = [wish for wish in wishes if book.types[wish.type_id].max_per_day_practice is not None]
    raise_days((None, wish.starts_at.astimezone(book.practice.tz).date()) for wish in capped)


def _offers(wishes: Sequence[Wish]) -> dict[tuple[int, int], TypeOffer]:
    offers = TypeOffer.objects.filter(
        type__in={w.type_id for w in wishes}, provider__in={w.provider_id for w in wishes} - {None}
    )
    return {(offer.type_id, offer.provider_id): offer for offer in offers}


def _new(asked: Asked, book: Book, offers: dict[tuple[int, int], TypeOffer], series: Series) -> Appointment:
    wish, kind = asked.wish, book.types[asked.wish.type_id]
    room = book.rooms.get(wish.room_id or 0)
    offer = offers.get((wish.type_id, wish.provider_id or 0))
    return Appointment(
        type=kind,
        title=wish.title,
        provider_id=wish.provider_id,
        co_provider_id=wish.co_provider_id,
        room=room,
        location_id=wish.location_id or (room.location_id if room else None),
        modality=wish.modality,
        starts_at=wish.starts_at.astimezone(dt.UTC),
        ends_at=wish.ends_at.astimezone(dt.UTC),
        buffer_before_minutes=wish.buffer_before_minutes or 0,
        buffer_after_minutes=wish.buffer_after_minutes or 0,
        cleaning_minutes=asked.cleaning_minutes,
        state=AppointmentState.SCHEDULED,
        series=series,
        note=wish.note,
        source=wish.source,
        rate=rate_of(wish.rate_cents, offer.rate if offer else None, kind.rate),
        billing_mode=wish.billing_mode or usual_mode(kind.category),
        capacity=wish.capacity,
    )


def _attend(acting: Acting, visits: Sequence[Appointment], wishes: Sequence[Wish], ledger: Ledger) -> None:
    people = [
        Attendance(
            appointment=visit,
            client_id=client_id,
            is_confidential=wish.is_confidential,
            authorization_id=ledger.permits_of.get(place, {}).get(client_id),
        )
        for place, (visit, wish) in enumerate(zip(visits, wishes, strict=True))
        for client_id in sorted(wish.client_ids)
    ]
    Attendance.objects.bulk_create(people)
    _record(acting, "attendance.added", people)
    pairs = {(pk, client) for wish in wishes for pk in wish.people for client in wish.client_ids}
    for provider_id, client_id in sorted(pairs):
        member, made = CareTeam.objects.get_or_create(provider_id=provider_id, client_id=client_id)
        if made:
            acting.created("careteam.joined", member)


def _record(acting: Acting, act: str, rows: Sequence[Appointment] | Sequence[Attendance]) -> None:
    lines = ((row, None, image(row).columns) for row in rows)
    record_many(act, lines, by=acting.by, at=acting.now, change=acting.change)
