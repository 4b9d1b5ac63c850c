"""Text and JSON that only this application can read. Keys rotate: the first writes, all read."""

import base64
import functools
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


def _key(secret: str) -> bytes:
    raw = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"field-encryption-v1").derive(
        secret.encode()
    )
    return base64.urlsafe_b64encode(raw)


@functools.lru_cache(maxsize=4)
def _box(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def box() -> MultiFernet:
    return _box(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField):
    """Ciphertext in the table; no look-ups but isnull. Raises ValueError when the writing key is gone."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value in (None, "") else box().encrypt(value.encode()).decode()

    def from_db_value(self, value, expression, connection):
        if value in (None, ""):
            return value
        try:
            return box().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ValueError("FIELD_ENCRYPTION_KEYS lacks the key that wrote this value") from error

    def get_lookup(self, lookup_name):
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedJSONField(EncryptedTextField):
    """A JSON value kept as ciphertext."""

    _pyi_private_set_type: Any  # for django-stubs: not the text it is stored as
    _pyi_private_get_type: Any

    def get_prep_value(self, value):
        return super().get_prep_value(None if value is None else json.dumps(value))

    def from_db_value(self, value, expression, connection):
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else None


class EncryptedBytesField(models.BinaryField):
    """Bytes kept as ciphertext, such as a file somebody uploaded."""

    def get_db_prep_value(self, value, connection, prepared=False):
        sealed = value if value in (None, b"") else box().encrypt(bytes(value))
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value, expression, connection):
        if value in (None, b""):
            return value
        try:
            return box().decrypt(bytes(value))
        except InvalidToken as error:
            raise ValueError("FIELD_ENCRYPTION_KEYS lacks the key that wrote this value") from error
