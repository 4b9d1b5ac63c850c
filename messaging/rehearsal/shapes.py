"""The JSON of Twilio's Message resource. Checked against reference/twilio_api_v2010.json by a test."""

import datetime as dt
from email.utils import format_datetime
from urllib.parse import urlencode

from django.conf import settings

from messaging.models import RehearsalMessage
from messaging.models.rehearsal import Direction

VERSION = "2010-04-01"


def message(row: RehearsalMessage) -> dict:
    here = f"{_account()}/Messages/{row.sid}"
    incoming = row.direction == Direction.IN
    return {
        "account_sid": settings.TWILIO_ACCOUNT_SID,
        "api_version": VERSION,
        "body": row.body,
        "date_created": _date(row.created_at),
        "date_sent": _date(row.sent_at),
        "date_updated": _date(row.updated_at),
        "direction": row.direction,
        "error_code": row.error_code,
        "error_message": "Unreachable destination handset" if row.error_code else None,
        "from": row.client_address if incoming else row.office_address,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(row.segments),
        "price": None,
        "price_unit": "USD",
        "sid": row.sid,
        "status": row.status,
        "subresource_uris": {"media": f"{here}/Media.json"},
        "to": row.office_address if incoming else row.client_address,
        "uri": f"{here}.json",
    }


def page(
    rows: list[RehearsalMessage], *, number: int, size: int, more: bool, filters: dict[str, str]
) -> dict:
    start = number * size
    return {
        "end": max(start + len(rows) - 1, 0),
        "first_page_uri": _page_uri(0, size, filters),
        "messages": [message(row) for row in rows],
        "next_page_uri": _page_uri(number + 1, size, filters) if more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": _page_uri(number - 1, size, filters) if number else None,
        "start": start,
        "uri": _page_uri(number, size, filters),
    }


def call(row: RehearsalMessage) -> dict:
    """The Call resource, as far as we read it."""
    return {
        "account_sid": settings.TWILIO_ACCOUNT_SID,
        "api_version": VERSION,
        "answered_by": row.answered_by or None,
        "date_created": _date(row.created_at),
        "date_updated": _date(row.updated_at),
        "direction": row.direction,
        "from": row.office_address,
        "to": row.client_address,
        "sid": row.sid,
        "status": row.status,
        "uri": f"{_account()}/Calls/{row.sid}.json",
    }


def calls_page(rows: list[RehearsalMessage]) -> dict:
    return {"calls": [call(row) for row in rows], "page": 0, "page_size": 100, "next_page_uri": None}


def error(*, status: int, code: int, text: str) -> dict:
    return {
        "code": code,
        "message": text,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def _account() -> str:
    return f"/{VERSION}/Accounts/{settings.TWILIO_ACCOUNT_SID}"


def _page_uri(number: int, size: int, filters: dict[str, str]) -> str:
    return f"{_account()}/Messages.json?{urlencode({**filters, 'PageSize': size, 'Page': number})}"


def _date(at: dt.datetime | None) -> str | None:
    return format_datetime(at.astimezone(dt.UTC)) if at else None
