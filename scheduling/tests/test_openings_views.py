"""The opening search as people use it: filters in the address, a press that holds, the form that books."""

import datetime as dt
import re
import uuid

import pytest
from django.http import QueryDict
from django.urls import reverse

from core import clock
from practice.models import Change
from practice.tests.factories import ClientFactory, RoomFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PAGE, HOLD, RELEASE = "/openings/", "/openings/hold/", "/openings/release/"
TO_DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}
TOKEN = "6f4ed3a2-1d31-4a43-9d5f-7f3f4d1f0d11"


@pytest.fixture
def desk(signed_in, front_desk):
    return signed_in(front_desk)


@pytest.fixture
def asked(clinic):
    def query(**other) -> dict:
        return {"type": clinic.type.pk, "from": "2026-11-25", "to": "2026-11-25", **other}

    return query


def pressed(clinic, hour: int = 14, **other) -> dict:
    """What the button of tomorrow at `hour` with the provider posts."""
    minute = int(at(hour).timestamp()) // 60
    back = f"type={clinic.type.pk}&client={clinic.regular.public_id}"
    return {"at": f"{clinic.provider.public_id}.{minute}", "token": TOKEN, "back": back, **other}


def times(response) -> list[str]:
    return re.findall(r"data-time>([^<]+)<", response.content.decode())


def test_the_page_shows_the_soonest_by_day_and_provider(clinic, desk, asked):
    page = desk.get(PAGE, asked(provider=str(clinic.provider.public_id)))

    assert times(page)[:2] == ["8:00 am", "8:15 am"]
    assert len(times(page)) == 37
    assert "37 times, Wed Nov 25" in page.content.decode()


def test_without_a_question_it_answers_the_usual_one(clinic, desk):
    page = desk.get(PAGE)

    assert times(page)[0] == "10:00 am"
    assert f'value="{clinic.type.pk}" selected' in page.content.decode()


def test_what_is_asked_stays_in_the_address(clinic, desk, asked):
    question = asked(
        provider=[str(clinic.provider.public_id), str(clinic.colleague.public_id)],
        client=str(clinic.regular.public_id),
        day=["1", "2"],
        after="9am",
        before="5pm",
        minutes="50",
        location=str(clinic.location.pk),
        room="any",
        modality="in_person",
        limit="10",
    )
    page = desk.get(PAGE, question)

    again = page.context["here"]
    assert desk.get(f"{PAGE}?{again}").context["here"] == again
    query = QueryDict(again)
    assert {name: query.getlist(name) for name in query} == {
        name: value if isinstance(value, list) else [str(value)] for name, value in question.items()
    }
    assert page.context["form"].is_valid()
    assert "Rita" not in again


def test_a_day_is_shown_whole_and_more_on_demand(clinic, desk, asked):
    page = desk.get(PAGE, asked(to="2026-11-27", limit="10"))

    assert len(times(page)) == 74
    assert page.context["days"].is_more
    assert len(times(desk.get(page.context["more_url"]))) == 148


def test_mistakes_are_named_beside_the_field(clinic, desk, asked):
    page = desk.get(PAGE, asked(to="2026-11-24", after="soonish"))

    said = page.content.decode()
    assert "The last day lies before the first." in said
    assert "Write a time like" in said
    assert times(page) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_for_one_and_three(
    clinic, desk, asked, rows, django_assert_max_num_queries
):
    for n in range(rows):
        RoomFactory(location=clinic.location, name=f"R{n}")
        AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(8 + 2 * n))
    desk.get(PAGE, asked())
    with django_assert_max_num_queries(15):
        page = desk.get(PAGE, asked(client=str(clinic.regular.public_id), room="any"))
    assert times(page)


def test_a_name_is_posted_and_the_address_gets_the_public_id(clinic, desk):
    answer = desk.post("/openings/client/", {"q": "Rita", "client": "", "back": "type=1&day=2"})

    assert answer["Location"] == f"{PAGE}?type=1&day=2&client={clinic.regular.public_id}"


def test_a_name_that_fits_several_asks_who(clinic, desk):
    ClientFactory(first_name="Otto", last_name="Otherson")

    answer = desk.post("/openings/client/", {"q": "Otto", "client": "", "back": f"type={clinic.type.pk}"})

    assert answer.status_code == 422
    assert "Choose who is meant" in answer.content.decode()


