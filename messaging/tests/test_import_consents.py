"""Consent and opt-outs from files: source and date or an attested record, nothing written twice, nothing opened."""

import datetime as dt

import pytest

from core import clock
from core.refusals import Refusal
from core.sheets.trouble import SheetError
from messaging.models import Consent, Suppression
from messaging.queries import usable_addresses
from messaging.signals import consents_changed
from messaging.tests.factories import ConsentFactory, SuppressionFactory
from practice.importing.finding import NO_CLIENT, NO_CONTACT
from practice.importing.giving import file_of
from practice.importing.kinds import Attested, kind_named
from practice.models import Address, AuditEntry, Client
from practice.tests.factories import AddressFactory, ClientContactFactory, ClientFactory, UserFactory
from practice.tests.test_import_places import take

pytestmark = pytest.mark.django_db
ON_FILE = Attested("Intake form, page 2.", dt.date(2026, 3, 4))
CLIENTS = (
    "mrn,first,last,mobile,safe to text,e-mail,safe to email,text consent on,text consent source,"
    "email_consent_on,email_consent_source\n"
    "101,Rita,Regular,2025550117,yes,rita@example.org,yes,3/4/2026,Signed form,,\n"
    "102,Stan,Stranger,2025550118,no,stan@example.org,yes,,,2026-03-05,verbal\n"
    "103,Una,Unknown,2025550119,yes,,,,,,\n"
)


@pytest.fixture
def heard(practice, monkeypatch) -> list[set[int]]:
    told: list[set[int]] = []

    def hear(client_ids, **_) -> None:
        told.append(set(client_ids))

    monkeypatch.setattr(consents_changed, "receivers", [])
    consents_changed.connect(hear, weak=False)
    return told


def one(number: str) -> Client:
    return Client.objects.get(record_number=number)


def usable(number: str) -> dict[str, str]:
    client = one(number)
    return usable_addresses([(client.pk, None)], clock.now())[client.pk, None]


def file(kind: str) -> str:
    return "".join(file_of(kind_named(kind)))


# --- beside the clients --------------------------------------------------------------------------


def test_columns_of_consent_write_its_history_once(heard):
    assert take("clients", CLIENTS).is_kept
    assert take("clients", CLIENTS).report.unchanged == 3
    told = Consent.objects.order_by("pk").values_list(
        "client__record_number", "channel", "address", "source", "at"
    )
    assert list(told) == [
        ("101", "sms", "+12025550117", "form", dt.datetime(2026, 3, 4, 5, tzinfo=dt.UTC)),
        ("102", "email", "stan@example.org", "verbal", dt.datetime(2026, 3, 5, 5, tzinfo=dt.UTC)),
    ]
    assert heard == [{one("101").pk, one("102").pk}]
    assert AuditEntry.objects.filter(act="consent.imported").count() == 2
    assert (usable("102"), usable("103")) == ({"email": "stan@example.org"}, {})


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ("2025550117,3/4/2026,", "text_consent_source", "Consent needs both its day and its source."),
        ("2025550117,,form", "text_consent_on", "Consent needs both its day and its source."),
        ("2025550117,2400-01-01,form", "text_consent_on", "This day has not come yet."),
        (
            ",3/4/2026,form",
            "text_consent_on",
            "There is no phone in this line that the consent could be for.",
        ),
        (
            "2025550117,3/4/2026,hearsay",
            "text_consent_source",
            "Write one of form, verbal, web, reply, import.",
        ),
    ],
)
def test_consent_without_source_or_date_is_a_bad_line(practice, cells, column, reason):
    text = f"mrn,first,last,phone,text_consent_on,text_consent_source\n1,A,B,{cells}\n2,C,D,,,\n"
    report = take("clients", text, skip_bad=True).report
    assert [(bad.line, bad.column, bad.reason) for bad in report.bad] == [(2, column, reason)]
    assert list(Client.objects.values_list("record_number", flat=True)) == ["2"]


