"""Couples and families through the doors: the form's chips, the panel's rows, one taken off, one put on."""

import re
import uuid

import pytest
from django.urls import reverse

from core import clock
from practice.tests.factories import ClientFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.states import Category
from scheduling.tests.conftest import at
from scheduling.tests.factories import AppointmentTypeFactory, TypeOfferFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
NEW = "/visits/new/"


def part(target: str) -> dict:
    return {"HX-Request": "true", "HX-Target": target}


@pytest.fixture
def desk(signed_in, front_desk):
    return signed_in(front_desk)


@pytest.fixture
def couples(clinic):
    kind = AppointmentTypeFactory(name="Couples", category=Category.COUPLES)
    TypeOfferFactory(type=kind, provider=clinic.provider)
    return kind


@pytest.fixture
def filled(clinic, couples):
    def make(**other) -> dict:
        usual = {
            "change_id": str(uuid.uuid4()),
            "type": couples.pk,
            "provider": str(clinic.provider.public_id),
            "on": "2026-11-25",
            "at": "2p",
            "minutes": "50",
            "modality": "in_person",
            "tell": "on",
            "client": [str(clinic.regular.public_id), str(clinic.other.public_id)],
            "q": ["", ""],
        }
        return usual | other

    return make


@pytest.fixture
def pair(clinic, wish, actor, front_desk) -> list[Attendance]:
    both = (clinic.regular.pk, clinic.other.pk)
    visit = operations.book(wish(14, client_ids=both), by=actor(front_desk)).appointment
    return list(visit.attendances.order_by("client_id"))


def chips(html: str) -> list[str]:
    return re.findall(r'comer__name">([^<]+)', html)


def posted(row, **other) -> dict:
    row.refresh_from_db()
    return {"change_id": str(uuid.uuid4()), "edition": row.edition} | other


def url(name: str, row) -> str:
    return reverse(f"scheduling:{name}", args=[getattr(row, "public_id", None) or row.pk])


# --- The form --------------------------------------------------------------------------------------


def test_a_type_for_several_shows_who_is_chosen_as_chips_and_a_field_for_the_next(desk, filled):
    html = desk.post("/visits/people/", filled()).content.decode()

    assert chips(html) == ["Rita Regular", "Otto Other"]
    assert html.count('role="combobox"') == 1
    assert "data-several" in html


def test_an_individual_type_stays_one_field(desk, filled, clinic):
    one = {"client": [str(clinic.regular.public_id)], "q": ["Rita Regular"], "type": clinic.type.pk}
    html = desk.post("/visits/people/", filled(**one)).content.decode()

    assert (chips(html), "data-several" in html) == ([], False)
    assert 'value="Rita Regular"' in html


def test_another_person_makes_several_of_one(desk, filled, clinic):
    one = {"client": [str(clinic.regular.public_id)], "q": [""], "type": clinic.type.pk, "add_person": "1"}
    html = desk.post("/visits/people/", filled(**one)).content.decode()

    assert chips(html) == ["Rita Regular"]
    assert html.count('role="combobox"') == 1


@pytest.mark.parametrize("address", [NEW, "/visits/people/"])
def test_a_chip_is_taken_off_with_and_without_scripts(desk, filled, clinic, address):
    html = desk.post(address, filled(remove_person=str(clinic.regular.public_id))).content.decode()

    assert chips(html) == ["Otto Other"]
    assert "Everybody who comes" in html
    assert Appointment.objects.count() == 0


def test_taking_the_last_one_off_leaves_an_empty_field(desk, filled, clinic):
    one = {"client": [str(clinic.regular.public_id)], "q": [""]}
    html = desk.post(NEW, filled(**one, remove_person=str(clinic.regular.public_id))).content.decode()

    assert (chips(html), html.count('role="combobox"')) == ([], 1)


def test_words_that_fit_several_people_are_asked_about_beside_the_chips(desk, filled, clinic):
    ClientFactory(first_name="Dana", last_name="Dunn")
    ClientFactory(first_name="Dina", last_name="Dunn")
    response = desk.post(NEW, filled(client=[str(clinic.regular.public_id), ""], q=["", "Dunn"]))

    html = response.content.decode()
    assert (response.status_code, chips(html)) == (422, ["Rita Regular"])
    assert "Choose who is meant" in html
    assert 'href="#client-1"' in html


def test_a_couple_is_booked_with_an_attendance_each(desk, filled, clinic):
    desk.post(NEW, filled(client=[str(clinic.regular.public_id), "", ""], q=["", "Otto", ""]))

    visit = Appointment.objects.get()
    assert set(visit.attendances.values_list("client", flat=True)) == {clinic.regular.pk, clinic.other.pk}


# --- The panel -------------------------------------------------------------------------------------


def panel(desk, pair) -> str:
    visit = pair[0].appointment
    return desk.get(url("visit", visit), headers={"HX-Request": "true"}).content.decode()


