"""News scheduling listens to: hours that change are drawn on open calendars."""

import datetime as dt

from django.dispatch import receiver

from availability.signals import hours_changed, outside_busy_changed
from scheduling.operations.locking import raise_days

DRAWN_DAYS = 92  # further ahead nobody has a calendar open; the next load draws it anyway


@receiver(hours_changed)
def draw_hours_again(sender, *, provider_ids, first, last, now, **_) -> None:
    """`last` None means from then on."""
    start = max(first, now.date() - dt.timedelta(days=1))
    end = min(last or dt.date.max, now.date() + dt.timedelta(days=DRAWN_DAYS))
    days = [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]
    raise_days((pk, on) for pk in provider_ids for on in days)


@receiver(outside_busy_changed)
def draw_outside_again(sender, *, provider_id, now, **_) -> None:
    days = [now.date() + dt.timedelta(days=n - 1) for n in range(DRAWN_DAYS)]
    raise_days((provider_id, on) for on in days)
