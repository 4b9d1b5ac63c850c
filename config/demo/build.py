"""Make the practice: places, people, then every visit under the real constraints, in one transaction."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from availability.models import DatedException, TravelCalendar
from availability.states import ExceptionKind
from config.demo import exceptions, groups, insurers
from config.demo.accounts import make_accounts
from config.demo.away import make_time_off
from config.demo.billing import make_charges
from config.demo.chance import Chance
from config.demo.messages import make_message_settings
from config.demo.moment import thanksgiving
from config.demo.outcomes import Scene, Visit, visit_of
from config.demo.people import make_people
from config.demo.places import ZONE, Places, clock_time, make_places
from config.demo.plans import Calendar, Slot, plans
from config.demo.sent import make_sent
from config.demo.talks import make_talks
from config.demo.today import ABSENCES
from config.demo.waiting import make_waiting
from practice.models import AuditEntry, CareTeam, Client
from practice.operations.images import image
from reminders.operations.planning import plan as plan_reminders
from scheduling.models import Appointment, Attendance, Series
from scheduling.states import AppointmentState

WEEKS_BACK, WEEKS_AHEAD = 26, 8
BY_DAY = ("MO", "TU", "WE", "TH", "FR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    providers: int
    clients: int
    appointments: int
    attendances: int


@transaction.atomic
def build(*, seed: int, now: dt.datetime) -> Made:
    """`now` is the moment the demo opens on, in aware UTC."""
    chance, tz = Chance(seed), zoneinfo.ZoneInfo(ZONE)
    calendar = _calendar(now.astimezone(tz).date())
    places = make_places(chance, calendar.first_on, calendar.closed_on)
    desk = make_accounts(places.providers)["desk@demo.test"]
    people = make_people(chance, places, now, desk.pk)
    planned, slots = plans(chance, people, calendar)
    series = _series(chance, slots, calendar)
    scene = Scene(chance=chance, places=places, now=now, tz=tz, desk_id=desk.pk)
    visits = [visit_of(plan, scene, series.get(plan.series)) for plan in planned]
    exceptions.add(visits, scene)
    groups.add(visits, scene)
    _write(visits)
    groups.make(visits, scene)
    _let_planner_count()
    insurers.authorize(visits, scene)
    insurers.keep_apart(visits)
    _absences(places, calendar.today)
    _dates_that_differ(places, calendar.today, now)
    make_time_off(places, now, tz)
    _care_teams(visits)
    _history(visits, scene)
    make_message_settings(places.providers)
    _plan_reminders(visits, now)
    make_talks(chance, now)
    make_waiting(chance, people, places, now)
    make_charges(chance, visits, places, now)
    make_sent(visits, Chance(seed), now)
    _step_over_record_numbers()
    return Made(
        providers=len(places.providers),
        clients=Client.objects.count(),
        appointments=len(visits),
        attendances=sum(len(visit.people) for visit in visits),
    )


def _calendar(today: dt.date) -> Calendar:
    monday = today - dt.timedelta(days=today.weekday())
    return Calendar(
        today=today,
        first_on=monday - dt.timedelta(weeks=WEEKS_BACK),
        last_on=monday + dt.timedelta(weeks=WEEKS_AHEAD, days=4),
        closed_on=thanksgiving(today),
    )


def _series(chance: Chance, slots: list[Slot], calendar: Calendar) -> dict[int, Series]:
    rows = {}
    for slot in slots:
        interval = f";INTERVAL={slot.every}" if slot.every > 1 else ""
        first = next(day for week, day in calendar.days(slot.weekday) if week % slot.every == slot.phase)
        rows[slot.number] = Series(
            public_id=chance.uuid(),
            rule=f"FREQ=WEEKLY{interval};BYDAY={BY_DAY[slot.weekday]}",
            starts_on=first,
            local_time=clock_time(slot.minute / 60),
            zone=ZONE,
        )
    Series.objects.bulk_create(rows.values())
    return rows


def _write(visits: list[Visit]) -> None:
    visits.sort(key=lambda visit: (visit.row.starts_at, visit.row.provider_id))
    Appointment.objects.bulk_create((visit.row for visit in visits), batch_size=1000)
    for visit in visits:
        for person in visit.people:
            person.appointment = visit.row
    Attendance.objects.bulk_create((person for visit in visits for person in visit.people), batch_size=2000)


def _let_planner_count() -> None:
    """Without it the planner believes the tables empty and joins them row by row, until autovacuum comes by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE practice_client, practice_address, scheduling_appointment, scheduling_attendance"
        )


