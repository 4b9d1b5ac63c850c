"""Hours that are there now and were not before: news for whoever waits for a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from availability.queries import open_spans
from availability.signals import hours_added
from core.intervals import Span, clip, subtract
from core.walltime import ONE_DAY, epoch_minutes, from_epoch_minutes, local_date
from practice.models import Provider
from practice.operations.acting import Acting
from practice.queries import the_practice


@contextmanager
def telling_added(
    acting: Acting, provider_ids: Iterable[int], first: dt.date, last: dt.date | None
) -> Iterator[None]:
    """Around the writing: what is open after it and was not before, of the days `first` to `last`, within the horizon.

    Two queries, however many days and providers.
    """
    practice, ids = the_practice(), list(provider_ids)
    end = local_date(acting.now, practice.tz) + ONE_DAY * practice.horizon_days
    first, last = max(first, local_date(acting.now, practice.tz)), min(last or end, end)
    if last < first:
        yield
        return
    before = open_spans(ids, first, last, own=practice.tz)
    yield
    after = open_spans(ids, first, last, own=practice.tz)
    for pk in sorted(ids):
        _tell(acting, pk, subtract(after[pk], before[pk]))


def _tell(acting: Acting, provider_id: int, added: list[Span]) -> None:
    now = epoch_minutes(acting.now) + 1
    ahead = clip(added, now, added[-1][1]) if added else []
    if ahead:
        spans = tuple((from_epoch_minutes(start), from_epoch_minutes(end)) for start, end in ahead)
        facts = {"change": acting.change, "now": acting.now}
        hours_added.send(Provider, provider_id=provider_id, spans=spans, why=acting.change.act, **facts)
