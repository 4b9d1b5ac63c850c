"""A cancelled visit fills itself: offered, left to run out, offered on, taken by text, booked; staff only watched."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.journeys.test_main_job import wait_for
from tests.living import PATIENCE_SECONDS, Living


@pytest.fixture
def case(living: Living) -> SimpleNamespace:
    script = Path(__file__).with_name("waiting.py")
    said = living.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    return SimpleNamespace(**json.loads(said.splitlines()[-1]))


def texts(living: Living, who: dict, words: str) -> list[str]:
    return [text for text in living.line.texts_to(who["number"]) if words in text]


def test_a_cancelled_visit_is_offered_runs_out_and_is_taken_by_the_next(living: Living, sign_in, case):
    desk, phone = sign_in("front desk"), sign_in("front desk")
    desk.goto(f"/calendar/?on={case.on}&visit={case.visit}")
    desk.locator("#panel").get_by_role("link", name="Cancel").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Reason").select_option("client_request")
    dialog.get_by_role("button", name="Cancel the visit").click()
    expect(dialog).to_have_count(0)

    wait_for(lambda: texts(living, case.first, "a time is open"), PATIENCE_SECONDS, "the first offer")
    assert case.said in texts(living, case.first, "a time is open")[0]
    assert texts(living, case.second, "a time is open") == []

    living.execute(  # two hours go by, and nobody has answered
        "WITH over AS (UPDATE waitlist_offer SET expires_at = made_at WHERE entry_id = %s AND state = 'out' "
        "RETURNING span_id) UPDATE waitlist_freedspan SET look_at = not_before WHERE id IN (SELECT span_id FROM over)",
        case.first["entry"],
    )
    wait_for(
        lambda: texts(living, case.second, "a time is open"),
        PATIENCE_SECONDS,
        "the offer to the next in line",
    )
    phone.goto(f"/rehearsal/?client={case.second['public_id']}")
    phone.get_by_role("button", name="Y", exact=True).first.click()

    wait_for(lambda: texts(living, case.second, "you are booked"), PATIENCE_SECONDS, "the answer to the yes")
    desk.goto(f"/calendar/?on={case.on}")
    expect(desk.locator("a.tile", has_text=case.second["name"]).first).to_be_visible(timeout=20_000)
    [(state, visits, reminders)] = living.execute(
        "SELECT e.state, count(DISTINCT v.id), count(r.id) FROM waitlist_waitlistentry e "
        "JOIN scheduling_appointment v ON v.id = e.booked_id AND v.state = 'scheduled' AND v.starts_at = %s "
        "JOIN scheduling_attendance p ON p.appointment_id = v.id AND p.client_id = e.client_id "
        "LEFT JOIN reminders_reminder r ON r.attendance_id = p.id AND r.state = 'planned' WHERE e.id = %s GROUP BY 1",
        case.starts_at,
        case.second["entry"],
    )
    assert (state, visits) == ("booked", 1)
    assert reminders > 0
    [(first_state,)] = living.execute(
        "SELECT state FROM waitlist_waitlistentry WHERE id = %s", case.first["entry"]
    )
    assert first_state == "waiting"
