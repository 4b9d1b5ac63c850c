from typing import ClassVar

from django.db import models
from django.db.models import Q

from availability.models import TimeOff
from practice.models import Change, Provider
from scheduling.models.appointments import Appointment
from scheduling.querysets import ReplanQuerySet
from scheduling.states import REPLAN_OPEN, IfSilent, ReplanState, Way


class Replan(models.Model):
    """What becomes of one visit while its provider is away: one row of an approved plan, and how it went.

    While ASKED the client chooses by link, until `answer_by`; `hold` keeps the colleague's time meanwhile. The row is
    about one `occurrence`: a visit that was moved or cancelled since has answered it, whoever did that.
    """

    time_off = models.ForeignKey(TimeOff, on_delete=models.PROTECT, related_name="replans")
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="replans")
    occurrence = models.PositiveIntegerField()
    way = models.CharField(max_length=10, choices=Way.choices)
    state = models.CharField(max_length=10, choices=ReplanState.choices)
    cover = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hold = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    may_video = models.BooleanField(default=False)
    answer_by = models.DateTimeField(null=True, blank=True)
    if_silent = models.CharField(max_length=6, choices=IfSilent.choices, default=IfSilent.CALL)
    is_agreed = models.BooleanField(default=False, help_text="The client agreed before, by phone say.")
    was_starts_at = models.DateTimeField()
    was_provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="replans")
    not_before = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    edition = models.PositiveIntegerField(default=1)

    objects = ReplanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["was_starts_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["answer_by"], name="scheduling_replan_open", condition=Q(state__in=REPLAN_OPEN)
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(state__in=REPLAN_OPEN), name="scheduling_replan_one_open"
            ),
            models.CheckConstraint(
                name="scheduling_replan_asked_until",
                condition=~Q(state=ReplanState.ASKED) | Q(answer_by__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_replan_closed",
                condition=Q(state__in=REPLAN_OPEN, closed_at__isnull=True)
                | ~Q(state__in=REPLAN_OPEN) & Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_replan_hold_has_cover",
                condition=Q(hold__isnull=True) | Q(cover__isnull=False),
            ),
        ]

    AUDIT_COUNTERS: ClassVar = ("edition",)

    def __str__(self) -> str:
        return f"replan {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in REPLAN_OPEN
