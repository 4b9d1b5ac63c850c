"""The inbox: what waits for people, who sees it, what they answer."""

import uuid

import pytest
from django.urls import reverse

from core.refusals import NotAllowed, Refusal
from messaging.models import Message, StaffReply, StaffTask, Thread
from messaging.operations import consent, dispatch, threads
from messaging.operations.threads import STAFF_TEXT, Revealing
from messaging.states import MessageClass
from messaging.tests.conftest import address_of
from messaging.tests.factories import ThreadFactory
from messaging.tests.test_inbound import say
from practice.models import AuditEntry
from practice.tests.factories import AddressFactory, CareTeamFactory, ClientFactory

BODY = "Is there parking?"


@pytest.fixture
def writer(reachable):
    """A client who may be texted."""
    return reachable(first_name="Lena", last_name="Fox")


@pytest.fixture
def talk(writer) -> Thread:
    """They have asked something no machine can answer."""
    say(BODY, address_of(writer))
    return Thread.objects.get()


def url(name: str, thread: Thread) -> str:
    return reverse(f"messaging:{name}", args=[thread.public_id])


def test_a_text_for_people_waits_and_one_that_was_understood_does_not(talk, writer, moment):
    assert (talk.waiting_since, talk.is_unread, talk.last_at) == (moment.at, True, moment.at)
    other = ClientFactory()
    AddressFactory(client=other, value="+12025557777")
    say("STOP", "+12025557777")

    assert Thread.objects.get(address="+12025557777").waiting_since is None


def test_a_second_text_does_not_make_them_younger(talk, writer, moment):
    first = moment.at
    moment.wait(minutes=30)
    say("Hello?", talk.address)
    talk.refresh_from_db()

    assert (talk.waiting_since, talk.last_at) == (first, moment.at)


def test_an_answer_is_texted_at_once_and_closes_what_asked_to_read(talk, front_desk, actor, carrier, moment):
    kept = threads.reply(talk.pk, text="Yes, behind the house.", by=actor(front_desk))
    dispatch.tick()

    assert (talk.address, "Yes, behind the house.") in carrier.texts
    assert Message.objects.get(purpose=STAFF_TEXT).klass == MessageClass.ANSWER
    assert StaffTask.objects.filter(done_at=None).count() == 0
    talk.refresh_from_db()
    assert (talk.waiting_since, kept.by) == (None, front_desk)


def test_one_form_is_one_text(talk, front_desk, actor):
    pressed = uuid.uuid4()
    first = threads.reply(talk.pk, text="Yes.", by=actor(front_desk), change_id=pressed)

    assert threads.reply(talk.pk, text="Yes.", by=actor(front_desk), change_id=pressed) == first
    assert StaffReply.objects.count() == 1


def test_days_later_a_text_keeps_to_the_hours(talk, front_desk, actor, moment):
    moment.wait(days=3)
    threads.reply(talk.pk, text="Did that help?", by=actor(front_desk))

    assert Message.objects.get(purpose=STAFF_TEXT).klass == MessageClass.REMINDER


def test_nothing_is_texted_to_who_left_or_never_agreed(talk, writer, front_desk, actor, moment):
    consent.opt_out(talk.address, evidence="SM1", now=moment.at)
    with pytest.raises(Refusal, match="call instead"):
        threads.reply(talk.pk, text="Yes.", by=actor(front_desk))

    stranger = ThreadFactory()
    with pytest.raises(Refusal, match="Nobody on file"):
        threads.reply(stranger.pk, text="Yes.", by=actor(front_desk))
    assert StaffReply.objects.count() == 0


def test_words_that_tell_why_somebody_comes_need_a_second_thought(talk, front_desk, actor):
    with pytest.raises(Revealing):
        threads.reply(talk.pk, text="Your therapist will call.", by=actor(front_desk))

    threads.reply(talk.pk, text="Your therapist will call.", despite=True, by=actor(front_desk))
    assert StaffReply.objects.count() == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 481])
def test_what_cannot_be_texted_is_refused(talk, front_desk, actor, text):
    with pytest.raises(Refusal):
        threads.reply(talk.pk, text=text, by=actor(front_desk))


def test_closed_talks_open_again_with_the_next_text(talk, front_desk, actor):
    threads.close(talk.pk, by=actor(front_desk))
    threads.close(talk.pk, by=actor(front_desk))
    talk.refresh_from_db()
    assert (talk.closed_at is not None, talk.waiting_since) == (True, None)

    say("One more thing", talk.address)
    talk.refresh_from_db()
    assert (talk.closed_at, talk.waiting_since is not None) == (None, True)
    acts = AuditEntry.objects.filter(subject_kind="thread").values_list("act", flat=True)
    assert list(acts) == ["thread.closed"]


def test_a_talk_is_taken_given_back_and_reopened(talk, front_desk, actor):
    by = actor(front_desk)
    threads.assign(talk.pk, user_id=front_desk.pk, by=by)
    talk.refresh_from_db()
    assert talk.assigned_to == front_desk

    threads.assign(talk.pk, user_id=None, by=by)
    threads.close(talk.pk, by=by)
    threads.reopen(talk.pk, by=by)
    talk.refresh_from_db()
    assert (talk.assigned_to, talk.closed_at, talk.waiting_since is not None) == (None, None, True)


