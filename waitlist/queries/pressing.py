"""What the priority of an entry is made of."""

import datetime as dt

from waitlist.models import WaitlistEntry
from waitlist.rules.priority import Pressing


def pressing_of(entry: WaitlistEntry, now: dt.datetime) -> Pressing:
    return Pressing(
        waited_days=entry.waited_days(now),
        max_wait_days=entry.max_wait_days,
        urgency=entry.urgency,
        referral=entry.referral,
        declines=entry.declines,
    )
