"""Whose accounts messages go out with. `repr` never tells a secret."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """`tokens`: the one in use first, then the former one, still believed on callbacks while it is being replaced."""

    sid: str
    tokens: tuple[str, ...] = field(repr=False)
    text_from: str
    voice_from: str = ""
    service_sid: str = ""

    @property
    def token(self) -> str:
        return self.tokens[0] if self.tokens else ""

    @property
    def can_text(self) -> bool:
        return bool(self.sid and self.token and self.text_from)

    @property
    def can_call(self) -> bool:
        return bool(self.sid and self.token and self.voice_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount:
    """`by`: ses or smtp, or empty for what the environment says. configuration_set: by which SES tells what became."""

    by: str = ""
    sender: str
    configuration_set: str = ""
    options: dict[str, Any] = field(default_factory=dict, repr=False)


def ends_in(secret: str) -> str:
    """What may be shown of one, to tell two apart; of a short one nothing."""
    return f"…{secret[-2:]}" if len(secret) >= 12 else ""
