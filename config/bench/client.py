"""A browser's share of the work: one connection kept open, cookies, the real sign-in form, a stopwatch."""

import http.client
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from config.bench import measure
from config.bench.counting import QUERIES
from config.bench.trouble import CouldNotRun

SIGN_IN = "/accounts/login/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WARM_UP = 20
PART = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`milliseconds`: from the first byte sent to the last received. `queries`: None where no view was reached."""

    status: int
    milliseconds: float
    queries: int | None
    body: bytes


class Client:
    def __init__(self, port: int) -> None:
        self.talk = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: SimpleCookie = SimpleCookie()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.talk.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self._request("GET", path, headers or {}, body=None)

    def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        return self._request("POST", path, {**FORM, **(headers or {})}, body=urlencode(form).encode())

    def sign_in(self, email: str, password: str) -> None:
        token = TOKEN.search(self.get(SIGN_IN).body.decode())
        if token is None:
            raise CouldNotRun("The sign-in page has no form.")
        answer = self.post(SIGN_IN, {"login": email, "password": password, "csrfmiddlewaretoken": token[1]})
        if answer.status != 302 or "sessionid" not in self.cookies:
            raise CouldNotRun(f"{email} could not sign in: the answer was {answer.status}.")

    def _request(self, method: str, path: str, headers: Mapping[str, str], *, body: bytes | None) -> Answer:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        sent = {**headers, "Cookie": cookie} if cookie else {**headers}
        began = time.perf_counter()
        self.talk.request(method, path, body=body, headers=sent)
        response = self.talk.getresponse()
        content = response.read()
        took = (time.perf_counter() - began) * 1000
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)
        queries = response.headers.get(QUERIES)
        return Answer(
            status=response.status,
            milliseconds=took,
            queries=int(queries) if queries is not None else None,
            body=content,
        )


def timed(
    client: Client,
    paths: Sequence[str],
    *,
    n: int,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> dict[str, float]:
    """The paths in turn: WARM_UP times unmeasured, then `n` times. `bytes` is the median, `queries` the most."""
    if not paths:
        raise CouldNotRun("There is nothing to ask for in this practice.")
    return _figures([client.get(paths[i % len(paths)], headers) for i in range(WARM_UP + n)], status)


def timed_posts(
    client: Client, path: str, forms: Sequence[Mapping[str, str]], *, n: int, status: int = 200
) -> dict[str, float]:
    """As `timed`, with the forms in turn."""
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    if not forms:
        raise CouldNotRun("There is nothing to post in this practice.")
    return _figures(
        [client.post(path, {**forms[i % len(forms)], **token}) for i in range(WARM_UP + n)], status
    )


def _figures(answers: Sequence[Answer], status: int) -> dict[str, float]:
    asked = answers[WARM_UP:]
    wrong = sum(answer.status != status for answer in asked)
    figures = measure.times([answer.milliseconds for answer in asked]) | {
        "queries": max(answer.queries or 0 for answer in asked),
        "bytes": int(measure.percentile([len(answer.body) for answer in asked], 0.5)),
    }
    return figures | ({"errors": wrong} if wrong else {})
