"""Booking, moving, cancelling, the one-click acts and Undo, as pages and as parts."""

import datetime as dt
import json
import uuid

import pytest
from django.urls import reverse

from core import clock
from practice.models import Change
from practice.tests.factories import ClientFactory
from scheduling import operations
from scheduling.models import Appointment, Attendance
from scheduling.states import AppointmentState, AttendanceState
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, AppointmentTypeFactory, AttendanceFactory

pytestmark = pytest.mark.usefixtures("now")
NEW = "/visits/new/"


def part(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}


def events(response) -> set[str]:
    return set(json.loads(response.headers["HX-Trigger"]))


@pytest.fixture
def desk(signed_in, front_desk):
    return signed_in(front_desk)


@pytest.fixture
def filled(clinic):
    """What the booking form posts: the regular client with the provider, tomorrow at two."""

    def values(**other) -> dict:
        usual = {
            "change_id": str(uuid.uuid4()),
            "client": str(clinic.regular.public_id),
            "q": "Rita",
            "type": clinic.type.pk,
            "provider": str(clinic.provider.public_id),
            "on": "2026-11-25",
            "at": "2p",
            "minutes": "50",
            "modality": "in_person",
            "tell": "on",
        }
        return usual | other

    return values


@pytest.fixture
def visit(wish, actor, front_desk) -> Appointment:
    """Booked for tomorrow at two."""
    return operations.book(wish(14), by=actor(front_desk)).appointment


def moved(row: Appointment, **other) -> dict:
    row.refresh_from_db()
    usual = {
        "change_id": str(uuid.uuid4()),
        "edition": row.edition,
        "provider": str(row.provider.public_id),
        "on": "2026-11-25",
        "at": "4p",
        "minutes": "50",
        "modality": "in_person",
        "tell": "on",
    }
    return usual | other


def act(row: Appointment | Attendance, **other) -> dict:
    row.refresh_from_db()
    return {"change_id": str(uuid.uuid4()), "edition": row.edition} | other


def url(name: str, row) -> str:
    return reverse(f"scheduling:{name}", args=[getattr(row, "public_id", None) or row.pk])


# --- Booking ---------------------------------------------------------------------------------------


def test_the_form_is_a_page_and_a_dialog(desk, clinic):
    page, dialog = desk.get(NEW), desk.get(NEW, headers=part("dialog"))

    assert "<html" in page.content.decode()
    assert dialog.content.decode().lstrip().startswith("<dialog")


def test_the_form_opens_where_the_grid_was_pressed(desk, clinic):
    query = {"on": "2026-11-26", "at": "09:15", "provider": clinic.provider.public_id, "minutes": 75}

    html = desk.get(NEW, query).content.decode()

    assert 'value="2026-11-26"' in html
    assert 'value="9:15 am"' in html
    assert 'value="75"' in html
    assert f'value="{clinic.provider.public_id}" selected' in html


def test_booking_without_javascript_ends_on_the_calendar_with_the_visit_open(desk, filled):
    response = desk.post(NEW, filled())

    booked = Appointment.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/calendar/?on=2026-11-25&visit={booked.public_id}"
    assert booked.starts_at == at(14)


def test_booking_from_the_dialog_answers_with_a_toast_and_redraws(desk, filled):
    response = desk.post(NEW, filled(), headers=part("visit-form"))

    html = response.content.decode()
    change = Change.objects.get(act="visit.book")
    assert (response.status_code, response["HX-Reswap"]) == (200, "none")
    assert events(response) == {"calendar:refresh", "dialog:close"}
    assert "Booked Rita Regular, Wed Nov 25, 2:00 pm." in html
    assert "Messages about it wait 60 s." in html
    assert reverse("scheduling:change-undo", args=[change.pk]) in html
    assert "autofocus" not in html


