"""Where in a JSON text each thing stands: a fault that only names a field sends people searching."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
Tokens = Iterator[tuple[str, int]]  # each with its line


def lines_of(text: str) -> dict[str, int]:
    """{place: its line, from 1}. Places as `offers.accept` and `except[0].when`; the whole is the empty one.

    text: valid JSON. A name that stands twice has the line of its last, which is the one that counts.
    """
    tokens = ((found.group(), text.count("\n", 0, found.start()) + 1) for found in TOKEN.finditer(text))
    return dict(_from(*next(tokens), tokens, ""))


def line_of(place: str, lines: dict[str, int]) -> int:
    """Its own, or of the nearest thing round it: what is missing has no line."""
    while place and place not in lines:
        place = re.sub(r"(?:^|[.\[])[^.\[]*$", "", place)
    return lines.get(place, 1)


def _from(mark: str, line: int, tokens: Tokens, place: str) -> Tokens:
    yield place, line
    if mark == "{":
        yield from _members(tokens, place)
    elif mark == "[":
        yield from _items(tokens, place)


def _members(tokens: Tokens, place: str) -> Tokens:
    for mark, line in tokens:
        if mark == "}":
            return
        if mark != ",":
            next(tokens)  # the colon
            name = mark[1:-1]
            inner = f"{place}.{name}" if place else name
            value, _ = next(tokens)
            yield from _from(value, line, tokens, inner)


def _items(tokens: Tokens, place: str) -> Tokens:
    number = 0
    for mark, line in tokens:
        if mark == "]":
            return
        if mark != ",":
            yield from _from(mark, line, tokens, f"{place}[{number}]")
            number += 1
