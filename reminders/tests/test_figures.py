"""The overview of messages, and what did not arrive."""

import csv
import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.actors import SYSTEM
from messaging.models import Message
from messaging.operations.tasks import raise_task
from messaging.states import TaskKind
from messaging.tests.factories import AttemptFactory, MessageFactory
from practice.queries import the_practice
from practice.tests.factories import ClientFactory
from reminders.queries.figures import Asked, Figures, figures
from reminders.rules.bars import HEIGHT, WIDTH, stacked
from reminders.states import NOTICE, REMINDER
from reminders.tests.conftest import NOW, PHONE, ny
from reminders.tests.factories import ReminderFactory
from scheduling.tests.factories import AttendanceFactory

TODAY = dt.date(2026, 11, 25)
LATE = dt.timedelta(seconds=4)


def sent(person, *, at=None, state="delivered", reason="", price="-0.0079", channel="sms", **more) -> Message:
    """A reminder of this person that fell due at `at` and was taken four seconds later."""
    at, row = at or ny(24, 9), ReminderFactory(attendance=person, state="sent", channel=channel)
    is_out = state in ("accepted", "delivered", "undelivered")
    message = MessageFactory(
        purpose=REMINDER, subject=row.pk, client=person.client, channel=channel, created_at=at, state=state,
        reason=reason, accepted_at=at + LATE if is_out else None, **more,
    )  # fmt: skip
    if is_out:
        AttemptFactory(message=message, price=Decimal(price))
    return message


def found(since=dt.date(2026, 11, 23), by=SYSTEM, **asked) -> Figures:
    with clock.frozen(ny(25, 15)):
        wanted = Asked(since=since, until=TODAY, **asked)
        return figures(by, wanted, practice=the_practice(), now=clock.now())


@pytest.fixture
def people(practice, provider):
    """Three visits that took place; of two somebody heard, of those one confirmed."""
    made = [
        AttendanceFactory(
            client=ClientFactory(), appointment__starts_at=ny(24, 10 + 2 * n), appointment__provider=provider
        )
        for n in range(3)
    ]
    for person in made[:2]:
        person.contact_count = 1
    made[0].confirmed_at, made[0].confirmed_by_kind, made[0].confirmed_how = ny(24, 10), "client", "sms"
    for person in made:
        person.save()
    return made


def test_every_message_is_counted_once_by_the_day_it_was_due(people):
    sent(people[0])
    sent(people[0], state="accepted", at=ny(25, 9))
    sent(people[1], state="undelivered", reason="Phone off")
    sent(people[1], state="skipped", reason="Consent was withdrawn", at=ny(25, 9))
    sent(people[1], state="due", at=ny(25, 10))
    sent(people[1], state="due", at=ny(26, 10))  # not due yet
    sent(people[1], channel="portal")

    days = {day.on.day: day for day in found().days}

    told = {n: (d.due, d.sent, d.delivered, d.failed, d.skipped, d.waiting) for n, d in days.items()}
    assert told == {23: (0, 0, 0, 0, 0, 0), 24: (2, 1, 1, 1, 0, 0), 25: (3, 1, 0, 0, 1, 1)}
    assert [days[n].cost for n in (23, 24, 25)] == [Decimal(0), Decimal("0.0158"), Decimal("0.0079")]


def test_reasons_lateness_and_visits(people):
    sent(people[0])
    sent(people[1], state="undelivered", reason="Phone off")
    sent(people[1], state="skipped", reason="Consent was withdrawn")
    sent(people[2], state="skipped", reason="Consent was withdrawn")

    all_ = found()

    assert [(why.reason, why.count, why.is_failure) for why in all_.reasons] == [
        ("Consent was withdrawn", 2, False),
        ("Phone off", 1, True),
    ]
    assert (all_.late_median, all_.late_p95) == (LATE, LATE)
    visits = all_.visits
    assert (visits.total, visits.contacted, visits.confirmed, visits.by_themselves) == (3, 2, 1, 1)


def test_one_provider_one_channel_and_only_what_one_may_see(people, colleague, actor):
    sent(people[0])
    sent(people[0], channel="email")
    other = AttendanceFactory(appointment__starts_at=ny(24, 12), appointment__provider=colleague)
    sent(other)
    MessageFactory(
        purpose=NOTICE, client=other.client, created_at=ny(24, 9), state="delivered", accepted_at=ny(24, 9)
    )

    assert found().whole.due == 4
    assert found(channel="email").whole.due == 1
    assert found(provider_id=colleague.pk).whole.due == 2
    assert found(by=actor(colleague.user)).whole.due == 2


