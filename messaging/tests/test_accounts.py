"""The accounts we send with: secrets go in and never come out; tests say in words what the carrier said."""

import uuid

import pytest
from django.core.mail import get_connection
from django.db import connection
from django.urls import reverse
from twilio.request_validator import RequestValidator

from core.refusals import NotAllowed, Refusal, StaleEdit
from messaging import carriers
from messaging.carriers import Outcome, email
from messaging.models import ChannelSettings, account_row, mail_account, twilio_account
from messaging.models.accounts import _kept
from messaging.operations.accounts import save_account
from messaging.operations.trying import MOST_AN_HOUR, try_channel
from messaging.rules.accounts import ends_in
from messaging.rules.errors import Verdict
from messaging.tests.conftest import MORNING
from practice.models import AuditEntry, Change

TOKEN, OLD, PASSWORD = "f00dcafef00dcafef00dcafef00d113f", "0ldt0ken0ldt0ken0ldt0ken0ldt0k99", "hush-hush-42"
SID = "AC" + "1" * 32
TWILIO = {"account_sid": SID, "auth_token": TOKEN, "auth_token_old": OLD, "text_from": "+12025550142"}
SMTP = {
    "mail_by": "smtp",
    "mail_from": "a@example.org",
    "smtp_host": "mail.example.org",
    "smtp_password": PASSWORD,
}
PAGES = {"twilio": reverse("messaging:account-twilio"), "mail": reverse("messaging:account-mail")}
TRY = reverse("messaging:account-try")


@pytest.fixture(autouse=True)
def nothing_remembered():
    """A row of another test, rolled back since."""
    _kept.clear()
    yield
    _kept.clear()


@pytest.fixture
def saved(django_capture_on_commit_callbacks, ada):
    def save(*args, **more):
        with django_capture_on_commit_callbacks(execute=True):
            return save_account(*args, by=ada, **more)

    return save


@pytest.fixture
def ada(admin_user, actor):
    return actor(admin_user)


@pytest.fixture
def browser(signed_in, admin_user):
    return signed_in(admin_user)


class Carrier:
    """Answers as it was told, and remembers what it was given."""

    sender = "+12025550100"

    def __init__(self, outcome: Outcome | Exception) -> None:
        self.outcome, self.letters = outcome, []

    def send(self, letter, *, timeout):
        self.letters.append(letter)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def carrier(monkeypatch):
    def answering(outcome) -> Carrier:
        made = Carrier(outcome)
        monkeypatch.setattr(carriers, "for_channel", lambda channel: made)
        return made

    return answering


