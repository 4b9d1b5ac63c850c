from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.db.models import Q


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
