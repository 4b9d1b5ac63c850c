"""Many visits completed at once: what is listed, what came of a press, who may say what, and Undo."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practice.tests.factories import ClientFactory
from scheduling.models import Appointment, AppointmentType, Attendance, Charge
from scheduling.queries.completing import stands
from scheduling.tests.conftest import at
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PAGE, PRESS = "/visits/to-complete/", "/visits/to-complete/done/"


def visit(clinic, *states: str, hour: int = 9, day: int = 23, **columns) -> Appointment:
    """Yesterday, with a provider of its own unless said otherwise."""
    row = AppointmentFactory(type=clinic.type, starts_at=at(hour, day=day), **columns)
    for state in states:
        AttendanceFactory(appointment=row, client=ClientFactory(), state=state)
    return row


def press(browser, *visits: Appointment, query: str = "", **data):
    chosen = [str(row.public_id) for row in visits]
    data = {"change_id": str(uuid.uuid4()), "chosen": chosen} | data
    return browser.post(f"{PRESS}{query}", data, follow=True)


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def rate(clinic) -> None:
    AppointmentType.objects.update(rate=Decimal(140), cpt_code="90834")


def test_it_lists_what_is_over_and_marked_and_what_nobody_said(signed_in, front_desk, clinic):
    marked = visit(clinic, "arrived", "absent")
    unsaid = visit(clinic, "expected")
    ahead, done, gone = visit(clinic, "arrived", hour=9, day=25), visit(clinic, "attended"), visit(clinic)
    Appointment.objects.filter(pk=done.pk).update(state="completed")
    browser = signed_in(front_desk)

    pages = {show: text(browser.get(PAGE, {"show": show})) for show in ("marked", "unsaid")}

    others = (ahead, done, gone)
    assert all(str(row.public_id) not in page for row in others for page in pages.values())
    assert [str(marked.public_id) in page for page in pages.values()] == [True, False]
    assert [str(unsaid.public_id) in page for page in pages.values()] == [False, True]
    assert "Marked 1" in pages["unsaid"]
    assert "1 here, 1 did not come" in pages["marked"]


@pytest.mark.usefixtures("rate")
def test_all_are_completed_and_what_came_of_it_is_told(signed_in, admin_user, clinic):
    rows = [visit(clinic, "arrived", hour=hour, rate=140) for hour in (9, 10)]

    page = text(press(signed_in(admin_user), all="1"))

    assert "2 visits completed" in page
    assert ("2 charges: ready" in page, "$280.00" in page) == (True, True)
    assert {row.state for row in Appointment.objects.filter(pk__in=[r.pk for r in rows])} == {"completed"}
    assert Charge.objects.standing().count() == 2


def test_what_is_left_says_why(signed_in, front_desk, clinic):
    several = visit(clinic, "arrived", "expected")
    alone = visit(clinic, "expected", hour=11)

    page = text(press(signed_in(front_desk), several, alone, query="?show=unsaid"))

    assert "1 visit completed" in page
    assert "Say for each person whether they came." in page
    assert "Charges for them are with the biller now." in page  # the desk sees no money
    several.refresh_from_db()
    assert several.state == "scheduled"


@pytest.mark.usefixtures("rate")
def test_the_biller_completes_what_others_marked_and_never_says_who_came(signed_in, biller, clinic):
    marked, unsaid = visit(clinic, "arrived", rate=140), visit(clinic, "expected", hour=11)
    browser = signed_in(biller)

    first = text(press(browser, all="1"))
    second = text(press(browser, unsaid, query="?show=unsaid"))

    assert ("1 visit completed" in first, "1 charge: ready" in first) == (True, True)
    assert ("No visit was completed" in second, "Nobody said whether the client came." in second) == (
        True,
        True,
    )
    assert 'name="chosen"' not in text(browser.get(PAGE, {"show": "unsaid"}))
    states = Attendance.objects.values_list("appointment", "state")
    assert dict(states) == {marked.pk: "attended", unsaid.pk: "expected"}


def test_undo_takes_all_of_it_back(signed_in, front_desk, clinic):
    row = visit(clinic, "arrived")
    browser = signed_in(front_desk)
    answer = press(browser, row)
    change_id = answer.redirect_chain[-1][0].rpartition("done=")[2]

    undone = browser.post(f"/changes/{change_id}/undo/", {"back": f"{PAGE}?done={change_id}"}, follow=True)

    row.refresh_from_db()
    assert (row.state, row.attendances.get().state) == ("scheduled", "arrived")
    assert "Everything stands as before." in text(undone)


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_after_undo_nobody_is_sent_to_another_s_page(signed_in, front_desk, clinic, back):
    browser = signed_in(front_desk)
    answer = press(browser, visit(clinic, "arrived"))
    change_id = answer.redirect_chain[-1][0].rpartition("done=")[2]
    assert f'name="back" value="{PAGE}?done={change_id}"' in text(answer)

    undone = browser.post(f"/changes/{change_id}/undo/", {"back": back})

    assert undone.headers["Location"] == "/changes/"


def test_a_provider_sees_and_completes_their_own(signed_in, clinic):
    own, other = visit(clinic, "arrived", provider=clinic.provider), visit(clinic, "arrived")

    page = text(press(signed_in(clinic.provider), own, other))

    assert "1 visit completed" in page
    other.refresh_from_db()
    assert other.state == "scheduled"


def test_another_one_s_press_is_not_told(signed_in, front_desk, admin_user, clinic):
    answer = press(signed_in(front_desk), visit(clinic, "arrived"))
    change_id = answer.redirect_chain[-1][0].rpartition("done=")[2]

    assert "visit completed" not in text(signed_in(admin_user).get(PAGE, {"done": change_id}))


@pytest.mark.parametrize("data", [{"change_id": "no id"}, {"chosen": []}])
def test_a_press_that_makes_no_sense_is_told_so(signed_in, front_desk, clinic, data):
    visit(clinic, "arrived")

    assert press(signed_in(front_desk), **data).status_code == 422


def test_it_costs_the_same_for_one_row_and_for_three(signed_in, front_desk, clinic):
    browser = signed_in(front_desk)
    visit(clinic, "arrived")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            browser.get(PAGE)
        return len(counted)

    queries()
    few = queries()
    visit(clinic, "arrived", "absent")
    visit(clinic, "arrived")

    assert queries() == few


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["arrived"], "here"),
        (["expected"], "not marked"),
        (["arrived", "arrived", "absent", "expected", "cancelled"], "2 here, 1 did not come, 1 not marked"),
        (["arrived", "excused"], "here"),
    ],
)
def test_how_it_stands_in_words(clinic, states, said):
    assert stands(visit(clinic, *states)) == said
