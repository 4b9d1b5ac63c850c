"""What a client's text leads to: pure rules, English and Spanish. `predict` is the one door."""

from messaging.rules.replies.cleaning import clean
from messaging.rules.replies.crisis import is_crisis, is_spanish
from messaging.rules.replies.deciding import predict
from messaging.rules.replies.effects import Asked, Context, Effect

__all__ = ["Asked", "Context", "Effect", "is_spanish_crisis", "predict", "speaks_of_danger"]


def speaks_of_danger(text: str) -> bool:
    """For whatever else clients type: a reason for booking, a note with a cancellation."""
    return is_crisis(clean(text))


def is_spanish_crisis(text: str) -> bool:
    return is_spanish(clean(text))
