"""The visits to come of which nobody will hear, and why. A dozen queries, however many visits."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When

from core.actors import Actor
from messaging.models import Message, Suppression
from messaging.queries import Recipient, Standing, address_standings, channels_set_up
from messaging.rules import reach
from messaging.states import LIVE
from practice.models import Client, ClientContact, Practice
from practice.states import Channel
from reminders.models import Reminder
from reminders.queries.reach import hours_of
from reminders.queries.schedule import HIGH_RISK, Schedule, Traits, is_weekly_rule, the_schedule
from reminders.rules.silence import nearest, why_closed, why_unplanned
from reminders.states import REMINDER, ReminderState, RuleKind, WhySilent
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState

Where = tuple[str, str]  # (channel, address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why one address gets nothing; contact_id None for the client's own."""

    contact_id: int | None
    channel: str
    address: str
    code: WhySilent


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """One person of one visit whom nothing will reach; `code` is the reason that is mended soonest."""

    attendance_id: int
    appointment_id: int
    client_id: int
    code: WhySilent
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """visits: everybody expected at a visit counts once. silent: soonest first."""

    visits: int
    silent: tuple[Silent, ...]

    @property
    def counts(self) -> dict[WhySilent, int]:
        """The most frequent first."""
        return dict(Counter(one.code for one in self.silent).most_common())


class Expected(NamedTuple):
    pk: int
    client_id: int
    is_confidential: bool
    contact_count: int
    appointment_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    type_id: int
    provider_id: int | None
    risk_level: str
    series: str | None

    @property
    def traits(self) -> Traits:
        return Traits(
            self.type_id, self.provider_id, is_weekly_rule(self.series), self.risk_level == HIGH_RISK
        )


class Planned(NamedTuple):
    """What stands of the plan: a row to one person on one channel."""

    attendance_id: int
    contact_id: int | None
    channel: str
    state: str
    is_live: bool


def visits_ahead(
    actor: Actor, *, now: dt.datetime, until: dt.datetime, provider_ids: Iterable[int] | None = None
) -> QuerySet[Appointment]:
    """Scheduled and visible to the actor; holds and requests are nobody's appointment yet."""
    visits = Appointment.objects.visible_to(actor)
    if provider_ids is not None:
        visits = visits.for_providers(provider_ids)
    return visits.filter(state=AppointmentState.SCHEDULED, starts_at__gt=now, starts_at__lt=until)


def reach_of(visits: QuerySet[Appointment], *, now: dt.datetime, practice: Practice) -> Reach:
    """Whom a text, an email or a call has reached or will; the portal's copy does not count (REM-3)."""
    people, plan = _people(visits), _plan(visits)
    known = _Known(people, plan, now, practice)
    silent = [known.why(one) for one in people if not known.hears(one)]
    return Reach(visits=len(people), silent=tuple(silent))


def _people(visits: QuerySet[Appointment]) -> list[Expected]:
    rows = Attendance.objects.counted().filter(appointment__in=visits)
    columns = (
        "pk", "client_id", "is_confidential", "contact_count", "appointment_id", "appointment__starts_at",
        "appointment__ends_at", "appointment__type_id", "appointment__provider_id", "risk_level",
        "appointment__series__rule",
    )  # fmt: skip
    return [Expected(*row) for row in rows.order_by("appointment__starts_at", "pk").values_list(*columns)]


def _plan(visits: QuerySet[Appointment]) -> dict[int, list[Planned]]:
    rows = Reminder.objects.filter(
        attendance__appointment__in=visits, occurrence=F("attendance__appointment__occurrence")
    )
    rows = rows.exclude(channel=Channel.PORTAL).exclude(state=ReminderState.SUPERSEDED)
    lives = Exists(Message.objects.filter(purpose=REMINDER, subject=OuterRef("pk"), state__in=LIVE))
    rows = rows.annotate(is_live=Case(When(state=ReminderState.SENT, then=lives), default=Value(value=False)))
    found: dict[int, list[Planned]] = defaultdict(list)
    for row in rows.order_by().values_list(*Planned._fields).distinct():
        found[row[0]].append(Planned(*row))
    return found


