"""One local date as minutes after its midnight by the wall clock."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.intervals import Span
from core.walltime import day_bounds, from_epoch_minutes


@dataclass(frozen=True, slots=True)
class LocalDay:
    on: dt.date
    zone: ZoneInfo

    @property
    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        """Aware UTC, half-open."""
        start, end = day_bounds(self.on, self.zone)
        return from_epoch_minutes(start), from_epoch_minutes(end)

    def minute(self, moment: dt.datetime) -> int:
        """Below 0 or above 1439 on a neighbouring date."""
        wall = moment.astimezone(self.zone)
        return (wall.date() - self.on).days * 1440 + wall.hour * 60 + wall.minute

    def span(self, start: dt.datetime, end: dt.datetime) -> Span:
        """From the wall-clock start on, as long as it truly lasts: a clock change in between moves its end."""
        first = self.minute(start)
        return first, first + int((end - start).total_seconds() // 60)

    def wall_span(self, start: int, end: int) -> Span:
        """Epoch minutes of hours kept by the wall clock."""
        return self.minute(from_epoch_minutes(start)), self.minute(from_epoch_minutes(end))
