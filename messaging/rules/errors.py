"""What an answer of the carrier proves. A table, because Twilio adds codes; source: messaging-facts, section 1."""

from enum import StrEnum


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"  # certain; may be tried again
    UNKNOWN = "unknown"  # may have been taken: verify before anything else
    CONFIGURATION = "configuration"  # ours to repair; certain not sent; costs no retry
    OPTED_OUT = "opted_out"
    BAD_ADDRESS = "bad_address"
    REJECTED = "rejected"  # certain, and trying again would not help


CODES: dict[str, Verdict] = {
    "20429": Verdict.NOT_SENT,
    "21611": Verdict.NOT_SENT,  # the sender's queue is full
    "21730": Verdict.NOT_SENT,  # maintenance
    "20003": Verdict.CONFIGURATION,
    "21212": Verdict.CONFIGURATION,
    "21601": Verdict.CONFIGURATION,
    "21603": Verdict.CONFIGURATION,
    "21606": Verdict.CONFIGURATION,
    "21608": Verdict.CONFIGURATION,
    "21659": Verdict.CONFIGURATION,
    "21660": Verdict.CONFIGURATION,
    "21661": Verdict.CONFIGURATION,
    "21703": Verdict.CONFIGURATION,
    "21610": Verdict.OPTED_OUT,
    "21211": Verdict.BAD_ADDRESS,
    "21217": Verdict.BAD_ADDRESS,
    "21265": Verdict.BAD_ADDRESS,
    "21266": Verdict.BAD_ADDRESS,
    "21614": Verdict.BAD_ADDRESS,
    "21635": Verdict.BAD_ADDRESS,
    "30006": Verdict.BAD_ADDRESS,  # landline
    "bounce_permanent": Verdict.BAD_ADDRESS,  # SES
}


# SES by name of its error, v1 and v2. Source: messaging-facts, section 2.
SES_CODES: dict[str, Verdict] = {
    **dict.fromkeys(("Throttling", "ThrottlingException", "TooManyRequestsException"), Verdict.NOT_SENT),
    **dict.fromkeys(
        (
            "LimitExceededException",
            "MessageRejected",
            "MailFromDomainNotVerified",
            "MailFromDomainNotVerifiedException",
            "ConfigurationSetDoesNotExist",
            "ConfigurationSetDoesNotExistException",
            "ConfigurationSetSendingPausedException",
            "AccountSendingPausedException",
            "AccountSuspendedException",
            "SendingPausedException",
            "NotFoundException",
            "AccessDenied",
            "AccessDeniedException",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "ExpiredTokenException",
        ),
        Verdict.CONFIGURATION,
    ),
}
# What SES's events say of a mail it took, as kept in Attempt.error_code.
BOUNCED = {"Permanent": "bounce_permanent", "Transient": "bounce_transient", "Undetermined": "bounce_unclear"}
COMPLAINED, NOT_TAKEN = "complaint", "ses_reject"
DAILY_QUOTA = "daily message quota exceeded"


def verdict_of_ses(http_status: int, code: str, message: str) -> Verdict:
    """The daily quota comes under the name of throttling; waiting a minute does not help it."""
    if DAILY_QUOTA in message.lower():
        return Verdict.CONFIGURATION
    if code in SES_CODES:
        return SES_CODES[code]
    return verdict_on(http_status, "")


def verdict_on(http_status: int, code: str) -> Verdict:
    """For an answer that came back. Only what is certain is called certain: 5xx may have been taken all the same."""
    if 200 <= http_status < 300:
        return Verdict.ACCEPTED
    if http_status >= 500 or http_status < 400:
        return Verdict.UNKNOWN
    if http_status == 429:
        return Verdict.NOT_SENT
    return CODES.get(code, Verdict.CONFIGURATION if http_status in (401, 403) else Verdict.REJECTED)


def verdict_on_failure(code: str) -> Verdict:
    """For a message the carrier took and later gave up: which of these also closes the address."""
    found = CODES.get(code, Verdict.REJECTED)
    return found if found in (Verdict.OPTED_OUT, Verdict.BAD_ADDRESS) else Verdict.REJECTED


REASONS = {
    Verdict.NOT_SENT: "The carrier could not take it",
    Verdict.UNKNOWN: "Nobody can say whether it was sent",
    Verdict.CONFIGURATION: "The carrier refuses our settings",
    Verdict.OPTED_OUT: "The client opted out with the carrier",
    Verdict.BAD_ADDRESS: "This address cannot receive it",
    Verdict.REJECTED: "The carrier refused it",
}


# How a call ended that nobody heard: `rules.calls.outcome`.
NOT_HEARD = {
    "busy": "The line was busy",
    "no-answer": "Nobody took the call",
    "failed": "The call could not be put through",
    "canceled": "The call was stopped before anybody took it",
    "voicemail": "A machine took the call",
    "not_heard": "Nobody can say whether a person heard the call",
}


def reason_for(verdict: Verdict, code: str = "") -> str:
    """At most 80 characters, for staff."""
    if code in NOT_HEARD:
        return NOT_HEARD[code]
    return f"{REASONS[verdict]} (code {code})" if code else REASONS[verdict]
