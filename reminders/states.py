from django.db.models import TextChoices

# What our messages are about, by name; the subject of each is a Reminder, a Notice, an InboundMessage.
REMINDER, NOTICE, ANSWER = "reminders.reminder", "reminders.notice", "reminders.answer"


class RuleKind(TextChoices):
    INITIAL = "initial", "On booking"
    BEFORE = "before", "Before the visit"
    AFTER = "after", "After the visit"


class ReminderState(TextChoices):
    PLANNED = "planned", "Planned"
    SENT = "sent", "Handed over"  # the Message holds the outcome
    SKIPPED = "skipped", "Skipped"
    SUPERSEDED = "superseded", "Superseded"


class NoticeKind(TextChoices):
    MOVED = "moved", "Moved"
    CANCELLED = "cancelled", "Cancelled"
    RESTORED = "restored", "Restored"
    CHOICES = "choices", "Asked what to do"


class Reply(TextChoices):
    """What came back on one message."""

    CONFIRMED = "confirmed", "Confirmed"
    CANCELLED = "cancelled", "Cancelled"
    RESCHEDULED = "rescheduled", "Asked for another time"
    NO_RESPONSE = "no_response", "No answer"


class Outcome(TextChoices):
    """What came of a client's reply; the answer's text follows from it."""

    CONFIRMED = "confirmed", "Confirmed"
    MOVED_SINCE = "moved_since", "The visit has moved since"
    ASKED_AGAIN = "asked_again", "Asked for a second C"
    CANCELLED = "cancelled", "Cancelled"
    ASKED_WHICH = "asked_which", "Asked whether to cancel or move"
    MOVE_LINK = "move_link", "Sent a link to move it"
    CALL_TO_MOVE = "call_to_move", "Asked to call to move it"
    CALL_US = "call_us", "Could not be done by text"


# Answers that leave the question open, so that the next Y, C or R is understood.
STILL_ASKING = (Outcome.MOVED_SINCE, Outcome.ASKED_AGAIN, Outcome.ASKED_WHICH)


class WhySilent(TextChoices):
    """Why nobody will hear of a visit. Of several, the first here is named: the order is what mends it soonest."""

    RULES_OFF = "rules_off", "All reminder steps are switched off"
    NO_CONSENT = "no_consent", "No consent on record"
    NOT_SAFE = "not_safe", "Not marked as safe to use"
    WITHDRAWN = "withdrawn", "Consent withdrawn"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    BAD_ADDRESS = "bad_address", "Messages there do not arrive"
    OPTED_OUT = "opted_out", "Opted out by STOP"
    NO_ADDRESS = "no_address", "No phone or email on file"
    CHANNEL_OFF = "channel_off", "Channel not set up"
    CONTACT_CLOSED = "contact_closed", "Contact may not get messages"
    TOO_YOUNG = "too_young", "A child: told through their guardians"
    # From here on somebody could be written to.
    NO_STEP = "no_step", "No step uses a channel they agreed to"
    NOT_PLANNED = "not_planned", "Nothing planned yet"
    NOT_DELIVERED = "not_delivered", "Tried, but did not arrive"
    TOO_SOON = "too_soon", "Begins before a reminder can go out"


class Said(TextChoices):
    """What we say, by the name its words are kept under; the label is read by whoever writes them."""

    REMINDER = "reminder", "Reminder"
    MOVED = "moved", "A visit was moved"
    MOVED_MANY = "moved_many", "Several visits were moved"
    CHANGED = "changed", "A detail changed, not the time"
    RESTORED = "restored", "A visit takes place after all"
    CANCELLED = "cancelled", "A visit was cancelled"
    CANCELLED_MANY = "cancelled_many", "Several visits were cancelled"
    CHOICES = "choices", "The provider is away: a link to choose"
    CHOICES_MANY = "choices_many", "The provider is away for several visits"
    CONFIRMED = "confirmed", "Thank you for confirming"
    MOVED_SINCE = "moved_since", "The visit has moved since"
    ASKED_AGAIN = "asked_again", "Late: is cancelling really meant?"
    CANCELLED_BY_YOU = "cancelled_by_you", "Cancelled as asked"
    ASKED_WHICH = "asked_which", "To cancel or to move?"
    MOVE_LINK = "move_link", "A link to other times"
    CALL_TO_MOVE = "call_to_move", "Please call to move it"
    CALL_US = "call_us", "It could not be done by text"
