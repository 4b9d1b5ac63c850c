"""Clients, by record number, with the phones and the email of the usual spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Length

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column, Row
from core.sheets.trouble import SheetError
from practice.importing import kinds
from practice.importing.alike import note_doubles
from practice.importing.finding import Providers, Seen, locked_clients, reference
from practice.importing.kinds import Importing, Kind, kind_named, register
from practice.importing.reach import (
    EMAIL,
    PHONE,
    PHONE_2,
    email_columns,
    keep_reach,
    phone_columns,
    reach_of,
    second_phone_columns,
)
from practice.importing.readers import language, zone
from practice.importing.writing import Batch, Item
from practice.models import CareTeam, Client
from practice.states import AddressKind, Channel, ClientStatus

CHUNK = 1000
SLOTS = (PHONE, PHONE_2, EMAIL)
OLDEST = 130
# A new client has no visits yet that somebody would be written to about.
REACHES = {"preferred_channel", "birth_on", "contact_from", "contact_until", *AddressKind.values}
# Longer ones are other systems' keys, not a count the next record number could go on from.
COUNTABLE = 12


def client_columns(style: Style) -> list[Column]:
    return [*_names(style), *_care(style), *phone_columns(), *second_phone_columns(), *email_columns()]


def _names(style: Style) -> list[Column]:
    return [
        Column(
            name="record_number",
            reads=cells.text(20),
            required=True,
            says="the key: a client of this number is updated",
            also=("mrn", "chart", "chart_number", "chart_no", "client_id", "client_number", "client_no",
                  "patient_id", "patient_number", "medical_record_number", "record_no", "id"),
        ),
        Column(
            name="first_name",
            reads=cells.text(60),
            says="legal",
            also=("legal_first_name", "first", "given_name", "client_first_name", "patient_first_name"),
        ),
        Column(
            name="last_name",
            reads=cells.text(60),
            says="legal",
            also=("legal_last_name", "last", "surname", "family_name", "client_last_name", "patient_last_name"),
        ),
        Column(
            name="preferred_name",
            reads=cells.text(60),
            says="first name they go by",
            also=("preferred_first_name", "nickname", "goes_by", "chosen_name"),
        ),
        Column(name="pronouns", reads=cells.text(30)),
        Column(
            name="birth_on",
            reads=cells.date(style),
            empty=None,
            also=("dob", "date_of_birth", "birth_date", "birthdate", "birthday"),
        ),
        Column(
            name="region",
            reads=cells.text(20),
            says="state of residence",
            also=("state", "province", "state_of_residence"),
        ),
        Column(name="zone", reads=zone, also=("time_zone", "timezone"), says="empty for the practice's own"),
        Column(name="language", reads=language, empty="en", also=("preferred_language", "primary_language")),
        Column(name="needs_interpreter", reads=cells.yes_no, empty=False, also=("interpreter",)),
    ]  # fmt: skip


def _care(style: Style) -> list[Column]:
    return [
        Column(
            name="preferred_channel",
            reads=cells.choice({label: value for value, label in Channel.choices}),
            also=("preferred_contact", "preferred_contact_method", "contact_preference"),
        ),
        Column(name="contact_from", reads=cells.clock_time, empty=None, says="no messages before"),
        Column(name="contact_until", reads=cells.clock_time, empty=None, says="nor after"),
        Column(
            name="primary_provider",
            reads=cells.text(130),
            says="record number or name",
            also=("provider", "therapist", "clinician", "primary_clinician", "primary_therapist"),
        ),
        Column(
            name="care_team",
            reads=cells.words(130),
            empty=[],
            says="other providers, record numbers or names; several separated by semicolons",
            also=("other_providers", "treatment_team"),
        ),
        Column(
            name="insurances",
            reads=cells.words(60),
            empty=[],
            says="several separated by semicolons",
            also=("insurance", "payer", "primary_insurance", "insurance_name"),
        ),
        Column(
            name="copay",
            reads=cells.money,
            empty=None,
            says="expected at each visit",
            also=("expected_copay", "co_pay"),
        ),
        Column(
            name="fee_policy_on",
            reads=cells.date(style),
            empty=None,
            says="day the fee policy was acknowledged; without it no fee is asked for",
        ),
        Column(name="accessibility_needs", reads=cells.text(200), also=("accessibility", "accommodations")),
        Column(name="alert_banner", reads=cells.text(200), also=("alert", "alerts")),
        Column(
            name="call_before_closing",
            reads=cells.yes_no,
            empty=False,
            says="a missed visit or a late cancellation is followed by a call",
        ),
        Column(name="call_reason", reads=cells.text(1000), says="for the care team only"),
        Column(
            name="status",
            reads=cells.choice({label: value for value, label in ClientStatus.choices}),
            empty=ClientStatus.ACTIVE.value,
            also=("client_status", "patient_status"),
        ),
    ]


CLIENTS = tuple(column.name for column in client_columns(Style(zone=cells.UTC)))
OWN = tuple(
    column.name
    for column in (*_names(Style(zone=cells.UTC)), *_care(Style(zone=cells.UTC)))
    if column.name not in ("record_number", "primary_provider", "care_team")
)


@dataclass(frozen=True, slots=True)
class _Team:
    """What the line says of providers, as ids; None for a column the file lacks."""

    primary: int | None
    others: frozenset[int] | None


class Loader(kinds.Loader):
    def __init__(self, importing: Importing) -> None:
        super().__init__(importing)
        self.providers = Providers()
        self.seen = Seen()
        self.today = importing.now.astimezone(importing.style.zone).date()
        self.largest = 0

    def take(self, rows: Sequence[Row]) -> None:
        standing = locked_clients(row["record_number"] for row in rows)
        batch: Batch[Client] = Batch(self.importing, Client)
        teams: dict[int, _Team] = {}
        for row in rows:
            client = standing.get(row["record_number"]) or Client(record_number=row["record_number"])
            reasons, teams[row.line] = self._look(row, client)
            for reason in reasons:
                self.importing.refuse(row, *reason)
            if not reasons:
                batch.keep(row, client, _values(row, teams[row.line]))
        self._write(batch, teams)

    def _write(self, batch: Batch[Client], teams: dict[int, _Team]) -> None:
        batch.write()
        keep_reach(batch.items, SLOTS, "client")
        _keep_teams(batch.items, teams)
        self.importing.reached |= {
            item.subject.pk for item in batch.items if not item.is_new and REACHES & set(item.fields)
        }
        batch.tell()
        note_doubles(self.importing, batch.items)
        kind_named("clients").extend(self.importing, [(item.row, item.subject) for item in batch.items])
        numbers = [item.subject.record_number for item in batch.items if item.is_new]
        self.largest = max([self.largest, *(int(n) for n in numbers if _counts(n))])

    def finish(self) -> None:
        """New clients get numbers after those of the file. A sequence heeds no rollback, so it waits for the commit."""
        if self.largest:
            transaction.on_commit(lambda: step_past(self.largest))

    def _look(self, row: Row, client: Client) -> tuple[list[tuple[str, str]], _Team]:
        reasons = [
            *self._doubles(row),
            *_nameless(row, client),
            *self._unborn(row),
            *_hours_wrong(row, client),
        ]
        primary = self._provider(row, "primary_provider", row.get("primary_provider"), reasons)
        others = [self._provider(row, "care_team", name, reasons) for name in row.get("care_team", [])]
        return reasons, _Team(primary, frozenset(filter(None, others)) if row.has("care_team") else None)

    def _provider(
        self, row: Row, column: str, name: str | None, reasons: list[tuple[str, str]]
    ) -> int | None:
        try:
            return self.providers.find(name).pk if name else None
        except ValueError as error:
            reasons.append((column, str(error)))
            return None

    def _doubles(self, row: Row) -> Iterator[tuple[str, str]]:
        if first := self.seen.before(row["record_number"], row):
            yield "record_number", f"Line {first} has this record number already."

    def _unborn(self, row: Row) -> Iterator[tuple[str, str]]:
        born: dt.date | None = row.get("birth_on")
        if born and born > self.today:
            yield "birth_on", "This day has not come yet."
        if born and born.year < self.today.year - OLDEST:
            yield "birth_on", f"This is more than {OLDEST} years ago."


def _nameless(row: Row, client: Client) -> Iterator[tuple[str, str]]:
    """Somebody known keeps their name when the file has no column for it; a new client needs one."""
    for column in ("first_name", "last_name"):
        if client._state.adding and not row.has(column):
            raise SheetError(
                f"The file has no column for {column}, and line {row.line} is a new client.", field="mapping"
            )
        if row.has(column) and not row[column]:
            yield column, "This must be filled in."


def _hours_wrong(row: Row, client: Client) -> Iterator[tuple[str, str]]:
    begin, end = (row.get(name, getattr(client, name)) for name in ("contact_from", "contact_until"))
    if (begin is None) != (end is None) or (begin is not None and end is not None and begin >= end):
        yield "contact_until", "Write both times, the second later; or leave both empty."


def _values(row: Row, team: _Team) -> dict[str, Any]:
    values = {name: row[name] for name in OWN if row.has(name)}
    return values | ({"primary_provider_id": team.primary} if row.has("primary_provider") else {})


def _keep_teams(items: Sequence[Item[Client]], teams: Mapping[int, _Team]) -> None:
    """The care team is the primary provider and those listed; with no list the primary one joins those who stand."""
    have: dict[int, dict[int, int]] = defaultdict(dict)
    known = [item.subject.pk for item in items if not item.is_new]
    for pk, client_id, provider in CareTeam.objects.filter(client__in=known).values_list(
        "pk", "client", "provider"
    ):
        have[client_id][provider] = pk
    made: list[CareTeam] = []
    gone: list[int] = []
    for item in items:
        client, others, team = item.subject, teams[item.row.line].others, have[item.subject.pk]
        first = {client.primary_provider_id} if client.primary_provider_id else set()
        wanted = first | (team.keys() if others is None else others)
        made += [CareTeam(client=client, provider_id=pk) for pk in sorted(wanted - team.keys())]
        gone += [team[provider] for provider in team.keys() - wanted]
        if wanted != team.keys():
            item.fields.append("care_team")
    if gone:
        CareTeam.objects.filter(pk__in=gone).delete()
    CareTeam.objects.bulk_create(made)


def _counts(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) <= COUNTABLE


def step_past(largest: int) -> None:
    """The next record number is greater. Without it the next one would be looked for number by number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval('practice_record_number', %s) FROM practice_record_number WHERE last_value < %s",
            [largest, largest],
        )


def client_rows(style: Style) -> Iterator[Mapping[str, Any]]:
    """Shorter numbers first, so that 9 comes before 10."""
    found = Client.objects.select_related("primary_provider")
    found = found.prefetch_related("addresses", "care_team__provider")
    for client in found.order_by(Length("record_number"), "record_number").iterator(chunk_size=CHUNK):
        yield {name: getattr(client, name) for name in ("record_number", *OWN)} | {
            "primary_provider": reference(client.primary_provider),
            "care_team": _others(client),
            **reach_of(client, SLOTS),
        }


def _others(client: Client) -> list[str]:
    team = [one.provider for one in client.care_team.all() if one.provider_id != client.primary_provider_id]
    return sorted(reference(provider) for provider in team)


register(
    Kind(
        name="clients",
        label="Clients",
        rank=60,
        says="People in care, with how to reach them. Consent is its own: see consents.",
        columns=client_columns,
        loader=Loader,
        rows=client_rows,
        exported=CLIENTS,
        stands=Client.objects.count,
    )
)
