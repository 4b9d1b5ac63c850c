"""The vocabulary of visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from core.actors import Actor, ActorKind
from practice.querysets import SEES_EVERYBODY
from practice.states import Role
from scheduling.states import (
    BLOCKING,
    FEES,
    REPLAN_OPEN,
    UNCOUNTED,
    AppointmentState,
    AttendanceState,
    ChargeState,
    Decision,
    Status,
)

SEES_MONEY = {Role.BILLING, Role.ADMIN}


class AppointmentQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> AppointmentQuerySet:
        """Desk, billing and admins see all; a provider own and supervisees'; a client visits they attend."""
        if actor.kind == ActorKind.SYSTEM or (actor.is_staff and actor.roles & SEES_EVERYBODY):
            return self
        if actor.is_staff and actor.provider_id:
            own = {actor.provider_id, *actor.supervisee_ids}
            return self.filter(Q(provider__in=own) | Q(co_provider__in=own))
        if actor.kind == ActorKind.CLIENT:
            return self.filter(attendances__client=actor.id)
        if actor.kind == ActorKind.CONTACT:
            return self.filter(
                attendances__client__contacts=actor.id,
                attendances__is_confidential=False,
            )
        return self.none()

    def blocking(self) -> AppointmentQuerySet:
        return self.filter(state__in=BLOCKING)

    def shown(self) -> AppointmentQuerySet:
        """What a calendar draws unless cancelled visits are asked for."""
        return self.exclude(state__in=[AppointmentState.CANCELLED, AppointmentState.RELEASED])

    def between(self, start: dt.datetime, end: dt.datetime) -> AppointmentQuerySet:
        """Touching `[start, end)`. No visit is longer than a day, so the index on starts_at serves."""
        return self.filter(
            starts_at__lt=end,
            starts_at__gt=start - dt.timedelta(days=1),
            ends_at__gt=start,
        )

    def for_providers(self, provider_ids: Iterable[int]) -> AppointmentQuerySet:
        ids = list(provider_ids)
        return self.filter(Q(provider__in=ids) | Q(co_provider__in=ids))

    def expired_holds(self, now: dt.datetime) -> AppointmentQuerySet:
        return self.filter(state=AppointmentState.HELD, hold_until__lt=now)

    def without_expired_holds(self, now: dt.datetime) -> AppointmentQuerySet:
        """They block nothing; the sweep only tidies them away."""
        return self.exclude(state=AppointmentState.HELD, hold_until__lt=now)

    def with_status(self) -> AppointmentQuerySet:
        """Annotates `status`, the twin of `rules.status.status_of`; the order of the cases is the derivation."""
        people: AttendanceQuerySet = AttendanceQuerySet(apps.get_model("scheduling", "Attendance"))
        counted = people.counted().filter(appointment=OuterRef("pk"))
        here = Exists(counted.filter(state=AttendanceState.ARRIVED))
        any_to_come = Exists(counted.exclude(state=AttendanceState.ABSENT))
        unconfirmed = Exists(counted.filter(confirmed_at__isnull=True))
        gone = [AppointmentState.CANCELLED, AppointmentState.RELEASED]
        cases = [
            (Q(state__in=gone), Status.CANCELLED),
            (Q(state=AppointmentState.COMPLETED), Status.COMPLETED),
            (Q(state=AppointmentState.IN_SESSION), Status.IN_SESSION),
            (Exists(counted) & ~any_to_come, Status.NO_SHOW),
            (here, Status.CHECKED_IN),
            (Exists(counted) & ~unconfirmed, Status.CONFIRMED),
            (Q(state=AppointmentState.SCHEDULED), Status.SCHEDULED),
            (Q(state=AppointmentState.HELD), Status.HELD),
        ]
        whens = [When(condition, then=Value(status)) for condition, status in cases]
        return self.annotate(status=Case(*whens, default=Value(Status.REQUESTED)))


class AttendanceQuerySet(models.QuerySet):
    def counted(self) -> AttendanceQuerySet:
        return self.exclude(state__in=UNCOUNTED)


class ChargeQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> ChargeQuerySet:
        """Billing and admins see all; a provider what they or those they supervise did; nobody else sees any."""
        if actor.kind == ActorKind.SYSTEM or (actor.is_staff and actor.roles & SEES_MONEY):
            return self
        if actor.is_staff and actor.provider_id:
            return self.filter(provider__in={actor.provider_id, *actor.supervisee_ids})
        return self.none()

    def standing(self) -> ChargeQuerySet:
        """Neither reversed nor a reversal."""
        return self.filter(reversed_at__isnull=True, reverses__isnull=True)

    def of_visits(self, visit_ids: Iterable[int]) -> ChargeQuerySet:
        ids = list(visit_ids)
        return self.filter(Q(appointment__in=ids) | Q(attendance__appointment__in=ids))

    def with_state(self) -> ChargeQuerySet:
        """Annotates `status`, the twin of `rules.charges.state_of`; the order of the cases is the derivation."""
        cases = [
            (Q(reverses__isnull=False, is_credit=False), ChargeState.VOID),
            (Q(reversed_at__isnull=False, exported_at__isnull=True), ChargeState.VOID),
            (Q(exported_at__isnull=False), ChargeState.EXPORTED),
            (Q(decision=Decision.WAIVED), ChargeState.WAIVED),
            (Q(kind__in=FEES, decision=""), ChargeState.PROPOSED),
            (~Q(missing=[]), ChargeState.MISSING),
        ]
        whens = [When(condition, then=Value(state)) for condition, state in cases]
        return self.annotate(status=Case(*whens, default=Value(ChargeState.READY)))


class ReplanQuerySet(models.QuerySet):
    def open(self) -> ReplanQuerySet:
        return self.filter(state__in=REPLAN_OPEN)

    def live(self) -> ReplanQuerySet:
        """Open, and about the visit as it stands."""
        return self.open().filter(
            occurrence=F("appointment__occurrence"), appointment__state=AppointmentState.SCHEDULED
        )
