"""Files of rows: how they are recognised and read, what a cell may say, and writing that reads back the same."""

import csv
import datetime as dt
import io
from contextlib import suppress
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.sheets import cells
from core.sheets.cells import Style
from core.sheets.columns import Column
from core.sheets.dialect import DELIMITERS, ENCODINGS, recognise
from core.sheets.reading import Sheet
from core.sheets.trouble import SheetError
from core.sheets.writing import bare, cell_of, harmless, lines

NEW_YORK = ZoneInfo("America/New_York")
STYLE = Style(zone=NEW_YORK)
DAY_FIRST = Style(zone=NEW_YORK, day_first=True)
TEXT = Column(name="text", reads=cells.text(200))
NOTE = Column(name="note", reads=cells.text(200))
# What a cell may hold: a reader drops spaces around it, and no text may have a NUL.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60).map(
    str.strip
)
READERS = {
    "text": cells.text(20), "whole": cells.whole(0, 500), "money": cells.money, "yes_no": cells.yes_no,
    "choice": cells.choice({"In person": "in_person"}), "words": cells.words(20), "email": cells.email,
    "date": cells.date(STYLE), "day first": cells.date(DAY_FIRST), "time": cells.clock_time,
    "moment": cells.moment(STYLE),
}  # fmt: skip


def read(raw: bytes, columns=(TEXT, NOTE), **options) -> list:
    """Values of the good lines, reasons of the bad ones."""
    file = io.BytesIO(raw)
    with Sheet(file, recognise(file, **options)) as sheet:
        _, rows = sheet.rows(columns)
        return [row if isinstance(row, list) else row.values for row in rows]


# --- how a file is written down ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "encoding", "delimiter"),
    [
        ("text,note\nZoë,“so”\n".encode(), "utf-8", ","),
        ("text,note\nZoë,“so”\n".encode("utf-8-sig"), "utf-8-sig", ","),
        ("text,note\nZoë,“so”\n".encode("cp1252"), "cp1252", ","),
        ("text;note\r\nZoë;“so”\r\n".encode("cp1252"), "cp1252", ";"),
        ("text\tnote\r\nZoë\t“so”\r\n".encode("utf-16"), "utf-16", "\t"),
        ("text|note\nZoë|“so”\n".encode(), "utf-8", "|"),
        ("sep=;\r\ntext;note\r\nZoë;“so”\r\n".encode(), "utf-8", ";"),
        ("sep=\t\r\ntext\tnote\r\nZoë\t“so”\r\n".encode(), "utf-8", "\t"),
        ("\n\ntext,note\n\nZoë,“so”\n\n".encode(), "utf-8", ","),
        ("text,note\rZoë,“so”\r".encode(), "utf-8", ","),  # an old Mac
    ],
)
def test_a_file_is_recognised_and_said_aloud(raw, encoding, delimiter):
    dialect = recognise(io.BytesIO(raw))

    assert (dialect.encoding, dialect.delimiter) == (encoding, delimiter)
    assert dialect.words == f"{ENCODINGS[encoding]}, separated by {DELIMITERS[delimiter]}"
    assert read(raw) == [{"text": "Zoë", "note": "“so”"}]


