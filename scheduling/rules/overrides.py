"""What counts as a reason for going past a problem."""

LEAST = 3  # characters: "ok" tells nobody anything


def is_reason(text: str) -> bool:
    return len(text.strip()) >= LEAST
