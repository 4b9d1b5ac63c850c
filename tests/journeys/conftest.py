"""One living practice and one real Chromium for all journeys. SKIP_BROWSER=1 leaves them out, and says so."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.living import Living


def chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


@pytest.fixture(scope="session")
def browser(_sockets_open) -> Iterator[Browser]:
    if os.environ.get("SKIP_BROWSER"):
        pytest.skip("SKIP_BROWSER=1")
    path = chromium()
    assert path, "no Chromium: install chromium, or set SKIP_BROWSER=1"
    arguments = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's own sandbox refuses root
    with sync_playwright() as playwright:
        expect.set_options(timeout=15_000)
        yield playwright.chromium.launch(executable_path=path, args=arguments)


@pytest.fixture(scope="session")
def _sockets_open() -> None:
    """Journeys talk to 127.0.0.1 only; the session fixtures start before pytest-socket's allow list does."""


@pytest.fixture(scope="session")
def living(tmp_path_factory, browser) -> Iterator[Living]:
    app = Living(tmp_path_factory.mktemp("living"))
    try:
        yield app.start()
    finally:
        app.stop()


# An answer with a form in it; a network that a journey took away.
MEANT = re.compile(r"the server responded with a status of (409|422) |net::ERR_INTERNET_DISCONNECTED")


# LAG=300: milliseconds before each answer, on a machine a quarter as fast; shows a journey that only wins by luck.
LAG = int(os.environ.get("LAG", "0"))


def slow_down(page: Page, milliseconds: int, *, times: int = 1) -> None:
    """Each answer comes that much later; the processor is so many times slower."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    line = {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
    wire.send("Network.emulateNetworkConditions", line)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": times})


class Watched:
    """A page that remembers what the console and the policy complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not MEANT.search(message.text):
            self.complaints.append(message.text)


@pytest.fixture
def open_window(browser) -> Iterator[Callable[..., Page]]:
    """`open_window(living.base, email, password)`: a fresh window, signed in. Complaints fail the test at its end."""
    watched: list[Watched] = []
    contexts = []

    def opened(
        base: str, email: str, password: str, *, width: int = 1440, height: int = 900,
        without: tuple[str, ...] = (), **options,
    ) -> Page:  # fmt: skip
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=base, **options)
        contexts.append(context)
        page = context.new_page()
        if LAG:
            slow_down(page, LAG, times=4)
        watched.append(Watched(page))
        for address in without:
            page.route(address, lambda route: route.fulfill(content_type="text/javascript", body=""))
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/calendar/**")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [c for one in watched for c in one.complaints] == []


@pytest.fixture(scope="session")
def sign_ins(living) -> dict[str, tuple[str, str]]:
    """Email and password by role."""
    words = [line.split() for line in living.manage("demo", "--sign-ins").splitlines()]
    return {" ".join(role): (email, password) for *role, email, password in words}


@pytest.fixture
def sign_in(living, sign_ins, open_window) -> Callable[..., Page]:
    """`sign_in("front desk", width=1440)`: `open_window` in the living practice, by role.

    `base`: another door than the usual one. `without`: scripts that come empty, as addresses with stars.
    """

    def by_role(role: str = "front desk", *, base: str = "", **options) -> Page:
        return open_window(base or living.base, *sign_ins[role], **options)

    return by_role


@contextmanager
def picture_on_failure(page: Page, folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        page.screenshot(path=folder / "failed.png", full_page=True)
        raise
