"""What the list achieved in some weeks, in a fixed number of queries. The definitions stand in `rules.figures`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, F, Q, Sum

from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.rules.figures import Counts
from waitlist.states import MISMATCHES, EntryState, OfferState, SpanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """open_spans, offers_out, waiting: now; the rest is of the period. time_to_fill: since the undo window ended."""

    counts: Counts
    waiting: int
    open_spans: int
    offers_out: int
    time_to_fill: dt.timedelta | None
    value: Decimal


def figures(since: dt.datetime, now: dt.datetime) -> Figures:
    entries = WaitlistEntry.objects.aggregate(
        waiting=Count("pk", filter=Q(state=EntryState.WAITING)),
        booked=Count("pk", filter=Q(state=EntryState.BOOKED, closed_at__gte=since)),
        expired=Count("pk", filter=Q(state=EntryState.EXPIRED, closed_at__gte=since)),
        gave_up=Count("pk", filter=Q(state=EntryState.GAVE_UP, closed_at__gte=since)),
    )
    ended = Q(ended_at__gte=since)
    offers = Offer.objects.filter(ended | Q(state=OfferState.OUT)).aggregate(
        out=Count("pk", filter=Q(state=OfferState.OUT)),
        accepted=Count("pk", filter=ended & Q(state=OfferState.ACCEPTED)),
        declined=Count("pk", filter=ended & Q(state=OfferState.DECLINED)),
        mismatched=Count("pk", filter=ended & Q(state=OfferState.DECLINED, reason__in=MISMATCHES)),
        unanswered=Count("pk", filter=ended & Q(state=OfferState.EXPIRED)),
    )
    of_period = Q(starts_at__gte=since, starts_at__lt=now) | Q(filled_at__gte=since)
    spans = FreedSpan.objects.aggregate(
        open=Count("pk", filter=Q(state=SpanState.OPEN, ends_at__gt=now)),
        filled=Count("pk", filter=of_period & Q(filled_at__isnull=False)),
        ended=Count("pk", filter=of_period & ~Q(state__in=[SpanState.TAKEN, SpanState.TOO_SHORT])),
        took=Avg(F("filled_at") - F("not_before"), filter=Q(filled_at__gte=since)),
    )
    # A place has no one price.
    booked = Offer.objects.filter(ended, state=OfferState.ACCEPTED, entry__isnull=False)
    value = booked.aggregate(sum=Sum("appointment__rate"))["sum"]
    return Figures(
        counts=Counts(
            booked_from_offer=entries["booked"],
            expired=entries["expired"],
            gave_up=entries["gave_up"],
            accepted=offers["accepted"],
            declined=offers["declined"],
            mismatched=offers["mismatched"],
            unanswered=offers["unanswered"],
            spans_filled=spans["filled"],
            spans_ended=spans["ended"],
        ),
        waiting=entries["waiting"],
        open_spans=spans["open"],
        offers_out=offers["out"],
        time_to_fill=spans["took"],
        value=value or Decimal(0),
    )
