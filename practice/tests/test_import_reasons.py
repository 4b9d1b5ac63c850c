"""Every reason a line can be refused for, and that whatever a file says, nothing is half written."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import Actor, ActorKind
from core.sheets.trouble import SheetError
from practice.importing.kinds import kind_named
from practice.importing.running import Options, import_file
from practice.models import (
    Address,
    AuditEntry,
    CareTeam,
    Change,
    Client,
    ClientContact,
    Location,
    Provider,
    Room,
)
from practice.tests.factories import (
    ClientContactFactory,
    ClientFactory,
    LocationFactory,
    PracticeFactory,
    ProviderFactory,
    RoomFactory,
)
from practice.tests.test_import_places import take
from tests.examples import examples

pytestmark = pytest.mark.django_db
SYSTEM = Actor(kind=ActorKind.SYSTEM, via="command")
TABLES = (Location, Room, Provider, Client, ClientContact, Address, CareTeam, AuditEntry, Change)
NO_PHONE = (
    "That is not a phone number. Write it like (202) 555-0117, or with its country code: +1 202 555 0117."
)
# kind, header, the line, column, reason; what stands is in `known`.
REASONS = [
    ("clients", "mrn,first,last", ",A,B", "record_number", "This must be filled in."),
    (
        "clients",
        "mrn,first,last",
        "123456789012345678901,A,B",
        "record_number",
        "It has 21 characters; at most 20 fit.",
    ),
    ("clients", "mrn,first,last", "2,,B", "first_name", "This must be filled in."),
    ("clients", "mrn,first,last", "1,A,", "last_name", "This must be filled in."),
    ("clients", "mrn,first,last", "2,A,B,C", "", "The line has 4 cells, the header 3. Is a cell not quoted?"),
    (
        "clients",
        "mrn,first,last",
        '2,"A,B',
        "",
        "A quotation mark in this line has no pair, or a cell is far too long.",
    ),
    (
        "clients",
        "mrn,first,last",
        "2,A\x00,B",
        "first_name",
        "It holds a character no text may have. Type it again.",
    ),
    (
        "clients",
        "mrn,first,last,dob",
        "2,A,B,31/12/1980",
        "birth_on",
        "There is no such date. If days come before months, say so for the whole file.",
    ),
    (
        "clients",
        "mrn,first,last,dob",
        "2,A,B,May 1980",
        "birth_on",
        "Write a date like 2026-12-31 or 12/31/2026.",
    ),
    ("clients", "mrn,first,last,dob", "2,A,B,2400-01-01", "birth_on", "This day has not come yet."),
    ("clients", "mrn,first,last,dob", "2,A,B,1080-01-01", "birth_on", "This is more than 130 years ago."),
    ("clients", "mrn,first,last,cell", "2,A,B,none", "phone", NO_PHONE),
    ("clients", "mrn,first,last,cell", "2,A,B,2", "phone", NO_PHONE),
    (
        "clients",
        "mrn,first,last,cell",
        "2,A,B,(000) 555-0117",
        "phone",
        NO_PHONE.replace("That is not a phone number", "No phone can have that number"),
    ),
    (
        "clients",
        "mrn,first,last,cell",
        "2,A,B,2.03E+09",
        "phone",
        NO_PHONE.replace(
            "That is not a phone number.", "A spreadsheet has rounded this number. Format the column as text."
        ),
    ),
    ("clients", "mrn,first,last,home phone", "2,A,B,x", "phone_2", NO_PHONE),
    (
        "clients",
        "mrn,first,last,e-mail",
        "2,A,B,a@b",
        "email",
        "Write an email address like name@example.org.",
    ),
    ("clients", "mrn,first,last,ok to text", "2,A,B,perhaps", "safe_to_text", "Write yes or no."),
    (
        "clients",
        "mrn,first,last,timezone",
        "2,A,B,Eastern",
        "zone",
        "Write a time zone like America/New_York.",
    ),
    (
        "clients",
        "mrn,first,last,language",
        "2,A,B,Elvish",
        "language",
        "Write a language or its code, like Spanish or es.",
    ),
    (
        "clients",
        "mrn,first,last,preferred contact",
        "2,A,B,Pigeon",
        "preferred_channel",
        "Write one of sms, email, voice, portal.",
    ),
    (
        "clients",
        "mrn,first,last,status",
        "2,A,B,Gone",
        "status",
        "Write one of active, waiting, inactive, discharged.",
    ),
    (
        "clients",
        "mrn,first,last,contact_from",
        "2,A,B,9:00",
        "contact_until",
        "Write both times, the second later; or leave both empty.",
    ),
    (
        "clients",
        "mrn,first,last,contact_from",
        "2,A,B,25:00",
        "contact_from",
        "There is no such time of day.",
    ),
    (
        "clients",
        "mrn,first,last,therapist",
        "2,A,B,Nobody",
        "primary_provider",
        "There is no provider with this record number or name. Import providers first.",
    ),
    (
        "clients",
        "mrn,first,last,therapist",
        "2,A,B,Pat Lee",
        "primary_provider",
        "Several providers have this name. Write a record number.",
    ),
    (
        "clients",
        "mrn,first,last,care team",
        "2,A,B,P1; Nobody",
        "care_team",
        "There is no provider with this record number or name. Import providers first.",
    ),
    ("clients", "mrn,first,last", "2,A,B\n2,C,D", "record_number", "Line 2 has this record number already."),
    ("providers", "first,last", ",B", "first_name", "This must be filled in."),
    (
        "providers",
        "first,last",
        "A,B\nA,B",
        "last_name",
        "Line 2 has this name already. Two of one name both need a record number.",
    ),
    (
        "providers",
        "npi,first,last",
        "5,A,B\n5,C,D",
        "record_number",
        "Line 2 has this record number already.",
    ),
    (
        "providers",
        "first,last",
        "Pat,Lee",
        "last_name",
        "Several providers have this name. Give the line a record number.",
    ),
    (
        "providers",
        "first,last,offices",
        "A,B,Nowhere",
        "locations",
        "There is no location “Nowhere”. Import locations first.",
    ),
    (
        "providers",
        "first,last,supervisor",
        "A,B,Nobody",
        "supervisor",
        "There is no provider with this record number or name. Import providers first.",
    ),
    ("providers", "first,last,supervisor", "A,B,A B", "supervisor", "Nobody supervises themselves."),
    (
        "providers",
        "first,last,video link",
        "A,B,javascript:1",
        "telehealth_link",
        "Write a web address like https://example.org/room.",
    ),
    (
        "providers",
        "first,last,max_per_day",
        "A,B,many",
        "max_per_day",
        "Write a whole number from 0 to 32767.",
    ),
    (
        "providers",
        "first,last,colour",
        "A,B,beige",
        "hue",
        "Write one of teal, indigo, olive, rose, slate, amber, plum, sky.",
    ),
    (
        "contacts",
        "mrn,name",
        "2,Ann",
        "client",
        "There is no client with this record number. Import clients first.",
    ),
    ("contacts", "mrn,name", "1,", "name", "This must be filled in."),
    (
        "contacts",
        "mrn,name",
        "1,Two",
        "name",
        "This client has two contacts of this name. Tell their names apart first.",
    ),
    ("contacts", "mrn,name", "1,Ann\n1,ANN", "name", "Line 2 has this contact already."),
    (
        "contacts",
        "mrn,name,relation",
        "1,Ann,boss",
        "relationship",
        "Write one of parent, guardian, partner, relative, other.",
    ),
    (
        "contacts",
        "mrn,name,valid from,valid until",
        "1,Ann,2026-02-01,2026-01-01",
        "valid_until_on",
        "The last day comes before the first.",
    ),
    (
        "addresses",
        "mrn,kind,value",
        "2,phone,2025550117",
        "client",
        "There is no client with this record number. Import clients first.",
    ),
    ("addresses", "mrn,kind,value", "1,fax,2025550117", "kind", "Write one of phone, email."),
    (
        "addresses",
        "mrn,kind,value",
        "1,email,2025550117",
        "value",
        "Write an email address like name@example.org.",
    ),
    (
        "addresses",
        "mrn,kind,value",
        "1,phone,2025550117\n1,phone,(202) 555-0117",
        "value",
        "Line 2 has this address already.",
    ),
    (
        "addresses",
        "mrn,contact,kind,value",
        "1,Bob,phone,2025550117",
        "contact",
        "This client has no contact of this name. Import contacts first.",
    ),
    (
        "addresses",
        "mrn,contact,kind,value",
        "1,Two,phone,2025550117",
        "contact",
        "This client has two contacts of this name. Tell their names apart first.",
    ),
    (
        "addresses",
        "mrn,kind,value,verified_at",
        "1,phone,2025550117,2026-11-02",
        "verified_at",
        "Write date and time, like 2026-11-30 14:30.",
    ),
]


@pytest.fixture
def known(practice) -> None:
    client = ClientFactory(record_number="1")
    for _ in range(2):
        ClientContactFactory(client=client, name="Two")
        ProviderFactory(first_name="Pat", last_name="Lee")
    ProviderFactory(record_number="P1")


@pytest.mark.parametrize(("kind", "header", "line", "column", "reason"), REASONS)
def test_a_bad_line_says_where_and_why(known, kind, header, line, column, reason):
    before = [model.objects.count() for model in TABLES]

    outcome = take(kind, f"{header}\n{line}\n")

    number = 2 + line.count("\n")
    assert [(bad.line, bad.column, bad.reason) for bad in outcome.report.bad] == [(number, column, reason)]
    assert not outcome.is_kept
    assert [model.objects.count() for model in TABLES] == before


def test_thirty_bad_lines_give_thirty_reasons_beside_the_good_ones(known):
    wide = ["mrn", "first", "last", "dob", "cell", "home phone", "e-mail", "ok to text", "timezone", "language",
            "preferred contact", "status", "contact_from", "therapist", "care team"]  # fmt: skip
    cells = [
        (header.split(",")[-1], line.split(",")[-1], column)
        for kind, header, line, column, _ in REASONS
        if kind == "clients" and header.count(",") == 3
    ]
    lines, wanted = [",".join(wide)], []
    for n, (head, cell, column) in enumerate(cells * 2):
        row = dict.fromkeys(wide, "") | {"mrn": str(100 + n), "first": "A", "last": "B", head: cell}
        lines += [",".join(row.values()), f"{500 + n},Good,Line"]
        wanted.append((2 + 2 * n, column))

    outcome = take("clients", "\n".join(lines), skip_bad=True)

    assert len(wanted) >= 30
    assert [(bad.line, bad.column) for bad in outcome.report.bad] == wanted
    assert (outcome.report.added, Client.objects.filter(first_name="Good").count()) == (
        len(wanted),
        len(wanted),
    )


def test_what_only_the_database_refuses_is_found_among_many(known):
    """An address longer than its column once in lower case, in the middle of a batch."""
    lines = [f"{n},A,B{n},a{n}@example.org" for n in range(10, 40)]
    lines[17] = f"27,A,B,{'İ' * 242}@example.org"

    outcome = take("clients", "mrn,first,last,email\n" + "\n".join(lines), skip_bad=True)

    assert [(bad.line, bad.reason.split(":")[0]) for bad in outcome.report.bad] == [
        (19, "The database refuses this row")
    ]
    assert (outcome.report.added, Client.objects.count(), Address.objects.count()) == (29, 30, 29)
    assert AuditEntry.objects.filter(act="client.imported").count() == 29


# --- whatever a file says ------------------------------------------------------------------------

HEADS = {
    "clients": "record_number,first_name,last_name,birth_on,phone,phone_2,email,zone,contact_from,contact_until,status",
    "rooms": "location,name,capacity,equipment,is_accessible,cleaning_minutes,is_active",
    "providers": "record_number,first_name,last_name,locations,supervisor,max_per_day",
    "contacts": "client,name,relationship,valid_from_on,custody_note,phone",
    "addresses": "client,contact,kind,value,is_preferred,verified_at",
}
CELL = st.one_of(
    st.sampled_from(["", "1", "2", "P1", "Two", "Main", "yes", "active", "phone", "email", "2025550117", "a@b.org",
                     "1980-01-02", "9999-12-31", "9999-12-31 23:59", "0001-01-01 00:00", "9:00", "25:00", "=1", "'"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip


def rows_of(table) -> list:
    return sorted(map(str, table.objects.values_list()))


@settings(max_examples=examples(30, ci=500), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(sorted(HEADS)), skip_bad=st.booleans(), is_trial=st.booleans())
def test_no_file_is_half_written_or_makes_a_traceback(db, data, kind, skip_bad, is_trial):
    PracticeFactory()
    if not Location.objects.exists():
        RoomFactory(location=LocationFactory(name="Main"), name="1")
        ClientContactFactory(client=ClientFactory(record_number="1"), name="Two")
        ProviderFactory(record_number="P1")
    width = HEADS[kind].count(",") + 1
    lines = data.draw(st.lists(st.lists(CELL, max_size=width + 1), max_size=6))
    text = "\n".join([HEADS[kind], *(",".join(cells) for cells in lines), data.draw(st.text(max_size=5))])
    before = [rows_of(table) for table in TABLES]
    options = Options(skip_bad=skip_bad, is_trial=is_trial, delimiter=",")
    try:
        raw = text.encode(errors="replace")
        outcome = import_file(kind_named(kind), io.BytesIO(raw), by=SYSTEM, options=options)
    except SheetError:
        outcome = None

    is_kept = outcome is not None and outcome.is_kept
    assert is_kept or [rows_of(table) for table in TABLES] == before
    assert not (is_kept and (is_trial or (outcome.report.bad and not skip_bad)))
