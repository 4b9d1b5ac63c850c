"""Somebody's own practice: the roster's files into empty tables, one visit booked there, and confirmed by reply."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import roster
from tests.journeys.test_main_job import wait_for
from tests.living import PATIENCE_SECONDS, Living

EMAIL, PASSWORD = "ada@riverbend.test", "a-long-word-for-riverbend"
CLIENT, NUMBER = "Victoria Chen", "+12025550135"


@pytest.fixture
def empty(tmp_path_factory, browser) -> Iterator[Living]:
    app = Living(tmp_path_factory.mktemp("empty"))
    try:
        yield app.start(demo=False)
    finally:
        app.stop()


def settle(app: Living, folder: Path) -> None:
    """The admin, and every file of the roster; the clients with one attested bulk consent."""
    words = ("--email", EMAIL, "--name", "Ada Admin", "--practice-name", roster.ROSTER["practice"][:40])
    app.manage("create_admin", *words, "--password-stdin", typed=PASSWORD)
    for kind, text in roster.files().items():
        file = folder / f"{kind}.csv"
        file.write_text(text, newline="")
        consent = (
            ("--attest", roster.CONSENT, "--attested-on", roster.CONSENT_ON) if kind == "clients" else ()
        )
        told = json.loads(app.manage("import_csv", kind, str(file), "--json", *consent))
        assert (told["kept"], told["bad"], told["ignored"]) == (True, [], [])


def test_a_practice_moves_in_books_and_hears_back(empty: Living, open_window, tmp_path):
    settle(empty, tmp_path)
    desk = open_window(empty.base, EMAIL, PASSWORD)
    today = desk.locator("#calendar").get_attribute("data-on")
    desk.get_by_role("link", name="Next day").first.click()
    expect(desk.locator("#calendar")).not_to_have_attribute("data-on", today)

    desk.keyboard.press("c")
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Client").fill("victoria")
    dialog.get_by_role("option", name=re.compile(CLIENT)).click()
    dialog.locator("#visit_type").select_option(label="Individual therapy")
    dialog.locator("#visit_provider").select_option(label="Priya Patel")
    dialog.locator("#visit_at").fill("10:30 am")
    dialog.get_by_role("button", name="Book").click()
    expect(dialog).to_have_count(0)

    tile = desk.locator("a.tile", has_text=CLIENT)
    expect(tile).to_be_visible()
    wait_for(lambda: empty.line.texts_to(NUMBER), PATIENCE_SECONDS, "the confirmation text")
    phone = open_window(empty.base, EMAIL, PASSWORD)
    phone.goto("/rehearsal/")
    phone.get_by_role("button", name="Y", exact=True).first.click()
    expect(tile).to_have_accessible_name(re.compile("onfirmed"), timeout=20_000)
