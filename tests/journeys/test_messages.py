"""A reminder's life as staff and clients see it: the schedule and its words changed, answered by key and by link, a
STOP, a landline, a text sent again, and what could not be delivered said on the phone instead."""

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.conftest import Watched
from tests.living import PATIENCE_SECONDS, Living

STEP, FIRST = "7 days before", "Initial confirmation"
BY_ITSELF = 1000 * PATIENCE_SECONDS  # in milliseconds
TOO_LONG = (
    "{practice}: we are glad to see you {when}. Please bring your glasses, your calendar, and whatever you wrote down "
    "since last time. {choices} {questions} {stop}"
)
WORDS = "{practice}: glad to see you {when}. {choices} {questions} {stop}"


@pytest.fixture(scope="module")
def case(living: Living) -> SimpleNamespace:
    script = Path(__file__).with_name("messages.py")
    said = living.manage("shell", "-v", "0", "-c", f"exec(open({str(script)!r}).read())")
    return SimpleNamespace(**json.loads(said.splitlines()[-1]))


@pytest.fixture
def beside() -> Iterator[Callable[[Page], Page]]:
    """`beside(desk)`: one more window of somebody signed in, with the phones of the rehearsal or the mailboxes."""
    watched: list[Watched] = []

    def opened(page: Page) -> Page:
        watched.append(Watched(page.context.new_page()))
        return watched[-1].page

    yield opened
    assert [c for one in watched for c in one.complaints] == []


@pytest.fixture
def own_phone(browser: Browser, living: Living) -> Iterator[Page]:
    """A client's: small, and nobody is signed in."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=living.base)
    watched = Watched(context.new_page())
    yield watched.page
    context.close()
    assert watched.complaints == []


def open_visit(page: Page, case, who: dict) -> Locator:
    """The calendar with the panel of their visit."""
    page.goto(f"/calendar/?on={case.on}&p={case.provider}&visit={who['visit']}")
    panel = page.locator("#panel")
    expect(panel).to_contain_text(who["name"])
    return panel


def message(page: Page, what: str, how: str | re.Pattern = "") -> Locator:
    """Lines of the visit's messages."""
    lines = page.locator("#panel-reminders-visit-messages .timeline__item", has_text=what)
    return lines.filter(has_text=how) if how else lines


