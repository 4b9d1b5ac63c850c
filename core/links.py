"""Links that stand in for a sign-in: unguessable, signed for one purpose, kept only as a hash.

The token is random; its short signature lets a made-up one be refused without asking the database. What it opens,
until when, and whether it was revoked stands in `practice.Link`, found by the token's hash.
"""

import base64
import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from core.refusals import Refusal

NONCE_LETTERS, SIGNATURE_LETTERS = 22, 12  # 128 random bits, 72 of signature: short enough for a text


class LinkRefused(Refusal):
    """Forged, expired, revoked, or made for something else. The reader is told only that it no longer works."""

    code = "link"

    def __init__(self) -> None:
        super().__init__("This link no longer works. Please call the office.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A link somebody is about to be given; `practice.operations.links.keep` makes it work.

    subject: an id of the purpose's own, opaque to everybody else. channel: how it goes out, for the record of how
    somebody confirmed.
    """

    token: str
    purpose: str
    client_id: int
    contact_id: int | None
    subject: int
    expires_at: dt.datetime
    channel: str = ""

    @property
    def url(self) -> str:
        return url_of(self.purpose, self.token)


def draft(
    purpose: str,
    *,
    client_id: int,
    contact_id: int | None,
    subject: int,
    expires_at: dt.datetime,
    channel: str = "",
) -> Draft:
    """Writes nothing, so that it may be called where words are chosen."""
    return Draft(
        token=new_token(purpose),
        purpose=purpose,
        client_id=client_id,
        contact_id=contact_id,
        subject=subject,
        expires_at=expires_at,
        channel=channel,
    )


def new_token(purpose: str) -> str:
    """34 URL-safe letters that say nothing of anybody."""
    nonce = _letters(secrets.token_bytes(16))
    return nonce + _signature(purpose, nonce, settings.SECRET_KEY)


def is_signed(purpose: str, token: str) -> bool:
    """Made by us for this purpose, by the key of today or one that is being replaced."""
    if len(token) != NONCE_LETTERS + SIGNATURE_LETTERS or not token.isascii():
        return False
    nonce, signature = token[:NONCE_LETTERS], token[NONCE_LETTERS:]
    keys = map(str, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
    return any(constant_time_compare(_signature(purpose, nonce, key), signature) for key in keys)


def hash_of(token: str) -> str:
    """What the database keeps: who reads the table cannot use the links."""
    return hashlib.sha256(token.encode()).hexdigest()


def url_of(purpose: str, token: str) -> str:
    """The address as the world calls us."""
    return settings.PUBLIC_BASE_URL + path_of(purpose, token)


def path_of(purpose: str, token: str) -> str:
    """The first letter of the purpose, so that it fits a text."""
    return f"/{purpose[:1]}/{token}/"


def _signature(purpose: str, nonce: str, key: str) -> str:
    mac = salted_hmac(f"link.{purpose}", nonce, secret=key, algorithm="sha256")
    return _letters(mac.digest())[:SIGNATURE_LETTERS]


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
