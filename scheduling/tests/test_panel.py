import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from practice.models import AuditEntry
from practice.tests.factories import AuditEntryFactory, ClientFactory
from scheduling import operations, signals
from scheduling.queries.stories import Line
from scheduling.queries.visits import visit_sheet
from scheduling.rules.wishes import Place
from scheduling.states import Category, Status
from scheduling.tests.conftest import at
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory

PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nobody_to_write_to(monkeypatch):
    """Apps above write their own lines into the history; here only scheduling's are looked at."""
    for news in (
        signals.appointments_booked,
        signals.appointment_changed,
        signals.attendance_changed,
        signals.change_restored,
    ):
        monkeypatch.setattr(news, "send", lambda *args, **kwargs: [])


@pytest.fixture
def booked(now, wish, front_desk, actor):
    with clock.frozen(at(14, 20, day=23)):
        return operations.book(wish(), by=actor(front_desk)).appointment


@pytest.fixture
def sheet(practice, front_desk, actor):
    def of(visit, who=front_desk):
        return visit_sheet(visit.public_id, by=actor(who), practice=practice, now=clock.now())

    return of


def test_the_panel_is_a_part_and_its_address_leads_to_the_calendar(booked, signed_in, front_desk):
    browser = signed_in(front_desk)

    part = browser.get(f"/visits/{booked.public_id}/", headers=PART)
    page = browser.get(f"/visits/{booked.public_id}/")

    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert "data-autofocus" in part.content.decode()
    assert page["Location"] == f"/calendar/?on=2026-11-25&visit={booked.public_id}"


def test_an_open_panel_is_part_of_the_page(booked, signed_in, front_desk):
    html = signed_in(front_desk).get(f"/calendar/?on=2026-11-25&visit={booked.public_id}").content.decode()

    assert f'data-panel="{booked.public_id}"' in html
    assert 'aria-current="true"' in html
    assert "data-autofocus" not in html


def test_looking_is_recorded_once(booked, signed_in, front_desk):
    signed_in(front_desk).get(f"/visits/{booked.public_id}/", headers=PART)

    entry = AuditEntry.objects.get(act="appointment.viewed")
    assert (entry.actor_id, entry.subject_kind, entry.subject_id) == (front_desk.pk, "appointment", booked.pk)


def test_a_provider_may_not_open_a_colleagues_visit(booked, signed_in, colleague):
    browser = signed_in(colleague)

    assert browser.get(f"/visits/{booked.public_id}/", headers=PART).status_code == 404
    assert browser.get(f"/visits/{booked.public_id}/").status_code == 404
    assert not AuditEntry.objects.filter(act="appointment.viewed").exists()


def test_the_facts_of_a_visit(booked, sheet, clinic):
    clinic.regular.pronouns, clinic.regular.insurances = "she/her", ["Aetna"]
    clinic.regular.save()

    shown = sheet(booked)

    assert (shown.status, shown.stands, shown.name) == (Status.SCHEDULED, "Not confirmed yet", "Rita Regular")
    assert shown.about == "she/her · #R-REGULAR · new client"
    plain = [
        (term, value.replace("\u00a0", " ").replace("\u2060", ""), more) for term, value, more in shown.rows
    ]
    assert plain == [
        ("When", "Wed Nov 25, 2:00–2:50 pm", "+15 min after"),
        ("Type", "Follow-up · 50 min", ""),
        ("With", "Dr. Maya Smith", ""),
        ("Insurance", "Aetna", ""),
    ]
    assert (shown.may_attend, shown.may_move, shown.may_cancel) == (True, True, True)


def test_billing_may_look_but_not_act(booked, sheet, biller):
    shown = sheet(booked, biller)

    assert (shown.may_attend, shown.may_move, shown.may_cancel) == (False, False, False)


def test_somebody_who_was_here_before_is_not_new(booked, sheet, clinic):
    earlier = AppointmentFactory(provider=clinic.provider, type=clinic.type, starts_at=at(9, day=3))
    AttendanceFactory(appointment=earlier, client=clinic.regular, state="attended")

    assert sheet(booked).about == "#R-REGULAR"