def test_a_form_sent_twice_books_once(desk, filled):
    values = filled()

    statuses = [desk.post(NEW, values).status_code for _ in range(2)]

    assert (statuses, Appointment.objects.count()) == ([302, 302], 1)


def test_any_free_room_sent_twice_books_once(desk, filled, clinic):
    clinic.room.capacity = 4
    clinic.room.save()
    values = filled(location=clinic.location.pk, room="-1")

    statuses = [desk.post(NEW, values).status_code for _ in range(2)]

    assert statuses == [302, 302]
    assert [row.room for row in Appointment.objects.all()] == [clinic.room]


def test_malformed_values_come_back_kept_with_a_summary(desk, filled):
    response = desk.post(NEW, filled(at="later", note="Bring the form"), headers=part("visit-form"))

    html = response.content.decode()
    assert response.status_code == 422
    assert 'value="later"' in html
    assert "Bring the form" in html
    assert 'class="error-summary"' in html
    assert not Appointment.objects.exists()


def test_an_occupied_time_is_refused_with_free_ones_beside(desk, filled, visit, clinic):
    other = {"client": str(clinic.other.public_id), "at": "2:15 pm"}

    response = desk.post(NEW, filled(**other), headers=part("visit-form"))

    html = response.content.decode()
    assert response.status_code == 409
    assert "Dr. Maya Smith is booked from 2:00 pm to 2:50 pm." in html
    assert 'role="alert"' in html
    assert 'name="at_instead" value="3:15 pm"' in html
    assert "data-needs-override" in html
    assert Appointment.objects.count() == 1


def test_a_suggested_time_is_put_into_the_form(desk, filled, visit):
    response = desk.post(NEW, filled(at_instead="3:15 pm"))

    assert response.status_code == 200
    assert 'value="3:15 pm"' in response.content.decode()
    assert Appointment.objects.count() == 1


def test_an_override_needs_a_reason_and_is_kept(desk, filled, visit, clinic):
    values = filled(client=str(clinic.other.public_id), override_reason="Emergency")

    assert desk.post(NEW, values).status_code == 302
    assert [row["reason"] for row in Appointment.objects.latest("pk").overrides] == ["Emergency"]


def test_a_used_id_comes_back_with_a_fresh_one(desk, filled):
    values = filled()
    desk.post(NEW, values)

    response = desk.post(NEW, values | {"at": "4p"}, headers=part("visit-form"))

    assert response.status_code == 409
    assert values["change_id"] not in response.content.decode()
    assert 'value="4p"' in response.content.decode()


def test_an_untold_client_is_said_so(desk, filled):
    values = filled()
    del values["tell"]

    response = desk.post(NEW, values, headers=part("visit-form"))

    assert "Nobody is told." in response.content.decode()


def test_another_person_may_come_too(desk, filled, clinic):
    both = [str(clinic.regular.public_id), str(clinic.other.public_id)]

    desk.post(NEW, filled(client=both, q=["", ""]))

    assert set(Attendance.objects.values_list("client", flat=True)) == {clinic.regular.pk, clinic.other.pk}


def test_without_javascript_a_button_adds_a_person(desk, filled):
    response = desk.post(NEW, filled(add_person="1"))

    assert response.status_code == 200
    html = response.content.decode()
    assert (html.count('class="comer"'), html.count("data-combobox-value")) == (1, 1)


def test_a_provider_may_not_book_for_a_colleague(signed_in, filled, clinic):
    response = signed_in(clinic.provider).post(NEW, filled(provider=str(clinic.colleague.public_id)))

    assert (response.status_code, Appointment.objects.count()) == (422, 0)


def test_billing_may_not_book(signed_in, biller, clinic):
    browser = signed_in(biller)
    pages = [NEW, "/visits/why-not/", "/visits/type-defaults/", "/visits/people/"]

    assert {browser.post(page, {"type": clinic.type.pk}).status_code for page in pages} == {403}


# --- Live answers ----------------------------------------------------------------------------------


