"""The demo practice: whole, plausible, repeatable, and never outside DEBUG."""

import datetime as dt
import io
import json
import zoneinfo
from collections import Counter

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import RequestFactory, TestCase

from config.demo.build import build
from config.demo.moment import opening_moment, thanksgiving
from config.demo.places import ZONE
from core import clock
from messaging.models import Consent, Suppression
from practice.models import Address, Client, ClientContact, Location, Practice, Provider, Room, User
from scheduling.models import Appointment, AppointmentType, Attendance, Series
from scheduling.states import AppointmentState, AttendanceState

NEW_YORK = zoneinfo.ZoneInfo(ZONE)
TUESDAY = dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC)

# Four practices are made in this file; on one worker they are not made twice.

# Neighbours in time are enough: if any two overlap, some two neighbours do.
OVERLAPS = """
SELECT count(*) FROM (
    SELECT {span} && lag({span}) OVER (PARTITION BY {owner} ORDER BY lower({span})) AS clash
    FROM scheduling_appointment WHERE state NOT IN ('cancelled', 'released') AND {owner} IS NOT NULL
) AS neighbours WHERE clash
"""


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("demo", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def _debug(settings, db):
    settings.DEBUG = True


def facts() -> list:
    visits = Appointment.objects.order_by("public_id").values_list(
        "public_id", "type__name", "provider__last_name", "starts_at", "ends_at", "state", "title"
    )
    people = Attendance.objects.order_by("appointment__public_id", "client__record_number").values_list(
        "client__public_id", "state", "confirmed_at", "appointment__public_id"
    )
    phones = Address.objects.order_by("value").values_list("value", "safe_to_text")
    return [list(visits), list(people), list(phones), Consent.objects.order_by("at").count()]


@pytest.mark.usefixtures("_debug")
def test_the_whole_practice_is_there_its_clock_reads_ten_and_its_people_can_sign_in():
    answer = json.loads(said("--json"))

    counts = [m.objects.count() for m in (Practice, Location, Room, Provider, AppointmentType, Client, User)]
    assert counts == [1, 3, 8, 8, 9, 150, 5]
    assert answer["appointments"] == Appointment.objects.count() > 3000
    local = clock.now().astimezone(NEW_YORK)
    assert (local.hour, local.minute, local.weekday() < 5) == (10, 0, True)
    span = Appointment.objects.order_by("starts_at")
    assert span.last().starts_at - clock.now() > dt.timedelta(weeks=7)
    assert clock.now() - span.first().starts_at > dt.timedelta(weeks=25)
    assert not Series.objects.filter(appointments__isnull=True).exists()
    sign_ins_work_and_carry_a_short_undo()


def sign_ins_work_and_carry_a_short_undo() -> None:
    rows = json.loads(said("--sign-ins", "--json"))["sign_ins"]
    assert [row["role"] for row in rows] == ["front desk", "provider", "supervisor", "billing", "admin"]
    request = RequestFactory().post("/accounts/login/")
    users = [authenticate(request, email=row["email"], password=row["password"]) for row in rows]
    assert [user.email for user in users] == [row["email"] for row in rows]
    assert {user.undo_seconds for user in users} == {5}
    assert min(len(row["password"]) for row in rows) >= 12
    supervisor = User.objects.get(email="supervisor@demo.test").provider
    assert set(supervisor.supervisees.values_list("last_name", flat=True)) == {"Becker", "Reyes"}


class TestOnePractice(TestCase):
    """Made once, looked at from several sides."""

    @classmethod
    def setUpTestData(cls):
        build(seed=1, now=TUESDAY)

    def test_nobody_is_booked_twice_and_states_fit_the_hour(self):
        with connection.cursor() as cursor:
            for owner, span in (("provider_id", "blocked"), ("room_id", "room_span")):
                cursor.execute(OVERLAPS.format(owner=owner, span=span))
                assert cursor.fetchone()[0] == 0
        past = Appointment.objects.filter(ends_at__lte=TUESDAY)
        assert not past.filter(state__in=[AppointmentState.HELD, AppointmentState.IN_SESSION]).exists()
        ahead = Appointment.objects.filter(starts_at__gt=TUESDAY)
        assert set(ahead.values_list("state", flat=True)) == {"scheduled", "held", "cancelled"}
        unfinished = Attendance.objects.filter(
            appointment__in=past, appointment__state="scheduled", state=AttendanceState.EXPECTED
        )
        assert not unfinished.exists()

    def test_the_day_of_the_picture(self):
        def state_of(name: str) -> tuple:
            first, last = name.split()
            row = Attendance.objects.get(
                client__first_name=first, client__last_name=last, appointment__starts_at__date=TUESDAY.date()
            )
            return row.appointment.state, row.state, bool(row.confirmed_at)

        assert {
            name: state_of(name)
            for name in ("Olivia Brooks", "Ethan Cole", "Leo Park", "Lena Fox", "Mia Frost")
        } == {
            "Olivia Brooks": ("completed", "attended", True),
            "Ethan Cole": ("scheduled", "absent", False),
            "Leo Park": ("scheduled", "arrived", True),
            "Lena Fox": ("scheduled", "expected", True),
            "Mia Frost": ("scheduled", "expected", False),
        }
        assert Client.objects.get(first_name="Lena", last_name="Fox").record_number == "10482"
        group = Appointment.objects.get(state="in_session", type__category="group")
        assert (group.attendances.count(), group.capacity) == (6, 8)
        assert Appointment.objects.get(state="held").hold_until > TUESDAY

    def test_some_agreed_some_did_not_some_stopped_and_minors_have_a_guardian(self):
        texts = Consent.objects.filter(channel="sms")
        assert texts.filter(granted=True).count() > 90
        assert 0 < texts.filter(granted=False).count() == Suppression.objects.filter(channel="sms").count()
        agreed = set(Consent.objects.values_list("client", flat=True))
        assert Client.objects.exclude(pk__in=agreed).count() >= 8
        eighteen = TUESDAY.date() - dt.timedelta(days=365 * 18 + 5)
        minors = Client.objects.filter(birth_on__gt=eighteen)
        assert minors.count() == ClientContact.objects.filter(may_receive=True).count() > 3
        assert not Address.objects.filter(client__in=minors).exists()

    def test_every_phone_is_fictional_and_has_one_owner(self):
        phones = list(Address.objects.filter(kind="phone").values_list("value", flat=True))
        assert [p for p in phones if p[5:10] != "55501" or p == "+12025550100"] == []
        assert Counter(phones).most_common(1)[0][1] == 1
        assert not Address.objects.filter(kind="email").exclude(value__endswith="@example.org").exists()


@pytest.mark.django_db
def test_same_seed_same_practice():
    seen = []
    for _ in range(2):
        with transaction.atomic():
            build(seed=7, now=TUESDAY)
            seen.append(facts())
            transaction.set_rollback(True)

    assert seen[0] == seen[1]


@pytest.mark.usefixtures("_debug")
def test_a_second_load_is_refused_or_skipped(practice):
    with pytest.raises(CommandError, match="There is a practice here already"):
        said()
    assert (said("--if-empty"), said("--sign-ins")) == ("", "")
    assert not Client.objects.exists()


@pytest.mark.django_db
def test_outside_debug_there_is_no_demo(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="only for DEBUG=1"):
        said("--if-empty")


@pytest.mark.parametrize(
    ("real", "opens"),
    [
        ((2026, 11, 22, 21), (2026, 11, 23)),  # Sunday → Monday
        ((2026, 11, 24, 4), (2026, 11, 23)),  # Tuesday in UTC is still Monday night in New York
        ((2026, 11, 26, 15), (2026, 11, 27)),  # Thanksgiving → Friday
        ((2026, 7, 4, 12), (2026, 7, 6)),
    ],
)
def test_the_clock_opens_on_a_working_day_at_ten(real, opens):
    moment = opening_moment(dt.datetime(*real, tzinfo=dt.UTC), NEW_YORK)

    assert moment.astimezone(NEW_YORK) == dt.datetime(*opens, 10, tzinfo=NEW_YORK)


def test_thanksgiving_is_the_fourth_thursday():
    assert [thanksgiving(dt.date(year, 1, 1)).day for year in (2024, 2025, 2026, 2027)] == [28, 27, 26, 25]
    assert thanksgiving(dt.date(2026, 11, 27)) == dt.date(2027, 11, 25)
