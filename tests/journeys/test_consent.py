"""The consent dialog on a client's card: words that follow the choice until somebody writes their own."""

from playwright.sync_api import expect


def test_the_words_follow_the_choice_until_somebody_writes_their_own(sign_in):
    page = sign_in()
    page.goto("/clients/")
    page.locator("main tbody a[href]").first.click()
    page.locator("#panel-messaging-consent").get_by_role("link", name="Record consent").click()
    form = page.get_by_role("dialog")
    words = form.get_by_label("The words they agreed to")

    form.get_by_label("Email", exact=False).first.check()
    expect(words).to_have_value("I agree to get appointment messages from Riverside Office by email at this address."
        " I know that email is not fully private. I can stop at any time.")  # fmt: skip
    form.get_by_label("No, please do not").check()
    expect(words).to_have_value("I do not want emails from Riverside Office at this address.")
    expect(form.get_by_label("Safe to use")).to_be_hidden()

    words.fill("Only call my wife.")
    form.get_by_label("Yes, you may").check()

    expect(words).to_have_value("Only call my wife.")
