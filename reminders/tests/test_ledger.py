"""What a carrier really takes, over days: exactly who is texted when, and nobody twice. The ledger is the carrier's."""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass

import pytest
from django.db.models import Min

from core import clock
from core.refusals import Refusal
from messaging.models import Message, StaffTask
from messaging.operations import dispatch, events
from messaging.tests.conftest import carrier  # noqa: F401  the stand-in with a ledger of its own
from messaging.tests.standin import Standin
from practice.models import Client
from practice.operations.clients import ClientFacts, change_client
from practice.tests.factories import ClientFactory
from reminders.models import Reminder
from reminders.tests.conftest import NEW_YORK, NOW, PHONE, ny
from scheduling import operations
from scheduling.rules.wishes import Place

pytestmark = pytest.mark.django_db(transaction=True)

PARTNER, MOTHER, FATHER = "+12025550119", "+12025550121", "+12025550122"
MINUTE = dt.timedelta(minutes=1)


@dataclass
class Days:
    """Time goes from one thing that falls due to the next."""

    carrier: Standin
    now: dt.datetime = NOW

    def until(self, moment: dt.datetime) -> None:
        while (due := self._next()) is not None and due <= moment:
            self.now = max(self.now, due)
            dispatch.tick()
        self.now = moment

    def _next(self) -> dt.datetime | None:
        plan = Reminder.objects.filter(state="planned").aggregate(at=Min("falls_due_at"))["at"]
        outbox = Message.objects.filter(state="due").aggregate(at=Min("send_at"))["at"]
        return min((at for at in (plan, outbox) if at), default=None)

    def ledger(self, since: dt.datetime = NOW) -> list[tuple[str, str, str]]:
        """(when, to whom, the first sentence), in the order the carrier took them."""
        return [
            (
                f"{entry.created.astimezone(NEW_YORK):%a %H:%M}",
                entry.to[-4:],
                entry.body.split(": ", 1)[1].split(".")[0],
            )
            for entry in self.carrier.ledger
            if entry.created >= since
        ]


@pytest.fixture
def days(carrier, monkeypatch, practice) -> Days:  # noqa: F811
    made = Days(carrier)
    carrier.now = lambda: made.now
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


def about(when: str) -> str:
    return f"you have an appointment {when}"


STEPS = ["Mon 10:01", "Tue 11:00", "Wed 11:00", "Thu 09:00"]
THURSDAY_11 = about("Thu Nov 26 at 11:00 am")


def test_a_couple_is_texted_each_at_their_own_number(days, regular, agree, booked):
    partner = ClientFactory()
    agree(regular, PHONE)
    agree(partner, PARTNER)
    booked(regular, partner)

    days.until(ny(27))

    assert sorted(days.ledger()) == sorted(
        (when, number[-4:], THURSDAY_11) for when in STEPS for number in (PHONE, PARTNER)
    )


def test_a_family_with_two_guardians_neither_sees_the_other(days, regular, guardian, agree, booked):
    Client.objects.filter(pk=regular.pk).update(birth_on=NOW.date().replace(year=2017))
    agree(regular, PHONE)
    for number in (MOTHER, FATHER):
        agree(regular, number, contact=guardian())
    booked(regular)

    days.until(ny(27))

    assert sorted(days.ledger()) == sorted(
        (when, number[-4:], THURSDAY_11) for when in STEPS for number in (MOTHER, FATHER)
    )
    bodies = " ".join(entry.body for entry in days.carrier.ledger)
    assert not any(number[-4:] in bodies for number in (PHONE, MOTHER, FATHER))


def test_a_group_of_twelve_is_texted_twelve_times_a_step(days, agree, booked):
    clients = [ClientFactory() for _ in range(12)]
    for n, client in enumerate(clients):
        agree(client, f"+120255501{n:02}")
    booked(*clients)

    days.until(ny(27))

    assert Counter((when, text) for when, _, text in days.ledger()) == dict.fromkeys(
        [(when, THURSDAY_11) for when in STEPS], 12
    )
    assert set(Counter(number for _, number, _ in days.ledger()).values()) == {len(STEPS)}


def move(visit, provider, at: dt.datetime, desk):
    to = Place(provider_id=provider.pk, starts_at=at, minutes=50)
    return operations.move(visit.pk, to=to, by=desk, override_reason="test")


@pytest.fixture
def visit(days, regular, agree, booked):
    """Confirmed to the client on Monday at 10:01."""
    agree(regular, PHONE)
    one = booked(regular).appointment
    days.until(ny(23, 10, 5))
    return one


def test_a_visit_moved_away_and_back(days, visit, provider, desk):
    move(visit, provider, ny(27, 14), desk)
    days.until(ny(23, 10, 30))
    move(visit, provider, ny(26), desk)
    days.until(ny(28))

    assert [(when, text) for when, _, text in days.ledger()] == [
        ("Mon 10:01", THURSDAY_11),
        ("Mon 10:06", "your appointment has moved to Fri Nov 27 at 2:00 pm"),
        ("Mon 10:31", "your appointment has moved to Thu Nov 26 at 11:00 am"),
        ("Tue 11:00", THURSDAY_11),
        ("Wed 11:00", THURSDAY_11),
        ("Thu 09:00", THURSDAY_11),
    ]


def test_a_move_undone_within_the_window_never_happened(days, visit, provider, desk):
    acted = move(visit, provider, ny(27, 14), desk)
    days.until(days.now + MINUTE / 2)
    operations.undo(acted.change.pk, by=desk)
    days.until(ny(28))

    assert [(when, text) for when, _, text in days.ledger()] == [(when, THURSDAY_11) for when in STEPS]


