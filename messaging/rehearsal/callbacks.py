"""The carrier's calls back to us: made by the worker, never inside a request of ours."""

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import transaction
from requests.exceptions import RequestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator

from core import clock
from messaging.models import RehearsalMessage
from messaging.models.rehearsal import Direction, RehearsalKind
from messaging.rehearsal import calling
from messaging.rehearsal.ledger import UNREACHABLE, faults, happens, lateness

log = structlog.get_logger(__name__)

AT_ONCE = 100
NETWORK_SECONDS = 1  # how long a phone network takes with a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`asks`: the call (a row's id) whose next words the answer brings."""

    url: str
    params: dict[str, str]
    is_doubled: bool
    asks: int | None = None


def post_due(now: dt.datetime) -> int:
    """Post every callback that is due; returns how many. A call nobody answers is tried once more, as Twilio does."""
    calls = _due_calls(now)
    if any(call.is_doubled for call in calls):
        calls = [again for call in calls for again in [call] * (1 + call.is_doubled)]
        secrets.SystemRandom().shuffle(calls)
    for call in calls:
        answer = _post(call)
        if call.asks is not None:
            calling.hear(call.asks, answer, clock.now())
    return len(calls)


@transaction.atomic
def _due_calls(now: dt.datetime) -> list[Call]:
    """Move the rows on first: a worker that dies here loses a callback, as carriers do, and never repeats one."""
    rows = RehearsalMessage.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
    return [_step(row, now) for row in rows.order_by("due_at", "pk")[:AT_ONCE]]


def _step(row: RehearsalMessage, now: dt.datetime) -> Call:
    wrong = faults(row.client_address)
    if row.kind == RehearsalKind.VOICE:
        url, params, asks = calling.step(row, now, is_off=happens(wrong.undelivered_percent))
        # What to say is asked for once: it is an answer that is waited for, not a word in passing.
        doubled = wrong.is_doubled and not asks
        return Call(url=url, params=params, is_doubled=doubled, asks=row.pk if asks else None)
    row.status, row.updated_at = row.next_status, now
    row.next_status, row.due_at = "", None
    if row.status == "sent":
        row.sent_at = now
        row.next_status = "undelivered" if happens(wrong.undelivered_percent) else "delivered"
        row.due_at = now + dt.timedelta(seconds=NETWORK_SECONDS) + lateness(row.client_address)
    if row.status == "undelivered":
        row.error_code = UNREACHABLE
    row.save()
    params = _incoming(row) if row.direction == Direction.IN else _status(row, now)
    return Call(url=row.callback_url, params=params, is_doubled=wrong.is_doubled)


def _status(row: RehearsalMessage, now: dt.datetime) -> dict[str, str]:
    params = {
        "MessageSid": row.sid,
        "SmsSid": row.sid,
        "MessageStatus": row.status,
        "SmsStatus": row.status,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "From": row.office_address,
        "To": row.client_address,
        "ApiVersion": "2010-04-01",
    }
    if row.error_code:
        params["ErrorCode"] = str(row.error_code)
    if row.status == "delivered":
        params["RawDlrDoneDate"] = now.strftime("%y%m%d%H%M")
    return params


def _incoming(row: RehearsalMessage) -> dict[str, str]:
    return {
        "MessageSid": row.sid,
        "SmsMessageSid": row.sid,
        "SmsSid": row.sid,
        "SmsStatus": "received",
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "From": row.client_address,
        "To": row.office_address,
        "Body": row.body,
        "NumMedia": "0",
        "NumSegments": str(row.segments),
        "FromCountry": "US",
        "ToCountry": "US",
        "ApiVersion": "2010-04-01",
    }


def _post(call: Call) -> str:
    """What was answered; empty when nobody did."""
    if not call.url:
        return ""
    headers = {
        "X-Twilio-Signature": RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(
            call.url, call.params
        ),
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        "User-Agent": "TwilioProxy/1.1",
    }
    for attempt in (1, 2):
        try:
            answer = TwilioHttpClient(timeout=15).request("POST", call.url, data=call.params, headers=headers)
        except RequestException:
            sid = call.params.get("MessageSid") or call.params.get("CallSid", "")
            log.warning("rehearsal_callback_failed", attempt=attempt, sid=sid)
        else:
            return str(answer.text or "") if answer.status_code == 200 else ""
    return ""
