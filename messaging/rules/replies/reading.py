"""From the words to one meaning. What may change a visit must be all there is to it; anything beside it is doubt."""

import re

from messaging.rules.replies import changing as c
from messaging.rules.replies import meaning as m
from messaging.rules.replies.cleaning import NO_MARK, YES_MARK, Said
from messaging.rules.replies.meaning import Meaning
from messaging.rules.replies.spelling import corrected

# A word that means something is nobody's name.
NO_NAMES = (
    m.YES,
    m.NO_FIRST,
    m.DAY,
    c.WAY,
    c.CANCEL_TALK,
    c.MOVE,
    m.BUT,
    m.UNSURE,
    c.LATE,
    m.NOT_ATTENDS,
    m.FILLER,
    c.OTHER_THING,
)
EXACT = {
    "yes": frozenset(("y", "yes", "1", YES_MARK, "si", "confirm", "confirmed", "confirmo", "i confirm")),
    "cancel": frozenset(("c", "2")),
    "no": frozenset(("n", "no", NO_MARK)),
    "move": frozenset(("r", "reschedule", "move", "reprogramar", "cambiar")),
}
ASSENTS = frozenset(("yes", "si", "ok", "sure", YES_MARK, "claro"))
CHOOSING = re.compile(
    r"^(?:i mean|i meant|i choose|i pick|i want|ill take|ill do|lets do|go with|id like|i prefer|prefer|quiero"
    r"|escojo|elijo)\s|\s?yesmark$",
)
NICE = "great|good|nice|blessed|wonderful|lovely|beautiful|fantastic|amazing"
# A single letter or word means one thing in one language only.
LETTERS = {"es": {"s": "si"}, "en": {"ya": "yes"}}
SAYINGS = (
    (re.compile(r"\bc (you|u|ya)\b"), r"see \1"),
    (re.compile(r"\b(?:eye|i) (?:will|wil|ll)\b"), "i will"),
    (re.compile(r"^eye\b"), "i"),
    (re.compile(r"\b(need|needs|want|have|going|got|like|able|trying) 2\b"), r"\1 to"),
    (re.compile(r"\bthanks (?:you|u)\b"), "thanks"),
    (re.compile(r"\bb (there|here)\b"), r"be \1"),
    (re.compile(r"\bcan not\b"), "cant"),
    (re.compile(r"\bcan t\b"), "cant"),
    (re.compile(r"\bwon t\b"), "wont"),
    (re.compile(r"\bdon t\b"), "dont"),
    (re.compile(r"\bi ll\b"), "ill"),
    (re.compile(r"\bi m\b"), "im"),
    (re.compile(r"\bre schedule\b"), "reschedule"),
    (re.compile(r"\b(?:hay|ai|ay|aya|alla|alli|ahy|hai) estar(e|emos|a|an)\b"), r"ahi estar\1"),
    (
        re.compile(
            r"\b(?:telehealth|video|virtual|zoom|phone|online|in person) (appointment|session|visit|call)\b"
        ),
        r"\1",
    ),
    (re.compile(r"\bthanks but no\b"), "no"),
    (re.compile(r"\bbut (thanks|thank you)\b"), r"\1"),
    (re.compile(r"\bno (?:problem|prob|worries|doubt)\b"), ""),
    (re.compile(r"\bwhy not\b|\bhell yes\b"), "yes"),
    (re.compile(r"\bas soon as possible\b"), ""),
    (re.compile(r"\b(cant|wont|not|able to) (?:cone|com|vome|cme)\b"), r"\1 come"),
    (
        re.compile(
            rf"\bhave an? (?:{NICE}) (?:day|one|night|weekend|evening|afternoon|week|rest of your day)\b"
        ),
        "",
    ),
    (re.compile(r"\b(?:ok|oki|okie|okey) ?dok(?:e|ey|ie|i|y)\b"), "ok"),
    (re.compile(r"^(?:capital|letter|the letter|a capital|la letra) ([ycnrsabxv12])$"), r"\1"),
    (re.compile(r"\bgood (?:morning|afternoon|evening)\b"), "hello"),
    (
        re.compile(
            r"\b(?:take|remove|scratch) (?:me|us|my name) (?:off|from|out of) (?:(?:of )?(?:the|your) (?:schedule"
            rf"|calendar|book)s?|(?=(?:for )?{m.DAYS}\b))"
        ),
        "cancel it ",
    ),
)
SAFE_QUESTION = re.compile(r"\b(?:is (?:that|this|it) (?:ok|alright|all right|cool|fine)|esta bien|ok)$")
ABSENT = (c.NOT_COMING, c.NOT_COMING_ES, c.NO_LONGER)
POLITE_REQUEST = re.compile(
    r"\b(?:can|could|would|will) (?:you|we|u)(?: guys)?(?: please)?(?: just)? cancel|\b(?<!se )(?:puede[ns]?"
    r"|podria[ns]?|me puede)(?: por favor)? (?:cancel|anul)",
)
LATE_CANT = re.compile(
    r"\b(?:cant|wont|not|no) .*\b(?:on time|in time|a tiempo|a la hora|before|until|till|antes de|hasta las)\b",
)


