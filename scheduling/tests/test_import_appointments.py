"""Visits from files. The clinic's day is Tuesday 2026-11-24, 10:00 in New York."""

import datetime as dt

import pytest
from django.db import connection

from practice.models import AuditEntry, CareTeam, Change
from practice.tests.factories import ClientFactory, RoomFactory
from practice.tests.files import counts, given, reasons, take
from scheduling.importing import reading
from scheduling.models import Appointment, Attendance, ProviderDay, Series
from scheduling.tests.conftest import NEW_YORK, at
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def row(clinic):
    """`row("V1", "2026-11-02 09:00", …)`: a follow-up of the regular client with Dr. Smith."""

    def make(visit: str = "V1", starts_at: str = "2026-11-02 09:00", **other) -> dict:
        fields = {
            "visit": visit,
            "client": clinic.regular.record_number,
            "type": "follow-up",
            "provider": "Dr. Maya Smith",
            "starts_at": starts_at,
        }
        return fields | other

    return make


def visit(number: str) -> Appointment:
    return Appointment.objects.get(record_number=number)


def test_a_past_visit_stands_as_it_was(row, clinic):
    outcome = take("appointments", [row(status="kept", note="Went well", rate="150", room="Room 1")])

    assert (reasons(outcome), counts(outcome), outcome.is_kept) == ([], (1, 0, 0), True)
    one = visit("V1")
    assert (one.state, one.source, one.note, str(one.rate)) == ("completed", "import", "Went well", "150.00")
    assert (one.starts_at, one.ends_at) == (at(9, 0, 2), at(9, 50, 2))
    assert (one.provider, one.room, one.location) == (clinic.provider, clinic.room, clinic.location)
    assert (one.buffer_after_minutes, one.overrides, one.edition) == (15, [], 1)
    person = one.attendances.get()
    assert (person.client, person.state) == (clinic.regular, "attended")
    assert not AuditEntry.objects.filter(subject_kind="appointment").exists()


@pytest.mark.parametrize(
    ("word", "state", "person"),
    [
        ("", "scheduled", "expected"),
        ("Attended", "completed", "attended"),
        ("Showed", "completed", "attended"),
        ("No-Show", "scheduled", "absent"),
        ("no show", "scheduled", "absent"),
        ("DNA", "scheduled", "absent"),
        ("Missed", "scheduled", "absent"),
        ("Cancelled", "cancelled", "cancelled"),
        ("canceled", "cancelled", "cancelled"),
        ("Late Cancel", "cancelled", "cancelled"),
        ("rescheduled", "cancelled", "cancelled"),
        ("checked in", "scheduled", "arrived"),
        ("in session", "in_session", "arrived"),
        ("excused", "scheduled", "excused"),
    ],
)
def test_words_of_other_systems(row, word, state, person):
    assert reasons(take("appointments", [row(status=word)])) == []

    one = visit("V1")
    assert (one.state, one.attendances.get().state) == (state, person)
    assert one.attendances.get().late_cancelled == (word == "Late Cancel")


def test_an_ahead_visit_is_booked(row, clinic):
    outcome = take("appointments", [row("F1", "2026-12-01 14:00", status="confirmed", room="Room 1")])

    assert reasons(outcome) == []
    one = visit("F1")
    assert (one.state, one.starts_at) == ("scheduled", dt.datetime(2026, 12, 1, 14, tzinfo=NEW_YORK))
    person = one.attendances.get()
    assert (person.state, person.confirmed_how, person.confirmed_by_kind) == ("expected", "staff", "user")
    assert AuditEntry.objects.get(act="visit.imported").subject_id == one.pk
    assert ProviderDay.objects.get(provider=clinic.provider, on=dt.date(2026, 12, 1)).n == 1


def test_who_comes_joins_the_care_team(row, clinic):
    take("appointments", [row("F1", "2026-12-01 14:00", client=clinic.other.record_number)])

    assert CareTeam.objects.filter(provider=clinic.provider, client=clinic.other).exists()


