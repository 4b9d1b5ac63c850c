"""Signed links: an opaque token bound to one purpose and one subject, with an end."""

from django.core import signing

from core.refusals import Refusal


class LinkRefused(Refusal):
    """Forged, expired, or made for something else. The reader is told only that it no longer works."""

    code = "link"


def sign(purpose: str, subject: str) -> str:
    """A URL-safe token for `subject` (an opaque public id, never a name)."""
    return signing.TimestampSigner(salt=f"link.{purpose}").sign(subject)


def read(purpose: str, token: str, *, max_age_seconds: int) -> str:
    """The subject `sign` was given. Raises LinkRefused."""
    try:
        return signing.TimestampSigner(salt=f"link.{purpose}").unsign(token, max_age=max_age_seconds)
    except signing.BadSignature:
        raise LinkRefused("This link no longer works. Please call the office.") from None
