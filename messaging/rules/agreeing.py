"""What people are asked to agree to, and from when their answer counts."""

import datetime as dt
from zoneinfo import ZoneInfo

from practice.states import Channel

# The words on the practice's own forms may differ: these are a start, and the line keeps what was really said.
YES: dict[str, str] = {
    Channel.SMS: "I agree to get appointment messages from {sender} by text at this number. Message and data rates"
    " may apply. I can stop at any time by replying STOP.",
    Channel.EMAIL: "I agree to get appointment messages from {sender} by email at this address. I know that email"
    " is not fully private. I can stop at any time.",
    Channel.VOICE: "I agree to get automatic calls about appointments from {sender} at this number. I can stop at"
    " any time.",
}
NO: dict[str, str] = {
    Channel.SMS: "I do not want texts from {sender} at this number.",
    Channel.EMAIL: "I do not want emails from {sender} at this address.",
    Channel.VOICE: "I do not want automatic calls from {sender} at this number.",
}


def ready_words(channel: str, *, granted: bool, sender: str) -> str:
    return (YES if granted else NO)[channel].format(sender=sender)


def given_at(given_on: dt.date, *, granted: bool, now: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """Aware UTC; None for a day that has not come yet.

    Of an earlier day only the date is known. Doubt goes against sending: a yes counts from the day's first moment, so
    that anything else of that day outranks it, a no until its last.
    """
    today = now.astimezone(zone).date()
    if given_on >= today:
        return now if given_on == today else None
    if granted:
        return dt.datetime.combine(given_on, dt.time.min, zone).astimezone(dt.UTC)
    midnight = dt.datetime.combine(given_on + dt.timedelta(days=1), dt.time.min, zone)
    return midnight.astimezone(dt.UTC) - dt.timedelta(microseconds=1)
