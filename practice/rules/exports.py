"""Values for a spreadsheet."""

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: object) -> str:
    """Text a spreadsheet will not run as a formula: a risky first character gets an apostrophe before it.

    Source: OWASP, CSV Injection.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text
