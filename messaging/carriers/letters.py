"""What goes to a carrier and what comes back. A carrier makes one request and says what it proves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from messaging.rules.errors import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPart:
    """An iCalendar file and its iTIP method, which the mail must repeat."""

    method: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything one attempt needs, so that nothing is read from the database while the request is under way."""

    attempt_id: int
    token: UUID
    channel: str
    sender: str
    destination: str
    text: str
    subject_line: str = ""
    html: str = ""
    sender_name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    calendar: CalendarPart | None = None
    started_at: datetime
    valid_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    verdict: Verdict
    sid: str = ""
    status: str = ""
    http_status: int | None = None
    code: str = ""
    segments: int | None = None
    retry_after: float | None = None  # seconds the carrier asked us to wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message of ours the carrier has. Candidates come oldest first."""

    sid: str
    status: str
    code: str = ""
    segments: int | None = None


class CarrierSilent(Exception):
    """The carrier could not be asked; that proves nothing."""


class Carrier(Protocol):
    """keeps_list: whether `find` can ever prove that a letter did not arrive."""

    name: str

    @property
    def keeps_list(self) -> bool: ...

    @property
    def sender(self) -> str: ...

    def send(self, letter: Letter, *, timeout: float) -> Outcome:
        """One request, never repeated. Whatever is not certain is UNKNOWN."""
        ...

    def find(self, letter: Letter, *, timeout: float) -> list[Found]:
        """What the carrier has that could be this letter. Raises CarrierSilent."""
        ...

    def fetch(self, sid: str, *, timeout: float) -> Found | None:
        """How far the carrier is with what it took; None when it does not say. Raises CarrierSilent."""
        ...
