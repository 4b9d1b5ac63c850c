"""Settings of charges: fees, modifiers, places; codes by minutes and modifiers of a type."""

import uuid
from decimal import Decimal

import pytest

from core.refusals import NotAllowed, StaleEdit
from practice.models import AuditEntry, Practice
from scheduling.forms.charging import CodesField, ModifiersField
from scheduling.models import AppointmentType
from scheduling.operations.charging.policy import ChargingFacts, facts_now, mark_of, save_charging

PAGE = "/settings/charging/"


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("", ()),
        ("16 90832\n38 90834\n53+ 90837", ((16, "90832"), (38, "90834"), (53, "90837"))),
        ("53: 90837\n\n16 min: 90832", ((16, "90832"), (53, "90837"))),
        ("60 h0004", ((60, "H0004"),)),
    ],
)
def test_codes_are_read_as_people_type_them(typed, codes):
    field = CodesField()

    assert field.clean(typed) == codes
    assert field.clean(field.prepare_value(codes)) == codes
    assert not field.has_changed([list(pair) for pair in codes], field.prepare_value(codes))


@pytest.mark.parametrize("typed", ["90834", "16 9083", "a 90834", "16 90832\n16 90834"])
def test_a_line_that_says_no_code_is_refused(typed):
    with pytest.raises(Exception, match=r"no line like|same minute"):
        CodesField().clean(typed)


def test_modifiers_are_two_letters_or_digits_each_once():
    field = ModifiersField()

    assert field.clean("95, gt 95") == ("95", "GT")
    assert field.clean("") == ()
    with pytest.raises(Exception, match="no modifier"):
        field.clean("telehealth")


@pytest.fixture
def admin(actor, admin_user):
    return actor(admin_user)


@pytest.mark.django_db
def test_only_admins_save_and_nobody_over_a_newer_state(admin, actor, front_desk, biller):
    seen = mark_of(facts_now(Practice.objects.get()))
    facts = ChargingFacts(no_show_fee=Decimal("75.00"), telehealth_modifiers=("95",))

    for who in (front_desk, biller):
        with pytest.raises(NotAllowed):
            save_charging(facts, seen=seen, by=actor(who))
    change = save_charging(facts, seen=seen, by=admin)
    again = save_charging(facts, seen=seen, by=admin, change_id=change.pk)
    with pytest.raises(StaleEdit):
        save_charging(facts, seen=seen, by=admin)

    assert again == change
    assert facts_now(Practice.objects.get()) == facts
    assert AuditEntry.objects.get(act="practice.charging_changed").after["no_show_fee"] == "75.00"


def form(practice, **more) -> dict:
    return {
        "change_id": str(uuid.uuid4()),
        "seen": mark_of(facts_now(practice)),
        "no_show_fee": "75",
        "late_cancel_fee": "",
        "absent_members": "full",
        "payers_without_fees": "Medicaid\nMedicare\nMedicaid",
        "telehealth_place": "02",
        "telehealth_modifiers": "95 gt",
        "phone_modifiers": "",
        **more,
    }


@pytest.mark.django_db
def test_the_page_saves_and_shows_what_was_saved(signed_in, admin_user, practice):
    browser = signed_in(admin_user)

    answer = browser.post(PAGE, form(practice), follow=True)

    html = answer.content.decode()
    assert "It holds from the next charge on." in html
    assert ("Medicaid\nMedicare" in html, 'value="95 GT"' in html, 'value="75.00"' in html) == (True,) * 3


@pytest.mark.django_db
def test_the_page_says_what_is_wrong_and_when_somebody_was_faster(signed_in, admin_user, practice):
    browser = signed_in(admin_user)

    wrong = browser.post(PAGE, form(practice, telehealth_modifiers="video"))
    stale = browser.post(PAGE, form(practice, seen="old"))

    assert (wrong.status_code, "no modifier" in wrong.content.decode()) == (422, True)
    assert (stale.status_code, "Save again" in stale.content.decode()) == (409, True)


@pytest.mark.django_db
def test_a_type_is_given_codes_by_length(signed_in, admin_user, practice):
    row = AppointmentType.objects.create(name="Talk")
    browser = signed_in(admin_user)
    page = f"/settings/types/{row.pk}/"
    data = {
        "change_id": str(uuid.uuid4()), "edition": 1, "name": "Talk", "category": "individual", "hue": "teal",
        "icon": "user-round", "duration_minutes": "50", "buffer_before_minutes": "0", "buffer_after_minutes": "15",
        "modalities": ["in_person"], "is_billable": "on", "codes_by_minutes": "38 90834\n16 90832", "modifiers": "u1",
    }  # fmt: skip

    browser.post(page, data)

    row.refresh_from_db()
    assert (row.codes_by_minutes, row.modifiers) == ([[16, "90832"], [38, "90834"]], ["U1"])
    assert "16 90832\n38 90834" in browser.get(page).content.decode()
