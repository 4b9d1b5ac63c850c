"""The series visits belong to. Known by public id, or by a number of the other system made into one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from practice.importing.kinds import Importing
from scheduling.importing.making import uuid_of
from scheduling.importing.reading import Catalogue, Visit
from scheduling.models import Series

# Any constant: the same number gives the same series in every later import.
NUMBERS = uuid.UUID("7f1c1a6e-5c3b-4c58-9d5e-2b0f6f4a9e11")
NO_RULE = "This series is new, so its series_rule must be filled in, like FREQ=WEEKLY;COUNT=10."


def join_series(visits: Sequence[Visit], importing: Importing, book: Catalogue) -> list[Visit]:
    """Sets their series, made where it is new; those whose new series has no rule are refused and left out."""
    ids = {visit.key: _id(visit.values["series"]) for visit in visits if visit.values.get("series")}
    if not ids:
        return list(visits)
    known = {row.public_id: row for row in Series.objects.filter(public_id__in=set(ids.values()))}
    fresh: dict[uuid.UUID, Series] = {}
    for visit in visits:
        public_id = ids.get(visit.key)
        if public_id and public_id not in known and visit.values.get("series_rule"):
            fresh.setdefault(public_id, _series(visit, public_id, book))
    known |= {row.public_id: row for row in Series.objects.bulk_create(fresh.values())}
    return [visit for visit in visits if _join(visit, ids.get(visit.key), known, importing)]


def _id(key: str) -> uuid.UUID:
    return uuid_of(key) or uuid.uuid5(NUMBERS, key)


def _series(visit: Visit, public_id: uuid.UUID, book: Catalogue) -> Series:
    local, said = visit.starts_at.astimezone(book.zone), visit.values
    return Series(
        public_id=public_id,
        rule=said["series_rule"],
        starts_on=said.get("series_starts_on") or local.date(),
        local_time=said.get("series_time") or local.time(),
        zone=said.get("series_zone") or book.practice.zone,
    )


def _join(
    visit: Visit, public_id: uuid.UUID | None, known: dict[uuid.UUID, Series], importing: Importing
) -> bool:
    if public_id is None:
        return True
    if public_id not in known:
        for row in visit.rows:
            importing.refuse(row, "series_rule", NO_RULE)
        return False
    visit.columns["series_id"] = known[public_id].pk
    return True
