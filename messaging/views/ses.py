"""What SES tells through SNS: django-ses' view, believed only from our own topics and stored before it is read.

Three things the library leaves to us: only version 1 signatures, a certificate that could not be fetched once is never
fetched again, and every answer explains itself. Here both versions verify, a lost certificate is asked for again (and
SNS is told to come back), and a forger learns nothing.
"""

import base64
import binascii
import json
from typing import Any

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_ses import utils

from core import clock
from messaging.operations import events

log = structlog.get_logger(__name__)

MOST_BYTES = 300_000  # SNS sends at most 256 kB
# SNS says 1 where its topic was not told to use SHA-256.
HASHES: dict[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}


class CertificateMissing(Exception):
    """Nobody can say whether this is genuine: come again."""


@csrf_exempt  # a machine posts, and proves itself by signature
@login_not_required  # the signature is the key
@require_POST
def ses_in(request: HttpRequest) -> HttpResponse:
    note = _parsed(request)
    try:
        if note is None or not is_ours(note) or not is_genuine(note):
            log.warning("webhook_refused", path="messaging:ses")
            return HttpResponse(status=403)
    except CertificateMissing:
        return HttpResponse(status=503)
    if note.get("Type") == "SubscriptionConfirmation":
        utils.confirm_sns_subscription(note)
    elif note.get("Type") == "Notification":
        _take(note)
    return HttpResponse(status=200)


def _parsed(request: HttpRequest) -> dict[str, Any] | None:
    try:
        if len(request.body) > MOST_BYTES:
            return None
        note = json.loads(request.body)
    except (ValueError, RequestDataTooBig, RecursionError):
        return None
    return note if isinstance(note, dict) and all(isinstance(name, str) for name in note) else None


def is_ours(note: dict[str, Any]) -> bool:
    """An empty list trusts nobody: a valid signature only says that some AWS account's topic spoke."""
    return note.get("TopicArn") in settings.AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS


def is_genuine(note: dict[str, Any]) -> bool:
    """Raises CertificateMissing where the certificate, at an address of SNS's, could not be had."""
    algorithm = HASHES.get(str(note.get("SignatureVersion", "")))
    verifier = utils.EventMessageVerifier(note)
    signed, signature = verifier._get_bytes_to_sign(), _decoded(note.get("Signature"))
    if algorithm is None or not signed or not signature or not verifier._get_cert_url():
        return False
    certificate = verifier.certificate
    if certificate is None:
        utils.clear_cert_cache()  # it keeps the failure for the life of the process
        raise CertificateMissing
    try:
        certificate.public_key().verify(signature, signed, padding.PKCS1v15(), algorithm())
    except InvalidSignature:
        return False
    return True


def _decoded(signature: object) -> bytes:
    try:
        return base64.b64decode(str(signature or ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _take(note: dict[str, Any]) -> None:
    """Stored first, once per MessageId; if acting on it fails, the sweep has it."""
    key = str(note.get("MessageId", ""))
    if not key:
        return
    body = {"Message": str(note.get("Message", "")), "TopicArn": str(note.get("TopicArn", ""))}
    event_id = events.store(
        events.SES, dedupe_key=key, body=body, token=None, now=clock.now(), provider="ses"
    )
    if event_id is not None:
        events.process(event_id)
