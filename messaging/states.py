from django.db.models import TextChoices


class MessageState(TextChoices):
    DUE = "due", "Due"
    CLAIMED = "claimed", "Claimed"
    SENDING = "sending", "Sending"
    VERIFYING = "verifying", "Verifying"
    ACCEPTED = "accepted", "Accepted"
    DELIVERED = "delivered", "Delivered"
    UNDELIVERED = "undelivered", "Not delivered"
    SKIPPED = "skipped", "Skipped"
    EXPIRED = "expired", "Expired"
    DEAD = "dead", "Gave up"


# At most one of these per (purpose, subject).
LIVE = (
    MessageState.DUE,
    MessageState.CLAIMED,
    MessageState.SENDING,
    MessageState.VERIFYING,
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
)
# Before a carrier may have it, a message can still be taken back.
RECALLABLE = (MessageState.DUE,)
NEEDS_REASON = (MessageState.SKIPPED, MessageState.EXPIRED, MessageState.DEAD, MessageState.UNDELIVERED)


class MessageClass(TextChoices):
    REMINDER = "reminder", "Reminder"
    OFFER = "offer", "Offer"
    ANSWER = "answer", "Answer"
    CODE = "code", "Code"
    NEWS = "news", "News of a change"
    URGENT = "urgent", "Urgent notice"
    CRISIS = "crisis", "Crisis answer"


# Who is served first: people who wrote to us, or may be in danger, before a morning's reminders.
TURNS = (MessageClass.CRISIS, MessageClass.CODE, MessageClass.ANSWER, MessageClass.URGENT)


class Asks(TextChoices):
    CONFIRM = "confirm", "To confirm"
    OFFER = "offer", "To accept an offer"
    WHICH = "which", "Which visit"


class AttemptState(TextChoices):
    STARTED = "started", "Started"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    UNKNOWN = "unknown", "Unknown"
    ADOPTED = "adopted", "Adopted"  # found with the carrier after its answer was lost
    ABSENT = "absent", "Absent"  # proven never to have reached the carrier


class BreakerState(TextChoices):
    CLOSED = "closed", "Closed"  # in order: everything flows
    OPEN = "open", "Open"
    HALF_OPEN = "half_open", "Half open"


class ConsentSource(TextChoices):
    FORM = "form", "Signed form"
    VERBAL = "verbal", "Said to staff"
    WEB = "web", "On the web"
    REPLY = "reply", "By reply"
    IMPORT = "import", "Attested import"


class Closed(TextChoices):
    """Why an address is suppressed."""

    OPTED_OUT = "opted_out", "Opted out"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    BAD_ADDRESS = "bad_address", "Does not work"


class TaskKind(TextChoices):
    CALL_CLIENT = "call_client", "Call the client"
    READ_REPLY = "read_reply", "Read a reply"
    MAY_WANT_TO_CANCEL = "may_want_to_cancel", "May want to cancel"
    NOT_DELIVERED = "not_delivered", "Message not delivered"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    OF_AGE = "of_age", "Came of age: ask who may still be told"
    AUTHORIZATION = "authorization", "Ask the insurer for more"
    CRISIS = "crisis", "Somebody may be in danger"
    ANSWERED_TWICE = "answered_twice", "Answered twice, differently"
    OUTREACH = "outreach", "Did not come: call and rebook"
    SAFETY_CALL = "safety_call", "Call before closing"
    REPLAN = "replan", "Provider away: call about the visit"
    TIME_OFF = "time_off", "Somebody is ill: look at their visits"
    CARRIER_DOWN = "carrier_down", "A carrier does not work"
    BUDGET = "budget", "The budget for messages"


class MailBy(TextChoices):
    SES = "ses", "Amazon SES"
    SMTP = "smtp", "A mail server"


class Alert(TextChoices):
    """What made a task urgent: a person's safety."""

    CRISIS = "crisis", "Words of danger"
    SAFETY = "safety", "Call before closing"


class Variant(TextChoices):
    """Of the practice's words for one thing: those everybody gets, or half do while second words stand beside them."""

    FIRST = "", "First words"
    SECOND = "b", "Second words"
