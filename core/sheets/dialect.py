"""How a file is written down: recognised from its bytes, shown to whoever imports it, and theirs to overrule."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import BinaryIO

from core.sheets.trouble import SheetError

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
}
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
NOT_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rt")
CHUNK = 1 << 16
# Excel writes and reads such a first line; it is not a row.
SEPARATOR_LINE = "sep="


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`lines`: line ends in the whole file, for showing progress."""

    encoding: str
    delimiter: str
    lines: int = 0

    @property
    def words(self) -> str:
        return f"{ENCODINGS[self.encoding]}, separated by {DELIMITERS[self.delimiter]}"


def recognise(file: BinaryIO, *, encoding: str = "", delimiter: str = "") -> Dialect:
    """Reads the file once, in pieces, and leaves it at its beginning. What is given is checked, not guessed.

    Raises SheetError for a workbook, an unknown encoding, an empty file, or a header that fits two delimiters.
    """
    start = file.read(4)
    file.seek(0)
    if not start:
        raise SheetError("The file is empty.")
    if start.startswith(WORKBOOKS):
        raise SheetError("This is an Excel workbook. In Excel choose Save As, then CSV UTF-8, and try again.")
    if start.startswith(NOT_TEXT):
        raise SheetError("This is not a file of rows. Choose a CSV file: text, one row per line.")
    if encoding and encoding not in ENCODINGS:
        raise SheetError(
            f"{encoding} is not read here. Choose one of {', '.join(ENCODINGS)}.", field="encoding"
        )
    if delimiter and delimiter not in DELIMITERS:
        raise SheetError("Choose a comma, semicolon, tab or vertical bar.", field="delimiter")
    encoding = encoding or next((name for mark, name in MARKS if start.startswith(mark)), "")
    encoding, lines = _decoded(file, (encoding,) if encoding else ("utf-8", "cp1252"))
    return Dialect(encoding=encoding, delimiter=delimiter or _delimiter(file, encoding), lines=lines)


def text_of(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """The file from its beginning as text, line ends left to the CSV reader."""
    file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def _decoded(file: BinaryIO, encodings: tuple[str, ...]) -> tuple[str, int]:
    for encoding in encodings:
        try:
            return encoding, _count_lines(file, encoding)
        except UnicodeError:
            continue
        finally:
            file.seek(0)
    tried = " or ".join(ENCODINGS[name] for name in encodings)
    raise SheetError(f"The file is not {tried}. Save it as CSV UTF-8 and try again.", field="encoding")


def _count_lines(file: BinaryIO, encoding: str) -> int:
    """Raises UnicodeError when some of the file is not in this encoding."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 0
    while piece := file.read(CHUNK):
        lines += decoder.decode(piece).count("\n")
    decoder.decode(b"", final=True)
    return lines


def _delimiter(file: BinaryIO, encoding: str) -> str:
    header = _header_line(file, encoding)
    if header.lower().startswith(SEPARATOR_LINE) and header[len(SEPARATOR_LINE) :].strip() in DELIMITERS:
        return header[len(SEPARATOR_LINE) :].strip()
    if header.lower().startswith(SEPARATOR_LINE + "\t"):
        return "\t"
    bare = "".join(header.split('"')[::2])  # what stands in quotes separates nothing
    counts = {mark: bare.count(mark) for mark in DELIMITERS}
    most = max(counts.values())
    found = [mark for mark, count in counts.items() if count == most]
    if not most:
        return ","  # a single column
    if len(found) > 1:
        names = " or ".join(DELIMITERS[mark] for mark in found)
        raise SheetError(f"The first line could be separated by {names}. Say which.", field="delimiter")
    return found[0]


def _header_line(file: BinaryIO, encoding: str) -> str:
    text = text_of(file, encoding)
    try:
        return next((line.strip("\r\n") for line in text if line.strip()), "")
    finally:
        text.detach()
        file.seek(0)
