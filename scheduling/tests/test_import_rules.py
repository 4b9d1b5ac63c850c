"""Whatever `book` would say of a visit, the importer says of a row; and nobody waits for a trial."""

import io

import pytest
from django.db import OperationalError, connection

from core import clock
from core.refusals import Severity
from practice.importing.kinds import kind_named
from practice.importing.running import Options, Watch, import_file
from practice.models import RoomOutage
from practice.states import ClientStatus
from practice.tests.factories import LocationFactory, RoomFactory
from practice.tests.files import SYSTEM, reasons, sheet, take
from scheduling.importing.ahead import asked, book_of
from scheduling.importing.reading import Catalogue
from scheduling.models import Appointment, ProviderDay
from scheduling.queries.many import Asked, Ledger
from scheduling.queries.problems import problems_with
from scheduling.rules.problems import problems
from scheduling.tests.conftest import at
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory
from scheduling.tests.troubles import TROUBLES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

START = "2026-12-01 14:00"


def busy(clinic, hour=14, **other):
    """On the first of December, where the row wants to go."""
    starts_at = at(hour).replace(month=12, day=1)
    return AppointmentFactory(type=clinic.type, starts_at=starts_at, **other)


def archived(clinic) -> dict:
    clinic.type.is_active = False
    clinic.type.save()
    return {}


def other_way(clinic) -> dict:
    return {"modality": "phone"}


def not_offered(clinic) -> dict:
    AppointmentTypeFactory(name="Intake")
    return {"type": "Intake"}


def outside_hours(clinic) -> dict:
    return {"starts_at": "2026-12-01 17:30"}


def other_location(clinic) -> dict:
    clinic.provider.weekly_blocks.update(location=LocationFactory(name="Uptown"))
    return {"location": "Riverside"}


def provider_busy(clinic) -> dict:
    busy(clinic, provider=clinic.provider)
    return {}


def buffers_do_not_fit(clinic) -> dict:
    busy(clinic, hour=15, provider=clinic.provider)
    return {}


def co_provider_busy(clinic) -> dict:
    busy(clinic, co_provider=clinic.colleague)
    return {"co_provider": "Owen Brandt"}


def room_elsewhere(clinic) -> dict:
    RoomFactory(location=LocationFactory(name="Uptown"), name="Attic")
    return {"location": "Riverside", "room": "Attic"}


def room_small(clinic) -> dict:
    clinic.room.capacity = 1
    clinic.room.save()
    return {"room": "Room 1"}


def room_busy(clinic) -> dict:
    busy(clinic, room=clinic.room, location=clinic.location)
    return {"room": "Room 1"}


def room_out(clinic) -> dict:
    RoomOutage.objects.create(
        room=clinic.room,
        starts_at=at(8).replace(month=12, day=1),
        ends_at=at(18).replace(month=12, day=1),
        reason="Painters",
    )
    return {"room": "Room 1"}


def room_lacks_what_the_type_needs(clinic) -> dict:
    clinic.type.room_needs = ["sand tray"]
    clinic.type.save()
    return {"room": "Room 1"}


def room_has_steps(clinic) -> dict:
    type(clinic.room).objects.update(is_accessible=False)
    type(clinic.regular).objects.update(accessibility_needs="wheelchair")
    return {"room": "Room 1"}


def not_by_video(clinic) -> dict:
    clinic.type.modalities = ["in_person", "telehealth"]
    clinic.type.save()
    clinic.provider.weekly_blocks.update(telehealth_ok=False)
    return {"modality": "telehealth"}


def client_busy(clinic) -> dict:
    AttendanceFactory(appointment=busy(clinic), client=clinic.regular)
    return {}


def client_cancelled(clinic) -> dict:
    AttendanceFactory(appointment=busy(clinic), client=clinic.regular, state="cancelled")
    return {}


def inactive_client(clinic) -> dict:
    clinic.regular.status = ClientStatus.DISCHARGED
    clinic.regular.save()
    return {}


def cap(model: str, column: str):
    def full(clinic) -> dict:
        busy(clinic, hour=9, provider=clinic.provider)
        row = clinic.provider if model == "provider" else clinic.type
        setattr(row, column, 1)
        row.save()
        return {}

    return full