def _absences(places: Places, today: dt.date) -> None:
    DatedException.objects.bulk_create(
        DatedException(
            provider=places.providers[last],
            on=today,
            kind=ExceptionKind.ABSENT,
            starts_at=clock_time(start),
            ends_at=clock_time(end),
            reason=reason,
        )
        for last, start, end, reason in ABSENCES
    )


def _dates_that_differ(places: Places, today: dt.date, now: dt.datetime) -> None:
    """A short Friday and an evening next week; and a calendar kept elsewhere, which the worker reads at once."""
    friday = today + dt.timedelta(days=11 - today.weekday())
    differs = [
        ("Reyes", friday, ExceptionKind.INSTEAD, 9, 12, "School meeting"),
        ("Becker", friday - dt.timedelta(days=1), ExceptionKind.EXTRA, 18, 20, "Evening hours"),
    ]
    DatedException.objects.bulk_create(
        DatedException(
            provider=places.providers[last],
            on=on,
            kind=kind,
            starts_at=clock_time(start),
            ends_at=clock_time(end),
            reason=reason,
        )
        for last, on, kind, start, end, reason in differs
    )
    address = f"{settings.PUBLIC_BASE_URL}{settings.STATIC_URL}demo/outside.ics"
    TravelCalendar.objects.create(provider=places.providers["Mori"], address=address, next_fetch_at=now)


def _care_teams(visits: list[Visit]) -> None:
    """Whoever sees a client is on their team; whom they see most is their primary provider."""
    seen: dict[Client, dict[int, int]] = {}
    for visit in visits:
        for person in visit.people:
            counts = seen.setdefault(person.client, {})
            treats = visit.row.provider_id or 0
            counts[treats] = counts.get(treats, 0) + 1
            if visit.row.co_provider_id:
                counts.setdefault(visit.row.co_provider_id, 0)
    CareTeam.objects.bulk_create(
        CareTeam(client=client, provider_id=pk) for client, counts in seen.items() for pk in sorted(counts)
    )
    for client, counts in seen.items():
        client.primary_provider_id = max(sorted(counts), key=lambda pk: counts[pk])
    Client.objects.bulk_update(seen, ["primary_provider"])


def _history(visits: list[Visit], scene: Scene) -> None:
    """Timeline lines of visits one is likely to open: from yesterday for three weeks."""
    near = [visit for visit in visits if -1 <= (visit.row.starts_at - scene.now).days <= 21]
    lines = [line for visit in near for line in _lines(visit, scene)]
    AuditEntry.objects.bulk_create(sorted(lines, key=lambda line: line.at))


def _lines(visit: Visit, scene: Scene) -> Iterator[AuditEntry]:
    row, desk = visit.row, {"actor_kind": "user", "actor_id": scene.desk_id, "via": "web"}
    ago = dt.timedelta(days=scene.chance.randint(3, 34), minutes=scene.chance.randint(0, 300))
    act = "visit.held" if row.state == AppointmentState.HELD else "visit.booked"
    about = {"subject_kind": "appointment", "subject_id": row.pk}
    yield AuditEntry(
        act=act, at=min(row.starts_at, scene.now) - ago, after=image(row).columns, **about, **desk
    )
    for person in visit.people:
        if person.confirmed_at:
            who = {"actor_kind": "client", "actor_id": person.client_id, "via": "sms"}
            told = {"subject_kind": "attendance", "subject_id": person.pk}
            yield AuditEntry(act="attendance.confirmed", at=person.confirmed_at, after={}, **told, **who)
    if row.cancelled_at:
        yield AuditEntry(
            act="visit.cancelled", at=row.cancelled_at, after={"state": row.state}, **about, **desk
        )


def _plan_reminders(visits: list[Visit], now: dt.datetime) -> None:
    """The real plan of every visit ahead; the confirmations of their bookings went out long ago."""
    ahead = [visit.row for visit in visits if visit.row.state == AppointmentState.SCHEDULED]
    plan_reminders(ahead, change=None, now=now, greet=lambda _: False, are_new=True)


def _step_over_record_numbers() -> None:
    last = max(int(number) for number in Client.objects.values_list("record_number", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval('practice_record_number', greatest(%s, nextval('practice_record_number')))", [last]
        )
