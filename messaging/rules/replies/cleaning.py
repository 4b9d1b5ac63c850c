"""From what arrived to what was typed: quotes, signatures, emoji, accents and dictated marks."""

import re
import unicodedata
from dataclasses import dataclass

from messaging.rules.replies.spelling import unmasked

YES_MARK, NO_MARK = "yesmark", "nomark"
MARKS = {
    **dict.fromkeys("👍👌✅✔☑🆗💯🙆", YES_MARK),
    **dict.fromkeys("👎❌✖🚫🙅", NO_MARK),
    **dict.fromkeys("❓❔⁉¿", "?"),
    **dict.fromkeys("🔫", "gunmark"),
    **dict.fromkeys("🔪🗡", "knifemark"),
    **dict.fromkeys("💀☠", "skullmark"),
    **dict.fromkeys("💊", "pillmark"),
    **dict.fromkeys("⚰🪦", "gravemark"),
    **dict.fromkeys("🩸", "bloodmark"),
    **dict.fromkeys("😭😢😞😔🥺💔😣😩😿😓🖤", "sadmark"),
}
_MARK = re.compile("|".join(map(re.escape, MARKS)))

# "Liked “…”" is what an iPhone sends for a tap on our text; what it quotes is ours, not theirs.
TAPBACK = re.compile(
    r"^\s*(?P<how>liked|loved|emphasi[sz]ed|disliked|laughed at|questioned|reacted \S+ to|le gusto|le encanto"
    r"|le gustó|le encantó|me gusta|me encanta|no le gusto|no le gustó)\s*[:]?\s*[“”\"«].*$",
    re.IGNORECASE | re.DOTALL,
)
LIKES = re.compile(r"liked|loved|gust|encant|👍|❤|👌|✅", re.IGNORECASE)
DISLIKES = re.compile(r"disliked|no le gust|👎|❌", re.IGNORECASE)

# From here on it is somebody else's text, or the device's.
CUT = re.compile(
    r"(?:^|\n)\s*(?:-{2,}\s*(?:original message|forwarded message|mensaje original|mensaje reenviado).*"
    r"|on [^\n]{4,80} wrote:.*|el [^\n]{4,80} escribi[oó]:.*|from: .*|de: \S+@.*|fwd?: .*|_{5,}.*)",
    re.IGNORECASE | re.DOTALL,
)
SIGNATURE = re.compile(
    r"(?:^|\n|[.!?]\s|\s-+\s?|\s{2,}|\s)(?:sent (?:from|via|using|with|on) (?:my |the )?[^\n]{2,60}"
    r"|get outlook for [^\n]*"
    r"|enviado (?:desde|con|por) (?:mi |el )?[^\n]{2,60}|this (?:mobile )?text message (?:is"
    r"|was) brought to you by[^\n]*"
    r"|sprint\w* [^\n]*powered by[^\n]*|powered by [^\n]*|download \w+ (?:now|app)[^\n]*)\s*$",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"^\s*(?:(?:re|rv|fw)\s*:[^\n]*\n|\(?no subject\)?\s*|\(?sin asunto\)?\s*|frm:[^\n]*\s|subj:[^\n]*\s"
    r"|msg:\s*|text:\s*|\(?\d\s?/\s?\d\)\s*)+",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"(?:[-–—~,.!\n]|\b[Tt]his is|\b[Ii]t'?s|\b[Ff]or|\b[Ww]ith|\b[Pp]ara"
    r"|\b[Cc]on)\s*(?P<name>[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{1,20}(?:\s[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{0,20}\.?)?)[.!]?$",
)
INTRO = re.compile(
    r"(?<![Nn]o )\b(?:[Tt]his is|[Ii]t'?s|[Ss]oy|[Hh]abla|[Mm]y name is"
    r"|[Mm]e llamo)\s[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{1,20}(?:\s[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)?(?!')\b",
)
QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
QUOTED = re.compile(r"[“\"«][^“”\"«»]{25,}[”\"»]")
# Sentences only our own texts have; a forwarded reminder must not read as its reader's words.
OURS = re.compile(
    r"\breply\s+\W?[ycr]\w?\b|\by\w? (?:to )?confirm\b|stop to opt out|you have an appointment|: appointment \w{3} "
    r"|^\s*questions: [(\d+]|your appointments? (?:has|have|is|are)\b.*\b(?:moved|cancelled)\b.*\d"
    r"|\bresponda?\s+\W?[scr]\w?\b|\b(?:si|s|y)\w? para confirmar\b|tiene una cita|stop to (?:end|quit)",
    re.IGNORECASE,
)
CRISIS_LINE = re.compile(r"\b(?:988|911)\b")

