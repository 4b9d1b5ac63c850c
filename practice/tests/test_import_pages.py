"""Import and export by page: choosing a file, seeing how it is read, trying it, taking it in."""

import datetime as dt
import io
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.sheets.looking import DayOrder, look
from core.sheets.trouble import SheetError
from practice.forms.imports import MOST_BYTES, CheckForm
from practice.importing.carrying import run_waiting
from practice.importing.kinds import Kind, kind_named, kinds
from practice.models import AuditEntry, Change, Location, Room, Run
from practice.states import RunState
from practice.tests.factories import LocationFactory, RunFactory
from practice.views.import_runs import import_progress

pytestmark = pytest.mark.django_db
LIST = reverse("practice:import")
PLACES = "Name,Address,Video?\nDowntown,12 Mill Lane,no\nVideo,,yes\n"


def upload(browser, text: str | bytes, *, kind: str = "locations", name: str = "places.csv", change_id=None):
    raw = text if isinstance(text, bytes) else text.encode()
    facts = {"change_id": change_id or uuid.uuid4(), "file": SimpleUploadedFile(name, raw)}
    return browser.post(reverse("practice:import-upload", args=[kind]), facts)


def run_of(answer) -> Run:
    assert answer.status_code == 302, answer.content.decode()
    return Run.objects.get(pk=answer["Location"].strip("/").split("/")[-1])


def asked(browser, run: Run, act: str, **differs) -> dict:
    """What the page's form would post, with some of it changed."""
    page = browser.get(page_of(run)).context["form"]
    values = {bound.html_name: bound.value() for bound in page}
    values = {name: value for name, value in values.items() if value not in (None, False)}
    return {**values, **differs, "act": act}


def press(browser, run: Run, act: str, **differs):
    return browser.post(page_of(run), asked(browser, run, act, **differs))


def page_of(run: Run) -> str:
    return reverse("practice:import-run", args=[run.pk])


@pytest.fixture
def admin(signed_in, admin_user):
    return signed_in(admin_user)


def test_the_list_shows_kinds_in_order_and_how_many_stand(admin):
    LocationFactory.create_batch(2)

    page = admin.get(LIST).content.decode()

    found = re.findall(r'<th scope="row">(\w+).*?class="num">(\d*)<', page, re.DOTALL)
    assert found[:2] == [("Locations", "2"), ("Rooms", "0")]
    assert "Nothing was imported yet" in page


def test_settings_lists_the_page_and_marks_it(admin, signed_in, front_desk):
    page = admin.get(LIST).content.decode()

    assert f'<a href="{LIST}" aria-current="page">Import and export</a>' in page
    assert re.search(r'aria-current="page">Settings<', page)
    assert LIST not in signed_in(front_desk).get(reverse("practice:client-list")).content.decode()


def test_export_is_the_file_and_an_act_on_record(admin):
    LocationFactory(name="=Downtown")

    answer = admin.get(reverse("practice:import-export", args=["locations"]))

    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines()[1].startswith("'=Downtown,")
    assert re.fullmatch(
        r'attachment; filename="locations-\d{4}-\d\d-\d\d\.csv"', answer["Content-Disposition"]
    )
    assert AuditEntry.objects.get(act="data.exported").after == {"kind": "locations"}


def test_a_template_is_the_header_alone(admin):
    answer = admin.get(reverse("practice:import-template", args=["rooms"]))

    text = b"".join(answer.streaming_content).decode()
    assert text == "location,name,capacity,equipment,is_accessible,cleaning_minutes,is_active\r\n"


@pytest.mark.parametrize("name", ["import-upload", "import-export", "import-template"])
def test_an_unknown_kind_is_no_such_thing(admin, name):
    assert admin.get(reverse(f"practice:{name}", args=["gossip"])).status_code == 404


def test_an_upload_is_kept_encrypted_and_only_once(admin, admin_user):
    same = uuid.uuid4()

    first, second = (upload(admin, PLACES, change_id=same) for _ in range(2))

    run = run_of(first)
    assert (first["Location"], Run.objects.count()) == (second["Location"], 1)
    assert (run.state, run.by, run.file, run.file_name, run.total) == (
        RunState.UPLOADED, admin_user, PLACES.encode(), "places.csv", 3,
    )  # fmt: skip
    raw = Run.objects.raw("SELECT id, convert_from(file, 'UTF8') sealed, file_name fn FROM practice_run")[0]
    assert ("Downtown" in raw.sealed, "places" in raw.fn) == (False, False)
    assert AuditEntry.objects.filter(act="import.uploaded").count() == 1


