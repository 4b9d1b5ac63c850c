"""What insurers allow, from files."""

import pytest

from practice.models import Authorization
from practice.tests.factories import AuthorizationFactory, ClientFactory
from practice.tests.files import counts, given, reasons, take
from scheduling.tests.factories import AttendanceFactory

pytestmark = pytest.mark.django_db

HEAD = "client,payer,number,sessions,used,starts_on,ends_on\n"


@pytest.fixture
def person(practice):
    return ClientFactory(record_number="17")


def test_an_authorization_is_found_again_by_client_payer_and_number(person):
    assert counts(take("authorizations", HEAD + "17,Aetna,A-1,12,3,2026-11-01,2027-04-30\n")) == (1, 0, 0)
    assert counts(take("authorizations", HEAD + "17,Aetna,A-1,12,3,2026-11-01,2027-04-30\n")) == (0, 0, 1)
    assert counts(take("authorizations", HEAD + "17,Aetna,A-1,20,4,2026-11-01,2027-04-30\n")) == (0, 1, 0)
    one = Authorization.objects.get(client=person)
    assert (one.sessions, one.used_before) == (20, 4)


def test_used_is_all_told_so_what_visits_here_have_used_is_not_counted_twice(person):
    permit = AuthorizationFactory(client=person, payer="Aetna", number="A-1", sessions=12, used_before=3)
    AttendanceFactory(client=person, authorization=permit, authorization_used=True)
    text = given("authorizations")
    assert text.splitlines()[1].split(",")[:5] == ["17", "Aetna", "A-1", "12", "4"]

    assert counts(take("authorizations", text)) == (0, 0, 1)
    assert counts(take("authorizations", text.replace(",12,4,", ",12,6,"))) == (0, 1, 0)
    permit.refresh_from_db()
    assert permit.used_before == 5


def test_without_the_column_what_is_used_stays(person):
    permit = AuthorizationFactory(client=person, payer="Aetna", number="A-1", sessions=12, used_before=3)
    days = f"{permit.starts_on},{permit.ends_on}"
    take("authorizations", f"client,payer,number,sessions,starts_on,ends_on\n17,Aetna,A-1,15,{days}\n")
    permit.refresh_from_db()

    assert (permit.sessions, permit.used_before) == (15, 3)


def test_bad_rows_say_why(person):
    permit = AuthorizationFactory(client=person, payer="Cigna", number="C-1", sessions=12)
    AttendanceFactory(client=person, authorization=permit, authorization_used=True)
    rows = (
        "99,Aetna,A-1,12,0,2026-11-01,2027-04-30",
        "17,Aetna,A-2,12,0,2027-04-30,2026-11-01",
        "17,Aetna,A-3,5,6,2026-11-01,2027-04-30",
        "17,Aetna,A-4,none,0,2026-11-01,2027-04-30",
        "17,Cigna,C-1,12,0,2026-11-01,2027-04-30",
        "17,Aetna,A-5,12,0,2026-11-01,2027-04-30",
        "17,Aetna,A-5,12,0,2026-11-01,2027-04-30",
    )
    outcome = take("authorizations", HEAD + "\n".join(rows) + "\n")

    assert sorted((line, column) for line, column, _ in reasons(outcome)) == [
        (2, "client"),
        (3, "ends_on"),
        (4, "sessions"),
        (5, "sessions"),
        (6, "used"),
        (8, "number"),
    ]
    assert not outcome.is_kept
