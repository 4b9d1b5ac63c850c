"""The table of a series, and the acts on one, as the browser sees them."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling import operations
from scheduling.models import Appointment, Series
from scheduling.tests.conftest import at
from scheduling.tests.test_series import WEDNESDAY, booked, weekly

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
NEW, TABLE = "scheduling:visit-new", "scheduling:series-new"


@pytest.fixture
def desk(actor, front_desk):
    return actor(front_desk)


@pytest.fixture
def page(client, front_desk):
    client.force_login(front_desk)
    return client


@pytest.fixture
def form(clinic) -> dict:
    return {
        "change_id": str(uuid.uuid4()),
        "type": clinic.type.pk,
        "provider": str(clinic.provider.public_id),
        "client": str(clinic.regular.public_id),
        "q": clinic.regular.name,
        "on": WEDNESDAY.isoformat(),
        "at": "9:00",
        "minutes": "50",
        "modality": "in_person",
        "repeats": "week",
        "interval": "1",
        "count": "10",
        "tell": "on",
    }


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_repeating_visit_is_looked_at_before_it_is_booked(page, form):
    answer = page.post(reverse(NEW), form)

    assert answer.status_code == 200
    assert "Book 10 visits" in text(answer)
    assert "every week on Wednesday" in text(answer)
    assert not Appointment.objects.exists()


def test_ten_weekly_gives_ten(page, form):
    page.post(reverse(NEW), form)
    answer = page.post(reverse(TABLE), form | {"act": "book"})

    assert answer.status_code == 302
    assert Appointment.objects.filter(series=Series.objects.get(), changed_alone=False).count() == 10


def test_pressed_twice_it_is_booked_once(page, form):
    for _ in range(2):
        assert page.post(reverse(TABLE), form | {"act": "book"}).status_code == 302
    assert Appointment.objects.count() == 10


def test_a_time_kept_for_the_form_gives_way_to_the_series(page, form, wish, desk):
    until = at(12)
    held = operations.hold(wish(9, client_ids=()), until=until, by=desk).appointment
    kept = form | {"hold": str(held.public_id)}

    assert "something in the way" not in text(page.post(reverse(NEW), kept))
    assert page.post(reverse(TABLE), kept | {"act": "book"}).status_code == 302

    held.refresh_from_db()
    assert held.state == "released"
    assert Appointment.objects.filter(series__isnull=False).count() == 10


def test_a_skipped_row_is_made_up_for_at_the_end(page, form):
    rows = form | {"row-2-skip": "1"}
    assert "Book 9 visits" in text(page.post(reverse(TABLE), rows))
    longer = page.post(reverse(TABLE), rows | {"act": "add"})
    assert "Book 10 visits" in text(longer)
    page.post(reverse(TABLE), rows | {"act": "book", "added": "1"})

    assert Appointment.objects.count() == 10
    assert Series.objects.get().rule == "FREQ=WEEKLY;BYDAY=WE;COUNT=11"


def test_a_row_in_the_way_blocks_opens_and_takes_another_time(page, form, wish, desk, clinic):
    operations.book(wish(9, starts_at=at(9) + dt.timedelta(weeks=1), client_ids=(clinic.other.pk,)), by=desk)

    refused = page.post(reverse(TABLE), form | {"act": "book"})
    assert refused.status_code == 409
    assert "Nothing was booked yet" in text(refused)
    assert "is booked from 9:00 am to 9:50 am" in text(refused)
    assert 'name="row-1-why"' in text(refused)
    assert Series.objects.count() == 0

    page.post(reverse(TABLE), form | {"act": "book", "row-1-at": "11:00"})
    rows = Appointment.objects.filter(series__isnull=False).order_by("starts_at")
    assert [row.changed_alone for row in rows] == [False, True, *[False] * 8]
    assert rows[1].starts_at == at(11) + dt.timedelta(weeks=1)


def test_a_row_with_a_reason_is_booked_over(page, form, wish, desk, clinic):
    operations.book(wish(9, starts_at=at(9) + dt.timedelta(weeks=1), client_ids=(clinic.other.pk,)), by=desk)

    page.post(reverse(TABLE), form | {"act": "book", "row-1-why": "both know"})

    assert Appointment.objects.filter(series__isnull=False, overbooked_provider=True).count() == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"count": "", "until": ""}, "Say how many visits"),
        ({"until": "2026-11-20"}, "No visit falls before that day"),
        ({"client": "", "q": ""}, "Say who comes"),
    ],
)
def test_a_form_that_says_too_little_comes_back(page, form, wrong, says):
    answer = page.post(reverse(NEW), form | wrong)

    assert answer.status_code == 422
    assert says in text(answer)


def test_nonsense_in_a_row_is_said_there(page, form):
    answer = page.post(
        reverse(TABLE), form | {"act": "book", "row-0-at": "teatime", "row-1-on": "2026-99-99"}
    )

    assert answer.status_code == 422
    assert "Write a time like" in text(answer)


def test_back_leads_to_the_same_form(page, form):
    answer = page.post(reverse(NEW), form | {"back": "1"})

    assert answer.status_code == 200
    assert 'value="week" selected' in text(answer)


def test_the_panel_says_which_visit_of_which_series(page, wish, desk):
    visits = booked(weekly(10), wish(), desk)
    answer = page.get(reverse("scheduling:visit", args=[visits[2].public_id]), headers={"hx-request": "true"})

    assert "Every week on Wednesday until Jan 27, 2027, visit 3 of 10" in text(answer)
    assert "Extend" in text(answer)


def test_extending_from_the_panel(page, wish, desk):
    visits = booked(weekly(3), wish(), desk)
    url = reverse("scheduling:series-extend", args=[visits[0].public_id])

    assert "Book 4 visits" in text(page.get(url, {"count": "4"}))
    answer = page.post(url, {"count": "4", "act": "book", "change_id": str(uuid.uuid4())})

    assert answer.status_code == 302
    assert Appointment.objects.count() == 7


def test_a_visit_that_does_not_repeat_cannot_be_extended(page, wish, desk):
    visit = operations.book(wish(), by=desk).appointment
    answer = page.get(reverse("scheduling:series-extend", args=[visit.public_id]))

    assert answer.status_code == 409


def asked(clinic, **other) -> dict:
    usual = {
        "change_id": str(uuid.uuid4()),
        "edition": "1",
        "scope": "following",
        "provider": str(clinic.provider.public_id),
        "on": (WEDNESDAY + dt.timedelta(weeks=1)).isoformat(),
        "at": "11:00",
        "minutes": "50",
        "modality": "in_person",
        "tell": "on",
    }
    return usual | other


def test_moving_shows_what_becomes_of_each_visit_and_then_moves_them(page, wish, desk, clinic):
    visits = booked(weekly(4), wish(), desk)
    url = reverse("scheduling:visit-move", args=[visits[1].public_id])
    assert "This and the following, 3 visits" in text(page.get(url))

    looked = page.post(url, asked(clinic))

    said = text(looked)
    assert said.count(">Free<") == 3
    assert "Wed Dec 2, 9:00 am" in said
    assert "Wed Dec 2, 11:00 am" in said
    assert "Move 3 visits" in said
    assert 'name="tell" value="on"' in said
    assert not Appointment.objects.filter(edition__gt=1).exists()

    answer = page.post(url, asked(clinic, sure="1"), follow=True)

    assert "Moved 3 visits of" in text(answer)
    assert Appointment.objects.filter(changed_alone=True).count() == 0
    assert Series.objects.count() == 2


def test_what_is_in_the_way_is_seen_before_and_may_be_overridden(page, wish, desk, clinic):
    visits = booked(weekly(3), wish(), desk)
    busy = wish(11, client_ids=(clinic.other.pk,))
    operations.book(replace(busy, starts_at=busy.starts_at + dt.timedelta(weeks=2)), by=desk)
    url = reverse("scheduling:visit-move", args=[visits[0].public_id])
    whole = {"scope": "all", "on": WEDNESDAY.isoformat()}

    looked = text(page.post(url, asked(clinic, **whole)))
    refused = page.post(url, asked(clinic, **whole, sure="1"))
    with_reason = text(page.post(url, asked(clinic, **whole, override_reason="both are meant")))
    done = page.post(url, asked(clinic, **whole, override_reason="both are meant", sure="1"), follow=True)

    assert "1 cannot go there as it is" in looked
    assert "is booked from 11:00 am to 11:50 am" in looked
    assert (refused.status_code, "Nothing was changed yet" in text(refused)) == (409, True)
    assert ">Overridden<" in with_reason
    assert "Moved 3 visits of" in text(done)


def test_back_from_the_table_leads_to_the_form_as_it_was(page, wish, desk, clinic):
    visits = booked(weekly(3), wish(), desk)
    url = reverse("scheduling:visit-move", args=[visits[0].public_id])
    part = {"HX-Request": "true", "HX-Target": "series-change-form"}

    back = page.post(url, asked(clinic, back="1"), headers=part)

    assert back.status_code == 200
    assert 'id="move-form"' in text(back)
    assert 'value="11:00"' in text(back)


def test_cancelling_all_shows_each_leaves_the_changed_one_and_says_so(page, wish, desk):
    visits = booked(weekly(4), wish(), desk)
    Appointment.objects.filter(pk=visits[2].pk).update(changed_alone=True)
    url = reverse("scheduling:visit-cancel", args=[visits[0].public_id])
    assert "Left alone, since changed by themselves: Wed Dec 9" in text(page.get(url))

    data = {"change_id": str(uuid.uuid4()), "edition": "1", "scope": "all", "reason": "weather"}
    looked = text(page.post(url, data))
    assert looked.count(">Is cancelled<") == 3
    assert "Changed by itself" in looked
    assert not Appointment.objects.filter(state="cancelled").exists()
    answer = page.post(url, data | {"sure": "1"}, follow=True)

    assert "Cancelled 3 visits of" in text(answer)
    assert "Left alone, since changed by themselves: Wed Dec 9" in text(answer)
    assert 'id="cancel-form"' in text(page.post(url, data | {"back": "1"}))


def test_the_preview_asks_as_much_for_twelve_visits_as_for_three(page, wish, desk, clinic):
    counts = []
    for number, hour in ((3, 9), (12, 14)):
        visits = booked(weekly(number, time=dt.time(hour)), wish(), desk)
        url = reverse("scheduling:visit-move", args=[visits[0].public_id])
        with CaptureQueriesContext(connection) as caught:
            page.post(url, asked(clinic, scope="all", on=WEDNESDAY.isoformat(), at=f"{hour}:30"))
        counts.append(len(caught))

    assert counts[0] == counts[1]


def test_the_table_asks_as_much_for_forty_rows_as_for_four(page, form, django_assert_max_num_queries):
    counts = []
    for count in (4, 40):
        with django_assert_max_num_queries(60) as caught:
            page.post(reverse(TABLE), form | {"count": str(count)})
        counts.append(len(caught))
    assert counts[0] == counts[1]