def everything_stored() -> str:
    """All that any table of ours says as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(t)::text FROM messaging_channelsettings t")
        rows = [row[0] for row in cursor.fetchall()]
        for table in ("practice_auditentry", "practice_change"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows)


def test_the_account_that_was_written_down_is_used(saved, settings):
    settings.REHEARSAL = False

    saved("twilio", TWILIO)
    saved("mail", SMTP)

    account, mail = twilio_account(), mail_account()
    assert (account.sid, account.tokens, account.text_from) == (SID, (TOKEN, OLD), "+12025550142")
    assert (account.voice_from, account.can_text) == ("+12025550142", True)
    assert (mail.by, mail.sender, mail.options["password"]) == ("smtp", "a@example.org", PASSWORD)
    assert not {TOKEN, OLD, PASSWORD} & set(f"{account!r} {mail!r}".replace("'", " ").split())


def test_without_one_the_environments_is_used_and_while_rehearsing_too(saved, settings):
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.REHEARSAL = "ACenv", "t", False
    before = twilio_account().sid
    saved("twilio", TWILIO)
    settings.REHEARSAL = True

    assert (before, twilio_account().sid) == ("ACenv", "ACenv")


def test_no_secret_is_stored_in_the_open_or_written_to_the_trail(saved):
    saved("twilio", TWILIO)
    saved("mail", SMTP)

    stored = everything_stored()
    assert not any(secret in stored for secret in (TOKEN, OLD, PASSWORD))
    assert AuditEntry.objects.get(act="channels.twilio").after == {
        "fields": ["account_sid", "auth_token", "auth_token_old", "text_from"],
        "is_set": True,
    }
    assert set(Change.objects.values_list("texts", flat=True)) == {None}


def test_a_secret_left_empty_stays_and_goes_with_its_account(saved, settings):
    settings.REHEARSAL = False
    saved("twilio", TWILIO)

    saved("twilio", TWILIO | {"auth_token": "", "auth_token_old": ""}, edition=1)
    kept = twilio_account().tokens
    saved("twilio", {"account_sid": "", "text_from": ""}, edition=2)

    row = ChannelSettings.objects.get()
    assert kept == (TOKEN, OLD)
    assert (row.auth_token, row.auth_token_old, row.twilio_set_at) == ("", "", None)


@pytest.mark.parametrize(
    ("which", "said", "field"),
    [
        ("twilio", {"account_sid": SID, "text_from": "+12025550142"}, "auth_token"),
        ("twilio", {"account_sid": SID, "auth_token": TOKEN}, "text_from"),
        ("mail", {"mail_by": "smtp", "mail_from": "a@example.org"}, "smtp_host"),
        ("mail", {"mail_by": "ses", "mail_from": "a@example.org"}, "ses_region"),
        (
            "mail",
            {"mail_by": "ses", "mail_from": "a@x.org", "ses_region": "eu-west-1", "ses_key_id": "K"},
            "ses_secret",
        ),
    ],
)
def test_half_an_account_is_refused(saved, which, said, field):
    with pytest.raises(Refusal) as refused:
        saved(which, said)

    assert refused.value.field == field
    assert not ChannelSettings.objects.exists()


def test_accounts_are_the_admins(actor, front_desk, provider):
    for who in (front_desk, provider):
        with pytest.raises(NotAllowed):
            save_account("twilio", TWILIO, by=actor(who))
        with pytest.raises(NotAllowed):
            try_channel("sms", "+12025550117", by=actor(who))


def test_an_old_copy_is_refused(saved):
    saved("twilio", TWILIO)

    with pytest.raises(StaleEdit):
        saved("twilio", TWILIO, edition=0)


@pytest.mark.parametrize(("secret", "ends"), [(TOKEN, "…3f"), ("short", ""), ("", "")])
def test_of_a_secret_two_letters_are_shown_and_of_a_short_one_none(secret, ends):
    assert ends_in(secret) == ends


def form_of(**said) -> dict:
    return {"change_id": str(uuid.uuid4()), "edition": "0"} | said


def test_the_page_takes_secrets_and_never_gives_one_back(browser):
    pages = [
        browser.post(PAGES["twilio"], form_of(**TWILIO), follow=True),
        browser.get(PAGES["twilio"]),
        browser.post(PAGES["twilio"], form_of(**TWILIO | {"account_sid": "AC1", "auth_token": TOKEN})),
        browser.post(PAGES["twilio"], form_of(**TWILIO)),  # an old copy
        browser.post(PAGES["mail"], form_of(**SMTP, edition="1"), follow=True),
        browser.get("/admin/", follow=True),
    ]

    text = "\n".join(page.content.decode() + str(page.headers) for page in pages)
    assert [page.status_code for page in pages] == [200, 200, 422, 409, 200, 200]
    assert not any(secret in text for secret in (TOKEN, OLD, PASSWORD))
    assert "Auth token: set, ends in …3f." in pages[1].content.decode()
    assert 'value="AC1"' in pages[2].content.decode()
    assert "Password: set, ends in …42." in pages[4].content.decode()


@pytest.mark.parametrize(
    ("outcome", "says", "remedy"),
    [
        (Outcome(verdict=Verdict.ACCEPTED, sid="SM1"), "The carrier took it.", ""),
        (Outcome(verdict=Verdict.CONFIGURATION, code="20003"), "this account and token. (code 20003)", "Copy both"),
        (Outcome(verdict=Verdict.REJECTED, code="99999"), "The carrier refused it. (code 99999)", "Look the code up"),
        (OSError("+12025550117"), "did not answer clearly", "Wait a minute"),
    ],
)  # fmt: skip
def test_a_test_says_what_the_carrier_said_and_what_helps(browser, carrier, outcome, says, remedy):
    made = carrier(outcome)

    html = browser.post(TRY, {"channel": "sms", "number": "(202) 555-0117"}).content.decode()

    (letter,) = made.letters
    entry = AuditEntry.objects.get(act="channels.tried")
    assert says in html
    assert remedy in html
    assert (letter.destination, letter.text.startswith("Stillwater")) == ("+12025550117", True)
    assert "555" not in str(entry.after)
    assert set(entry.after) == {"channel", "verdict", "code"}


def test_tests_are_few(ada, carrier):
    carrier(Outcome(verdict=Verdict.ACCEPTED))
    for _ in range(MOST_AN_HOUR):
        try_channel("sms", "+12025550117", by=ada)

    with pytest.raises(Refusal, match="within the hour"):
        try_channel("email", "a@example.org", by=ada)


@pytest.mark.parametrize(
    "said",
    [{"channel": "sms"}, {"channel": "email", "email": "nonsense"}, {"channel": "pigeon", "number": "x"}],
)
def test_a_test_needs_somewhere_to_go(browser, carrier, said):
    made = carrier(Outcome(verdict=Verdict.ACCEPTED))

    assert browser.post(TRY, said).status_code == 422
    assert made.letters == []


def test_a_channel_without_a_carrier_is_said(browser, monkeypatch):
    monkeypatch.setattr(carriers, "for_channel", lambda channel: None)

    answer = browser.post(TRY, {"channel": "voice", "number": "(202) 555-0117"})

    assert answer.status_code == 409
    assert "Calls are not set up." in answer.content.decode()


def test_the_account_is_read_once_in_a_while_and_anew_after_a_change(
    saved, settings, django_assert_num_queries
):
    settings.REHEARSAL = False
    twilio_account()

    with django_assert_num_queries(0):
        assert twilio_account().sid == settings.TWILIO_ACCOUNT_SID
        assert account_row(fresh=False) is None
    saved("twilio", TWILIO)
    assert twilio_account(fresh=False).sid == SID


def test_mail_goes_to_the_server_that_was_written_down(saved, settings):
    settings.REHEARSAL = False
    before = email._account()
    saved("mail", SMTP | {"smtp_port": 2525})

    by, options = email._account()

    after = get_connection(by, **options)
    assert before == (None, {})
    assert (after.host, after.port, after.password, after.use_tls) == (
        "mail.example.org",
        2525,
        PASSWORD,
        True,
    )
    assert email.EmailCarrier().sender == "a@example.org"


def test_callbacks_are_believed_by_the_token_that_was_written_down_and_by_the_former(saved, settings, client):
    settings.REHEARSAL = False
    saved("twilio", TWILIO)
    posted, address = {"MessageSid": "SM1", "MessageStatus": "sent"}, reverse("messaging:twilio-status")

    def answered(token: str) -> int:
        signed = RequestValidator(token).compute_signature(settings.PUBLIC_BASE_URL + address, posted)
        return client.post(address, posted, headers={"X-Twilio-Signature": signed}).status_code

    assert [answered(TOKEN), answered(OLD), answered(settings.TWILIO_AUTH_TOKEN or "x")] == [200, 200, 403]


def test_mail_by_ses_names_the_practices_own_configuration_set(saved, settings, ada):
    settings.REHEARSAL = False
    settings.AWS_SES_CONFIGURATION_SET = "of-the-server"
    ses = {"mail_by": "ses", "mail_from": "a@example.org", "ses_region": "us-east-1"}
    assert mail_account().configuration_set == "of-the-server"
    saved("mail", ses | {"ses_configuration_set": "riverside"})

    letter = carriers.Letter(
        attempt_id=1, token=uuid.uuid4(), channel="email", sender="a@example.org", destination="b@example.com",
        text="Hello", started_at=MORNING, valid_seconds=60,
    )  # fmt: skip

    assert mail_account().configuration_set == "riverside"
    assert email.compose(letter).extra_headers["X-SES-CONFIGURATION-SET"] == "riverside"
    assert email.EmailCarrier().keeps_list


def test_a_mail_server_hears_of_no_configuration_set(saved, settings):
    settings.REHEARSAL = False
    settings.AWS_SES_CONFIGURATION_SET = "of-the-server"
    saved("mail", SMTP)

    assert mail_account().configuration_set == ""
    assert not email.EmailCarrier().keeps_list