def test_why_not_says_what_stands_against_it_and_writes_nothing(desk, filled, visit):
    response = desk.post("/visits/why-not/", filled(at="2:30 pm"))

    assert response.status_code == 200
    assert "Dr. Maya Smith is booked from 2:00 pm to 2:50 pm." in response.content.decode()
    assert Change.objects.count() == 1


def test_why_not_is_silent_while_the_form_is_unfinished(desk, filled, clinic):
    response = desk.post("/visits/why-not/", filled(at="", client="", q=""))

    assert (response.status_code, response.content.decode().strip()) == (200, "")


def test_why_not_knows_the_visit_that_moves(desk, visit):
    response = desk.post("/visits/why-not/", moved(visit, at="2:15 pm", visit=str(visit.public_id)))

    assert "booked from" not in response.content.decode()


def test_a_type_fills_in_everything_at_once(desk, clinic):
    kind = AppointmentTypeFactory(
        name="Intake",
        hue="indigo",
        duration_minutes=90,
        buffer_after_minutes=20,
        rate=220,
        modalities=["telehealth"],
    )

    response = desk.post("/visits/type-defaults/", {"type": kind.pk, "minutes": "50", "kept_minutes": ""})

    html = response.content.decode()
    assert response["HX-Trigger-After-Settle"] == "visit-filled"
    assert "hue-indigo" in html
    for value in ('value="90"', 'value="20"', 'value="220.00"', 'value="telehealth" selected'):
        assert value in html


def test_the_providers_own_terms_go_first(desk, clinic):
    clinic.type.offers.filter(provider=clinic.provider).update(duration_minutes=30, rate=90)
    query = {"type": clinic.type.pk, "provider": str(clinic.provider.public_id), "kept_minutes": ""}

    html = desk.post("/visits/type-defaults/", query).content.decode()

    assert 'value="30"' in html
    assert 'value="90.00"' in html


def test_an_unknown_type_fills_nothing(desk, clinic):
    assert desk.post("/visits/type-defaults/", {"type": "x"}).status_code == 404


# --- Moving ----------------------------------------------------------------------------------------


def test_a_drop_asks_in_a_small_dialog(desk, visit, clinic):
    target = {"on": "2026-11-25", "at": "16:00", "provider": clinic.colleague.public_id}

    html = desk.get(url("visit-move", visit), target, headers=part("dialog")).content.decode()

    assert "Wed Nov 25, 4:00–4:50 pm" in html
    assert "Owen Brandt" in html
    assert 'value="4:00 pm"' in html
    assert "data-autofocus" in html
    visit.refresh_from_db()
    assert visit.starts_at == at(14)


def test_moving_by_form_lands_on_the_calendar(desk, visit):
    response = desk.post(url("visit-move", visit), moved(visit))

    visit.refresh_from_db()
    assert (response.status_code, visit.starts_at) == (302, at(16))


def test_moving_from_the_dialog_says_where_to(desk, visit):
    response = desk.post(url("visit-move", visit), moved(visit), headers=part("move-form"))

    assert "Moved Rita Regular to Wed Nov 25, 4:00 pm." in response.content.decode()
    assert events(response) == {"calendar:refresh", "dialog:close"}


def test_a_drawn_edge_says_the_new_length(desk, visit):
    response = desk.post(
        url("visit-move", visit), moved(visit, at="2p", minutes="80"), headers=part("move-form")
    )

    assert "Rita Regular now lasts 80 min." in response.content.decode()


@pytest.mark.parametrize(("agreed", "stays"), [({}, False), ({"agreed": "on"}, True)])
def test_agreeing_with_the_client_keeps_the_confirmation(desk, visit, actor, front_desk, agreed, stays):
    person = visit.attendances.get()
    operations.confirm(person.pk, by=actor(front_desk))
    shown = desk.get(url("visit-move", visit), {"at": "16:00"}).content.decode()

    desk.post(url("visit-move", visit), moved(visit, **agreed))

    person.refresh_from_db()
    assert 'name="agreed"' in shown
    assert (person.confirmed_at is not None) == stays


