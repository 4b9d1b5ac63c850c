"""Each thread's own open connection to the mail server: to dial for every letter costs more than the letter."""

import smtplib
import threading
import time
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

# After resting this long the server is asked whether it is still there; after KEPT_SECONDS it is dialled anew.
RESTED_SECONDS, KEPT_SECONDS = 1.0, 20.0

_kept = threading.local()


def send(email: EmailMessage, by: str | None, options: dict[str, Any]) -> int:
    """How many were taken. by, options: the backend; None for the settings'.

    Raises what the backend raises; then the connection is not used again.
    """
    backend = _backend(by, options)
    try:
        backend.open()
        sent = backend.send_messages([email])
    except BaseException:
        drop()
        raise
    _kept.used_at = time.monotonic()
    return sent or 0


def drop() -> None:
    """Hang up, whatever state the line is in."""
    backend, _kept.backend = getattr(_kept, "backend", None), None
    try:
        if backend is not None:
            backend.close()
    except (OSError, smtplib.SMTPException):
        pass  # it is gone: that is what was wanted


def _backend(by: str | None, options: dict[str, Any]) -> BaseEmailBackend:
    key = by or (settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT), options
    if getattr(_kept, "backend", None) is None or _kept.key != key or not _is_alive(_kept.backend):
        drop()
        _kept.backend, _kept.key = get_connection(by, **options), key
    return _kept.backend


def _is_alive(backend: BaseEmailBackend) -> bool:
    """A line the server has closed fails in a way that looks like a lost answer, and nobody can look it up."""
    line, rested = getattr(backend, "connection", None), time.monotonic() - getattr(_kept, "used_at", 0.0)
    if not isinstance(line, smtplib.SMTP) or rested < RESTED_SECONDS:
        return True
    try:
        return rested < KEPT_SECONDS and line.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False
