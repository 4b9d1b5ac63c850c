"""Every request our client sends to Twilio, held against Twilio's own description where it lies beside the project."""

import json
import re
import uuid
from functools import cache
from pathlib import Path

import pytest

from messaging import carriers
from messaging.carriers.letters import Letter
from messaging.tests.conftest import MORNING
from messaging.tests.standin import ACCOUNT

HERE = Path(__file__).resolve()
NAME = "shared/reference/twilio_api_v2010.json"


@cache
def description() -> dict | None:
    found = next((path / NAME for path in HERE.parents if (path / NAME).is_file()), None)
    return json.loads(found.read_text()) if found else None


pytestmark = pytest.mark.skipif(description() is None, reason=f"Twilio's description is not here: {NAME}")


def letter(channel: str, sender: str) -> Letter:
    return Letter(
        attempt_id=1, token=uuid.uuid4(), channel=channel, sender=sender, destination="+12025550117",
        text="Hello", started_at=MORNING, valid_seconds=60,
    )  # fmt: skip


def operation(kind: str, method: str) -> dict:
    path = f"/2010-04-01/Accounts/{{AccountSid}}/{kind}.json"
    return description()["paths"][path][method]


def resolved(schema: dict) -> dict:
    while "$ref" in schema:
        schema = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fits(value: str, schema: dict) -> bool:
    schema = resolved(schema)
    if "enum" in schema and value not in schema["enum"]:
        return False
    checks = {"integer": r"-?\d+", "boolean": "true|false", "number": r"-?\d+(\.\d+)?"}
    if schema.get("format") == "uri":
        return re.match(r"https?://[^\s_]+$", value) is not None
    return re.fullmatch(checks.get(schema.get("type", ""), r"(?s).*"), value) is not None


def wrong_with(form: dict[str, str], operation_: dict) -> list[str]:
    schema = resolved(operation_["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"])
    known = schema["properties"]
    unknown = [f"{name} is unknown" for name in form if name not in known]
    missing = [f"{name} is missing" for name in schema.get("required", []) if name not in form]
    bad = [
        f"{name}={form[name]!r}" for name in form if name in known and not _fits_any(form[name], known[name])
    ]
    return unknown + missing + bad


def _fits_any(value: str, schema: dict) -> bool:
    schema = resolved(schema)
    return fits(value, schema.get("items", schema) if schema.get("type") == "array" else schema)


@pytest.fixture
def spoken(carrier, moment, settings):
    """Everything our client says to Twilio: a text, a call, and the questions after lost answers."""
    settings.TWILIO_VOICE_NUMBER = "+12025550101"
    for channel, sender in (("sms", "+12025550100"), ("voice", "+12025550101")):
        one = carriers.for_channel(channel)
        assert one.send(letter(channel, sender), timeout=5).sid
        one.find(letter(channel, sender), timeout=5)
    return carrier


def test_every_text_and_call_is_as_described(spoken):
    (text,), (call,) = spoken.ledger, spoken.calls
    ours = {name: value for name, value in call.items() if name not in ("sid", "date")}

    assert wrong_with(text.form, operation("Messages", "post")) == []
    assert wrong_with(ours, operation("Calls", "post")) == []


def test_every_question_is_as_described(spoken):
    asked = [(path, query) for method, path, query in spoken.questions if method == "GET"]
    assert len(asked) == 2
    for path, query in asked:
        kind = path.rpartition("/")[2].removesuffix(".json")
        known = {one["name"] for one in operation(kind, "get")["parameters"] if one["in"] == "query"}
        assert path == f"/2010-04-01/Accounts/{ACCOUNT}/{kind}.json"
        assert set(query) <= known


def test_the_check_itself_finds_what_is_wrong():
    described = operation("Messages", "post")

    assert wrong_with({"To": "x", "Nonsense": "1", "ValidityPeriod": "soon"}, described) == [
        "Nonsense is unknown",
        "ValidityPeriod='soon'",
    ]
