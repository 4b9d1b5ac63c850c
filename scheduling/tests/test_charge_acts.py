"""What billing does with charges: approve, waive, take back, export, look again, charge what was not."""

import datetime as dt

import pytest

from core import clock
from core.actors import Actor
from core.refusals import NotAllowed, Refusal, StaleEdit
from practice.models import AuditEntry
from practice.tests.factories import AuthorizationFactory
from scheduling import operations
from scheduling.models import Appointment, AppointmentType, Charge
from scheduling.operations import charging
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory, ChargeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def billing(actor, biller) -> Actor:
    return actor(biller)


@pytest.fixture
def fee(clinic) -> Charge:
    return ChargeFactory(kind="no_show_fee", cpt_code="", rate_cents=4000, against=["first_time"])


def status(charge: Charge) -> str:
    return Charge.objects.with_state().get(pk=charge.pk).status


def test_a_fee_is_approved_or_waived_with_a_reason(fee, billing, biller):
    charging.decide_fee(fee.pk, decision="waived", reason="first time, all is well", by=billing)
    fee.refresh_from_db()
    assert (status(fee), fee.reason, fee.decided_by, fee.decided_at) == (
        "waived",
        "first time, all is well",
        biller,
        NOW,
    )

    charging.decide_fee(fee.pk, decision="approved", by=billing)
    fee.refresh_from_db()
    assert (status(fee), fee.reason) == ("ready", "")
    acts = AuditEntry.objects.filter(subject_kind="charge", subject_id=fee.pk).order_by("pk")
    assert [line.act for line in acts] == ["charge.waived", "charge.approved"]
    assert "all is well" not in str([(line.before, line.after) for line in acts])


@pytest.mark.parametrize("reason", ["", " ", "ok"])
def test_nothing_is_waived_without_a_reason(fee, billing, reason):
    with pytest.raises(Refusal, match="few words"):
        charging.decide_fee(fee.pk, decision="waived", reason=reason, by=billing)


def test_a_fee_that_may_not_be_asked_for_is_not_approved(clinic, billing):
    fee = ChargeFactory(kind="late_cancel_fee", against=["payer", "unreached"])

    with pytest.raises(Refusal, match="the payer forbids fees, no reminder arrived"):
        charging.decide_fee(fee.pk, decision="approved", by=billing)
    charging.decide_fee(fee.pk, decision="waived", reason="the payer says so", by=billing)
    assert status(fee) == "waived"


def test_a_service_is_not_decided(clinic, billing):
    with pytest.raises(Refusal, match="nothing to decide"):
        charging.decide_fee(ChargeFactory().pk, decision="approved", by=billing)


