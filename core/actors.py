"""Who acts: one value for staff, clients, contacts and the system itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    USER = "user"
    CLIENT = "client"
    CONTACT = "contact"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`via` is the door: web, admin, sms, voice, email, portal, api, command, worker.

    provider_id: the provider this user is, if any. supervisee_ids: providers this user supervises.
    undo_seconds: how long this actor may take an act back; 0 for clients and the system.
    """

    kind: ActorKind
    id: int | None = None
    via: str = "web"
    roles: frozenset[str] = field(default_factory=frozenset)
    provider_id: int | None = None
    supervisee_ids: frozenset[int] = field(default_factory=frozenset)
    undo_seconds: int = 0

    @property
    def is_staff(self) -> bool:
        return self.kind == ActorKind.USER

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


SYSTEM = Actor(kind=ActorKind.SYSTEM, via="worker")
