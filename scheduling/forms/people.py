"""Who comes: rows of a look-up field, each a chosen person or words still to be understood."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from core.actors import Actor
from practice.models import Client
from practice.querysets import ClientQuerySet
from scheduling.states import Category

MOST_CANDIDATES = 6
SEVERAL = (Category.COUPLES, Category.FAMILY)  # types that are for more than one person


@dataclass(slots=True)
class PersonRow:
    """`candidates`: who the typed words may mean, when that is not exactly one."""

    client: Client | None = None
    text: str = ""
    error: str = ""
    candidates: list[Client] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class People:
    """Who comes as the form shows them: `chips` are chosen, `open` are (number, row) still to be understood.

    One person of a type that is for one is a field that says their name, not a chip.
    """

    rows: Sequence[PersonRow]
    category: str = ""

    @property
    def are_several(self) -> bool:
        return self.category in SEVERAL or len(self.rows) > 1

    @property
    def chips(self) -> list[Client]:
        return [row.client for row in self.rows if row.client] if self.are_several else []

    @property
    def open(self) -> list[tuple[int, PersonRow]]:
        if not self.are_several:
            return list(enumerate(self.rows))
        left = [(number, row) for number, row in enumerate(self.rows) if not row.client]
        return left or [(len(self.rows), PersonRow())]

    @property
    def hint(self) -> str:
        is_alone = self.category in SEVERAL and len(self.chips) < 2
        return "Everybody who comes, one after the other." if is_alone else ""


def people_from(data: Mapping[str, Any], *, by: Actor) -> list[PersonRow]:
    """One row per posted look-up; without JavaScript only the words arrive and are looked up here."""
    ids, words = _listed(data, "client"), _listed(data, "q")
    found = {c.public_id: c for c in _visible(by).filter(public_id__in=_uuids(ids))}
    rows = []
    for index in range(max(len(ids), len(words))):
        public_id = ids[index] if index < len(ids) else ""
        rows.append(_row(public_id, words[index].strip() if index < len(words) else "", found, by))
    return _without_repeats(rows)


def _listed(data: Mapping[str, Any], name: str) -> list[str]:
    if isinstance(data, QueryDict):
        return [str(value) for value in data.getlist(name)]
    return [str(data[name])] if data.get(name) else []


def _uuids(ids: list[str]) -> list[uuid.UUID]:
    good = []
    for text in ids:
        try:
            good.append(uuid.UUID(text))
        except ValueError:
            continue
    return good


def _visible(by: Actor) -> ClientQuerySet:
    return Client.objects.visible_to(by)


def _row(public_id: str, words: str, found: dict[uuid.UUID, Client], by: Actor) -> PersonRow:
    if public_id:
        chosen = next((found[key] for key in _uuids([public_id]) if key in found), None)
        if chosen:
            return PersonRow(client=chosen, text=chosen.name)
        return PersonRow(text=words, error="This person is not in your list. Look them up again.")
    return _looked_up(words, by) if words else PersonRow()


def _looked_up(words: str, by: Actor) -> PersonRow:
    fit = list(_visible(by).matching(words)[: MOST_CANDIDATES + 1])
    if len(fit) == 1:
        return PersonRow(client=fit[0], text=fit[0].name)
    if not fit:
        return PersonRow(text=words, error="Nobody fits. Check the spelling, or add a new client.")
    return PersonRow(text=words, error="Choose who is meant.", candidates=fit[:MOST_CANDIDATES])


def _without_repeats(rows: list[PersonRow]) -> list[PersonRow]:
    seen: set[int] = set()
    for row in rows:
        if row.client and row.client.pk in seen:
            row.client, row.error = None, "This person is already on the visit."
        elif row.client:
            seen.add(row.client.pk)
    return rows
