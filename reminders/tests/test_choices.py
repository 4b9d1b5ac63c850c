"""A client is asked what shall become of a visit whose provider is away: one message with a link, and nothing else."""

import datetime as dt
from dataclasses import replace

import pytest

from availability.tests.factories import TimeOffFactory
from core import clock
from messaging.models import Message
from messaging.purposes import Send, Skip
from messaging.states import ConsentSource, MessageClass
from messaging.tests.factories import ConsentFactory
from practice.states import Channel
from practice.tests.factories import AddressFactory
from reminders.models import Notice, Reminder
from reminders.queries.about import open_topics
from reminders.queries.saying import decide_notices
from scheduling import operations
from scheduling.models import Appointment
from scheduling.operations import Row
from scheduling.operations.replanning import place_of
from scheduling.tests.conftest import NOW, at, clinic, now, wish  # noqa: F401  the same small clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def admin(actor, admin_user):
    return actor(admin_user)


@pytest.fixture
def textable(clinic):  # noqa: F811
    AddressFactory(client=clinic.regular, kind="phone", value="+12025550117", safe_to_text=True)
    ConsentFactory(
        client=clinic.regular, channel=Channel.SMS, address="+12025550117", granted=True,
        source=ConsentSource.VERBAL, at=NOW - dt.timedelta(days=30),
    )  # fmt: skip


@pytest.fixture
def asked(clinic, wish, admin, textable):  # noqa: F811
    """`asked(14, 16)`: visits tomorrow at these hours, all asked about in one act."""

    def ask(*hours: int, **ways: str) -> list[Appointment]:
        visits = [operations.book(wish(hour), by=admin).appointment for hour in hours]
        off = TimeOffFactory(provider=clinic.provider, starts_at=at(0), ends_at=at(0, day=26))
        rows = [
            Row(appointment_id=visit.pk, edition=1, way=ways.get(f"at_{hour}", "ask"))
            for visit, hour in zip(visits, hours, strict=True)
        ]
        operations.approve_time_off(off.pk, rows, by=admin)
        return visits

    return ask


def said() -> Send | Skip:
    notice = Notice.objects.get(kind="choices")
    return decide_notices([notice.pk], NOW + dt.timedelta(minutes=5))[notice.pk]


def test_one_text_with_a_link_and_no_reminder_of_the_old_time(asked):
    asked(14)

    message = Message.objects.get(purpose="reminders.notice")
    assert (message.channel, message.asks, message.klass) == ("sms", "", MessageClass.NEWS)
    assert not Reminder.objects.filter(state="planned").exists()
    words = said()
    assert "Wed Nov 25 at 2:00 pm" in words.text
    assert words.links[0].url in words.text
    assert "Smith" not in words.text


def test_two_visits_of_one_client_are_one_message(asked):
    asked(10, 14)

    assert Message.objects.filter(purpose="reminders.notice").count() == 1
    assert "appointments from Wed Nov 25 on have to change" in said().text


def test_what_was_cancelled_in_the_same_act_is_told_in_the_same_message(asked):
    asked(10, 14, at_10="cancel")

    assert Message.objects.filter(purpose="reminders.notice").count() == 1
    assert "appointments from Wed Nov 25 on have to change" in said().text


def test_an_illness_of_today_is_told_at_once(asked, clinic, wish, admin):  # noqa: F811
    visit = operations.book(wish(starts_at=at(16, day=24)), by=admin).appointment
    off = TimeOffFactory(provider=clinic.provider, kind="sick", starts_at=NOW, ends_at=at(0))

    operations.approve_time_off(off.pk, [Row(appointment_id=visit.pk, edition=1, way="ask")], by=admin)

    assert Message.objects.get(purpose="reminders.notice").klass == MessageClass.URGENT


def test_nothing_is_asked_of_a_visit_that_was_moved_meanwhile(asked, admin):
    (visit,) = asked(14)

    operations.move(visit.pk, to=replace(place_of(visit), starts_at=at(9, day=27)), by=admin)

    assert isinstance(said(), Skip)


def test_a_plain_yes_to_an_older_text_confirms_nothing_meanwhile(asked):
    (visit,) = asked(14)
    older = Reminder.objects.filter(attendance__appointment=visit).first()

    assert open_topics("reminders.reminder", [older.pk], NOW) == {}


def test_withdrawn_the_visit_is_planned_anew_and_told_of(asked, clinic, admin):  # noqa: F811
    (visit,) = asked(14)

    with clock.frozen(NOW + dt.timedelta(minutes=5)):
        operations.withdraw_time_off(clinic.provider.time_off.get().pk, by=admin)

    visit.refresh_from_db()
    assert Reminder.objects.filter(state="planned", occurrence=visit.occurrence).exists()
    assert Notice.objects.filter(kind="restored").count() == 1
