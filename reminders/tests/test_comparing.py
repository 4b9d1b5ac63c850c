"""Two sets of words for one reminder: who gets which, what is counted, and when it is too early to tell."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.refusals import Refusal
from messaging.models import Attempt, Message, Template
from messaging.operations.sending import begin
from messaging.operations.templates import revert_words, save_words
from messaging.rules.wording import Slot, Words, draws_second, label_of
from messaging.states import MessageState
from messaging.tests.factories import TemplateFactory
from practice.models import AuditEntry
from practice.tests.factories import ClientFactory
from reminders.models import Reminder
from reminders.operations.promoting import promote
from reminders.queries import saying
from reminders.queries.compared import compared
from reminders.rules.comparing import LEAST, Side, chance, finding
from reminders.tests.conftest import NOW, ny
from scheduling.models import Attendance
from scheduling.operations import confirm
from scheduling.states import ConfirmedHow

FIRST = Slot(key="reminder", channel="sms", language="en")
SECOND = Slot(key="reminder", channel="sms", language="en", variant="b")
OTHER = "{practice}: we look forward to {when}. {choices} {questions}"
LATER, AFTER = NOW + dt.timedelta(minutes=2), ny(27)
PAGE = reverse("reminders:wording-edit", args=["reminder", "sms", "en"])


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (Side(0, 0), Side(0, 0), "Too few to tell"),
        (Side(LEAST, 0), Side(LEAST - 1, LEAST - 1), "Too few to tell"),
        (Side(200, 100), Side(200, 110), "No difference to tell"),
        (Side(200, 0), Side(200, 0), "No difference to tell"),
        (Side(200, 100), Side(200, 130), "The second words are confirmed more often"),
        (Side(200, 130), Side(200, 100), "The first words are confirmed more often"),
    ],
)
def test_what_is_found(first, second, says):
    assert finding(first, second).startswith(says)


def test_the_chance_is_that_of_the_textbook():
    """Two proportions, z = 3.036: 0.0024 by any table of the normal distribution."""
    assert chance(Side(200, 100), Side(200, 130)) == pytest.approx(0.0024, abs=1e-4)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_the_chance_is_one_and_the_same_from_both_sides(first, second, data):
    a = Side(first, data.draw(st.integers(0, first)))
    b = Side(second, data.draw(st.integers(0, second)))

    assert 0 <= chance(a, b) <= 1
    assert chance(a, b) == chance(b, a)


def test_half_of_the_clients_draw_the_second_and_keep_to_it():
    drawn = [draws_second(FIRST.label, client) for client in range(2000)]

    assert 900 < sum(drawn) < 1100
    assert drawn == [draws_second(SECOND.label, client) for client in range(2000)]


@pytest.fixture
def pair(agree, practice):
    """A client who draws the first words, and one who draws the second."""
    practice.sender_name, practice.phone = "Riverside Office", "+12025550100"
    practice.save()
    found = {}
    for n in range(40):
        client = ClientFactory()
        is_second = draws_second(FIRST.label, client.pk)
        if is_second not in found:
            agree(client, f"+12025550{140 + n}")
            found[is_second] = client
    return found[False], found[True]


@pytest.fixture
def sent(pair, booked):
    """Both were reminded: attempts are written as the sender writes them."""
    TemplateFactory(scope=0, variant="b", body=OTHER)
    people = [booked(client, at=ny(26, 9 + 2 * n)) for n, client in enumerate(pair)]
    promote(LATER, 100)
    for n, message in enumerate(Message.objects.filter(channel="sms"), start=2):
        now = NOW + dt.timedelta(minutes=n)  # a number sends one text a second
        message.state, message.lease_owner = MessageState.CLAIMED, "test"
        message.lease_until = now + dt.timedelta(minutes=1)
        message.save()
        with clock.frozen(now):
            begin([message.pk], owner="test")
    Attempt.objects.update(state="accepted")
    return people


def test_each_reads_their_own_and_the_attempt_says_which(sent):
    said = {a.message.client_id: a for a in Attempt.objects.filter(message__channel="sms")}
    first, second = (said[person.client_id] for person in sent)

    assert (first.compared, first.variant) == (FIRST.label, "")
    assert (second.compared, second.variant) == (FIRST.label, "b")
    assert "you have an appointment" in first.text
    assert "we look forward to Thu Nov 26" in second.text


def test_without_second_words_nothing_is_counted(pair, booked):
    booked(pair[1])
    promote(LATER, 100)
    row = Reminder.objects.get(channel="sms", rule__kind="initial")

    assert saying.decide_reminders([row.pk], LATER)[row.pk].compared == ""


def test_a_step_with_words_of_its_own_and_another_language_are_left_out(pair, booked):
    TemplateFactory(scope=0, variant="b", body=OTHER)
    booked(pair[1])
    promote(LATER, 100)
    row = Reminder.objects.get(channel="sms", rule__kind="initial")

    def text() -> str:
        return saying.decide_reminders([row.pk], LATER)[row.pk].text

    assert "look forward" in text()
    pair[1].language = "es"
    pair[1].save()
    assert "cita" in text()
    pair[1].language = "en"
    pair[1].save()
    TemplateFactory(scope=row.rule_id, body="This step {when}")
    assert text().startswith("This step")


def test_who_answered_after_it_counts_when_the_visit_has_come(sent, desk):
    first, second = sent
    confirm(first.pk, by=desk)
    Attendance.objects.filter(pk=second.pk).update(
        confirmed_at=NOW, confirmed_how=ConfirmedHow.SMS, confirmed_by_kind="client"
    )
    Attempt.objects.update(started_at=NOW - dt.timedelta(minutes=1))
    since(NOW - dt.timedelta(hours=1))

    assert compared(FIRST, NOW).second == Side(0, 0), "the visits are still ahead"
    found = compared(SECOND, AFTER)
    assert (found.first, found.second) == (Side(1, 0), Side(1, 1)), "staff took the first one's yes down"
    assert found.finding.startswith("Too few to tell")


def test_what_was_sent_before_the_words_changed_no_longer_counts(sent, admin_user, actor):
    with clock.frozen(AFTER):
        save_words(SECOND, Words(OTHER), said=OTHER, by=actor(admin_user))

    assert compared(FIRST, AFTER).first == Side(0, 0)


def test_only_reminders_are_compared(admin_user, actor):
    slot = Slot(key="moved", channel="sms", language="en", variant="b")

    with pytest.raises(Refusal, match="Only reminders"):
        save_words(slot, Words(OTHER), said=OTHER, by=actor(admin_user))


def test_no_longer_compared_everybody_gets_the_first(sent, admin_user, actor):
    revert_words(SECOND, by=actor(admin_user))

    assert compared(FIRST, AFTER) is None
    assert Template.objects.own_words("b") == {}


class TestPages:
    @pytest.fixture
    def browser(self, signed_in, admin_user):
        return signed_in(admin_user)

    def test_second_words_begin_from_the_first_and_are_saved_beside_them(self, browser):
        page = browser.get(PAGE, {"words": "second"})
        assert "Try other words on half of the clients" in page.content.decode()
        assert page.context["form"].initial["body"] == page.context["here"].shown.text

        form = {"change_id": str(uuid.uuid4()), "edition": "0", "body": OTHER}
        answer = browser.post(f"{PAGE}?words=second", form, follow=True)

        assert answer.redirect_chain == [(f"{PAGE}?words=second", 302)]
        assert Template.objects.get().variant == "b"
        assert "Too few to tell: 100 people each are needed." in answer.content.decode()
        assert "First and second words compared" in browser.get(PAGE).content.decode()

    def test_comparing_is_stopped(self, browser):
        row = TemplateFactory(scope=0, variant="b", body=OTHER)
        stop = reverse("reminders:wording-revert", args=["reminder", "sms", "en"])

        answer = browser.post(f"{stop}?words=second", {"change_id": str(uuid.uuid4())}, follow=True)

        row.refresh_from_db()
        assert row.body == ""
        assert "Everybody gets the first words again." in answer.content.decode()

    @pytest.mark.parametrize("page", [reverse("reminders:wording-edit", args=["moved", "sms", "en"]), PAGE])
    def test_there_is_no_other_variant(self, browser, page):
        assert browser.get(page, {"words": "third" if page == PAGE else "second"}).status_code == 404


def since(moment: dt.datetime) -> None:
    """As if the words had been written then: factories leave no trail, so it begins with the last change."""
    row = Template.objects.get(variant="b")
    AuditEntry.objects.create(
        act="template.changed",
        subject_kind="template",
        subject_id=row.pk,
        after={"body": row.body},
        at=moment,
        actor_kind="system",
    )


def test_the_label_is_the_same_for_both():
    assert FIRST.label == SECOND.label == label_of(("reminder", 0, "sms", "en"))
