from django.db.models import TextChoices


class AppointmentState(TextChoices):
    HELD = "held", "Held"
    REQUESTED = "requested", "Requested"
    SCHEDULED = "scheduled", "Scheduled"
    IN_SESSION = "in_session", "In session"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    RELEASED = "released", "Released"  # a hold given up


BLOCKING = (
    AppointmentState.HELD,
    AppointmentState.REQUESTED,
    AppointmentState.SCHEDULED,
    AppointmentState.IN_SESSION,
    AppointmentState.COMPLETED,
)


class AttendanceState(TextChoices):
    EXPECTED = "expected", "Expected"
    ARRIVED = "arrived", "Arrived"
    ATTENDED = "attended", "Attended"
    ABSENT = "absent", "Absent"
    EXCUSED = "excused", "Excused"
    CANCELLED = "cancelled", "Cancelled"


PENDING = (AttendanceState.EXPECTED, AttendanceState.ARRIVED)  # not yet known whether they came
# A visit in one of these keeps a session of the authorization for whoever is pending on it.
KEEPING = (AppointmentState.REQUESTED, AppointmentState.SCHEDULED, AppointmentState.IN_SESSION)
UNCOUNTED = (AttendanceState.CANCELLED, AttendanceState.EXCUSED)


class Status(TextChoices):
    """What a tile says; derived from facts, never stored."""

    REQUESTED = "REQUESTED", "Requested"
    HELD = "HELD", "Held"
    SCHEDULED = "SCHEDULED", "Scheduled"
    CONFIRMED = "CONFIRMED", "Confirmed"
    CHECKED_IN = "CHECKED_IN", "Here"
    IN_SESSION = "IN_SESSION", "In session"
    COMPLETED = "COMPLETED", "Done"
    NO_SHOW = "NO_SHOW", "Did not come"
    CANCELLED = "CANCELLED", "Cancelled"


class Category(TextChoices):
    INDIVIDUAL = "individual", "Individual"
    GROUP = "group", "Group"
    FAMILY = "family", "Family"
    COUPLES = "couples", "Couples"
    ADMINISTRATIVE = "administrative", "Administrative"


class BillingMode(TextChoices):
    PER_ATTENDANCE = "per_attendance", "For each person"
    PER_MEETING = "per_meeting", "Once for everybody"


# Couples and families are treated together, so theirs is one service.
TOGETHER = (Category.FAMILY, Category.COUPLES)


def usual_mode(category: str) -> BillingMode:
    return BillingMode.PER_MEETING if category in TOGETHER else BillingMode.PER_ATTENDANCE


class ChargeKind(TextChoices):
    SERVICE = "service", "Service"
    NO_SHOW_FEE = "no_show_fee", "No-show fee"
    LATE_CANCEL_FEE = "late_cancel_fee", "Late-cancel fee"


FEES = (ChargeKind.NO_SHOW_FEE, ChargeKind.LATE_CANCEL_FEE)


class Decision(TextChoices):
    """About a fee, which is only ever proposed."""

    APPROVED = "approved", "Approved"
    WAIVED = "waived", "Waived"


class ChargeState(TextChoices):
    """Where a charge stands in the biller's work; derived from facts, never stored."""

    PROPOSED = "proposed", "To decide"
    MISSING = "missing", "Missing data"
    READY = "ready", "Ready"
    EXPORTED = "exported", "Exported"
    WAIVED = "waived", "Waived"
    VOID = "void", "Void"


class Missing(TextChoices):
    """What a charge lacks, as a column of it says for good; a new one takes its place when it is mended."""

    CODE = "code", "CPT code"
    RATE = "rate", "Rate"
    AUTHORIZATION = "authorization", "Authorization"
    SUPERVISOR = "supervisor", "Supervising provider"
    BIRTH_DATE = "birth_date", "Birth date"


class Against(TextChoices):
    """What speaks against asking for a fee."""

    PAYER = "payer", "the payer forbids fees"
    POLICY = "policy", "the fee policy was not acknowledged"
    MOVED = "moved", "the practice moved the visit"
    UNREACHED = "unreached", "no reminder arrived"
    FIRST_TIME = "first_time", "it is the first time"


class CancelReason(TextChoices):
    CLIENT_REQUEST = "client_request", "Client request"
    PROVIDER_UNAVAILABLE = "provider_unavailable", "Provider unavailable"
    EMERGENCY = "emergency", "Emergency"
    WEATHER = "weather", "Weather"
    INSURANCE = "insurance", "Insurance"
    NO_LONGER_NEEDED = "no_longer_needed", "No longer needed"
    OTHER = "other", "Other"


class ConfirmedHow(TextChoices):
    STAFF = "staff", "By staff"
    SMS = "sms", "By text"
    PORTAL = "portal", "On the portal"
    VOICE = "voice", "By phone call"
    EMAIL = "email", "By email"


class ContactState(TextChoices):
    """How far the practice's word has got; the reminder badge on a tile."""

    NONE = "none", "Nothing planned"
    PLANNED = "planned", "Planned"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class Source(TextChoices):
    STAFF = "staff", "Staff"
    CLIENT = "client", "Client"
    SERIES = "series", "Series"
    WAITLIST = "waitlist", "Waiting list"
    IMPORT = "import", "Import"


class Notice(TextChoices):
    """What clients are told of an act; scheduling says which, reminders writes the messages."""

    STANDARD = "standard", "Tell the client"
    NONE = "none", "Tell nobody"
    CHOICES = "choices", "Offer choices"


class Way(TextChoices):
    """What becomes of a visit whose provider is away."""

    COVER = "cover", "A colleague covers"
    MOVE = "move", "Another time"
    TELEHEALTH = "telehealth", "By video"
    ASK = "ask", "Ask the client"
    CALL = "call", "Call the client"
    WITHOUT = "without", "The other provider goes on"
    RELEASE = "release", "Give the hold up"
    CANCEL = "cancel", "Cancel"


class ReplanState(TextChoices):
    """How far that has got. The first two wait for somebody."""

    ASKED = "asked", "Waiting for the client"
    TO_CALL = "to_call", "To be called"
    DONE = "done", "Done at once"
    ACCEPTED = "accepted", "Accepted the colleague"
    BY_VIDEO = "by_video", "By video"
    MOVED = "moved", "Moved"
    CANCELLED = "cancelled", "Cancelled"
    LAPSED = "lapsed", "No answer: cancelled"
    TAKEN_BACK = "taken_back", "Stands after all"


REPLAN_OPEN = (ReplanState.ASKED, ReplanState.TO_CALL)


class IfSilent(TextChoices):
    """What happens to a visit whose client has not answered in time."""

    CALL = "call", "Somebody calls"
    CANCEL = "cancel", "It is cancelled"
