"""What a client's text means. Anything uncertain is INBOX: a person reads it, and no visit changes.

Whole phrases for what changes a visit ("please do not cancel" must not cancel); words anywhere for danger and for
"leave me alone", where missing one is worse than a false alarm. Source: REM-7, REM-16, Twilio's default keywords.
"""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    YES = "yes"
    CANCEL = "cancel"
    NO = "no"
    MOVE = "move"
    STOP = "stop"
    STOP_IN_WORDS = "stop_in_words"  # "stop texting me": an opt-out the carrier does not see
    CANCEL_WORD = (
        "cancel_word"  # the single word CANCEL: the carrier opts them out, perhaps they meant the visit
    )
    START = "start"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    CRISIS = "crisis"
    INBOX = "inbox"


# What reply_received may carry: the meanings that answer a question.
ANSWERS = frozenset({Meaning.YES, Meaning.CANCEL, Meaning.NO, Meaning.MOVE})
STOPS = frozenset({Meaning.STOP, Meaning.STOP_IN_WORDS, Meaning.CANCEL_WORD})
# Twilio itself lifts its block on these, so ours follows: YES confirms as well.
OPT_IN_WORDS = frozenset({"start", "unstop", "yes"})

WORDS: dict[Meaning, str] = {
    Meaning.STOP: "stop, stopall, stop all, unsubscribe, end, quit, revoke, optout, opt out, alto, parar, baja",
    Meaning.CANCEL_WORD: "cancel",
    Meaning.START: "start, unstop, optin, opt in",
    Meaning.HELP: "help, info, ayuda",
}
PHRASES: dict[Meaning, str] = {
    Meaning.YES: (
        "y, yes, yeah, yep, yup, 1, ok, okay, sure, confirm, confirmed, i confirm, yes i confirm, yes confirm, "
        "ill be there, i will be there, yes ill be there, see you then, see you there, "
        "si, s, claro, vale, confirmo, confirmar, confirmado, si confirmo, de acuerdo, ahi estare"
    ),
    Meaning.CANCEL: (
        "c, 2, cancel, cant come, i cant come, cannot come, i cannot come, cant make it, i cant make it, "
        "cannot make it, i cannot make it, cant make it today, wont make it, i wont make it, need to cancel, "
        "i need to cancel, i have to cancel, cancel it, cancel appointment, cancel my appointment, "
        "no puedo ir, no puedo asistir, no podre ir, no podre asistir, cancelar, cancelar cita, "
        "cancelar mi cita, quiero cancelar, necesito cancelar, tengo que cancelar"
    ),
    Meaning.NO: "n, no, nope, nah",
    Meaning.MOVE: (
        "r, reschedule, move, i need to reschedule, need to reschedule, can i reschedule, can we reschedule, "
        "reschedule my appointment, cambiar, cambiar cita, cambiar mi cita, reprogramar, reprogramar mi cita"
    ),
    Meaning.WRONG_NUMBER: (
        "who is this, whos this, who dis, who are you, not my number, numero equivocado, quien es, quien eres"
    ),
    Meaning.CRISIS: "help me, ayudame, i need help now, sos",
}
CRISIS = re.compile(
    r"\b(?:suicid|kms\b|unalive|overdos|self ?harm|sobredosis|matarme|suicidarme|lastimarme"
    r"|(?:kill|killing|hurt|hurting|harm|harming|hang|hanging|shoot|shooting|cut|cutting|stab|drown) my ?self"
    r"|(?:want|wants|wanted|wanna|going|ready|rather|wish i could) (?:to )?(?:just )?(?:die|be dead)\b"
    r"|wish i (?:was|were) dead|better off (?:dead|without me)|gonna die|want it (?:all )?to (?:end|be over)"
    r"|(?:end|ending|take|taking) (?:my|my own) life|end it all|end(?:ing)? things tonight|nothing to live for"
    r"|(?:no reason|dont want|do not want|cant bear) to (?:live|be alive|go on|exist|wake up|be here anymore)"
    r"|(?:cant|cannot) (?:go on|do this any ?more|take it any ?more)|not safe (?:with|at|from)|im not safe"
    r"|(?:kill|hurt) (?:him|her|them|somebody|someone)\b|(?:going to|gonna|will) kill me"
    r"|quiero morir|me quiero morir|quisiera morir|ganas de (?:morir|vivir)|no quiero (?:vivir|seguir vivi)"
    r"|quitarme la vida|(?:acabar|terminar) con (?:mi vida|todo)|hacerme dano|cortarme|me voy a matar|me mato"
    r"|no puedo (?:mas|seguir asi)|estaria mejor muert|mejor sin mi|ya no quiero (?:vivir|estar aqui)|va a matarme)"
)
STOP_ANYWHERE = re.compile(
    r"\b(?:stop (?:texting|messaging|contacting|sending|calling)|(?:do not|dont|never) (?:text|message|contact) me"
    r"|no more (?:texts|messages)|(?:remove|unsubscribe) me|take me off|(?:leave me alone)"
    r"|no me (?:escriba|manden?|envien?|contacte)|dejen? de (?:escribir|mandar|enviar|molestar))"
)
WRONG_ANYWHERE = re.compile(r"\b(?:wrong (?:number|person)|numero equivocado|have the wrong)\b")
POLITE = re.compile(
    r"^(?:hi|hello|hey|hola|please|por favor|sorry|perdon)\b ?"
    r"| ?\b(?:please|pls|thanks|thank you|thx|gracias|por favor|sorry|lo siento)$"
)


def _table(words: dict[Meaning, str]) -> dict[str, Meaning]:
    return {phrase: meaning for meaning, line in words.items() for phrase in line.split(", ")}


_WORDS, _PHRASES = _table(WORDS), _table(PHRASES)


def normalise(text: str) -> str:
    """Lower case, no accents, no apostrophes, every other mark a space: `¡Sí, I can't!` gives `si i cant`."""
    # Decompose first as well: letters in fancy shapes become plain capitals only then.
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", folded)
    plain = re.sub(r"[\u0300-\u036f'’ʼ`´]", "", plain)
    return " ".join(re.sub(r"[^\w\s]|_", " ", plain).split())


def without_courtesies(words: str) -> str:
    while (shorter := POLITE.sub("", words).strip()) != words and shorter:
        words = shorter
    return words


def classify(text: str, *, opt_out_type: str = "") -> Meaning:
    """opt_out_type: Twilio's own finding (STOP, START, HELP), when Advanced Opt-Out is on; danger still goes first."""
    words = normalise(text)
    core = without_courtesies(words)
    if CRISIS.search(words) or _PHRASES.get(core) is Meaning.CRISIS:
        return Meaning.CRISIS
    if opt_out_type.upper() in ("STOP", "START", "HELP") and words not in ("cancel", "yes"):
        return Meaning(opt_out_type.lower())
    if (found := _WORDS.get(words)) is not None:
        return found
    if STOP_ANYWHERE.search(words):
        return Meaning.STOP_IN_WORDS
    if WRONG_ANYWHERE.search(words):
        return Meaning.WRONG_NUMBER
    return _PHRASES.get(core, Meaning.INBOX)


def opts_in(text: str) -> bool:
    return normalise(text) in OPT_IN_WORDS
