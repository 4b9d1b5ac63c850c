"""Is somebody in danger? Tuned to miss nothing; whatever it finds changes no visit. Source: REM-16.

Suicidal thoughts, self-harm, harm to others, overdose, abuse and danger, English and Spanish, however it is spelt.
"""

import re

from messaging.rules.replies.alarming import ALONE, ALONE_ES
from messaging.rules.replies.cleaning import Said
from messaging.rules.replies.danger import DANGER, DANGER_ES
from messaging.rules.replies.everyday import EVERYDAY, EVERYDAY_ES
from messaging.rules.replies.spelling import corrected

K_FOR_QU = re.compile(r"\bk([ie])")


def is_crisis(said: Said) -> bool:
    told = {said.full, said.masked, said.words, *said.sentences}
    return any(_found(form) for words in told for form in _forms(words))


def _forms(words: str) -> tuple[str, ...]:
    """As typed; spelt right; and as those write Spanish who write k for qu."""
    spelt = corrected(words)
    return words, spelt, K_FOR_QU.sub(r"qu\1", spelt)


def _found(words: str) -> bool:
    left = EVERYDAY_ES.sub(" ~ ", EVERYDAY.sub(" ~ ", words))
    return any(pattern.search(left) for pattern in (DANGER, DANGER_ES, ALONE, ALONE_ES))


def is_spanish(said: Said) -> bool:
    """Found by the Spanish words and not by the English ones: the answer is Spanish too."""
    spelt = corrected(said.full)
    return DANGER_ES.search(spelt) is not None and DANGER.search(spelt) is None
