"""The number that follows the letter where several people share a phone: Y4.

Never 1 or 2, which mean yes and cancel. A client keeps theirs while others come and go, unless two would have the same.
"""

import re
from collections.abc import Iterable

from messaging.rules.replies.cleaning import clean
from messaging.rules.replies.meaning import NUMBERS

FIRST, LAST = 3, 9
CODED = re.compile(r"\b[a-z]+ ?(\d{1,2})\b|\b(\d{1,2}) ?(?:y|yes|c|n|no|r|si|ok)\b")


def codes_for(client_ids: Iterable[int]) -> dict[int, str]:
    """client id → code; empty when one person, or none, has the number to themselves."""
    ids = sorted(set(client_ids))
    if len(ids) < 2:
        return {}
    codes: dict[int, int] = {}
    for client_id in ids:
        code = FIRST + client_id % (LAST - FIRST + 1)
        while code in codes.values():
            code = code + 1 if code != LAST or len(codes) > LAST - FIRST else FIRST
        codes[client_id] = code
    return {client_id: str(code) for client_id, code in codes.items()}


def code_in(text: str) -> str:
    """The number a reply carries, or empty; whether it is anybody's code is another question."""
    words = " ".join(NUMBERS.get(word, word) for word in clean(text).words.split())
    found = CODED.search(words)
    return (found[1] or found[2]) if found is not None else ""
