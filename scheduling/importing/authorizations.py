"""What insurers allow, by client. `used` counts all sessions used so far, wherever they were counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models.functions import Length

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from practice.importing import kinds
from practice.importing.contacts import client_column
from practice.importing.finding import Seen, clients_of
from practice.importing.kinds import Importing, Kind, register
from practice.importing.writing import Batch
from practice.models import Authorization, Client
from scheduling.queries.authorizations import with_use

CHUNK = 1000
KEY = ("payer", "number")
Permits = Mapping[tuple[int, str, str], tuple[Authorization, int]]


def columns(style: Style) -> list[Column]:
    sessions = cells.whole(1, 500)
    return [
        client_column(),
        Column(name="payer", reads=cells.text(60), required=True, also=("insurer", "insurance", "plan")),
        Column(
            name="number",
            reads=cells.text(40),
            required=True,
            also=("authorization", "authorization_number", "auth_number"),
        ),
        Column(name="sessions", reads=sessions, required=True, also=("visits", "units", "allowed")),
        Column(
            name="used",
            reads=cells.whole(0, 500),
            empty=0,
            also=("used_sessions", "visits_used"),
            says="how many are used so far, all told",
        ),
        Column(name="starts_on", reads=cells.date(style), required=True, also=("valid_from", "start_date")),
        Column(name="ends_on", reads=cells.date(style), required=True, also=("valid_until", "end_date")),
    ]


NAMES = tuple(column.name for column in columns(Style(zone=cells.UTC)))


class Authorizations(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.seen = Seen()

    def take(self, rows: Sequence[Row]) -> None:
        found = clients_of(self.importing, rows)
        standing = _standing({client.pk for _, client in found})
        batch: Batch[Authorization] = Batch(self.importing, Authorization)
        for row, client in found:
            permit, counted = standing.get((client.pk, *_key(row)), (Authorization(client=client), 0))
            if reason := self._reason(row, client, permit, counted):
                self.importing.refuse(row, *reason)
                continue
            values = {name: value for name, value in row.values.items() if name not in {"client", "used"}}
            if row.has("used"):
                values["used_before"] = row["used"] - counted
            batch.keep(row, permit, values)
        batch.write()
        batch.tell()

    def _reason(
        self, row: Row, client: Client, permit: Authorization, counted: int
    ) -> tuple[str, str] | None:
        used = row["used"] if row.has("used") else permit.used_before + counted
        if first := self.seen.before((client.pk, *_key(row)), row):
            return "number", f"Line {first} has this authorization already."
        if row["starts_on"] > row["ends_on"]:
            return "ends_on", "The last day comes before the first."
        if used > row["sessions"]:
            return "sessions", f"{used} are used already, and these are fewer."
        if used < counted:
            return "used", f"Visits on file have used {counted}. Write that, or more."
        return None


def _key(row: Row) -> tuple[str, str]:
    return row["payer"], row["number"]


def _standing(client_ids: set[int]) -> Permits:
    """Each with how many sessions visits on file have used, locked."""
    locked = Authorization.objects.filter(client__in=client_ids).order_by("pk").select_for_update(no_key=True)
    rows = {row.pk: row for row in locked}
    used = {row.pk: row.used for row in with_use(Authorization.objects.filter(pk__in=rows))}  # type: ignore[attr-defined]  # annotated
    return {
        (row.client_id, row.payer, row.number): (row, used[pk] - row.used_before) for pk, row in rows.items()
    }


def given(style: Style) -> Iterator[Mapping[str, Any]]:
    rows = with_use(Authorization.objects.select_related("client"))
    ordered = rows.order_by(Length("client__record_number"), "client__record_number", *KEY)
    for row in ordered.iterator(chunk_size=CHUNK):
        yield {name: getattr(row, name) for name in NAMES if name != "client"} | {
            "client": row.client.record_number
        }


register(
    Kind(
        name="authorizations",
        label="Authorizations",
        rank=85,
        says="What insurers allow: sessions, how many are used, and between which days.",
        columns=columns,
        loader=Authorizations,
        rows=given,
        exported=NAMES,
        stands=Authorization.objects.count,
    )
)
