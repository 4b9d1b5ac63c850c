"""A mail as its reader sees it: what can be pressed in it, and what stands in its calendar file."""

import re
from html.parser import HTMLParser


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        if self._href and data.strip():
            self.found.append((data.strip(), self._href))
            self._href = None


def links_in(html: str) -> list[tuple[str, str]]:
    """(words, address), in order; only such as a browser may follow."""
    reader = _Links()
    reader.feed(html)
    return [(words, url) for words, url in reader.found if url.startswith(("http://", "https://"))]


def calendar_line(text: str) -> str:
    """ "invite.ics · REQUEST · sequence 2"; empty without a file."""
    method = re.search(r"^METHOD:(\w+)", text, re.MULTILINE)
    sequence = re.search(r"^SEQUENCE:(\d+)", text, re.MULTILINE)
    return f"invite.ics · {method[1]} · sequence {sequence[1]}" if method and sequence else ""
