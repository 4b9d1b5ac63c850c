"""What stands against a booking, as the desk sees it: six reasons, each with what is in the way and what to press."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, expect

from tests.living import Living

SCRIPT = Path(__file__).with_name("problems.py")


@pytest.fixture
def case(living: Living) -> SimpleNamespace:
    said = living.manage("shell", "-v", "0", "-c", f"exec(open({str(SCRIPT)!r}).read())")
    return SimpleNamespace(**json.loads(said.splitlines()[-1]))


@pytest.fixture
def dialog(sign_in, case) -> Locator:
    page = sign_in("front desk")
    page.goto(
        f"/visits/new/?on={case.on}&at=10:00&provider={case.provider}&client={case.client}&type={case.usual_type}"
    )
    return page.locator("#visit-form")


def ask(form: Locator, **values: str) -> Locator:
    for label, value in values.items():
        form.get_by_label(label.capitalize(), exact=True).fill(value)
    return form.locator("#why-not")


def test_six_reasons_and_what_to_press(case, dialog):
    why = dialog.locator("#why-not")

    ask(dialog, time=case.busy_at)
    expect(why).to_contain_text(f"{case.provider_name} is booked from")
    expect(why.get_by_role("link", name=re.compile("Look at it")).first).to_be_visible()
    why.get_by_role("link", name="Overbook with a reason").click()
    expect(dialog.get_by_label("Override because…")).to_be_focused()

    ask(dialog, time="6:00 am")
    expect(why).to_contain_text("is not available then")
    expect(why.get_by_role("link", name="Override with a reason")).to_be_visible()
    free = why.get_by_role("button").first
    time = (free.text_content() or "").strip().rpartition(", ")[2]
    free.click()
    expect(dialog.get_by_label("Time", exact=True)).to_have_value(time)
    expect(why).not_to_contain_text("is not available then")

    dialog.get_by_label("Type", exact=True).select_option(label=case.type)
    expect(why).to_contain_text(f"{case.type} needs an authorization, and there is none.")
    expect(why.get_by_role("link", name=re.compile("Add an authorization"))).to_have_attribute(
        "href", re.compile(f"/clients/{case.client}/authorizations/")
    )

    expect(why).to_contain_text("needs a supervisor")
    expect(why.get_by_role("link", name=re.compile("Look for somebody else"))).to_be_visible()

    dialog.get_by_label("How", exact=True).select_option(label="Phone")
    expect(why).to_contain_text(f"{case.type} is not offered this way.")
    expect(why).to_contain_text("has no licence for OR, where the client lives.")
    expect(why.get_by_role("link", name="Override with a reason")).to_be_visible()
