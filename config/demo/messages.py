"""Words of the practice's own, an exception to the schedule and a budget, so that the settings are not all defaults."""

from collections.abc import Mapping
from decimal import Decimal

from messaging.models import SendingPolicy, Template
from practice.models import Provider
from practice.states import Channel
from reminders.models import ReminderRule, RuleOverride
from reminders.states import Said

WORDS = "Your appointment {when} is cancelled. To find another time {call}. Take care!"


def make_message_settings(providers: Mapping[str, Provider]) -> None:
    """Before the plans are made: the last provider's clients are not reminded on the day itself."""
    Template.objects.create(key=Said.CANCELLED_BY_YOU, channel=Channel.SMS, language="en", body=WORDS)
    SendingPolicy.objects.get_or_create(pk=1, defaults={"monthly_budget": Decimal(150)})
    rule = ReminderRule.objects.filter(name="2 hours before").first()
    if rule:
        RuleOverride.objects.create(rule=rule, provider=list(providers.values())[-1], is_active=False)
