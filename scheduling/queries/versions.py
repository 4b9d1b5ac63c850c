"""How a page notices that others changed what it shows, or that a hold on it ran out."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import connection

from core import clock
from core.actors import Actor
from practice.querysets import providers_seen_by

# By hand: every open calendar asks this every few seconds, and wording it by the ORM takes longer than the answer.
_SUM = """
SELECT coalesce(sum(n), 0),
       (SELECT count(*) FROM scheduling_appointment WHERE state = 'held' AND hold_until < {now})
  FROM scheduling_providerday WHERE "on" = %(on)s
"""
_OF_PROVIDERS = """
   AND (provider_id IS NULL OR provider_id IN (SELECT id FROM practice_provider WHERE {}))
"""


def day_version(
    on: dt.date, *, by: Actor, providers: Collection[uuid.UUID] = (), now: dt.datetime | None = None
) -> str:
    """The sum over what `by` sees of that day, in one query; `providers`: public ids, none for everybody.

    A sum notices a change whose transaction began earlier but ended later; a latest id or time does not. Behind the
    point: how many holds have run out and wait for the sweep, since nobody writes anything when a deadline passes.
    """
    moment = now or clock.known()
    values: dict[str, Any] = {"on": on, "now": moment}
    conditions = []
    if (seen := providers_seen_by(by)) is not None:
        conditions.append("id = ANY(%(seen)s::bigint[])")
        values["seen"] = list(seen)
    if providers:
        conditions.append("public_id = ANY(%(providers)s)")
        values["providers"] = list(providers)
    summed = _SUM.format(now="%(now)s" if moment else clock.sql())
    with connection.cursor() as cursor:
        cursor.execute(
            summed + (_OF_PROVIDERS.format(" AND ".join(conditions)) if conditions else ""), values
        )
        total, over = cursor.fetchone()
    return f"{total}.{over}" if over else str(total)
