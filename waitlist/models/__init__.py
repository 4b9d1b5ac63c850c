from waitlist.models.entries import WaitlistEntry
from waitlist.models.offers import Offer
from waitlist.models.policy import UsefulLength, WaitlistPolicy
from waitlist.models.spans import FreedSpan

__all__ = ["FreedSpan", "Offer", "UsefulLength", "WaitlistEntry", "WaitlistPolicy"]
