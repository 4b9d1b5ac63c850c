"""From DUE to the carrier: everything decided again, one request, and what it came to."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.test.utils import CaptureQueriesContext

from messaging.models import Attempt, Consent, Message, StaffTask, Suppression
from messaging.operations import claiming, dispatch, sending
from messaging.purposes import Later, Purpose, Skip
from messaging.signals import messages_changed
from messaging.states import AttemptState, MessageClass, MessageState
from messaging.tests.conftest import ANY_TIME, MORNING, address_of, sent
from messaging.tests.factories import ConsentFactory, SuppressionFactory
from messaging.tests.standin import ACCOUNT
from practice.states import Channel
from practice.tests.factories import ClientContactFactory

HOUR = dt.timedelta(hours=1)


def test_a_due_message_reaches_the_carrier_once(due, carrier):
    message = sent(due())
    dispatch.tick()

    attempt = message.attempts.get()
    assert carrier.texts == [(message.address, f"Hello {message.subject}")]
    assert (message.state, message.accepted_at, message.lease_owner) == (MessageState.ACCEPTED, MORNING, "")
    assert (attempt.state, attempt.provider_sid, attempt.http_status, attempt.segments) == (
        AttemptState.ACCEPTED,
        carrier.ledger[0].sid,
        201,
        1,
    )
    assert (attempt.text, attempt.last_status) == (f"Hello {message.subject}", "queued")


def test_the_request_is_the_one_twilios_own_client_makes(due, carrier):
    message = sent(due(useful_until=MORNING + HOUR))

    method, path, headers = carrier.seen[0]
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert headers["User-Agent"].startswith("twilio-python/")
    assert carrier.ledger[0].form == {
        "To": message.address,
        "From": "+12025550100",
        "Body": f"Hello {message.subject}",
        "StatusCallback": f"https://desk.example.org/webhooks/twilio/status/{message.attempts.get().token}/",
        "ValidityPeriod": "3600",
        "SmartEncoded": "true",
    }


def test_every_step_out_of_the_house_is_news(due):
    heard = []
    messages_changed.connect(receiver := lambda messages, **_: heard.extend(m.state for m in messages))
    sent(due())

    messages_changed.disconnect(receiver)
    assert heard == [MessageState.SENDING, MessageState.ACCEPTED]


def test_what_the_purpose_says_at_sending_counts(due, purpose, carrier):
    skipped, later, gone = due(), due(), due()
    purpose.answers |= {
        skipped.subject: Skip("The visit was cancelled"),
        later.subject: Later(MORNING + HOUR),
    }
    dispatch.tick()
    for message in (skipped, later, gone):
        message.refresh_from_db()

    assert (skipped.state, skipped.reason) == (MessageState.SKIPPED, "The visit was cancelled")
    assert (later.state, later.send_at) == (MessageState.DUE, MORNING + HOUR)
    assert gone.state == MessageState.ACCEPTED
    assert carrier.texts == [(gone.address, f"Hello {gone.subject}")]


def test_later_than_useful_expires(due, purpose, carrier):
    message = due(useful_until=MORNING + HOUR)
    purpose.answers[message.subject] = Later(MORNING + HOUR)

    assert (sent(message).state, message.reason) == (
        MessageState.EXPIRED,
        "No longer useful when it could go",
    )
    assert carrier.ledger == []


def test_a_message_past_its_use_expires_unasked(due, purpose, moment, carrier):
    message = due(useful_until=MORNING + HOUR)
    moment.wait(hours=1)

    assert (sent(message).state, purpose.asked, carrier.ledger) == (MessageState.EXPIRED, [], [])


def refuse_newest(message):
    ConsentFactory(client=message.client, address=message.address, granted=False, at=MORNING)


def forget_consent(message):
    Consent.objects.filter(client=message.client).delete()


def suppress(message):
    SuppressionFactory(address=message.address)


def make_unsafe(message):
    message.client.addresses.update(safe_to_text=False)


def take_off_file(message):
    message.client.addresses.all().delete()


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (forget_consent, "No consent on record"),
        (refuse_newest, "Consent was withdrawn"),
        (suppress, "Nothing may be sent to this address"),
        (make_unsafe, "Not marked as safe to use"),
        (take_off_file, "This address is no longer on file"),
    ],
)
@pytest.mark.parametrize("klass", [MessageClass.REMINDER, MessageClass.URGENT, MessageClass.ANSWER])
def test_nothing_goes_where_it_may_not(due, carrier, act, reason, klass):
    message = due(klass=klass)
    act(message)

    assert (sent(message).state, message.reason) == (MessageState.SKIPPED, reason)
    assert (carrier.ledger, Attempt.objects.count()) == ([], 0)


def test_consent_for_another_number_does_not_count(due, carrier):
    message = due()
    Consent.objects.filter(channel=Channel.SMS).update(address="+12025559999")

    assert (sent(message).state, carrier.ledger) == (MessageState.SKIPPED, [])


def test_a_contact_needs_their_own_consent_and_leave(due, reachable, carrier):
    person = reachable()
    contact = ClientContactFactory(client=person, may_receive=False)
    contact.addresses.create(kind="phone", value=address_of(person), safe_to_text=True)
    without = due(client=person, contact=contact, address=address_of(person))

    assert (sent(without).state, without.reason) == (
        MessageState.SKIPPED,
        "This contact may not receive messages",
    )
    type(contact).objects.update(may_receive=True)
    unasked = due(client=person, contact=contact, address=address_of(person))
    assert (sent(unasked).reason, carrier.ledger) == ("No consent on record", [])


def test_a_crisis_answer_needs_no_consent_but_never_follows_a_stop(due, carrier):
    crisis = due(klass=MessageClass.CRISIS)
    forget_consent(crisis)
    stopped = due(klass=MessageClass.CRISIS)
    suppress(stopped)

    assert sent(crisis).state == MessageState.ACCEPTED
    stopped.refresh_from_db()
    assert (stopped.state, len(carrier.ledger)) == (MessageState.SKIPPED, 1)


def test_outside_its_window_a_reminder_waits(due, moment, carrier):
    moment.at = dt.datetime(2026, 11, 26, 2, tzinfo=dt.UTC)  # Wednesday 21:00 in New York
    message = sent(due())

    assert (message.state, message.send_at) == (
        MessageState.DUE,
        dt.datetime(2026, 11, 26, 14, tzinfo=dt.UTC),
    )
    assert carrier.ledger == []


def test_the_window_is_the_recipients(due, moment, reachable, carrier):
    moment.at = dt.datetime(2026, 11, 25, 15, tzinfo=dt.UTC)
    message = sent(due(client=reachable(zone="America/Los_Angeles")))  # 07:00 there

    assert (message.state, message.send_at.hour, carrier.ledger) == (MessageState.DUE, 17, [])


def test_a_window_that_opens_too_late_expires_with_its_reason(due, moment, carrier):
    moment.at = dt.datetime(2026, 11, 28, 15, tzinfo=dt.UTC)  # Saturday
    message = sent(due(useful_until=moment.at + HOUR))

    assert (message.state, message.reason) == (
        MessageState.EXPIRED,
        "Its hours for messages ended before it could go",
    )
    assert carrier.ledger == []


def test_an_answer_goes_at_any_hour(due, moment):
    moment.at = dt.datetime(2026, 11, 28, 7, tzinfo=dt.UTC)

    assert sent(due(klass=MessageClass.ANSWER)).state == MessageState.ACCEPTED


@pytest.mark.parametrize(
    ("fault", "state", "attempts"),
    [("429", MessageState.DUE, 1), ("500", MessageState.VERIFYING, 1), ("drop", MessageState.VERIFYING, 1)],
)
def test_what_an_answer_proves(due, carrier, fault, state, attempts):
    carrier.faults.append(fault)
    message = sent(due())

    assert (message.state, message.attempts_made) == (state, attempts)
    assert StaffTask.objects.count() == 0


def test_no_connection_is_certainly_not_sent(due, settings):
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    message = sent(due())

    assert (message.state, message.attempts.get().state) == (MessageState.DUE, AttemptState.REJECTED)


def test_a_carrier_that_does_not_answer_in_time_is_doubted(due, carrier, settings):
    settings.TWILIO_TIMEOUT_SECONDS = 1
    carrier.faults.append("hang")

    assert sent(due()).state == MessageState.VERIFYING


@pytest.mark.parametrize(
    ("fault", "reason", "suppressed"),
    [
        ("400:21610", "The client opted out with the carrier (code 21610)", {"sms", "voice"}),
        ("400:21211", "This address cannot receive it (code 21211)", {"sms"}),
        ("400:21617", "The carrier refused it (code 21617)", set()),
    ],
)
def test_a_refusal_for_good_ends_in_a_task(due, carrier, fault, reason, suppressed):
    carrier.faults.append(fault)
    message = sent(due())

    assert (message.state, message.reason) == (MessageState.DEAD, reason)
    assert StaffTask.objects.get().message == message
    live = Suppression.objects.filter(address=message.address, lifted_at=None)
    assert set(live.values_list("channel", flat=True)) == suppressed


def test_wrong_settings_cost_no_retry(due, carrier, settings, moment):
    settings.TWILIO_AUTH_TOKEN = "wrong"
    message = due()
    for _ in range(5):
        assert sent(message).state == MessageState.DUE
        moment.wait(minutes=6)
    settings.TWILIO_AUTH_TOKEN = "standin-secret"

    assert (sent(message).state, message.attempts_made, len(carrier.ledger)) == (MessageState.ACCEPTED, 1, 1)


def test_retries_end_after_three_attempts_with_a_task(due, carrier, moment):
    carrier.faults.extend(["429"] * 9)
    message = due()
    for _ in range(6):
        sent(message)
        moment.wait(hours=1)

    assert (message.state, message.attempts_made) == (MessageState.DEAD, 3)
    assert (message.reason, StaffTask.objects.count()) == ("The carrier could not take it (code 20429)", 1)
    assert len(carrier.seen) == 3


def test_a_purpose_that_fails_holds_up_only_its_own_message(due, purpose, carrier, moment, caplog):
    broken, fine = due(), due()
    purpose.answers[broken.subject] = "nonsense"
    for _ in range(4):
        sent(broken)
        moment.wait(minutes=10)

    fine.refresh_from_db()
    assert (broken.state, fine.state, len(carrier.ledger)) == (MessageState.DEAD, MessageState.ACCEPTED, 1)
    assert StaffTask.objects.get().message == broken


def test_a_purpose_nobody_registered_is_skipped(due):
    message = sent(due(purpose="gone"))

    assert (message.state, message.reason) == (
        MessageState.SKIPPED,
        "Nobody knows any more what this was about",
    )


def test_promoters_run_first_and_one_that_fails_stops_no_other(due, monkeypatch, carrier, moment):
    def promote(now, limit):
        return 0 if Message.objects.exists() else len([due()])

    def fail(now, limit):
        raise RuntimeError("broken")

    from messaging import purposes  # noqa: PLC0415  the registry itself is under test

    monkeypatch.setitem(purposes._registered, "bad", Purpose(name="bad", decide=dict, promote=fail))
    monkeypatch.setitem(purposes._registered, "good", Purpose(name="good", decide=dict, promote=promote))
    tally = dispatch.tick()

    assert (tally.promoted, tally.claimed, len(carrier.ledger)) == (1, 1, 1)
    assert tally.failed >= 1


def test_people_in_danger_go_before_a_morning_of_reminders(due):
    reminder, answer, crisis = due(), due(klass=MessageClass.ANSWER), due(klass=MessageClass.CRISIS)

    assert claiming.claim("me", now=MORNING, limit=1) == [crisis.pk]
    assert claiming.claim("me", now=MORNING, limit=1) == [answer.pk]
    assert claiming.claim("me", now=MORNING, limit=1) == [reminder.pk]


def test_nothing_is_sent_with_a_lapsed_or_lost_lease(due, moment, carrier):
    message = due(**ANY_TIME)
    claiming.claim("slow", now=moment.at)
    sending.send_claimed(message.pk, owner="somebody else")
    moment.wait(seconds=121)
    sending.send_claimed(message.pk, owner="slow")

    assert (carrier.ledger, Attempt.objects.count()) == ([], 0)
    dispatch.reap()
    assert (sent(message).state, len(carrier.ledger)) == (MessageState.ACCEPTED, 1)


def test_a_process_that_stood_still_before_the_request_does_not_make_it(due, carrier, monkeypatch):
    message = due()
    ticks = iter([0.0, 61.0])
    claiming.claim("me", now=MORNING)
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    sending.send_claimed(message.pk, owner="me")
    message.refresh_from_db()

    assert (message.state, message.attempts_made, carrier.seen) == (MessageState.DUE, 0, [])


def test_an_idle_tick_is_one_query_and_one_per_promoter(db, django_assert_num_queries, monkeypatch):
    from messaging import purposes  # noqa: PLC0415  the registry itself is under test

    monkeypatch.setattr(purposes, "_registered", {})
    with django_assert_num_queries(1) as queries:
        assert dispatch.tick(MORNING).claimed == 0
    assert isinstance(queries, CaptureQueriesContext)


def test_an_email_leaves_through_djangos_backend(due, mailoutbox):
    message = sent(due(channel=Channel.EMAIL))

    email = mailoutbox[0]
    assert (message.state, message.attempts.get().provider) == (MessageState.ACCEPTED, "email")
    assert (email.subject, email.body, email.to) == (
        "A message from your practice",
        email.body,
        [message.address],
    )
    assert email.body.startswith(f"Hello {message.subject}\n")
    assert f"<p>Hello {message.subject}</p>" in email.alternatives[0].content
    assert email.extra_headers["X-Stillwater-Attempt"] == str(message.attempts.get().token)


def test_a_mail_backend_that_drops_it_has_not_sent_it(due, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    message = due(channel=Channel.EMAIL)
    from django.core.mail.backends import dummy  # noqa: PLC0415  patched below

    original, dummy.EmailBackend.send_messages = dummy.EmailBackend.send_messages, lambda self, mails: 0
    try:
        assert sent(message).state == MessageState.DEAD
    finally:
        dummy.EmailBackend.send_messages = original


def test_the_portal_copy_is_written_with_its_state(due, carrier, moment):
    moment.at = dt.datetime(2026, 11, 28, 7, tzinfo=dt.UTC)  # it makes no noise, so it keeps no hours
    message = sent(due(channel=Channel.PORTAL))

    assert (message.state, message.portal_text) == (MessageState.ACCEPTED, f"Hello {message.subject}")
    assert (message.delivered_at, carrier.ledger) == (None, [])
