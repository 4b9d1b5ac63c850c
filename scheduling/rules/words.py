"""Times, names and days as the pages say them. Pure: minutes and names in, words out."""

import datetime as dt
from collections.abc import Sequence


def clock(minute: int, *, h24: bool, suffix: bool = True) -> str:
    """`minute` after midnight: "2:15 pm", without suffix "2:15", by 24 hours "14:15"."""
    hour, rest = divmod(minute % 1440, 60)
    if h24:
        return f"{hour:02}:{rest:02}"
    words = f"{hour % 12 or 12}:{rest:02}"
    return f"{words} {half(minute)}" if suffix else words


def hour(minute: int, *, h24: bool) -> tuple[str, str]:
    """The axis: ("8", "am") or ("08:00", "")."""
    here = minute // 60 % 24
    return (f"{here:02}:00", "") if h24 else (str(here % 12 or 12), half(minute))


def half(minute: int) -> str:
    return "am" if minute % 1440 < 720 else "pm"


def between(start: int, end: int, *, h24: bool, suffix: bool = True) -> str:
    """ "11:00 am–12:30 pm", "1:00–1:50 pm"; without suffix only the figures."""
    same_half = half(start) == half(end)
    first = clock(start, h24=h24, suffix=suffix and not same_half)
    return f"{first}–{clock(end, h24=h24, suffix=suffix)}"


def joined_names(people: Sequence[tuple[str, str]]) -> str:
    """(first, last) of everybody: "Ruth & Dan Adams", "Lena Fox & Ben Archer", "Lena Fox + 3"."""
    full = [f"{first} {last}" for first, last in people]
    if len(full) < 2:
        return "".join(full)
    if len(full) > 2 and len({last for _, last in people}) > 1:
        return f"{full[0]} + {len(full) - 1}"
    if len({last for _, last in people}) == 1:
        return f"{_and([first for first, _ in people])} {people[0][1]}"
    return " & ".join(full)


def _and(words: Sequence[str]) -> str:
    return " & ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def day(on: dt.date) -> str:
    return f"{on:%A, %B} {on.day}"


def short_day(on: dt.date) -> str:
    return f"{on:%a %b} {on.day}"


def short_date(on: dt.date, today: dt.date) -> str:
    """ "Nov 22"; with the year when it is another one."""
    words = f"{on:%b} {on.day}"
    return words if on.year == today.year else f"{words}, {on.year}"


def minutes(count: int) -> str:
    hours, rest = divmod(count, 60)
    if not hours or count <= 120:
        return f"{count} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
