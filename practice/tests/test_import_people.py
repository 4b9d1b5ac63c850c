"""Providers, clients, their contacts and every address: added, updated by record number, left alone."""

import pytest

from core.sheets.cells import UTC, Style
from core.sheets.columns import plain_header
from core.sheets.trouble import SheetError
from practice.importing.clients import step_past
from practice.importing.giving import file_of
from practice.importing.kinds import kind_named, kinds
from practice.importing.reach import PHONE, PHONE_2
from practice.models import Address, AuditEntry, Client, ClientContact, Location, Provider
from practice.operations.clients import next_record_number
from practice.tests.factories import (
    AddressFactory,
    ClientFactory,
    EmailFactory,
    LocationFactory,
    ProviderFactory,
)
from practice.tests.test_import_places import take

pytestmark = pytest.mark.django_db
PROVIDERS = (
    "record number,First name,Last name,Offices,Supervisor\n7,Maya,Smith,downtown; Video,Owen Brandt\n"
)
CLIENTS = (
    "MRN,First,Last,DOB,Mobile,Text OK,Home phone,E-mail,Therapist,Care team,Insurance\n"
    "101,Rita,Regular,1/2/1980,(202) 555-0117,yes,202-555-0118,Rita@Example.org,7,Owen Brandt,Aetna; Cigna\n"
    "102,Stan,Stranger,2/3/1990,,,,,,,\n"
)


def told(kind: str, text: str, **options) -> tuple[int, int, int]:
    outcome = take(kind, text, **options)
    assert outcome.report.bad == []
    return outcome.report.added, outcome.report.changed, outcome.report.unchanged


def file(kind: str) -> str:
    return "".join(file_of(kind_named(kind)))


def phones(client: Client) -> list[str]:
    return [address.value for address in client.addresses.filter(kind="phone")]


@pytest.fixture
def team(practice) -> Provider:
    for name in ("Downtown", "Video"):
        LocationFactory(name=name)
    ProviderFactory(first_name="Owen", last_name="Brandt", title="Dr.")
    assert told("providers", PROVIDERS) == (1, 0, 0)
    return Provider.objects.get(record_number="7")


@pytest.fixture
def rita(team) -> Client:
    assert told("clients", CLIENTS) == (2, 0, 0)
    return Client.objects.get(record_number="101")


def test_no_header_means_two_columns(practice):
    for kind in kinds():
        columns = kind.all_columns(Style(zone=UTC))
        names = [plain_header(name) for column in columns for name in {column.name, *column.also}]
        assert sorted(names) == sorted(set(names)), kind.name


# --- providers -----------------------------------------------------------------------------------


def test_a_provider_is_found_by_number_or_by_name(team):
    assert {place.name for place in team.locations.all()} == {"Downtown", "Video"}
    assert team.supervisor == Provider.objects.get(last_name="Brandt")
    assert told("providers", PROVIDERS) == (0, 0, 1)
    assert told("providers", PROVIDERS.replace("Maya", "May")) == (0, 1, 0)
    assert told("providers", "first_name,last_name,hue\nMAY,smith,Rose\n") == (0, 1, 0)
    assert told("providers", "record_number,first_name,last_name\n8,Owen,Brandt\n") == (0, 1, 0)
    assert told("providers", "record_number,first_name,last_name\n9,Owen,Brandt\n") == (1, 0, 0)
    team.refresh_from_db()
    assert (team.first_name, team.last_name, team.hue, team.record_number) == ("MAY", "smith", "rose", "7")


def test_a_supervisor_may_stand_further_down_and_alone_be_what_changed(practice):
    text = 'first_name,last_name,supervisor\nMaya,Smith,"Brandt, Owen"\nOwen,Brandt,\n'
    assert told("providers", text) == (2, 0, 0)
    assert Provider.objects.get(last_name="Smith").supervisor.last_name == "Brandt"
    assert told("providers", text.replace('"Brandt, Owen"', "")) == (0, 1, 1)
    assert AuditEntry.objects.filter(act="provider.changed_by_import").first().after == {
        "fields": ["supervisor_id"]
    }


# --- clients -------------------------------------------------------------------------------------