def test_the_same_form_with_another_file_is_refused_and_may_be_sent_again(admin):
    same = uuid.uuid4()
    upload(admin, PLACES, change_id=same)

    answer = upload(admin, "name\nOther\n", change_id=same)

    assert answer.status_code == 422
    assert "already used for something else" in answer.content.decode()
    assert str(same) not in answer.content.decode()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"PK\x03\x04rest", "This is an Excel workbook."),
        (b"%PDF-1.7 x", "This is not a file of rows."),
        (b"\x89PNG\r\n", "This is not a file of rows."),
        (b"", "The file is empty."),
        (b"\n\n", "no line with the names"),
        (b"name,Name\na,b\n", "Two columns are headed"),
        ("名,名\na,b\n".encode(), "Two columns are headed"),
    ],
)
def test_what_is_no_file_of_rows_is_refused_beside_its_field(admin, raw, words):
    answer = upload(admin, raw)

    assert answer.status_code == 422
    assert words in answer.context["form"].errors["file"][0]
    assert not Run.objects.exists()


def test_no_file_at_all(admin):
    answer = admin.post(reverse("practice:import-upload", args=["rooms"]), {"change_id": uuid.uuid4()})

    assert answer.context["form"].errors == {"file": ["Choose a file."]}


def test_a_file_that_is_too_large_is_refused_beside_its_field(admin):
    answer = upload(admin, b"name\n" + b"x" * MOST_BYTES)

    assert answer.status_code == 422
    assert "50.0 MB; at most 50 MB fit" in answer.context["form"].errors["file"][0]


def test_the_check_shows_how_the_file_is_read(admin):
    run = run_of(upload(admin, "sep=;\r\nName;Address;Phoné\r\nCafé;1.2.2026;\r\n".encode("cp1252")))

    page = admin.get(page_of(run)).content.decode()

    for shown in (
        '<option value="cp1252" selected>Windows-1252</option>',
        '<option value="semicolon" selected>semicolons</option>',
        '<option value="America/New_York" selected>America/New_York</option>',
        "It is not UTF-8, so this is the likeliest.",
        "<samp>Café;1.2.2026;</samp>",
        "Columns of the file that nobody reads: <strong>Phoné</strong>",
        "Line 3 has one that can be read both ways",
        '<option value="" selected>Choose …</option>',
    ):
        assert shown in page


def test_what_can_be_read_two_ways_must_be_said(admin):
    run = run_of(upload(admin, "name,address\nA,3/4/2026\n"))

    refused = press(admin, run, "try")
    taken = press(admin, run, "try", day_order="day")

    assert refused.context["form"].errors == {"day_order": ["Say which comes first."]}
    assert taken.status_code == 302
    run.refresh_from_db()
    assert run.options["day_first"] is True


def test_a_file_with_two_possible_delimiters_is_asked_about(admin):
    run = run_of(upload(admin, "name,address;phone\nA,b;\n"))

    first = admin.get(page_of(run))
    again = admin.post(page_of(run), {"act": "read", "delimiter": "semicolon", "encoding": ""})

    assert "The first line could be separated by commas or semicolons." in first.content.decode()
    assert first.context["form"].mapping_rows == []
    assert again.context["form"].seen.header == ["name,address", "phone"]
    assert "As you chose." in again.content.decode()


def test_an_encoding_that_does_not_fit_says_so(admin):
    run = run_of(upload(admin, "name\nCafé\n".encode("cp1252") + b"\x81\x8d\n"))

    page = admin.get(page_of(run)).content.decode()
    unknown = press(admin, run, "try", encoding="latin-9", headers="")

    assert "The file is not UTF-8 or Windows-1252." in page
    assert "encoding" in unknown.context["form"].errors


def test_columns_are_matched_by_name_and_can_be_chosen(admin):
    run = run_of(upload(admin, PLACES))

    form = admin.get(page_of(run)).context["form"]
    chosen = admin.post(page_of(run), asked(admin, run, "read", map_is_telehealth="2")).context["form"]

    found = {row.column.name: (row.bound.value(), row.sample) for row in form.mapping_rows}
    assert (found["name"], found["address"], found["is_telehealth"]) == (
        ("0", "Downtown"), ("1", "12 Mill Lane"), ("", ""),
    )  # fmt: skip
    assert (form.unread, chosen.unread) == (["Video?"], [])
    assert [row.sample for row in chosen.mapping_rows if row.column.name == "is_telehealth"] == ["no"]