def test_a_stale_move_shows_the_newer_state_and_may_be_repeated(desk, visit, actor, front_desk):
    seen = moved(visit, at="10")
    desk.post(url("visit-move", visit), moved(visit, at="5p"))

    refused = desk.post(url("visit-move", visit), seen, headers=part("move-form"))

    visit.refresh_from_db()
    html = refused.content.decode()
    assert refused.status_code == 409
    assert "It now stands at Wed Nov 25, 5:00–5:50 pm" in html
    assert f'name="edition" value="{visit.edition}"' in html
    assert visit.starts_at == at(17)


def test_moving_onto_another_visit_is_refused_with_a_remedy(desk, visit, wish, actor, front_desk, clinic):
    operations.book(wish(16, client_ids=(clinic.other.pk,)), by=actor(front_desk))

    response = desk.post(url("visit-move", visit), moved(visit), headers=part("move-form"))

    html = response.content.decode()
    assert response.status_code == 409
    assert "is booked from 4:00 pm to 4:50 pm." in html
    assert 'name="at_instead"' in html


def test_a_suggested_time_is_put_into_the_move(desk, visit):
    response = desk.post(url("visit-move", visit), moved(visit, at_instead="9:15 am"))

    assert (response.status_code, 'value="9:15 am"' in response.content.decode()) == (200, True)


@pytest.mark.parametrize("wrong", [{"at": "x"}, {"edition": "x"}, {"minutes": ""}, {"on": "2026-02-30"}])
def test_a_malformed_move_comes_back(desk, visit, wrong):
    response = desk.post(url("visit-move", visit), moved(visit, **wrong))

    assert response.status_code == 422


def test_a_move_sent_twice_moves_once(desk, visit):
    values = moved(visit)

    statuses = [desk.post(url("visit-move", visit), values).status_code for _ in range(2)]

    visit.refresh_from_db()
    assert (statuses, visit.edition) == ([302, 302], 2)


# --- Cancelling and bringing back ------------------------------------------------------------------


def test_cancelling_needs_a_reason(desk, visit):
    response = desk.post(url("visit-cancel", visit), act(visit, reason=""), headers=part("cancel-form"))

    assert response.status_code == 422
    assert "A cancellation needs a reason." in response.content.decode()


def test_another_reason_needs_words(desk, visit):
    response = desk.post(url("visit-cancel", visit), act(visit, reason="other", text=" "))

    assert (response.status_code, "few words" in response.content.decode()) == (422, True)


def test_cancelling_tells_nobody_unless_asked(desk, visit):
    response = desk.post(
        url("visit-cancel", visit), act(visit, reason="client_request"), headers=part("cancel-form")
    )

    visit.refresh_from_db()
    assert "Cancelled Rita Regular, Wed Nov 25, 2:00 pm." in response.content.decode()
    assert "Nobody is told." in response.content.decode()
    assert visit.state == AppointmentState.CANCELLED


def test_a_stale_cancellation_shows_the_newer_state(desk, visit):
    seen = act(visit, reason="weather")
    desk.post(url("visit-move", visit), moved(visit))

    response = desk.post(url("visit-cancel", visit), seen, headers=part("cancel-form"))

    assert response.status_code == 409
    assert "Now: Wed Nov 25, 4:00–4:50 pm, scheduled." in response.content.decode()


def test_a_cancelled_visit_comes_back_with_one_click(desk, visit):
    desk.post(url("visit-cancel", visit), act(visit, reason="weather"))

    response = desk.post(url("visit-restore", visit), act(visit), headers=part("dialog"))

    visit.refresh_from_db()
    assert "Rita Regular is back at Wed Nov 25, 2:00 pm." in response.content.decode()
    assert visit.state == AppointmentState.SCHEDULED


