"""How members stand on paper and on a phone that others may glance at."""

from groups.states import SheetNames


def sheet_name(first: str, last: str, how: str = SheetNames.FIRST_AND_INITIAL) -> str:
    """ "Ana P.", "Ana" or "Ana Pereira"."""
    if how == SheetNames.FULL:
        return f"{first} {last}".strip()
    if how == SheetNames.FIRST or not last:
        return first
    return f"{first} {last[0]}."


def told_apart(names: list[str]) -> list[str]:
    """Two Anas with the same initial get a number, by the order they stand in."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if names.count(name) == 1 else f"{name} ({seen[name]})")
    return out
