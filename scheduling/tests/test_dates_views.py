"""Dates that differ and closed days by their forms, as a browser without scripts posts them."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from availability.models import Closure, DatedException
from availability.rules import public_days
from availability.states import ExceptionKind
from availability.tests.factories import ClosureFactory, DatedExceptionFactory
from practice.models import Change
from scheduling import operations
from scheduling.tests.test_hours_views import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TOMORROW = dt.date(2026, 11, 25)
CLOSURES, HOLIDAYS = "scheduling:closures", "scheduling:closure-holidays"


@pytest.fixture
def url(provider):
    return reverse("scheduling:hours-dates", args=[provider.public_id])


@pytest.fixture
def browser(signed_in, admin_user):
    return signed_in(admin_user)


@pytest.fixture
def visit(clinic, wish, actor, front_desk):
    """Tomorrow at 17:00."""
    return operations.book(wish(17), by=actor(front_desk)).appointment


def form_of(**typed) -> dict:
    return {"change_id": str(uuid.uuid4()), "seen": "", "on": "2026-11-25", "kind": "absent"} | typed


def seen_in(answer) -> str:
    return re.search(r'name="seen" value="(\w+)"', answer.content.decode())[1]


def stored() -> list[tuple]:
    rows = DatedException.objects.order_by("pk")
    return [(r.on, r.kind, f"{r.starts_at:%H:%M}-{r.ends_at:%H:%M}", r.reason) for r in rows]


class TestDates:
    @pytest.mark.parametrize(
        ("typed", "row"),
        [
            ({"reason": "Dentist"}, (TOMORROW, "absent", "00:00-23:59", "Dentist")),
            ({"starts_at": "9", "ends_at": "noon"}, (TOMORROW, "absent", "09:00-12:00", "")),
            ({"kind": "extra", "starts_at": "6p", "ends_at": "8p"}, (TOMORROW, "extra", "18:00-20:00", "")),
            (
                {"kind": "instead", "starts_at": "10", "ends_at": "24:00"},
                (TOMORROW, "instead", "10:00-23:59", ""),
            ),
        ],
    )
    def test_each_kind(self, browser, url, typed, row):
        answer = browser.post(url, form_of(**typed), follow=True)

        assert stored() == [row]
        assert "Differs in November Wed Nov 25" in said(answer)

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"kind": "extra"}, "Say from when until when."),
            ({"kind": "extra", "starts_at": "9", "ends_at": "8:00"}, "The end must come after the start."),
            ({"on": "soon"}, "Write a date like 2026-11-24."),
        ],
    )
    def test_what_cannot_be_saved(self, browser, url, typed, words):
        answer = browser.post(url, form_of(**typed))

        assert (answer.status_code, stored()) == (422, [])
        assert words in said(answer)

    def test_visits_in_the_way_are_shown_first(self, browser, url, visit):
        asked = browser.post(url, form_of())
        kept = browser.post(url, form_of(seen=seen_in(asked)))

        assert (asked.status_code, kept.status_code, len(stored())) == (409, 302, 1)
        assert "1 booked visit would lie outside" in said(asked)
        assert f"visit={visit.public_id}" in asked.content.decode()

    def test_taking_extra_hours_away_shows_them_too(
        self, browser, provider, colleague, clinic, wish, actor, front_desk
    ):
        row = DatedExceptionFactory(
            provider=provider,
            on=TOMORROW,
            kind=ExceptionKind.EXTRA,
            starts_at=dt.time(18),
            ends_at=dt.time(20),
        )
        operations.book(wish(18, 30), by=actor(front_desk))
        away = reverse("scheduling:hours-date-remove", args=[provider.public_id, row.pk])
        theirs = reverse("scheduling:hours-date-remove", args=[colleague.public_id, row.pk])

        asked = browser.post(away, {"change_id": uuid.uuid4()})
        wrong = browser.post(theirs, {"change_id": uuid.uuid4()})
        kept = browser.post(away, {"change_id": uuid.uuid4(), "seen": seen_in(asked)})

        assert [answer.status_code for answer in (asked, wrong, kept)] == [409, 404, 302]
        assert "Take the hours away, the visits stay booked" in said(asked)
        assert stored() == []

    def test_undo(self, browser, url):
        browser.post(url, form_of())
        change = Change.objects.get(act="exception.add")

        browser.post(reverse("scheduling:change-undo", args=[change.pk]))

        assert stored() == []

    def test_the_month_day_by_day(self, browser, clinic, url):
        DatedExceptionFactory(provider=clinic.provider, on=dt.date(2026, 12, 3))
        ClosureFactory(first_on=dt.date(2026, 12, 25))

        answer = browser.get(url, {"month": "2026-12"})

        html = answer.content.decode()
        assert html.count('<a class="strip__day') == 31
        assert "Thursday, December 3, 9 h, not in, 12:00–1:00 pm" in html
        assert "Friday, December 25, not in, closed, Holiday" in html

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_costs_the_same_for_one_date_and_for_three(
        self, count, browser, provider, url, django_assert_num_queries
    ):
        for n in range(count):
            DatedExceptionFactory(provider=provider, on=TOMORROW + dt.timedelta(days=n))
        browser.get(url)

        with django_assert_num_queries(11):
            browser.get(url)


class TestClosures:
    def test_closed_open_again_and_undone(self, browser, provider):
        browser.post(
            reverse(CLOSURES), {"change_id": uuid.uuid4(), "reason": "Retreat", "first_on": "2026-12-10"}
        )
        row = Closure.objects.get()
        page = browser.get(reverse(CLOSURES))
        browser.post(reverse("scheduling:closure-remove", args=[row.pk]), {"change_id": uuid.uuid4()})
        gone = Closure.objects.count()
        change = Change.objects.get(act="closure.remove")
        browser.post(reverse("scheduling:change-undo", args=[change.pk]))

        assert (row.first_on, row.last_on, row.location) == (
            dt.date(2026, 12, 10),
            dt.date(2026, 12, 10),
            None,
        )
        assert "Retreat Thu Dec 10, 2026 · whole practice" in said(page)
        assert (gone, Closure.objects.get().reason) == (0, "Retreat")

    def test_visits_in_the_way(self, browser, visit):
        typed = {"reason": "Water", "first_on": "2026-11-25", "last_on": "2026-11-26"}

        asked = browser.post(reverse(CLOSURES), {"change_id": uuid.uuid4(), **typed})
        kept = browser.post(reverse(CLOSURES), {"change_id": uuid.uuid4(), "seen": seen_in(asked), **typed})

        assert (asked.status_code, kept.status_code, Closure.objects.count()) == (409, 302, 1)
        assert "Dr. Maya Smith is not available then: Water." in said(asked)

    @pytest.mark.parametrize(
        "typed",
        [
            {"reason": "", "first_on": "2026-12-10"},
            {"reason": "X", "first_on": "2026-12-10", "last_on": "2026-12-09"},
        ],
    )
    def test_what_cannot_be_closed(self, browser, practice, typed):
        answer = browser.post(reverse(CLOSURES), {"change_id": uuid.uuid4(), **typed})

        assert answer.status_code in (409, 422)
        assert not Closure.objects.exists()

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_list_costs_the_same_for_one_and_for_three(
        self, count, browser, practice, django_assert_num_queries
    ):
        for n in range(count):
            ClosureFactory(first_on=TOMORROW + dt.timedelta(days=n))
        browser.get(reverse(CLOSURES))

        with django_assert_num_queries(5):
            browser.get(reverse(CLOSURES))


class TestHolidays:
    ASKED = {"country": "US", "region": "NY", "year": "2027"}

    def test_the_list_with_what_is_closed_already(self, browser, practice):
        ClosureFactory(first_on=dt.date(2027, 12, 25))

        answer = browser.get(reverse(HOLIDAYS), self.ASKED)

        html = answer.content.decode()
        assert "Lincoln&#x27;s Birthday" in html
        assert re.search(r'value="2027-12-25"[^>]*disabled', html)
        assert re.search(r'value="2027-11-25"[^>]*checked', html)

    def test_the_ticked_days_are_closed_by_one_act_and_taken_back_by_one(self, browser, practice):
        ticked = ["2027-01-01", "2027-11-25", "2027-03-03"]  # the last is no holiday

        browser.post(reverse(HOLIDAYS), {"change_id": uuid.uuid4(), "day": ticked, **self.ASKED})
        closed = list(Closure.objects.values_list("first_on", "reason"))
        change = Change.objects.get(act="closures.add")
        browser.post(reverse("scheduling:change-undo", args=[change.pk]))

        assert closed == [
            (dt.date(2027, 1, 1), "New Year's Day"),
            (dt.date(2027, 11, 25), "Thanksgiving Day"),
        ]
        assert not Closure.objects.exists()

    def test_visits_in_the_way(self, browser, clinic, wish, actor, front_desk):
        thursday = dt.timedelta(days=1)
        operations.book(wish(starts_at=wish().starts_at + thursday), by=actor(front_desk))
        asked_for = {"country": "US", "year": "2026", "day": ["2026-11-26"]}

        asked = browser.post(reverse(HOLIDAYS), {"change_id": uuid.uuid4(), **asked_for})
        kept = browser.post(
            reverse(HOLIDAYS), {"change_id": uuid.uuid4(), "seen": seen_in(asked), **asked_for}
        )

        assert (asked.status_code, kept.status_code) == (409, 302)
        assert "not available then: Thanksgiving Day." in said(asked)
        assert Closure.objects.get().reason == "Thanksgiving Day"

    def test_nothing_ticked(self, browser, practice):
        answer = browser.post(reverse(HOLIDAYS), {"change_id": uuid.uuid4(), **self.ASKED})

        assert answer.status_code == 409
        assert "Nothing was chosen." in said(answer)

    @pytest.mark.parametrize(
        "asked", [{"country": "XX"}, {"year": "1999"}, {"country": "DE", "region": "NY"}]
    )
    def test_nonsense_in_the_address_breaks_nothing(self, browser, practice, asked):
        assert browser.get(reverse(HOLIDAYS), asked).status_code == 200


def test_countries_and_regions_have_names():
    assert public_days.countries()["US"] == "United States"
    assert public_days.regions("US")["NY"] == "New York"
    assert public_days.regions("XX") == {}