BAD_ROWS = [
    ({"client": "NOBODY"}, "client", reading.NO_CLIENT),
    ({"client": ""}, "client", reading.WITHOUT_CLIENT),
    ({"type": "Unheard of"}, "type", "There is no type of this name. Import types first."),
    ({"type": ""}, "type", "This must be filled in."),
    (
        {"provider": "Dr. Who"},
        "provider",
        "There is no provider with this record number or name. Import providers first.",
    ),
    ({"provider": ""}, "provider", reading.NOBODY),
    ({"co_provider": "Maya Smith"}, "co_provider", reading.CO_ALONE),
    ({"location": "Atlantis"}, "location", "There is no location of this name. Import locations first."),
    ({"room": "Room 9"}, "room", "There is no room of this name there. Import rooms first."),
    ({"ends_at": "2026-11-02 08:00"}, "ends_at", reading.REVERSED),
    ({"ends_at": "2026-11-04 08:00"}, "ends_at", reading.TOO_LONG),
    ({"ends_at": "2026-11-02 10:00", "minutes": "50"}, "ends_at", reading.TWO_LENGTHS),
    ({"minutes": "0"}, "minutes", "Write a whole number from 1 to 1440."),
    ({"status": "scheduled"}, "status", reading.NOT_OVER),
    ({"status": "wobbly"}, "status", "Write one of "),
    ({"status": "kept", "late_cancelled": "yes"}, "late_cancelled", reading.NOT_CANCELLED),
    ({"status": "kept", "left_at": "2026-11-01 12:00"}, "left_at", reading.NOT_CANCELLED),
    ({"status": "kept", "is_late": "yes"}, "is_late", reading.NEVER_CAME),
    ({"status": "kept", "cancel_reason": "weather"}, "cancel_reason", reading.NOT_CANCELLED),
    ({"starts_at": "2026-12-01 14:00", "status": "no show"}, "status", reading.NOT_BEGUN),
    ({"starts_at": "2026-12-01 14:00", "status": "arrived"}, "status", reading.NOT_TODAY),
    ({"starts_at": "2026-03-08 02:30"}, "starts_at", "The clocks skip this time that night."),
    ({"starts_at": "yesterday"}, "starts_at", "Write date and time"),
    ({"series": "S1"}, "series_rule", "This series is new"),
    ({"rate": "a lot"}, "rate", "Write an amount like 150.00."),
    ({"starts_at": "2026-12-01 22:00"}, "starts_at", "Dr. Maya Smith is not available then"),
]


@pytest.mark.parametrize(("other", "column", "reason"), BAD_ROWS, ids=lambda one: str(one)[:40])
def test_bad_rows_say_line_column_and_why(row, other, column, reason):
    outcome = take("appointments", [row("GOOD", "2026-11-03 09:00", status="kept"), row() | other])

    found = reasons(outcome)
    assert [(line, where) for line, where, _ in found] == [(3, column)]
    assert found[0][2].startswith(reason)
    assert not Appointment.objects.exists()
    assert not Change.objects.exists()


def test_good_rows_are_taken_when_asked(row):
    outcome = take("appointments", [row(status="kept"), row("V2", client="NOBODY")], skip_bad=True)

    assert (outcome.is_kept, Appointment.objects.count()) == (True, 1)


def test_a_visit_of_several_stands_or_falls_together(row, clinic):
    couple = [row("C1", status="kept"), row("C1", status="no show", client=clinic.other.record_number)]
    bad = [row("C2", "2026-11-03 09:00"), row("C2", "2026-11-03 09:00", client="NOBODY")]

    outcome = take("appointments", couple + bad, skip_bad=True)

    assert reasons(outcome) == [
        (4, "visit", "Line 5 of this visit cannot be taken."),
        (5, "client", reading.NO_CLIENT),
    ]
    one = Appointment.objects.get()
    states = one.attendances.order_by("client__record_number").values_list("client_id", "state")
    assert one.state == "completed"
    assert dict(states) == {clinic.regular.pk: "attended", clinic.other.pk: "absent"}


def test_rows_of_one_visit_may_not_contradict(row, clinic):
    other = row("C1", "2026-11-03 09:00", client=clinic.other.record_number)
    twice = row("C3", "2026-11-05 09:00")

    outcome = take("appointments", [row("C1"), other, twice, twice])

    assert (3, "starts_at", "Line 2 says otherwise of the same visit.") in reasons(outcome)
    assert (5, "client", reading.TWICE) in reasons(outcome)