def test_a_provider_sees_talks_of_numbers_only_their_own_clients_have(
    talk, writer, provider, colleague, actor
):
    CareTeamFactory(client=writer, provider=provider)
    assert list(Thread.objects.visible_to(actor(provider))) == [talk]
    assert list(Thread.objects.visible_to(actor(colleague))) == []

    AddressFactory(client=ClientFactory(), value=talk.address)
    assert list(Thread.objects.visible_to(actor(provider))) == []


def test_billing_writes_nothing(talk, biller, actor):
    for act in (threads.close, threads.reopen):
        with pytest.raises(NotAllowed):
            act(talk.pk, by=actor(biller))
    with pytest.raises(NotAllowed):
        threads.reply(talk.pk, text="Yes", by=actor(biller))


def test_the_page_shows_who_waits_and_the_talk_and_looking_is_no_answer(talk, signed_in, front_desk):
    page = signed_in(front_desk).get(url("inbox-thread", talk)).content.decode()

    assert "Lena Fox" in page
    assert BODY in page
    assert talk.address not in url("inbox-thread", talk)
    talk.refresh_from_db()
    assert (talk.is_unread, talk.waiting_since is not None) == (False, True)


def test_the_page_answers_assigns_and_closes(talk, signed_in, front_desk):
    browser = signed_in(front_desk)
    sent = browser.post(url("inbox-reply", talk), {"text": "Behind the house.", "change_id": uuid.uuid4()})
    assert sent.status_code == 302
    assert "Behind the house." in browser.get(url("inbox-thread", talk)).content.decode()

    browser.post(url("inbox-assign", talk), {"to": front_desk.pk})
    assert Thread.objects.get().assigned_to == front_desk
    assert browser.post(url("inbox-assign", talk), {"to": "999999"}).status_code == 404
    assert browser.post(url("inbox-close", talk)).status_code == 302
    assert browser.post(url("inbox-reopen", talk)).status_code == 302
    assert StaffReply.objects.get().text == "Behind the house."


def test_an_open_talk_hears_what_became_of_the_answer(talk, front_desk, actor, carrier, moment):
    threads.reply(talk.pk, text="Behind the house.", by=actor(front_desk))
    before = Thread.objects.all().version()
    dispatch.tick()

    assert Thread.objects.all().version() > before


def test_an_answer_stays_in_sight_while_it_is_tried_again(
    talk, signed_in, front_desk, actor, carrier, moment
):
    threads.reply(talk.pk, text="Behind the house.", by=actor(front_desk))
    carrier.faults.extend(["429"] * Message.objects.count())
    dispatch.tick()
    assert carrier.ledger == []

    page = signed_in(front_desk).get(url("inbox-thread", talk)).content.decode()
    assert page.count("Behind the house.") == 1
    dispatch.tick(moment.wait(minutes=30))
    assert "Behind the house." in [entry.body for entry in carrier.ledger]
    page = signed_in(front_desk).get(url("inbox-thread", talk)).content.decode()
    assert page.count("Behind the house.") == 1


def test_a_refused_text_stays_in_the_field_and_may_be_sent_anyway(talk, signed_in, front_desk):
    browser = signed_in(front_desk)
    words = {"text": "Your therapist will call.", "change_id": uuid.uuid4()}
    answer = browser.post(url("inbox-reply", talk), words)

    assert answer.status_code == 422
    assert "Your therapist will call." in answer.content.decode()
    assert "Send it anyway" in answer.content.decode()
    assert browser.post(url("inbox-reply", talk), words | {"despite": "on"}).status_code == 302


def test_the_poll_is_silent_until_something_changes_and_is_no_act(talk, signed_in, front_desk):
    browser = signed_in(front_desk)
    version = Thread.objects.version()
    assert browser.get(reverse("messaging:inbox-live")).status_code == 200
    assert browser.get(reverse("messaging:inbox-live"), {"v": version}).status_code == 204

    say("Hello?", talk.address)
    assert browser.get(reverse("messaging:inbox-live"), {"v": version}).status_code == 200
    assert not AuditEntry.objects.filter(act="thread.viewed").exists()


@pytest.mark.parametrize(
    ("show", "shown"), [("", 1), ("waiting", 1), ("mine", 0), ("all", 2), ("closed", 1), ("nonsense", 1)]
)
def test_the_choice_stands_in_the_address(talk, signed_in, front_desk, actor, show, shown):
    threads.close(ThreadFactory().pk, by=actor(front_desk))
    page = signed_in(front_desk).get(reverse("messaging:inbox"), {"show": show})

    assert len(page.context["rows"]) == shown


@pytest.mark.parametrize("talks", [1, 3])
def test_the_list_asks_as_often_for_three_as_for_one(
    reachable, signed_in, front_desk, django_assert_num_queries, talks
):
    for _ in range(talks):
        say(BODY, address_of(reachable()))
    browser = signed_in(front_desk)
    browser.get(reverse("messaging:inbox"))

    with django_assert_num_queries(8):
        browser.get(reverse("messaging:inbox"))