def test_consent_of_today_is_not_written_twice(practice):
    today = clock.now().astimezone(practice.tz).date()
    text = f"mrn,first,last,phone,text_consent_on,text_consent_source\n1,A,B,2025550117,{today},form\n"
    take("clients", text)
    take("clients", text)
    assert Consent.objects.count() == 1


def test_what_is_attested_covers_the_addresses_of_the_file_without_an_answer(heard):
    stays = ClientFactory(record_number="101")
    AddressFactory(client=stays, value="+12025550190")
    contact = ClientContactFactory(client=stays, may_receive=True)
    AddressFactory(client=None, contact=contact, value="+12025550191")
    SuppressionFactory(address="+12025550119")
    take("clients", CLIENTS, attested=ON_FILE)
    attested = Consent.objects.filter(source="import").order_by("address")
    assert [(line.client.record_number, line.address, line.wording) for line in attested] == [
        ("102", "+12025550118", ON_FILE.wording),
        ("101", "rita@example.org", ON_FILE.wording),
    ]
    assert len(heard) == 1
    assert usable("102") == {"email": "stan@example.org"}  # their number is not marked safe


def test_attesting_a_file_that_does_not_say_what_is_safe_is_noted(heard):
    report = take(
        "clients", "mrn,first,last,phone,email\n1,A,B,2025550117,a@b.org\n2,C,D,,\n", attested=ON_FILE
    ).report
    assert [(note.line, note.column) for note in report.notes] == [(1, "safe_to_text"), (1, "safe_to_email")]
    assert Consent.objects.count() == 2
    assert usable("1") == {}


def test_contacts_and_addresses_may_be_attested_by_themselves(heard):
    client = ClientFactory(record_number="1")
    AddressFactory(client=client, value="+12025550117")
    head = "mrn,name,may_receive,phone,safe_to_text\n"
    take("contacts", head + "1,Ann,yes,2025550120,yes\n1,Bob,no,2025550121,yes\n", attested=ON_FILE)
    assert [line.address for line in Consent.objects.all()] == ["+12025550120"]
    take("addresses", "mrn,kind,value,safe_to_text\n1,phone,2025550122,yes\n", attested=ON_FILE)
    assert {line.address for line in Consent.objects.all()} == {"+12025550120", "+12025550122"}


def test_nobody_attests_for_a_day_to_come(practice):
    later = Attested("Words", clock.now().date() + dt.timedelta(days=2))
    with pytest.raises(Refusal, match="has not come yet"):
        take("clients", CLIENTS, attested=later)
    assert not Client.objects.exists()


def test_nothing_is_attested_where_there_is_nobody(practice):
    with pytest.raises(SheetError, match="nobody in rooms"):
        take("rooms", "location,name\n", attested=ON_FILE)


def test_a_trial_tells_nobody_for_good(heard):
    assert take("clients", CLIENTS, is_trial=True, attested=ON_FILE).report.added == 3
    assert not Consent.objects.exists()


# --- the history ---------------------------------------------------------------------------------


def test_the_whole_history_reads_back_and_is_written_once(heard, front_desk):
    client = ClientFactory(record_number="1")
    contact = ClientContactFactory(client=client, name="Ann")
    for n, granted in enumerate([True, False, True]):
        ConsentFactory(
            client=client, address="+12025550117", granted=granted, by_id=front_desk.pk, wording=f"=W{n}"
        )
    ConsentFactory(
        client=client, contact=contact, channel="email", address="ann@example.org", by_kind="contact"
    )
    ConsentFactory(client=client, channel="portal", address="somewhere", by_kind="system", source="web")
    text = file("consents")
    assert take("consents", text).report.unchanged == 5
    Consent.objects.all().delete()
    assert take("consents", text).report.added == 5
    assert file("consents") == text
    assert heard == [{client.pk}]


