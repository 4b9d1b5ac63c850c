"""The vocabulary of the waiting list."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from core.actors import Actor
from practice.querysets import SEES_EVERYBODY, providers_seen_by
from waitlist.states import EntryState, OfferState, SpanState


class EntryQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> EntryQuerySet:
        """Those of clients the actor sees."""
        if actor.kind == "system" or (actor.is_staff and actor.roles & SEES_EVERYBODY):
            return self
        if actor.is_staff and actor.provider_id:
            own = {actor.provider_id, *actor.supervisee_ids}
            return self.filter(client__care_team__provider__in=own).distinct()
        return self.none()

    def waiting(self) -> EntryQuerySet:
        return self.filter(state=EntryState.WAITING)

    def overdue(self, today: dt.date) -> EntryQuerySet:
        return self.waiting().filter(expires_on__lte=today)


class SpanQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> SpanQuerySet:
        seen = providers_seen_by(actor)
        return self if seen is None else self.filter(provider__in=seen)

    def open(self) -> SpanQuerySet:
        return self.filter(state=SpanState.OPEN)

    def of_time(self) -> SpanQuerySet:
        """No places among them."""
        return self.filter(seats=None)

    def due(self, now: dt.datetime) -> SpanQuerySet:
        return self.open().filter(look_at__lte=now)


class OfferQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> OfferQuerySet:
        """Whose client or whose calendar it is."""
        seen = providers_seen_by(actor)
        if seen is None:
            return self
        mine = Q(client__care_team__provider__in=seen) | Q(appointment__provider__in=seen)
        return self.filter(mine).distinct()

    def out(self) -> OfferQuerySet:
        return self.filter(state=OfferState.OUT)