def test_coming_back_to_a_taken_time_asks_for_a_reason(desk, visit, filled, clinic):
    desk.post(url("visit-cancel", visit), act(visit, reason="weather"))
    desk.post(NEW, filled(client=str(clinic.other.public_id)))

    refused = desk.post(url("visit-restore", visit), act(visit), headers=part("dialog"))
    overridden = desk.post(url("visit-restore", visit), act(visit, override_reason="Both come"))

    assert refused.status_code == 409
    assert "is booked from 2:00 pm" in refused.content.decode()
    assert overridden.status_code == 302


# --- One click -------------------------------------------------------------------------------------


@pytest.fixture
def today(wish, actor, front_desk) -> Attendance:
    """Rita, expected at ten minutes to ten today."""
    starts = clock.now() - dt.timedelta(minutes=10)
    booked = operations.book(wish(starts_at=starts), by=actor(front_desk)).appointment
    return booked.attendances.get()


def test_a_day_by_single_clicks(desk, today):
    visit = today.appointment
    steps = [
        ("attendance-confirm", today, "Rita Regular is confirmed."),
        ("attendance-unconfirm", today, "Rita Regular is no longer confirmed."),
        ("attendance-check-in", today, "Rita Regular is here."),
        ("attendance-take-back-check-in", today, "Rita Regular is not here after all."),
        ("attendance-absent", today, "Rita Regular did not come."),
        ("attendance-take-back-absent", today, "Rita Regular is expected again."),
        ("attendance-check-in", today, "Rita Regular is here."),
        ("visit-start", visit, "Rita Regular: the session has started."),
        ("visit-complete", visit, "Rita Regular: done."),
    ]

    for name, row, said in steps:
        response = desk.post(url(name, row), act(row), headers=part("toasts"))
        assert (name, response.status_code, said in response.content.decode()) == (name, 200, True)

    today.refresh_from_db()
    assert today.state == AttendanceState.ATTENDED


def test_a_click_without_javascript_goes_back_to_the_visit(desk, today):
    response = desk.post(url("attendance-check-in", today), act(today))

    assert response.status_code == 302
    assert response["Location"].endswith(f"visit={today.appointment.public_id}")


def test_a_click_sent_twice_counts_once(desk, today):
    values = act(today)

    statuses = [desk.post(url("attendance-check-in", today), values).status_code for _ in range(2)]

    today.refresh_from_db()
    assert (statuses, today.edition) == ([302, 302], 2)


def test_a_stale_click_is_an_alert_and_redraws_the_panel(desk, today):
    seen = act(today)
    desk.post(url("attendance-confirm", today), act(today))

    response = desk.post(url("attendance-check-in", today), seen, headers=part("toasts"))

    assert response.status_code == 409
    assert 'hx-swap-oob="innerHTML:#alerts"' in response.content.decode()
    assert events(response) == {"calendar:refresh"}


def test_a_stale_click_without_javascript_shows_how_it_stands(desk, today):
    seen = act(today)
    desk.post(url("attendance-confirm", today), act(today))

    response = desk.post(url("attendance-check-in", today), seen)

    assert response.status_code == 409
    assert "Look at the visit" in response.content.decode()


def test_an_act_out_of_its_time_is_refused_in_words(desk, visit):
    response = desk.post(url("attendance-check-in", visit.attendances.get()), act(visit.attendances.get()))

    assert (response.status_code, "later day" in response.content.decode()) == (409, True)


@pytest.mark.parametrize("wrong", [{"edition": "x"}, {"change_id": ""}, {"edition": "0"}])
def test_a_malformed_click_changes_nothing(desk, today, wrong):
    response = desk.post(url("attendance-check-in", today), act(today) | wrong)

    today.refresh_from_db()
    assert (response.status_code, today.state) == (422, AttendanceState.EXPECTED)