def test_the_panel_says_how_each_person_stands_with_their_own_acts(desk, pair, actor, front_desk):
    operations.confirm(pair[0].pk, by=actor(front_desk))
    operations.cancel_person(pair[1].pk, reason="client_request", by=actor(front_desk))

    html = panel(desk, pair)
    rows = re.findall(r'acts__name">([^<]+?)\s*<.*?acts__stands">([^<]+)<(.*?)</li>', html, re.DOTALL)
    assert [(name, stands.split(" · ")[0]) for name, stands, _ in rows] == [
        ("Rita Regular", "Confirmed by staff, Nov 24"),
        ("Otto Other", "Cancelled"),
    ]
    assert [re.findall(r'data-act="(\w+)"', acts) for _, _, acts in rows] == [
        ["unconfirm", "cancel_person"],
        ["put_back"],
    ]
    assert 'data-act="add_person"' in html
    story = re.findall(r"(Otto Other: [^<]+|Who comes[^<]*)<", html)
    assert [line.strip() for line in story if "reach" not in line] == ["Otto Other: taken off by Fran Desk"]


def test_who_may_not_act_sees_how_they_stand_and_no_buttons(signed_in, biller, pair):
    html = panel(signed_in(biller), pair)

    assert html.count("acts__stands") == 2
    assert "data-act=" not in html


def test_one_is_taken_off_in_a_dialog_with_undo(desk, pair):
    dialog = desk.get(url("attendance-cancel", pair[0]), headers=part("dialog")).content.decode()
    assert "The visit stands for everybody else." in dialog

    answer = desk.post(
        url("attendance-cancel", pair[0]), posted(pair[0], reason="client_request"), headers=part("dialog")
    )

    said = answer.content.decode()
    assert "Took Rita Regular off, Wed Nov 25, 2:00 pm." in said
    assert "Nobody is told." in said
    assert "/undo/" in said


def test_the_last_one_is_told_that_the_visit_goes_too(desk, pair):
    desk.post(url("attendance-cancel", pair[0]), posted(pair[0], reason="client_request"))
    page = desk.get(url("attendance-cancel", pair[1])).content.decode()
    assert "this cancels the visit" in page

    answer = desk.post(
        url("attendance-cancel", pair[1]), posted(pair[1], reason="weather"), headers=part("dialog")
    )

    assert "and with them the visit on Wed Nov 25, 2:00 pm." in answer.content.decode()
    assert Appointment.objects.get().state == "cancelled"


def test_taking_off_needs_a_reason_and_the_newest_state(desk, pair, actor, front_desk):
    none = desk.post(url("attendance-cancel", pair[0]), posted(pair[0]))
    stale = posted(pair[0], reason="weather")
    operations.confirm(pair[0].pk, by=actor(front_desk))
    old = desk.post(url("attendance-cancel", pair[0]), stale)

    assert (none.status_code, old.status_code) == (422, 409)
    assert "Somebody changed this" in old.content.decode()
    again = re.search(r'name="edition" value="(\d+)"', old.content.decode())
    assert again[1] == "2"


def test_put_back_with_one_click(desk, pair, actor, front_desk):
    operations.cancel_person(pair[0].pk, reason="client_request", by=actor(front_desk))

    answer = desk.post(url("attendance-put-back", pair[0]), posted(pair[0]), headers=part("toasts"))

    assert "Rita Regular is back on the visit." in answer.content.decode()
    assert Attendance.objects.get(pk=pair[0].pk).state == "expected"


def test_somebody_joins_by_name_without_scripts(desk, pair):
    child = ClientFactory(first_name="Cleo", last_name="Childs")
    visit = pair[0].appointment
    answer = desk.post(url("visit-add-person", visit), posted(visit, q="Cleo", client="", tell="on"))

    assert answer.status_code == 302
    assert visit.attendances.filter(client=child).exists()


@pytest.mark.parametrize(("q", "says"), [("", "Say who comes too."), ("Nobody Known", "Nobody fits.")])
def test_who_is_not_understood_is_asked_again(desk, pair, q, says):
    visit = pair[0].appointment
    answer = desk.post(url("visit-add-person", visit), posted(visit, q=q), headers=part("person-add-form"))

    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_what_their_coming_adds_may_be_overridden_with_a_reason(desk, pair, clinic, wish, actor, front_desk):
    child = ClientFactory()
    other = {"provider_id": clinic.colleague.pk, "client_ids": (child.pk,)}
    operations.book(wish(14, **other), by=actor(front_desk))
    visit = pair[0].appointment
    asked = posted(visit, client=str(child.public_id), q="")
    refused = desk.post(url("visit-add-person", visit), asked)
    assert refused.status_code == 409
    assert "The client already has a visit from 2:00 pm" in refused.content.decode()
    assert "data-needs-override" in refused.content.decode()

    desk.post(url("visit-add-person", visit), asked | {"change_id": uuid.uuid4(), "override_reason": "meant"})

    visit.refresh_from_db()
    assert [line["reason"] for line in visit.overrides] == ["meant"]


def test_a_colleagues_couple_is_not_there(signed_in, clinic, pair):
    browser = signed_in(clinic.colleague.user)

    assert browser.get(url("attendance-cancel", pair[0])).status_code == 404
    assert browser.get(url("visit-add-person", pair[0].appointment)).status_code == 404


def test_who_came_is_said_for_each_and_the_session_completed(desk, pair):
    with clock.frozen(at(14, 55)):
        desk.post(url("attendance-check-in", pair[0]), posted(pair[0]))
        desk.post(url("attendance-absent", pair[1]), posted(pair[1]))
        visit = pair[0].appointment
        desk.post(url("visit-complete", visit), posted(visit))

    assert [p.state for p in visit.attendances.order_by("client_id")] == ["attended", "absent"]