class _Known:
    """All that is known of these people at once, to be asked person by person."""

    def __init__(
        self, people: list[Expected], plan: dict[int, list[Planned]], now: dt.datetime, practice: Practice
    ) -> None:
        self.plan, self.ready = plan, channels_set_up()
        self.contacts = _contacts({one.client_id for one in people})
        recipients = {Recipient(one.client_id, who) for one in people for who in self._whose(one)}
        self.standings = address_standings(recipients, now, practice=practice)
        self.suppressions = _suppressions(self.standings)
        self.schedule = the_schedule(now)
        self.direct = {one.pk for one in people if self._is_told(one)}
        self.told_at = self._told_at(people)
        quiet = {one.client_id for one in people if one.pk not in self.direct}
        self.has_time = _has_time(quiet, self.schedule, practice)

    def _whose(self, one: Expected) -> list[int | None]:
        return [None] if one.is_confidential else [None, *self.contacts[one.client_id]]

    def hears(self, one: Expected) -> bool:
        """Also when told with somebody else of this visit, at an address both share."""
        if one.pk in self.direct:
            return True
        told = self.told_at[one.appointment_id]
        return any(
            where in told for who in self._whose(one) for where in self._usable(Recipient(one.client_id, who))
        )

    def _usable(self, who: Recipient) -> list[Where]:
        return [
            (standing.channel, standing.address)
            for standing in self.standings[who]
            if not standing.refusal and standing.channel in self.ready
        ]

    def _is_told(self, one: Expected) -> bool:
        return (
            one.contact_count > 0 or any(step.is_live for step in self.plan[one.pk]) or bool(self._ahead(one))
        )

    def _ahead(self, one: Expected) -> list[Where]:
        """Where what is planned will really go, as things stand."""
        found, whose = [], self._whose(one)
        for step in self.plan[one.pk]:
            if step.state == ReminderState.PLANNED and step.contact_id in whose:
                usable = self._usable(Recipient(one.client_id, step.contact_id))
                found += [where for where in usable if where[0] == step.channel][:1]
        return found

    def _told_at(self, people: list[Expected]) -> dict[int, set[Where]]:
        found: dict[int, set[Where]] = defaultdict(set)
        for one in people:
            found[one.appointment_id] |= set(self._ahead(one))
        return found

    def why(self, one: Expected) -> Silent:
        obstacles = tuple(
            o for who in self._whose(one) for o in self._obstacles(Recipient(one.client_id, who))
        )
        return Silent(
            attendance_id=one.pk,
            appointment_id=one.appointment_id,
            client_id=one.client_id,
            code=self._code(one, obstacles),
            obstacles=obstacles,
        )

    def _obstacles(self, who: Recipient) -> list[Obstacle]:
        found = [(standing, self._closed(standing)) for standing in self.standings[who]]
        return [
            Obstacle(contact_id=who.contact_id, channel=s.channel, address=s.address, code=code)
            for s, code in found
            if code is not None
        ]

    def _closed(self, standing: Standing) -> WhySilent | None:
        where = standing.channel, standing.address
        return why_closed(
            standing.refusal,
            suppression=self.suppressions.get(where, ""),
            is_ready=standing.channel in self.ready,
        )

    def _code(self, one: Expected, obstacles: tuple[Obstacle, ...]) -> WhySilent:
        if not self.schedule.channels:
            return WhySilent.RULES_OFF
        usable = {
            where[0] for who in self._whose(one) for where in self._usable(Recipient(one.client_id, who))
        }
        if not usable:
            return nearest(obstacle.code for obstacle in obstacles)
        steps, _ = self.schedule.steps(one.traits)
        return why_unplanned(
            channels={channel for step in steps for channel in step.channels},
            usable=usable,
            was_tried=any(step.state == ReminderState.SENT for step in self.plan[one.pk]),
            # a step that was skipped is not planned a second time
            has_time=not self.plan[one.pk] and self.has_time(one, frozenset(usable)),
        )


def _contacts(client_ids: set[int]) -> dict[int, list[int]]:
    """Those who may not receive too: that may be the very reason. Who must never be contacted is no way to anybody."""
    rows = ClientContact.objects.filter(client__in=client_ids, never_contact=False).order_by("pk")
    found: dict[int, list[int]] = defaultdict(list)
    for client, contact in rows.values_list("client_id", "pk"):
        found[client].append(contact)
    return found


def _suppressions(standings: dict[Recipient, list[Standing]]) -> dict[Where, str]:
    closed = {s.address for each in standings.values() for s in each if s.refusal == reach.SUPPRESSED}
    rows = Suppression.objects.filter(address__in=closed, lifted_at__isnull=True)
    return {
        (channel, address): why for channel, address, why in rows.values_list("channel", "address", "reason")
    }


def _has_time(
    client_ids: set[int], schedule: Schedule, practice: Practice
) -> Callable[[Expected, frozenset[str]], bool]:
    """Whether a step on one of these channels still falls due before the visit."""
    clients = Client.objects.only("zone", "contact_from", "contact_until").in_bulk(client_ids)
    hours = {pk: hours_of(client, practice) for pk, client in clients.items()}

    def has_time(one: Expected, channels: frozenset[str]) -> bool:
        due = schedule.due(one.starts_at, one.ends_at, hours[one.client_id], one.traits, False)
        return any(channels & set(step.channels) for step, _ in due if step.kind != RuleKind.AFTER)

    return has_time
