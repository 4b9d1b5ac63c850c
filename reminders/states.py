from django.db.models import TextChoices


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