def test_clients_are_added_then_left_alone_then_changed(rita):
    assert (rita.first_name, rita.birth_on.isoformat(), rita.insurances) == (
        "Rita",
        "1980-01-02",
        ["Aetna", "Cigna"],
    )
    assert rita.primary_provider.last_name == "Smith"
    assert sorted(one.provider.last_name for one in rita.care_team.all()) == ["Brandt", "Smith"]
    assert phones(rita) == ["+12025550117", "+12025550118"]
    assert told("clients", CLIENTS) == (0, 0, 2)
    assert told("clients", CLIENTS.replace("Owen Brandt", "").replace("Aetna; ", "")) == (0, 1, 1)
    rita.refresh_from_db()
    assert (rita.insurances, rita.care_team.count()) == (["Cigna"], 1)
    line = AuditEntry.objects.get(act="client.changed_by_import")
    assert (line.subject_id, line.after) == (rita.pk, {"fields": ["care_team", "insurances"]})


def test_a_column_the_file_lacks_is_left_alone(rita):
    assert told("clients", "mrn,status\n101,Discharged\n") == (0, 1, 0)
    rita.refresh_from_db()
    assert (rita.status, rita.first_name, rita.care_team.count()) == ("discharged", "Rita", 2)
    with pytest.raises(SheetError, match="no column for first_name, and line 2 is a new client"):
        take("clients", "mrn,status\n103,Active\n")


def test_a_new_number_takes_the_place_of_the_old_and_is_safe_for_nothing(rita):
    first = rita.addresses.get(value="+12025550117")
    assert first.safe_to_text
    told("clients", "mrn,mobile\n101,2025550119\n")
    first.refresh_from_db()
    assert (first.value, first.safe_to_text, first.is_preferred) == ("+12025550119", False, True)


@pytest.mark.parametrize(
    ("cells", "after"),
    [
        ("2025550118,2025550117", ["+12025550118", "+12025550117"]),  # changed places
        ("2025550118,", ["+12025550118"]),
        (",2025550118", ["+12025550118"]),
        (",", []),
        ("2025550119,2025550117", ["+12025550119", "+12025550117"]),
        ("2025550119,2025550119", ["+12025550119"]),
        ("2025550117,2025550118", ["+12025550117", "+12025550118"]),
    ],
)
def test_two_columns_are_the_first_two_numbers(rita, cells, after):
    text = f"mrn,phone,phone_2\n101,{cells}\n"
    told("clients", text)
    assert phones(rita) == after
    assert told("clients", text) == (0, 0, 1)
    assert rita.addresses.filter(kind="email").count() == 1


def test_flags_alone_speak_of_the_number_that_stands(rita):
    assert told("clients", "mrn,safe_to_voicemail\n101,yes\n102,yes\n") == (0, 1, 1)
    assert rita.addresses.get(safe_to_voicemail=True).value == "+12025550117"


def test_somebody_who_looks_known_is_noted_not_refused(rita):
    text = (
        "mrn,first,last,dob,mobile\n201,Margherita,REGULAR,1980-01-02,\n202,Ann,Other,1980-01-02,2025550118\n"
        "203,Twin,Same,2000-01-01,\n204,Twin,Same,2000-01-01,\n"
    )
    report = take("clients", text).report
    assert report.added == 4
    assert [(note.line, note.column, note.reason.split(".")[0]) for note in report.notes] == [
        (2, "birth_on", "Same last name and birth date as client 101"),
        (3, "phone", "Same phone as client 101"),
        (5, "birth_on", "Same last name and birth date as client 203"),
    ]
    assert take("clients", text).report.notes == []


