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


class Outcome(TextChoices):
    """What came of a client's reply; the answer's text follows from it."""

    CONFIRMED = "confirmed", "Confirmed"
    MOVED_SINCE = "moved_since", "The visit has moved since"
    ASKED_AGAIN = "asked_again", "Asked for a second C"
    CANCELLED = "cancelled", "Cancelled"
    ASKED_WHICH = "asked_which", "Asked whether to cancel or move"
    CALL_TO_MOVE = "call_to_move", "Asked to call to move it"
    CALL_US = "call_us", "Could not be done by text"


# Answers that leave the question open, so that the next Y, C or R is understood.
STILL_ASKING = (Outcome.MOVED_SINCE, Outcome.ASKED_AGAIN, Outcome.ASKED_WHICH)
