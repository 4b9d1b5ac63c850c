"""The words for asking about tasks and about the practice's own words."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Case, Q, When

from core.actors import Actor
from messaging.rules.wording import Own, Words
from messaging.states import TaskKind
from practice.models import Client


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
    def own_words(self) -> Own:
        """All of them, by (key, scope, channel, language): a practice has a few dozen at most. One query."""
        rows = self.exclude(body="").values_list(
            "key", "scope", "channel", "language", "body", "subject_line"
        )
        return {row[:4]: Words(*row[4:]) for row in rows}
