"""A text nobody but a person can answer: found in the inbox, taken, answered, closed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_the_desk_answers_a_text_and_closes_the_talk(living, sign_in: Callable[..., Page]):
    page = sign_in()
    page.goto("/inbox/")
    expect(page.get_by_text("waiting for an answer")).to_be_visible()

    page.get_by_role("link", name="Is there parking").click()
    expect(page.locator(".bubble--in")).to_contain_text("Is there parking behind the house?")
    page.get_by_label("Your text").fill("Yes, behind the house. Drive in from River Street.")
    expect(page.locator("#segments-told")).to_contain_text("1 text")
    page.get_by_role("button", name="Send text").click()

    expect(page.locator(".bubble--staff")).to_contain_text("Yes, behind the house.")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("Closed. A new text opens it again.")).to_be_visible()
    expect(page.get_by_role("link", name="Is there parking")).to_have_count(0)
