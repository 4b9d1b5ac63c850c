"""What insurers allow, with what of it is used and what is kept for visits ahead. Counted, never stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from practice.models import Authorization, Client
from practice.states import ClientStatus
from scheduling.rules.authorizations import LOW_DAYS, LOW_SESSIONS, is_low
from scheduling.states import KEEPING, PENDING


def with_use(rows: QuerySet[Authorization]) -> QuerySet[Authorization]:
    """Annotated `used`, `kept`, `left` (neither). Twin: `care.TAKEN`; a test holds them together."""
    done = Q(attendances__authorization_used=True)
    ahead = Q(
        attendances__authorization_used=False,
        attendances__state__in=PENDING,
        attendances__appointment__state__in=KEEPING,
    )
    used = F("used_before") + Count("attendances", filter=done)
    counted = rows.annotate(used=used, kept=Count("attendances", filter=ahead))
    return counted.annotate(left=F("sessions") - F("used") - F("kept"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One authorization as the card shows it. `tone`: ok, warn, or empty where it no longer matters."""

    row: Authorization
    used: int
    kept: int
    left: int
    word: str
    tone: str


def standing_of(client: Client, today: dt.date) -> list[Standing]:
    """Those that hold first, the one ending soonest on top."""
    rows = with_use(Authorization.objects.filter(client=client)).order_by("ends_on", "pk")
    return sorted((_standing(row, today) for row in rows), key=lambda one: one.row.ends_on < today)


def _standing(row: Authorization, today: dt.date) -> Standing:
    used, kept, left = row.used, row.kept, row.left  # type: ignore[attr-defined]  # annotated
    word, tone = _word(row, row.sessions - used, today)
    return Standing(row=row, used=used, kept=kept, left=left, word=word, tone=tone)


def _word(row: Authorization, remaining: int, today: dt.date) -> tuple[str, str]:
    if row.ends_on < today:
        return "Ended", ""
    if remaining <= 0:
        return "Used up", "warn"
    if row.starts_on > today:
        return "Not yet", ""
    return ("Nearly over", "warn") if is_low(remaining, row.ends_on, today) else ("Good", "ok")


def low_among(ids: Collection[int], today: dt.date) -> frozenset[int]:
    """Those with two sessions or thirty days left, or less. No query for none."""
    if not ids:
        return frozenset()
    return frozenset(_low(Authorization.objects.filter(pk__in=ids), today).values_list("pk", flat=True))


def to_renew(today: dt.date) -> dict[int, int]:
    """{authorization: client} that somebody should ask the insurer about: low, not yet over, and nothing follows it."""
    rows = Authorization.objects.filter(
        starts_on__lte=today, ends_on__gte=today, client__status=ClientStatus.ACTIVE
    )
    low = _low(rows, today).values_list("pk", "client_id", "ends_on")
    others: dict[int, list[dt.date]] = {}
    fresh = with_use(Authorization.objects.filter(client__in={client for _, client, _ in low}))
    for row in fresh:
        if row.left > LOW_SESSIONS:  # type: ignore[attr-defined]  # annotated
            others.setdefault(row.client_id, []).append(row.ends_on)
    far = today + dt.timedelta(days=LOW_DAYS)
    return {pk: client for pk, client, _ in low if not any(on > far for on in others.get(client, ()))}


def _low(rows: QuerySet[Authorization], today: dt.date) -> QuerySet[Authorization]:
    """Twin: `rules.authorizations.is_low`, of what is not used."""
    few = Q(used__gte=F("sessions") - LOW_SESSIONS)
    return with_use(rows).filter(few | Q(ends_on__lte=today + dt.timedelta(days=LOW_DAYS)))
