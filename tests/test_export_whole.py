"""Everything a practice has goes out as files, into empty tables, and out again: the same bytes."""

import io

import pytest
from django.db import connection
from django.db.models import Model

from config.demo.build import build
from core import clock
from core.actors import Actor, ActorKind
from practice.importing.giving import file_of
from practice.importing.kinds import kind_named, kinds
from practice.importing.running import Options, import_file
from practice.models import Authorization, Client, ClientContact, Practice, Provider
from scheduling.models import Appointment, AppointmentType, Attendance
from scheduling.tests.conftest import NOW

# Columns that no file has, with the reason; every other one of these tables goes out and comes in again.
KEYS = {"id", "public_id", "edition"}
NOT_OURS = {
    "types": (AppointmentType, KEYS),
    "providers": (Provider, KEYS),
    "clients": (Client, KEYS | {"search_name", "created_at"}),  # made of the others; when the row was made
    "contacts": (ClientContact, KEYS | {"rights_on"}),  # as the dates stood when a sweep last looked
    "authorizations": (Authorization, KEYS | {"used_before"}),  # `used` is all told
}
RENAMED = {
    "record_number": "visit",
    "public_id": "visit",
    "buffer_before_minutes": "buffer_before",
    "buffer_after_minutes": "buffer_after",
    "cancelled_by_kind": "cancelled_by",
    "confirmed_by_kind": "confirmed_by",
    "state": "status",
    "overrides": "override_reason",
    "is_confidential": "confidential",
}
# Follow from the others, or count for machines, or name people of the other system.
FOLLOW = {
    "id", "blocked", "room_span", "overbooked_provider", "overbooked_room", "hold_until", "edition", "occurrence",
    "ics_sequence", "cancelled_by_id", "confirmed_by_id", "contact_state", "contact_count", "authorization",
    "authorization_used", "risk_score", "risk_level", "risk_factors", "risk_at", "risk_version", "appointment",
}  # fmt: skip
OF_PERSON = {
    "note": "attendance_note",
    "cancelled_at": "left_at",
    "cancel_reason": "left_reason",
    "cancel_text": "left_text",
}

COMMAND = Actor(kind=ActorKind.SYSTEM, via="command")


def exported() -> dict[str, str]:
    return {kind.name: "".join(file_of(kind)) for kind in kinds()}


def empty_the_tables() -> None:
    """As a new practice finds them; taken back with the test's own transaction."""
    ours = "practice_practice, practice_location, practice_provider, practice_client, practice_user, practice_change"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no check that is still to come
        cursor.execute(
            f"TRUNCATE {ours}, scheduling_appointmenttype, scheduling_series, availability_closure CASCADE"
        )


def names(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


@pytest.mark.parametrize("kind", list(NOT_OURS))
def test_every_column_has_a_place_in_the_files(kind):
    model, left_out = NOT_OURS[kind]
    assert names(model) - set(kind_named(kind).exported) - left_out == set()


@pytest.mark.parametrize(("model", "own"), [(Appointment, {}), (Attendance, OF_PERSON)])
def test_every_column_of_visits_has_a_place_in_the_file(model, own):
    words = RENAMED | own
    gone_out = {words.get(name, name) for name in names(model) - FOLLOW}
    assert gone_out - set(kind_named("appointments").exported) == set()


@pytest.mark.django_db
def test_a_whole_practice_moves_house_without_loss():
    with clock.frozen(NOW):
        build(seed=1, now=NOW)
        practice = Practice.objects.values().get()
        before = exported()

        empty_the_tables()
        Practice.objects.create(**practice)
        for kind in kinds():
            file = io.BytesIO(before[kind.name].encode())
            outcome = import_file(kind, file, by=COMMAND, options=Options())
            assert (kind.name, outcome.report.bad[:5]) == (kind.name, [])
            assert outcome.is_kept

        after = exported()

    assert {name: text.count("\n") > 1 for name, text in before.items()} == dict.fromkeys(before, True)
    for name, text in before.items():
        assert after[name] == text, name
