"""What a call came to, and what a key means. Source: REM-8; messaging-facts, "Voice"."""

from enum import StrEnum

PEOPLE = frozenset({"human"})
KEYS = {"1": "yes", "2": "cancel", "3": "move", "9": "stop"}
# Status words of a call as those of a text, so that one total order serves both (rules.statuses).
UNDER_WAY = {
    "queued": "queued", "initiated": "queued", "ringing": "sending", "in-progress": "sent", "answered": "sent",
}  # fmt: skip
NOT_REACHED = frozenset({"busy", "no-answer", "failed", "canceled"})


class Who(StrEnum):
    """Who took the call, as far as can be told. UNSURE may be either: nothing of the visit is said to it unasked."""

    PERSON = "person"
    MACHINE = "machine"
    UNSURE = "unsure"


class Said(StrEnum):
    """What a key led to; the words spoken next follow from it."""

    MENU = "menu"  # the message and its keys, again or at last
    CONFIRMED = "confirmed"
    ASK_SURE = "ask_sure"
    CANCELLED = "cancelled"
    MOVED_SINCE = "moved_since"
    CALL_BACK = "call_back"
    CALL_US = "call_us"
    STOPPED = "stopped"
    BYE = "bye"


def who_answered(answered_by: str) -> Who:
    """Twilio's AnsweredBy: human, machine_start, machine_end_…, fax, unknown; empty when it did not look."""
    if answered_by in PEOPLE:
        return Who.PERSON
    return Who.MACHINE if answered_by.startswith("machine") or answered_by == "fax" else Who.UNSURE


def outcome(call_status: str, answered_by: str) -> tuple[str, str]:
    """(status as of a text, code). `completed` says only that it ended: who took it decides whether it was heard.

    A key that was pressed says more than either, and has been noted as delivered by then.
    """
    if call_status in UNDER_WAY:
        return UNDER_WAY[call_status], ""
    if call_status in NOT_REACHED:
        return "undelivered", call_status
    if call_status != "completed":
        return "", ""
    who = who_answered(answered_by)
    return {
        Who.PERSON: ("delivered", ""),
        Who.MACHINE: ("undelivered", "voicemail"),
        Who.UNSURE: ("undelivered", "not_heard"),
    }[who]
