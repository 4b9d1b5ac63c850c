"""Fetches a calendar file from an address a person typed: over http(s) only, small, quick, and never from inside.

An address is resolved once and connected to by number, so that a name cannot point elsewhere between the check and the
connection; each redirect is checked anew.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

MOST_BYTES = 5_000_000
MOST_REDIRECTS = 3
STEP_SECONDS, WHOLE_SECONDS = 10, 30
PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
# Networks that carry another address inside the one shown.
WRAPPED = [
    ipaddress.ip_network(name) for name in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")
]


class CannotFetch(Exception):
    """Why not, in words for the calendar's owner; never with the address, which is a secret."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`body` None: nothing changed since the answer with that etag."""

    body: bytes | None
    etag: str


def normal(address: str) -> str:
    """`webcal://` is a word for https. Raises CannotFetch for what is no address of a calendar."""
    text = address.strip()
    if text.lower().startswith(("webcal:", "webcals:")):
        text = "https:" + text.split(":", 1)[1]
    _parts(text)
    return text


def fetch(address: str, *, etag: str = "", known: Collection[str] = ()) -> Fetched:
    """`known`: hosts (`host` or `host:port`) of the practice's own network that may be asked. Raises CannotFetch."""
    deadline = time.monotonic() + WHOLE_SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        try:
            answer = _ask(_parts(address), etag, known, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise CannotFetch(_trouble(error)) from error
        if isinstance(answer, Fetched):
            return answer
        address = urljoin(address, answer)
    raise CannotFetch("The address sends on and on to another.")


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise CannotFetch("This is no web address.") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise CannotFetch("Write an address that begins with https://, http:// or webcal://.")
    if parts.username or parts.password:
        raise CannotFetch("An address with a name and password in it cannot be used.")
    if any(ord(letter) <= 32 or ord(letter) > 126 for letter in address):
        raise CannotFetch("This is no web address.")
    return parts


def _ask(parts: SplitResult, etag: str, known: Collection[str], deadline: float) -> Fetched | str:
    """The calendar, or where it is said to be."""
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    is_known = bool({host, f"{host}:{port}"} & set(known))
    if not is_known and port != PORTS[parts.scheme]:
        raise CannotFetch("Only the usual ports of the web are asked.")
    connection = _Pinned(host, port, _number(host, port, is_known=is_known), is_safe=parts.scheme == "https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Accept": "text/calendar", "User-Agent": "Stillwater calendar reader"}
    try:
        connection.request("GET", path, headers=headers | ({"If-None-Match": etag} if etag else {}))
        with connection.getresponse() as answer:  # it outlives the connection, so it is closed by itself
            return _read(answer, etag, deadline)
    finally:
        connection.close()


def _read(answer: http.client.HTTPResponse, etag: str, deadline: float) -> Fetched | str:
    if answer.status in REDIRECTS:
        return answer.getheader("Location") or _refuse("The address sends on to nowhere.")
    if answer.status == 304:
        return Fetched(None, etag)
    if answer.status != 200:
        _refuse(f"The address answered {answer.status}.")
    return Fetched(_body(answer, deadline), (answer.getheader("ETag") or "")[:200])


def _refuse(words: str) -> str:
    raise CannotFetch(words)


def _body(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    read = bytearray()
    while chunk := answer.read1(65_536):
        read += chunk
        if len(read) > MOST_BYTES:
            raise CannotFetch("The calendar is larger than 5 MB.")
        if time.monotonic() > deadline:
            raise CannotFetch("The answer took too long.")
    return bytes(read)


def _number(host: str, port: int, *, is_known: bool) -> str:
    """Where the name points, if that is a public address: every one of them must be."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotFetch("No such address was found.") from None
    numbers = [str(entry[4][0]) for entry in found]
    if not is_known and not all(is_public(number) for number in numbers):
        raise CannotFetch("Addresses inside a private network are not asked.")
    return numbers[0]


def is_public(number: str) -> bool:
    """Not ours, not a neighbour's, not this machine's, in no disguise."""
    address = ipaddress.ip_address(number.split("%", maxsplit=1)[0])
    inner = getattr(address, "ipv4_mapped", None)
    if inner is not None:
        address = inner
    if address.version == 6 and any(address in network for network in WRAPPED):
        return False
    return address.is_global and not address.is_multicast


def _trouble(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "The address could not prove who it is."
    if isinstance(error, TimeoutError):
        return "The address did not answer in time."
    return "The address could not be reached."


class _Pinned(http.client.HTTPConnection):
    """To this number, whatever the name says by now; the certificate must still be the name's."""

    def __init__(self, host: str, port: int, number: str, *, is_safe: bool) -> None:
        super().__init__(host, port, timeout=STEP_SECONDS)
        self.default_port = PORTS["https" if is_safe else "http"]
        self._number, self._is_safe = number, is_safe

    def connect(self) -> None:
        plain = socket.create_connection((self._number, self.port), timeout=STEP_SECONDS)
        if self._is_safe:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        else:
            self.sock = plain