def test_why_names_everybody_without_an_opening(clinic, desk, asked):
    clinic.provider.max_per_day = 1
    clinic.provider.save()
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(9))
    clinic.colleague.offers.all().delete()

    said = desk.get("/openings/why/", asked(on="2026-11-25"), headers={"HX-Request": "true"}).content.decode()

    assert "Daily maximum of 1 reached" in said
    assert "Does not offer Follow-up" in said
    assert "<html" not in said
    assert "<html" in desk.get("/openings/why/", asked(on="2026-11-25")).content.decode()
    assert desk.get("/openings/why/", asked(on="soon")).status_code == 404


# --- Hold, book, give back -------------------------------------------------------------------------


def held() -> Appointment:
    return Appointment.objects.get(state=AppointmentState.HELD)


def form_of(hold: Appointment, clinic, **other) -> dict:
    wall = hold.starts_at.astimezone(at(8).tzinfo)
    return {
        "change_id": str(uuid.uuid4()),
        "hold": str(hold.public_id),
        "client": str(clinic.regular.public_id),
        "q": "Rita",
        "type": clinic.type.pk,
        "provider": str(hold.provider.public_id),
        "on": wall.date().isoformat(),
        "at": f"{wall:%H:%M}",
        "minutes": str(hold.minutes),
        "modality": "in_person",
        "search": f"type={clinic.type.pk}",
        "tell": "on",
        **other,
    }


def test_a_press_holds_ten_minutes_and_opens_the_form_filled(clinic, desk):
    answer = desk.post(HOLD, pressed(clinic), headers=TO_DIALOG)

    said, hold = answer.content.decode(), held()
    assert (hold.starts_at, hold.hold_until, hold.provider) == (
        at(14),
        NOW + dt.timedelta(minutes=10),
        clinic.provider,
    )
    assert not Attendance.objects.exists()
    assert "Held for you until <strong>10:10 am" in said
    for value in ("2:00 pm", "2026-11-25", str(clinic.regular.public_id), str(hold.public_id)):
        assert f'value="{value}"' in said
    assert 'data-release="/openings/release/"' in said
    assert "<span>Book</span>" in said  # one time is held, so nothing repeats
    assert "repeats" not in said


def test_without_javascript_the_form_is_a_page(clinic, desk):
    page = desk.post(HOLD, pressed(clinic), follow=True)

    said = page.content.decode()
    assert page.redirect_chain[0][0].startswith("/visits/new/?hold=")
    assert "Rita" not in page.redirect_chain[0][0]
    assert 'formaction="/openings/release/"' in said


def test_pressing_twice_holds_once(clinic, desk):
    first = desk.post(HOLD, pressed(clinic), headers=TO_DIALOG)
    with clock.frozen(NOW + dt.timedelta(seconds=2)):
        second = desk.post(HOLD, pressed(clinic), headers=TO_DIALOG)

    assert (first.status_code, second.status_code) == (200, 200)
    assert Appointment.objects.count() == 1


def test_the_same_button_holds_again_once_it_was_given_back(clinic, desk):
    desk.post(HOLD, pressed(clinic), headers=TO_DIALOG)
    desk.post(RELEASE, {"hold": str(held().public_id)})

    desk.post(HOLD, pressed(clinic), headers=TO_DIALOG)

    assert held().starts_at == at(14)


def test_booking_takes_the_place_of_the_hold_in_one_act(clinic, desk):
    desk.post(HOLD, pressed(clinic))
    hold = held()

    answer = desk.post("/visits/new/", form_of(hold, clinic))

    assert answer.status_code == 302
    visit = Appointment.objects.get(state=AppointmentState.SCHEDULED)
    hold.refresh_from_db()
    assert (visit.starts_at, hold.state) == (at(14), AppointmentState.RELEASED)
    change = Change.objects.get(act="visit.book")
    acts = set(change.entries.values_list("act", flat=True))
    assert {"hold.booked", "visit.booked"} <= acts


