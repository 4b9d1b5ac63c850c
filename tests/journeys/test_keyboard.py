"""The desk's day without a mouse, and a change made in one tab that the other shows by itself."""

import json
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import slow_down
from tests.journeys.test_main_job import column, open_day, said
from tests.living import Living

OTHER_TAB_SECONDS = 5
MOST_STEPS = 60
FOUND_SECONDS = 2
FOCUS = """() => {
    const {activeElement: here} = document;
    if (here === document.body || !here.checkVisibility()) return "";
    const name = here.ariaLabel || here.labels?.[0]?.textContent || here.textContent;
    return name.trim().replace(/\\s+/g, " ") || here.id;
}"""


@pytest.fixture
def case(living: Living) -> SimpleNamespace:
    script = Path(__file__).with_name("openings.py")
    spoken = living.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    return SimpleNamespace(**json.loads(spoken.splitlines()[-1]))


def focus(page: Page) -> str:
    """What the focused element calls itself. After a swap it may take a moment, but never stays on nothing."""
    deadline = time.monotonic() + FOUND_SECONDS
    while not (name := page.evaluate(FOCUS)):
        assert time.monotonic() < deadline, "the focus is lost"
        page.wait_for_timeout(20)
    return name


def press_until(page: Page, key: str, wanted: str) -> None:
    """The same key until an element of that name has the focus."""
    for _ in range(MOST_STEPS):
        if re.match(wanted, focus(page)):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{MOST_STEPS} × {key} did not reach {wanted}")


def choose(page: Page, label: str, words: str) -> None:
    """In a list of choices: Tab to it and type the beginning of what is meant."""
    press_until(page, "Tab", label)
    page.keyboard.type(words)


def fill(page: Page, label: str, words: str) -> None:
    press_until(page, "Tab", label)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(words)


def tile(page: Page, case: SimpleNamespace, start: int) -> Locator:
    return column(page, case).locator(f'a.tile[data-start="{start}"]', has_text=case.client)


def book(page: Page, case: SimpleNamespace, start: int) -> None:
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="New visit")
    expect(dialog).to_be_visible()
    assert focus(page) == "Client"
    page.keyboard.type(case.record)
    expect(dialog.get_by_role("option", name=re.compile(case.client))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("combobox", name="Client")).to_have_value(re.compile(case.client))
    choose(page, "Type", "Follow-up")
    choose(page, "Provider", case.provider_name)
    press_until(page, "Tab", "Date")
    year, month, day = case.on.split("-")
    page.keyboard.type(
        f"{month}{day}{year}"
    )  # the date field's own parts, in the order of the browser's language
    fill(page, "Time", said(start))
    press_until(page, "Tab", "Book")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert focus(page)


def walk_to(page: Page, wanted: Locator) -> None:
    """From the grid's one tab stop by arrows: up to the column's first visit, then down."""
    for _ in range(MOST_STEPS):
        if page.evaluate("document.activeElement.matches('#calendar .tile')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Home")
    for _ in range(MOST_STEPS):
        if wanted.evaluate("tile => tile === document.activeElement"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError("the arrows did not reach the visit")


def cancel(page: Page) -> None:
    press_until(page, "Tab", "Cancel$")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    choose(page, "Reason", "Client request")
    press_until(page, "Tab", "Cancel the visit")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert focus(page)


def test_a_visit_is_booked_found_and_cancelled_by_keys(sign_in, case):
    page = sign_in("front desk")  # by Enter in the password's field
    open_day(page, case)
    page.keyboard.press("Tab")
    assert focus(page) == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("New visit")
    assert focus(page)
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    assert focus(page)

    start = case.starts[0]
    book(page, case, start)
    expect(tile(page, case, start)).to_be_visible()
    walk_to(page, tile(page, case, start))
    page.keyboard.press("Enter")
    expect(page.locator("#visit-title")).to_be_focused()

    cancel(page)
    expect(tile(page, case, start)).to_have_count(0, timeout=15_000)
    assert focus(page)


NEXT_DAY_THEN_NEW = """() => new Promise(done => {
    const day = () => document.querySelector("#calendar").dataset.on;
    const before = day();
    const look = () => {
        if (day() === before) return;
        document.body.removeEventListener("htmx:afterSwap", look);
        setTimeout(() => {
            document.querySelector("[data-act=new]").click();
            done();
        });
    };
    document.body.addEventListener("htmx:afterSwap", look);
    document.querySelector("[data-key=n]").click();
})"""


def test_a_key_right_after_the_day_changed_means_the_day_one_sees(sign_in):
    page = sign_in("front desk")
    page.evaluate(NEXT_DAY_THEN_NEW)

    shown = page.locator("#calendar").get_attribute("data-on")
    expect(page.get_by_role("dialog").get_by_label("Date")).to_have_value(shown)


def test_the_other_tab_follows_without_a_reload(sign_in, case):
    mine = sign_in("front desk")
    other = mine.context.new_page()
    for page in (mine, other):
        open_day(page, case)
    other.evaluate("window.sameDocument = true")
    start = case.starts[1]

    book(mine, case, start)
    began = time.monotonic()
    expect(tile(other, case, start)).to_be_visible(timeout=1000 * OTHER_TAB_SECONDS)
    assert time.monotonic() - began < OTHER_TAB_SECONDS

    walk_to(mine, tile(mine, case, start))
    mine.keyboard.press("Enter")
    expect(mine.locator("#visit-title")).to_be_focused()
    cancel(mine)
    began = time.monotonic()
    expect(tile(other, case, start)).to_have_count(0, timeout=1000 * OTHER_TAB_SECONDS)
    assert time.monotonic() - began < OTHER_TAB_SECONDS
    assert other.evaluate("window.sameDocument")


def test_a_type_chosen_right_after_another_fills_in_its_own_length(living, sign_in, case):
    """Typing "Follow-up" passes by Family, which is longer."""
    page = sign_in("front desk")
    open_day(page, case)
    slow_down(page, 800)

    book(page, case, case.starts[0])

    [(minutes,)] = living.execute(
        "SELECT extract(epoch FROM v.ends_at - v.starts_at) / 60 FROM scheduling_appointment v "
        "JOIN scheduling_attendance a ON a.appointment_id = v.id WHERE a.client_id = %s",
        case.client_id,
    )
    assert minutes == 50
