"""A therapist is ill: seven visits, two presses to see them, one to settle them; and a second day taken back whole."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_main_job import wait_for
from tests.living import PATIENCE_SECONDS, Living

WAYS = ["cover", "cover", "ask", "ask", "ask", "telehealth", "cancel"]
COUNTERS = {"edition", "ics_sequence"}


@pytest.fixture(scope="module")
def days(living: Living) -> list[SimpleNamespace]:
    script = Path(__file__).with_name("sick.py")
    said = living.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    return [SimpleNamespace(**one) for one in json.loads(said.splitlines()[-1])]


def fall_ill(page: Page, who: str) -> None:
    """Two presses."""
    page.goto("/time-off/")
    page.get_by_role("link", name="Sick today").click()
    page.get_by_role("button", name=who).click()
    expect(page.locator(".plan__line")).to_have_count(7)


def choose(page: Page, day: SimpleNamespace) -> None:
    for row, way in zip(day.visits, WAYS, strict=True):
        page.locator(f'[name="row-{row["visit"]}"][value^="{way}"]').first.check()


def link_to(living: Living, number: str) -> str:
    found = [re.search(r"https?://\S+/v/\S+", text) for text in living.line.texts_to(number)]
    return next((match[0] for match in reversed(found) if match), "")


def about(living: Living, day: SimpleNamespace) -> dict[str, list[str]]:
    """Every row about these visits, without the counters that never fall."""
    ids = [row["id"] for row in day.visits]
    seats = "SELECT id FROM scheduling_attendance WHERE appointment_id = ANY(%s)"
    wanted = {
        "scheduling_appointment": "id = ANY(%s)",
        "scheduling_attendance": "appointment_id = ANY(%s)",
        "scheduling_replan": "appointment_id = ANY(%s)",
        "reminders_reminder": f"attendance_id IN ({seats})",
    }
    taken = {}
    for table, where in wanted.items():
        rows = living.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE {where} ORDER BY id", ids)
        taken[table] = [json.dumps({k: v for k, v in row.items() if k not in COUNTERS}) for (row,) in rows]
    return taken


def test_ill_today_two_are_covered_three_move_one_goes_by_video_one_is_cancelled(living, sign_in, days):
    day = days[0]
    desk = sign_in("front desk")
    fall_ill(desk, day.away)
    choose(desk, day)
    desk.get_by_role("button", name="Approve, and carry out the plan").click()
    expect(desk.get_by_text("is approved")).to_be_visible()

    asked = day.visits[:5]
    for row in asked:
        wait_for(
            lambda row=row: link_to(living, row["number"]), PATIENCE_SECONDS, f"a link for {row['name']}"
        )
    phone = desk.context.new_page()
    for row in asked[:2]:
        phone.goto(link_to(living, row["number"]))
        phone.get_by_role("button", name=f"Same time with {day.cover}").click()
        expect(phone.get_by_text("Your visit stands at this time.")).to_be_visible()
    for n, row in enumerate(asked[2:]):
        phone.goto(link_to(living, row["number"]))
        phone.get_by_role("link", name="Choose another time").click()
        phone.locator(".own__time").nth(n).click()
        phone.locator("#choose button").click()
        expect(phone.get_by_text("Your visit is moved.")).to_be_visible()

    desk.reload()
    words = [cell.inner_text() for cell in desk.locator("tbody .pill").all()]
    assert words == ["Accepted the colleague"] * 2 + ["Moved"] * 3 + ["By video", "Cancelled"]
    told = living.line.texts_to(day.visits[6]["number"])
    assert any("cancelled" in text for text in told)


def test_the_whole_plan_is_taken_back_and_everything_is_as_it_was(living, sign_in, days, sign_ins):
    day = days[1]
    desk = sign_in("front desk")
    living.execute("UPDATE practice_user SET undo_seconds = 60 WHERE email = %s", sign_ins["front desk"][0])
    try:
        before = about(living, day)
        fall_ill(desk, day.away)
        choose(desk, day)
        desk.get_by_role("button", name="Approve, and carry out the plan").click()
        expect(desk.get_by_text("Nobody has been told yet")).to_be_visible()
        assert about(living, day) != before

        desk.get_by_role("button", name="Undo all of it").click()
        wait_for(lambda: about(living, day) == before, PATIENCE_SECONDS, "everything as it was")
        assert [living.line.texts_to(row["number"]) for row in day.visits] == [[]] * 7
        [(state,)] = living.execute(
            "SELECT t.state FROM availability_timeoff t JOIN practice_provider p ON p.id = t.provider_id "
            "WHERE p.last_name = 'Vale2'"
        )
        assert state == "pending"
    finally:
        living.execute(
            "UPDATE practice_user SET undo_seconds = NULL WHERE email = %s", sign_ins["front desk"][0]
        )