def test_cancelled_visits_keep_who_when_and_why(row, clinic):
    take(
        "appointments",
        [
            row(
                status="late cancel",
                cancel_reason="weather",
                cancel_text="Snow",
                cancelled_by="client",
                cancelled_at="2026-11-02 08:00",
            ),
            row("V2", "2026-11-03 09:00", status="cancelled"),
        ],
    )

    one, two = visit("V1"), visit("V2")
    assert (one.cancel_reason, one.cancel_text, one.cancelled_by_kind) == ("weather", "Snow", "client")
    assert one.cancelled_at == at(8, 0, 2)
    assert one.attendances.get().late_cancelled
    assert (two.cancel_reason, two.cancelled_at, two.cancelled_by_kind) == ("other", at(9, 0, 3), "system")


OVERLAPPING = """
    SELECT count(*) FROM scheduling_appointment a JOIN scheduling_appointment b ON a.id < b.id
    AND a.blocked && b.blocked AND NOT a.overbooked_provider AND NOT b.overbooked_provider
    AND a.provider_id = b.provider_id AND a.state <> 'cancelled' AND b.state <> 'cancelled'
"""
FLAGS_ALONE = """
    SELECT count(*) FROM scheduling_appointment a WHERE a.overbooked_{what} AND NOT EXISTS (
    SELECT FROM scheduling_appointment b WHERE a.id <> b.id AND b.state <> 'cancelled'
    AND a.{what}_id = b.{what}_id AND a.{span} && b.{span})
"""


