"""How many parts a text is billed and throttled as. Source: 3GPP 23.038; figures checked in messaging-facts."""

import math

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[]~|€\f")  # an escape before each: two septets


GSM = GSM_BASIC | GSM_EXTENDED


def is_gsm(text: str) -> bool:
    return GSM.issuperset(text)


def segments(text: str) -> int:
    """At least 1. One character outside GSM-7 makes the whole text UCS-2; an emoji is two of its units."""
    if is_gsm(text):
        extended = 0 if GSM_BASIC.issuperset(text) else sum(char in GSM_EXTENDED for char in text)
        return _parts(len(text) + extended, single=160, part=153)
    return _parts(len(text.encode("utf-16-be")) // 2, single=70, part=67)


def _parts(units: int, *, single: int, part: int) -> int:
    return 1 if units <= single else math.ceil(units / part)
