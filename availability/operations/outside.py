"""A provider's outside calendar: its address, and reading it again and again. Only spans are kept, never a title.

The network is asked between two transactions; a calendar is claimed by moving its next turn, so two workers never read
the same one, and one that died leaves it to the next turn.
"""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from availability.carriers.calendars import CannotFetch, Fetched, fetch, normal
from availability.models import OutsideBusy, TravelCalendar
from availability.operations.acting import Acted, lock_providers
from availability.permissions import may_change_hours
from availability.rules.outside import NotACalendar, busy_spans
from availability.signals import outside_busy_changed
from core import clock, nudge
from core.actors import Actor
from core.intervals import Span
from core.refusals import Refusal
from core.walltime import from_epoch_minutes
from practice.models import Provider
from practice.operations import record
from practice.operations.acting import begin, operation
from practice.permissions import require
from practice.queries import the_practice

EVERY = dt.timedelta(minutes=15)
CLAIM = dt.timedelta(minutes=5)
LONGEST_WAIT = dt.timedelta(hours=6)


@operation("outside_calendar.set", "provider")
def set_outside_calendar(
    provider_id: int, address: str, *, by: Actor, change_id: uuid.UUID | None = None
) -> Acted:
    """Read from now on; what another address said is forgotten. Raises NotAllowed, Refusal, AlreadyUsed."""
    acting = begin("outside_calendar.set", change_id, by, {"provider": provider_id, "address": address})
    if acting.repeat:
        return Acted(acting.change, repeated=True)
    require(may_change_hours(by, provider_id))
    try:
        address = normal(address)
    except CannotFetch as trouble:
        raise Refusal(str(trouble), field="address") from None
    lock_providers([provider_id])
    _forget(provider_id, acting.now)
    row = TravelCalendar.objects.create(provider_id=provider_id, address=address, next_fetch_at=acting.now)
    record("outside_calendar.set", row, by=by, at=acting.now, change=acting.change)
    acting.close({"provider": provider_id})
    nudge.after_commit("availability.fetch_outside_calendars")
    return Acted(acting.change, row)


@operation("outside_calendar.remove", "provider")
def remove_outside_calendar(provider_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Acted:
    """Address and spans are gone. Raises NotAllowed, AlreadyUsed; nothing there is nothing to do."""
    acting = begin("outside_calendar.remove", change_id, by, {"provider": provider_id})
    if acting.repeat:
        return Acted(acting.change, repeated=True)
    require(may_change_hours(by, provider_id))
    lock_providers([provider_id])
    row = TravelCalendar.objects.filter(provider=provider_id).first()
    if row is not None:
        record("outside_calendar.removed", row, by=by, at=acting.now, change=acting.change)
    _forget(provider_id, acting.now)
    acting.close({"provider": provider_id})
    return Acted(acting.change)


@operation("outside_calendar.ask", "provider")
def ask_outside_calendar(provider_id: int, *, by: Actor) -> None:
    """Read it now instead of at its next turn. Raises NotAllowed."""
    require(may_change_hours(by, provider_id))
    TravelCalendar.objects.filter(provider=provider_id).update(next_fetch_at=clock.now())
    nudge.after_commit("availability.fetch_outside_calendars")


def _forget(provider_id: int, now: dt.datetime) -> None:
    had = OutsideBusy.objects.filter(calendar__provider=provider_id).exists()
    TravelCalendar.objects.filter(provider=provider_id).delete()
    if had:
        outside_busy_changed.send(Provider, provider_id=provider_id, now=now)


def fetch_due(*, limit: int = 50) -> dict[str, int]:
    """Read every calendar whose turn it is. Answers how many were read, unchanged, failed."""
    counts = {"read": 0, "unchanged": 0, "failed": 0}
    for _ in range(limit):
        row = _claim()
        if row is None:
            break
        counts[_read(row)] += 1
    return counts


@transaction.atomic
def _claim() -> TravelCalendar | None:
    now = clock.now()
    due = TravelCalendar.objects.filter(next_fetch_at__lte=now).order_by("next_fetch_at", "pk")
    row = due.select_for_update(skip_locked=True, of=("self",)).select_related("provider").first()
    if row is not None:
        row.next_fetch_at = now + CLAIM
        row.save(update_fields=["next_fetch_at"])
    return row


def _read(row: TravelCalendar) -> str:
    practice, now = the_practice(), clock.now()
    zone = ZoneInfo(row.provider.zone) if row.provider.zone else practice.tz
    start = dt.datetime.combine(now.astimezone(zone).date(), dt.time(), zone)
    end = start + dt.timedelta(days=practice.horizon_days + 1)
    try:
        fetched = fetch(row.address, etag=_etag(row, start), known=settings.OUTSIDE_CALENDAR_HOSTS)
        spans = None if fetched.body is None else busy_spans(fetched.body, zone, start, end)
    except (CannotFetch, NotACalendar) as trouble:
        _failed(row, str(trouble), now)
        return "failed"
    _keep(row, fetched, spans, now, until=end)
    return "unchanged" if spans is None else "read"


def _etag(row: TravelCalendar, start: dt.datetime) -> str:
    """On a new day the whole file is wanted again: the days ahead have moved."""
    return row.etag if row.fetched_at and row.fetched_at >= start else ""


@transaction.atomic
def _failed(row: TravelCalendar, words: str, now: dt.datetime) -> None:
    """What was read before still counts. The wait grows with each failure."""
    failures = row.failures + 1
    wait = min(EVERY * 2 ** min(failures, 6), LONGEST_WAIT)
    TravelCalendar.objects.filter(pk=row.pk).update(
        tried_at=now, error=words[:200], failures=failures, next_fetch_at=now + wait
    )


@transaction.atomic
def _keep(
    row: TravelCalendar, fetched: Fetched, spans: list[Span] | None, now: dt.datetime, *, until: dt.datetime
) -> None:
    """Only while the address is still the one that was read."""
    locked = TravelCalendar.objects.select_for_update().filter(pk=row.pk).first()
    if locked is None:
        return
    locked.etag, locked.error, locked.failures = fetched.etag, "", 0
    locked.fetched_at = locked.tried_at = now
    locked.next_fetch_at = now + EVERY
    locked.save(update_fields=["etag", "error", "failures", "fetched_at", "tried_at", "next_fetch_at"])
    if spans is not None and _replace(locked, spans):
        outside_busy_changed.send(Provider, provider_id=locked.provider_id, now=now)


def _replace(row: TravelCalendar, spans: list[Span]) -> bool:
    """Whether anything is different."""
    wanted = [(from_epoch_minutes(start), from_epoch_minutes(end)) for start, end in spans]
    stored = list(row.busy.order_by("starts_at").values_list("starts_at", "ends_at"))
    if stored == wanted:
        return False
    row.busy.all().delete()
    OutsideBusy.objects.bulk_create(
        OutsideBusy(calendar=row, starts_at=start, ends_at=end) for start, end in wanted
    )
    return True
