from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.encrypted import EncryptedTextField
from groups.models.groups import Group
from groups.querysets import MembershipQuerySet
from groups.states import ENDED, OPEN, SEATED, ExitReason, MemberState
from practice.models import Client, User


class Membership(models.Model):
    """One spell of one client in one group, from referral to the end. Who comes back gets a new one.

    `seat` is which of the group's places is theirs, 1 to its capacity: two cannot have the same, and a trigger refuses
    one beyond the capacity, so no door can fill a group twice.
    """

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="memberships")
    state = models.CharField(max_length=8, choices=MemberState.choices, default=MemberState.REFERRED)
    seat = models.PositiveSmallIntegerField(null=True, blank=True)
    referred_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    enrolled_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    exit_reason = models.CharField(max_length=14, choices=ExitReason.choices, blank=True)
    exit_text = models.CharField(max_length=300, blank=True)
    edition = models.PositiveIntegerField(default=1)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "client"],
                condition=Q(state__in=OPEN),
                name="groups_membership_one_open_spell",
                violation_error_message="This client is in the group already.",
            ),
            models.UniqueConstraint(
                fields=["group", "seat"],
                condition=Q(seat__isnull=False),
                name="groups_membership_one_on_a_seat",
                violation_error_message="This place is taken.",
            ),
            models.CheckConstraint(
                name="groups_membership_seated",
                condition=Q(state__in=SEATED, seat__gte=1, enrolled_at__isnull=False)
                | ~Q(state__in=SEATED) & Q(seat__isnull=True),
            ),
            models.CheckConstraint(
                name="groups_membership_held",
                condition=Q(state=MemberState.HELD, held_at__isnull=False)
                | ~Q(state=MemberState.HELD) & Q(held_at__isnull=True),
            ),
            models.CheckConstraint(
                name="groups_membership_in_line",
                condition=~Q(state=MemberState.WAITING) | Q(waiting_since__isnull=False),
            ),
            models.CheckConstraint(
                name="groups_membership_ended",
                condition=Q(state__in=ENDED, ended_at__isnull=False)
                | Q(state__in=OPEN, ended_at__isnull=True, exit_reason="", exit_text=""),
            ),
            models.CheckConstraint(
                name="groups_membership_exit_reason",
                condition=Q(state=MemberState.EXITED) & ~Q(exit_reason="")
                | ~Q(state=MemberState.EXITED) & Q(exit_reason="", exit_text=""),
            ),
        ]

    AUDIT_TEXTS: ClassVar = ("exit_text",)
    AUDIT_COUNTERS: ClassVar = ("edition",)

    def __str__(self) -> str:
        return f"membership {self.pk}"


class Screening(models.Model):
    """What came of the talk before somebody joins. The notes are for clinical staff only."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="screening")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    is_approved = models.BooleanField()
    notes = EncryptedTextField(blank=True)

    AUDIT_TEXTS: ClassVar = ("notes",)

    def __str__(self) -> str:
        return f"screening {self.pk}"
