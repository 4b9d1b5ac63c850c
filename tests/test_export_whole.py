"""Everything a practice has goes out as files, into empty tables, and out again: the same bytes."""

import io

import pytest
from django.db import connection

from config.demo.build import build
from core import clock
from core.actors import Actor, ActorKind
from practice.importing.giving import file_of
from practice.importing.kinds import kinds
from practice.importing.running import Options, import_file
from practice.models import Practice
from scheduling.tests.conftest import NOW

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
