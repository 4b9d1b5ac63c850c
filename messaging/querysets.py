"""The words for asking about tasks and about the practice's own words."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Sum, When

from core.actors import Actor, ActorKind
from messaging.rules.wording import Own, Words
from messaging.states import TaskKind, Variant
from practice.models import Address, Client
from practice.querysets import SEES_EVERYBODY


class StaffTaskQuerySet(models.QuerySet):
    def open(self, now: datetime) -> StaffTaskQuerySet:
        return self.filter(done_at__isnull=True, not_before__lte=now)

    def urgent_first(self) -> StaffTaskQuerySet:
        danger = Case(When(kind=TaskKind.CRISIS, then=0), default=1)
        return self.order_by(danger, "created_at", "id")

    def visible_to(self, actor: Actor) -> StaffTaskQuerySet:
        """Those about clients this actor sees; those about nobody we know are everybody's."""
        return self.filter(Q(client__isnull=True) | Q(client__in=Client.objects.visible_to(actor)))


class TemplateQuerySet(models.QuerySet):
    def own_words(self, variant: str = Variant.FIRST) -> Own:
        """All of them, by (key, scope, channel, language): a practice has a few dozen at most. One query."""
        rows = (
            self.exclude(body="")
            .filter(variant=variant)
            .values_list("key", "scope", "channel", "language", "body", "subject_line")
        )
        return {row[:4]: Words(*row[4:]) for row in rows}


class ThreadQuerySet(models.QuerySet):
    def waiting(self) -> ThreadQuerySet:
        return self.filter(waiting_since__isnull=False)

    def visible_to(self, actor: Actor) -> ThreadQuerySet:
        """Who sees every client sees every thread; a provider those of numbers that only their own clients have.

        A number somebody else shares carries that somebody's texts too, and one nobody on file has is the desk's.
        """
        if actor.kind == ActorKind.SYSTEM or actor.roles & SEES_EVERYBODY:
            return self
        seen = Client.objects.visible_to(actor)
        own = Address.objects.filter(_of_clients(seen), value=OuterRef("address"))
        foreign = Address.objects.filter(value=OuterRef("address")).exclude(_of_clients(seen))
        return self.filter(Exists(own), ~Exists(foreign))

    def version(self) -> int:
        """Changes whenever any of them does: a sum, because the latest of anything misses late commits."""
        return self.aggregate(sum=Sum("version"))["sum"] or 0


def _of_clients(seen: QuerySet[Client]) -> Q:
    ids = seen.values("pk")
    return Q(client__in=ids) | Q(contact__client__in=ids)