def test_a_required_column_without_a_header_is_named(admin):
    run = run_of(upload(admin, "Place,Address\nDowntown,x\n"))

    answer = press(admin, run, "import", skip_bad="on", zone="Europe/Berlin")

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"map_name": ["This column must be there. Say where it stands."]}
    kept = answer.content.decode()  # what was chosen stands
    assert 'value="Europe/Berlin" selected' in kept
    assert re.search(r'name="skip_bad"[^>]* checked', kept)


def test_a_header_without_latin_letters_can_be_chosen(admin):
    run = run_of(upload(admin, "番号,名前\n1,Downtown\n"))

    press(admin, run, "import", map_name="1")
    run_waiting()

    assert Location.objects.get().name == "Downtown"


def test_another_way_to_split_the_lines_asks_to_look_again(admin):
    run = run_of(upload(admin, "name,a;b;c\nA,x;y;z\n"))

    answer = press(admin, run, "import", delimiter="comma", map_name="0")

    assert "It reads differently now." in answer.content.decode()
    assert answer.context["form"].initial["map_name"] == "0"
    run.refresh_from_db()
    assert run.state == RunState.UPLOADED


def test_a_trial_then_the_import(admin):
    run = run_of(upload(admin, PLACES))

    press(admin, run, "try", map_is_telehealth="2")
    waiting = admin.get(page_of(run)).content.decode()
    run_waiting()
    tried = admin.get(page_of(run)).content.decode()
    nothing = Location.objects.exists()
    press(admin, run, "import")
    run_waiting()
    done = admin.get(page_of(run)).content.decode()

    assert ("Waiting for its turn" in waiting, nothing) == (True, False)
    assert "Tried: every row can be taken" in tried
    assert "All rows are in the practice" in done
    assert list(Location.objects.values_list("name", "is_telehealth")) == [
        ("Downtown", False),
        ("Video", True),
    ]
    run.refresh_from_db()
    assert (run.state, run.file, run.change.act) == (RunState.DONE, None, "import.locations")


def test_import_pressed_twice_imports_once(admin):
    run = run_of(upload(admin, PLACES))
    facts = asked(admin, run, "import")

    for _ in range(2):
        assert admin.post(page_of(run), facts).status_code in {200, 302}
    run_waiting()
    assert admin.post(page_of(run), facts).status_code == 302

    assert Change.objects.filter(act="import.asked").count() == 1
    assert Change.objects.filter(act="import.locations").count() == 1


def test_bad_rows_are_shown_and_can_be_downloaded(admin):
    run = run_of(upload(admin, "name,telehealth\nA,maybe\nB,no\n,yes\n"))
    press(admin, run, "import")
    run_waiting()

    page = admin.get(page_of(run)).content.decode()
    rows = b"".join(admin.get(reverse("practice:import-bad", args=[run.pk])).streaming_content).decode()

    assert "2 rows cannot be taken" in page
    assert rows.splitlines() == [
        "line,column,reason",
        "2,is_telehealth,Write yes or no.",
        "4,name,This must be filled in.",
    ]
    assert not Location.objects.exists()
    assert reverse("practice:import-upload", args=["locations"]) in page


def test_no_reason_runs_as_a_formula(admin, admin_user):
    run = RunFactory(by=admin_user, state=RunState.REFUSED, results={"bad": [[2, "=x", "@SUM(A1)"]]})

    rows = b"".join(admin.get(reverse("practice:import-bad", args=[run.pk])).streaming_content).decode()

    assert rows.splitlines()[1] == "2,'=x,'@SUM(A1)"


def test_what_is_only_worth_a_look_is_told_apart(admin, admin_user):
    results = {
        "is_kept": True,
        "added": 2,
        "bad": [],
        "notes": [[1, "phone", "Ours."], [3, "", "=Look"]] * 60,
    }
    run = RunFactory(by=admin_user, state=RunState.DONE, results=results)

    page = admin.get(page_of(run)).content.decode()
    rows = admin.get(reverse("practice:import-bad", args=[run.pk]), {"what": "notes"})

    assert (page.count("import__look"), "And 20 more in the CSV." in page) == (100, True)
    assert b"".join(rows.streaming_content).decode().splitlines()[1:3] == ["1,phone,Ours.", "3,,'=Look"]


def test_bad_rows_come_by_the_hundred(admin, admin_user):
    bad = [[n, "name", "No."] for n in range(2, 252)]
    run = RunFactory(
        by=admin_user, state=RunState.REFUSED, results={"bad": bad, "added": 0, "bad_lines": 250}
    )

    last = admin.get(page_of(run), {"page": 3}).content.decode()

    assert (last.count('<td class="import__reason">'), "201–250 of 250 reasons" in last) == (50, True)


