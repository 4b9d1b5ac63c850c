"""A weekly series in the browser: looked at row by row, one row skipped and made up for, booked, undone."""

import datetime as dt
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import picture_on_failure
from tests.living import Living


@pytest.fixture
def case(living: Living) -> SimpleNamespace:
    script = Path(__file__).with_name("openings.py")
    said = living.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    return SimpleNamespace(**json.loads(said.splitlines()[-1]))


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def ask_for_four(page: Page, case) -> None:
    page.goto(f"/calendar/?on={case.on}&p={case.provider}")
    page.locator("[data-act=new]").click()
    dialog = page.get_by_role("dialog")
    client = dialog.get_by_role("combobox", name="Client")
    client.fill(case.record)
    dialog.get_by_role("option", name=re.compile(case.client)).click()
    dialog.get_by_label("Type").select_option(label="Follow-up")
    dialog.get_by_label("Provider").select_option(label=case.provider_name)
    dialog.get_by_label("Date").fill(case.on)
    dialog.get_by_label("Time").fill(clock(case.starts[0]))
    dialog.get_by_label("Repeats").select_option(label="Weekly")
    dialog.get_by_label("Number of visits").fill("4")
    dialog.get_by_role("button", name="Look at the series").click()
    expect(dialog.get_by_role("row")).to_have_count(5)


def test_a_series_from_its_table_to_undo(living: Living, sign_in, case, tmp_path):
    desk = sign_in("front desk")
    with picture_on_failure(desk, tmp_path):
        ask_for_four(desk, case)
        dialog = desk.get_by_role("dialog")
        last = dt.date.fromisoformat(case.on) + dt.timedelta(weeks=3)

        dialog.get_by_role("checkbox", name=re.compile("^Skip")).nth(3).check()
        expect(dialog).to_contain_text("1 skipped")
        dialog.get_by_role("button", name="Add one at the end").click()
        expect(dialog.get_by_role("row")).to_have_count(6)
        settle(dialog)
        dialog.get_by_role("button", name=re.compile(r"^Book 4 visits")).click()
        expect(dialog).to_have_count(0)
        expect(desk.locator("#toasts")).to_contain_text("Booked 4 visits")

        rows = living.execute(
            "SELECT starts_at AT TIME ZONE 'America/New_York' FROM scheduling_appointment "
            "WHERE series_id = (SELECT max(id) FROM scheduling_series) ORDER BY 1"
        )
        assert len(rows) == 4
        assert last not in {row[0].date() for row in rows}

        desk.locator("#toasts").get_by_role("button", name="Undo").click()
        expect(desk.locator("#toasts")).to_contain_text("Taken back")


def settle(dialog) -> None:
    """Rows with something in the way are skipped too, so that the rest can be booked: four must be left."""
    wanted = re.compile(r"^Book 4 visits")
    for _ in range(8):
        if (
            dialog.get_by_role("button", name=wanted).count()
            and not dialog.locator(".diff__row--bad").count()
        ):
            return
        bad = dialog.locator(".diff__row--bad").first
        if bad.count():
            bad.get_by_role("checkbox").check()
        else:
            dialog.get_by_role("button", name="Add one at the end").click()
        dialog.page.wait_for_timeout(400)
