"""What matching promises, for practices made at random.

No offer breaks a hard constraint, by an oracle that asks the rows one by one; a held time is never lost or doubled; of
those who match equally nobody is passed over by the same person twice; and neither risk nor attendance history is read.
"""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from practice.tests.factories import KeepApartFactory
from scheduling.models import Appointment, Attendance
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory
from waitlist.models import FreedSpan, Offer, WaitlistEntry
from waitlist.operations.answering import Gone, accept, decline
from waitlist.operations.filling import look_at
from waitlist.queries.candidates import candidates, free_time
from waitlist.queries.policy import the_policy
from waitlist.rules.matching import ANY, Candidate, Free, matches
from waitlist.tests.conftest import NOW, at, client_of
from waitlist.tests.factories import WaitlistEntryFactory

# --- Turns, without a database ----------------------------------------------------------------------


def somebody(entry: int, joined: int) -> Candidate:
    return Candidate(
        entry=entry, client=entry, type=1, minutes=50, least=50, before=0, after=15, modality="in_person", provider=ANY,
        is_own=False, day=ANY, from_minute=-1, until_minute=-1, place=ANY, priority=500, turn=joined, is_pinned=False,
        is_licensed=True, is_insured=True, is_apart=False, is_quick=False, is_asked=False, is_cooling=False,
        week_offers=0, earlier_than=0,
    )  # fmt: skip


@given(st.integers(0, 2**30), st.integers(1, 12), st.integers(5, 60))
def test_of_equals_nobody_is_passed_over_by_the_same_person_twice(seed, people, rounds):
    """So nobody is passed over more often than others stood in line when they joined: the bound of docs/waitlist.md."""
    dice, free = random.Random(seed), Free(midnight=0, is_short_notice=False, week_cap=0)
    line = {n: 2 * n for n in range(people)}  # entry → when their turn last came
    passed: dict[int, list[int]] = {n: [] for n in line}
    ahead = {n: n for n in line}
    for now in range(people, people + rounds):
        if dice.random() < 0.3:
            line[100 + now], passed[100 + now], ahead[100 + now] = 2 * now, [], len(line)
        present = [somebody(n, joined) for n, joined in line.items() if dice.random() < 0.8]
        found = matches(present, free, lambda *_: [600], threshold=0)
        if not found:
            continue
        taken = found[0].candidate.entry
        for match in found[1:]:
            passed[match.candidate.entry].append(taken)
        line[taken], passed[taken], ahead[taken] = 2 * now + 1, [], len(line) - 1

    for entry, by in passed.items():
        assert len(by) == len(set(by))
        assert len(by) <= ahead[entry]


# --- With rows -------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def some_entries(dice: random.Random, clinic, waiting, count: int) -> None:
    for n in range(count):
        entry = waiting(
            f"P{n}",
            modality=dice.choice(["", "in_person", "telehealth"]),
            insurance=dice.choice(["", "", "Aetna", "Cigna"]),
            weekdays=dice.choice([[], [3], [0, 3]]),
            is_quick=dice.random() < 0.5,
            region=dice.choice(["", "NY", "TX"]),
            priority=dice.randrange(1000),
        )
        if dice.random() < 0.2:
            KeepApartFactory(client=entry.client, provider=clinic.provider)
        if dice.random() < 0.3:
            visit = AppointmentFactory(type=clinic.type, starts_at=at(11, day=26), provider=clinic.colleague)
            type(visit).objects.filter(pk=visit.pk).update(overbooked_provider=True)
            AttendanceFactory(client=entry.client, appointment=visit)


def breaks(offer: Offer, provider) -> list[str]:
    """By the rows themselves, one question after another."""
    entry, client, visit = offer.entry, offer.client, offer.appointment
    found = {
        "type": visit.type_id != entry.type_id,
        "length": visit.minutes != entry.type.duration_minutes,
        "modality": entry.modality not in ("", visit.modality),
        "licence": visit.modality != "in_person" and client.region not in ("", *provider.licensed_regions),
        "insurance": entry.insurance not in ("", *provider.insurances),
        "apart": client.kept_apart.filter(provider=provider).exists(),
        "busy": Attendance.objects.filter(
            client=client, appointment__starts_at__lt=visit.ends_at, appointment__ends_at__gt=visit.starts_at
        ).exclude(appointment=visit).exists(),
        "silent": not client.consents.filter(granted=True).exists(),
    }  # fmt: skip
    return [name for name, is_broken in found.items() if is_broken]


