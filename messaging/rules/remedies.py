"""What a carrier's answer means for whoever sets it up. Source: messaging-facts, section 1; Twilio's error pages."""

from messaging.rules.errors import Verdict

SAYS = {
    "20003": ("Twilio does not know this account and token.", "Copy both again from Twilio's console."),
    "20404": ("Twilio does not know this account.", "Check the account SID."),
    "21211": ("That is not a number Twilio can write to.", "Check the number, with its country code."),
    "21608": (
        "A trial account writes only to numbers it has verified.",
        "Verify the number, or leave the trial.",
    ),
    "21606": (
        "The number texts come from is not one of this account that can text.",
        "Check the sender's number.",
    ),
    "21659": ("The number texts come from is not one of this account.", "Check the sender's number."),
    "21603": ("No number was given for texts to come from.", "Write the sender's number down."),
    "21610": ("This number has answered STOP to you.", "It has to write START before it gets texts again."),
    "21614": ("This number cannot take texts.", "Try a mobile number."),
    "21408": (
        "Your account may not send to this country.",
        "Allow the country in Twilio's messaging permissions.",
    ),
    "21703": ("The messaging service has no number.", "Add one to its sender pool."),
    "30034": (
        "The number is not registered for business texts.",
        "Register your brand and campaign with Twilio.",
    ),
    "20429": ("Twilio has too many requests of yours at once.", "Try again in a minute."),
    "535": ("The mail server does not know this user and password.", "Check both."),
    "550": ("The mail server does not take mail for this address.", "Check the address."),
    "MessageRejected": (
        "SES refused the mail.",
        "Verify the sender in SES; in its sandbox the recipient too.",
    ),
    "InvalidClientTokenId": ("AWS does not know this key.", "Copy key and secret again."),
    "SignatureDoesNotMatch": ("The secret does not fit the key.", "Copy key and secret again."),
    "AccessDenied": ("The key may not send mail.", "Give it ses:SendRawEmail and ses:SendEmail."),
    "AccessDeniedException": ("The key may not send mail.", "Give it ses:SendRawEmail and ses:SendEmail."),
}
OF_VERDICT = {
    Verdict.ACCEPTED: ("The carrier took it. It should arrive within a minute.", ""),
    Verdict.NOT_SENT: ("The carrier could not be reached, or is busy.", "Try again; check the server's address."),
    Verdict.UNKNOWN: ("The carrier did not answer clearly; it may arrive all the same.", "Wait a minute."),
    Verdict.CONFIGURATION: ("The carrier refuses these settings.", "Check account, secret and sender."),
    Verdict.OPTED_OUT: ("This address has opted out.", "Try another one."),
    Verdict.BAD_ADDRESS: ("This address cannot be reached.", "Check it, or try another one."),
    Verdict.REJECTED: ("The carrier refused it.", "Look the code up with the carrier."),
}  # fmt: skip


def said_of(verdict: Verdict, code: str) -> str:
    words = SAYS.get(code, OF_VERDICT[verdict])[0]
    return f"{words} (code {code})" if code and verdict != Verdict.ACCEPTED else words


def remedy_for(verdict: Verdict, code: str) -> str:
    return SAYS.get(code, OF_VERDICT[verdict])[1]
