"""Whether an address may be used, and if not, why. The words are read by staff."""

from dataclasses import dataclass

from messaging.states import MessageClass

# Somebody who asks for a code, or may be in danger, is answered without consent on record; never after an opt-out.
NEED_NO_CONSENT = frozenset({MessageClass.CODE, MessageClass.CRISIS})

OFF_FILE = "This address is no longer on file"
SUPPRESSED = "Nothing may be sent to this address"
NO_CONSENT = "No consent on record"
WITHDRAWN = "Consent was withdrawn"
NOT_SAFE = "Not marked as safe to use"
TOLD_THROUGH_OTHERS = "Too young to be told: the guardians are"
MAY_NOT_RECEIVE = "This contact may not receive messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFacts:
    """consent: the newest line for this person, channel and address; None when there is none."""

    is_safe: bool
    consent: bool | None
    is_suppressed: bool


def refusal(facts: AddressFacts) -> str:
    """Empty when the address may be used."""
    if facts.is_suppressed:
        return SUPPRESSED
    if facts.consent is None:
        return NO_CONSENT
    if not facts.consent:
        return WITHDRAWN
    return "" if facts.is_safe else NOT_SAFE
