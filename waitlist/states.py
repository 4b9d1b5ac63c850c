from django.db.models import TextChoices


class EntryState(TextChoices):
    WAITING = "waiting", "Waiting"
    BOOKED = "booked", "Booked"
    EXPIRED = "expired", "Waited too long"
    GAVE_UP = "gave_up", "Gave up"
    CLOSED = "closed", "Closed"  # for a reason that says nothing of the list: a double, no longer in care


class CloseReason(TextChoices):
    """Why somebody of the practice takes an entry off. The first two end in another state than the rest."""

    BOOKED_BY_HAND = "booked_by_hand", "Booked by hand"
    GAVE_UP = "gave_up", "No longer wants to wait"
    ELSEWHERE = "elsewhere", "Found somebody elsewhere"
    NO_LONGER_NEEDED = "no_longer_needed", "No longer needed"
    NOT_REACHED = "not_reached", "Cannot be reached"
    DOUBLE = "double", "Entered twice"
    OTHER = "other", "Other"


# How each reason ends the entry. What ends as CLOSED counts for no rate.
ENDS_AS = {
    CloseReason.BOOKED_BY_HAND: EntryState.CLOSED,
    CloseReason.GAVE_UP: EntryState.GAVE_UP,
    CloseReason.ELSEWHERE: EntryState.GAVE_UP,
    CloseReason.NO_LONGER_NEEDED: EntryState.CLOSED,
    CloseReason.NOT_REACHED: EntryState.GAVE_UP,
    CloseReason.DOUBLE: EntryState.CLOSED,
    CloseReason.OTHER: EntryState.CLOSED,
}


class Urgency(TextChoices):
    ROUTINE = "routine", "Routine"
    SOON = "soon", "Soon"
    URGENT = "urgent", "Urgent"


class Referral(TextChoices):
    SELF = "self", "Asked for it themselves"
    PHYSICIAN = "physician", "Physician"
    HOSPITAL = "hospital", "Hospital or crisis service"
    SCHOOL = "school", "School or employer"
    OTHER = "other", "Other"


class EntrySource(TextChoices):
    STAFF = "staff", "Staff"
    CLIENT = "client", "The client, by link"


class SpanState(TextChoices):
    OPEN = "open", "Open"
    FILLED = "filled", "Filled from the list"
    TAKEN = "taken", "Filled by hand"
    TOO_SHORT = "too_short", "Too short to be useful"
    OVER = "over", "Passed unfilled"


class OfferState(TextChoices):
    OUT = "out", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Not answered in time"
    LOST = "lost", "Somebody else was quicker"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UNSENT = "unsent", "Could not be sent"


ANSWERED = (OfferState.ACCEPTED, OfferState.DECLINED)


class DeclineReason(TextChoices):
    TIME = "time", "The time does not suit"
    PROVIDER = "provider", "Would rather see somebody else"
    MODALITY = "modality", "Would rather come in, or meet by video"
    INSURANCE = "insurance", "Insurance"
    NOTICE = "notice", "Too short notice"
    NOT_NEEDED = "not_needed", "No longer needed"
    OTHER = "other", "Another reason, or none given"


# Declines that say the match was wrong: what match accuracy counts.
MISMATCHES = (DeclineReason.TIME, DeclineReason.PROVIDER, DeclineReason.MODALITY, DeclineReason.INSURANCE)

# The purposes messaging knows us by.
OFFER, TOLD, LATE, INVITE = "waitlist.offer", "waitlist.told", "waitlist.late", "waitlist.invite"

# Why a span came free, where it is a place and no time.
SEAT = "seat"
