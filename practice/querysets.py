"""What may be seen by whom, and the words for asking."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.actors import Actor, ActorKind
from practice.states import Role

SEES_EVERYBODY = {Role.FRONT_DESK, Role.ADMIN, Role.BILLING}


def providers_seen_by(actor: Actor) -> frozenset[int] | None:
    """None for all: desk, billing and admins; a provider sees self and supervisees; nobody else sees any."""
    if actor.kind == ActorKind.SYSTEM or (actor.is_staff and actor.roles & SEES_EVERYBODY):
        return None
    if actor.is_staff and actor.provider_id:
        return frozenset({actor.provider_id, *actor.supervisee_ids})
    return frozenset()


class ProviderQuerySet(models.QuerySet):
    def active(self) -> ProviderQuerySet:
        return self.filter(is_active=True)

    def visible_to(self, actor: Actor) -> ProviderQuerySet:
        """As `providers_seen_by` says."""
        seen = providers_seen_by(actor)
        if seen is None:
            return self
        return self.filter(pk__in=seen) if seen else self.none()


class ClientQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> ClientQuerySet:
        """Desk, billing and admins see all; providers their care team's clients and their supervisees'."""
        if actor.kind == ActorKind.SYSTEM or (actor.is_staff and actor.roles & SEES_EVERYBODY):
            return self
        if actor.is_staff and actor.provider_id:
            own = {actor.provider_id, *actor.supervisee_ids}
            return self.filter(care_team__provider__in=own).distinct()
        if actor.kind == ActorKind.CLIENT:
            return self.filter(pk=actor.id)
        return self.none()

    def matching(self, text: str) -> ClientQuerySet:
        """Every word must begin a name, or be part of the record number or of a phone number."""
        found = self
        for word in text.split():
            digits = "".join(c for c in word if c.isdigit())
            by_word = Q(search_name__contains=word.lower()) | Q(record_number__iexact=word.lstrip("#"))
            if len(digits) >= 3:
                by_word |= Q(addresses__value__contains=digits) | Q(record_number__startswith=digits)
            found = found.filter(by_word)
        return found.distinct()


class AuditQuerySet(models.QuerySet):
    def about(self, kind: str, subject_id: int) -> AuditQuerySet:
        return self.filter(subject_kind=kind, subject_id=subject_id).order_by("at", "id")
