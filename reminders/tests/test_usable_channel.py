"""Which channel a step goes out on: the wish of the client, consent, safe flags and closed addresses decide."""

import pytest

from messaging.tests.factories import ConsentFactory, SuppressionFactory
from practice.models import Client
from practice.tests.factories import AddressFactory
from reminders.models import ReminderRule
from reminders.tests.conftest import MAIL, PHONE
from reminders.tests.test_planning import plan

OTHER = "+12025550118"
YES, NO, NOBODY_ASKED = True, False, None
FINE = {"safe": True, "consent": YES}


def phone(value: str = PHONE, **differs) -> dict:
    return {"value": value} | FINE | differs


def mail(**differs) -> dict:
    return phone(MAIL, **differs)


@pytest.mark.parametrize(
    ("wish", "channels", "addresses", "expected"),
    [
        # the order of the step, and the client's wish before it
        ("", ["sms", "email"], [phone(), mail()], "sms"),
        ("", ["email", "sms"], [phone(), mail()], "email"),
        ("email", ["sms", "email"], [phone(), mail()], "email"),
        ("sms", ["email", "sms"], [phone(), mail()], "sms"),
        ("email", ["sms"], [phone(), mail()], "sms"),  # a wish the step does not offer
        ("voice", ["sms", "email"], [phone(), mail()], "sms"),  # nobody to carry it yet
        # consent
        ("", ["sms", "email"], [phone(consent=NOBODY_ASKED), mail()], "email"),
        ("", ["sms", "email"], [phone(consent=NO), mail()], "email"),
        ("sms", ["sms", "email"], [phone(consent=NO), mail()], "email"),
        ("", ["sms", "email"], [phone(consent=NO), mail(consent=NOBODY_ASKED)], None),
        # safe flags
        ("", ["sms", "email"], [phone(safe=False), mail()], "email"),
        ("sms", ["sms", "email"], [phone(safe=False), mail(safe=False)], None),
        # closed for all who share it
        ("", ["sms", "email"], [phone(closed=True), mail()], "email"),
        ("", ["sms"], [phone(closed=True)], None),
        # the preferred address first, another where that one may not be used
        ("", ["sms"], [phone(consent=NO, preferred=True), phone(OTHER)], "sms"),
        (
            "",
            ["sms", "email"],
            [phone(safe=False, preferred=True), phone(OTHER, consent=NO), mail()],
            "email",
        ),
        # nobody has anything on file
        ("", ["sms", "email"], [], None),
    ],
)
def test_the_first_that_may_be_used(regular: Client, booked, wish, channels, addresses, expected):
    ReminderRule.objects.update(channels=channels)
    Client.objects.filter(pk=regular.pk).update(preferred_channel=wish)
    for one in addresses:
        kind, channel = ("email", "email") if "@" in one["value"] else ("phone", "sms")
        AddressFactory(
            client=regular, kind=kind, value=one["value"], safe_to_text=one["safe"], safe_to_email=one["safe"],
            is_preferred=one.get("preferred", False),
        )  # fmt: skip
        if one["consent"] is not None:
            ConsentFactory(client=regular, channel=channel, address=one["value"], granted=one["consent"])
        if one.get("closed"):
            SuppressionFactory(channel=channel, address=one["value"])

    booked(regular)

    channels_of = {(row[0], row[2]) for row in plan() if row[2] != "portal"}
    assert {channel for _, channel in channels_of} == ({expected} if expected else set())
    assert len(channels_of) == len({step for step, _ in channels_of})  # each step once
    assert {row[2] for row in plan()} >= {"portal"}  # and always the portal's copy