def everything(clinic) -> dict:
    AttendanceFactory(
        appointment=busy(clinic, provider=clinic.provider, room=clinic.room), client=clinic.regular
    )
    cap("type", "max_per_day_practice")(clinic)
    return room_small(clinic) | {"modality": "phone"}


def as_a_row(code: str):
    """A trouble of the shared list in the importer's words."""

    def arrange(clinic) -> dict:
        asked = TROUBLES[code](clinic)
        said = {"location_id": ("location", "Riverside"), "modality": ("modality", asked.get("modality"))}
        return dict(said[name] for name in asked)

    arrange.__name__ = code
    return arrange


CARE = (
    "cap_block",
    "kept_apart_provider",
    "kept_apart_waiting",
    "licence",
    "supervision",
    "authorization_missing",
    "authorization_used",
    "authorization_ended",
)
CASES = [
    *((as_a_row(code), {code}) for code in CARE),
    (archived, {"type_archived"}),
    (other_way, {"modality"}),
    (not_offered, {"not_offered"}),
    (outside_hours, {"outside_hours"}),
    (other_location, {"other_location"}),
    (provider_busy, {"provider_busy"}),
    (buffers_do_not_fit, {"provider_busy"}),
    (co_provider_busy, {"provider_busy"}),
    (room_elsewhere, {"room_elsewhere"}),
    (room_small, {"room_small"}),
    (room_busy, {"room_busy"}),
    (room_out, {"room_out"}),
    (room_lacks_what_the_type_needs, {"room_equipment"}),
    (room_has_steps, {"room_steps"}),
    (not_by_video, {"no_telehealth_hours"}),
    (client_busy, {"client_busy"}),
    (client_cancelled, set()),
    (inactive_client, {"client_inactive"}),
    (cap("provider", "max_per_day"), {"cap_provider_day"}),
    (cap("provider", "max_per_week"), {"cap_provider_week"}),
    (cap("type", "max_per_day_provider"), {"cap_type_provider_day"}),
    (cap("type", "max_per_day_practice"), {"cap_type_practice_day"}),
    (
        everything,
        {"provider_busy", "room_busy", "client_busy", "modality", "room_small", "cap_type_practice_day"},
    ),
]


class Spy:
    """Takes the wish the importer asks with, at the moment it asks."""

    def __init__(self, monkeypatch) -> None:
        self.wishes = []
        monkeypatch.setattr("scheduling.importing.ahead.asked", self.asked)

    def asked(self, visit, row):
        one = asked(visit, row)
        self.wishes.append(one.wish)
        return one


@pytest.mark.parametrize(("arrange", "codes"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_a_row_is_refused_for_what_a_booking_would_be(clinic, monkeypatch, arrange, codes):
    row = {
        "visit": "F1",
        "client": "R-REGULAR",
        "type": "Follow-up",
        "provider": "Maya Smith",
        "starts_at": START,
    }
    row |= arrange(clinic)
    spy = Spy(monkeypatch)

    outcome = take("appointments", [row], is_trial=True)

    expected = problems_with(spy.wishes[0], by=SYSTEM, now=clock.now())
    assert {problem.code for problem in expected} >= codes
    against = [problem for problem in expected if problem.severity != Severity.WARNING]
    assert [reason for *_, reason in reasons(outcome)] == [f"{p.message} {p.remedy}" for p in against]
    ledger = Ledger([Asked(wish=spy.wishes[0])], book_of(Catalogue()), now=clock.now())
    assert problems(ledger.facts(0)) == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_trial", [True, False])
def test_a_booking_waits_for_an_import_but_not_for_a_trial(clinic, is_trial):
    row = {
        "visit": "F1",
        "client": "R-REGULAR",
        "type": "Follow-up",
        "provider": "Maya Smith",
        "starts_at": START,
    }
    seen = []

    def look() -> bool:
        """From another connection, while the rows of the file are written and nothing is committed."""
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT id FROM practice_provider FOR NO KEY UPDATE NOWAIT")
                seen.append("free")
        except OperationalError:
            seen.append("locked")
        finally:
            other.close()
        return False

    import_file(
        kind_named("appointments"),
        io.BytesIO(sheet([row]).encode()),
        by=SYSTEM,
        options=Options(is_trial=is_trial),
        watch=Watch(is_cancelled=look),
    )

    assert seen == (["free"] if is_trial else ["locked"])
    assert Appointment.objects.exists() is not is_trial
    assert ProviderDay.objects.exists() is not is_trial