APOSTROPHES = re.compile(r"['’‘ʼ`´′]")
DROPPED = re.compile(r"[\u0300-\u036f\ufe0e\ufe0f\u200b-\u200f\u2060\U0001f3fb-\U0001f3ff]")
DICTATED = re.compile(
    r"\b(?:exclamation (?:point|mark)|full stop|new (?:line|paragraph)|open quote|close quote|comma"
    r"|signos? de (?:exclamacion|admiracion)|(?<!en )(?<!a )punto(?= |$)(?! de)|(?<!en )(?<!un )coma"
    r"|(?<=yes )period|(?<=there )period|(?<=then )period|(?<=you )period|(?<=ok )period|(?<=it )period"
    r"|(?<=cancel )period|(?<=confirm )period|(?<=thanks )period|(?<=no )period|(?<=today )period"
    r"|(?<=tomorrow )period|(?<=come )period|(?<=please )period)\b"
)
DICTATED_QUESTION = re.compile(r"\b(?:question mark|signos? de interrogacion)\b")
STRETCHED = re.compile(r"([^\W\d])\1{2,}")
CLAUSE_END = re.compile(r"[.,;:!?\n()\[\]]+|\s[-–—]+\s")
SENTENCE_END = re.compile(r"[.!?\n]+")
SPELT_OUT = re.compile(r"\b\w(?: \w\b){2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """words: lower case, no marks, one space. clauses: the same, cut at marks; sentences: cut at full stops.

    full: with what they quoted. masked: full, with letters put back where digits and signs hid them.
    signed: capitalised words at the end. intro: "this is Jordan".
    """

    words: str
    clauses: tuple[str, ...]
    sentences: tuple[str, ...]
    is_question: bool
    full: str
    masked: str
    signed: str
    intro: str


def clean(text: str) -> Said:
    """`¡Sí, I can't!` gives words `si i cant` and clauses (`si`, `i cant`)."""
    own = own_words(text)
    folded = fold(own)
    whole = "" if TAPBACK.match(text) else fold(text)
    return Said(
        words=plain(folded),
        clauses=_parts(CLAUSE_END, folded),
        sentences=_parts(SENTENCE_END, folded),
        is_question="?" in folded,
        full=plain(whole),
        masked=plain(unmasked(whole)),
        signed=_signature(own),
        intro=_intro(own),
    )


def _parts(ends: re.Pattern[str], folded: str) -> tuple[str, ...]:
    return tuple(words for part in ends.split(folded) if (words := plain(part)))


def _signature(own: str) -> str:
    found = SIGNED.search(own.strip())
    return plain(fold(found["name"])) if found is not None else ""


def _intro(own: str) -> str:
    found = INTRO.search(own)
    return plain(fold(found[0])) if found is not None else ""


def own_words(text: str) -> str:
    """Without what they quote or forward of ours, and without what their phone adds."""
    if (tap := TAPBACK.match(text)) is not None:
        return _tapped(tap["how"])
    text = BEFORE.sub("", CUT.sub("\n", QUOTED_LINE.sub("", text)))
    text = QUOTED.sub(" ", SIGNATURE.sub("", text))
    if OURS.search(text) is None:
        return text
    sentences = re.split(r"(?<=[.!?\n])\s*", text)
    return " ".join(one for one in sentences if not (OURS.search(one) or CRISIS_LINE.search(one)))


def _tapped(how: str) -> str:
    if DISLIKES.search(how):
        return NO_MARK
    return YES_MARK if LIKES.search(how) else ""


def fold(text: str) -> str:
    """Small letters without accents; emoji that say something as words; marks still there."""
    spoken = _MARK.sub(lambda mark: f" {MARKS[mark[0]]} ", text.replace("#", " number "))
    # Decompose first as well: letters in fancy shapes become plain capitals only then.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", spoken).casefold())
    folded = APOSTROPHES.sub("", DROPPED.sub("", folded))
    return DICTATED_QUESTION.sub("?", folded)


def plain(folded: str) -> str:
    words = " ".join(re.sub(r"[^\w\s]|_", " ", folded).split())
    words = DICTATED.sub(" ", words) if " " in words else words
    words = SPELT_OUT.sub(lambda run: run[0].replace(" ", ""), words)
    return " ".join(STRETCHED.sub(r"\1", words).split()) if not words.isdecimal() else words
