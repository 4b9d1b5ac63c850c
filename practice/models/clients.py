import datetime as dt
import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower

from core import clock
from core.encrypted import EncryptedTextField
from practice.models.places import zone_field
from practice.models.providers import Provider
from practice.querysets import ClientQuerySet
from practice.states import AddressKind, Channel, ClientStatus, Relationship


def today() -> dt.date:
    return clock.now().date()


class Client(models.Model):
    """Somebody in care. Their name never leaves these columns: no URL, log, task argument or audit row has it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    record_number = models.CharField(max_length=20, unique=True)
    first_name = models.CharField("legal first name", max_length=60)
    last_name = models.CharField("legal last name", max_length=60)
    preferred_name = models.CharField(
        max_length=60, blank=True, help_text="First name they go by, where different."
    )
    search_name = models.GeneratedField(
        expression=Lower(
            Concat(
                Value(" "),
                "first_name",
                Value(" "),
                "preferred_name",
                Value(" "),
                "last_name",
            )
        ),
        output_field=models.CharField(max_length=190),
        db_persist=True,
    )
    pronouns = models.CharField(max_length=30, blank=True)
    birth_on = models.DateField(null=True, blank=True)
    region = models.CharField(
        max_length=20,
        blank=True,
        help_text="State of residence; decides telehealth licences.",
    )
    zone = zone_field(blank=True, help_text="Empty for the practice's own.")
    language = models.CharField(max_length=10, default="en")
    needs_interpreter = models.BooleanField(default=False)
    preferred_channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    contact_from = models.TimeField(null=True, blank=True)
    contact_until = models.TimeField(null=True, blank=True)
    primary_provider = models.ForeignKey(
        Provider,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="primary_clients",
    )
    copay = models.DecimalField(
        "expected copay",
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    fee_policy_on = models.DateField(
        "fee policy acknowledged on", null=True, blank=True, help_text="Without it no fee is asked for."
    )
    insurances = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    accessibility_needs = models.CharField(max_length=200, blank=True)
    alert_banner = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, choices=ClientStatus.choices, default=ClientStatus.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    call_before_closing = models.BooleanField(
        default=False, help_text="A missed visit, a late cancellation or a STOP is followed by a call."
    )
    call_reason = EncryptedTextField(blank=True, help_text="For the care team only.")

    objects = ClientQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["last_name", "first_name"]
        indexes: ClassVar = [
            GinIndex(
                OpClass("search_name", name="gin_trgm_ops"),
                name="practice_client_search",
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="practice_client_contact_hours_paired",
                condition=Q(contact_from__isnull=True, contact_until__isnull=True)
                | Q(contact_from__lt=F("contact_until")),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.preferred_name or self.first_name} {self.last_name}"

    @property
    def initials(self) -> str:
        return f"{(self.preferred_name or self.first_name)[:1]}{self.last_name[:1]}".upper()


class ClientContact(models.Model):
    """A guardian, partner or relative, with exactly what they may do."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    relationship = models.CharField(max_length=12, choices=Relationship.choices)
    has_legal_authority = models.BooleanField(default=False)
    may_receive = models.BooleanField(default=False)
    may_confirm = models.BooleanField(default=False)
    may_cancel = models.BooleanField("may cancel or move", default=False)
    may_see_past = models.BooleanField(default=False)
    valid_from_on = models.DateField(null=True, blank=True)
    valid_until_on = models.DateField(null=True, blank=True)
    custody_note = EncryptedTextField(blank=True)
    never_contact = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="en")
    rights_on = models.DateField(
        "rights agreed on",
        default=today,
        help_text="The day somebody last said that these rights hold. A guardian's end when the client comes of age.",
    )

    class Meta:
        ordering: ClassVar = ["client", "id"]

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """A phone number (E.164) or email of one client or one contact."""

    client = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="addresses",
    )
    contact = models.ForeignKey(
        ClientContact,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="addresses",
    )
    kind = models.CharField(max_length=6, choices=AddressKind.choices)
    value = models.CharField(max_length=254, db_index=True)
    label = models.CharField(max_length=30, blank=True)
    is_preferred = models.BooleanField(default=False)
    safe_to_text = models.BooleanField(default=False)
    safe_to_voicemail = models.BooleanField(default=False)
    safe_to_email = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_new = models.BooleanField(
        default=False, help_text="A number typed by hand: it gets a neutral text before any visit is named."
    )

    class Meta:
        verbose_name_plural = "addresses"
        ordering: ClassVar = ["-is_preferred", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="practice_address_one_owner",
                condition=Q(client__isnull=False, contact__isnull=True)
                | Q(client__isnull=True, contact__isnull=False),
            ),
            models.CheckConstraint(
                name="practice_address_e164",
                condition=~Q(kind=AddressKind.PHONE) | Q(value__regex=r"^\+[1-9][0-9]{6,14}$"),
                violation_error_message="Write the number with its country code, like +1 202 555 0117.",
            ),
            models.UniqueConstraint(
                fields=["client", "contact", "kind", "value"],
                nulls_distinct=False,
                name="practice_address_once",
            ),
        ]

    def __str__(self) -> str:
        return self.value


class CareTeam(models.Model):
    """This provider treats this client; it is what lets a provider see the client at all."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="care_team")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="care_team")

    class Meta:
        verbose_name_plural = "care team"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "client"], name="practice_careteam_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} treats {self.client_id}"


class Authorization(models.Model):
    """An insurer's permission for a number of sessions. Used = `used_before` plus the attendances that used it."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="authorizations")
    payer = models.CharField(max_length=60)
    number = models.CharField(max_length=40)
    sessions = models.PositiveSmallIntegerField()
    used_before = models.PositiveSmallIntegerField(default=0)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "payer", "number"], name="practice_authorization_once"),
            models.CheckConstraint(
                name="practice_authorization_dates_in_order",
                condition=Q(starts_on__lte=F("ends_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer} {self.number}"


class KeepApart(models.Model):
    """A client who must not meet another client, or be seen by a provider. Why is for clinical staff only.

    Of two clients the one with the smaller id is `client`, so a pair stands once.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="kept_apart")
    other_client = models.ForeignKey(
        Client, on_delete=models.CASCADE, null=True, blank=True, related_name="kept_apart_too"
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="kept_apart"
    )
    reason = EncryptedTextField(blank=True)

    class Meta:
        verbose_name_plural = "keep apart"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="practice_keepapart_one_other",
                condition=Q(other_client__isnull=False, provider__isnull=True, client__lt=F("other_client"))
                | Q(other_client__isnull=True, provider__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["client", "other_client", "provider"],
                nulls_distinct=False,
                name="practice_keepapart_once",
            ),
        ]

    AUDIT_TEXTS: ClassVar = ("reason",)

    def __str__(self) -> str:
        return f"keep apart {self.pk}"