def test_a_hold_is_given_up(desk, wish, actor, front_desk):
    until = clock.now() + dt.timedelta(hours=1)
    held = operations.hold(wish(9), until=until, by=actor(front_desk)).appointment

    response = desk.post(url("visit-release", held), act(held), headers=part("toasts"))

    assert "The hold on Wed Nov 25, 9:00 am was given up." in response.content.decode()


def test_a_hold_is_booked_from_its_panel(desk, wish, actor, front_desk):
    """For somebody: with one click. For nobody yet: by the form, which closes without giving the time back."""
    until = NOW + dt.timedelta(hours=2)
    named = operations.hold(wish(9), until=until, by=actor(front_desk)).appointment
    plain = operations.hold(wish(11, client_ids=()), until=until, by=actor(front_desk)).appointment
    assert buttons(desk, named) == ["confirm_hold", "release", "move"]
    assert buttons(desk, plain) == ["book_hold", "release", "move"]

    said = desk.post(url("visit-confirm-hold", named), act(named), headers=part("toasts")).content.decode()
    form = desk.get(f"{NEW}?hold={plain.public_id}", headers=part("dialog")).content.decode()

    named.refresh_from_db()
    assert (named.state, "Booked Rita Regular, Wed Nov 25, 9:00 am." in said) == ("scheduled", True)
    assert "Held until" in form
    assert "data-release" not in form
    assert "Give it back" not in form


def test_billing_may_look_but_not_act(signed_in, biller, today):
    browser, visit = signed_in(biller), today.appointment
    acts = [("attendance-check-in", today, {}), ("visit-cancel", visit, {"reason": "weather"})]
    forms = [browser.post(url(name, row), act(row, **more)).status_code for name, row, more in acts]

    assert [*forms, browser.post(url("visit-move", visit), moved(visit)).status_code] == [403, 403, 403]


def test_what_is_out_of_sight_is_not_there(signed_in, clinic, today):
    browser = signed_in(clinic.colleague)
    visit, person = today.appointment, today
    names = ["visit-move", "visit-cancel", "visit-restore", "visit-start", "visit-complete", "visit-release"]
    acts = ["confirm", "unconfirm", "check-in", "take-back-check-in", "absent", "take-back-absent"]

    answers = {browser.post(url(name, visit), act(visit)).status_code for name in names}
    answers |= {browser.post(url(f"attendance-{name}", person), act(person)).status_code for name in acts}
    answers |= {browser.get(url(name, visit)).status_code for name in ("visit-move", "visit-cancel")}
    answers.add(browser.post("/visits/why-not/", moved(visit, visit=str(visit.public_id))).status_code)

    assert answers == {404}


@pytest.mark.parametrize("name", ["visit-start", "visit-restore"])
def test_looking_changes_nothing(desk, visit, name):
    assert desk.get(url(name, visit)).status_code == 405


# --- Which buttons ---------------------------------------------------------------------------------


def buttons(desk, visit) -> list[str]:
    html = desk.get(url("visit", visit), headers={"HX-Request": "true"}).content.decode()
    return [piece.split('"')[0] for piece in html.split('data-act="')[1:]]


def test_the_panel_offers_what_may_be_done_now(desk, today, visit):
    assert buttons(desk, today.appointment) == [
        "check_in",
        "complete",
        "confirm",
        "mark_absent",
        "move",
        "cancel",
        "add_person",
    ]
    assert buttons(desk, visit) == ["confirm", "move", "cancel", "add_person"]


def test_each_of_several_people_has_their_own_buttons(desk, today, clinic):
    AttendanceFactory(appointment=today.appointment, client=clinic.other)

    each = ["check_in", "confirm", "mark_absent", "cancel_person"]
    assert buttons(desk, today.appointment) == ["move", "cancel", *each * 2, "add_person"]