def counted(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_the_second_to_take_a_past_time_is_marked_and_nobody_else(row, clinic):
    standing = AppointmentFactory(
        type=clinic.type, provider=clinic.provider, starts_at=at(15, 0, 2), state="completed"
    )
    take(
        "appointments",
        [
            row("A", "2026-11-02 09:00", status="kept", room="Room 1"),
            row("B", "2026-11-02 09:30", status="kept", room="Room 1"),  # over A
            row("C", "2026-11-02 10:10", status="kept"),  # over B, which is marked, so it stands
            row("D", "2026-11-02 10:20", status="kept", provider="Owen Brandt", room="Room 1"),
            row("E", "2026-11-02 09:00", status="cancelled"),
            row("F", "2026-11-02 14:30", status="kept"),  # over what stands
            row("G", "2026-11-02 16:04", status="kept"),  # in the buffer of what stands
            row("H", "2026-11-02 17:20", status="kept"),
        ],
    )

    marked = {v.record_number for v in Appointment.objects.filter(overbooked_provider=True)}
    assert marked == {"B", "F", "G"}
    assert {v.record_number for v in Appointment.objects.filter(overbooked_room=True)} == {"B"}
    assert [line["code"] for line in visit("B").overrides] == ["provider_busy", "room_busy"]
    assert {(line["reason"], line["by"]) for line in visit("B").overrides} == {("imported", "system")}
    standing.refresh_from_db()
    assert not standing.overbooked_provider
    assert counted(OVERLAPPING) == 0
    assert counted(FLAGS_ALONE.format(what="provider", span="blocked")) == 0
    assert counted(FLAGS_ALONE.format(what="room", span="room_span")) == 0


def test_overlaps_across_batches_are_marked_too(row, monkeypatch):
    monkeypatch.setattr("practice.importing.running.BATCH", 3)
    take(
        "appointments",
        [row(f"V{n}", f"2026-11-02 {8 + n // 2:02}:{30 * (n % 2):02}", status="kept") for n in range(12)],
    )

    assert (counted(OVERLAPPING), counted(FLAGS_ALONE.format(what="provider", span="blocked"))) == (0, 0)
    assert Appointment.objects.filter(overbooked_provider=True).count() == 8  # 50 minutes and 15 after


def test_dst_skipped_and_repeated_hours(row):
    take(
        "appointments",
        [
            row("FIRST", "2026-11-01 01:30", status="kept", minutes="20"),
            row("SECOND", "2026-11-01T01:30-05:00", status="kept", minutes="20"),
        ],
    )

    assert visit("SECOND").starts_at - visit("FIRST").starts_at == dt.timedelta(hours=1)


def test_past_visits_follow_the_file_again(row, clinic):
    rows = [row(room="Room 1"), row("V2", "2026-11-02 09:30", status="kept")]
    take("appointments", rows)
    assert visit("V2").overbooked_provider
    assert counts(take("appointments", rows)) == (0, 0, 2)

    rows[0] |= {"status": "kept", "note": "Late by ten", "starts_at": "2026-11-02 12:00"}
    outcome = take("appointments", rows)

    assert (reasons(outcome), counts(outcome)) == ([], (0, 1, 1))
    one = visit("V1")
    assert (one.state, one.note, one.starts_at, one.edition) == ("completed", "Late by ten", at(12, 0, 2), 2)
    assert one.attendances.get().state == "attended"
    assert not visit("V2").overbooked_provider
    line = AuditEntry.objects.get(act="visit.changed_by_import")
    assert line.subject_id == one.pk


def test_who_cancelled_alone_and_came_after_all(row, clinic):
    both = AppointmentTypeFactory(name="Both", category="couples")
    rows = [
        row(status="kept", type=both.name),
        row(
            status="cancelled",
            type=both.name,
            client=clinic.other.record_number,
            left_at="2026-11-01 12:00",
            left_reason="weather",
        ),
    ]
    assert reasons(take("appointments", rows)) == []
    alone = Attendance.objects.get(client=clinic.other)
    assert (alone.state, alone.cancel_reason, alone.cancelled_at) == ("cancelled", "weather", at(12, 0, 1))

    rows[1] |= {"status": "kept", "left_at": "", "left_reason": "", "arrived_at": "2026-11-02 09:05"}
    assert reasons(take("appointments", rows)) == []
    alone.refresh_from_db()
    assert (alone.state, alone.cancel_reason, alone.cancelled_at) == ("attended", "", None)


def test_an_empty_outcome_takes_none_away(row):
    take("appointments", [row(status="kept")])
    assert counts(take("appointments", [row()])) == (0, 0, 1)
    assert visit("V1").state == "completed"


def test_an_ahead_visit_is_moved_in_the_calendar_only(row, clinic):
    rows = [row("F1", "2026-12-01 14:00", status="scheduled", note="", location="")]
    take("appointments", rows)
    assert counts(take("appointments", rows)) == (0, 0, 1)
    noted = take("appointments", [rows[0] | {"note": "Bring the form"}])
    assert (counts(noted), visit("F1").note) == ((0, 1, 0), "Bring the form")

    for other, column, reason in [
        (
            {"starts_at": "2026-12-01 15:00"},
            "starts_at",
            "This visit stands already on December 1, 2026 at 2:00 pm",
        ),
        ({"provider": "Owen Brandt"}, "provider", "This visit stands already"),
        ({"room": "Room 1"}, "room", "This visit stands already"),
        ({"status": "cancelled"}, "status", "This visit stands already and says otherwise."),
        ({"client": clinic.other.record_number}, "client", "This visit stands already without this client."),
    ]:
        found = reasons(take("appointments", [rows[0] | other]))
        assert [(line, where) for line, where, _ in found] == [(2, column)]
        assert found[0][2].startswith(reason)


def test_visits_of_our_own_are_left_alone(row, clinic):
    own = AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(9, 0, 2))
    take("appointments", [row("V1", "2026-11-03 09:00", status="kept")])
    was = Appointment.objects.values().get(pk=own.pk)
    assert was["edition"] == 1
    assert was["note"] == ""


def test_an_override_needs_a_reason_in_the_row(row, clinic):
    late = row("F1", "2026-12-01 22:00")
    assert not take("appointments", [late]).is_kept

    assert take("appointments", [late | {"override_reason": "Agreed"}]).is_kept

    assert [(line["code"], line["reason"]) for line in visit("F1").overrides] == [("outside_hours", "Agreed")]