def arrives(page: Page, what: Locator) -> None:
    """What comes by itself and is drawn when the page is: looked for anew until it is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return expect(what).to_be_visible(timeout=2_000)
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        page.reload()


def device(page: Page, who: dict) -> Page:
    page.goto(f"/rehearsal/?client={who['client']}")
    return page


def send_again(panel: Locator, who: dict, channel: str) -> None:
    form = panel.get_by_role("form", name=f"Send again to {who['name']}")
    form.get_by_role("button", name=channel, exact=True).click()
    expect(panel.page.locator("#toasts")).to_contain_text("Sent again.")


def open_step(page: Page, name: str) -> None:
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Reminders", exact=True).click()
    page.locator("main tbody").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(re.compile(r"/settings/reminders/\d+/$"))  # with its scripts, or a change is not heard


def say_days(page: Page, days: int) -> None:
    """Of the step of a week before: what it would do is told before it is saved."""
    open_step(page, STEP)
    page.get_by_label("How long").fill(str(days))
    page.keyboard.press("Tab")
    moves = r"[\d,]+ planned reminders? of [\d,]+ visits? gets? another time; [\d,]+ visits? to come are looked at"
    expect(page.locator("#effect")).to_contain_text(re.compile(moves))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"{STEP} is saved. The plans of all visits to come follow now.")).to_be_visible()


def before(case, days: int) -> str:
    on = dt.date.fromisoformat(case.on) - dt.timedelta(days=days)
    return f"planned {on:%a %b} {on.day}, "


def test_a_step_is_changed_with_its_effect_shown_and_every_plan_follows(case, sign_in):
    admin, who = sign_in("admin"), case.people["planned"]
    open_visit(admin, case, who)
    expect(message(admin, f"{STEP}, text", before(case, 7))).to_be_visible()

    say_days(admin, 8)
    open_visit(admin, case, who)
    arrives(admin, message(admin, f"{STEP}, text", before(case, 8)))

    say_days(admin, 7)
    open_visit(admin, case, who)
    arrives(admin, message(admin, f"{STEP}, text", before(case, 7)))


def test_the_words_are_rewritten_with_a_preview_and_the_text_sent_again_says_them(case, sign_in, beside):
    admin, who = sign_in("admin"), case.people["texted"]
    phone = beside(admin)
    open_visit(admin, case, who)
    arrives(admin, message(admin, f"{FIRST}, text", "delivered"))
    open_step(admin, FIRST)
    admin.get_by_role("link", name="Text", exact=True).click()
    admin.wait_for_url(re.compile("/wordings/"))
    address, preview = admin.url, admin.locator("#preview")

    words = admin.get_by_label("Words", exact=True)
    words.fill(TOO_LONG)
    expect(preview.locator(".wordings__facts")).to_contain_text(
        re.compile(r"2 segments · about \$0\.\d+ each")
    )
    words.fill(WORDS)
    expect(preview.locator(".bubble")).to_contain_text("Riverside Office: glad to see you")
    expect(preview.locator(".wordings__facts")).to_contain_text(
        re.compile(r"of 160 letters · 1 segment · about \$0\.\d+ each")
    )
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("These words are used from the next message on.")).to_be_visible()

    panel = open_visit(admin, case, who)
    send_again(panel, who, "Text")
    bubble = device(phone, who).locator(".bubble", has_text="Riverside Office: glad to see you")
    expect(bubble).to_contain_text(f"at {who['at']}. Reply Y to confirm", timeout=BY_ITSELF)
    expect(phone.locator(".bubble")).to_have_count(2)
    admin.reload()
    expect(message(admin, f"{FIRST}, text")).to_have_count(2)
    expect(panel).to_contain_text("sent again by hand")

    admin.goto(address)
    admin.get_by_role("button", name="Use the words we bring along").click()
    expect(admin.get_by_text("The words Stillwater brings along are used again.")).to_be_visible()


def test_a_call_is_answered_with_a_key(case, sign_in, beside):
    desk, who = sign_in("front desk"), case.people["called"]
    phone = beside(desk)
    panel = open_visit(desk, case, who)
    arrives(desk, message(desk, f"{FIRST}, text", "delivered"))

    send_again(panel, who, "Call")
    ringing = device(phone, who).locator(".call")
    expect(ringing.get_by_role("heading", name="Incoming call")).to_be_visible(timeout=BY_ITSELF)
    ringing.get_by_role("button", name="Answer", exact=True).click()
    expect(ringing).to_contain_text("Press 1 to confirm")
    expect(ringing).to_contain_text(who["at"])
    ringing.get_by_role("button", name="1", exact=True).click()
    expect(ringing).to_contain_text("Thank you, you are confirmed. Goodbye.")

    expect(desk.locator("a.tile", has_text=who["name"])).to_have_accessible_name(re.compile("Confirmed"))
    expect(panel).to_contain_text("Confirmed by phone call")
    expect(ringing.locator(".bubble__foot")).to_contain_text("completed")


def test_a_mails_link_is_pressed_on_a_phone(case, sign_in, beside, own_phone: Page):
    desk, who = sign_in("front desk"), case.people["mailed"]
    mailbox = beside(desk)
    panel = open_visit(desk, case, who)
    expect(panel).to_contain_text("Not confirmed yet")
    device(mailbox, who)
    arrives(mailbox, mailbox.locator(".letter"))

    own_phone.goto(mailbox.get_by_role("link", name="Confirm", exact=True).get_attribute("href"))
    expect(own_phone.locator("main")).to_contain_text(who["at"].partition(" ")[0])
    expect(panel).to_contain_text("Not confirmed yet")  # a look at it is no answer
    own_phone.get_by_role("button", name="Confirm", exact=True).click()
    expect(own_phone.get_by_text("You are confirmed. See you then.")).to_be_visible()

    expect(desk.locator("a.tile", has_text=who["name"])).to_have_accessible_name(re.compile("Confirmed"))
    expect(panel).to_contain_text("Confirmed by email")


def test_after_a_stop_staff_see_that_nothing_may_be_sent(case, sign_in, beside):
    desk, who = sign_in("front desk"), case.people["stopped"]
    phone = beside(desk)
    device(phone, who)
    arrives(phone, phone.locator(".bubble", has_text=f"at {who['at']}"))

    phone.get_by_role("button", name="STOP", exact=True).click()
    expect(phone.locator(".bubble", has_text="You have successfully been unsubscribed.")).to_be_visible()
    expect(phone.locator(".device__facts")).to_contain_text("consent no", timeout=BY_ITSELF)

    desk.goto(f"/clients/{who['client']}/")
    consent = desk.locator("#panel-messaging-consent")
    expect(consent).to_contain_text("Nothing may be sent to this address")
    consent.get_by_role("link", name="History").click()
    newest = desk.locator(".consent__line").first
    expect(newest).to_contain_text("Opted out by reply")
    expect(newest.locator(".pill")).to_have_text("No")

    panel = open_visit(desk, case, who)
    expect(panel).to_contain_text(re.compile("reminders can reach nobody", re.IGNORECASE))
    expect(message(desk, f"{FIRST}, text", "delivered")).to_be_visible()
    expect(message(desk, ", text", "planned")).to_have_count(0)
    expect(panel.get_by_text("Send again")).to_have_count(0)


def test_a_landline_is_called_then_somebody_phones(case, sign_in, beside):
    desk, who = sign_in("front desk"), case.people["landline"]
    phone = beside(desk)
    trouble = device(phone, who).get_by_label("What goes wrong with this phone")
    with phone.expect_response("**/rehearsal/trouble/"):
        trouble.select_option(label="Phone off: undelivered")
    where = f"on={case.on}&at={who['at'].replace(' ', '%20')}&provider={case.provider}"
    desk.goto(f"/visits/new/?{where}&client={who['client']}&type={case.type}")
    desk.locator("#visit-form [data-submit]").click()
    panel = desk.locator("#panel")
    expect(panel).to_contain_text(who["name"])

    arrives(desk, message(desk, f"{FIRST}, call", "not delivered: Nobody took the call"))
    expect(message(desk, f"{FIRST}, text", "not delivered")).to_be_visible()
    there = desk.url
    expect(phone.locator(".bubble__foot", has_text="undelivered (30003)")).to_be_visible()
    expect(phone.locator(".call .bubble__foot")).to_contain_text("no-answer")

    desk.goto("/tasks/")
    task = desk.locator("tbody tr", has_text=who["name"])
    expect(task).to_contain_text("Message not delivered")
    expect(task).to_contain_text("Call: Nobody took the call")
    desk.get_by_role("link", name="Did not arrive", exact=True).click()
    letter = desk.locator("tbody tr", has_text=who["name"])
    expect(letter).to_contain_text("Nobody took the call")
    letter.get_by_role("button", name="Phoned instead").click()
    expect(desk.get_by_text("Noted as said on the phone.")).to_be_visible()
    expect(letter).to_have_count(0)

    desk.goto(there)
    expect(panel).to_contain_text("said on the phone instead")
    desk.goto("/tasks/")
    expect(task).to_have_count(0)
