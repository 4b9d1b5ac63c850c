"""Bringing a file in: upload, say which column is which, try it, see two wrong rows, correct them, take it in."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import picture_on_failure

HEADER = "Place,Address,Remote?,Manager\n"
GOOD = "Import Harbour,4 Quay Street,no,A\nImport Video,,yes,B\n"
WRONG = "Import North,88 Pine Road,maybe,C\n,2 Elm Road,no,D\n"
CORRECTED = "Import North,88 Pine Road,no,C\nImport South,2 Elm Road,no,D\n"


def choose(page: Page, text: str) -> None:
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "places.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="How it is read")).to_be_visible()
    page.wait_for_load_state()  # keys typed before the page's scripts run change a choice and nothing else


def map_columns(page: Page) -> None:
    """By keyboard, as one does; each choice is read again, and the focus stays where it was."""
    for column, letters in (("name", "Pl"), ("is_telehealth", "Re")):
        field = page.get_by_role("combobox", name=re.compile(f"^{column}"))
        field.focus()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.keyboard.type(letters)
        expect(page.get_by_role("row", name=re.compile(f"^{column}"))).to_contain_text(
            {"name": "Import Harbour", "is_telehealth": "no"}[column]
        )
        expect(field).to_be_focused()


def test_from_file_to_records(living, sign_in, tmp_path):
    page = sign_in("admin")
    with picture_on_failure(page, tmp_path):
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Import and export").click()
        page.get_by_role("link", name="Import Locations").click()
        choose(page, HEADER + GOOD + WRONG)

        page.get_by_role("button", name="Try it").click()
        summary = page.locator(".error-summary")
        expect(summary).to_be_focused()
        expect(summary).to_contain_text("name: This column must be there.")
        map_columns(page)
        expect(page.get_by_text("Columns of the file that nobody reads: Manager")).to_be_visible()
        page.get_by_role("button", name="Try it").click()

        expect(page.get_by_text("2 rows cannot be taken.")).to_be_visible(timeout=20_000)
        rows = page.get_by_role("region", name="What is wrong").get_by_role("row")
        expect(rows).to_have_text(
            [
                re.compile("Line.*Column.*Reason"),
                re.compile("4.*is_telehealth.*Write yes or no."),
                re.compile("5.*name.*This must be filled in."),
            ]
        )
        assert stand(living) == 0

        page.get_by_role("link", name="upload it again").click()
        choose(page, HEADER + GOOD + CORRECTED)
        map_columns(page)
        page.get_by_role("button", name="Import", exact=True).click()

        expect(page.get_by_text("All rows are in the practice's records.")).to_be_visible(timeout=20_000)
        assert stand(living) == 4
        page.get_by_role("link", name="Import something else").click()
        newest = page.get_by_role("region", name="Imports so far").get_by_role("row").nth(1)
        expect(newest).to_contain_text("4 added, 0 changed, 0 as they were")
        expect(newest).to_contain_text("Done")


def stand(living) -> int:
    return living.execute("SELECT count(*) FROM practice_location WHERE name LIKE 'Import %%'")[0][0]