def test_two_rows_of_one_file_are_in_each_others_way(row, clinic):
    rows = [row("F1", "2026-12-01 14:00"), row("F2", "2026-12-01 14:30", client=clinic.other.record_number)]

    found = reasons(take("appointments", rows))

    assert [(line, column) for line, column, _ in found] == [(3, "starts_at")]
    assert found[0][2].startswith("Dr. Maya Smith is booked from 2:00 pm to 2:50 pm.")
    assert take("appointments", [rows[0], rows[1] | {"override_reason": "Sharing"}]).is_kept
    assert visit("F2").overbooked_provider


def test_caps_count_what_the_file_adds(row, clinic):
    clinic.provider.max_per_day = 1
    clinic.provider.save()

    found = reasons(take("appointments", [row("F1", "2026-12-01 09:00"), row("F2", "2026-12-01 15:00")]))

    assert [(line, column) for line, column, _ in found] == [(3, "provider")]


def test_series_of_another_system_are_one_here(row):
    series = {"series": "S1", "series_rule": "RRULE:FREQ=WEEKLY;COUNT=2"}
    take(
        "appointments",
        [
            row("S1-1", "2026-11-03 09:00", status="kept", **series),
            row("S1-2", "2026-12-01 09:00", **series),
        ],
    )

    one = Series.objects.get()
    assert (one.rule, one.starts_on, one.local_time) == (
        "FREQ=WEEKLY;COUNT=2",
        dt.date(2026, 11, 3),
        dt.time(9),
    )
    assert one.appointments.count() == 2


def test_what_stands_reads_back_the_same(row, clinic):
    block = AppointmentTypeFactory(name="Notes", category="administrative")
    group = AppointmentTypeFactory(name="Circle", category="group")
    RoomFactory(location=clinic.location, name="Hall", capacity=12)
    members = [ClientFactory(record_number=f"G{n}") for n in range(4)]
    series = {"series": "S1", "series_rule": "FREQ=WEEKLY;COUNT=2"}
    rows = [
        row("A", status="kept", note='Said "hi", then\nleft', rate="90.50", room="Room 1", **series),
        row("B", "2026-11-02 09:30", status="no show"),
        row(
            "C",
            "2026-11-03 09:00",
            status="kept",
            confirmed_at="2026-11-01 12:00",
            confirmed_how="sms",
            arrived_at="2026-11-03 09:07",
            is_late="yes",
            marked_at="2026-11-03 09:08",
            attendance_note="Came by bus; +7 minutes",
        ),
        row(
            "C",
            "2026-11-03 09:00",
            status="late cancel",
            client=clinic.other.record_number,
            confidential="yes",
            left_at="2026-11-02 18:00",
            left_reason="emergency",
            left_text="Child ill",
        ),
        row("D", "2026-11-04 09:00", status="cancelled", cancel_reason="weather"),
        row("E", "2026-11-05 09:00"),
        row("F", "2026-12-01 14:00", status="confirmed", **series),
        row("G", "2026-12-01 14:30", override_reason="Sharing", client=clinic.other.record_number),
        row("H", "2026-12-02 12:00", client="", type="Notes", title="Paperwork", override_reason="New"),
        *(
            row(
                "I",
                "2026-12-03 09:00",
                client=m.record_number,
                type="circle",
                room="Hall",
                capacity="8",
                override_reason="New group",
            )
            for m in members
        ),
        row("J", "2026-11-01T01:30-05:00", status="kept", minutes="20"),
    ]
    first = take("appointments", rows)
    assert (reasons(first), first.is_kept) == ([], True)
    AttendanceFactory(
        appointment=AppointmentFactory(
            type=clinic.type,
            provider=clinic.colleague,
            starts_at=at(9, 0, 30),
            state="held",
            hold_until=at(9, 0, 28),
        )
    )
    text = given("appointments")
    assert text.count("\r\n") == len(rows) + 1
    Attendance.objects.all().delete()
    Appointment.objects.all().delete()
    Series.objects.all().delete()

    again = take("appointments", text)

    assert (reasons(again), again.report.added) == ([], len(rows))
    assert given("appointments") == text
    assert counts(take("appointments", text)) == (0, 0, len(rows))
    assert (block.category, group.category) == ("administrative", "group")
