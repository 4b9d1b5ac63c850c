"""A group from its form to the biller's file: at a desk and on a phone, with a hole in the network in between."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import picture_on_failure
from tests.living import Living

SIZES = {"desk": (1440, 900, "Sunday"), "phone": (390, 844, "Saturday")}
DAYS = {"Saturday": 5, "Sunday": 6}


def run_inside(living: Living, step: str, day: str) -> dict:
    script = Path(__file__).with_name("groups_today.py")
    code = f"STEP, DAY = {step!r}, {DAYS[day]}\nexec(open({str(script)!r}).read())"
    return json.loads(living.manage("shell", "-v", "0", "-c", code).splitlines()[-1])


def set_up(page: Page, name: str, day: str) -> None:
    page.goto("/groups/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Appointment type").select_option(label="Anxiety skills group")
    page.get_by_label("Places").fill("14")
    page.get_by_label("At", exact=True).fill("7:00")
    page.get_by_label("Length").fill("45")
    page.get_by_label("From").fill("2026-12-06")
    page.get_by_label("On", exact=True).select_option(label=day)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def refer_and_screen(page: Page, words: str, *, suits: bool) -> None:
    page.get_by_role("link", name="Refer a client").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Client").fill(words)
    dialog.get_by_role("option").first.click()
    dialog.get_by_role("button", name="Refer").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name="Screen").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Yes" if suits else "No").check()
    dialog.get_by_label("Notes").fill("Talked for half an hour.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def plan_twelve(page: Page) -> None:
    """One date has something in its way: it is skipped, and made up for at the end."""
    page.get_by_role("link", name="Plan sessions").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".series__row")).to_have_count(12)
    expect(dialog).to_contain_text("1 with something in the way")
    dialog.get_by_role("button", name=re.compile("^Book 12 visits")).click()
    expect(dialog).to_contain_text("Nothing was booked yet")
    dialog.locator(".diff__row--bad").get_by_role("checkbox", name=re.compile("^Skip")).check()
    expect(dialog).to_contain_text("1 skipped")
    dialog.get_by_role("button", name="Add one at the end").click()
    expect(dialog.locator(".series__row")).to_have_count(13)
    dialog.get_by_role("button", name=re.compile("^Book 12 visits")).click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("Booked 12 visits")


def mark(page: Page, number: int, word: str) -> None:
    row = page.locator(".sheet__row").nth(number)
    row.get_by_role("button", name=word).click()
    expect(row.get_by_role("button", name=word)).to_have_attribute("aria-pressed", "true")


def saved(page: Page, number: int) -> None:
    expect(page.locator(".sheet__row").nth(number).locator("[data-saved]")).to_have_text(
        re.compile(r"saved|\d:\d\d")
    )


@pytest.mark.parametrize("size", list(SIZES))
def test_a_group_from_screening_to_the_billers_file(living: Living, sign_in, tmp_path, size):
    width, height, day = SIZES[size]
    records = run_inside(living, "before", day)["records"]
    page = sign_in("provider", width=width, height=height)
    with picture_on_failure(page, tmp_path):
        set_up(page, f"Morning group, {size}", day)
        refer_and_screen(page, records[0], suits=True)
        page.get_by_role("button", name="Enrol").click()
        expect(page.locator("#toasts")).to_contain_text("has a place now")
        refer_and_screen(page, records[1], suits=False)
        assert run_inside(living, "fill", day) == {"members": 12}
        page.reload()
        plan_twelve(page)

        session = run_inside(living, "next day", day)["session"]
        page.goto(f"/groups/sessions/{session}/")
        expect(page.locator(".sheet__row")).to_have_count(12)
        for number in range(7):
            mark(page, number, "Here")
        saved(page, 6)
        page.context.set_offline(True)
        for number, word in ((7, "Late"), (8, "Absent"), (9, "Excused")):
            mark(page, number, word)
        expect(page.locator("[data-offline]")).to_contain_text("3 marks wait")
        page.context.set_offline(False)
        saved(page, 9)
        expect(page.locator("[data-offline]")).to_be_hidden()
        page.get_by_role("button", name="All here").click()
        expect(page.locator("#sheet-counts")).to_contain_text("12 of 12 marked")
        page.get_by_role("button", name="Complete").click()
        expect(page.get_by_text("A tap now is a correction")).to_be_visible()
        assert charged(living, session) == 10
        mark(page, 0, "Absent")
        expect(page.locator("#sheet-counts")).to_contain_text("2 absent")
        assert charged(living, session) == 9
        page.screenshot(path=tmp_path / f"sheet-{size}.png")


def charged(living: Living, session: str) -> int:
    """Services that stand for this session."""
    [(count,)] = living.execute(
        "SELECT count(*) FROM scheduling_charge c JOIN scheduling_attendance p ON p.id = c.attendance_id "
        "JOIN scheduling_appointment a ON a.id = p.appointment_id "
        "WHERE a.public_id = %s AND c.kind = 'service' AND c.reversed_at IS NULL AND c.reverses_id IS NULL",
        session,
    )
    return count
