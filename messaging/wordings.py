"""What is said to clients, by name: an app says in `ready()` what it says and in which words unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from messaging.rules.wording import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """`key`: letters and underscores, it stands in addresses. `when`: one sentence for staff.

    defaults: (channel, language) → versions from long to short; the first that fits one segment is used.
    names_practice: it comes unasked, so it must say who writes and how to call back. An answer need not.
    asks: it asks for an answer and says how to give it.
    has_steps: each step of the schedule may have words of its own.
    samples: by language, variables whose example is another here than in a reminder.
    """

    key: str
    label: str
    group: str
    when: str
    defaults: Mapping[tuple[str, str], Sequence[Words]]
    names_practice: bool = True
    asks: bool = False
    has_steps: bool = False
    samples: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def channels(self) -> list[str]:
        return list(dict.fromkeys(channel for channel, _ in self.defaults))


_registered: dict[str, Wording] = {}


def register(wording: Wording) -> None:
    """Raises ValueError when another wording has that key. Registering the same one again is harmless."""
    if _registered.setdefault(wording.key, wording) != wording:
        raise ValueError(f"wording {wording.key!r} is already registered")


def get(key: str) -> Wording | None:
    return _registered.get(key)


def all() -> list[Wording]:  # noqa: A001  reads as wordings.all()
    return list(_registered.values())
