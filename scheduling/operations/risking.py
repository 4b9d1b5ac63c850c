"""How likely somebody is not to come, written by whoever reckons it. Machine columns: they raise only ProviderDay."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from practice.queries import the_practice
from scheduling.models import Attendance
from scheduling.operations.locking import raise_days
from scheduling.operations.placing import days_of
from scheduling.signals import risk_changed

COLUMNS = ["risk_score", "risk_level", "risk_factors", "risk_version", "risk_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """score: 0 to 1. level: LOW, MEDIUM or HIGH. factors: in words, for staff."""

    score: float
    level: str
    factors: list[str] = field(default_factory=list)
    version: str = ""


@transaction.atomic
def record_risks(said: Mapping[int, Risk], *, now: dt.datetime) -> None:
    """{attendance: risk}, in a fixed number of statements. Of those whose level is another now, one `risk_changed`."""
    rows = Attendance.objects.select_related("appointment").select_for_update(of=("self",), no_key=True)
    people = list(rows.filter(pk__in=said).order_by("pk"))
    turned = [person for person in people if person.risk_level != said[person.pk].level]
    for person in people:
        risk = said[person.pk]
        person.risk_score, person.risk_level, person.risk_factors = risk.score, risk.level, risk.factors
        person.risk_version, person.risk_at = risk.version, now
    Attendance.objects.bulk_update(people, COLUMNS, batch_size=500)
    if not turned:
        return
    zone = the_practice().tz
    raise_days(
        day
        for visit in (person.appointment for person in turned)
        for day in days_of(visit.provider_id, visit.co_provider_id, visit.starts_at.astimezone(zone).date())
    )
    ids = frozenset(person.appointment_id for person in turned)
    risk_changed.send(sender=Attendance, appointment_ids=ids, now=now)
