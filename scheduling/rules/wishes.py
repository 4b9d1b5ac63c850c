"""What somebody asks for, as values: a visit to book, or a place to move one to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when. `starts_at` is aware: the first minute of the session, not of its buffer."""

    provider_id: int | None
    starts_at: dt.datetime
    minutes: int
    room_id: int | None = None
    location_id: int | None = None
    modality: str = "in_person"
    co_provider_id: int | None = None

    @property
    def ends_at(self) -> dt.datetime:
        return self.starts_at + dt.timedelta(minutes=self.minutes)

    @property
    def people(self) -> tuple[int, ...]:
        return tuple(i for i in (self.provider_id, self.co_provider_id) if i is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Place):
    """A visit to book. Buffers and rate left None come from the type, or from the provider's own offer of it.

    billing_mode: a `states.BillingMode`; empty for what is usual with the type's category.
    """

    type_id: int
    client_ids: tuple[int, ...] = ()
    buffer_before_minutes: int | None = None
    buffer_after_minutes: int | None = None
    title: str = ""
    note: str = ""
    rate_cents: int | None = None
    billing_mode: str = ""
    series_id: int | None = None
    source: str = "staff"
    capacity: int | None = None
    is_confidential: bool = False

    @property
    def heads(self) -> int:
        """Everybody in the room. A group meeting needs every seat it has, whoever has one so far."""
        return max(len(self.client_ids), self.capacity or 0) + len(self.people)
