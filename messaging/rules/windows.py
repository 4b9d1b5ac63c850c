"""When each class of message may go out, in the recipient's own zone. Source: REM-4; hard hours 47 CFR 64.1200."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from messaging.states import MessageClass

SATURDAY = 5
# What waits for the window: nobody wrote to us, and nobody is on their way.
IN_HOURS = frozenset({MessageClass.REMINDER, MessageClass.OFFER, MessageClass.NEWS})
# Whatever a practice sets, reminders and offers stay inside these.
HARD_OPENS, HARD_CLOSES = time(8), time(21)
URGENT_OPENS, URGENT_CLOSES = time(7), time(21)
# A message moved to an earlier window must not miss it by a slow minute.
BEFORE_CLOSING = timedelta(minutes=30)
# Waiting for the next window must leave the reader at least this long to act on the message.
LEAST_LEAD = timedelta(hours=1)
# Longer than any run of closed days.
DAYS_TO_LOOK = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Wall-clock hours, [opens, closes)."""

    opens: time
    closes: time
    weekends: bool


def window_for(
    klass: str,
    *,
    opens: time,
    closes: time,
    weekends: bool = False,
    contact_from: time | None = None,
    contact_until: time | None = None,
) -> Window | None:
    """None: any moment. Contact hours narrow the practice's window; where the two never meet they are ignored."""
    if klass == MessageClass.URGENT:
        return Window(opens=URGENT_OPENS, closes=URGENT_CLOSES, weekends=True)
    if klass not in IN_HOURS:
        return None
    opens, closes = max(opens, HARD_OPENS), min(closes, HARD_CLOSES)
    if opens >= closes:
        opens, closes = HARD_OPENS, HARD_CLOSES
    if contact_from is not None and contact_until is not None:
        narrow = max(opens, contact_from), min(closes, contact_until)
        opens, closes = narrow if narrow[0] < narrow[1] else (opens, closes)
    return Window(opens=opens, closes=closes, weekends=weekends)


def is_open(window: Window | None, at: datetime, zone: ZoneInfo) -> bool:
    if window is None:
        return True
    local = at.astimezone(zone)
    return window.opens <= local.time() < window.closes and (window.weekends or local.weekday() < SATURDAY)


def next_open(window: Window | None, at: datetime, zone: ZoneInfo) -> datetime:
    """The first allowed moment from `at` on, in UTC; `at` itself when allowed."""
    if window is None or is_open(window, at, zone):
        return at
    first = at.astimezone(zone).date()
    for days in range(DAYS_TO_LOOK):
        # Step in local dates, then go to UTC: adding 24 hours would slip by one on a clock-change night.
        opening = datetime.combine(first + timedelta(days), window.opens, zone).astimezone(UTC)
        if opening >= at and is_open(window, opening, zone):
            return opening
    raise ValueError("a window that never opens")


def last_open(window: Window | None, at: datetime, zone: ZoneInfo) -> datetime:
    """The last comfortable moment up to `at`, in UTC: `at` itself when allowed, else shortly before a closing."""
    if window is None or is_open(window, at, zone):
        return at
    last = at.astimezone(zone).date()
    for days in range(DAYS_TO_LOOK):
        date = last - timedelta(days)
        closing = datetime.combine(date, window.closes, zone).astimezone(UTC) - BEFORE_CLOSING
        opening = datetime.combine(date, window.opens, zone).astimezone(UTC)
        moment = max(opening, closing)
        if moment <= at and is_open(window, moment, zone):
            return moment
    raise ValueError("a window that never opens")


def sooner(
    window: Window | None, at: datetime, *, now: datetime, useful_until: datetime, zone: ZoneInfo
) -> datetime:
    """`at`; but what could not wait for the next window comes comfortably before this one closes."""
    if window is None or not is_open(window, now, zone):
        return at
    closes = datetime.combine(now.astimezone(zone).date(), window.closes, zone).astimezone(UTC)
    if next_open(window, max(at, closes), zone) < useful_until:
        return at
    comfortable = closes - BEFORE_CLOSING
    return min(at, comfortable if now < comfortable else now + (closes - now) / 2)


def plan(
    window: Window | None,
    due_at: datetime,
    *,
    useful_until: datetime,
    now: datetime,
    zone: ZoneInfo,
    lead: timedelta = LEAST_LEAD,
) -> datetime:
    """When to send what is wanted at `due_at`: then, or in the next window, or, if that leaves less than `lead`
    before `useful_until`, in the window before. Never before `now`, never outside the window.

    May answer a moment past `useful_until` when no window is left: the message then expires and says so.
    """
    later = next_open(window, due_at, zone)
    if later == due_at or later + lead <= useful_until:
        return next_open(window, max(later, now), zone)
    earlier = last_open(window, due_at, zone)
    return earlier if earlier >= now else next_open(window, now, zone)