def corrected_words(said: Said) -> str:
    words = corrected(_unsigned(said))
    for saying, meant in SAYINGS:
        words = saying.sub(meant, words)
    return " ".join(words.split())


def _unsigned(said: Said) -> str:
    """Without a name put under it, when it can be nothing but a name."""
    words, name = said.words.replace(said.intro, "").strip() if said.intro else said.words, said.signed
    if not name or any(pattern.search(corrected(name)) for pattern in NO_NAMES):
        return words or said.words
    return words.removesuffix(name).strip() or words or said.words


def core_of(words: str) -> str:
    """Without courtesies at either end; the words themselves when they are nothing else."""
    inner = re.sub(rf"^(?:{m.FILLER.pattern}\s?)+|(?:\s?{m.FILLER.pattern})+$", "", words).strip()
    return inner or words


def read(said: Said, language: str = "en") -> Meaning:
    """kind is empty for whatever a person had better read."""
    words = corrected_words(said)
    core = core_of(words)
    core = LETTERS.get(language, {}).get(core, core)
    if (named := _named(core, language)) is not None:
        return Meaning() if said.is_question else named
    for kind, forms in EXACT.items():
        if core in forms:
            is_doubt = said.is_question and kind != "move"
            return Meaning() if is_doubt else Meaning(kind=kind, exact=True)
    return Meaning(kind=_sentence(words, said))


def _named(core: str, language: str) -> Meaning | None:
    """A letter or a number chosen: "B", "Y4", "yes 4", "Y A"."""
    chosen = CHOOSING.sub("", core)
    for letter, forms in m.CHOICE.items():
        if chosen in forms:
            return Meaning(kind="which", letter=letter)
    if (found := m.LETTER.match(core)) is not None:
        return Meaning(kind="which", letter=found["letter"])
    counted = " ".join(m.NUMBERS.get(word, word) for word in core.split())
    coded = re.findall(r"\b(?:y|c|n|r)\d{1,2}\b", counted)
    if len(set(coded)) > 1:
        return Meaning()
    found = m.CODED.match(counted) or m.CODED_BACK.match(counted)
    if found is None and coded:
        rest = re.sub(r"\b(y|c|n|r)(\d{1,2})\b", r"\1", counted)
        return _with_code(read(_bare(rest), language), coded[0][1:])
    return _with_code(read(_bare(found["letter"]), language), found["code"]) if found is not None else None


def _bare(words: str) -> Said:
    alone = (words,)
    return Said(
        words=words,
        clauses=alone,
        sentences=alone,
        is_question=False,
        full=words,
        masked=words,
        signed="",
        intro="",
    )


def _with_code(read_as: Meaning, code: str) -> Meaning:
    return Meaning(kind=read_as.kind, exact=read_as.exact, code=code)


def _sentence(words: str, said: Said) -> str:
    """The first that applies speaks: another time before a cancellation, doubt before a yes."""
    if c.WAY.search(words):
        return ""
    if _wants_other(words) or _names_a_time(said):
        return _moving(words)
    if _asks_to_cancel(words, said) or c.NOT_CANCEL.search(words):
        return _cancelling(words, said)
    if c.TOLD_CANCEL.search(words):
        return ""
    return _staying(words, said)


def _names_a_time(said: Said) -> bool:
    return said.is_question and any(c.ONLY_TIME.fullmatch(one) for one in said.clauses)


def _staying(words: str, said: Said) -> str:
    is_negative = not LATE_CANT.search(words) and _is_negative(words, said)
    if is_negative and (c.DONT_WANT.search(words) or not c.LATE.search(words)):
        return "unsettled"
    is_late = LATE_CANT.search(words) or c.LATE.search(words)
    return "yes" if not is_late and _is_yes(words, said) else ""


def _moving(words: str) -> str:
    """They come, and speak of another visit: a person sorts that out."""
    if m.OTHER_VISIT.search(words) and m.ATTENDS.search(m.NOT_ATTENDS.sub("", words)):
        return ""
    return "move"


def _asks_to_cancel(words: str, said: Said) -> bool:
    clauses = [*said.clauses, said.words]
    fixed = [corrected_words(_bare(clause)) for clause in clauses]
    asked = any(c.CANCEL_IT.search(clause) or c.NEEDS_CANCEL.search(clause) for clause in fixed)
    return (
        asked
        or bool(c.CANCEL_ES.search(words))
        or any(pattern.search(one) for one in (words, *fixed) for pattern in ABSENT)
        or bool(POLITE_REQUEST.search(words))
    )


