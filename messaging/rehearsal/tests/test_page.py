"""The page with the phones."""

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import RehearsalMessage, RehearsalSettings
from messaging.rehearsal import ledger
from messaging.tests.factories import ConsentFactory
from practice.tests.factories import AddressFactory, ClientContactFactory, EmailFactory

PAGE, LIVE, SAY = "/rehearsal/", "/rehearsal/live/", "/rehearsal/say/"
PHONE = "+12025550117"


@pytest.fixture
def phone(regular):
    return AddressFactory(client=regular, value=PHONE, label="mobile")


@pytest.fixture
def desk(signed_in, front_desk, rehearsing):
    return signed_in(front_desk)


def shown(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_phone_shows_whose_it_is_and_what_stands_on_it(desk, phone, regular, text):
    ConsentFactory(client=regular, address=PHONE)
    text(body="Riverside Office: you have an appointment.")
    ledger.hear(sender=PHONE, office="+12025550100", body="Y <b>")

    page = shown(desk.get(PAGE))

    for words in (
        "Rita Regular",
        "(202) 555-0117 · mobile · consent yes",
        "Riverside Office: you have an appointment.",
        "queued · 1 segment",
        "Y &lt;b&gt;",
    ):
        assert words in page


def test_a_clients_own_page_shows_all_their_phones_and_mailboxes(desk, phone, regular):
    EmailFactory(client=regular, value="rita@example.com")
    AddressFactory(client=None, contact=ClientContactFactory(client=regular, name="Gale Guardian"))

    page = shown(desk.get(PAGE, {"client": regular.public_id}))

    assert page.count('<section class="device"') == 3
    assert page.index("(202) 555-0117") < page.index("rita@example.com") < page.index("Gale Guardian")


def test_any_number_can_be_opened(desk, db):
    assert "Nobody we know" in shown(desk.get(PAGE, {"to": "+12025550199"}))


@pytest.mark.parametrize("asked", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_client_is_not_there(desk, asked):
    assert desk.get(PAGE, {"client": asked}).status_code == 404


def test_a_mail_lies_in_the_mailbox(desk, rehearsing):
    rehearsing.EMAIL_BACKEND = "messaging.rehearsal_mail.MailboxBackend"
    mail.send_mail("Your appointment on Tue Nov 24", "At one.", "office@example.org", ["marcus@example.org"])

    page = shown(desk.get(PAGE))

    assert "Your appointment on Tue Nov 24" in page
    assert "At one." in page
    assert "mail → marcus@example.org" in " ".join(page.split())


def test_mail_never_vanishes_into_a_mailbox_outside_rehearsals(rehearsing):
    rehearsing.REHEARSAL = False
    rehearsing.EMAIL_BACKEND = "messaging.rehearsal_mail.MailboxBackend"

    with pytest.raises(ImproperlyConfigured):
        mail.send_mail("Subject", "Text", "office@example.org", ["marcus@example.org"])


def test_the_page_changes_only_when_something_happened(desk, phone, text):
    text()
    version = desk.get(PAGE).context["version"]

    assert desk.get(LIVE, {"v": version}).status_code == 204
    text(body="Another")
    part = shown(desk.get(LIVE, {"v": version}))

    assert "Another" in part
    assert "<html" not in part


def test_typing_as_the_client_is_stored_for_the_worker(desk, phone):
    answer = desk.post(SAY, {"address": PHONE, "text": "running late!"})

    row = RehearsalMessage.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert (row.body, row.client_address, row.office_address) == ("running late!", PHONE, "+12025550100")
    assert (row.status, row.next_status, row.callback_url[-20:]) == (
        "receiving",
        "received",
        "/webhooks/twilio/sms",
    )


def test_a_chip_says_its_word_and_tells_the_page(desk, phone):
    answer = desk.post(SAY, {"address": PHONE, "text": "", "quick": "Y"}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Trigger"]) == (204, "rehearsal-said")
    assert RehearsalMessage.objects.get().body == "Y"


@pytest.mark.parametrize("data", [{"address": PHONE}, {"address": "555", "text": "Y"}, {"text": "Y"}])
def test_nonsense_is_not_said(desk, phone, data):
    assert desk.post(SAY, data, headers={"HX-Request": "true"}).status_code == 422
    assert not RehearsalMessage.objects.exists()


def test_clients_are_found_without_their_name_in_the_address(desk, phone, regular):
    page = shown(desk.post("/rehearsal/find/", {"words": "Rita"}, headers={"HX-Request": "true"}))

    assert f"?client={regular.public_id}" in page
    assert desk.get("/rehearsal/find/", {"words": "Rita"}).status_code == 405


def test_faults_are_set_and_refused_beyond_a_hundred(desk, db):
    faults = {"dropped_percent": 1, "busy_percent": 2, "broken_percent": 3, "undelivered_percent": 4}
    assert desk.post("/rehearsal/faults/", faults | {"late_seconds": 5}).status_code == 302
    assert (
        desk.post("/rehearsal/faults/", faults | {"late_seconds": 5, "busy_percent": 101}).status_code == 422
    )

    assert list(RehearsalSettings.objects.values()) == [
        faults | {"id": 1, "late_seconds": 5, "is_doubled": False}
    ]


def test_a_provider_sees_and_writes_only_for_own_clients(
    signed_in, provider, phone, stranger, rehearsing, text
):
    AddressFactory(client=stranger, value="+12025550142")
    text(to=PHONE, body="For Rita")
    text(to="+12025550142", body="For Stan")
    own = signed_in(provider)

    page = shown(own.get(PAGE))
    assert "For Rita" in page
    for leak in ("For Stan", "Stan Stranger", "555-0142"):
        assert leak not in page
        assert leak not in shown(own.get(PAGE, {"to": "+12025550142"}))
    assert own.get(PAGE, {"client": stranger.public_id}).status_code == 404
    assert own.post(SAY, {"address": "+12025550142", "text": "Y"}).status_code == 404


@pytest.mark.parametrize("name", ["phones", "live"])
def test_nobody_signed_in_is_sent_to_sign_in(client, rehearsing, name, db):
    assert client.get(reverse(f"rehearsal:{name}")).status_code == 302


@pytest.mark.parametrize(
    ("method", "path"), [("get", PAGE), ("get", LIVE), ("post", SAY), ("post", "/rehearsal/faults/")]
)
def test_without_rehearsal_the_page_is_not_there(desk, rehearsing, method, path):
    rehearsing.REHEARSAL = False

    assert getattr(desk, method)(path).status_code == 404


def test_the_page_costs_the_same_for_one_and_three_bubbles(desk, phone, text, django_assert_num_queries):
    text()

    with CaptureQueriesContext(connection) as one:
        desk.get(PAGE)
    text()
    text()

    with django_assert_num_queries(len(one)):
        desk.get(PAGE)


@pytest.mark.parametrize("kind", ["busy", "broken", "dropped", "undelivered"])
def test_one_phone_has_a_trouble_of_its_own(desk, phone, kind):
    assert desk.post("/rehearsal/trouble/", {"address": PHONE, "kind": kind}).status_code == 302
    assert f'<option value="{kind}" selected>' in shown(desk.get(PAGE, {"to": PHONE}))

    share = f"{kind}_percent"
    assert [getattr(ledger.faults(one), share) for one in (PHONE, "+12025550118")] == [100, 0]
    desk.post("/rehearsal/trouble/", {"address": PHONE, "kind": ""})
    assert getattr(ledger.faults(PHONE), share) == 0


def test_an_unknown_trouble_is_refused(desk, phone):
    answer = desk.post(
        "/rehearsal/trouble/", {"address": PHONE, "kind": "fire"}, headers={"HX-Request": "true"}
    )

    assert (answer.status_code, ledger.faults(PHONE).busy_percent) == (422, 0)
