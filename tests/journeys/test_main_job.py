"""The main job, end to end: book by drag, the text goes out, Y comes back, the tile turns confirmed, and what follows.

Real Chromium, real web, worker and beat; the real twilio client talks to a listening line in front of the
rehearsal carrier.
"""

import json
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.living import PATIENCE_SECONDS, UNDO_SECONDS, Living

QUIET_SECONDS = UNDO_SECONDS + 5  # the window, two ticks of the dispatcher, and some


@pytest.fixture
def case(living: Living) -> SimpleNamespace:
    script = Path(__file__).with_name("openings.py")
    said = living.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    chosen = SimpleNamespace(**json.loads(said.splitlines()[-1]))
    chosen.heard_before = len(living.line.texts_to(chosen.number))  # another journey may have had this client
    return chosen


def said(minute: int) -> str:
    hour = minute // 60
    return f"{hour % 12 or 12}:{minute % 60:02} {'am' if hour < 12 else 'pm'}"


def column(page: Page, case) -> Locator:
    return page.locator(f'[data-column][data-provider="{case.provider}"]')


def point(page: Page, case, minute: int) -> tuple[float, float]:
    """The middle of the column at a local minute, scrolled into sight."""
    sheet = column(page, case).locator(".column__sheet")
    page.evaluate(
        """([provider, minute]) => {
            const grid = document.querySelector("#calendar");
            const sheet = document.querySelector(`[data-column][data-provider="${provider}"] .column__sheet`);
            const share = (minute - grid.dataset.firstMinute) / (grid.dataset.lastMinute - grid.dataset.firstMinute);
            const top = sheet.getBoundingClientRect().top - grid.getBoundingClientRect().top + grid.scrollTop;
            grid.scrollTo({top: top + share * sheet.offsetHeight - grid.clientHeight / 2, behavior: "instant"});
        }""",
        [case.provider, minute],
    )
    box = sheet.bounding_box()
    first, last = (
        int(page.locator("#calendar").get_attribute(f"data-{n}-minute")) for n in ("first", "last")
    )
    return box["x"] + box["width"] / 2, box["y"] + (minute - first) / (last - first) * box["height"]


def tile(page: Page, case) -> Locator:
    return column(page, case).locator("a.tile", has_text=case.client)


def open_day(page: Page, case) -> None:
    page.goto(f"/calendar/?on={case.on}&p={case.provider}")
    expect(column(page, case)).to_be_visible()


def book_by_drag(page: Page, case, start: int) -> None:
    x, y = point(page, case, start)
    page.mouse.move(x, y + 3)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=4)
    page.mouse.move(*point_below(page, case, start + 45), steps=8)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    client = dialog.get_by_role("combobox", name="Client")
    client.fill(case.record)
    dialog.get_by_role("option", name=re.compile(case.client)).click()
    dialog.get_by_label("Type").select_option(label="Follow-up")
    dialog.get_by_role("button", name="Book").click()
    expect(dialog).to_have_count(0)


def point_below(page: Page, case, minute: int) -> tuple[float, float]:
    """As `point`, but without scrolling: a drag is under way."""
    box = column(page, case).locator(".column__sheet").bounding_box()
    first, last = (
        int(page.locator("#calendar").get_attribute(f"data-{n}-minute")) for n in ("first", "last")
    )
    return box["x"] + box["width"] / 2, box["y"] + (minute - first) / (last - first) * box["height"] - 2