@pytest.mark.parametrize(
    ("facts", "person", "stands"),
    [
        (
            {},
            {"confirmed_at": at(9, 41, day=22), "confirmed_by_kind": "client", "confirmed_how": "sms"},
            "Confirmed by text, Nov 22",
        ),
        ({}, {"state": "arrived", "arrived_at": at(9, 50, day=24)}, "Here since 9:50 am"),
        ({}, {"state": "absent"}, "Did not come"),
        (
            {"state": "in_session", "started_at": at(9, 52, day=24)},
            {"state": "arrived"},
            "In session since 9:52 am",
        ),
        ({"state": "completed", "completed_at": at(9, 55, day=24)}, {"state": "attended"}, "Done, 9:55 am"),
        ({"state": "held", "hold_until": at(11, 52, day=24)}, {}, "Held until 11:52 am"),
        ({"state": "requested"}, {}, "Requested"),
        ({"starts_at": at(8, day=24)}, {}, "Without outcome"),
        (
            {
                "state": "cancelled",
                "cancelled_at": at(9, day=20),
                "cancel_reason": "weather",
                "cancelled_by_kind": "user",
            },
            {"state": "cancelled"},
            "Cancelled Nov 20",
        ),
    ],
)
def test_the_pill_says_how_it_stands(now, clinic, sheet, facts, person, stands):
    visit = AppointmentFactory(
        **{"provider": clinic.provider, "type": clinic.type, "starts_at": at(11)} | facts
    )
    AttendanceFactory(appointment=visit, client=clinic.regular, **person)

    assert sheet(visit).stands == stands


def test_several_people_are_told_apart(now, clinic, sheet):
    kind = AppointmentTypeFactory(category=Category.COUPLES, name="Couples")
    visit = AppointmentFactory(provider=clinic.provider, type=kind, starts_at=at(11))
    AttendanceFactory(
        appointment=visit, client=clinic.regular, state="arrived", arrived_at=at(10, 55, day=24)
    )
    AttendanceFactory(appointment=visit, client=clinic.other, state="cancelled", late_cancelled=True)

    shown = sheet(visit)

    assert [(p.name, p.stands) for p in shown.persons] == [
        ("Rita Regular", "Here since 10:55 am"),
        ("Otto Other", "Cancelled late"),
    ]
    assert (shown.client, shown.about) == (None, "1 person")


def test_the_timeline_tells_who_did_what_and_when(booked, sheet, clinic, front_desk, actor):
    desk = actor(front_desk)
    person = booked.attendances.get()
    with clock.frozen(at(9, day=24)):
        operations.confirm(person.pk, by=desk)
    with clock.frozen(at(9, 5, day=24)):
        to = Place(provider_id=clinic.provider.pk, starts_at=at(16), minutes=50)
        operations.move(booked.pk, to=to, by=desk)
    with clock.frozen(at(9, 10, day=24)):
        operations.cancel(booked.pk, reason="weather", by=desk)

    story = [(line.what, line.when) for line in sheet(booked).story]

    assert story == [
        ("Cancelled, weather, by Fran Desk", "Tue Nov 24, 9:10 am"),
        ("Moved from Wed Nov 25, 2:00 pm by Fran Desk", "Tue Nov 24, 9:05 am"),
        ("Confirmed by Fran Desk", "Tue Nov 24, 9:00 am"),
        ("Booked by Fran Desk", "Mon Nov 23, 2:20 pm"),
    ]


def test_what_was_taken_back_is_told_as_one_line(booked, sheet, front_desk, actor):
    desk = actor(front_desk)
    with clock.frozen(at(9, day=24)):
        acted = operations.cancel(booked.pk, reason="weather", by=desk)
    with clock.frozen(at(9, day=24) + dt.timedelta(seconds=20)):
        operations.undo(acted.change.pk, by=desk)

    whats = [line.what for line in sheet(booked).story]

    assert whats == [
        "Taken back: cancelled by Fran Desk",
        "Cancelled, weather, by Fran Desk",
        "Booked by Fran Desk",
    ]


