"""WCAG 2.2 AA by axe-core on every screen, in light and dark, on a phone and on a desk; nothing scrolls sideways."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
STILL = (
    "*, ::before, ::after { transition: none !important; animation: none !important; }"  # no half-way colours
)
RUN = """([part, only, hasColours]) => axe.run(part, {
    resultTypes: ["violations"],
    runOnly: only,
    rules: {"target-size": {enabled: true}, "color-contrast": {enabled: hasColours}},
}).then(found => found.violations.flatMap(broken => broken.nodes.map(node =>
    `${broken.id} (${broken.impact}): ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`)))"""
NOBODY_YET = "2019-06-02"  # a Sunday before the hours of any therapist, those of other journeys too
WHOLE = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# All that the other scheme changes.
COLOURS = {"type": "rule", "values": ["color-contrast"]}
# Colours are the same at every width: their rule, the slowest, is asked at one.
SCHEMES = {320: {"light": (WHOLE, False)}, 1440: {"light": (WHOLE, True), "dark": (COLOURS, True)}}
CAN_BE_CANCELLED = "a.tile[data-movable=true]:is(.tile--scheduled, .tile--confirmed)"


def sign_in_page(page: Page) -> str:
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    return "body"


def calendar_filled(page: Page) -> str:
    page.goto("/calendar/")
    expect(page.locator("a.tile").first).to_be_visible()
    return "body"


def rail(page: Page) -> str:
    if page.locator(".bar__rail").is_visible():
        page.locator(".bar__rail").click()
    expect(page.locator("#rail")).to_be_visible()
    return "#rail"


def calendar_empty(page: Page) -> str:
    page.goto(f"/calendar/?on={NOBODY_YET}")
    expect(page.get_by_text("Nobody is in")).to_be_visible()
    return "body"


def panel(page: Page) -> str:
    page.goto("/calendar/")
    page.goto(page.locator(CAN_BE_CANCELLED).last.get_attribute("href"))
    expect(page.locator("#panel .acts").get_by_role("link", name="Cancel")).to_be_visible()
    expect(page.locator("#panel [hx-trigger=load]")).to_have_count(0)
    return "#panel"


def cancel_dialog(page: Page) -> str:
    panel(page)
    page.locator("#panel .acts").get_by_role("link", name="Cancel").click()
    return dialog(page)


def new_visit(page: Page) -> str:
    page.goto("/calendar/")
    page.locator("[data-act=new]").click()
    return dialog(page)


def new_visit_with_mistakes(page: Page) -> str:
    new_visit(page)
    page.get_by_role("dialog").get_by_role("button", name="Book", exact=True).last.click()
    expect(page.locator("dialog .field--bad").first).to_be_visible()
    return "dialog[open]"


def keys(page: Page) -> str:
    page.goto("/calendar/")
    page.keyboard.press("?")
    return dialog(page)


def dialog(page: Page) -> str:
    expect(page.get_by_role("dialog")).to_be_visible()
    return "dialog[open]"


def openings(page: Page) -> str:
    page.goto("/openings/?before=9:30&limit=200")
    for fold in page.locator(".openings__fold summary").all():
        fold.click()
    page.locator(".openings__why a").first.click()
    expect(page.locator(".openings__reasons").first).to_be_visible()
    return "body"


def opening_held(page: Page) -> str:
    page.goto("/openings/")
    page.locator("[data-time]").first.click()
    return dialog(page)


def types(page: Page) -> str:
    page.goto("/settings/types/")
    return "body"


def type_form(page: Page) -> str:
    page.goto("/settings/types/new/")
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    return "body"


def clients(page: Page) -> str:
    page.goto("/clients/")
    expect(page.locator("main tbody tr").first).to_be_visible()
    return "body"


def reach(page: Page) -> str:
    page.goto("/messages/reach/")
    expect(page.locator("#reach h1")).to_be_visible()
    return "body"


def consent_page(page: Page) -> str:
    clients(page)
    page.goto(page.locator("main tbody a[href]").first.get_attribute("href") + "consent/")
    expect(page.get_by_role("heading", name="As it stands")).to_be_visible()
    return "body"


def consent_dialog(page: Page) -> str:
    clients(page)
    page.locator("main tbody a[href]").first.click()
    page.locator("#panel-messaging-consent").get_by_role("link", name="Record consent").click()
    return dialog(page)


def time_off_list(page: Page) -> str:
    page.goto("/time-off/")
    return "body"


def time_off_form(page: Page) -> str:
    page.goto("/time-off/new/")
    page.get_by_role("button", name="Ask", exact=True).click()
    return "body"


def time_off_plan(page: Page) -> str:
    page.goto("/time-off/")
    page.get_by_role("link", name="Look at the visits").or_(
        page.get_by_role("link", name="See the plan")
    ).first.click()
    return "body"


def time_off_year(page: Page) -> str:
    page.goto("/time-off/")
    page.locator(".away tbody th a").first.click()
    return "body"


def sick_today(page: Page) -> str:
    page.goto("/time-off/sick/")
    return "body"


def waiting_list(page: Page) -> str:
    page.goto("/waitlist/")
    page.locator(".waiting__why summary").first.click()
    return "body"


def waiting_entry(page: Page) -> str:
    page.goto("/waitlist/new/")
    return "body"


def waiting_policy(page: Page) -> str:
    page.goto("/settings/waitlist/")
    return "body"


def waiting_figures(page: Page) -> str:
    page.goto("/waitlist/figures/")
    return "body"


def rehearsal(page: Page) -> str:
    page.goto("/clients/")
    client = page.locator("main tbody a[href]").first.get_attribute("href").strip("/").split("/")[-1]
    page.goto(f"/rehearsal/?client={client}")
    expect(page.locator(".device").first).to_be_visible()
    return "body"


def wording(page: Page) -> str:
    page.goto("/settings/wordings/reminder/sms/en/")
    expect(page.locator("#preview .bubble")).to_be_visible()
    return "body"


def rule_form(page: Page) -> str:
    page.goto("/settings/reminders/")
    page.get_by_role("link", name="24 hours before").last.click()
    expect(page.get_by_text("What this changes")).to_be_visible()
    return "body"


def sending(page: Page) -> str:
    page.goto("/settings/sending/")
    return "body"


def hours(page: Page) -> str:
    page.goto("/settings/hours/")
    expect(page.locator("main h1, main h2").first).to_be_visible()
    return "body"


def overrides(page: Page) -> str:
    page.goto("/settings/overrides/")
    expect(page.locator("main tbody tr").first).to_be_visible()
    return "body"


def authorizations(page: Page) -> str:
    clients(page)
    page.goto(page.locator("main tbody a[href]").first.get_attribute("href") + "authorizations/")
    expect(page.get_by_label("Insurer")).to_be_visible()
    return "body"


def account(page: Page) -> str:
    page.goto("/settings/email/")
    return "body"


def charges(page: Page) -> str:
    page.goto("/charges/")
    expect(page.locator("main tbody tr").first).to_be_visible()
    return "body"


def fees(page: Page) -> str:
    page.goto("/charges/?show=proposed")
    page.locator(".charges__fold summary").first.click()
    return "body"


def charging(page: Page) -> str:
    page.goto("/settings/charging/")
    return "body"


def to_complete(page: Page) -> str:
    page.goto("/visits/to-complete/")
    expect(page.locator("main h1, main h2").first).to_be_visible()
    return "body"


def groups(page: Page) -> str:
    page.goto("/groups/")
    expect(page.locator("main a[href^='/groups/']").first).to_be_visible()
    return "body"


def group(page: Page) -> str:
    groups(page)
    page.get_by_role("link", name="Anxiety skills group").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Anxiety")
    return "body"


def group_history(page: Page) -> str:
    group(page)
    page.get_by_role("link", name="History").first.click()
    expect(page.locator("main table").first).to_be_visible()
    return "body"


SCREENS: tuple[Callable[[Page], str], ...] = (
    time_off_list, time_off_form, time_off_plan, time_off_year, sick_today,
    calendar_filled, rail, calendar_empty, panel, cancel_dialog, new_visit, new_visit_with_mistakes, openings,
    opening_held, keys,
    types, type_form, hours, overrides, authorizations, wording, rule_form, sending, account,
    charges, fees, charging, to_complete, groups, group, group_history,
    waiting_list, waiting_entry, waiting_policy, waiting_figures,
    clients, reach, consent_page, consent_dialog, rehearsal, sign_in_page,
)  # fmt: skip


def complaints(page: Page, *, width: int) -> Iterator[str]:
    """One window walks through all the screens; what is wrong on any of them is told together."""
    for screen in SCREENS:
        part = screen(page)
        if not page.evaluate("'axe' in window"):
            page.add_script_tag(content=AXE)
            page.add_style_tag(content=STILL)
        for scheme, (only, has_colours) in SCHEMES[width].items():
            page.emulate_media(color_scheme=scheme)
            for found in page.evaluate(RUN, [part, only, has_colours]):
                yield f"{screen.__name__}, {scheme}: {found}"
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"{screen.__name__}: scrolls sideways"


@pytest.mark.parametrize("width", SCHEMES)
def test_nothing_to_complain_about(sign_in, width):
    # axe comes in as a script tag, which our policy would refuse; the other journeys run under the policy
    page = sign_in("admin", width=width, reduced_motion="reduce", bypass_csp=True)

    assert "\n".join(complaints(page, width=width)) == ""