def move_by_drag(page: Page, case, start: int) -> None:
    at = int(tile(page, case).get_attribute("data-start"))
    point(page, case, (at + start) // 2)  # both ends in sight
    box = tile(page, case).bounding_box()
    grab = (box["x"] + box["width"] / 2, box["y"] + 12)
    page.mouse.move(*grab)
    page.mouse.down()
    page.mouse.move(grab[0], grab[1] + 15, steps=4)
    x, y = point_below(page, case, start)
    page.mouse.move(x, y + 14, steps=10)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(said(start).split()[0])
    dialog.get_by_role("button", name="Move").click()
    expect(dialog).to_have_count(0)


def texts(living: Living, case) -> list[str]:
    return living.line.texts_to(case.number)[case.heard_before :]


def wait_for(condition, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def test_from_drag_to_confirmed_and_back(living: Living, sign_in, case):
    desk = sign_in("front desk")
    phone = sign_in("front desk")
    start, later, third = case.starts[:3]
    open_day(desk, case)

    book_by_drag(desk, case, start)

    expect(tile(desk, case)).to_be_visible()
    wait_for(lambda: texts(living, case), PATIENCE_SECONDS, "the confirmation text")
    [text] = texts(living, case)
    assert said(start) in text
    phone.goto(f"/rehearsal/?client={case.public_id}")
    bubble = phone.locator(".bubble", has_text=said(start))
    expect(bubble).to_be_visible()

    phone.get_by_role("button", name="Y", exact=True).first.click()

    expect(desk.locator("a.tile", has_text=case.client)).to_have_accessible_name(
        re.compile("onfirmed"), timeout=20_000
    )
    confirmed = living.execute(
        "SELECT extract(epoch FROM clock_timestamp() - a.confirmed_at + coalesce("
        "nullif(current_setting('app.clock_offset', true), ''), '0')::interval) FROM scheduling_attendance a "
        "JOIN scheduling_appointment v ON v.id = a.appointment_id WHERE a.client_id = %s AND a.confirmed_how = 'sms' "
        "ORDER BY a.confirmed_at DESC LIMIT 1",
        case.client_id,
    )
    assert confirmed[0][0] < 5, "the open calendar took longer than five seconds"
    wait_for(lambda: len(texts(living, case)) == 2, PATIENCE_SECONDS, "the thank-you")
    assert "Thank you" in texts(living, case)[1]

    move_by_drag(desk, case, later)

    wait_for(lambda: len(texts(living, case)) == 3, PATIENCE_SECONDS, "the text about the new time")
    assert said(later) in texts(living, case)[2]
    assert said(start) not in texts(living, case)[2]
    planned = living.execute(
        "SELECT DISTINCT r.state FROM reminders_reminder r JOIN scheduling_attendance a ON a.id = r.attendance_id "
        "JOIN scheduling_appointment v ON v.id = a.appointment_id WHERE a.client_id = %s AND v.edition > 1 "
        "AND r.occurrence < v.occurrence AND r.channel = 'sms'",
        case.client_id,
    )
    assert {state for (state,) in planned} <= {"superseded", "sent"}

    before = list(texts(living, case))
    move_by_drag(desk, case, third)
    desk.locator("[data-toast]").last.get_by_role("button", name="Undo").click()
    expect(desk.locator("[data-toast]").last).to_contain_text(re.compile("aken back"))
    time.sleep(QUIET_SECONDS)
    assert texts(living, case) == before

    tile(desk, case).click()
    panel = desk.locator("#panel")
    expect(panel).to_contain_text(case.client)
    panel.get_by_role("link", name="Cancel").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Reason").select_option("client_request")
    dialog.get_by_role("button", name="Cancel the visit").click()
    expect(dialog).to_have_count(0)
    expect(tile(desk, case)).to_have_count(0, timeout=15_000)
    time.sleep(QUIET_SECONDS)
    assert texts(living, case) == before

    for heard in living.line.texts:
        assert re.fullmatch(r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages\.json", heard.path)
        assert heard.user == heard.path.split("/")[3]
        assert heard.agent.startswith("twilio-python/")


def test_with_the_worker_stopped_no_text_leaves(living: Living, sign_in, case):
    living.stop_worker()
    heard = len(living.line.texts)
    desk = sign_in("front desk")
    open_day(desk, case)

    try:
        book_by_drag(desk, case, case.starts[0])
        expect(tile(desk, case)).to_be_visible()
        time.sleep(QUIET_SECONDS)
        assert len(living.line.texts) == heard
    finally:
        living.start_worker()

    wait_for(lambda: len(living.line.texts) > heard, PATIENCE_SECONDS, "the text once the worker is back")