def _cancelling(words: str, said: Said) -> str:
    left = words
    for pattern in (c.NOT_COMING, c.NOT_COMING_ES, m.NOT_ATTENDS, c.NO_LONGER):
        left = pattern.sub(" ", left)
    if c.NOT_CANCEL.search(words):
        return "yes" if _stays(words, said) else ""
    if c.OTHER_THING.search(words) or (m.BUT.search(left) and c.SOMEBODY_CAN.search(left)):
        return ""
    if m.ATTENDS.search(left) or m.CONDITION.search(words):
        return ""
    if m.UNSURE.search(words) or _is_open_question(words, said):
        return "unsettled"
    return "yes_cancel" if m.YES_FIRST.match(words) else "cancel"


def _is_open_question(words: str, said: Said) -> bool:
    return said.is_question and not (POLITE_REQUEST.search(words) or SAFE_QUESTION.search(words))


def _stays(words: str, said: Said) -> bool:
    """ "Please don't cancel, I'll be there": the second half says it."""
    return bool(m.ATTENDS.search(words)) and _is_yes(c.NOT_CANCEL.sub(" ", words).strip(), said)


def _is_negative(words: str, said: Said) -> bool:
    positive = m.ATTENDS.search(m.NOT_ATTENDS.sub(" ", words)) or m.YES_FIRST.match(words)
    if positive or c.NOT_CANCEL.search(words) or c.AWAY.search(words):
        return False
    if m.CONDITION.match(words) or (said.is_question and m.CONDITION.search(words)):
        return False  # "do I pay if I cancel?"
    if c.DONT_WANT.search(words):
        return not m.NOT_SURE.search(words)
    if m.NO.match(core_of(words)) or c.CANT_THEN.search(words):
        return not m.UNSURE.search(words)
    says_no = bool(said.clauses) and m.NO.match(said.clauses[0]) is not None
    return bool(
        m.NO_FIRST.match(words) and (says_no or not m.NO_IDIOM.match(words)) and not m.ASSENT.search(words)
    )


def _is_yes(words: str, said: Said) -> bool:
    """Every word is a yes, a courtesy, a day, or somebody's name at the end."""
    if said.is_question or m.UNSURE.search(words) or m.BUT.search(words):
        return False
    if m.NOT_ATTENDS.search(words) or m.NO_FIRST.match(words) or c.CANCEL_TALK.search(words):
        return False
    if not m.YES.search(words):
        return False
    left = words
    for pattern in (m.YES, m.DAY, m.YES, m.FILLER, m.AROUND_YES):
        left = pattern.sub(" ", left)
    return not left.split()


def is_mere_assent(said: Said) -> bool:
    core = core_of(corrected_words(said))
    return core in ASSENTS or not (m.ATTENDS.search(core) or core in EXACT["yes"])


def wants_offer(said: Said) -> str:
    """yes, no, or empty: an offered time is taken or left as it is; whoever wants another writes to a person."""
    words = corrected_words(said)
    core = core_of(words)
    for kind, as_answer in (("yes", "yes"), ("no", "no"), ("cancel", "no")):
        if core in EXACT[kind]:
            return "" if said.is_question else as_answer
    if said.is_question or m.UNSURE.search(words) or c.WAY.search(words):
        return ""
    left = words
    for pattern in (m.OFFER_NO, c.NOT_COMING, c.NOT_COMING_ES):
        left = pattern.sub(" ", left)
    says_no = any(m.NO.match(clause) for clause in said.clauses) or words.endswith(
        ("no thanks", "no gracias")
    )
    if left != words or says_no or (m.NO_FIRST.match(words) and not m.NO_IDIOM.match(words)):
        return "" if _has_yes(left) or m.BUT.search(words) or _wants_other(left) else "no"
    return "yes" if _takes(words) and not _wants_other(m.OFFER_YES.sub(" ", words)) else ""


def _has_yes(words: str) -> bool:
    return bool(
        m.YES_FIRST.match(words.strip())
        or (m.OFFER_YES.search(words) and not m.NO_FIRST.match(words.strip()))
    )


def _wants_other(words: str) -> bool:
    return bool(c.MOVE.search(words)) and not c.NOT_MOVE.search(words)


def _takes(words: str) -> bool:
    if (
        m.BUT.search(words)
        or m.NOT_ATTENDS.search(words)
        or m.NO_FIRST.match(words)
        or c.CANCEL_TALK.search(words)
    ):
        return False
    if not (m.OFFER_YES.search(words) or m.YES.search(words)):
        return False
    left = words
    for pattern in (m.OFFER_YES, m.YES, m.DAY, m.FILLER, m.AROUND_YES, m.YES):
        left = pattern.sub(" ", left)
    return not left.split()
