"""The visit on a client's phone: a link, a page, acts by post."""

import datetime as dt
import re
import uuid
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.urls import reverse

from core import clock
from core.links import hash_of, new_token
from core.walltime import epoch_minutes
from messaging.models import Message, StaffTask
from practice.models import Practice
from practice.states import LinkPurpose
from practice.tests.factories import (
    AddressFactory,
    ClientContactFactory,
    ClientFactory,
    KeepApartFactory,
    given_link,
)
from scheduling.models import Appointment
from scheduling.states import AppointmentState, AttendanceState, ConfirmedHow
from scheduling.tests.conftest import NOW, at
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

FRIDAY = 27
OTHER = "Quillon Zephyrine"
CANCELLED = {
    "state": AppointmentState.CANCELLED,
    "cancel_reason": "weather",
    "cancelled_at": NOW,
    "cancelled_by_kind": "user",
    "cancelled_by_id": 1,
}


@pytest.fixture(autouse=True)
def calm(now):
    cache.clear()


@pytest.fixture
def own(clinic, client):
    """The regular client's visit on Friday at 11, a link to it, and pages opened with it."""
    Practice.objects.update(
        phone="+12025550100", sender_name="Riverside Office", cancellation_notice_hours=24
    )
    visit = AppointmentFactory(
        type=clinic.type, provider=clinic.provider, room=clinic.room, location=clinic.location,
        starts_at=at(11, day=FRIDAY), title="Trauma therapy", note="marzipan",
    )  # fmt: skip
    person = AttendanceFactory(appointment=visit, client=clinic.regular)
    return Own(client, visit, person, given_link(clinic.regular, subject=person.pk))


class Own(SimpleNamespace):
    def __init__(self, browser, visit, person, token):
        super().__init__(browser=browser, visit=visit, person=person, token=token)

    def url(self, name: str) -> str:
        return reverse(f"scheduling:own-{name}", args=[self.token])

    def get(self, name: str = "visit", **query):
        return self.browser.get(self.url(name), query)

    def post(self, name: str, **data):
        given = {"occurrence": self.visit.occurrence, "change_id": uuid.uuid4()} | data
        return self.browser.post(self.url(name), given)

    def fresh(self) -> tuple[Appointment, str]:
        self.visit.refresh_from_db()
        self.person.refresh_from_db()
        return self.visit, self.person.state