def test_the_timeline_of_several_names_the_person(now, clinic, wish, sheet, front_desk, actor):
    desk = actor(front_desk)
    booked = operations.book(wish(client_ids=(clinic.regular.pk, clinic.other.pk)), by=desk).appointment
    operations.confirm(booked.attendances.get(client=clinic.other).pk, by=desk)

    assert [line.what for line in sheet(booked).story] == [
        "Otto Other: confirmed by Fran Desk",
        "Booked by Fran Desk",
    ]


@pytest.mark.parametrize(
    ("act", "after", "line"),
    [
        (
            "message.delivered",
            {"channel": "sms", "what": "Two days before"},
            ("Two days before: text delivered", "", ""),
        ),
        (
            "message.undelivered",
            {"channel": "email", "what": "Moved", "reason": "Mailbox full"},
            ("Moved: email not delivered", "Mailbox full", "bad"),
        ),
        (
            "reminder.skipped",
            {"channel": "sms", "reason": "No consent"},
            ("Text not sent", "No consent", "warn"),
        ),
        (
            "reminders.unreachable",
            {"reason": "no_usable_address"},
            ("Reminders can reach nobody", "No address this person agreed to be written at", "bad"),
        ),
        ("parking.was_full", {}, ("Parking was full", "", "")),
    ],
)
def test_lines_of_apps_above_are_said_plainly(booked, sheet, act, after, line):
    person = booked.attendances.get()
    AuditEntryFactory(
        act=act, subject_kind="attendance", subject_id=person.pk, at=at(9, day=24), before=None, after=after
    )
    what, reason, tone = line

    when = f"Tue Nov 24, 9:00 am · {reason}" if reason else "Tue Nov 24, 9:00 am"
    assert sheet(booked).story[0] == Line(what, when, tone)


def test_views_and_refusals_are_not_part_of_the_story(booked, sheet, signed_in, front_desk):
    signed_in(front_desk).get(f"/visits/{booked.public_id}/", headers=PART)
    AuditEntry.objects.create(
        at=clock.now(),
        actor_kind="user",
        actor_id=front_desk.pk,
        act="visit.move.refused",
        subject_kind="appointment",
        subject_id=booked.pk,
        via="web",
    )

    assert [line.what for line in sheet(booked).story] == ["Booked by Fran Desk"]


def test_the_panel_names_nobody_else(booked, signed_in, front_desk, clinic):
    other = AppointmentFactory(provider=clinic.colleague, type=clinic.type, starts_at=at(11))
    AttendanceFactory(appointment=other, client=clinic.other)

    html = signed_in(front_desk).get(f"/visits/{booked.public_id}/", headers=PART).content.decode()

    assert "Rita Regular" in html
    assert "Otto" not in html


def test_the_cost_does_not_grow_with_people_or_history(now, clinic, wish, signed_in, front_desk, actor):
    browser, desk = signed_in(front_desk), actor(front_desk)
    two = operations.book(wish(client_ids=(clinic.regular.pk, clinic.other.pk)), by=desk).appointment
    four = operations.book(
        wish(
            hour=16, client_ids=(clinic.other.pk, ClientFactory().pk, ClientFactory().pk, ClientFactory().pk)
        ),
        by=desk,
    ).appointment
    for person in four.attendances.all():
        operations.confirm(person.pk, by=desk)
    browser.get(f"/visits/{two.public_id}/", headers=PART)

    assert _queries(browser, two) == _queries(browser, four)


def _queries(browser, visit):
    with CaptureQueriesContext(connection) as queries:
        html = browser.get(f"/visits/{visit.public_id}/", headers=PART).content.decode()
    assert re.search(r"visit__name", html)
    return len(queries)
