"""What the database itself keeps of charges: once, exactly one subject, never edited, what left stays."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from scheduling.models import Charge
from scheduling.rules.charges import Written, state_of
from scheduling.tests.factories import AttendanceFactory, ChargeFactory

pytestmark = pytest.mark.django_db


def refused(act, *names: str) -> None:
    with pytest.raises(IntegrityError, match="|".join(names)), transaction.atomic():
        act()


def reversed_now(charge: Charge) -> Charge:
    Charge.objects.filter(pk=charge.pk).update(
        reversed_at=charge.not_before, closed_by_change=charge.change, edition=2
    )
    charge.refresh_from_db()
    return charge


def test_one_person_is_charged_once_for_one_thing():
    first = ChargeFactory()
    other_kind = ChargeFactory(attendance=first.attendance, kind="no_show_fee")

    refused(lambda: ChargeFactory(attendance=first.attendance), "scheduling_charge_once_a_person")
    assert other_kind.pk


def test_one_meeting_is_charged_once_for_one_thing():
    visit = AttendanceFactory().appointment
    ChargeFactory(attendance=None, appointment=visit)

    refused(lambda: ChargeFactory(attendance=None, appointment=visit), "scheduling_charge_once_a_meeting")


def test_after_a_reversal_it_is_charged_again():
    first = reversed_now(ChargeFactory())
    ChargeFactory(attendance=first.attendance, reverses=first, units=-1)

    assert ChargeFactory(attendance=first.attendance).pk
    refused(lambda: ChargeFactory(attendance=first.attendance, reverses=first, units=-1), "reverses_id")


def test_it_is_for_a_person_or_a_meeting():
    person = AttendanceFactory()
    name = "scheduling_charge_attendance_or_meeting"

    refused(lambda: ChargeFactory(attendance=person, appointment=person.appointment), name)
    refused(lambda: ChargeFactory(attendance=None), name)


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"units": 0}, "reversal_is_negative"),
        ({"units": -1}, "reversal_is_negative"),
        ({"is_credit": True}, "reversal_is_negative"),
        ({"reversed_at": dt.datetime.now(dt.UTC)}, "reversed_paired"),
        ({"exported_at": dt.datetime.now(dt.UTC)}, "exported_paired"),
        ({"decision": "approved", "kind": "no_show_fee"}, "decided_paired"),
    ],
)
def test_pairs_and_signs(columns, name):
    refused(lambda: ChargeFactory(**columns), name)


def test_a_reversal_is_not_reversed():
    first = reversed_now(ChargeFactory())
    back = ChargeFactory(attendance=first.attendance, reverses=first, units=-1)

    refused(lambda: reversed_now(back), "scheduling_charge_reversal_stands")


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"kind": "service", "decision": "approved"}, "only_fees_are_decided"),
        ({"kind": "no_show_fee", "decision": "waived"}, "waived_has_reason"),
    ],
)
def test_fees_are_decided_with_a_reason_and_nothing_else_is(columns, name, admin_user):
    decided = {"decided_at": dt.datetime.now(dt.UTC), "decided_by": admin_user}

    refused(lambda: ChargeFactory(**columns, **decided), name)


@pytest.mark.parametrize(
    "columns", [{"missing": ["code"]}, {"kind": "no_show_fee"}, {"kind": "late_cancel_fee"}]
)
def test_only_what_is_complete_and_decided_is_exported(columns):
    charge = ChargeFactory(**columns)
    exported = {"exported_at": charge.not_before, "exported_by_change": charge.change}

    refused(lambda: Charge.objects.filter(pk=charge.pk).update(**exported), "exported_is_ready")


@pytest.mark.parametrize(
    "columns",
    [
        {"rate_cents": 1},
        {"units": 2},
        {"cpt_code": "90837"},
        {"modifiers": ["95"]},
        {"missing": ["code"]},
        {"kind": "no_show_fee"},
        {"expected_copay_cents": 5},
        {"served_on": dt.date(2020, 1, 1)},
    ],
)
def test_what_a_charge_says_is_never_edited(columns):
    charge = ChargeFactory()

    refused(lambda: Charge.objects.filter(pk=charge.pk).update(**columns), "never edited")


def test_every_column_is_kept_but_those_of_what_became_of_it():
    """The trigger and the model name the same columns, so a new one is kept from the first day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'scheduling_charge_kept'")
        [(source,)] = cursor.fetchall()
    named = source.split("ARRAY[")[1].split("]")[0]

    assert {word.strip().strip("'") for word in named.split(",")} == {*Charge.MAY_CHANGE, "amount_cents"}


def test_what_was_exported_is_never_deleted():
    charge = ChargeFactory()
    charge.exported_at, charge.exported_by_change = charge.not_before, charge.change
    charge.save()

    refused(charge.delete, "what was exported stays")
    other = ChargeFactory()
    other.delete()
    assert Charge.objects.get() == charge


STATES = [
    {},
    {"missing": ["code"]},
    {"kind": "no_show_fee"},
    {"kind": "no_show_fee", "decision": "waived", "reason": "first time"},
    {"kind": "late_cancel_fee", "decision": "approved"},
]


@pytest.mark.parametrize("columns", STATES)
@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("is_exported", [False, True])
@pytest.mark.parametrize("reverses", ["", "unexported", "exported"])
def test_both_twins_say_the_same_state(columns, is_reversed, is_exported, reverses, admin_user):
    """Of every row the database lets stand."""
    first = reversed_now(ChargeFactory()) if reverses else None
    row = ChargeFactory.build(**columns, attendance=AttendanceFactory())
    seed = ChargeFactory()
    row.change, row.reverses, row.units = seed.change, first, -1 if first else 1
    row.is_credit = reverses == "exported"
    if row.decision:
        row.decided_at, row.decided_by = seed.not_before, admin_user
    if is_reversed:
        row.reversed_at, row.closed_by_change = seed.not_before, seed.change
    if is_exported:
        row.exported_at, row.exported_by_change = seed.not_before, seed.change
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return  # such a row cannot be

    written = Written(
        kind=row.kind,
        decision=row.decision,
        is_missing=bool(row.missing),
        is_exported=is_exported,
        is_reversed=is_reversed,
        reverses_unexported=reverses == "unexported",
    )
    assert Charge.objects.with_state().get(pk=row.pk).status == state_of(written)
