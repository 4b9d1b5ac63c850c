"""Mail about a visit: its link, its calendar entry, and nobody else in it."""

import datetime as dt
import re
from urllib.parse import urlsplit

import icalendar
import pytest
from django.core.cache import cache
from django.db import connection

from core import clock
from messaging.models import Attempt, Message
from messaging.operations import dispatch
from practice.tests.factories import LocationFactory
from reminders.tests.conftest import MAIL, NOW, ny
from scheduling.models import Appointment
from scheduling.operations import cancel, move
from scheduling.rules.wishes import Place

LEAKY = {"first_name": "Quillon", "last_name": "Zephyrine"}


@pytest.fixture(autouse=True)
def calm(settings):
    cache.clear()
    settings.PUBLIC_BASE_URL = "https://desk.example.org"


@pytest.fixture
def visit(regular, agree, booked, kind):
    """Thursday 11:00 at a place whose name says too much."""
    place = LocationFactory(name="Trauma Center", address="12 River Street")
    type(kind).objects.filter(pk=kind.pk).update(name="Marzipan therapy")
    agree(regular, MAIL)
    person = booked(regular, location_id=place.pk, title="Marzipan", note="marzipan")
    return person.appointment


def sent_mails(mailoutbox, after: int = 2) -> list:
    mailoutbox.clear()
    with clock.frozen(NOW + dt.timedelta(minutes=after)):
        dispatch.tick()
    return list(mailoutbox)


def event_of(mail) -> tuple[str, int, str, dt.datetime]:
    (attached,) = mail.attachments
    calendar = icalendar.Calendar.from_ical(attached[1])
    (event,) = calendar.walk("VEVENT")
    return str(calendar["method"]), int(event["sequence"]), str(event["uid"]), event["dtstart"].dt


def test_the_link_in_a_mail_confirms_and_says_by_mail(visit, mailoutbox, client):
    (mail,) = sent_mails(mailoutbox)
    url = re.search(r"Confirm: (\S+)", mail.body)[1]

    page = client.get(urlsplit(url).path).content.decode()
    client.post(urlsplit(url).path + "confirm/", {"occurrence": 1})

    person = visit.attendances.get()
    assert "Thursday, November 26" in page
    assert (person.confirmed_how, person.confirmed_by_kind) == ("email", "client")
    assert [f"{url}{act}/" in mail.alternatives[0].content for act in ("move", "cancel")] == [True, True]


def test_the_calendar_follows_the_visit(visit, mailoutbox, desk):
    (booked,) = sent_mails(mailoutbox)
    to = Place(provider_id=visit.provider_id, starts_at=ny(27), minutes=50, location_id=visit.location_id)
    with clock.frozen(NOW + dt.timedelta(minutes=10)):
        move(visit.pk, to=to, by=desk, override_reason="for a test")
    (moved,) = sent_mails(mailoutbox, after=20)
    with clock.frozen(NOW + dt.timedelta(minutes=30)):
        cancel(visit.pk, reason="weather", by=desk, notice="standard")
    (off,) = sent_mails(mailoutbox, after=40)

    uid = f"{visit.public_id}@desk.example.org"
    assert [event_of(mail) for mail in (booked, moved, off)] == [
        ("REQUEST", 0, uid, ny(26)),
        ("REQUEST", 1, uid, ny(27)),
        ("CANCEL", 2, uid, ny(27)),
    ]
    assert "move/" not in off.body


def test_cancelling_by_its_own_link_takes_the_entry_out(visit, mailoutbox, client):
    (mail,) = sent_mails(mailoutbox)
    path = urlsplit(re.search(r"Confirm: (\S+)", mail.body)[1]).path

    with clock.frozen(NOW + dt.timedelta(minutes=5)):
        client.post(f"{path}cancel/", {"occurrence": 1})
    (off,) = sent_mails(mailoutbox, after=6)

    assert Appointment.objects.get().state == "cancelled"
    assert event_of(off)[:2] == ("CANCEL", 1)


def test_nothing_of_anybody_else_or_of_what_it_is_for_is_in_it(visit, mailoutbox, agree, booked, stranger):
    type(stranger).objects.filter(pk=stranger.pk).update(**LEAKY)
    agree(stranger, "quillon@example.com")
    booked(stranger, at=ny(26, 13))

    mails = sent_mails(mailoutbox)

    mine = next(mail for mail in mails if mail.to == [MAIL])
    assert len(mails) == 2
    raw = "\n".join([
        mine.subject, mine.body, mine.alternatives[0].content, mine.attachments[0][1].decode(), str(mine.extra_headers)
    ])  # fmt: skip
    hidden = ["Quillon", "Zephyrine", "quillon@", "Rita", "Regular", "arzipan", "Smith", "Maya"]
    assert [word for word in hidden if word in raw] == []
    assert "Trauma" not in mine.attachments[0][1].decode() + mine.subject
    assert "12 River Street" in mine.attachments[0][1].decode()


def test_two_people_of_one_visit_get_each_their_own_link(
    regular, stranger, agree, booked, mailoutbox, client
):
    agree(regular, MAIL)
    agree(stranger, "other@example.com")
    booked(regular, stranger)

    mails = {mail.to[0]: mail for mail in sent_mails(mailoutbox)}

    assert set(mails) == {MAIL, "other@example.com"}
    paths = {to: urlsplit(re.search(r"Confirm: (\S+)", mail.body)[1]).path for to, mail in mails.items()}
    assert len(set(paths.values())) == 2
    client.post(paths["other@example.com"] + "confirm/", {"occurrence": 1})
    states = {p.client_id: p.confirmed_at is not None for p in Appointment.objects.get().attendances.all()}
    assert states == {regular.pk: False, stranger.pk: True}
    assert "other@example.com" not in mails[MAIL].message().as_string()


def test_a_mail_in_spanish(regular, agree, booked, mailoutbox):
    type(regular).objects.filter(pk=regular.pk).update(language="es")
    agree(regular, MAIL)
    booked(regular)

    (mail,) = sent_mails(mailoutbox)

    assert mail.subject == "Su cita del jue 26 nov"
    assert "Tiene una cita:\n\n  " in mail.body
    assert "Confirmar: https://desk.example.org/v/" in mail.body


def test_the_token_is_kept_only_where_it_is_sealed(visit, mailoutbox):
    (mail,) = sent_mails(mailoutbox)
    token = re.search(r"/v/([\w-]{34})/", mail.body)[1]

    tables = Attempt._meta.db_table, Message._meta.db_table, "practice_link", "practice_auditentry"
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE %s", [f"%{token}%"])
            assert cursor.fetchone() == (0,), table