@pytest.mark.parametrize("who", ["front_desk", "provider"])
def test_only_billing_and_admins_act(request, fee, actor, who):
    by = actor(request.getfixturevalue(who))
    acts = [
        lambda: charging.decide_fee(fee.pk, decision="approved", by=by),
        lambda: charging.void(fee.pk, reason="no reason at all", by=by),
        lambda: charging.mark_exported([fee.pk], by=by),
        lambda: charging.remake([fee.pk], by=by),
        lambda: charging.charge_now([1], by=by),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_nobody_acts_before_undo_is_over_or_on_an_old_copy(clinic, billing):
    parked = ChargeFactory(kind="no_show_fee", not_before=NOW + dt.timedelta(seconds=60))
    old = ChargeFactory(edition=2)

    with pytest.raises(Refusal, match="may still take it back"):
        charging.decide_fee(parked.pk, decision="approved", by=billing)
    with pytest.raises(StaleEdit):
        charging.void(old.pk, reason="charged twice", edition=1, by=billing)


def test_ready_ones_are_exported_as_a_batch_and_others_left(clinic, billing):
    ready, missing, fee = ChargeFactory(), ChargeFactory(missing=["code"]), ChargeFactory(kind="no_show_fee")
    parked = ChargeFactory(not_before=NOW + dt.timedelta(seconds=60))

    done = charging.mark_exported([c.pk for c in (ready, missing, fee, parked)], by=billing)
    again = charging.mark_exported(
        [c.pk for c in (ready, missing, fee, parked)], by=billing, change_id=done.change.pk
    )

    assert (done.ids, again.ids, again.repeated) == ([ready.pk], [ready.pk], True)
    assert Charge.objects.get(exported_by_change=done.change) == ready
    with pytest.raises(Refusal, match="None of these is ready"):
        charging.mark_exported([ready.pk, missing.pk], by=billing)


def test_what_was_exported_is_credited_when_it_is_taken_back(clinic, billing):
    charge = ChargeFactory(rate_cents=14000)
    charging.mark_exported([charge.pk], by=billing)

    charging.void(charge.pk, reason="wrong client", by=billing)

    charge.refresh_from_db()
    credit = charge.reversal
    assert (credit.is_credit, credit.amount_cents, credit.reason) == (True, -14000, "wrong client")
    assert (status(charge), status(credit)) == ("exported", "ready")
    with clock.frozen(NOW + dt.timedelta(minutes=2)):
        charging.mark_exported([credit.pk], by=billing)
    assert status(credit) == "exported"
    with pytest.raises(Refusal, match="void"):
        charging.void(charge.pk, reason="once more", by=billing)


def test_an_approved_fee_that_was_exported_is_credited_too(fee, billing):
    charging.decide_fee(fee.pk, decision="approved", by=billing)
    charging.mark_exported([fee.pk], by=billing)

    charging.void(fee.pk, reason="they called after all", by=billing)

    fee.refresh_from_db()
    assert status(fee.reversal) == "ready"


def test_undo_takes_a_decision_an_export_and_a_reversal_back(fee, billing):
    charge = ChargeFactory()
    acts = [
        lambda: charging.decide_fee(fee.pk, decision="waived", reason="first time", by=billing),
        lambda: charging.mark_exported([charge.pk], by=billing),
        lambda: charging.void(charge.pk, reason="charged twice", by=billing),
    ]
    before = list(Charge.objects.with_state().order_by("pk").values_list("pk", "status", "reason"))
    for act in acts:
        operations.undo(act().change.pk, by=billing)
        after = list(Charge.objects.with_state().order_by("pk").values_list("pk", "status", "reason"))
        assert after == before


def done_visit(clinic, **columns) -> Appointment:
    row = AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(9, day=23), **columns)
    AttendanceFactory(appointment=row, client=clinic.regular, state="attended")
    Appointment.objects.filter(pk=row.pk).update(state="completed", completed_at=at(10, day=23))
    return row


def test_a_visit_that_was_never_charged_is_charged_now_and_once(clinic, billing):
    row = done_visit(clinic, rate_cents=14000)

    done = charging.charge_now([row.pk], by=billing)
    again = charging.charge_now([row.pk], by=billing)

    assert [c.amount_cents for c in Charge.objects.all()] == [14000]
    assert (len(done.ids), again.ids) == (1, [])


def test_looking_again_makes_anew_only_what_was_mended(clinic, billing):
    AppointmentType.objects.update(requires_authorization=True, rate=140)
    row = done_visit(clinic)
    charging.charge_now([row.pk], by=billing)
    [old] = Charge.objects.all()
    assert old.missing == ["code", "authorization"]
    later = NOW + dt.timedelta(minutes=2)

    with clock.frozen(later):
        assert charging.remake([old.pk], by=billing).ids == []  # nothing is other yet
        AppointmentType.objects.update(cpt_code="90834")
        permit = AuthorizationFactory(
            client=clinic.regular, starts_on=dt.date(2026, 11, 1), ends_on=dt.date(2026, 12, 31)
        )
        done = charging.remake([old.pk], by=billing)

    new = Charge.objects.standing().get()
    assert done.ids == [old.pk]
    assert (new.missing, new.cpt_code, new.authorization) == ([], "90834", permit)
    assert row.attendances.get().authorization_used
    assert (status(old), status(new)) == ("void", "ready")