def test_new_clients_get_numbers_after_those_of_the_file(practice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        told("clients", "mrn,first,last\n20500,A,B\n00017,C,D\nX-99999999,E,F\n99999999999999,G,H\n")
    assert next_record_number() == "20501"
    step_past(5)
    assert next_record_number() == "20502"


def test_the_queries_do_not_grow_with_the_rows(team, django_assert_max_num_queries):
    def text(first: int, count: int) -> str:
        about = ",7,Owen Brandt,"
        lines = (
            f"{n},A,B{n},1/2/1980,202555{n % 10000:04},yes,,p{n}@example.org{about}\n"
            for n in range(first, first + count)
        )
        return CLIENTS.splitlines()[0] + "\n" + "".join(lines)

    for first, count in ((1000, 3), (2000, 60)):
        with django_assert_max_num_queries(45):
            told("clients", text(first, count))


# --- contacts and addresses ----------------------------------------------------------------------

CONTACTS = (
    "mrn,name,relationship,may_receive,valid from,custody note,phone,safe_to_text\n"
    "101,Ann Regular,Legal guardian,yes,2026-01-05,=Only by day,2025550199,yes\n"
)


def test_contacts_are_added_then_left_alone_then_changed(rita):
    assert told("contacts", CONTACTS) == (1, 0, 0)
    assert told("contacts", CONTACTS.replace("Ann Regular", "ANN  regular")) == (0, 1, 0)
    assert told("contacts", CONTACTS) == (0, 1, 0)
    assert told("contacts", CONTACTS) == (0, 0, 1)
    assert told("contacts", CONTACTS.replace("by day", "by night").replace("0199", "0198")) == (0, 1, 0)
    contact = ClientContact.objects.get()
    assert (contact.custody_note, contact.relationship, contact.may_receive, contact.may_cancel) == (
        "=Only by night", "guardian", True, False,
    )  # fmt: skip
    assert [(one.value, one.safe_to_text) for one in contact.addresses.all()] == [("+12025550198", True)]
    changes = AuditEntry.objects.filter(act="clientcontact.changed_by_import")
    assert changes.first().after == {"fields": ["custody_note", "phone"]}


def test_addresses_go_to_the_client_or_a_contact(rita):
    told("contacts", CONTACTS)
    text = (
        "client,contact,kind,value,label,preferred,safe_to_voicemail,verified_at\n"
        "101,,Phone,2025550117,Work,yes,no,2026-11-02 10:00\n"
        "101,,Phone,2025550120,,no,yes,\n"
        "101,ann regular,email,Ann@Example.org,,yes,no,\n"
    )
    assert told("addresses", text) == (2, 1, 0)
    assert told("addresses", text) == (0, 0, 3)
    assert phones(rita) == ["+12025550117", "+12025550118", "+12025550120"]
    assert rita.addresses.get(label="Work").verified_at.isoformat() == "2026-11-02T15:00:00+00:00"
    assert Address.objects.get(contact__name="Ann Regular", kind="email").value == "ann@example.org"


# --- out and in again ----------------------------------------------------------------------------


def test_what_stands_reads_back_the_same(rita, team):
    told("contacts", CONTACTS + "101,=Bob,partner,no,,\"Two\r\nlines; 'quoted'\",,\n102,Ann Regular,,,,,,\n")
    Provider.objects.filter(pk=team.pk).update(specialties=["EMDR; grief", "-x"], max_per_day=0)
    Client.objects.filter(pk=rita.pk).update(
        alert_banner='\'=see, "notes"', contact_from="09:00", contact_until="17:30"
    )
    Location.objects.filter(name="Video").update(name="Video; both")
    ClientFactory(record_number="9")
    AddressFactory(client=rita, value="+12025550140")
    AddressFactory(
        client=rita, value="+12025550141", is_preferred=True, verified_at="2026-01-01T00:00:00.000123Z"
    )
    EmailFactory(client=rita, value="b@example.org", label="Office")
    names = ("locations", "providers", "clients", "contacts", "addresses")
    files = {name: file(name) for name in names}
    assert [line.split(",")[0] for line in files["clients"].splitlines()] == [
        "record_number",
        "9",
        "101",
        "102",
    ]
    for model in (Client, Provider, Location):
        model.objects.all().delete()
    for name, text in files.items():
        told(name, text)
    assert {name: file(name) for name in names} == files
    for name, text in files.items():
        assert told(name, text)[:2] == (0, 0), name


def test_an_export_asks_no_more_for_more_rows(rita, django_assert_max_num_queries):
    for n in range(20):
        client = ClientFactory(primary_provider=rita.primary_provider)
        AddressFactory(client=client, value=f"+1202555{n:04}")
        client.care_team.create(provider=rita.primary_provider)
    for name, most in (("providers", 3), ("clients", 6), ("contacts", 3), ("addresses", 2)):
        with django_assert_max_num_queries(most):
            assert file(name)


def test_the_columns_of_a_slot_are_named_once():
    assert not set(PHONE.about) & set(PHONE_2.about)
