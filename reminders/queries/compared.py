"""How two sets of words that are being compared have served so far."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Max, OuterRef, Q, Subquery

from messaging.models import Attempt, Template
from messaging.rules.wording import Slot
from messaging.states import AttemptState, Variant
from practice.models import AuditEntry
from reminders.models import Reminder
from reminders.rules.comparing import Side, finding
from reminders.states import REMINDER
from scheduling.states import UNCOUNTED, ConfirmedHow


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """since: when either set of words was last changed; what was sent before does not count."""

    since: dt.datetime
    first: Side
    second: Side
    finding: str


def compared(slot: Slot, now: dt.datetime) -> Compared | None:
    """None where nothing is compared. Four queries.

    Who had not confirmed yet counts, once a visit, when it has come; as confirmed who did so after the message.
    What staff took down by telephone says nothing of words, and counts as asked only.
    """
    rows = Template.objects.filter(
        key=slot.key, scope=slot.scope, channel=slot.channel, language=slot.language
    )
    bodies = {row.pk: row.body for row in rows if row.variant == Variant.SECOND}
    if not any(bodies.values()):
        return None
    changed = AuditEntry.objects.filter(
        subject_kind="template", subject_id__in=[row.pk for row in rows], after__has_key="body"
    )
    since = changed.aggregate(last=Max("at"))["last"] or now
    sides = {variant: _side(slot.label, variant, since, now) for variant in Variant}
    first, second = sides[Variant.FIRST], sides[Variant.SECOND]
    return Compared(since=since, first=first, second=second, finding=finding(first, second))


def _side(label: str, variant: str, since: dt.datetime, now: dt.datetime) -> Side:
    sent = Attempt.objects.filter(
        compared=label,
        variant=variant,
        started_at__gte=since,
        state__in=[AttemptState.ACCEPTED, AttemptState.ADOPTED],
        message__purpose=REMINDER,
    )
    first = sent.filter(message__subject=OuterRef("pk")).order_by("started_at").values("started_at")[:1]
    told = Reminder.objects.filter(
        pk__in=sent.order_by().values("message__subject"), attendance__appointment__starts_at__lte=now
    )
    told = told.exclude(attendance__state__in=UNCOUNTED).order_by().annotate(said_at=Subquery(first))
    after = Q(attendance__confirmed_at__gte=F("said_at"))
    themselves = after & ~Q(attendance__confirmed_how=ConfirmedHow.STAFF)
    counts = told.aggregate(
        asked=Count("attendance", distinct=True, filter=after | Q(attendance__confirmed_at__isnull=True)),
        confirmed=Count("attendance", distinct=True, filter=themselves),
    )
    return Side(**counts)
