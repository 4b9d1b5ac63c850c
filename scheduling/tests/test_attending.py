import pytest

from core import clock
from core.actors import Actor, ActorKind
from core.refusals import NotAllowed, Refusal, StaleEdit
from practice.models import Practice
from practice.tests.factories import ClientContactFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance, ProviderDay
from scheduling.rules.wishes import Place
from scheduling.states import ConfirmedHow, ContactState
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def visit(wish, desk) -> Appointment:
    return operations.book(wish(14), by=desk).appointment


@pytest.fixture
def person(visit) -> Attendance:
    return visit.attendances.get()


def fresh(person: Attendance) -> Attendance:
    person.refresh_from_db()
    return person


def test_the_client_confirms_by_text(person, regular):
    client = Actor(kind=ActorKind.CLIENT, id=regular.pk, via="sms")

    operations.confirm(person.pk, how=ConfirmedHow.SMS, by=client, occurrence=1)

    row = fresh(person)
    assert (row.confirmed_at, row.confirmed_how, row.confirmed_by_kind, row.confirmed_by_id) == (
        NOW,
        "sms",
        "client",
        regular.pk,
    )


def test_an_answer_about_the_old_time_does_not_confirm_the_new(clinic, visit, person, desk, regular):
    to = Place(provider_id=clinic.provider.pk, starts_at=at(16), minutes=50)
    operations.move(visit.pk, to=to, by=desk)

    with pytest.raises(StaleEdit):
        operations.confirm(person.pk, by=Actor(kind=ActorKind.CLIENT, id=regular.pk, via="sms"), occurrence=1)

    assert fresh(person).confirmed_at is None


def test_confirming_twice_says_so(person, desk):
    operations.confirm(person.pk, by=desk)

    with pytest.raises(operations.AlreadyDone):
        operations.confirm(person.pk, by=desk)


def test_a_contact_confirms_only_with_the_right_and_never_a_confidential_visit(person, regular):
    contact = ClientContactFactory(client=regular, may_confirm=True)
    by = Actor(kind=ActorKind.CONTACT, id=contact.pk, via="sms")
    Attendance.objects.filter(pk=person.pk).update(is_confidential=True)
    with pytest.raises(NotAllowed):
        operations.confirm(person.pk, by=by)

    Attendance.objects.filter(pk=person.pk).update(is_confidential=False)
    operations.confirm(person.pk, by=by)

    assert fresh(person).confirmed_by_kind == "contact"


def test_nobody_checks_in_before_the_day(person, desk):
    with pytest.raises(Refusal, match="later day"):
        operations.check_in(person.pk, by=desk)


def test_nobody_is_absent_before_the_visit_begins(person, desk):
    with clock.frozen(at(13, 59)), pytest.raises(Refusal, match="not begun"):
        operations.mark_absent(person.pk, by=desk)


def test_here_and_back_and_absent_and_back(person, desk):
    with clock.frozen(at(14, 5)):
        operations.check_in(person.pk, by=desk)
        assert fresh(person).state == "arrived"
        operations.take_back_check_in(person.pk, by=desk)
        assert (fresh(person).state, person.arrived_at) == ("expected", None)
        operations.mark_absent(person.pk, by=desk)
        assert fresh(person).state == "absent"
        operations.take_back_absent(person.pk, by=desk)
        assert (fresh(person).state, person.edition) == ("expected", 5)


def test_a_stale_attendance_edit_is_refused(person, desk):
    with clock.frozen(at(14)):
        operations.check_in(person.pk, edition=1, by=desk)
        with pytest.raises(StaleEdit):
            operations.mark_absent(person.pk, edition=1, by=desk)


def test_an_attendance_act_leaves_the_visits_edition(visit, person, desk):
    operations.confirm(person.pk, by=desk)

    visit.refresh_from_db()
    assert visit.edition == 1


def test_start_needs_somebody_here(visit, person, desk):
    with clock.frozen(at(14)):
        with pytest.raises(Refusal, match="checked in"):
            operations.start(visit.pk, by=desk)
        operations.check_in(person.pk, by=desk)
        operations.start(visit.pk, by=desk)

    visit.refresh_from_db()
    assert (visit.state, visit.started_at) == ("in_session", at(14))


def test_complete_makes_the_one_client_attended(visit, person, desk):
    with clock.frozen(at(14, 50)):
        operations.complete(visit.pk, by=desk)

    visit.refresh_from_db()
    assert (visit.state, fresh(person).state) == ("completed", "attended")


def test_complete_asks_about_each_of_several(clinic, wish, desk):
    visit = operations.book(wish(16, client_ids=(clinic.regular.pk, clinic.other.pk)), by=desk).appointment
    first, second = visit.attendances.all()
    with clock.frozen(at(17)):
        operations.check_in(first.pk, by=desk)
        with pytest.raises(Refusal, match="each person"):
            operations.complete(visit.pk, by=desk)
        operations.mark_absent(second.pk, by=desk)
        operations.complete(visit.pk, by=desk)

    assert [a.state for a in visit.attendances.all()] == ["attended", "absent"]


def test_a_visit_nobody_came_to_is_not_completed(visit, person, desk):
    with clock.frozen(at(14, 30)):
        operations.mark_absent(person.pk, by=desk)
        with pytest.raises(Refusal, match="Nobody came"):
            operations.complete(visit.pk, by=desk)


def test_record_contacts_raises_the_day_but_no_edition(visit, person):
    before = ProviderDay.objects.get(provider=visit.provider).n

    operations.record_contacts({person.pk: (ContactState.DELIVERED, 2)})
    operations.record_contacts({person.pk: (ContactState.DELIVERED, 2)})

    row = fresh(person)
    assert (row.contact_state, row.contact_count, row.edition) == ("delivered", 2, 1)
    assert ProviderDay.objects.get(provider=visit.provider).n == before + 1


def test_record_contacts_raises_each_day_once_and_only_where_something_changed(visit, person):
    pair = AttendanceFactory(appointment=visit)
    elsewhere = AttendanceFactory(appointment__starts_at=at(14, day=27))
    before = ProviderDay.objects.get(provider=visit.provider).n
    said = {row.pk: (ContactState.SENT, 1) for row in (elsewhere, pair, person)}
    operations.record_contacts({elsewhere.pk: said[elsewhere.pk]})

    operations.record_contacts(said)

    assert [(fresh(row).contact_state, fresh(row).contact_count) for row in (person, pair)] == [
        ("sent", 1)
    ] * 2
    assert ProviderDay.objects.get(provider=visit.provider).n == before + 1
    assert ProviderDay.objects.get(provider=elsewhere.appointment.provider).n == 1


def test_record_contacts_costs_two_statements_however_many(visit, person, django_assert_num_queries):
    others = [AttendanceFactory(appointment__starts_at=at(9, day=day)) for day in (26, 27, 30)]
    practice = Practice.objects.get()

    with django_assert_num_queries(2):
        operations.record_contacts(
            {row.pk: (ContactState.PLANNED, 0) for row in (person, *others)}, practice=practice
        )
    with django_assert_num_queries(0):
        operations.record_contacts({})
