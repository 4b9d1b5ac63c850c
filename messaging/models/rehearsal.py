"""What the rehearsal carrier knows. It is a stranger to us: no row of ours points here, and none of these to ours."""

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from core.encrypted import EncryptedTextField


class RehearsalKind(models.TextChoices):
    SMS = "sms", "Text"
    EMAIL = "email", "Email"
    VOICE = "voice", "Call"


class Direction(models.TextChoices):
    """The carrier's own words, seen from our account."""

    OUT = "outbound-api", "To the client"
    IN = "inbound", "From the client"
    CARRIER = "outbound-reply", "From the carrier itself"


class RehearsalMessage(models.Model):
    """One text or mail the stand-in accepted, or one a client typed. `due_at` is when its next callback is posted."""

    sid = models.CharField(max_length=34, unique=True)
    kind = models.CharField(max_length=5, choices=RehearsalKind.choices)
    direction = models.CharField(max_length=14, choices=Direction.choices)
    office_address = models.CharField(max_length=254)
    client_address = models.CharField(max_length=254)
    subject_line = EncryptedTextField(blank=True)
    body = EncryptedTextField(blank=True, help_text="Of a call: what has been said so far.")
    html = EncryptedTextField(blank=True)
    calendar = EncryptedTextField(blank=True)
    ask_url = models.CharField(
        max_length=500, blank=True, help_text="Of a call: where to ask what to say next."
    )
    answered_by = models.CharField(max_length=20, blank=True)
    digits = models.CharField(max_length=1, blank=True, help_text="A key that was pressed and not yet told.")
    segments = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=12)
    error_code = models.PositiveIntegerField(null=True, blank=True)
    opt_word = models.CharField(
        max_length=5, blank=True, help_text="stop or start, when the client wrote it."
    )
    callback_url = models.CharField(max_length=500, blank=True)
    next_status = models.CharField(max_length=12, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["client_address", "-id"], name="messaging_rehearsal_device"),
            models.Index(
                fields=["due_at"], name="messaging_rehearsal_due", condition=Q(due_at__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="messaging_rehearsal_next_paired",
                condition=Q(due_at__isnull=True, next_status="")
                | Q(due_at__isnull=False) & ~Q(next_status=""),
            )
        ]

    def __str__(self) -> str:
        return self.sid


def _percent(help_text: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)], help_text=help_text
    )


class RehearsalSettings(models.Model):
    """One row: what the carrier does wrong on purpose."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    dropped_percent = _percent("Took the text, answered 503 all the same.")
    busy_percent = _percent("Answered 429; the text was not taken.")
    broken_percent = _percent("Answered 500; the text was not taken.")
    undelivered_percent = _percent("The phone was off: error 30003.")
    late_seconds = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(600)], help_text="Each callback waits up to this long."
    )
    is_doubled = models.BooleanField(
        "callbacks doubled, shuffled", default=False, help_text="Every callback comes twice, in any order."
    )

    class Meta:
        verbose_name_plural = "rehearsal settings"
        constraints: ClassVar = [
            models.CheckConstraint(name="messaging_rehearsalsettings_one_row", condition=Q(id=1))
        ]

    def __str__(self) -> str:
        return "rehearsal settings"


class PhoneTrouble(models.TextChoices):
    """What always goes wrong with one phone, whatever happens to the others."""

    DROPPED = "dropped", "Taken, then answered 503"
    BUSY = "busy", "Answered 429"
    BROKEN = "broken", "Answered 500"
    UNDELIVERED = "undelivered", "Phone off: undelivered"
    LATE = "late", "Callbacks late"
    DOUBLED = "doubled", "Callbacks doubled, shuffled"


class RehearsalTrouble(models.Model):
    address = models.CharField(max_length=254, unique=True)
    kind = models.CharField(max_length=11, choices=PhoneTrouble.choices)

    def __str__(self) -> str:
        return self.get_kind_display()
