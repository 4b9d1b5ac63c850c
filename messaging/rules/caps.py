"""How much one number hears from us. Source: REM-4; counted by the recipient's own calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.walltime import to_utc
from messaging.states import MessageClass

# What the caps may refuse, and what takes up room under them: news of a change makes reminders give way, never the
# other way round, or somebody would come at a time that is no more.
CAPPED = frozenset({MessageClass.REMINDER, MessageClass.OFFER})
COUNTED = CAPPED | {MessageClass.NEWS}
DAY_FULL = "This number has had its messages for today"
WEEK_FULL = "This number has had its messages for this week"


@dataclass(frozen=True, slots=True)
class Caps:
    """0 for no limit."""

    per_day: int
    per_week: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something still to come, to the same number. The lowest `drop_rank` matters most."""

    due_at: datetime
    drop_rank: int


def day_of(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[midnight, the next), in UTC."""
    today = now.astimezone(zone).date()
    return _midnight(today, zone), _midnight(today + timedelta(1), zone)


def week_of(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[Monday, the next), in UTC."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(today.weekday())
    return _midnight(monday, zone), _midnight(monday + timedelta(7), zone)


def _midnight(day, zone: ZoneInfo) -> datetime:
    return to_utc(day, datetime.min.time(), zone).astimezone(UTC)


def refusal(
    *,
    caps: Caps,
    drop_rank: int,
    sent: Iterable[datetime],
    ahead: Iterable[Ahead],
    now: datetime,
    zone: ZoneInfo,
) -> str:
    """Empty when one more may go. Room is kept for what is still to come and matters more."""
    sent, coming = list(sent), [one.due_at for one in ahead if one.drop_rank < drop_rank]
    for most, (begin, end), reason in (
        (caps.per_day, day_of(now, zone), DAY_FULL),
        (caps.per_week, week_of(now, zone), WEEK_FULL),
    ):
        had = sum(begin <= at < end for at in sent)
        kept = sum(begin <= at < end for at in coming)
        if most and had + kept >= most:
            return reason
    return ""
