"""Taking time: the rules asked under the locks, overrides recorded, and the database's own refusal translated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from core.refusals import Blocked, Problem, Severity, SlotTaken
from practice.operations.acting import Acting
from practice.operations.images import image
from practice.permissions import may
from practice.queries import the_practice
from scheduling.models import Appointment
from scheduling.models.appointments import PROVIDER_FREE, ROOM_FREE
from scheduling.operations.locking import lock_rows, raise_days
from scheduling.queries.problems import REACH, Setting, problems_with
from scheduling.rules.facts import overlap
from scheduling.rules.overrides import is_reason
from scheduling.rules.wishes import Wish
from scheduling.states import AppointmentState

_TAKEN = {
    PROVIDER_FREE: ("provider", "The provider already has something at that time."),
    ROOM_FREE: ("room", "The room is already in use at that time."),
}


@contextmanager
def constraint_speaks() -> Iterator[None]:
    """The database has the last word on overlaps. Raises SlotTaken; other errors rise as the bugs they are."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in _TAKEN:
            raise
        what, message = _TAKEN[name]
        raise SlotTaken(message, what=what, remedy="Choose another time.") from error


@contextmanager
def constraint_speaks_at_the_end() -> Iterator[None]:
    """As `constraint_speaks`, for several rows that may take one another's places."""
    with constraint_speaks(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {PROVIDER_FREE}, {ROOM_FREE} DEFERRED")
        yield
        cursor.execute(f"SET CONSTRAINTS {PROVIDER_FREE}, {ROOM_FREE} IMMEDIATE")


def allowed_problems(
    acting: Acting,
    wish: Wish,
    *,
    override_reason: str,
    visit: Appointment | None = None,
    ignoring: frozenset[int] = frozenset(),
    setting: Setting | None = None,
) -> list[Problem]:
    """The problems that stand and were overridden. Raises Blocked for those that were not."""
    found = problems_with(
        wish,
        appointment_id=visit.pk if visit else None,
        by=acting.by,
        now=acting.now,
        ignoring=ignoring,
        setting=setting,
    )
    return refuse_unless_overridden(acting, found, override_reason)


def refuse_unless_overridden(acting: Acting, found: list[Problem], reason: str) -> list[Problem]:
    """What was overridden of `found`. Raises Blocked."""
    against = [p for p in found if p.severity != Severity.WARNING]
    overridable = all(p.severity == Severity.NEEDS_OVERRIDE for p in against)
    if against and not (overridable and is_reason(reason) and may(acting.by, "visit.override")):
        raise Blocked(found)
    return against


def mark_overrides(acting: Acting, visit: Appointment, overridden: list[Problem], reason: str) -> None:
    """Record why, and exempt the row from just the guards it breaks."""
    codes = {p.code for p in overridden}
    visit.overbooked_provider = "provider_busy" in codes
    visit.overbooked_room = "room_busy" in codes
    keep_overrides(acting, visit, overridden, reason)


def keep_overrides(acting: Acting, visit: Appointment, overridden: list[Problem], reason: str) -> None:
    codes = {p.code for p in overridden}
    line = {"reason": reason.strip(), "by": str(acting.by), "at": acting.now.isoformat()}
    visit.overrides = [*visit.overrides, *({"code": code, **line} for code in sorted(codes))]


def release_expired_holds_near(acting: Acting, *wishes: Wish) -> None:
    """Whoever books over a hold past its deadline releases it first."""
    near = _near(min(w.starts_at for w in wishes), max(w.ends_at for w in wishes)).expired_holds(acting.now)
    people = {pk for wish in wishes for pk in wish.people}
    held = near.filter(
        Q(provider__in=people)
        | Q(co_provider__in=people)
        | Q(room__in={wish.room_id for wish in wishes} - {None})
    )
    for row in held.order_by("pk").select_for_update(no_key=True):
        before = image(row)
        row.state = AppointmentState.RELEASED
        row.edition += 1
        acting.saved("hold.expired", row, before)


def clear_overbooked(acting: Acting, left: Iterable[Appointment], *, keep: int | None = None) -> None:
    """An overbook flag never outlives its overlap: look at flagged rows near the spans that were left.

    `left`: rows as they stood before they moved away. `keep`: the row that was just placed and marked.
    """
    for was in left:
        flagged = _near(was.starts_at, was.ends_at).filter(
            Q(overbooked_provider=True) | Q(overbooked_room=True)
        )
        lock_rows(Appointment, flagged.values_list("pk", flat=True))
        for row in flagged.exclude(pk=keep):
            _unflag(acting, row)


def _unflag(acting: Acting, row: Appointment) -> None:
    before = image(row)
    others = list(_near(row.starts_at, row.ends_at).exclude(pk=row.pk))
    row.overbooked_provider = row.overbooked_provider and any(shares_people(row, o) for o in others)
    row.overbooked_room = row.overbooked_room and any(shares_room(row, o) for o in others)
    if image(row).columns != before.columns:
        row.edition += 1
        acting.saved("visit.no_longer_overbooked", row, before)


def shares_people(a: Appointment, b: Appointment) -> bool:
    people = {a.provider_id, a.co_provider_id} & {b.provider_id, b.co_provider_id} - {None}
    return bool(people) and overlap(_span(a.blocked), _span(b.blocked))


def shares_room(a: Appointment, b: Appointment) -> bool:
    return (
        a.room_id is not None and a.room_id == b.room_id and overlap(_span(a.room_span), _span(b.room_span))
    )


def _span(value) -> tuple[dt.datetime, dt.datetime]:
    return value.lower, value.upper


def _near(start: dt.datetime, end: dt.datetime):
    return Appointment.objects.blocking().filter(starts_at__gt=start - REACH, starts_at__lt=end + REACH)


def touch_days(*rows: Appointment) -> None:
    """Raise the ProviderDay of every day these rows stand on; the visible version of the calendar."""
    zone = the_practice().tz
    raise_days(
        day
        for row in rows
        for day in days_of(row.provider_id, row.co_provider_id, row.starts_at.astimezone(zone).date())
    )


def days_of(
    provider_id: int | None, co_provider_id: int | None, on: dt.date
) -> list[tuple[int | None, dt.date]]:
    """What stands on that date stands on these ProviderDays."""
    return [(pk, on) for pk in (provider_id, co_provider_id) if pk is not None] or [(None, on)]
