"""What a reply may lead to, and what has to be known to tell. Source: REM-7, REM-16."""

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    CONFIRM = "confirm"
    CANCEL = "cancel"
    ASK_CANCEL_OR_MOVE = "ask_cancel_or_move"
    CONFIRM_LATE_CANCEL = "confirm_late_cancel"  # a second C is asked for; nothing is cancelled yet
    RESCHEDULE_LINK = "reschedule_link"
    CHOOSE_A = "choose_a"
    CHOOSE_B = "choose_b"
    ASK_WHICH = "ask_which"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    OPT_OUT = "opt_out"
    OPT_OUT_AND_TASK = (
        "opt_out_and_task"  # the word CANCEL: the carrier opts out, the client may mean the visit
    )
    OPT_IN = "opt_in"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    CRISIS = "crisis"
    INBOX = "inbox"  # a person reads it and nothing changes


class Asked(StrEnum):
    """What the one open question asks."""

    CONFIRM = "confirm"
    OFFER = "offer"
    WHICH = "which"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands round a reply.

    asks: the open question, None when there is none. visits: of the client, that it could be about.
    clients_on_number: how many share the number; code: what their texts print after the letter ("4" for Y4).
    inside_notice: a cancellation now is a late one. previous: "C" when a second C was just asked for.
    hours_after_start: None before the visit begins.
    """

    asks: Asked | None = None
    visits: int = 1
    clients_on_number: int = 1
    code: str | None = None
    inside_notice: bool = False
    previous: str | None = None
    opted_out: bool = False
    hours_after_start: float | None = None
    language: str = "en"

    @property
    def has_begun(self) -> bool:
        return self.hours_after_start is not None and self.hours_after_start >= 0

    @property
    def is_shared(self) -> bool:
        return self.clients_on_number > 1
