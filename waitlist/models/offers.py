import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.actors import ActorKind
from practice.models import Change, Client, ClientContact
from practice.states import Channel
from scheduling.models import Appointment
from scheduling.states import ConfirmedHow
from waitlist.models.entries import WaitlistEntry
from waitlist.models.spans import FreedSpan
from waitlist.querysets import OfferQuerySet
from waitlist.states import DeclineReason, OfferState


class Offer(models.Model):
    """One time offered to one entry, and kept by a hold meanwhile. Who changes it holds the lock of the hold's row.

    Several offers of one wave share a hold; at most one of them is accepted. `channel` is empty where a person calls.

    Without an entry it offers one place of `span.seats` to somebody who stands in line there; `appointment` is the
    first session they would come to, and who changes it holds the lock of who keeps the places.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.CASCADE, null=True, blank=True, related_name="offers"
    )
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="offers")
    contact = models.ForeignKey(
        ClientContact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    span = models.ForeignKey(
        FreedSpan, on_delete=models.PROTECT, null=True, blank=True, related_name="offers"
    )
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="offers")
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    address = models.CharField(max_length=254, blank=True)
    score = models.PositiveSmallIntegerField(help_text="In thousandths.")
    parts = models.JSONField(default=list, blank=True, help_text="The lines of the score, as they were.")
    by_hand = models.BooleanField(default=False)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, null=True, blank=True, related_name="offers")
    not_before = models.DateTimeField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    turn_was = models.DateTimeField(
        help_text="The turn of the entry before; who lost to somebody quicker gets it back."
    )
    state = models.CharField(max_length=9, choices=OfferState.choices, default=OfferState.OUT)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_kind = models.CharField(
        max_length=8, blank=True, choices=[(k.value, k.value) for k in ActorKind]
    )
    ended_by_id = models.BigIntegerField(null=True, blank=True)
    how = models.CharField(max_length=6, choices=ConfirmedHow.choices, blank=True)
    reason = models.CharField(max_length=10, choices=DeclineReason.choices, blank=True)
    closed_by_change = models.ForeignKey(
        Change, on_delete=models.PROTECT, null=True, blank=True, related_name="closed_offers"
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["client", "made_at"], name="waitlist_offer_client"),
            models.Index(fields=["expires_at"], name="waitlist_offer_out", condition=Q(state=OfferState.OUT)),
            models.Index(
                fields=["ended_at"], name="waitlist_offer_ended", condition=~Q(state=OfferState.OUT)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(state=OfferState.ACCEPTED, entry__isnull=False),
                name="waitlist_offer_one_accepted",
            ),
            models.UniqueConstraint(
                fields=["span"],
                condition=Q(state=OfferState.ACCEPTED, entry__isnull=True),
                name="waitlist_offer_one_on_a_seat",
            ),
            models.UniqueConstraint(
                fields=["span", "client"],
                condition=Q(state=OfferState.OUT, entry__isnull=True),
                name="waitlist_offer_seat_asked_once",
            ),
            models.CheckConstraint(
                name="waitlist_offer_of_time_or_seat",
                condition=Q(entry__isnull=False) | Q(span__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["appointment", "entry"],
                condition=Q(state=OfferState.OUT),
                name="waitlist_offer_asked_once",
            ),
            models.CheckConstraint(
                name="waitlist_offer_ended_paired",
                condition=Q(state=OfferState.OUT, ended_at__isnull=True, ended_by_kind="")
                | ~Q(state=OfferState.OUT) & Q(ended_at__isnull=False) & ~Q(ended_by_kind=""),
            ),
            models.CheckConstraint(
                name="waitlist_offer_decline_has_reason",
                condition=Q(state=OfferState.DECLINED) & ~Q(reason="")
                | ~Q(state=OfferState.DECLINED) & Q(reason=""),
            ),
            models.CheckConstraint(name="waitlist_offer_score", condition=Q(score__lte=1000)),
        ]

    AUDIT_TEXTS: ClassVar = ("address",)  # a number or a mailbox: not for the history

    def __str__(self) -> str:
        return f"offer {self.pk}"

    @property
    def seats(self) -> uuid.UUID | None:
        """Whose place it offers; None for a time."""
        return self.span.seats if self.span else None
