"""Locations and rooms from files: the shape every kind follows."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from core.actors import Actor, ActorKind
from core.refusals import NotAllowed
from core.sheets.trouble import SheetError
from practice.importing.giving import file_of
from practice.importing.kinds import kind_named
from practice.importing.running import Options, Outcome, import_file
from practice.models import AuditEntry, Change, Location, Room

pytestmark = pytest.mark.django_db
SYSTEM = Actor(kind=ActorKind.SYSTEM, via="command")
LOCATIONS = "Name,Address,Telehealth\nDowntown,12 Mill Lane,no\nVideo,,yes\n"


def take(kind: str, text: str | bytes, *, by: Actor = SYSTEM, **options) -> Outcome:
    raw = text if isinstance(text, bytes) else text.encode()
    return import_file(kind_named(kind), io.BytesIO(raw), by=by, options=Options(**options))


def test_rows_are_added_then_left_alone_then_changed(practice):
    assert take("locations", LOCATIONS).report.added == 2
    assert take("locations", LOCATIONS).report.unchanged == 2
    report = take("locations", LOCATIONS.replace("12 Mill", "14 Mill")).report
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    line = AuditEntry.objects.get(act="location.changed_by_import")
    assert line.after == {"fields": ["address"]}


def test_a_column_the_file_lacks_is_left_alone(practice):
    take("locations", LOCATIONS)
    take("locations", "name\nDowntown\n")
    assert Location.objects.get(name="Downtown").address == "12 Mill Lane"


def test_a_trial_and_a_bad_row_keep_nothing(practice):
    trial = take("locations", LOCATIONS, is_trial=True)
    bad = take("locations", LOCATIONS + "Third,,maybe\n")
    assert (trial.report.added, trial.is_kept, bad.is_kept) == (2, False, False)
    assert [(b.line, b.column, b.reason) for b in bad.report.bad] == [
        (4, "is_telehealth", "Write yes or no.")
    ]
    assert not Location.objects.exists()
    assert not Change.objects.exists()


def test_good_rows_can_be_taken_without_the_bad(practice):
    outcome = take("locations", LOCATIONS + "Third,,maybe\n", skip_bad=True)
    assert outcome.is_kept
    assert Location.objects.count() == 2


def test_what_only_the_database_refuses_is_named_by_line(practice):
    take("locations", LOCATIONS)
    rooms = "location,name,capacity\nDowntown,A,3\nDowntown,B,40000\nNowhere,C,3\n"
    outcome = take("rooms", rooms.replace("40000", "400"))
    assert [(b.line, b.column) for b in outcome.report.bad] == [(4, "location")]
    assert not Room.objects.exists()


def test_what_stands_reads_back_the_same(practice):
    take("locations", LOCATIONS.replace("12 Mill Lane", "=12 Mill Lane"))
    take("rooms", "location,name,equipment\nDowntown,A,couch; piano\n")
    files = {kind: "".join(file_of(kind_named(kind))) for kind in ("locations", "rooms")}
    assert "'=12 Mill Lane" in files["locations"]
    Room.objects.all().delete()
    Location.objects.all().delete()
    for kind, text in files.items():
        assert take(kind, text).is_kept
        assert "".join(file_of(kind_named(kind))) == text


def test_only_admins_import(practice, actor, front_desk):
    with pytest.raises(NotAllowed):
        take("locations", LOCATIONS, by=actor(front_desk))


def test_a_file_that_cannot_be_read_says_what_to_do(practice):
    with pytest.raises(SheetError, match="Excel workbook"):
        take("locations", b"PK\x03\x04rest")
    with pytest.raises(SheetError, match="no column for name"):
        take("locations", "address\nx\n")


def test_the_command(practice, tmp_path: Path, capsys):
    file = tmp_path / "locations.csv"
    file.write_text(LOCATIONS + "Third,,maybe\n")
    with pytest.raises(SystemExit):
        call_command("import_csv", "locations", file)
    assert "line 4, is_telehealth: Write yes or no." in capsys.readouterr().out
    call_command("import_csv", "locations", file, skip_bad=True)
    assert Location.objects.count() == 2