def test_the_page_shows_figures_bars_table_and_definitions(people, signed_in, front_desk):
    sent(people[0])
    sent(people[1], state="undelivered", reason="Phone off")

    with clock.frozen(ny(25, 15)):
        page = signed_in(front_desk).get(reverse("reminders:messages")).content.decode()

    for words in (
        "Visits reached",
        "66.7 %",
        "2 of 3",
        "50.0 %",
        "Phone off",
        "bars__failed",
        "What these figures",
    ):
        assert words in page
    assert 'aria-current="page">Overview' in page


def test_filters_live_in_the_address_and_nonsense_is_not_said(people, provider, signed_in, front_desk):
    url = reverse("reminders:messages")
    with clock.frozen(ny(25, 15)):
        page = signed_in(front_desk).get(f"{url}?days=7&provider={provider.public_id}&channel=sms")
        nonsense = signed_in(front_desk).get(f"{url}?days=9&provider=x&channel=pigeon")

    assert f"figures.csv?days=7&amp;provider={provider.public_id}&amp;channel=sms" in page.content.decode()
    assert nonsense.status_code == 200


def test_the_file_has_a_line_for_each_day(people, signed_in, front_desk):
    sent(people[0])

    with clock.frozen(ny(25, 15)):
        answer = signed_in(front_desk).get(reverse("reminders:messages-export") + "?days=7")
        rows = list(csv.DictReader(answer.getvalue().decode().splitlines()))

    assert len(rows) == 7
    assert rows[-2] == {
        "day": "2026-11-24", "due": "1", "sent": "1", "delivered": "1", "failed": "0", "skipped": "0",
        "waiting": "0", "cost": "0.01",
    }  # fmt: skip


def test_the_page_asks_the_same_for_one_message_and_for_three(people, signed_in, front_desk):
    browser, counted = signed_in(front_desk), []
    for many in (1, 3):
        for person in people[:many]:
            sent(person)
        with clock.frozen(ny(25, 15)), CaptureQueriesContext(connection) as queries:
            browser.get(reverse("reminders:messages"))
        counted.append(len(queries))

    assert counted[0] == counted[1] <= 18


def test_without_messages_the_page_says_so(signed_in, front_desk, practice):
    assert "Nothing was due" in signed_in(front_desk).get(reverse("reminders:messages")).content.decode()


def test_bars_stand_on_one_another_and_fill_the_height():
    pieces = stacked([(2, 1), (0, 0), (0, 1)])

    assert [(piece.of, round(piece.height)) for piece in pieces] == [
        (0, round(HEIGHT * 2 / 3)),
        (1, round(HEIGHT / 3)),
        (1, round(HEIGHT / 3)),
    ]
    assert all(piece.x >= 0 and piece.x + piece.width <= WIDTH for piece in pieces)
    assert stacked([(0, 0)]) == []


def letter(person, **more):
    message = sent(person, state="undelivered", reason="Phone off (code 30003)", address=PHONE, **more)
    message.attempts.update(error_code="30003")
    return raise_task(TaskKind.NOT_DELIVERED, now=NOW, client_id=person.client_id, message=message)


def test_what_did_not_arrive_says_who_where_why_and_offers_what_helps(people, signed_in, front_desk):
    task = letter(people[0])

    page = signed_in(front_desk).get(reverse("reminders:failed")).content.decode()

    for words in (
        people[0].client.name,
        "(202) 555-0117",
        "Phone off (code 30003)",
        "Carrier: 30003",
        "Try again",
    ):
        assert words in page
    assert reverse("reminders:failed-phoned", args=[task.pk]) in page


def test_a_press_deals_with_it_and_the_list_is_empty(people, signed_in, front_desk):
    task, browser = letter(people[0]), signed_in(front_desk)

    answer = browser.post(reverse("reminders:failed-phoned", args=[task.pk]), follow=True)

    assert "Noted as said on the phone" in answer.content.decode()
    assert "Everything arrived" in answer.content.decode()


def test_a_retry_that_makes_no_sense_says_why(people, signed_in, front_desk):
    task = letter(people[0])

    with clock.frozen(ny(25, 15)):
        answer = signed_in(front_desk).post(reverse("reminders:failed-retry", args=[task.pk]), follow=True)

    assert "The visit has begun, so it is not sent again." in answer.content.decode()


def test_the_list_asks_the_same_for_one_and_for_three(people, signed_in, front_desk):
    browser, counted = signed_in(front_desk), []
    for many in (1, 3):
        for person in people[:many]:
            letter(person)
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("reminders:failed"))
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_a_provider_sees_own_letters_only(people, signed_in, colleague):
    letter(people[0])

    page = signed_in(colleague.user).get(reverse("reminders:failed")).content.decode()

    assert people[0].client.name not in page
