import datetime as dt

import pytest
import time_machine
from django.conf import settings

from core.middleware import STAMP_EVERY_SECONDS

pytestmark = pytest.mark.urls("core.tests.urls")

START = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
PART = {"HX-Request": "true", "HX-Current-URL": "http://testserver/calendar/?view=day&on=2026-11-23"}


@pytest.fixture
def browser(signed_in, front_desk):
    return signed_in(front_desk)


@pytest.fixture
def after(browser):
    """`after(seconds, "/page/")`: the status of a request that long after the first page."""

    def get(seconds, address):
        with time_machine.travel(START + dt.timedelta(seconds=seconds), tick=False):
            return browser.get(address).status_code

    get(0, "/page/")
    return get


class TestIdle:
    LIMIT = settings.IDLE_SECONDS

    def test_somebody_who_does_nothing_is_signed_out(self, after):
        assert after(self.LIMIT, "/page/") == 200

    def test_one_second_more_is_too_long(self, after):
        assert after(self.LIMIT + 1, "/page/") == 302

    def test_acts_keep_a_session_alive(self, after):
        found = [after(self.LIMIT * share, "/page/") for share in (0.9, 1.8, 2.7)]

        assert found == [200, 200, 200]

    def test_polls_do_not(self, after):
        found = [after(self.LIMIT * share, "/ticker/") for share in (0.3, 0.6, 0.9, 1.1)]

        assert found == [200, 200, 200, 302]

    def test_once_signed_out_stays_signed_out(self, after):
        after(self.LIMIT + 1, "/ticker/")

        assert after(self.LIMIT + 2, "/page/") == 302

    def test_the_session_is_written_once_a_minute_at_most(self, browser, after):
        stamps = []
        for seconds in (10, STAMP_EVERY_SECONDS - 1, STAMP_EVERY_SECONDS):
            after(seconds, "/page/")
            stamps.append(browser.session["last_act"] - START.timestamp())

        assert stamps == [0, 0, STAMP_EVERY_SECONDS]

    def test_a_short_limit_is_stamped_often_enough(self, settings, after):
        settings.IDLE_SECONDS = 4

        assert [after(seconds, "/page/") for seconds in (3, 6, 9)] == [200, 200, 200]


class TestPartsSentToSignIn:
    def test_the_whole_page_leaves_and_comes_back_to_where_it_was(self, client, db):
        answer = client.get("/page/", headers=PART)

        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["HX-Redirect"] == (
            "/accounts/login/?next=%2Fcalendar%2F%3Fview%3Dday%26on%3D2026-11-23"
        )

    def test_so_does_a_form(self, client, db):
        answer = client.post("/page/", headers=PART)

        assert answer["HX-Redirect"].startswith("/accounts/login/?next=%2Fcalendar%2F")

    def test_without_an_address_it_comes_back_home(self, client, db):
        answer = client.get("/page/", headers={"HX-Request": "true"})

        assert answer["HX-Redirect"] == "/accounts/login/?next=%2F"

    def test_only_the_path_of_the_address_is_believed(self, client, db):
        answer = client.get("/page/", headers=PART | {"HX-Current-URL": "https://evil.example/steal"})

        assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fsteal"

    def test_a_whole_page_is_redirected_as_ever(self, client, db):
        answer = client.get("/page/")

        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/page/")

    def test_other_redirects_are_left_alone(self, browser):
        answer = browser.get("/elsewhere/", headers=PART)

        assert (answer.status_code, answer["Location"]) == (302, "/page/")
        assert "HX-Redirect" not in answer

    def test_somebody_signed_in_gets_the_part(self, browser):
        assert browser.get("/page/", headers=PART).content == b"page"


@pytest.mark.parametrize("headers", [{}, PART])
def test_caches_are_told_that_page_and_part_differ(browser, headers):
    answer = browser.get("/page/", headers=headers)

    assert "HX-Request" in [word.strip() for word in answer["Vary"].split(",")]
