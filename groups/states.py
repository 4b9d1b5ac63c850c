from django.db.models import TextChoices


class Kind(TextChoices):
    THERAPY = "therapy", "Therapy"
    SUPPORT = "support", "Support"
    EDUCATION = "education", "Education"
    SKILLS = "skills", "Skills"


class GroupState(TextChoices):
    """What somebody set. That a group is full is derived, see `Status`."""

    ACTIVE = "active", "Active"
    CLOSED = "closed", "Closed"
    ARCHIVED = "archived", "Archived"


class Status(TextChoices):
    """What the list says."""

    ACTIVE = "ACTIVE", "Active"
    FULL = "FULL", "Full"
    CLOSED = "CLOSED", "Closed"
    ARCHIVED = "ARCHIVED", "Archived"


class Often(TextChoices):
    WEEKLY = "weekly", "Every week"
    FORTNIGHTLY = "fortnightly", "Every two weeks"
    MONTHLY = "monthly", "Every month"


class BillingMode(TextChoices):
    """The words of the table are those charges use."""

    PER_MEMBER = "per_attendance", "Each member"
    FLAT_RATE = "per_meeting", "One flat rate for the meeting"


class SheetNames(TextChoices):
    """How members stand on the printed sign-in sheet, which everybody in the room reads."""

    FIRST_AND_INITIAL = "first_initial", "First name and initial"
    FIRST = "first", "First name only"
    FULL = "full", "Full name"


class MemberState(TextChoices):
    REFERRED = "referred", "Referred"
    APPROVED = "approved", "Approved"
    WAITING = "waiting", "Waiting for a place"
    ENROLLED = "enrolled", "Enrolled"
    HELD = "held", "On hold"
    DECLINED = "declined", "Declined"
    EXITED = "exited", "Left"


SEATED = (MemberState.ENROLLED, MemberState.HELD)  # a place is theirs; on hold they keep it
OPEN = (MemberState.REFERRED, MemberState.APPROVED, MemberState.WAITING, *SEATED)
ENDED = (MemberState.DECLINED, MemberState.EXITED)


class ExitReason(TextChoices):
    COMPLETED = "completed", "Completed the programme"
    CLIENT_REQUEST = "client_request", "Client's wish"
    NOT_ATTENDING = "not_attending", "Did not attend"
    TRANSFERRED = "transferred", "Other care suits better"
    MOVED_AWAY = "moved_away", "Moved away"
    INSURANCE = "insurance", "Insurance"
    OTHER = "other", "Other"


class Flag(TextChoices):
    """Why a session needs somebody to decide."""

    NONE = "", "Nothing"
    FACILITATOR_ABSENT = "facilitator_absent", "The facilitator cannot come"
    AWAY = (
        "away",
        "The facilitator is away",
    )  # by the hours: time off, a closure; set and taken away by itself
