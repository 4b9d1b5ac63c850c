"""The benchmark practice: the same for the same seed, whole under every constraint, and believable."""

import datetime as dt
import io
import json
import zoneinfo
from collections import Counter, defaultdict
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import TestCase
from phonenumbers import is_valid_number, parse

from availability.models import Closure, DatedException, WeeklyBlock
from config.demo.large.habits import Habit, odds_of_missing
from config.demo.large.load import Made, load
from config.demo.large.places import week_of
from config.demo.large.scales import SCALES, Scale
from config.demo.places import ZONE
from messaging.models import Consent
from practice.models import Address, CareTeam, Client, ClientContact, User
from reminders.models import Reminder
from scheduling.models import Appointment, AppointmentType, Attendance, Series, TypeOffer
from scheduling.states import BLOCKING, AppointmentState

NEW_YORK = zoneinfo.ZoneInfo(ZONE)
# Twelve days before the clocks go back, so the weeks ahead have that night in them.
TUESDAY = dt.datetime(2026, 10, 20, 14, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 10, 20, 4, tzinfo=dt.UTC)
TINY = Scale(name="tiny", providers=5, clients=500, past_visits=500, weeks_back=30, weeks_ahead=4)
# Enough of a practice to see that it is loaded at all.
LEAST = Scale(name="least", providers=3, clients=60, past_visits=60, weeks_back=8, weeks_ahead=1)


