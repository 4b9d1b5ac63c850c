"""Words with variables. A variable is a name in curly brackets; there is nothing else, so nothing can be executed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from zlib import crc32

from messaging.rules.segments import segments

# The closed list: what staff may write between curly brackets, and what it says.
VARIABLES: dict[str, str] = {
    "practice": "the practice's name in messages",
    "client": "the client's first name",
    "provider": "the provider's name",
    "when": "date and time together",
    "date": "the date, short",
    "day": "the day of the week",
    "time": "the time",
    "times": "every date and time, where several visits are told of at once",
    "location": "the place and its address, for a visit in person",
    "phone": "the practice's number",
    "questions": "a sentence with that number",
    "call": "“please call” with that number",
    "choices": "how to answer: Y, C and R in texts, keys in calls",
    "choices_short": "the same in fewer letters",
    "code": "the letter code where several people share a number",
    "link": "a private link to the visit or the offer",
    "until": "when an offer ends",
    "hours": "the hours of notice for cancelling",
    "stop": "how to opt out, the first time a number is written to",
}
ALIASES = {"clinician": "provider", "first_name": "client"}
# Shown in bold in an email.
STRONG = frozenset({"when", "times"})
LANGUAGES = {"en": "English", "es": "Spanish"}

_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """`subject_line` is for email only."""

    text: str
    subject_line: str = ""


def language_of(code: str) -> str:
    """One we have words in: `es-MX` is Spanish, anything unknown English."""
    base = code.lower().partition("-")[0].partition("_")[0]
    return base if base in LANGUAGES else "en"


def names_in(text: str) -> list[str]:
    """Each name between curly brackets once, as it was typed."""
    return list(dict.fromkeys(name for name in _VARIABLE.findall(text)))


def known(name: str) -> str | None:
    """The variable meant by what was typed: capitals and spaces do not matter."""
    plain = name.strip().lower().replace(" ", "_")
    plain = ALIASES.get(plain, plain)
    return plain if plain in VARIABLES else None


def stray_brackets(text: str) -> bool:
    return bool(re.search(r"[{}]", _VARIABLE.sub("", text)))


def render(text: str, values: Mapping[str, str]) -> str:
    """Plain text; what is empty leaves no hole behind: no double blanks, no blank line of its own."""
    lines = [(line, _filled(line, values)) for line in text.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(said for line, said in lines if said.strip() or not _VARIABLE.search(line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(map(_tidy, kept.split("\n")))).strip()


def _filled(line: str, values: Mapping[str, str]) -> str:
    """A value of several lines keeps the line's indent."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    return _VARIABLE.sub(lambda m: _value(m[1], values).replace("\n", f"\n{indent}"), line)


def _value(name: str, values: Mapping[str, str]) -> str:
    return values.get(known(name) or "", "")


def _tidy(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))]
    return indent + re.sub(r" {2,}", " ", line.strip())


def render_html(text: str, values: Mapping[str, str]) -> str:
    """Paragraphs. Everything is escaped, typed words and values alike; only the marks around them are ours."""
    marked = {name: _marked(name, value) for name, value in values.items()}
    paragraphs = re.split(r"\n\s*\n", render(escape(text), marked))
    return "\n".join(f"<p>{_broken(part)}</p>" for part in paragraphs if part.strip())


def _marked(name: str, value: str) -> str:
    safe = escape(value)
    if name in STRONG and safe:
        return "\n".join(f"<strong>{line}</strong>" for line in safe.split("\n"))
    return f'<a href="{safe}">{safe}</a>' if name == "link" and safe else safe


def _broken(paragraph: str) -> str:
    return "<br>".join(line.strip() for line in paragraph.strip().split("\n"))


def fitting(versions: Sequence[Words], values: Mapping[str, str]) -> Words:
    """The first that fits one segment as a text; else the last, shortest one."""
    return next((one for one in versions if segments(render(one.text, values)) == 1), versions[-1])


# (wording, scope, channel, language) → what the practice wrote itself
Own = Mapping[tuple[str, int, str, str], Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Which words: of what, for which step (0: all), on which channel, in which language; the first or the second."""

    key: str
    scope: int = 0
    channel: str
    language: str
    variant: str = ""

    @property
    def label(self) -> str:
        """The same for both variants: attempts are counted under it."""
        return label_of((self.key, self.scope, self.channel, self.language))


def compared_at(
    key: str, *, scope: int, channel: str, language: str, own: Own, second: Own
) -> tuple[str, int, str, str] | None:
    """Where second words compete with those `versions_of` gives; None where none do.

    In the reader's own language only, and not past words that a step has for itself.
    """
    for step in dict.fromkeys((scope, 0)):
        place = (key, step, channel, language)
        if place in second:
            return place
        if place in own:
            return None
    return None


def label_of(place: tuple[str, int, str, str]) -> str:
    return ":".join(map(str, place))


def draws_second(label: str, client_id: int) -> bool:
    """Half of the clients, always the same ones for one set of words, so that nobody reads now these, now those."""
    return crc32(f"{label}:{client_id}".encode()) % 2 == 1


def versions_of(
    key: str,
    *,
    scope: int,
    channel: str,
    language: str,
    own: Own,
    defaults: Mapping[tuple[str, str], Sequence[Words]],
) -> Sequence[Words]:
    """Own words for this step, else own words for all, else ours; English where there are none in the language.

    The language comes first: a Spanish reader gets our Spanish rather than the practice's English.
    """
    for spoken in dict.fromkeys((language, "en")):
        for step in dict.fromkeys((scope, 0)):
            if (written := own.get((key, step, channel, spoken))) is not None:
                return (written,)
        if (ours := defaults.get((channel, spoken))) is not None:
            return ours
    raise KeyError(f"no words for {key} on {channel}")
