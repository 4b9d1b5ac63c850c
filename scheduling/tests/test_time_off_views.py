"""The pages of time off, as people press through them."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from availability.models import TimeOff
from availability.tests.factories import TimeOffFactory
from scheduling import operations
from scheduling.models import Appointment, Replan
from scheduling.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
LIST, NEW, SICK = (reverse(f"scheduling:time-off-{name}") for name in ("list", "new", "sick"))


@pytest.fixture
def away(clinic) -> TimeOff:
    return TimeOffFactory(provider=clinic.provider, starts_at=at(0), ends_at=at(0, day=26))


def plan_url(row: TimeOff) -> str:
    return reverse("scheduling:time-off-plan", args=[row.public_id])


def asked(**more) -> dict:
    form = {"change_id": uuid.uuid4(), "kind": "vacation", "first_on": "2026-12-01", "default_plan": "best"}
    return form | more


class TestAsking:
    def test_a_provider_asks_for_themselves_only(self, clinic, signed_in, provider, colleague):
        browser = signed_in(provider)

        own = browser.post(NEW, asked(provider=provider.public_id, last_on="2026-12-04"))
        other = browser.post(NEW, asked(provider=colleague.public_id))

        assert (own.status_code, other.status_code) == (302, 422)
        row = TimeOff.objects.get()
        assert (row.provider, row.starts_at, row.ends_at) == (
            provider,
            dt.datetime(2026, 12, 1, 5, tzinfo=dt.UTC),
            dt.datetime(2026, 12, 5, 5, tzinfo=dt.UTC),
        )

    def test_part_of_a_day_as_people_type_it(self, clinic, signed_in, front_desk):
        form = asked(provider=clinic.provider.public_id, starts_at="230p", ends_at="5 pm")

        signed_in(front_desk).post(NEW, form)

        row = TimeOff.objects.get()
        assert (row.starts_at.hour, row.starts_at.minute, row.ends_at.hour) == (19, 30, 22)

    def test_an_overlap_is_said_beside_the_form(self, clinic, signed_in, front_desk, away):
        form = asked(provider=clinic.provider.public_id, first_on="2026-11-25")

        answer = signed_in(front_desk).post(NEW, form)

        assert answer.status_code == 409
        assert "There is other time off in these days." in answer.content.decode()

    def test_it_is_changed_while_it_waits(self, clinic, signed_in, front_desk, away):
        address = reverse("scheduling:time-off", args=[away.public_id])
        browser = signed_in(front_desk)
        assert "2026-11-25" in browser.get(address).content.decode()

        form = asked(provider=clinic.provider.public_id, first_on="2026-11-26", edition=1, note="Lake")
        browser.post(address, form)

        away.refresh_from_db()
        assert (away.note, away.starts_at) == ("Lake", at(0, day=26))

    def test_deny_and_withdraw(self, clinic, signed_in, admin_user, front_desk, away):
        act = {"change_id": uuid.uuid4(), "edition": 1}
        deny = reverse("scheduling:time-off-deny", args=[away.public_id])

        answer = signed_in(admin_user).post(deny, act | {"reason": "Too many are away"})
        away.refresh_from_db()
        assert (answer.status_code, away.state) == (302, "denied")

        other = TimeOffFactory(provider=clinic.provider, starts_at=at(0), ends_at=at(0, day=26))
        withdraw = reverse("scheduling:time-off-withdraw", args=[other.public_id])
        signed_in(front_desk).post(withdraw, {"change_id": uuid.uuid4(), "edition": 1})
        other.refresh_from_db()
        assert other.state == "withdrawn"


class TestLooking:
    @pytest.mark.parametrize("count", [1, 3])
    def test_the_list_costs_the_same_for_one_and_for_three(
        self, clinic, signed_in, front_desk, count, django_assert_num_queries
    ):
        browser = signed_in(front_desk)
        for n in range(count):
            TimeOffFactory(provider=clinic.provider, starts_at=at(0) + dt.timedelta(days=3 * n))
            TimeOffFactory(
                provider=clinic.provider, starts_at=at(0) - dt.timedelta(days=30 + 3 * n), granted=True
            )
        browser.get(LIST)

        with django_assert_num_queries(LIST_QUERIES):
            page = browser.get(LIST)

        assert (
            page.content.decode().count("Look at the visits") + page.content.decode().count(">Plan<")
            == 2 * count
        )

    def test_the_year_counts_working_days(self, clinic, signed_in, front_desk):
        TimeOffFactory(
            provider=clinic.provider,
            starts_at=at(0, day=26),
            ends_at=at(0, day=30) + dt.timedelta(days=1),
            granted=True,
        )
        address = reverse("scheduling:time-off-year", args=[clinic.provider.public_id])

        page = signed_in(front_desk).get(address, {"year": "2026"}).content.decode()

        assert "<strong>3</strong> vacation" in page  # Thursday, Friday, Monday

    def test_why_is_told_to_nobody_on_the_calendar(self, clinic, signed_in, front_desk):
        TimeOffFactory(
            provider=clinic.provider,
            starts_at=at(0),
            ends_at=at(0, day=26),
            kind="sick",
            note="Surgery",
            granted=True,
        )

        page = (
            signed_in(front_desk).get(reverse("scheduling:calendar"), {"on": "2026-11-25"}).content.decode()
        )

        assert "Time off" in page
        assert "Surgery" not in page


class TestPlan:
    @pytest.fixture
    def visit(self, clinic, wish, actor, admin_user) -> Appointment:
        return operations.book(wish(14), by=actor(admin_user)).appointment

    def form(self, visit: Appointment, **more) -> dict:
        terms = {"change_id": uuid.uuid4(), "edition": 1, "hours_before": 2, "if_silent": "call"}
        return (
            terms | {f"row-{visit.public_id}": "cancel", f"edition-{visit.public_id}": visit.edition} | more
        )

    def test_it_is_drawn_and_carried_out(self, clinic, visit, away, signed_in, admin_user):
        browser = signed_in(admin_user)
        page = browser.get(plan_url(away)).content.decode()
        assert "Offer Owen Brandt" not in page  # nobody can be written to, so nobody is asked
        assert "Call them" in page

        answer = browser.post(plan_url(away), self.form(visit, act="approve"))

        visit.refresh_from_db()
        away.refresh_from_db()
        assert (answer.status_code, visit.state, away.state) == (302, "cancelled", "granted")
        went = browser.get(plan_url(away)).content.decode()
        assert "Undo all of it" in went
        assert "Rita Regular" in went

    def test_another_plan_for_all_of_them_keeps_nothing_yet(self, visit, away, signed_in, admin_user):
        answer = signed_in(admin_user).post(plan_url(away), self.form(visit, bulk="move"))

        page = answer.content.decode()
        assert 'value="move.' in page.split("checked")[-2]
        assert Replan.objects.count() == 0

    def test_a_visit_booked_meanwhile_is_shown_and_the_rest_stays_chosen(
        self, clinic, wish, visit, away, signed_in, admin_user, actor
    ):
        operations.book(wish(9), by=actor(admin_user))

        answer = signed_in(admin_user).post(plan_url(away), self.form(visit, act="approve"))

        assert answer.status_code == 409
        assert "have changed since you looked" in answer.content.decode()

    def test_what_is_no_longer_possible_is_said_and_nothing_else_is_done(
        self, clinic, wish, visit, away, signed_in, admin_user, actor
    ):
        operations.book(
            wish(14, provider_id=clinic.colleague.pk, client_ids=(clinic.other.pk,)), by=actor(admin_user)
        )
        form = self.form(visit, act="approve")
        form |= {
            f"row-{visit.public_id}": f"cover.{clinic.colleague.public_id}",
            f"agreed-{visit.public_id}": "on",
        }

        answer = signed_in(admin_user).post(plan_url(away), form)

        visit.refresh_from_db()
        assert (answer.status_code, visit.state, visit.provider) == (409, "scheduled", clinic.provider)
        assert "Choose something else for it." in answer.content.decode()

    def test_who_it_is_for_looks_and_does_not_decide(self, visit, away, signed_in, provider):
        browser = signed_in(provider)

        page = browser.get(plan_url(away))
        answer = browser.post(plan_url(away), self.form(visit, act="approve"))

        assert (page.status_code, answer.status_code) == (200, 403)
        assert "Somebody else decides" in page.content.decode()

    def test_withdrawn_it_says_who_might_be_moved_back(self, visit, away, signed_in, admin_user):
        browser = signed_in(admin_user)
        browser.post(plan_url(away), self.form(visit, act="approve"))
        away.refresh_from_db()
        withdraw = reverse("scheduling:time-off-withdraw", args=[away.public_id])

        browser.post(withdraw, {"change_id": uuid.uuid4(), "edition": away.edition})

        page = browser.get(plan_url(away)).content.decode()
        assert "Could be moved back" in page


class TestSickToday:
    def test_two_presses_to_the_visits_and_one_to_carry_out(
        self, clinic, wish, signed_in, front_desk, actor, admin_user
    ):
        visit = operations.book(wish(starts_at=at(15, day=24)), by=actor(admin_user)).appointment
        browser = signed_in(front_desk)
        assert clinic.provider.name in browser.get(SICK).content.decode()

        answer = browser.post(SICK, {"provider": clinic.provider.public_id})
        row = TimeOff.objects.get()
        assert (answer.headers["Location"], row.kind, row.ends_at) == (plan_url(row), "sick", at(0))
        page = browser.get(plan_url(row)).content.decode()
        assert "Approve, and carry out the plan" in page
        terms = {
            "change_id": uuid.uuid4(),
            "edition": 1,
            "hours_before": 2,
            "if_silent": "call",
            "act": "approve",
        }
        browser.post(plan_url(row), terms | {f"edition-{visit.public_id}": 1})

        row.refresh_from_db()
        assert (row.state, row.starts_at) == ("granted", NOW)
        assert Replan.objects.get().state == "to_call"

    def test_pressed_again_it_leads_to_what_is_there(self, clinic, signed_in, front_desk):
        browser = signed_in(front_desk)

        first, second = (browser.post(SICK, {"provider": clinic.provider.public_id}) for _ in range(2))

        assert first.headers["Location"] == second.headers["Location"]
        assert TimeOff.objects.count() == 1


LIST_QUERIES = 8