def test_nobody_here_is_named_for_what_they_did_not_write(practice):
    UserFactory(pk=7)
    ClientFactory(record_number="1")
    head = "client,channel,address,granted,source,at,by_kind,by_id\n"
    take("consents", head + "1,Text,2025550117,yes,Signed form,2026-03-04,user,7\n")
    assert Consent.objects.get().by_id == -7
    assert ",user,7" in file("consents")


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (
            "9,,sms,2025550117,yes,form,2026-03-04",
            "client",
            NO_CLIENT,
        ),
        (
            "1,Ann,sms,2025550117,yes,form,2026-03-04",
            "contact",
            NO_CONTACT,
        ),
        ("1,,fax,2025550117,yes,form,2026-03-04", "channel", "Write one of sms, email, voice, portal."),
        (
            "1,,email,2025550117,yes,form,2026-03-04",
            "address",
            "Write an email address like name@example.org.",
        ),
        ("1,,sms,2025550117,,form,2026-03-04", "granted", "This must be filled in."),
        ("1,,sms,2025550117,yes,,2026-03-04", "source", "This must be filled in."),
        ("1,,sms,2025550117,yes,form,", "at", "This must be filled in."),
        ("1,,sms,2025550117,yes,form,2400-03-04", "at", "This day has not come yet."),
        (
            "1,,sms,2025550117,yes,form,0001-01-01T00:00+14:00",
            "at",
            "Write date and time like 2026-11-30T14:30-05:00.",
        ),
    ],
)
def test_a_bad_line_of_the_history_says_why(practice, line, column, reason):
    ClientFactory(record_number="1")
    report = take("consents", f"client,contact,channel,address,granted,source,at\n{line}\n").report
    assert [(bad.line, bad.column, bad.reason) for bad in report.bad] == [(2, column, reason)]


# --- opt-outs ------------------------------------------------------------------------------------


def test_a_list_of_numbers_closes_them_for_texts_and_calls(heard):
    client = ClientFactory(record_number="1")
    AddressFactory(client=client, value="+12025550117")
    text = "Number\n(202) 555-0117\n202-555-0118\nNobody@Example.org\n"
    assert take("optouts", text).report.added == 5
    assert take("optouts", text).report.unchanged == 5
    assert set(Suppression.objects.values_list("channel", "address", "reason")) == {
        ("sms", "+12025550117", "opted_out"), ("voice", "+12025550117", "opted_out"),
        ("sms", "+12025550118", "opted_out"), ("voice", "+12025550118", "opted_out"),
        ("email", "nobody@example.org", "opted_out"),
    }  # fmt: skip
    assert heard == [{client.pk}]


def test_opt_outs_read_back_and_none_is_opened(heard):
    early = clock.now() - dt.timedelta(days=9)
    SuppressionFactory(
        address="+12025550117", at=early, lifted_at=early + dt.timedelta(days=1), evidence="SM1"
    )
    SuppressionFactory(address="+12025550117", at=early + dt.timedelta(days=2))
    SuppressionFactory(address="+12025550118", channel="voice", at=early)
    text = file("optouts")
    Suppression.objects.all().delete()
    assert take("optouts", text).report.added == 3
    assert file("optouts") == text
    line = f"voice,+12025550118,{early.isoformat()},{clock.now().isoformat()}\n"
    report = take("optouts", "channel,address,at,lifted_at\n" + line).report
    assert [(note.line, note.column) for note in report.notes] == [(2, "lifted_at")]
    assert Suppression.objects.get(channel="voice").lifted_at is None


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("12,2026-01-01,", "address", "No phone can have that number."),
        ("2025550117,2400-01-01,", "at", "This day has not come yet."),
        ("2025550117,2026-02-01,2026-01-01", "lifted_at", "It cannot have been opened before it was closed."),
    ],
)
def test_a_bad_opt_out_says_why(practice, line, column, reason):
    report = take("optouts", f"address,at,lifted_at\n{line}\n").report
    assert [(bad.line, bad.column) for bad in report.bad] == [(2, column)]
    assert report.bad[0].reason.startswith(reason)
    assert not Suppression.objects.exists()


def test_addresses_alone_bring_no_consent(practice):
    take("clients", "mrn,first,last,phone,safe_to_text\n1,A,B,2025550117,yes\n")
    assert Address.objects.count() == 1
    assert usable("1") == {}
