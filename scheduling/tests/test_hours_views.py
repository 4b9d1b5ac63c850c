"""The hours editor by its form, as a browser without scripts posts it."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from availability.models import WeeklyBlock
from availability.tests.factories import WeeklyBlockFactory
from practice.models import Change
from scheduling import operations
from scheduling.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TODAY, TOMORROW = dt.date(2026, 11, 24), dt.date(2026, 11, 25)


def row(n: int, weekday=0, starts="9:00 am", ends="12:00 pm", **more) -> dict:
    typed = {
        "weekday": weekday,
        "starts_at": starts,
        "ends_at": ends,
        "location": "",
        "telehealth_ok": "on",
        "max_visits": "",
        "weeks": "every",
        "effective_from_on": "",
        "effective_until_on": "",
    } | more
    return {f"blocks-{n}-{name}": value for name, value in typed.items() if value is not None}


def form_of(*rows: dict, **said) -> dict:
    posted = {"change_id": str(uuid.uuid4()), "seen": "", "from_on": TOMORROW.isoformat(), "act": "save"}
    for one in rows:
        posted |= one
    return posted | said


@pytest.fixture
def url(provider):
    return reverse("scheduling:hours", args=[provider.public_id])


@pytest.fixture
def browser(signed_in, admin_user):
    return signed_in(admin_user)


def stored(provider) -> list[tuple]:
    rows = WeeklyBlock.objects.filter(provider=provider).order_by("effective_from_on", "weekday", "starts_at")
    return [
        (r.weekday, f"{r.starts_at:%H:%M}-{r.ends_at:%H:%M}", r.effective_from_on, r.effective_until_on)
        for r in rows
    ]


def blocks_in(answer) -> list[str]:
    return re.findall(r'data-block="\d+"[^>]*', answer.content.decode())


def said(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


class TestWhoMay:
    def test_a_provider_the_own_and_an_admin_everybodys(
        self, signed_in, provider, colleague, admin_user, url
    ):
        theirs = reverse("scheduling:hours", args=[colleague.public_id])

        statuses = {
            "own": signed_in(provider).get(url).status_code,
            "colleague's": signed_in(provider).get(theirs).status_code,
            "admin": signed_in(admin_user).get(theirs).status_code,
        }

        assert statuses == {"own": 200, "colleague's": 404, "admin": 200}

    @pytest.mark.parametrize("who", ["front_desk", "biller"])
    def test_others_nobodys(self, request, signed_in, who, provider, url):
        browser = signed_in(request.getfixturevalue(who))

        assert browser.get(url).status_code == 403
        assert browser.post(url, form_of(row(0))).status_code == 403
        assert not WeeklyBlock.objects.exists()

    def test_home_is_the_own_page(self, signed_in, provider, url):
        assert signed_in(provider).get(reverse("scheduling:hours-home"))["Location"] == url


class TestDrawing:
    def test_the_week_as_it_stands(self, browser, clinic, url):
        answer = browser.get(url)

        assert len(blocks_in(answer)) == 7
        assert "Monday 8:00 am–6:00 pm , Anywhere" in said(answer)
        assert "70 h a week" in said(answer)

    def test_adding_opens_a_block_after_the_last_one(self, browser, provider, url):
        answer = browser.post(url, form_of(row(0), add="0", act=""))

        assert len(blocks_in(answer)) == 2
        assert 'name="blocks-1-starts_at" value="12:00 pm"' in answer.content.decode()
        assert not WeeklyBlock.objects.exists()

    def test_a_block_where_it_was_drawn(self, browser, provider, url):
        answer = browser.post(url, form_of(add="4", act="", **{"new-start": "630", "new-end": "1440"}))

        html = answer.content.decode()
        assert 'name="blocks-0-starts_at" value="10:30 am"' in html
        assert 'name="blocks-0-ends_at" value="24:00"' in html
        assert "Friday 10:30 am–midnight" in said(answer)

    def test_taking_away_and_copying_a_day(self, browser, provider, url):
        three = [row(0), row(1, starts="13:00", ends="17:00"), row(2, weekday=3)]

        gone = browser.post(url, form_of(*three, remove="2", act=""))
        copied = browser.post(url, form_of(*three, copy="0", act="", **{"copy-to": ["2", "3"]}))

        days = re.findall(r"(Monday|Wednesday|Thursday) \d", said(copied))
        assert len(blocks_in(gone)) == 2
        assert days == [day for day in ("Monday", "Wednesday", "Thursday") for _ in range(2)]

    def test_taking_over_somebodys_week(self, browser, provider, colleague, url):
        WeeklyBlockFactory(provider=colleague, weekday=2, ends_at=dt.time(23, 59))

        answer = browser.post(url, form_of(row(0), act="take", **{"take-from": str(colleague.public_id)}))

        assert len(blocks_in(answer)) == 1
        assert "Wednesday 9:00 am–midnight" in said(answer)

    def test_a_provider_takes_over_nobody_out_of_sight(self, signed_in, provider, colleague, url):
        WeeklyBlockFactory(provider=colleague, weekday=2)

        answer = signed_in(provider).post(
            url, form_of(row(0), act="take", **{"take-from": str(colleague.public_id)})
        )

        assert "Monday 9:00 am" in said(answer)
        assert "Wednesday 9:00 am" not in said(answer)

    def test_an_overlap_names_both(self, browser, provider, url):
        answer = browser.post(url, form_of(row(0), row(1, starts="11", ends="1p"), act="check"))

        assert "overlaps Monday 11:00 am–1:00 pm" in said(answer)
        assert "overlaps Monday 9:00 am–12:00 pm" in said(answer)

    @pytest.mark.parametrize("count", [1, 3])
    def test_a_page_costs_the_same_for_one_block_and_for_three(
        self, count, browser, provider, url, django_assert_num_queries
    ):
        for weekday in range(count):
            WeeklyBlockFactory(provider=provider, weekday=weekday)
        browser.get(url)

        with django_assert_num_queries(9):
            browser.get(url)


class TestSaving:
    def test_from_a_day_on_and_the_past_stays(self, browser, provider, url):
        WeeklyBlockFactory(provider=provider)
        WeeklyBlockFactory(provider=provider, weekday=2, effective_until_on=dt.date(2020, 6, 30))

        answer = browser.post(url, form_of(row(0), row(1, weekday=1, ends="noon")), follow=True)

        assert stored(provider) == [
            (0, "09:00-17:00", dt.date(2020, 1, 6), TODAY),
            (2, "09:00-17:00", dt.date(2020, 1, 6), dt.date(2020, 6, 30)),
            (0, "09:00-12:00", TOMORROW, None),
            (1, "09:00-12:00", TOMORROW, None),
        ]
        assert "Dr. Maya Smith’s hours are saved, from Wed Nov 25 on." in said(answer)
        assert "Jan 6, 2020 to Jun 30, 2020 Wednesday 9:00 am–5:00 pm" in said(answer)

    def test_everything_a_block_says(self, browser, provider, clinic, url):
        more = {
            "location": clinic.location.pk,
            "telehealth_ok": None,
            "max_visits": "4",
            "weeks": "1",  # the week of November 30 is one of those
            "effective_until_on": "2027-01-31",
        }

        browser.post(url, form_of(row(0, **more)))

        block = WeeklyBlock.objects.get(provider=provider, every_weeks=2)
        assert (block.location, block.telehealth_ok, block.max_visits) == (clinic.location, False, 4)
        assert (block.effective_from_on, block.effective_until_on) == (
            dt.date(2026, 11, 30),
            dt.date(2027, 1, 31),
        )

    def test_undo(self, browser, provider, url):
        WeeklyBlockFactory(provider=provider)
        before = stored(provider)

        browser.post(url, form_of(row(0)))
        change = Change.objects.get(act="hours.set")
        browser.post(reverse("scheduling:change-undo", args=[change.pk]))

        assert stored(provider) == before

    def test_visits_in_the_way_are_listed_and_saving_again_keeps_them(
        self, browser, clinic, wish, actor, front_desk, url
    ):
        visit = operations.book(wish(17), by=actor(front_desk)).appointment
        week = [row(n, weekday=n, starts="8", ends="16:00") for n in range(7)]

        drawn = browser.post(url, form_of(*week, act="check"))
        asked = browser.post(url, form_of(*week))
        seen = re.search(r'name="seen" value="(\w+)"', asked.content.decode())[1]
        kept = browser.post(url, form_of(*week, seen=seen))

        for answer, status in ((drawn, 200), (asked, 409)):
            assert answer.status_code == status
            assert "1 booked visit would lie outside" in said(answer)
            assert "Wed Nov 25, 5:00 pm–5:50 pm" in said(answer).replace("5:00–5:50", "5:00 pm–5:50")
            assert "Rita Regular" in said(answer)
            assert f"visit={visit.public_id}" in answer.content.decode()
        assert (kept.status_code, len(stored(clinic.provider))) == (302, 14)
        visit.refresh_from_db()
        assert (visit.state, visit.starts_at) == ("scheduled", at(17))

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ([row(0), row(1, starts="11", ends="1p")], "overlaps Monday"),
            ([row(0, starts="noonish")], "Write a time like 2:30 pm, 230p or 14:30."),
            ([row(0, starts="5p", ends="9")], "The end must come after the start."),
            (
                [row(0, effective_from_on="2027-02-01", effective_until_on="2027-01-01")],
                "must not come before",
            ),
            ([row(0, max_visits="0")], "greater than or equal to 1"),
        ],
    )
    def test_what_cannot_be_saved(self, browser, provider, url, rows, words):
        answer = browser.post(url, form_of(*rows))

        assert answer.status_code == 422
        assert words in said(answer)
        assert not WeeklyBlock.objects.exists()

    def test_the_past_is_refused(self, browser, provider, url):
        answer = browser.post(url, form_of(row(0), from_on="2026-11-23"))

        assert answer.status_code == 409
        assert "Hours that have passed stay as they were." in said(answer)

    def test_a_part_answers_with_the_toast(self, browser, provider, url):
        answer = browser.post(url, form_of(row(0)), headers={"HX-Request": "true", "HX-Target": "week"})

        assert "calendar:refresh" in answer["HX-Trigger"]
        assert "Undo" in said(answer)

    def test_recent_changes_offer_undo_without_scripts(self, browser, provider, url):
        browser.post(url, form_of(row(0)))
        dates = reverse("scheduling:hours-dates", args=[provider.public_id])
        browser.post(dates, {"change_id": uuid.uuid4(), "on": "2026-11-26", "kind": "absent"})
        browser.post(
            reverse("scheduling:closures"),
            {"change_id": uuid.uuid4(), "reason": "Retreat", "first_on": "2026-12-10"},
        )

        page = browser.get(reverse("scheduling:changes"))

        for line in (
            "Set the hours of Dr. Maya Smith from Wed Nov 25 on",
            "Let a date differ for Dr. Maya Smith Thu Nov 26",
            "Closed Thu Dec 10",
        ):
            assert line in said(page)
        assert page.content.decode().count('aria-label="Undo: ') == 3
