"""The self-test of carriers: does a signed webhook get through what stands in between?"""

import hashlib
import io
import json

import pytest
import responses
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from twilio.request_validator import RequestValidator

from messaging.tests.standin import SECRET

BASE = "https://desk.example.org"


@pytest.fixture
def set_up(settings):
    settings.PUBLIC_BASE_URL, settings.TWILIO_AUTH_TOKEN = BASE, SECRET
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_FROM_NUMBER = "AC1", "+12025550100"
    settings.DEBUG = False


def through(proxy: str):
    """The request as our own server gets it; `proxy` is what it makes of the query."""

    def passed(request):
        path = request.path_url if proxy == "honest" else request.path_url.replace("?a=1", "?x=1")
        answer = Browser().post(
            path, request.body, content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": request.headers["X-Twilio-Signature"]},
        )  # fmt: skip
        return answer.status_code, {}, answer.content

    return passed


def checked(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("carrier_check", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize(("proxy", "ok", "status"), [("honest", True, 0), ("meddling", False, 1)])
def test_the_signature_is_tried_through_the_proxy(set_up, db, proxy, ok, status):
    with responses.RequestsMock() as net:
        net.add_callback("POST", f"{BASE}/webhooks/twilio/check", callback=through(proxy))
        code, out = checked("--json")

    told = json.loads(out)
    found = {one["name"]: one["ok"] for one in told["findings"]}
    assert (code, told["ok"], found["signatures"]) == (status, ok, ok)
    assert {name: found[name] for name in ("account", "public_address", "calls")} == {
        "account": True, "public_address": True, "calls": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "words"), [(301, "Redirected"), (403, "changes the address"), (404, "Answered 404")]
)
def test_what_goes_wrong_is_said_with_what_to_do(set_up, status, words):
    with responses.RequestsMock() as net:
        net.post(f"{BASE}/webhooks/twilio/check", status=status)
        code, out = checked()

    assert code == 1
    assert words in out


def test_an_address_nobody_answers_at_is_said(set_up):
    with responses.RequestsMock():
        code, out = checked()

    assert code == 1
    assert "cannot be reached: ConnectionError" in out
    assert SECRET not in out


def test_the_page_compares_the_address_it_was_reached_by(set_up, signed_in, admin_user):
    with responses.RequestsMock() as net:
        net.post(f"{BASE}/webhooks/twilio/check", status=204)
        url = reverse("messaging:carrier-check")
        offered, tested = signed_in(admin_user).get(url), signed_in(admin_user).post(url)

    assert "Works" not in offered.content.decode()
    page = tested.content.decode()
    assert (
        "You came by http://testserver, but links and signatures are made for https://desk.example.org"
        in page
    )
    assert "What Twilio signs is believed" in page


# --- JSON bodies -------------------------------------------------------------------------------


def signed_json(body: str, *, said: str | None = None, with_hash: bool = True):
    path = reverse("messaging:twilio-check")
    if with_hash:
        path += f"?bodySHA256={hashlib.sha256((said or body).encode()).hexdigest()}"
    signature = RequestValidator(SECRET).compute_signature(BASE + path, {})
    return Browser().post(
        path, body, content_type="application/json", headers={"X-Twilio-Signature": signature}
    )


def test_a_json_body_is_believed_only_with_its_hash_in_the_signed_address(set_up, db):
    good, changed, bare = (
        signed_json('{"a": 1}'),
        signed_json('{"a": 2}', said='{"a": 1}'),
        signed_json('{"a": 1}', with_hash=False),
    )

    assert [answer.status_code for answer in (good, changed, bare)] == [204, 403, 403]


def test_both_tokens_are_believed_while_one_is_being_replaced(set_up, settings, db):
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_OLD = "new", SECRET

    assert signed_json("{}").status_code == 204
    settings.TWILIO_AUTH_TOKEN_OLD = ""
    assert signed_json("{}").status_code == 403
