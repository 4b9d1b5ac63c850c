"""The line to Twilio: its own client at TWILIO_API_BASE_URL, and what an answer, or none, is worth."""

import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import NameResolutionError, NewConnectionError

from messaging.carriers.letters import CarrierSilent, Letter, Outcome
from messaging.models import twilio_account
from messaging.rules.errors import Verdict, verdict_on

CONNECT_SECONDS = 5
KEPT_SECONDS = 4.0
# Twilio's clock and ours may differ by this much when a lost attempt is looked for.
CLOCK_SLACK = timedelta(seconds=60)

Made = TypeVar("Made", MessageInstance, CallInstance)


class Session(requests.Session):
    """Proxies and certificates are read from the environment once, not for every request: that took a quarter of it."""

    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        origin = urlsplit(str(url)).netloc
        if origin not in self.known:
            self.known[origin] = super().merge_environment_settings(url, *args)
        return dict(self.known[origin])

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Any] = {}


_clients: "weakref.WeakSet[HttpClient]" = weakref.WeakSet()


class HttpClient(TwilioHttpClient):
    """Twilio's client with another address for api.twilio.com; it has no setting for that. One per thread.

    Its connection is kept from one request to the next, but never used after resting: by then the other side may
    have closed it, and a request on it fails in a way that looks like a lost answer and costs a verification.
    """

    def __init__(self, *, timeout: float | None = None) -> None:
        # max_retries stays unset: a repeat may send twice.
        super().__init__(pool_connections=False, timeout=timeout)
        self.session = Session()
        _clients.add(self)
        self.used_at = time.monotonic()
        self.retry_after: float | None = None

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if time.monotonic() - self.used_at > KEPT_SECONDS:
            self.session.close()
        parts = urlsplit(url)
        where = settings.TWILIO_API_BASE_URL + parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            response = super().request(method, where, *args, **kwargs)
        finally:
            self.used_at = time.monotonic()
        self.retry_after = _seconds((response.headers or {}).get("Retry-After"))
        return response


_kept = threading.local()


def _http(timeout: float) -> HttpClient:
    """This thread's own: a session is not safe to share."""
    if not hasattr(_kept, "http"):
        _kept.http = HttpClient()
    # requests takes (connect, read): a dead host is known soon, and that nothing was sent is then certain.
    _kept.http.timeout = (min(CONNECT_SECONDS, timeout), timeout)
    return _kept.http


def hang_up() -> None:
    """Give up every thread's idle connection; the next request dials anew."""
    for http in list(_clients):
        http.session.close()


def client(timeout: float) -> Client:
    account = twilio_account(fresh=False)  # `sender` was asked a moment ago, with the database at hand
    return Client(account.sid, account.token, http_client=_http(timeout))


def _seconds(retry_after: str | None) -> float | None:
    """A date is as good as nothing said: our own backoff is long enough."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None


def _refused(status: int, code: str, retry_after: float | None) -> Outcome:
    # twilio-python puts the HTTP status where an error without a code has none.
    code = "" if code == str(status) else code
    verdict = verdict_on(status, code)
    return Outcome(verdict=verdict, http_status=status, code=code[:20], retry_after=retry_after)


def _never_left(error: requests.RequestException) -> bool:
    """True only when no byte can have reached the carrier: no connection, no such host, no TLS."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(cause, NewConnectionError | NameResolutionError)


def posted(make: Callable[[], Made], *, timeout: float) -> Made | Outcome:
    """What Twilio made of one POST; else what is known of it: refused, never sent, or in doubt."""
    try:
        return make()
    except (TwilioRestException, TwilioServiceException) as error:
        return _refused(int(error.status), str(error.code or ""), _http(timeout).retry_after)
    except requests.RequestException as error:
        return Outcome(verdict=Verdict.NOT_SENT if _never_left(error) else Verdict.UNKNOWN)


def accepted(sid: str | None, *, status: str, segments: int | None = None) -> Outcome:
    """Without a sid nothing could be asked about later, so it counts as doubtful."""
    verdict = Verdict.ACCEPTED if sid else Verdict.UNKNOWN
    return Outcome(verdict=verdict, sid=sid or "", status=status, http_status=201, segments=segments)


@contextmanager
def asking() -> Iterator[None]:
    """A question to Twilio. Raises CarrierSilent for whatever keeps it from being answered."""
    try:
        yield
    except (TwilioException, requests.RequestException, ValueError) as error:
        raise CarrierSilent from error


def since(letter: Letter, rows: Iterable[Made]) -> Iterator[Made]:
    """Of rows as Twilio lists them, newest first, those made since the attempt began."""
    for row in rows:
        if _created(row) < letter.started_at - CLOCK_SLACK:
            return
        yield row


def _created(row: MessageInstance | CallInstance) -> datetime:
    return row.date_created.astimezone(UTC) if row.date_created else datetime.max.replace(tzinfo=UTC)
