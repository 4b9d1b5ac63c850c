"""core.encrypted, on the columns that use it: core itself has no models."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection

from core.encrypted import EncryptedJSONField
from practice.models import Change, ClientContact
from practice.tests.factories import ChangeFactory, ClientContactFactory

pytestmark = pytest.mark.django_db

NOTE = "No calls to the father."
TEXTS = {"appointment:7": {"note": "Überraschung", "n": [1, None]}}


def stored(table: str, column: str):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return cursor.fetchone()[0]


def note() -> str:
    return ClientContact.objects.get().custody_note


def test_the_table_holds_ciphertext_and_the_model_the_text():
    ClientContactFactory(custody_note=NOTE)

    assert note() == NOTE
    assert "father" not in stored("practice_clientcontact", "custody_note")


def test_the_same_text_twice_does_not_look_the_same():
    rows = [ClientContactFactory(custody_note=NOTE) for _ in range(2)]

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT custody_note FROM practice_clientcontact")
        assert len(cursor.fetchall()) == len(rows)


def test_json_comes_back_as_it_was_and_is_not_readable_in_between():
    ChangeFactory(texts=TEXTS)

    assert Change.objects.get().texts == TEXTS
    assert "appointment" not in stored("practice_change", "texts")


def test_an_empty_text_stays_empty():
    ClientContactFactory(custody_note="")

    assert note() == stored("practice_clientcontact", "custody_note") == ""


def test_no_json_is_null():
    ChangeFactory(texts=None)

    assert Change.objects.get().texts is None
    assert stored("practice_change", "texts") is None
    assert Change.objects.filter(texts__isnull=True).exists()


def test_after_a_rotation_the_old_key_still_reads_and_the_new_one_writes(settings):
    settings.FIELD_ENCRYPTION_KEYS = ["old-key"]
    contact = ClientContactFactory(custody_note=NOTE)

    settings.FIELD_ENCRYPTION_KEYS = ["new-key", "old-key"]
    assert note() == NOTE
    contact.save()

    settings.FIELD_ENCRYPTION_KEYS = ["new-key"]
    assert note() == NOTE


def test_without_its_key_a_value_is_refused_loudly(settings):
    settings.FIELD_ENCRYPTION_KEYS = ["old-key"]
    ClientContactFactory(custody_note=NOTE)

    settings.FIELD_ENCRYPTION_KEYS = ["another-key"]

    with pytest.raises(ValueError, match="FIELD_ENCRYPTION_KEYS lacks the key"):
        note()


@pytest.mark.parametrize("lookup", ["exact", "contains", "in"])
def test_it_cannot_be_searched(lookup):
    with pytest.raises((FieldError, TypeError)):
        list(ClientContact.objects.filter(**{f"custody_note__{lookup}": NOTE}))


def test_a_migration_can_write_it_down():
    *_, args, kwargs = EncryptedJSONField(null=True).deconstruct()

    assert (args, kwargs) == ([], {"null": True})
