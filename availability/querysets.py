from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from availability.states import TIME_OFF_STANDS, TimeOffState
from core.actors import Actor, ActorKind
from practice.states import Role


class WeeklyBlockQuerySet(models.QuerySet):
    def effective_between(self, first: dt.date, last: dt.date) -> WeeklyBlockQuerySet:
        """Blocks that may hold on some day from `first` to `last`, both included."""
        return self.filter(
            Q(effective_until_on__isnull=True) | Q(effective_until_on__gte=first),
            effective_from_on__lte=last,
        )

    def of(self, provider_ids: Iterable[int]) -> WeeklyBlockQuerySet:
        return self.filter(provider__in=provider_ids)


class DatedExceptionQuerySet(models.QuerySet):
    def between(self, first: dt.date, last: dt.date) -> DatedExceptionQuerySet:
        return self.filter(on__gte=first, on__lte=last)


class ClosureQuerySet(models.QuerySet):
    def between(self, first: dt.date, last: dt.date) -> ClosureQuerySet:
        return self.filter(first_on__lte=last, last_on__gte=first)


class TimeOffQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> TimeOffQuerySet:
        """Desk and admins see all, a provider the own and their supervisees'; nobody else any."""
        if actor.kind == ActorKind.SYSTEM or (actor.is_staff and actor.roles & {Role.FRONT_DESK, Role.ADMIN}):
            return self
        if actor.is_staff and actor.provider_id:
            return self.filter(provider__in={actor.provider_id, *actor.supervisee_ids})
        return self.none()

    def standing(self) -> TimeOffQuerySet:
        return self.filter(state__in=TIME_OFF_STANDS)

    def pending(self) -> TimeOffQuerySet:
        return self.filter(state=TimeOffState.PENDING)

    def touching(self, start: dt.datetime, end: dt.datetime) -> TimeOffQuerySet:
        return self.filter(starts_at__lt=end, ends_at__gt=start)
