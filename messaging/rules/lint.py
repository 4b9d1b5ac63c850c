"""What is wrong with words before they are sent: what may never go out, what needs a second thought, what to know."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from core.refusals import Problem, Severity
from messaging.rules.segments import is_gsm, segments
from messaging.rules.wording import ALIASES, VARIABLES, known, names_in, stray_brackets

# A carrier takes no more in one text.
MOST_LETTERS = 1600
LONG_SUBJECT = 60

# Whole words that say why somebody comes. Source: messaging-facts, section 1: no diagnosis, service type or
# speciality where another may read it. English, then Spanish.
SENSITIVE = (
    "therap(?:y|ist|ies|eutic)", "psychotherap(?:y|ist)", "psychiatr(?:y|ist|ic)", "psycholog(?:y|ist|ical)",
    "counsel(?:l?ing|l?or)", "mental health", "behaviou?ral health", "diagnos(?:is|es|ed|tic)", "depress(?:ion|ed|ive)",
    "anxiety", "bipolar", "schizophreni\\w+", "ptsd", "adhd", "trauma", "addiction", "substance (?:use|abuse)",
    "rehab(?:ilitation)?", "detox", "eating disorder", "anorexi\\w+", "bulimi\\w+", "suicid\\w+", "self.harm",
    "medication", "prescription", "refill", "intake", "evaluation", "assessment", "treatment", "couples?", "marital",
    "group (?:session|meeting)", "session", "clinic(?:al|ian)?", "cbt", "dbt", "emdr", "lcsw", "lmft", "psyd",
    "terapia", "terapeuta", "psicoterap\\w+", "psiquiatr\\w+", "psic[oó]log\\w+", "salud mental",
    "diagn[oó]stic\\w+", "depresi[oó]n", "ansiedad", "adicci[oó]n", "medicaci[oó]n", "medicamento\\w*", "receta",
    "tratamiento", "sesi[oó]n", "cl[ií]nic\\w+", "consejer\\w+",
)  # fmt: skip
SENSITIVE_WORDS = re.compile(rf"(?<!\w)(?:{'|'.join(SENSITIVE)})(?!\w)", re.IGNORECASE)
# "Reply C to cancel" is fine; the word by itself, or as what is to be answered, is not.
_CANCEL = re.compile(r"\bCANCEL\b|\b(?i:reply|text|send|write|answer|responda|escriba)\W+(?i:cancel)\b")

# What people paste from a word processor, and what a text says instead.
REPLACEMENTS = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "`": "'", "\u00b4": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
    "\u2013": "-", "\u2014": "-", "\u2012": "-", "\u2015": "-", "\u2212": "-", "\u2022": "-",
    "\u2026": "...", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u200b": "", "\ufeff": "", "\t": " ",
    "\u00d7": "x", "\u2192": "->", "\u2122": "", "\u00ae": "", "\u00a9": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is looked at. `said`: the words as somebody would read them, variables filled."""

    text: str
    subject_line: str = ""
    channel: str
    said: str
    asks: bool = False
    names_practice: bool = True

    @property
    def is_text(self) -> bool:
        return self.channel == "sms"


def problems_with(written: Written) -> list[Problem]:
    """The worst first. A blocker is never saved, NEEDS_OVERRIDE only when somebody says so, a warning is told."""
    found = [
        *_variables(written.text, "body"),
        *_variables(written.subject_line, "subject_line"),
        *_opt_out_word(written),
        *_sensitive(written),
        *_missing(written),
        *_revealing(written),
        *_length(written),
        *_letters(written),
    ]
    order = list(Severity)
    return sorted(found, key=lambda problem: order.index(problem.severity))


def _variables(text: str, field: str) -> Iterator[Problem]:
    for name in names_in(text):
        if known(name) is None:
            yield _problem("unknown_variable", Severity.BLOCKER, *_unknown(name), field=field)
    if stray_brackets(text):
        yield _problem(
            "stray_bracket",
            Severity.BLOCKER,
            "A curly bracket stands alone. They are only for variables, such as {date}.",
            field=field,
        )


