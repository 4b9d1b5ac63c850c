"""A carrier's status callbacks: held back, then posted to our web server with a true signature."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from twilio.request_validator import RequestValidator

from config.bench import measure
from config.bench.client import Client
from config.bench.ledger import Entry
from messaging.tests.standin import ACCOUNT, SECRET

STATUSES = ("sent", "delivered")
AT_ONCE = 8
ALONE = 200


@dataclass(frozen=True, slots=True)
class Callback:
    entry: Entry
    status: str


def held(entries: Sequence[Entry], *, doubled: bool, shuffled: bool) -> list[Callback]:
    calls = [Callback(entry, status) for status in STATUSES for entry in entries]
    calls = calls * 2 if doubled else calls
    if shuffled:
        random.Random(1).shuffle(calls)  # noqa: S311  the same disorder each time
    return calls


def deliver(calls: Sequence[Callback], port: int) -> dict[str, float]:
    """All of them: the first ALONE one after another, for their latency, the rest AT_ONCE at a time for the rate."""
    alone = _post_all(calls[:ALONE], port)
    rest, began = calls[ALONE:], time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = list(pool.map(lambda n: _post_all(rest[n::AT_ONCE], port), range(AT_ONCE)))
    took = time.perf_counter() - began
    answers = [*alone, *(answer for part in parts for answer in part)]
    return {
        "callbacks": len(calls),
        "callbacks_per_second": round(len(rest) / took, 1),
        "callback_p95_ms": round(measure.percentile([ms for _, ms in alone], 0.95), 1),
        "refused": sum(status != 200 for status, _ in answers),
    }


def _post_all(calls: Sequence[Callback], port: int) -> list[tuple[int, float]]:
    signer = RequestValidator(SECRET)
    with Client(port) as carrier:
        return [_post(call, carrier, signer) for call in calls]


def _post(call: Callback, carrier: Client, signer: RequestValidator) -> tuple[int, float]:
    form = {
        "MessageSid": call.entry.sid,
        "SmsSid": call.entry.sid,
        "MessageStatus": call.status,
        "SmsStatus": call.status,
        "AccountSid": ACCOUNT,
        "From": call.entry.sender,
        "To": call.entry.to,
        "ApiVersion": "2010-04-01",
    }
    signature = signer.compute_signature(call.entry.callback, form)
    path = "/" + call.entry.callback.split("/", 3)[3]
    answer = carrier.post(path, form, {"X-Twilio-Signature": signature})
    return answer.status, answer.milliseconds