def test_stopping_while_it_waits_and_throwing_a_file_away(admin):
    run, other = (run_of(upload(admin, PLACES)) for _ in range(2))
    press(admin, run, "import")

    for one in (run, other):
        admin.post(reverse("practice:import-stop", args=[one.pk]))
        one.refresh_from_db()

    assert [(one.state, one.file) for one in (run, other)] == [(RunState.CANCELLED, None)] * 2
    assert "It was never started." in admin.get(page_of(run)).content.decode()


def test_progress_answers_with_the_bar_and_at_the_end_with_the_page(admin, admin_user):
    run = RunFactory(by=admin_user, state=RunState.RUNNING, total=400)
    address, htmx = reverse("practice:import-progress", args=[run.pk]), {"HX-Request": "true"}

    under_way = admin.get(address, headers=htmx)
    Run.objects.update(cancel_asked_at=run.created_at)
    stopping = admin.get(address, headers=htmx).content.decode()
    Run.objects.update(state=RunState.CANCELLED)
    ended = admin.get(address, headers=htmx)

    assert 'hx-trigger="every 1s"' in under_way.content.decode()
    assert ("<html" in under_way.content.decode(), "Stopping" in stopping) == (False, True)
    assert ended["HX-Redirect"] == page_of(run)
    assert admin.get(address)["Location"] == page_of(run)


def test_progress_never_keeps_a_session_alive():
    assert import_progress.is_poll


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_however_long(admin, admin_user, rows, django_assert_num_queries):
    for n in range(rows):
        RunFactory(by=admin_user, state=RunState.DONE, file=b"x", results={"added": n, "bad": []})
    admin.get(LIST)

    with django_assert_num_queries(4 + sum(1 for kind in kinds() if kind.stands)):
        admin.get(LIST)


def test_consent_is_asked_about_people_and_needs_words_and_a_day(practice):
    seen = look(io.BytesIO(b"name\nA\n"))
    people = Kind(
        **{name: getattr(kind_named("locations"), name) for name in Kind.__slots__} | {"name": "clients"}
    )
    facts = {
        "change_id": uuid.uuid4(), "headers": 1, "encoding": "utf-8", "delimiter": "comma", "day_order": "month",
        "zone": "America/New_York", "map_name": "0", "is_attested": "on", "attested_wording": "",
    }  # fmt: skip

    empty = CheckForm(facts, kind=people, practice=practice, seen=seen)
    late = CheckForm(
        facts | {"attested_on": "2999-01-01", "attested_wording": "x"},
        kind=people,
        practice=practice,
        seen=seen,
    )
    full = CheckForm(
        facts | {"attested_on": "2026-01-02", "attested_wording": "x"},
        kind=people,
        practice=practice,
        seen=seen,
    )

    assert practice.name in CheckForm(kind=people, practice=practice, seen=seen)["attested_wording"].value()
    assert set(empty.errors) == {"attested_wording", "attested_on"}
    assert late.errors == {"attested_on": ["This day is still to come."]}
    assert full.is_valid()
    assert full.options(is_trial=True).attested.on == dt.date(2026, 1, 2)
    assert "is_attested" not in CheckForm(kind=kind_named("rooms"), practice=practice, seen=seen).fields


@pytest.mark.parametrize(
    ("days", "order"),
    [
        ([], DayOrder.NONE),
        (["2026-12-31", "31/31/2026"], DayOrder.NONE),
        (["3/4/2026"], DayOrder.EITHER),
        (["3/4/2026", "12/31/2026"], DayOrder.MONTH_FIRST),
        (["3/4/2026 14:30", "31.12.2026 9:00"], DayOrder.DAY_FIRST),
        (["12/31/2026", "31/12/2026"], DayOrder.MIXED),
    ],
)
def test_the_order_of_days_is_told_by_the_file_or_asked_for(days, order):
    assert look(io.BytesIO("\n".join(["day", *days]).encode())).order == order


def test_a_look_says_what_reading_would():
    with pytest.raises(SheetError, match="not closed"):
        look(io.BytesIO(b'"name\nA\n'))


def test_rooms_by_page_build_on_locations(admin):
    LocationFactory(name="Downtown")
    run = run_of(upload(admin, "Office,Room,Seats\nDowntown,A,4\n", kind="rooms"))

    press(admin, run, "import")
    run_waiting()

    assert list(Room.objects.values_list("name", "capacity")) == [("A", 4)]
