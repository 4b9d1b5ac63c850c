"""Time off in the demo: one that waits with visits in it, one approved far ahead, one of the past, one denied."""

import datetime as dt

from availability.models import TimeOff
from config.demo.places import Places
from practice.models import User

# who, from how many days ahead, how many days, what for, state, who could cover, note
ROWS = [
    ("Reyes", 9, 2, "conference", "pending", "Becker", "Trauma training in Albany"),
    ("Mori", 3, 1, "personal", "pending", "", ""),
    ("Lee", 78, 5, "vacation", "granted", "", "Family"),
    ("Smith", -40, 3, "vacation", "granted", "Lee", ""),
    ("Becker", 16, 5, "vacation", "denied", "", ""),
]
NO = "Two of three therapists would be away"


def make_time_off(places: Places, now: dt.datetime, tz: dt.tzinfo) -> None:
    """Asked for by the provider where they sign in, else by the desk; decided by the admin."""
    users = {user.email: user for user in User.objects.all()}
    own = {user.provider_id: user for user in users.values() if user.provider_id}
    desk, admin = users["desk@demo.test"], users["admin@demo.test"]
    today = now.astimezone(tz).date()
    rows = []
    for last, ahead, days, kind, state, cover, note in ROWS:
        first = _workday(today + dt.timedelta(days=ahead))
        start = dt.datetime.combine(first, dt.time(), tz)
        provider, is_decided = places.providers[last], state != "pending"
        rows.append(
            TimeOff(
                provider=provider,
                kind=kind,
                starts_at=start,
                ends_at=dt.datetime.combine(first + dt.timedelta(days=days), dt.time(), tz),
                note=note,
                cover=places.providers.get(cover),
                state=state,
                asked_at=min(now, start) - dt.timedelta(days=2),
                asked_by=own.get(provider.pk, desk),
                decided_at=min(now, start) - dt.timedelta(days=1) if is_decided else None,
                decided_by=admin if is_decided else None,
                decision_reason=NO if state == "denied" else "",
            )
        )
    TimeOff.objects.bulk_create(rows)


def _workday(on: dt.date) -> dt.date:
    return on + dt.timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > 4 else 0)
