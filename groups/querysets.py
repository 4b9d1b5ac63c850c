"""The vocabulary of groups: what may be seen by whom, and how many places are taken."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Count, F, Q, Value, When

from core.actors import Actor, ActorKind
from groups.states import OPEN, SEATED, GroupState, MemberState, Status
from practice.querysets import SEES_EVERYBODY


class GroupQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> GroupQuerySet:
        """Desk, billing and admins see all; a provider the groups they or their supervisees lead; nobody else any."""
        if actor.kind == ActorKind.SYSTEM or (actor.is_staff and actor.roles & SEES_EVERYBODY):
            return self
        if actor.is_staff and actor.provider_id:
            own = {actor.provider_id, *actor.supervisee_ids}
            return self.filter(Q(facilitator__in=own) | Q(co_facilitator__in=own))
        return self.none()

    def with_counts(self) -> GroupQuerySet:
        """Annotates taken and waiting, and `status` as the list says it. Twin: `rules.seats.status_of`."""
        counted = self.annotate(
            taken=Count("memberships", filter=Q(memberships__state__in=SEATED)),
            waiting=Count("memberships", filter=Q(memberships__state=MemberState.WAITING)),
            asking=Count(
                "memberships",
                filter=Q(memberships__state__in=(MemberState.REFERRED, MemberState.APPROVED)),
            ),
        )
        return counted.annotate(
            status=Case(
                When(state=GroupState.ARCHIVED, then=Value(Status.ARCHIVED)),
                When(state=GroupState.CLOSED, then=Value(Status.CLOSED)),
                When(taken__gte=F("capacity"), then=Value(Status.FULL)),
                default=Value(Status.ACTIVE),
                output_field=models.CharField(),
            )
        )


class MembershipQuerySet(models.QuerySet):
    def open(self) -> MembershipQuerySet:
        return self.filter(state__in=OPEN)

    def seated(self) -> MembershipQuerySet:
        return self.filter(state__in=SEATED)

    def in_line(self) -> MembershipQuerySet:
        """Who waits for a place, the longest first."""
        return self.filter(state=MemberState.WAITING).order_by("waiting_since", "pk")
