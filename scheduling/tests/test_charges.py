"""What an act charges: completing, correcting, staying away, cancelling late; and what Undo does to it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.actors import Actor
from core.refusals import NotAllowed, Refusal, StaleEdit
from practice.models import AuditEntry, Client, Practice, Provider
from practice.states import AbsencePolicy
from practice.tests.factories import AuthorizationFactory
from scheduling import operations
from scheduling.models import Appointment, AppointmentType, Attendance, Charge
from scheduling.rules.moves import WrongState
from scheduling.states import AttendanceState, Category, ChargeState
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
AFTER = at(16)
ATTENDED, ABSENT, EXCUSED = AttendanceState.ATTENDED, AttendanceState.ABSENT, AttendanceState.EXCUSED


@pytest.fixture
def desk(actor, front_desk) -> Actor:
    return actor(front_desk)


@pytest.fixture
def after():
    with clock.frozen(AFTER):
        yield


@pytest.fixture
def visit(wish, desk, clinic) -> Appointment:
    AppointmentType.objects.update(cpt_code="90834", rate=140)
    Client.objects.update(fee_policy_on=dt.date(2026, 1, 1), copay=Decimal(25))
    return operations.book(wish(14, rate_cents=14000), by=desk).appointment


@pytest.fixture
def group(clinic) -> tuple[Appointment, list[Attendance]]:
    """Three members: two here, one absent."""
    AppointmentType.objects.update(cpt_code="90853", category=Category.GROUP)
    clinic.type.refresh_from_db()
    row = AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(12), rate_cents=5000)
    states = (AttendanceState.ARRIVED, AttendanceState.ARRIVED, ABSENT)
    return row, [AttendanceFactory(appointment=row, state=state) for state in states]


def fees(no_show: int | None = 40, late: int | None = 30, absent: str = AbsencePolicy.FEE) -> None:
    Practice.objects.update(no_show_fee=no_show, late_cancel_fee=late, absent_members=absent)


def stands() -> list[tuple]:
    """(who, kind, cents) of what is neither reversed nor a reversal."""
    return sorted((c.attendance_id or 0, c.kind, c.amount_cents) for c in Charge.objects.standing())


def states() -> list[tuple]:
    return [(c.kind, c.units, c.status) for c in Charge.objects.with_state().order_by("pk")]


def test_completing_charges_once_with_all_a_biller_needs(visit, after, desk, clinic):
    acted = operations.complete(visit.pk, by=desk)
    again = operations.complete(visit.pk, by=desk, change_id=acted.change.pk)
    with pytest.raises(WrongState):
        operations.complete(visit.pk, by=desk)

    [charge] = Charge.objects.all()
    person = visit.attendances.get()
    assert again.repeated
    assert (charge.attendance, charge.appointment, charge.provider) == (person, None, clinic.provider)
    assert (charge.cpt_code, charge.modifiers, charge.units, charge.place_of_service) == (
        "90834",
        [],
        1,
        "11",
    )
    assert (charge.rate_cents, charge.amount_cents, charge.expected_copay_cents) == (14000, 14000, 2500)
    assert (charge.served_on, charge.minutes, charge.missing) == (dt.date(2026, 11, 25), 50, [])
    assert (charge.change, charge.not_before) == (acted.change, AFTER + dt.timedelta(seconds=60))
    assert [e.act for e in AuditEntry.objects.filter(subject_kind="charge")] == ["charge.made"]


def test_video_phone_minutes_and_supervision_show_on_the_charge(visit, after, desk, clinic):
    ranges = [[16, "90832"], [38, "90834"], [53, "90837"]]
    AppointmentType.objects.update(codes_by_minutes=ranges, modifiers=["U1"])
    Provider.objects.filter(pk=clinic.provider.pk).update(
        supervision_required=True, supervisor=clinic.colleague
    )
    Appointment.objects.update(modality="telehealth", ends_at=at(14, 53))

    operations.complete(visit.pk, by=desk)

    [charge] = Charge.objects.all()
    assert (charge.cpt_code, charge.modifiers, charge.place_of_service) == ("90837", ["U1", "95"], "10")
    assert charge.supervising_provider == clinic.colleague


def test_what_is_missing_stands_on_the_charge(visit, after, desk, clinic):
    AppointmentType.objects.update(cpt_code="", rate=None, requires_authorization=True)
    Appointment.objects.update(rate=None)
    Provider.objects.update(supervision_required=True)
    Client.objects.update(insurances=["Aetna"], birth_on=None)

    operations.complete(visit.pk, by=desk)

    [charge] = Charge.objects.with_state()
    assert charge.missing == ["code", "rate", "authorization", "supervisor", "birth_date"]
    assert (charge.amount_cents, charge.status) == (None, ChargeState.MISSING)


def test_the_authorization_it_used_stands_on_the_charge(visit, after, desk, clinic):
    AppointmentType.objects.update(requires_authorization=True)
    permit = AuthorizationFactory(
        client=clinic.regular, sessions=3, starts_on=NOW.date(), ends_on=dt.date(2026, 12, 31)
    )

    operations.complete(visit.pk, by=desk)

    assert Charge.objects.get().authorization == permit


@pytest.mark.parametrize("change", [{"is_billable": False}, {"category": Category.ADMINISTRATIVE}])
def test_what_is_not_billed_is_not_charged(visit, after, desk, change):
    AppointmentType.objects.update(**change)

    operations.complete(visit.pk, by=desk)

    assert not Charge.objects.exists()


def test_a_group_is_charged_for_each_who_came(group, after, desk):
    row, (one, two, three) = group
    fees()

    operations.complete(row.pk, by=desk)

    assert stands() == [
        (one.pk, "service", 5000),
        (two.pk, "service", 5000),
        (three.pk, "no_show_fee", 4000),
    ]


@pytest.mark.parametrize(
    ("policy", "owed"),
    [(AbsencePolicy.NOTHING, []), (AbsencePolicy.FULL, ["service"]), (AbsencePolicy.FEE, ["no_show_fee"])],
)
def test_the_practice_says_what_absent_members_owe(group, after, desk, policy, owed):
    row, (_, _, three) = group
    fees(absent=policy)

    operations.complete(row.pk, by=desk)

    assert list(Charge.objects.filter(attendance=three).values_list("kind", flat=True)) == owed


def test_a_flat_rate_is_charged_once_for_the_meeting(group, after, desk):
    row, _ = group
    fees()
    Appointment.objects.update(billing_mode="per_meeting", rate=300)
    AppointmentType.objects.update(cpt_code="", requires_authorization=True)

    operations.complete(row.pk, by=desk)

    [charge] = Charge.objects.all()
    assert (charge.appointment, charge.attendance, charge.amount_cents) == (row, None, 30000)
    assert charge.missing == []  # a flat rate is no claim


def test_a_couple_is_charged_once_and_needs_a_code(clinic, wish, desk, after):
    AppointmentType.objects.update(category=Category.COUPLES)
    both = (clinic.regular.pk, clinic.other.pk)
    with clock.frozen(NOW):
        row = operations.book(wish(14, client_ids=both, rate_cents=16000), by=desk).appointment
    for person in row.attendances.all():
        operations.check_in(person.pk, by=desk)

    operations.complete(row.pk, by=desk)

    [charge] = Charge.objects.all()
    assert (charge.appointment, charge.amount_cents, charge.missing) == (row, 16000, ["code"])


def test_a_correction_reverses_and_makes_anew_for_that_person_alone(group, after, desk):
    row, (one, two, three) = group
    fees()
    operations.complete(row.pk, by=desk)
    before = dict(Charge.objects.values_list("attendance", "pk"))

    operations.correct(one.pk, state=ABSENT, by=desk)
    operations.correct(three.pk, state=ATTENDED, by=desk)

    assert stands() == [
        (one.pk, "no_show_fee", 4000),
        (two.pk, "service", 5000),
        (three.pk, "service", 5000),
    ]
    assert Charge.objects.standing().get(attendance=two).pk == before[two.pk]
    taken = Charge.objects.get(pk=before[one.pk])
    assert (taken.reversal.units, taken.reversal.amount_cents) == (-1, -5000)
    assert (taken.reversed_at, taken.reversal.is_credit) == (AFTER, False)
    assert sum(c.amount_cents for c in Charge.objects.filter(attendance=one)) == 4000


def test_former_settings_do_not_move_what_was_charged_for_others(group, after, desk):
    row, (one, two, three) = group
    fees()
    operations.complete(row.pk, by=desk)
    fees(no_show=None)

    operations.correct(one.pk, state=EXCUSED, by=desk)

    assert stands() == [(two.pk, "service", 5000), (three.pk, "no_show_fee", 4000)]


def test_a_correction_gives_the_session_back_and_uses_it_again(group, after, desk):
    row, (one, *_) = group
    AppointmentType.objects.update(requires_authorization=True)
    AuthorizationFactory(client=one.client, sessions=1, starts_on=NOW.date(), ends_on=dt.date(2026, 12, 31))
    operations.complete(row.pk, by=desk)

    operations.correct(one.pk, state=EXCUSED, by=desk)
    one.refresh_from_db()
    given_back = one.authorization_used
    operations.correct(one.pk, state=ATTENDED, by=desk)
    one.refresh_from_db()

    assert (given_back, one.authorization_used) == (False, True)
    assert Charge.objects.standing().get(attendance=one).authorization_id == one.authorization_id


def test_corrections_are_refused_where_they_make_no_sense(group, visit, after, desk, actor, colleague):
    row, (one, two, _) = group
    with pytest.raises(WrongState):
        operations.correct(one.pk, state=ABSENT, by=desk)  # not completed yet
    operations.complete(row.pk, by=desk)

    with pytest.raises(NotAllowed):
        operations.correct(one.pk, state=ABSENT, by=actor(colleague))
    with pytest.raises(WrongState):
        operations.correct(one.pk, state=ATTENDED, by=desk)
    with pytest.raises(StaleEdit):
        operations.correct(one.pk, state=ABSENT, edition=1, by=desk)
    operations.correct(one.pk, state=ABSENT, by=desk)
    with pytest.raises(Refusal, match="nobody came"):
        operations.correct(two.pk, state=EXCUSED, by=desk)


def test_reopening_reverses_and_completing_again_charges_again(visit, after, desk):
    person = visit.attendances.get()
    operations.complete(visit.pk, by=desk)

    operations.reopen(visit.pk, by=desk)
    assert stands() == []
    operations.complete(visit.pk, by=desk)

    assert stands() == [(person.pk, "service", 14000)]
    assert states() == [("service", 1, "void"), ("service", -1, "void"), ("service", 1, "ready")]


def test_who_does_not_come_is_proposed_the_fee_until_it_turns_out_otherwise(visit, after, desk):
    fees()
    person = visit.attendances.get()

    operations.mark_absent(person.pk, by=desk)
    assert states() == [("no_show_fee", 1, "proposed")]
    operations.take_back_absent(person.pk, by=desk)

    assert stands() == []


def test_no_fee_is_no_proposal(visit, after, desk):
    fees(no_show=None)

    operations.mark_absent(visit.attendances.get().pk, by=desk)

    assert not Charge.objects.exists()


def test_a_late_cancellation_is_proposed_the_fee_and_restoring_takes_it_back(visit, desk):
    fees()

    with clock.frozen(at(9)):  # five hours before it
        operations.cancel(visit.pk, reason="client_request", by=desk)
    assert states() == [("late_cancel_fee", 1, "proposed")]
    with clock.frozen(at(9, 5)):
        operations.restore(visit.pk, by=desk)

    assert stands() == []


def test_one_of_two_who_cancels_late_owes_alone(clinic, wish, desk):
    fees()
    both = (clinic.regular.pk, clinic.other.pk)
    row = operations.book(wish(9, client_ids=both), by=desk).appointment
    person = row.attendances.get(client=clinic.regular)

    operations.cancel_person(person.pk, reason="client_request", by=desk)

    assert stands() == [(person.pk, "late_cancel_fee", 3000)]
    operations.put_back(person.pk, by=desk)
    assert stands() == []


def test_the_practices_own_cancellation_costs_nothing(visit, desk):
    fees()

    operations.cancel(visit.pk, reason="provider_unavailable", by=desk)

    assert not Charge.objects.exists()


def test_what_speaks_against_a_fee_stands_beside_it(visit, after, desk):
    fees()
    Practice.objects.update(payers_without_fees=["MEDICAID"])
    Client.objects.update(fee_policy_on=None, insurances=["Medicaid"])
    Appointment.objects.update(occurrence=2)

    operations.mark_absent(visit.attendances.get().pk, by=desk)

    assert Charge.objects.get().against == ["payer", "policy", "moved", "unreached", "first_time"]


def test_a_second_time_is_no_first_time(visit, wish, desk):
    fees()
    second = operations.book(wish(17), by=desk).appointment
    for one, told in ((visit, "failed"), (second, "delivered")):
        one.attendances.update(contact_state=told)
        with clock.frozen(at(9)):
            operations.cancel(one.pk, reason="client_request", by=desk)

    assert [c.against for c in Charge.objects.order_by("pk")] == [["unreached", "first_time"], []]


def test_many_are_completed_as_one_act_and_the_rest_say_why(visit, group, after, desk, wish, clinic):
    with clock.frozen(NOW):
        later = operations.book(wish(17, client_ids=(clinic.other.pk,)), by=desk).appointment
    ids = [visit.pk, group[0].pk, later.pk]

    done = operations.complete_many(ids, by=desk)
    again = operations.complete_many(ids, by=desk, change_id=done.change.pk)

    assert sorted(done.done) == sorted([visit.pk, group[0].pk])
    assert done.left == {later.pk: "The visit has not begun yet."}
    assert (again.repeated, again.done, again.left) == (True, done.done, done.left)
    assert Charge.objects.filter(kind="service").count() == 3


def test_completing_many_costs_the_same_for_few_and_for_more(after, desk, clinic):
    AppointmentType.objects.update(category=Category.GROUP)

    def sessions(number: int, hour: int) -> list[int]:
        rows = [
            AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(hour, day=20 + n))
            for n in range(number)
        ]
        for row in rows:
            AttendanceFactory.create_batch(3, appointment=row, state=AttendanceState.ARRIVED)
        return [row.pk for row in rows]

    few, more = sessions(1, 9), sessions(4, 11)
    with CaptureQueriesContext(connection) as first:
        operations.complete_many(few, by=desk)
    with CaptureQueriesContext(connection) as second:
        operations.complete_many(more, by=desk)

    assert len(second) == len(first)
    assert Charge.objects.count() == 15


def test_undo_refuses_once_a_charge_was_decided(visit, after, desk):
    fees()
    acted = operations.mark_absent(visit.attendances.get().pk, by=desk)
    Charge.objects.update(edition=2)

    with pytest.raises(StaleEdit):
        operations.undo(acted.change.pk, by=desk)


def test_charges_of_somebody_else_are_not_read(visit, after, desk, group, clinic, actor, biller, colleague):
    operations.complete(visit.pk, by=desk)

    seen = {
        who: Charge.objects.visible_to(actor(user)).count()
        for who, user in {"own": clinic.provider, "colleague": colleague, "biller": biller}.items()
    }
    assert seen == {"own": 1, "colleague": 0, "biller": 1}
    assert Charge.objects.visible_to(desk).count() == 0
