"""Why a visit stays without a word, and what mends it."""

from collections.abc import Collection, Iterable

from messaging.rules import reach
from messaging.states import Closed
from reminders.states import WhySilent

CODES: dict[str, WhySilent] = {
    reach.MAY_NOT_RECEIVE: WhySilent.CONTACT_CLOSED,
    reach.TOLD_THROUGH_OTHERS: WhySilent.TOO_YOUNG,
    reach.NO_CONSENT: WhySilent.NO_CONSENT,
    reach.WITHDRAWN: WhySilent.WITHDRAWN,
    reach.NOT_SAFE: WhySilent.NOT_SAFE,
}
CLOSED: dict[str, WhySilent] = {
    Closed.OPTED_OUT: WhySilent.OPTED_OUT,
    Closed.WRONG_NUMBER: WhySilent.WRONG_NUMBER,
    Closed.BAD_ADDRESS: WhySilent.BAD_ADDRESS,
}
# A carrier that is missing stands before what one could ask the client for.
BEFORE_CHANNELS = (reach.MAY_NOT_RECEIVE, reach.TOLD_THROUGH_OTHERS, reach.SUPPRESSED)
FIRST_OF = list(WhySilent)

CONSENT, CORRECT, ADD, CONTACT, SETTINGS, PLAN, CALL = (
    "consent",
    "correct",
    "add",
    "contact",
    "settings",
    "plan",
    "call",
)
FIXES: dict[str, str] = {
    WhySilent.RULES_OFF: SETTINGS,
    WhySilent.NO_CONSENT: CONSENT,
    WhySilent.NOT_SAFE: CONSENT,
    WhySilent.WITHDRAWN: CONSENT,
    WhySilent.WRONG_NUMBER: CORRECT,
    WhySilent.BAD_ADDRESS: CORRECT,
    WhySilent.OPTED_OUT: ADD,
    WhySilent.NO_ADDRESS: ADD,
    WhySilent.CHANNEL_OFF: ADD,
    WhySilent.CONTACT_CLOSED: CONTACT,
    WhySilent.TOO_YOUNG: CONTACT,
    WhySilent.NO_STEP: SETTINGS,
    WhySilent.NOT_PLANNED: PLAN,
    WhySilent.NOT_DELIVERED: CALL,
    WhySilent.TOO_SOON: CALL,
}


def why_closed(refusal: str, *, suppression: str, is_ready: bool) -> WhySilent | None:
    """One address on one channel. None when it may be used. suppression: the reason it is closed for, if it is."""
    if refusal == reach.SUPPRESSED:
        return CLOSED.get(suppression, WhySilent.OPTED_OUT)
    if not is_ready and refusal not in BEFORE_CHANNELS:
        return WhySilent.CHANNEL_OFF
    return CODES[refusal] if refusal else None


def nearest(codes: Iterable[WhySilent]) -> WhySilent:
    """Of the reasons at all their addresses, the one that is mended soonest; none at all: no address."""
    return min(codes, key=FIRST_OF.index, default=WhySilent.NO_ADDRESS)


def why_unplanned(
    *, channels: Collection[str], usable: Collection[str], was_tried: bool, has_time: bool
) -> WhySilent:
    """Somebody may be written to and still nothing is planned. channels: those of all active steps."""
    if not set(channels) & set(usable):
        return WhySilent.NO_STEP
    if was_tried:
        return WhySilent.NOT_DELIVERED
    return WhySilent.NOT_PLANNED if has_time else WhySilent.TOO_SOON