@FEW
@given(st.integers(0, 2**30))
def test_no_offer_breaks_a_hard_constraint_and_no_held_time_is_lost_or_doubled(clinic, freed, waiting, seed):
    Offer.objects.all().delete()
    FreedSpan.objects.all().delete()
    Appointment.objects.all().delete()
    WaitlistEntry.objects.all().delete()
    dice = random.Random(seed)
    type(clinic.provider).objects.filter(pk=clinic.provider.pk).update(
        licensed_regions=["NY"], insurances=["Cigna"]
    )
    clinic.provider.refresh_from_db()
    type(clinic.type).objects.update(modalities=["in_person", "telehealth"])
    some_entries(dice, clinic, waiting, 8)
    span, moment = freed(11, minutes=dice.choice([65, 130])), NOW

    for _ in range(8):
        with clock.frozen(moment):
            look_at(span.pk, moment)
            for offer in Offer.objects.filter(state="out"):
                assert breaks(offer, clinic.provider) == []
            _answer_some(dice)
            _nothing_lost_or_doubled(clinic.provider)
        moment += dt.timedelta(minutes=dice.choice([5, 70, 130]))


def _answer_some(dice: random.Random) -> None:
    for offer in Offer.objects.filter(state="out"):
        die = dice.random()
        try:
            if die < 0.3:
                accept(offer.pk, how="sms", by=client_of(offer))
            elif die < 0.6:
                decline(offer.pk, reason="time", how="sms", by=client_of(offer))
        except Gone:
            continue


def _nothing_lost_or_doubled(provider) -> None:
    standing = Appointment.objects.blocking().filter(provider=provider).order_by("starts_at")
    spans = [row.blocked_span for row in standing]
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    for visit in standing.filter(state="held"):
        assert visit.offers.exclude(state="accepted").exists()
    for offer in Offer.objects.filter(state="out"):
        assert offer.appointment.state == "held"
    for offer in Offer.objects.filter(state="accepted"):
        assert offer.appointment.state == "scheduled"
        assert list(offer.appointment.attendances.values_list("client", flat=True)) == [offer.client_id]


def ranking(span: FreedSpan, practice) -> bytes:
    time = free_time(span, policy=the_policy(), practice=practice, now=NOW)
    return repr(
        matches(candidates(span, practice=practice, now=NOW), time.free, time.starts, threshold=0)
    ).encode()


@FEW
@given(st.integers(0, 2**30))
def test_permuting_risk_and_attendance_history_leaves_rankings_as_they_are(
    clinic, freed, waiting, practice, seed
):
    dice = random.Random(seed)
    entries = [waiting(f"P{n}", priority=dice.randrange(1000)) for n in range(5)]
    past = [
        AttendanceFactory(
            client=entry.client,
            appointment=AppointmentFactory(type=clinic.type, starts_at=at(9 + n, day=3)),
        )
        for n, entry in enumerate(entries)
    ]
    span = freed(11)
    before = ranking(span, practice)

    states, risks = ["attended", "absent", "cancelled", "excused", "expected"], [0.9, 0.1, 0.5, 0.3, None]
    dice.shuffle(states)
    dice.shuffle(risks)
    for row, state, risk in zip(past, states, risks, strict=True):
        late = state == "cancelled"
        Attendance.objects.filter(pk=row.pk).update(
            state=state,
            late_cancelled=late,
            risk_score=risk,
            risk_level="HIGH" if (risk or 0) > 0.5 else "LOW",
        )

    assert ranking(span, practice) == before
    for row in past:
        row.appointment.delete()
    WaitlistEntryFactory._meta.model.objects.filter(pk__in=[one.pk for one in entries]).delete()
    span.delete()
