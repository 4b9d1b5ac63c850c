"""Time passes: priorities rise, and who waited as long as they would is let go."""

import datetime as dt
from functools import cache

from django.db import connection

from core import clock
from core.actors import SYSTEM
from practice.models import Client
from practice.operations.acting import begin, operation
from practice.queries import the_practice
from scheduling.operations.locking import lock_rows
from waitlist.models import WaitlistEntry
from waitlist.operations.entries import end_entry
from waitlist.rules.priority import Pressing, priority
from waitlist.states import EntryState

BATCH = 200
DAY_SECONDS = 24 * 60 * 60
_READ = """
SELECT id, floor(extract(epoch FROM %s - created_at) / %s)::int, max_wait_days, urgency, referral, declines, priority
  FROM waitlist_waitlistentry WHERE state = 'waiting'
"""
_WRITE = """
UPDATE waitlist_waitlistentry e SET priority = new.priority
  FROM unnest(%s::bigint[], %s::int[]) AS new (id, priority) WHERE e.id = new.id AND e.state = 'waiting'
"""


def rescore(now: dt.datetime | None = None) -> int:
    """Every priority anew, in two statements; how many are others now. A machine column: no edition rises."""
    worked_out = cache(_priority)  # thousands of entries have a few hundred different facts between them
    with connection.cursor() as cursor:
        cursor.execute(_READ, [now or clock.now(), DAY_SECONDS])
        changed = [(pk, new) for pk, *facts, old in cursor.fetchall() if (new := worked_out(*facts)) != old]
        if changed:
            cursor.execute(_WRITE, [[pk for pk, _ in changed], [new for _, new in changed]])
    return len(changed)


def _priority(days: int, most: int | None, urgency: str, referral: str, declines: int) -> int:
    return priority(
        Pressing(
            waited_days=max(days, 0),
            max_wait_days=most,
            urgency=urgency,
            referral=referral,
            declines=declines,
        )
    )


def expire_entries(now: dt.datetime | None = None) -> int:
    """Whoever has waited as long as they said they would; how many. One transaction each."""
    now = now or clock.now()
    today = now.astimezone(the_practice().tz).date()
    due = WaitlistEntry.objects.overdue(today).exclude(offers__state="out")
    return sum(_expire(pk, by=SYSTEM) for pk in list(due.values_list("pk", flat=True)[:BATCH]))


@operation("entry.expire", "waitlistentry")
def _expire(entry_id: int, *, by=SYSTEM) -> bool:
    acting = begin("entry.expire", None, by, {"entry": entry_id})
    client_id = WaitlistEntry.objects.values_list("client_id", flat=True).get(pk=entry_id)
    lock_rows(Client, [client_id])
    entry = WaitlistEntry.objects.select_for_update().get(pk=entry_id)
    if entry.state != EntryState.WAITING or entry.offers.out().exists():
        return False
    end_entry(acting, entry, EntryState.EXPIRED)
    acting.close({"entry": entry_id})
    return True
