"""Who takes a message out of the house: one carrier per channel."""

from collections.abc import Callable

from messaging.carriers.email import EmailCarrier
from messaging.carriers.letters import CalendarPart, Carrier, CarrierSilent, Found, Letter, Outcome
from messaging.carriers.twilio import TwilioCarrier
from messaging.carriers.voice import VoiceCarrier
from practice.states import Channel

__all__ = ["CalendarPart", "Carrier", "CarrierSilent", "Found", "Letter", "Outcome", "for_channel"]

MAKERS: dict[str, Callable[[], Carrier]] = {
    Channel.SMS: TwilioCarrier,
    Channel.EMAIL: EmailCarrier,
    Channel.VOICE: VoiceCarrier,
}


def for_channel(channel: str) -> Carrier | None:
    """None where there is no carrier: the portal is our own table."""
    maker = MAKERS.get(channel)
    return maker() if maker else None
