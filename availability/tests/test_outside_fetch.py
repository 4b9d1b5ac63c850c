import socket

import pytest

from availability.carriers import calendars
from availability.carriers.calendars import CannotFetch, fetch, is_public, normal
from availability.tests.standin import host


@pytest.fixture
def there():
    with host() as played:
        yield played


def refused(address: str, **more) -> str:
    with pytest.raises(CannotFetch) as trouble:
        fetch(address, **more)
    return str(trouble.value)


def test_the_file_and_its_mark(there):
    there.says(b"BEGIN", ETag='"1"')

    first = fetch(there.url(), known=there.known)
    second = fetch(there.url(), etag=first.etag, known=there.known)

    assert (first.body, first.etag, second.body) == (b"BEGIN", '"1"', None)
    assert there.asked == [("/cal.ics", ""), ("/cal.ics", '"1"')]


def test_it_follows_a_few_redirects_and_no_more(there):
    there.says(b"", "/a", 302, Location="/b")
    there.says(b"", "/b", 301, Location=there.url("/cal.ics"))
    there.says(b"BEGIN")
    there.says(b"", "/round", 302, Location="/round")

    assert fetch(there.url("/a"), known=there.known).body == b"BEGIN"
    assert refused(there.url("/round"), known=there.known) == "The address sends on and on to another."
    assert len(there.asked) == 3 + 4


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://127.0.0.1/", "Addresses inside a private network are not asked."),
        ("http://169.254.169.254/latest/meta-data/", "Addresses inside a private network are not asked."),
        ("file:///etc/passwd", "Write an address that begins with https://, http:// or webcal://."),
        ("gopher://example.org/", "Write an address that begins with https://, http:// or webcal://."),
    ],
)
def test_a_redirect_is_checked_like_the_address(there, target, words):
    there.says(b"", status=302, Location=target)

    assert refused(there.url(), known=there.known) == words


def test_another_port_of_a_known_machine_is_not_known(there):
    """Only what the practice named, port and all."""
    with host() as other:
        there.says(b"", status=302, Location=other.url())

        assert refused(there.url(), known=there.known) == "Only the usual ports of the web are asked."
        assert other.asked == []


def test_not_found_too_large_too_slow_and_not_there(there, monkeypatch):
    there.says(b"x" * 2000, "/large")
    monkeypatch.setattr(calendars, "MOST_BYTES", 1000)

    assert refused(there.url("/none"), known=there.known) == "The address answered 404."
    assert refused(there.url("/large"), known=there.known) == "The calendar is larger than 5 MB."
    monkeypatch.setattr(calendars, "MOST_BYTES", 5000)
    monkeypatch.setattr(calendars, "WHOLE_SECONDS", -1)
    assert refused(there.url("/large"), known=there.known) == "The answer took too long."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gone = f"127.0.0.1:{port}"
    assert refused(f"http://{gone}/", known=[gone]) == "The address could not be reached."


def test_a_name_that_points_inside_is_refused_whatever_else_it_points_to(monkeypatch):
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 80)) for number in ("93.184.216.34", "10.0.0.5")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert refused("http://calendar.example.org/") == "Addresses inside a private network are not asked."


def test_the_connection_goes_to_the_number_that_was_checked(there, monkeypatch):
    """A name that answers otherwise the second time finds nobody listening to it."""
    there.says(b"BEGIN")
    answers = iter(["127.0.0.1", "10.0.0.5"])
    real = socket.getaddrinfo

    def look(name, port, *_, **__):
        number = next(answers) if name == "cal.example.org" else name
        return real(number, port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", look)

    got = fetch(f"http://cal.example.org:{there.port}/cal.ics", known=["cal.example.org"])

    assert (got.body, next(answers)) == (b"BEGIN", "10.0.0.5")


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  looked at, not bound to
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:0a00:0001::1", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_what_is_public(number, public):
    assert is_public(number) is public


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("webcal://example.org/a.ics", "https://example.org/a.ics"),
        (" https://example.org/a.ics?token=1 ", "https://example.org/a.ics?token=1"),
    ],
)
def test_addresses_as_they_are_typed(typed, kept):
    assert normal(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "example.org/a.ics", "ftp://example.org/a.ics", "https://", "https://me:secret@example.org/", "https://example.org:0/",
     "https://example.org:99999/", "https://example.org/a b", "https://[::1/", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address(typed):
    with pytest.raises(CannotFetch):
        normal(typed)