def test_after_the_window_there_is_no_undo_and_the_move_stands(days, visit, provider, desk):
    acted = move(visit, provider, ny(27, 14), desk)
    days.until(days.now + MINUTE)
    with pytest.raises(Refusal):
        operations.undo(acted.change.pk, by=desk)
    days.until(ny(28))

    friday = about("Fri Nov 27 at 2:00 pm")
    assert [(when, text) for when, _, text in days.ledger()] == [
        ("Mon 10:01", THURSDAY_11),
        ("Mon 10:06", "your appointment has moved to Fri Nov 27 at 2:00 pm"),
        ("Wed 14:00", friday),
        ("Thu 14:00", friday),
        ("Fri 12:00", friday),
    ]


def test_sick_today_on_a_sunday_morning_is_texted_at_once_and_phoned(days, regular, agree, booked, desk):
    agree(regular, PHONE)
    visit = booked(regular, at=ny(29, 8), notice="none").appointment
    days.until(ny(29, 7, 5))
    assert not StaffTask.objects.exists()

    operations.cancel(visit.pk, reason="provider_unavailable", by=desk, notice="standard")
    days.until(ny(29, 9))

    assert days.ledger(since=ny(29, 0)) == [
        ("Sun 07:06", PHONE[-4:], "your appointment Sun Nov 29 at 8:00 am is cancelled")
    ]
    assert list(StaffTask.objects.values_list("kind", "client")) == [("call_client", regular.pk)]


def hear(body: str, at: dt.datetime) -> None:
    params = {"MessageSid": f"SM{body * 32}"[:34], "From": PHONE, "To": "+12025550100", "Body": body}
    assert events.process(
        events.store("sms", dedupe_key=params["MessageSid"], body=params, token=None, now=at)
    )


def test_a_y_at_half_past_nine_in_the_evening_is_answered_at_once(days, visit):
    days.until(ny(23, 21, 30))
    hear("Y", days.now)
    days.until(ny(24, 8))

    assert [
        f"{entry.created.astimezone(NEW_YORK):%H:%M} {entry.body}" for entry in days.carrier.ledger[1:]
    ] == ["21:30 Thank you, you are confirmed. See you Thursday at 11:00 am."]


def test_a_twice_weekly_client_hears_two_a_day_and_six_a_week(days, regular, agree, booked):
    """Tuesdays and Wednesdays, each visit booked by itself, so that every step of all four is wanted."""
    agree(regular, PHONE)
    visits = [ny(day, month=12) for day in (8, 9, 15, 16)]
    for n, at in enumerate(visits):
        days.until(ny(23 + n // 2, 10))
        booked(regular, at=at)

    days.until(ny(17, month=12))

    told = [
        (f"{entry.created.astimezone(NEW_YORK):%a %d %H:%M}", re.search(r"Dec \d+", entry.body)[0])
        for entry in days.carrier.ledger
    ]
    assert sorted(told[:4]) == [
        ("Mon 23 10:01", "Dec 8"), ("Mon 23 10:01", "Dec 9"),
        ("Tue 24 10:01", "Dec 15"), ("Tue 24 10:01", "Dec 16"),
    ]  # fmt: skip
    assert told[4:] == [
        ("Tue 01 11:00", "Dec 8"),  # a week before
        ("Wed 02 11:00", "Dec 9"),
        ("Mon 07 09:00", "Dec 8"),  # 48 hours before was a Sunday
        ("Mon 07 11:00", "Dec 8"),  # 24 hours; with it the 48 hours of Dec 9 would be a third
        ("Tue 08 09:00", "Dec 8"),
        ("Tue 08 11:00", "Dec 9"),  # so would be the week before Dec 15
        ("Wed 09 09:00", "Dec 9"),
        ("Wed 09 11:00", "Dec 16"),  # a week before: the sixth of this week
        ("Mon 14 09:00", "Dec 15"),
        ("Mon 14 11:00", "Dec 15"),
        ("Tue 15 09:00", "Dec 15"),
        ("Tue 15 11:00", "Dec 16"),
        ("Wed 16 09:00", "Dec 16"),
    ]
    dropped = Message.objects.filter(state="skipped", channel="sms").order_by("send_at")
    assert list(dropped.values_list("drop_rank", "reason")) == [
        (rank, "This number has had its messages for today") for rank in (3, 4, 3)
    ]


def test_a_confidential_visit_is_texted_to_the_client_alone(days, regular, guardian, agree, booked):
    agree(regular, PHONE)
    agree(regular, MOTHER, contact=guardian())
    booked(regular, is_confidential=True)

    days.until(ny(27))

    assert {number for _, number, _ in days.ledger()} == {PHONE[-4:]}


def test_a_number_that_changes_on_the_record_is_not_texted_before_they_agree(
    days, visit, regular, agree, desk
):
    facts = {"first_name": regular.first_name, "last_name": regular.last_name, "safe_to_text": True}
    change_client(regular.pk, facts=ClientFacts(**facts, phone=PARTNER), by=desk)
    days.until(ny(24, 12))
    agree(regular, PARTNER)
    days.until(ny(27))

    hello = ("Tue 12:00", PARTNER[-4:])  # to the new number, no visit in it
    assert [(when, number) for when, number, _ in days.ledger(since=ny(24, 0))] == [
        hello,
        ("Wed 11:00", PARTNER[-4:]),
        ("Thu 09:00", PARTNER[-4:]),
    ]
