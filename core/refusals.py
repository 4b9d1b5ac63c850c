"""How an operation says no. Everything else that is raised is a bug and should be loud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    BLOCKER = "blocker"
    NEEDS_OVERRIDE = "needs_override"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason why not, fit to be read aloud. `blocking` names the thing in the way: kind, id, span in UTC."""

    code: str
    severity: Severity
    message: str
    field: str = ""
    remedy: str = ""
    blocking: dict | None = None


class Refusal(Exception):
    """A no with a reason for the reader. `field` names the input at fault, if one is."""

    code = "refused"

    def __init__(self, message: str, *, field: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.field, self.remedy = message, field, remedy

    @property
    def problems(self) -> list[Problem]:
        return [
            Problem(
                code=self.code,
                severity=Severity.BLOCKER,
                message=self.message,
                field=self.field,
                remedy=self.remedy,
            )
        ]


class NotAllowed(Refusal):
    code = "not_allowed"


class StaleEdit(Refusal):
    """Somebody changed the row since the reader saw it."""

    code = "stale"


class AlreadyUsed(Refusal):
    """A form's id came back with different content."""

    code = "already_used"


class SlotTaken(Refusal):
    """The database's own refusal of an overlap. `what` is provider or room."""

    code = "slot_taken"

    def __init__(self, message: str, *, what: str = "provider", remedy: str = "") -> None:
        super().__init__(message, field="starts_at", remedy=remedy)
        self.what = what


class Blocked(Refusal):
    """Rules said no. `problems` is the whole list, warnings included."""

    code = "blocked"

    def __init__(self, problems: Sequence[Problem]) -> None:
        against = [p for p in problems if p.severity != Severity.WARNING]
        super().__init__(
            " ".join(p.message for p in against),
            field=next((p.field for p in against if p.field), ""),
        )
        self._problems = list(problems)

    @property
    def problems(self) -> list[Problem]:
        return self._problems