def test_the_booking_may_be_undone_and_the_hold_stands_again(clinic, desk, actor, front_desk):
    desk.post(HOLD, pressed(clinic))
    desk.post("/visits/new/", form_of(held(), clinic))

    operations.undo(Change.objects.get(act="visit.book").pk, by=actor(front_desk))

    assert held().hold_until == NOW + dt.timedelta(minutes=10)
    assert Appointment.objects.count() == 1


def test_the_form_may_say_another_time_and_the_hold_still_ends(clinic, desk):
    desk.post(HOLD, pressed(clinic))
    hold = held()

    desk.post("/visits/new/", form_of(hold, clinic, at="16:00"))

    hold.refresh_from_db()
    assert hold.state == AppointmentState.RELEASED
    assert Appointment.objects.get(state=AppointmentState.SCHEDULED).starts_at == at(16)


def test_a_form_sent_twice_books_once(clinic, desk):
    desk.post(HOLD, pressed(clinic))
    form = form_of(held(), clinic)

    answers = [desk.post("/visits/new/", form).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert Appointment.objects.filter(state=AppointmentState.SCHEDULED).count() == 1


def test_a_refused_booking_leaves_the_hold_standing(clinic, desk):
    desk.post(HOLD, pressed(clinic))
    hold = held()
    visit = AppointmentFactory(type=clinic.type, provider=clinic.colleague, starts_at=at(14))
    Attendance.objects.create(appointment=visit, client=clinic.regular)

    answer = desk.post("/visits/new/", form_of(hold, clinic))

    assert answer.status_code == 409
    assert "already has a visit" in answer.content.decode()
    assert held() == hold


def test_somebody_booked_meanwhile_is_refused_with_the_reasons(clinic, desk):
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(14))

    part = desk.post(HOLD, pressed(clinic), headers=TO_DIALOG)
    page = desk.post(HOLD, pressed(clinic))

    assert (part.status_code, page.status_code) == (409, 409)
    assert part["HX-Trigger"] == "openings:refresh"
    for answer in (part, page):
        assert "is booked from 2:00 pm to 2:50 pm" in answer.content.decode()


def test_a_hold_that_ran_out_and_was_taken_is_refused_on_booking(clinic, desk, wish, actor, front_desk):
    desk.post(HOLD, pressed(clinic))
    hold = held()
    with clock.frozen(NOW + dt.timedelta(minutes=11)):
        operations.book(wish(14, client_ids=(clinic.other.pk,)), by=actor(front_desk))
        answer = desk.post("/visits/new/", form_of(hold, clinic))

    assert answer.status_code == 409
    assert Appointment.objects.filter(state=AppointmentState.SCHEDULED).count() == 1


def test_closing_gives_the_time_back_at_once(clinic, desk):
    desk.post(HOLD, pressed(clinic), headers=TO_DIALOG)

    hold = held()
    answer = desk.post(RELEASE, {"hold": str(hold.public_id)}, headers={"HX-Request": "true"})
    again = desk.post(RELEASE, {"hold": str(hold.public_id), "search": "type=1"})

    hold.refresh_from_db()
    assert hold.state == AppointmentState.RELEASED
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "openings:refresh")
    assert again["Location"] == "/openings/?type=1"


def test_an_old_button_is_refused_in_words(clinic, desk):
    answer = desk.post(HOLD, {"at": "nonsense", "token": TOKEN, "back": ""})

    assert answer.status_code == 422
    assert "out of date" in answer.content.decode()


def test_the_room_asked_for_is_held_too(clinic, desk):
    clinic.room.capacity = 1
    clinic.room.save()
    large = RoomFactory(location=clinic.location, name="Room 2", capacity=3)

    desk.post(HOLD, pressed(clinic, back=f"type={clinic.type.pk}&room=any&client={clinic.regular.public_id}"))

    assert held().room == large


def test_billing_sees_times_but_no_buttons(clinic, signed_in, biller, asked):
    page = signed_in(biller).get(PAGE, asked())

    assert "8:00 am" in page.content.decode()
    assert times(page) == []
    assert signed_in(biller).post(HOLD, pressed(clinic)).status_code == 403


def test_the_calendar_says_until_when_a_time_is_held(clinic, desk):
    desk.post(HOLD, pressed(clinic))

    page = desk.get(reverse("scheduling:calendar"), {"on": "2026-11-25"}).content.decode()

    assert "until Nov 24, 10:10" in page