@pytest.mark.parametrize(
    ("raw", "options", "words"),
    [
        (b"", {}, "The file is empty"),
        (b"PK\x03\x04", {}, "Excel workbook"),
        (b"\xd0\xcf\x11\xe0", {}, "Excel workbook"),
        (b"a,b;c\n", {}, "commas or semicolons"),
        (b"a\x81b\n", {}, "not UTF-8 or Windows-1252"),
        (b"\xef\xbb\xbf\xff", {}, "not UTF-8 with a byte order mark"),
        (b"a,b", {"encoding": "latin-1"}, "not read here"),
        (b"a,b", {"delimiter": "x"}, "Choose a comma"),
        (b" \n,,\n", {}, "no line with the names"),
        (b'"text\n', {}, "missing its pair"),
        (b"text,Text\n", {}, "Two columns are headed"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(raw, options, words):
    with pytest.raises(SheetError, match=words):
        read(raw, **options)


def test_lines_are_counted_as_editors_count_them():
    bad = Column(name="text", reads=cells.whole(1, 5))
    raw = b'text,note\n1,"two\nlines"\nx,\n\n2\n3,a,surplus\n"4,b\n'

    assert [one if isinstance(one, dict) else [(b.line, b.column) for b in one] for one in read(raw, (bad, NOTE))] == [
        {"text": 1, "note": "two\nlines"},
        [(4, "text")],
        {"text": 2, "note": ""},
        [(7, "")],
        [(8, "")],
    ]  # fmt: skip


def test_a_cell_guarded_against_formulas_is_read_without_its_apostrophe():
    assert read(b"text,note\n'=1+1,'tis\n''=x,'+1 202\n") == [
        {"text": "=1+1", "note": "'tis"},
        {"text": "'=x", "note": "+1 202"},
    ]


# --- what a cell may say -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "cell", "value"),
    [
        ("date", "2026-3-4", dt.date(2026, 3, 4)),
        ("date", "3/4/2026", dt.date(2026, 3, 4)),
        ("day first", "3/4/2026", dt.date(2026, 4, 3)),
        ("day first", "31.12.2026", dt.date(2026, 12, 31)),
        ("time", "2:30 pm", dt.time(14, 30)),
        ("time", "12am", dt.time(0)),
        ("moment", "2026-11-30 14:30", dt.datetime(2026, 11, 30, 19, 30, tzinfo=dt.UTC)),
        ("moment", "11/30/2026 2:30 PM", dt.datetime(2026, 11, 30, 19, 30, tzinfo=dt.UTC)),
        ("moment", "2026-11-30T14:30:00+01:00", dt.datetime(2026, 11, 30, 13, 30, tzinfo=dt.UTC)),
        ("words", r"a; b;;a; c\;d; e\\", ["a", "b", "c;d", "e\\"]),
        ("yes_no", "X", True),
        ("choice", "IN-PERSON", "in_person"),
        ("money", "$1,250.50", Decimal("1250.50")),
        ("email", "Rita@Example.org", "rita@example.org"),
    ],
)
def test_a_cell_is_understood(reader, cell, value):
    assert READERS[reader](cell) == value


@pytest.mark.parametrize(
    ("reader", "cell", "words"),
    [
        ("date", "13/4/2026", "days come before months"),
        ("date", "4 March", "like 2026-12-31"),
        ("date", "2026-02-30", "no such date"),
        ("time", "25:00", "no such time"),
        ("time", "13 pm", "from 1 to 12"),
        ("time", "9", "like 9:30"),
        ("moment", "2026-11-30", "date and time"),
        ("moment", "2026-03-08 02:30", "clocks skip"),
        ("moment", "9999-12-31 23:00", "no such date"),
        ("moment", "2026-11-30T99:00Z", "like 2026-11-30T14:30"),
        ("whole", "501", "from 0 to 500"),
        ("whole", "1.5", "whole number"),
        ("money", "1e999999", "amount"),
        ("money", "NaN", "amount"),
        ("yes_no", "maybe", "yes or no"),
        ("choice", "astral", "one of in_person"),
        ("text", "x" * 21, "21 characters"),
        ("text", "a\x00b", "character no text may have"),
        ("words", "a; " + "x" * 21, "21 characters"),
        ("email", "rita@", "email address"),
    ],
)
def test_a_cell_that_is_not_understood_says_what_to_write(reader, cell, words):
    with pytest.raises(ValueError, match=words):
        READERS[reader](cell)


@pytest.mark.parametrize("reader", READERS)
@given(cell=WORDS.filter(bool))
@example(cell="1e99999999")
@example(cell="0001-01-01 0:00")
@example(cell="1_000")
@example(cell="٣/٤/٢٠٢٦")
def test_no_cell_makes_a_reader_fail(reader, cell):
    with suppress(ValueError):
        READERS[reader](cell)


# --- writing that reads back the same ------------------------------------------------------------


@given(WORDS)
@example("'=1")
@example("''")
@example("-")
def test_a_harmless_cell_is_no_formula_and_reads_back(text):
    written = harmless(text)

    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert bare(written) == text


@given(st.lists(st.lists(WORDS, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_what_is_read(table):
    rows = [{"text": text, "note": note} for text, note in table]
    raw = "".join(lines(["text", "note"], rows)).encode()

    assert read(raw, delimiter=",") == [row for row in rows if any(row.values())]


@given(st.lists(WORDS))
@example(["a;b", "c\\", "\\;", "d"])
def test_several_in_a_cell_read_back(several):
    wanted = list(dict.fromkeys(word for word in several if word))
    written = bare(cell_of(several)).strip()

    assert (cells.words(200)(written) if written else []) == wanted


@pytest.mark.parametrize(
    ("value", "reader"),
    [
        (True, "yes_no"),
        (dt.date(2026, 3, 4), "date"),
        (dt.time(9, 30), "time"),
        (dt.time(9, 30, 15), "time"),
        (dt.datetime(2026, 11, 1, 5, 30, 1, 999, tzinfo=dt.UTC), "moment"),
        (Decimal("0.10"), "money"),
    ],
)
def test_a_value_reads_back(value, reader):
    assert READERS[reader](cell_of(value)) == value


@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b"a\n" + b"x" * 10_001)
@example(b'a\n"' + b"x" * 10_001 + b'"\nb')
@example(b"a,b\n\x00,\r\r\n")
def test_random_bytes_are_read_or_refused(raw):
    with suppress(SheetError):
        read(raw)


@given(st.text(st.sampled_from("ab,;\"\n\r\t'= \x00é"), max_size=80), st.sampled_from(list(ENCODINGS)))
def test_random_text_is_read_or_refused(text, encoding):
    with suppress(SheetError):
        read(text.encode(encoding, errors="replace"), encoding=encoding)


def test_reading_again_begins_at_the_beginning():
    file = io.BytesIO(b"text\na\n")
    with Sheet(file, recognise(file)) as sheet:
        list(sheet.rows([TEXT])[1])
    assert file.seek(0) == 0
    assert next(csv.reader(io.TextIOWrapper(file))) == ["text"]
