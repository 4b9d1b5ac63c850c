"""From a question to a booked visit: search, choose with the arrows, give back, choose again, book."""

import json
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.living import Living

MOST_SECONDS = 20


@pytest.fixture
def case(living: Living) -> SimpleNamespace:
    script = Path(__file__).with_name("openings.py")
    said = living.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    return SimpleNamespace(**json.loads(said.splitlines()[-1]))


def held(living: Living) -> int:
    ((count,),) = living.execute("SELECT count(*) FROM scheduling_appointment WHERE state = 'held'")
    return count


def search(page: Page, case) -> None:
    page.get_by_role("link", name="Openings").first.click()
    expect(page.locator('[data-time][tabindex="0"]')).to_have_count(1)  # the scripts are there
    page.get_by_label("Type").select_option(label="Follow-up")
    expect(page).to_have_url(re.compile("type="))
    page.get_by_role("combobox", name="Client").fill(case.record)
    page.get_by_role("option", name=re.compile(case.client)).click()
    expect(page.get_by_role("status").first).to_contain_text(case.client)
    page.locator("summary", has_text="Providers").click()
    page.get_by_role("checkbox", name=case.provider_name).check()
    expect(page).to_have_url(re.compile(case.provider))


def wait_for_holds(living: Living, count: int) -> None:
    deadline = time.monotonic() + 5
    while held(living) != count:
        assert time.monotonic() < deadline, f"{held(living)} holds, not {count}"
        time.sleep(0.05)


def test_search_pick_and_book(living: Living, sign_in, case):
    page = sign_in("front desk")
    began, before = time.monotonic(), held(living)

    search(page, case)
    assert case.client.split()[0] not in page.url
    times = page.locator("[data-time]")
    expect(page.locator(".openings__row").first).to_contain_text(case.provider_name)
    times.first.focus()
    page.keyboard.press("ArrowRight")
    expect(times.nth(1)).to_be_focused()
    assert page.locator('[data-time][tabindex="0"]').count() == 1

    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Held for you until")
    wait_for_holds(living, before + 1)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    wait_for_holds(living, before)
    expect(times.nth(1)).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog.get_by_role("combobox", name="Client")).to_have_value(case.client)
    chosen = times.nth(1).get_attribute("id")  # of that day: the same hour may be free on the next
    dialog.get_by_role("button", name="Book").last.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(f"Booked {case.client}")).to_be_visible()
    wait_for_holds(living, before)
    expect(page.locator(f'[id="{chosen}"]')).to_have_count(0)

    assert time.monotonic() - began < MOST_SECONDS