def words_of(answer) -> str:
    body = re.sub(r"<(style|script|head).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


# --- looking -----------------------------------------------------------------------------------


def test_the_page_says_when_and_where_and_offers_three_acts(own):
    page = words_of(own.get())

    assert "Riverside Office" in page
    assert "Friday, November 27 11:00 am – 11:50 am Riverside" in page
    assert ["Confirm" in page, "Choose another time" in page, "Cancel this visit" in page] == [True] * 3
    assert "Free to cancel until Thu, Nov 26, 11:00 am. After that, please call us." in page
    assert "(202) 555-0100" in page


def test_it_says_nothing_of_what_the_visit_is_or_with_whom(own):
    other = ClientFactory(first_name=OTHER.split(maxsplit=1)[0], last_name=OTHER.split()[1])
    AttendanceFactory(appointment=own.visit, client=other)

    pages = [own.get(name).content.decode() for name in ("visit", "cancel", "move")]

    hidden = [*OTHER.split(), "Trauma", "marzipan", "Smith", "Rita", "Regular", "R-REGULAR", "Follow-up"]
    assert [word for page in pages for word in hidden if word in page] == []
    assert str(own.visit.public_id) not in "".join(pages)


def test_looking_changes_nothing_however_often_and_by_whatever_machine(own):
    before = Appointment.objects.values().get(), own.person.__class__.objects.values().get()

    for name in ("visit", "confirm", "cancel", "move"):
        own.browser.get(own.url(name))
        own.browser.head(own.url(name))

    assert (Appointment.objects.values().get(), own.person.__class__.objects.values().get()) == before


def test_no_cache_referrer_or_search_engine_keeps_it(own):
    answer = own.get()

    kept = {name: answer[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")}
    assert kept == {
        "Cache-Control": "no-store, private",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }
    assert "<script" not in answer.content.decode()
    assert answer.cookies == {}


def test_it_speaks_the_clients_language(own, clinic):
    type(clinic.regular).objects.filter(pk=clinic.regular.pk).update(language="es")

    page = words_of(own.get())

    assert "Su cita Viernes, 27 de noviembre" in page
    assert "Confirmar" in page
    assert "Confirm " not in page
    assert '<html lang="es">' in own.get().content.decode()


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (CANCELLED, "This visit is cancelled. For a new time, please call us."),
        ({"state": AppointmentState.COMPLETED}, "This visit has begun or is over."),
    ],
    ids=["cancelled", "over"],
)
def test_a_visit_that_is_no_longer_ahead_offers_nothing(own, columns, says):
    Appointment.objects.filter(pk=own.visit.pk).update(**columns)

    page = words_of(own.get())

    assert says in page
    assert "Choose another time" not in page


# --- links that do not work --------------------------------------------------------------------


def test_every_dead_link_looks_the_same(own, clinic, client):
    with clock.frozen(NOW - dt.timedelta(days=2)):
        expired = given_link(clinic.regular, subject=own.person.pk, days=1)
    revoked = given_link(clinic.regular, subject=own.person.pk, days=5)
    clinic.regular.links.filter(token_hash=hash_of(revoked)).update(revoked_at=NOW)
    for_nobody = given_link(clinic.other, subject=own.person.pk)
    unsubscribe = given_link(clinic.regular, LinkPurpose.UNSUBSCRIBE, subject=own.person.pk)
    dead = [expired, revoked, for_nobody, unsubscribe, new_token("visit"), "forged", "A" * 34]

    answers = [client.get(f"/v/{token}/") for token in dead]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content.decode().replace(t, "") for answer, t in zip(answers, dead, strict=True)}) == 1
    page = words_of(answers[0])
    assert "This link no longer works" in page
    assert "(202) 555-0100" in page


