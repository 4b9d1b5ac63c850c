"""How the list works now, and what its offers have taught it."""

import datetime as dt
from typing import NamedTuple

from django.db import connection

from waitlist.models import WaitlistPolicy

LEARNT_FROM = dt.timedelta(days=90)
_LEARNT = """
SELECT count(*), count(*) FILTER (WHERE state = 'accepted'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ended_at - not_before)
         FILTER (WHERE state IN ('accepted', 'declined'))
  FROM waitlist_offer WHERE ended_at > %s AND state IN ('accepted', 'declined', 'expired')
"""


class Learnt(NamedTuple):
    """Of offers that were answered or ran out lately. answers_in: how soon half of those who answer do."""

    asked: int
    accepted: int
    answers_in: dt.timedelta | None


def the_policy() -> WaitlistPolicy:
    """The one row, or the defaults."""
    return WaitlistPolicy.objects.filter(pk=1).first() or WaitlistPolicy()


def learnt(now: dt.datetime) -> Learnt:
    with connection.cursor() as cursor:
        cursor.execute(_LEARNT, [now - LEARNT_FROM])
        return Learnt(*cursor.fetchone())
