"""The README's pictures: `python -m tests.journeys.pictures` draws docs/img/ anew from a fresh demo practice at 10:00.

Servers of its own as in the tests; Chromium from CHROMIUM or the path. Takes about a minute.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from playwright.sync_api import Browser, Page, sync_playwright

from config.local.environment import throwaway
from tests.journeys.conftest import chromium
from tests.journeys.test_main_job import book_by_drag, open_day
from tests.living import ROOT, Living

FOLDER = ROOT / "docs/img"
VISIT = "a.tile[data-movable=true].tile--confirmed"
SENT_MS = 6_000  # the undo window, and two ticks of the dispatcher
SIZES = {1440: 900, 1024: 768, 390: 844}


def plain(page: Page) -> None:
    page.goto("/calendar/")


def with_panel(page: Page) -> None:
    plain(page)
    page.locator(VISIT).first.click()
    page.locator("#panel .timeline").first.wait_for()
    page.wait_for_timeout(500)


def with_dialog(page: Page) -> None:
    plain(page)
    page.locator("[data-act=new]").click()
    page.get_by_role("dialog").wait_for()


def rehearsal(page: Page) -> None:
    """The newest phones; `draw` has booked a visit before, so that one has a text to show."""
    page.goto("/rehearsal/")
    page.locator(".bubble").first.wait_for()
    page.get_by_role("button", name="Y", exact=True).first.click()
    page.locator(".bubble").nth(1).wait_for()


PICTURES: list[tuple[str, Callable[[Page], None], int, str]] = [
    ("calendar-1440-light", with_panel, 1440, "light"),
    ("calendar-1440-dark", with_panel, 1440, "dark"),
    ("calendar-1024-light", plain, 1024, "light"),
    ("calendar-1024-dark", plain, 1024, "dark"),
    ("calendar-390-light", plain, 390, "light"),
    ("calendar-390-dark", plain, 390, "dark"),
    ("new-visit-1440-light", with_dialog, 1440, "light"),
    ("rehearsal-1440-light", rehearsal, 1440, "light"),
]


def draw(browser: Browser, base: str, words: list[str], case: SimpleNamespace) -> None:
    for name, screen, width, scheme in PICTURES:
        context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]}, base_url=base, color_scheme=scheme,
            reduced_motion="reduce",
        )  # fmt: skip
        page = context.new_page()
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(words[-2])
        page.get_by_label("Password").fill(words[-1])
        page.keyboard.press("Enter")
        page.wait_for_url("**/calendar/**")
        if screen is rehearsal:
            open_day(page, case)
            book_by_drag(page, case, case.starts[0])
            page.wait_for_timeout(SENT_MS)
        screen(page)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=FOLDER / f"{name}.png")
        context.close()


def case_of(app: Living) -> SimpleNamespace:
    script = Path(__file__).with_name("openings.py")
    spoken = app.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    return SimpleNamespace(**json.loads(spoken.splitlines()[-1]))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with throwaway(), tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = Living(Path(folder))
        try:
            app.start()
            words = app.manage("demo", "--sign-ins").splitlines()[0].split()
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
            draw(browser, app.base, words, case_of(app))
        finally:
            app.stop()


if __name__ == "__main__":
    main()
