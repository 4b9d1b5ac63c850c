from django.db.models import TextChoices

LANGUAGES = [("en", "English"), ("es", "Spanish"), ("fr", "French"), ("zh", "Chinese"), ("vi", "Vietnamese")]


class Role(TextChoices):
    FRONT_DESK = "front_desk", "Front desk"
    PROVIDER = "provider", "Provider"
    BILLING = "billing", "Billing"
    ADMIN = "admin", "Practice admin"


class Channel(TextChoices):
    SMS = "sms", "Text"
    EMAIL = "email", "Email"
    VOICE = "voice", "Call"
    PORTAL = "portal", "Portal"


class Modality(TextChoices):
    IN_PERSON = "in_person", "In person"
    TELEHEALTH = "telehealth", "Telehealth"
    PHONE = "phone", "Phone"


class AbsencePolicy(TextChoices):
    """What members of a group owe who stayed away unexcused."""

    NOTHING = "nothing", "Nothing"
    FEE = "fee", "The no-show fee, proposed"
    FULL = "full", "The session, as if they had been here"


class TelehealthPlace(TextChoices):
    """Place of service codes. Source: CMS place of service code set, 2022."""

    HOME = "10", "10, at the client’s home"
    ELSEWHERE = "02", "02, elsewhere"


class AddressKind(TextChoices):
    PHONE = "phone", "Phone"
    EMAIL = "email", "Email"


class ClientStatus(TextChoices):
    ACTIVE = "active", "Active"
    WAITING = "waiting", "Waiting"
    INACTIVE = "inactive", "Inactive"
    DISCHARGED = "discharged", "Discharged"


class Relationship(TextChoices):
    PARENT = "parent", "Parent"
    GUARDIAN = "guardian", "Legal guardian"
    PARTNER = "partner", "Partner"
    RELATIVE = "relative", "Relative"
    OTHER = "other", "Other"


class Hue(TextChoices):
    """The type hues of the design language; a hue is a CSS class, never a colour value."""

    TEAL = "teal", "Teal"
    INDIGO = "indigo", "Indigo"
    OLIVE = "olive", "Olive"
    ROSE = "rose", "Rose"
    SLATE = "slate", "Slate"
    AMBER = "amber", "Amber"
    PLUM = "plum", "Plum"
    SKY = "sky", "Sky"


class LinkPurpose(TextChoices):
    """What a link opens; its first letter is the path of its pages."""

    VISIT = "visit", "One visit"
    UNSUBSCRIBE = "unsubscribe", "Stop email to one address"
    MINE = "mine", "Own messages and preferences"
    OFFER = "offer", "A time that is offered"
    WAITLIST = "waitlist", "Wait for a time"


class RunState(TextChoices):
    """How far a piece of long work has got."""

    UPLOADED = "uploaded", "Uploaded"  # nobody has started it yet
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    REFUSED = "refused", "Not taken"  # it had bad rows, or could not be read
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"  # our fault: the log says why


UNDER_WAY = frozenset({RunState.WAITING, RunState.RUNNING})