VISITS = """
SELECT md5(string_agg(concat_ws('|', a.public_id, a.starts_at, a.ends_at, a.state, a.title, p.last_name, r.name,
    l.name, t.name, a.overbooked_provider, a.cancelled_at, a.cancel_reason, s.public_id, s.starts_on, people),
    ';' ORDER BY a.public_id))
FROM scheduling_appointment a
JOIN practice_provider p ON p.id = a.provider_id
JOIN practice_location l ON l.id = a.location_id
JOIN scheduling_appointmenttype t ON t.id = a.type_id
LEFT JOIN practice_room r ON r.id = a.room_id
LEFT JOIN scheduling_series s ON s.id = a.series_id
LEFT JOIN LATERAL (
    SELECT string_agg(concat_ws(',', c.public_id, x.state, x.confirmed_at, x.arrived_at, x.contact_state, (
        SELECT count(*) FROM reminders_reminder m WHERE m.attendance_id = x.id)), '/' ORDER BY c.public_id) AS people
    FROM scheduling_attendance x JOIN practice_client c ON c.id = x.client_id WHERE x.appointment_id = a.id
) AS who ON true
WHERE a.starts_at >= %s
"""
PEOPLE = """
SELECT md5(string_agg(concat_ws('|', c.public_id, c.record_number, c.search_name, c.status, c.birth_on, p.last_name),
    ';' ORDER BY c.public_id)) FROM practice_client c LEFT JOIN practice_provider p ON p.id = c.primary_provider_id
"""
OVERLAPS = """
SELECT count(*) FROM scheduling_appointment a JOIN scheduling_appointment b ON a.id < b.id
    AND {same} AND a.{span} && b.{span}
WHERE a.state = ANY(%s) AND b.state = ANY(%s) AND NOT a.{flag} AND NOT b.{flag}
"""
SAME_PROVIDER = "ARRAY[a.provider_id, a.co_provider_id] && ARRAY[b.provider_id, b.co_provider_id]"
LONELY_FLAGS = """
SELECT count(*) FROM scheduling_appointment a WHERE a.overbooked_provider AND NOT EXISTS (
    SELECT FROM scheduling_appointment b WHERE b.id <> a.id AND b.provider_id = a.provider_id
    AND b.blocked && a.blocked AND b.state = ANY(%s))
"""
TWICE_AT_ONCE = """
SELECT count(*) FROM scheduling_attendance x
JOIN scheduling_attendance y ON y.client_id = x.client_id AND y.id > x.id
JOIN scheduling_appointment a ON a.id = x.appointment_id
JOIN scheduling_appointment b ON b.id = y.appointment_id
WHERE a.state = ANY(%s) AND b.state = ANY(%s) AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""
SCHEMA = """
SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) AS line
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgfoid::regproc, tgtype, tgenabled, tgdeferrable, tginitdeferred)
    FROM pg_trigger
) AS lines
"""
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


def asked(sql: str, *given) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchone()[0]


def local(visit: Appointment) -> dt.datetime:
    return visit.starts_at.astimezone(NEW_YORK)


@pytest.mark.django_db
def test_same_seed_same_practice_and_the_future_is_the_same_for_any_past():
    def facts(**more) -> tuple:
        with transaction.atomic():
            load(TINY, seed=7, now=TUESDAY, **more)
            found = asked(VISITS, EARLIEST), asked(VISITS, MIDNIGHT), asked(PEOPLE), Reminder.objects.count()
            transaction.set_rollback(True)
        return found

    once, again, shorter = facts(), facts(), facts(past_visits=60)

    assert once == again
    assert (once[0] != shorter[0], once[1:]) == (True, shorter[1:])


@pytest.mark.django_db
def test_the_schema_afterwards_is_the_one_before():
    before = asked(SCHEMA)

    load(LEAST, seed=1, now=TUESDAY)

    assert asked(SCHEMA) == before
    assert "FOREIGN KEY (series_id) REFERENCES scheduling_series(id) DEFERRABLE INITIALLY DEFERRED" in before


class TestOnePractice(TestCase):
    """Made once, looked at from several sides."""

    made: Made

    @classmethod
    def setUpTestData(cls):
        # A test with a live server empties the tables behind itself, the default rules among them.
        import_module("reminders.migrations.0002_default_rules").add(apps, None)
        cls.made = load(TINY, seed=1, now=TUESDAY)

    def test_as_much_as_was_asked_for(self):
        past = Appointment.objects.filter(starts_at__lt=MIDNIGHT)

        assert past.count() == self.made.past == 500
        assert Appointment.objects.count() == self.made.appointments == 500 + self.made.ahead
        assert Attendance.objects.count() == self.made.attendances
        assert (self.made.providers, self.made.clients) == (5, 500) == (5, Client.objects.count())
        assert User.objects.get(email="provider@demo.test").provider.last_name == "Smith"
        assert User.objects.get(email="supervisor@demo.test").provider.supervisees.exists()
        assert not CareTeam.objects.filter(client__status="waiting").exists()
        assert Reminder.objects.count() == self.made.reminders > 100
        assert not Reminder.objects.filter(attendance__appointment__starts_at__lte=TUESDAY).exists()

    def test_every_constraint_stands_and_nobody_is_in_two_places(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert asked("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == 0
        blocking = [state.value for state in BLOCKING]
        provider = OVERLAPS.format(same=SAME_PROVIDER, span="blocked", flag="overbooked_provider")
        room = OVERLAPS.format(same="a.room_id = b.room_id", span="room_span", flag="overbooked_room")
        assert [asked(sql, blocking, blocking) for sql in (provider, room, TWICE_AT_ONCE)] == [0, 0, 0]
        flagged = Appointment.objects.filter(overbooked_provider=True)
        assert flagged.count() < 0.01 * self.made.appointments
        assert asked(LONELY_FLAGS, blocking) == 0
        assert all(row.overrides[0]["reason"] for row in flagged)
        assert not Appointment.objects.filter(overbooked_provider=False).exclude(overrides=[]).exists()

    def test_rows_made_later_go_on_where_the_load_ended(self):
        last = {
            model: model.objects.order_by("pk").last().pk
            for model in (Client, Appointment, Attendance, Series)
        }
        for model, pk in last.items():
            assert asked(f"SELECT nextval(pg_get_serial_sequence('{model._meta.db_table}', 'id'))") == pk + 1
        numbers = [int(number) for number in Client.objects.values_list("record_number", flat=True)]
        assert asked("SELECT nextval('practice_record_number')") > max(numbers)

    def test_visits_keep_to_hours_closures_and_absences(self):
        blocks = defaultdict(list)
        for block in WeeklyBlock.objects.all():
            blocks[block.provider_id, block.weekday].append(block)
        absent = set(DatedException.objects.values_list("provider_id", "on"))
        closed = set(Closure.objects.filter(location=None).values_list("first_on", flat=True))
        for visit in Appointment.objects.all():
            start, on = local(visit), local(visit).date()
            assert any(holds(block, start, visit) for block in blocks[visit.provider_id, start.weekday()])
            assert (visit.provider_id, on) not in absent
            assert on not in closed

    def test_providers_offer_what_they_do_and_caps_hold(self):
        offered = {(o.provider_id, o.type_id): o.duration_minutes for o in TypeOffer.objects.all()}
        per_day: Counter = Counter()
        for visit in Appointment.objects.select_related("type"):
            assert visit.minutes == (offered[visit.provider_id, visit.type_id] or visit.type.duration_minutes)
            per_day[visit.type_id, visit.provider_id, local(visit).date()] += 1
        for kind in AppointmentType.objects.exclude(max_per_day_provider=None):
            assert max(n for key, n in per_day.items() if key[0] == kind.pk) <= kind.max_per_day_provider

    def test_series_keep_their_wall_clock_over_the_night_the_clocks_go_back(self):
        back = dt.date(2026, 11, 1)
        sides = Counter()
        for series in Series.objects.prefetch_related("appointments"):
            starts = [local(visit) for visit in series.appointments.all()]
            assert {start.time() for start in starts} == {series.local_time}
            every = 4 if "=4;" in series.rule else 2 if "=2;" in series.rule else 1
            weeks = {week_of(start.date()) % every for start in starts} | {week_of(series.starts_on) % every}
            assert len(weeks) == 1 and {start.weekday() for start in starts} == {series.starts_on.weekday()}  # noqa: PT018
            sides[frozenset(start.date() < back for start in starts)] += 1
        assert sides[frozenset({True, False})] > 20

    def test_people_come_miss_and_cancel_as_people_do(self):
        states = Counter(
            Attendance.objects.filter(appointment__starts_at__lt=MIDNIGHT).values_list("state", flat=True)
        )
        assert 0.08 < states["absent"] / (states["absent"] + states["attended"]) < 0.25
        assert 0.04 < states["cancelled"] / states.total() < 0.2
        cancelled = Attendance.objects.filter(state="cancelled").select_related("appointment")
        late = [row for row in cancelled if row.late_cancelled]
        assert 0.1 < len(late) / len(cancelled) < 0.7
        day = dt.timedelta(days=1)
        assert all(row.appointment.starts_at - row.appointment.cancelled_at < day for row in late)
        past = Appointment.objects.filter(ends_at__lte=TUESDAY)
        assert set(past.values_list("state", flat=True)) == {"completed", "scheduled", "cancelled"}
        unfinished = past.filter(
            state=AppointmentState.SCHEDULED, attendances__state__in=["expected", "arrived"]
        )
        assert not unfinished.exists()
        assert Appointment.objects.filter(type__category="group", attendances__isnull=False).exists()
        assert Attendance.objects.filter(
            appointment__starts_at__gt=TUESDAY, confirmed_at__isnull=False
        ).exists()

    def test_the_near_weeks_are_fuller_than_the_far_ones(self):
        def week(n: int) -> int:
            start = MIDNIGHT + dt.timedelta(days=6 + 7 * n)
            return Appointment.objects.filter(starts_at__range=(start, start + dt.timedelta(days=7))).count()

        assert week(0) > 1.3 * week(3) > 0

    def test_phones_are_fictional_and_everybody_has_their_own(self):
        phones = list(Address.objects.filter(kind="phone").values_list("value", flat=True))
        assert len(set(phones)) == len(phones) == 500
        assert [p for p in phones if p[5:10] != "55501" or p[2:5] == "202"] == []
        assert [p for p in phones if not is_valid_number(parse(p))] == [], "an import would refuse the export"
        assert not Address.objects.filter(kind="email").exclude(value__endswith="@example.org").exists()
        contacts = ClientContact.objects.filter(may_receive=True)
        assert not Address.objects.filter(client__contacts__in=contacts).exists()
        assert Consent.objects.filter(channel="sms", granted=True).count() > 300


def holds(block: WeeklyBlock, start: dt.datetime, visit: Appointment) -> bool:
    end = visit.ends_at.astimezone(NEW_YORK).time()
    weeks = week_of(start.date()) - week_of(block.effective_from_on)
    inside = block.starts_at <= start.time() and end <= block.ends_at
    return inside and weeks >= 0 and weeks % block.every_weeks == 0


def test_early_hours_long_leads_and_silence_are_missed_more():
    habit = Habit(misses=0.12, cancels=0.1, answers=0.6)

    def odds(**other) -> float:
        usual = {"minute": 660, "weekday": 2, "lead_days": 7, "confirmed": True, "video": False}
        return odds_of_missing(habit, **usual | other)

    worse = [odds(minute=480), odds(lead_days=42), odds(confirmed=False), odds(weekday=0)]
    assert min(worse) > odds() > odds(video=True) > 0
    assert (
        odds_of_missing(Habit(1.0, 0, 0), minute=480, weekday=0, lead_days=99, confirmed=False, video=False)
        == 0.9
    )


class TestCommand:
    @pytest.fixture(autouse=True)
    def _tiny(self, db, settings, monkeypatch):
        settings.DEBUG = True
        monkeypatch.setitem(SCALES, "small", LEAST)

    def test_it_answers_with_counts_and_seconds_and_tells_how_far_it_is(self):
        out, err = io.StringIO(), io.StringIO()

        call_command(
            "demo", "--scale", "small", "--past", "40", "--seed", "3", "--json", stdout=out, stderr=err
        )

        answer = json.loads(out.getvalue())
        assert (answer["scale"], answer["seed"], answer["past"]) == ("small", 3, 40)
        assert answer["appointments"] == answer["ahead"] + 40 == Appointment.objects.count()
        assert answer["seconds"] >= 0
        assert "60 clients" in err.getvalue()

    @pytest.mark.parametrize("words", [["--past", "5"], ["--scale", "small", "--past", "-1"]])
    def test_a_past_is_for_the_measured_scales(self, words):
        with pytest.raises(CommandError, match="--past"):
            call_command("demo", *words)

    def test_too_much_is_said_in_words(self):
        with pytest.raises(CommandError, match="at most"):
            call_command("demo", "--scale", "small", "--past", "100000", stderr=io.StringIO())