def _unknown(name: str) -> tuple[str, str]:
    close = get_close_matches(name.strip().lower(), [*VARIABLES, *ALIASES], n=1)
    meant = f" Did you mean {{{close[0]}}}?" if close else ""
    known_ones = ", ".join(f"{{{one}}}" for one in (*VARIABLES, *ALIASES))
    return f"{{{name}}} is not a variable.{meant}", f"There are {known_ones}."


def _opt_out_word(written: Written) -> Iterator[Problem]:
    if written.is_text and _CANCEL.search(written.text):
        yield _problem(
            "carrier_word",
            Severity.BLOCKER,
            "Carriers take CANCEL for STOP: whoever answers it gets no more texts from you.",
            "Ask for C instead; {choices} does.",
        )


def _sensitive(written: Written) -> Iterator[Problem]:
    for text, field in ((written.text, "body"), (written.subject_line, "subject_line")):
        words = list(dict.fromkeys(match[0].lower() for match in SENSITIVE_WORDS.finditer(text)))
        if words:
            yield _problem(
                "sensitive",
                Severity.NEEDS_OVERRIDE,
                f"Others may read this, and it says why somebody comes: {', '.join(words)}.",
                "Say “appointment” instead.",
                field=field,
            )


def _missing(written: Written) -> Iterator[Problem]:
    used = {known(name) for name in names_in(written.text)}
    if written.names_practice and "practice" not in used:
        yield _problem(
            "no_practice", Severity.NEEDS_OVERRIDE, "It does not say who writes.", "Put {practice} in."
        )
    if written.names_practice and not used & {"phone", "questions", "call"}:
        yield _problem(
            "no_phone", Severity.NEEDS_OVERRIDE, "It has no number to call.", "Put {questions} or {phone} in."
        )
    if written.asks and not used & {"choices", "choices_short", "link", "call"}:
        yield _problem("no_choices", Severity.WARNING, "It does not say how to answer.", "Put {choices} in.")


def _revealing(written: Written) -> Iterator[Problem]:
    """Names and places are the practice's choice; where others may read them it is told once."""
    used = {known(name) for name in names_in(f"{written.text} {written.subject_line}")}
    shown = [name for name in ("client", "provider", "location") if name in used]
    if written.channel in ("sms", "voice") and shown:
        what = " and ".join(VARIABLES[name] for name in shown)
        yield _problem("revealing", Severity.WARNING, f"Whoever sees the phone reads {what}.")


def _length(written: Written) -> Iterator[Problem]:
    if written.is_text and len(written.said) > MOST_LETTERS:
        yield _problem("too_long", Severity.BLOCKER, f"A text may have {MOST_LETTERS} letters at most.")
    elif written.is_text and (parts := segments(written.said)) > 1:
        yield _problem("segments", Severity.WARNING, f"It is sent and paid as {parts} texts.")
    if len(written.subject_line) > LONG_SUBJECT:
        yield _problem(
            "long_subject", Severity.WARNING, "Phones cut so long a subject.", field="subject_line"
        )


def _letters(written: Written) -> Iterator[Problem]:
    """Named one by one: a curly apostrophe nobody can see doubles the bill."""
    odd = odd_letters(written.text) if written.is_text else []
    if odd:
        listed = ", ".join(f"{_name(letter)} (instead: {instead or 'nothing'})" for letter, instead in odd)
        yield _problem(
            "letters",
            Severity.WARNING,
            f"These letters leave room for 70 in a text instead of 160: {listed}.",
            "Have them replaced.",
        )


def odd_letters(text: str) -> list[tuple[str, str]]:
    """(letter, what a text says instead) for each that is outside GSM-7, once."""
    return [(letter, _instead(letter)) for letter in dict.fromkeys(text) if not is_gsm(letter)]


def replaced(text: str) -> str:
    return "".join(letter if is_gsm(letter) else _instead(letter) for letter in text)


def _instead(letter: str) -> str:
    if letter in REPLACEMENTS:
        return REPLACEMENTS[letter]
    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return plain if plain and is_gsm(plain) else ""


def _name(letter: str) -> str:
    shown = letter if letter.isprintable() and letter.strip() else f"U+{ord(letter):04X}"
    return f"{shown} {unicodedata.name(letter, 'unnamed').lower()}"


def _problem(
    code: str, severity: Severity, message: str, remedy: str = "", *, field: str = "body"
) -> Problem:
    return Problem(code=code, severity=severity, message=message, remedy=remedy, field=field)