def test_a_cancelled_visit_offers_only_to_come_back(desk, visit):
    desk.post(url("visit-cancel", visit), act(visit, reason="weather"))

    assert buttons(desk, visit) == ["restore"]


def test_who_may_not_act_sees_no_buttons(signed_in, biller, today):
    assert buttons(signed_in(biller), today.appointment) == []


# --- Undo and recent changes -----------------------------------------------------------------------


def undo_url(change: Change) -> str:
    return reverse("scheduling:change-undo", args=[change.pk])


def test_undo_takes_the_act_back(desk, filled):
    desk.post(NEW, filled())

    response = desk.post(undo_url(Change.objects.get()), headers={"HX-Request": "true"})

    assert "Taken back." in response.content.decode()
    assert "calendar:refresh" in events(response)
    assert not Appointment.objects.exists()


def test_undo_without_javascript_ends_on_recent_changes(desk, filled):
    desk.post(NEW, filled())

    response = desk.post(undo_url(Change.objects.get()))

    assert (response.status_code, response["Location"]) == (302, "/changes/")


def test_undo_too_late_says_so(desk, filled, now):
    desk.post(NEW, filled())

    with clock.frozen(now + dt.timedelta(seconds=61)):
        response = desk.post(undo_url(Change.objects.get()), headers={"HX-Request": "true"})

    assert response.status_code == 409
    assert "It is too late to undo this." in response.content.decode()


def test_nobody_undoes_anothers_act(desk, signed_in, clinic, filled):
    desk.post(NEW, filled())

    response = signed_in(clinic.provider).post(undo_url(Change.objects.get()))

    assert (response.status_code, Appointment.objects.count()) == (403, 1)


def test_an_unknown_change_is_not_there(desk):
    assert desk.post(f"/changes/{uuid.uuid4()}/undo/").status_code == 404


def test_recent_changes_are_ones_own_in_words_with_undo(desk, signed_in, admin_user, filled, clinic, now):
    desk.post(NEW, filled())
    booked = Appointment.objects.get()
    desk.post(url("visit-move", booked), moved(booked))
    desk.post(undo_url(Change.objects.get(act="visit.move")))
    signed_in(admin_user).post(NEW, filled(at="10", client=str(clinic.other.public_id)))

    html = desk.get("/changes/").content.decode()

    assert "Otto Other" not in html
    assert html.count("Rita Regular</strong>") == 2
    assert html.count("taken back</span>") == 1
    assert html.count('aria-label="Undo: Booked Rita Regular"') == 1


def test_an_undone_booking_keeps_its_name_in_the_list(desk, filled):
    desk.post(NEW, filled())
    desk.post(undo_url(Change.objects.get()))

    html = desk.get("/changes/").content.decode()

    assert "Wed Nov 25, 2:00 pm" in html


def test_an_empty_list_says_what_will_stand_there(desk, clinic):
    assert "Nothing changed yet" in desk.get("/changes/", headers=part("changes")).content.decode()


# --- Costs -----------------------------------------------------------------------------------------


def test_recent_changes_cost_the_same_for_one_and_for_three(desk, filled, django_assert_num_queries):
    desk.post(NEW, filled())
    with django_assert_num_queries(9):
        desk.get("/changes/", headers=part("changes"))
    for hour, name in (("9", "A"), ("11", "B")):
        desk.post(NEW, filled(at=hour, client=str(ClientFactory(first_name=name).public_id)))
    with django_assert_num_queries(9):
        desk.get("/changes/", headers=part("changes"))


def test_the_form_costs_the_same_on_an_empty_and_a_full_day(desk, clinic, django_assert_max_num_queries):
    query = {"on": "2026-11-25", "at": "09:00", "provider": clinic.provider.public_id}
    for hour in (10, 12, 14, 16):
        AppointmentFactory(provider=clinic.provider, type=clinic.type, starts_at=at(hour))

    with django_assert_max_num_queries(32):
        desk.get(NEW, query, headers=part("dialog"))
