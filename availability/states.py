from django.db.models import TextChoices


class ExceptionKind(TextChoices):
    EXTRA = "extra", "Extra hours"
    ABSENT = "absent", "Not in"
    INSTEAD = "instead", "Other hours that day"  # the week does not count on that date


class TimeOffKind(TextChoices):
    VACATION = "vacation", "Vacation"
    SICK = "sick", "Sick"
    CONFERENCE = "conference", "Conference"
    PERSONAL = "personal", "Personal"


class TimeOffState(TextChoices):
    PENDING = "pending", "Waiting for approval"
    GRANTED = "granted", "Approved"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


# No two of these of one provider may overlap.
TIME_OFF_STANDS = (TimeOffState.PENDING, TimeOffState.GRANTED)


class DefaultPlan(TextChoices):
    """What the requester would like to become of the visits; the dry run begins with it."""

    BEST = "best", "The best of each visit's proposals"
    COVER = "cover", "A colleague covers"
    MOVE = "move", "Another time with the same provider"
    ASK = "ask", "Ask each client"
    CANCEL = "cancel", "Cancel"