def test_a_restless_thumb_is_told_to_wait(own, monkeypatch):
    monkeypatch.setattr("practice.views.linked.MOST_PER_LINK", 3)

    statuses = [own.get().status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_guessing_tokens_is_slowed_by_address(own, client, monkeypatch):
    monkeypatch.setattr("practice.views.linked.MOST_PER_ADDRESS", 2)

    statuses = [client.get(f"/v/{n}/").status_code for n in range(3)]

    assert statuses == [404, 404, 429]


# --- confirming --------------------------------------------------------------------------------


def test_confirming_is_recorded_with_who_and_how_and_twice_is_once(own, clinic):
    first, second = own.post("confirm"), own.post("confirm")

    own.fresh()
    assert [first.status_code, second.status_code] == [302, 302]
    assert (own.person.confirmed_how, own.person.confirmed_by_kind) == (ConfirmedHow.EMAIL, "client")
    assert own.person.edition == 2
    assert "You are confirmed" in words_of(own.get())


def test_a_visit_that_moved_since_the_page_was_opened_is_not_confirmed(own):
    Appointment.objects.filter(pk=own.visit.pk).update(occurrence=2)

    answer = own.post("confirm", occurrence=1)

    own.fresh()
    assert answer.status_code == 409
    assert "The time of this visit has changed." in words_of(answer)
    assert own.person.confirmed_at is None


# --- cancelling --------------------------------------------------------------------------------


def test_cancelling_in_good_time_asks_once(own):
    page = own.get("cancel")
    done = own.post("cancel")

    assert "Cancel this visit?" in words_of(page)
    visit, state = own.fresh()
    assert (done.status_code, visit.state, state) == (302, "cancelled", "cancelled")
    assert own.person.late_cancelled is False


def test_cancelling_late_says_so_and_asks_again(own):
    Practice.objects.update(late_cancel_fee="40")
    with clock.frozen(at(12, day=26)):
        first = own.post("cancel")
        asked = own.fresh()[0].state
        second = own.post("cancel", late="yes")

    assert "less than 24 hours before your visit: a late cancellation. A fee of $40.00" in words_of(first)
    assert "Are you sure?" in words_of(first)
    assert asked == AppointmentState.SCHEDULED
    assert (second.status_code, own.fresh()[0].state) == (302, "cancelled")
    assert own.person.late_cancelled is True


def test_one_of_two_cancels_for_themselves_and_learns_nothing_of_the_other(own):
    partner = AttendanceFactory(appointment=own.visit)
    before = words_of(own.get())

    answer, after = own.post("cancel"), words_of(own.get())

    partner.refresh_from_db()
    visit, state = own.fresh()
    assert (answer.status_code, visit.state, state, partner.state) == (
        302,
        "scheduled",
        "cancelled",
        "expected",
    )
    assert "This visit is cancelled." in after
    assert partner.client.first_name not in before + after


# --- moving ------------------------------------------------------------------------------------


def test_the_times_are_openings_of_the_same_visit_with_a_chosen_one_named(own):
    wanted = epoch_minutes(at(9, day=30))

    page = words_of(own.get("move", at=wanted))

    assert "With your provider 50 minutes, in person" in page
    assert "Mon, Nov 30" not in words_of(own.get("move", **{"from": "2026-12-01"}))
    assert "Move to Mon, Nov 30, 9:00 am" not in words_of(own.get("move"))
    assert "Move to Mon, Nov 30, 9:00 am" in words_of(own.get("move", at=wanted, **{"from": "2026-11-29"}))
    assert "Wed, Nov 25" in page


def test_moving_takes_the_new_time_and_frees_the_old_one(own):
    answer = own.post("move", at=epoch_minutes(at(9, day=30)))

    visit, _ = own.fresh()
    assert answer.status_code == 302
    assert (visit.starts_at, visit.ends_at, visit.occurrence) == (at(9, day=30), at(9, 50, day=30), 2)
    assert (visit.room_id is not None, visit.ics_sequence) == (True, 1)
    shown = words_of(own.browser.get(answer["Location"]))
    assert "Your visit is moved." in shown
    assert "Monday, November 30" in shown


def test_pressing_twice_moves_once(own):
    same = {"at": epoch_minutes(at(9, day=30)), "occurrence": 1}

    answers = [own.post("move", **same), own.post("move", **same)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert own.fresh()[0].occurrence == 2


def test_a_time_that_was_just_taken_shows_the_others(own, clinic):
    AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(9, day=30))

    answer = own.post("move", at=epoch_minutes(at(9, day=30)))

    assert answer.status_code == 409
    assert "That time was just taken." in words_of(answer)
    assert own.fresh()[0].starts_at == at(11, day=FRIDAY)


@pytest.mark.parametrize(
    "when",
    [at(11, day=24), at(7, day=30), at(9, 7, day=30), at(9, day=30) + dt.timedelta(days=200)],
    ids=["within notice", "outside hours", "off the grid", "beyond the horizon"],
)
def test_only_what_is_offered_can_be_taken(own, when):
    answer = own.post("move", at=epoch_minutes(when))

    assert answer.status_code == 409
    assert own.fresh()[0].starts_at == at(11, day=FRIDAY)


def test_keeping_apart_from_the_provider_shows_no_times_and_no_reason(own, clinic):
    KeepApartFactory(client=clinic.regular, provider=clinic.provider, reason="marzipan")

    page = words_of(own.get("move"))

    assert "There is no other time we can offer here. Please call us" in page
    assert "marzipan" not in page


def test_keeping_two_clients_apart_leaves_out_the_times_they_would_meet(own, clinic):
    low, high = sorted([clinic.regular, clinic.other], key=lambda one: one.pk)
    KeepApartFactory(client=low, other_client=high, provider=None)
    theirs = AppointmentFactory(
        type=clinic.type, provider=clinic.colleague, location=clinic.location, starts_at=at(10, day=30)
    )
    AttendanceFactory(appointment=theirs, client=clinic.other)

    met = own.post("move", at=epoch_minutes(at(9, day=30)))
    free = own.post("move", at=epoch_minutes(at(8, day=30)))

    assert [met.status_code, free.status_code] == [409, 302]


# --- contacts ----------------------------------------------------------------------------------


@pytest.fixture
def parents(own, clinic):
    rights = {"may_receive": True}
    mother = ClientContactFactory(client=clinic.regular, may_confirm=True, may_cancel=True, **rights)
    father = ClientContactFactory(client=clinic.regular, **rights)
    return {
        name: Own(
            own.browser, own.visit, own.person, given_link(clinic.regular, contact=one, subject=own.person.pk)
        )
        for name, one in (("mother", mother), ("father", father))
    }


def test_a_contact_does_what_they_may_and_no_more(own, parents):
    mother, father = words_of(parents["mother"].get()), words_of(parents["father"].get())

    offers = [
        [word in page for word in ("Confirm", "Choose another", "Cancel this")] for page in (mother, father)
    ]
    assert offers == [[True] * 3, [False] * 3]
    statuses = [parents["father"].post(name, at=0).status_code for name in ("confirm", "cancel", "move")]
    assert statuses == [422, 200, 200]
    assert own.fresh()[0].state == "scheduled"
    parents["mother"].post("confirm")
    own.fresh()
    assert own.person.confirmed_by_kind == "contact"


def test_a_confidential_visit_does_not_exist_for_a_contact(own, parents):
    type(own.person).objects.update(is_confidential=True)

    assert [own.get().status_code, parents["mother"].get().status_code] == [200, 404]


def test_a_past_visit_is_closed_to_a_contact_who_may_not_see_the_past(own, parents, clinic):
    with clock.frozen(at(13, day=FRIDAY)):
        statuses = [own.get().status_code, parents["mother"].get().status_code]
        clinic.regular.contacts.update(may_see_past=True)
        statuses.append(parents["mother"].get().status_code)

    assert statuses == [200, 404, 200]


def test_somebody_who_is_no_longer_expected_is_told_so(own):
    type(own.person).objects.update(state=AttendanceState.EXCUSED)

    assert "This visit no longer stands for you." in words_of(own.get())


def test_the_page_asks_a_fixed_number_of_questions(own, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        own.get()


# --- a note with a cancellation ------------------------------------------------------------------


def test_a_note_is_kept_with_the_cancellation_for_staff(own):
    own.post("cancel", note="  My car broke down  ")

    visit, _ = own.fresh()
    assert (visit.state, visit.cancel_text) == (AppointmentState.CANCELLED, "My car broke down")
    assert not StaffTask.objects.exists()


def test_a_note_goes_along_when_it_is_asked_again(own):
    Practice.objects.update(cancellation_notice_hours=24 * 30)

    again = own.post("cancel", note="My car <broke> down").content.decode()

    assert '<input type="hidden" name="note" value="My car &lt;broke&gt; down">' in again


@pytest.mark.parametrize(("language", "help_"), [("en", "You are not alone"), ("es", "Usted no está solo")])
def test_words_of_danger_change_no_visit_and_call_people_at_once(own, language, help_):
    type(own.person.client).objects.update(language=language)
    AddressFactory(client=own.person.client, value="+12025550133", safe_to_text=True)
    act = uuid.uuid4()

    first, second = (own.post("cancel", note="I want to die", change_id=act) for _ in range(2))

    assert all(page.status_code == 200 and help_ in words_of(page) for page in (first, second))
    visit, state = own.fresh()
    assert (visit.state, state) == (AppointmentState.SCHEDULED, AttendanceState.EXPECTED)
    task = StaffTask.objects.get()
    assert (task.kind, task.alert, task.client, task.inbound.text) == (
        "crisis", "crisis", own.person.client, "I want to die",
    )  # fmt: skip
    answer = Message.objects.get(purpose="messaging.crisis")
    assert (answer.klass, answer.address, answer.send_at) == ("crisis", "+12025550133", NOW)


def test_nobody_is_texted_where_somebody_else_may_read_it(own):
    AddressFactory(client=own.person.client, value="+12025550133", safe_to_text=False)

    own.post("cancel", note="I am going to kill myself")

    assert not Message.objects.filter(purpose="messaging.crisis").exists()
    assert StaffTask.objects.get().inbound.from_address == ""
