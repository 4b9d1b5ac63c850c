"""A group from its form to the biller's file: at a desk and on a phone, with a hole in the network in between."""

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import picture_on_failure
from tests.journeys.test_main_job import wait_for
from tests.living import PATIENCE_SECONDS, Living

# Days of their own, so that neither stands in the other's way; the weekday as `groups_today.py` counts it.
SIZES = [
    pytest.param(1440, 900, "Sunday", 6, id="desk"),
    pytest.param(390, 844, "Saturday", 5, id="phone"),
]
MEMBERS = 12


def inside(living: Living, step: str, day: int) -> SimpleNamespace:
    script = Path(__file__).with_name("groups_today.py")
    code = f"STEP, DAY = {step!r}, {day}\nexec(open({str(script)!r}).read())"
    return SimpleNamespace(**json.loads(living.manage("shell", "-v", "0", "-c", code).splitlines()[-1]))


def set_up(page: Page, name: str, day: str, first: str) -> None:
    page.goto("/groups/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Appointment type").select_option(label="Anxiety skills group")
    page.get_by_role("spinbutton", name="Places").fill("14")
    page.get_by_label("Screen before anybody joins").check()
    page.get_by_label("On", exact=True).select_option(label=day)
    page.get_by_label("At", exact=True).fill("7:00")
    page.get_by_label("Length").fill("45")
    page.get_by_label("From").fill(first)
    page.get_by_label("Rate").fill("60")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/groups/[0-9a-f-]{36}/$"))  # and until its scripts run
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def refer_and_screen(page: Page, record: str, *, suits: bool) -> None:
    page.get_by_role("link", name="Refer a client").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Client").fill(record)
    dialog.get_by_role("option").first.click()
    dialog.get_by_role("button", name="Refer").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name="Screen").click()
    dialog.get_by_role("radio", name="Yes" if suits else "No").check()
    dialog.get_by_label("Notes").fill("Talked for half an hour.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def plan_twelve(page: Page) -> None:
    """The third date has something in its way: it is an hour later; a date the practice is closed on is left out."""
    page.get_by_role("link", name="Plan sessions").click()
    dialog = page.get_by_role("dialog")
    bad = dialog.locator(".diff__row--bad")
    expect(dialog.locator(".series__row")).to_have_count(12)
    expect(bad).not_to_have_count(0)
    dialog.get_by_role("button", name="Book 12 visits").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing was booked yet")
    fix(dialog, dialog.locator(".series__row").nth(2))
    while left := bad.count():
        bad.first.get_by_role("checkbox", name=re.compile("^Skip")).check()
        expect(bad).to_have_count(left - 1)
    button = dialog.get_by_role("button", name=re.compile(r"^Book \d+ visits"))
    said = button.inner_text().strip()
    button.click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text(said.replace("Book", "Booked"))


def fix(dialog: Locator, row: Locator) -> None:
    """A row with something in its way is open already."""
    row.get_by_label(re.compile("^Time on")).fill("8:00")
    row.get_by_label(re.compile("^Time on")).blur()
    expect(row).not_to_have_class(re.compile("diff__row--bad"))


def mark(page: Page, number: int, word: str) -> None:
    button = page.locator(".sheet__row").nth(number).get_by_role("button", name=word, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def saved(page: Page, number: int, word: str) -> None:
    row = page.locator(".sheet__row").nth(number)
    expect(row).to_have_attribute("data-mark", word.lower())
    expect(row.locator("[data-saved]")).to_have_text(re.compile(r"^saved$|\d:\d\d"))


def take_attendance(page: Page) -> None:
    """Seven with a connection, three without one, the last two at once."""
    expect(page.locator(".sheet__row")).to_have_count(MEMBERS)
    for number in range(7):
        mark(page, number, "Here")
    saved(page, 6, "Here")
    page.context.set_offline(True)
    away = [(7, "Late"), (8, "Absent"), (9, "Excused")]
    for number, word in away:
        mark(page, number, word)
    expect(page.locator("[data-offline]")).to_contain_text("3 marks wait")
    page.context.set_offline(False)
    for number, word in away:
        saved(page, number, word)
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.get_by_role("button", name="All here").click()
    expect(page.locator("#sheet-counts")).to_contain_text("12 of 12 marked · 10 here · 1 absent · 1 excused")
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_text("A tap now is a correction")).to_be_visible()


def charged(living: Living, session: str) -> list[int]:
    """[services that stand, reversals] of this session."""
    [row] = living.execute(
        "SELECT count(*) FILTER (WHERE c.reverses_id IS NULL AND c.reversed_at IS NULL), count(c.reverses_id) "
        "FROM scheduling_charge c JOIN scheduling_attendance p ON p.id = c.attendance_id "
        "JOIN scheduling_appointment a ON a.id = p.appointment_id WHERE a.public_id = %s AND c.kind = 'service'",
        session,
    )
    return list(row)


def exported(page: Page, session: str, today: str) -> list[dict]:
    """All that is ready of today, as the biller's file of this export has it: the lines of this session."""
    page.goto(f"/charges/?show=ready&first_on={today}&last_on={today}")
    page.get_by_role("button", name="Export all").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="Download the file").first.click()
    rows = csv.DictReader(file.value.path().read_text(encoding="utf-8-sig").splitlines())
    return [row for row in rows if row["meeting"] == session]


@pytest.mark.parametrize(("width", "height", "day", "weekday"), SIZES)
def test_a_group_from_screening_to_the_billers_file(
    living: Living, sign_in, tmp_path, width, height, day, weekday
):
    case = inside(living, "before", weekday)
    page = sign_in("provider", width=width, height=height)
    with picture_on_failure(page, tmp_path):
        set_up(page, f"Morning group on {day}", day, case.first)
        refer_and_screen(page, case.records[0], suits=True)
        page.get_by_role("button", name="Enrol").click()
        expect(page.locator("#toasts")).to_contain_text("has a place now")
        refer_and_screen(page, case.records[1], suits=False)
        assert inside(living, "fill", weekday).members == MEMBERS
        plan_twelve(page)

        session = inside(living, "next day", weekday).session
        page.goto(f"/groups/sessions/{session}/")
        take_attendance(page)
        assert charged(living, session) == [10, 0]
        mark(page, 0, "Absent")
        expect(page.locator("#sheet-counts")).to_contain_text("9 here · 2 absent")
        assert charged(living, session) == [9, 1]

        biller = sign_in("billing", width=width, height=height)
        with picture_on_failure(biller, tmp_path):
            wait_for(lambda: ready(living, session) == 9, PATIENCE_SECONDS, "the end of the undo windows")
            rows = exported(biller, session, case.today)
    assert [(row["cpt_code"], row["amount"], row["kind"]) for row in rows] == [
        ("90853", "60.00", "Service")
    ] * 9


def ready(living: Living, session: str) -> int:
    """What may be exported: nobody can take it back any more."""
    [(count,)] = living.execute(
        "SELECT count(*) FROM scheduling_charge c JOIN scheduling_attendance p ON p.id = c.attendance_id "
        "JOIN scheduling_appointment a ON a.id = p.appointment_id WHERE a.public_id = %s AND c.kind = 'service' "
        "AND c.reversed_at IS NULL AND c.reverses_id IS NULL AND c.not_before < clock_timestamp() "
        "+ coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval",
        session,
    )
    return count
