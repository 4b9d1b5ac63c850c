"""How many examples a property test tries. `pytest --hypothesis-profile=ci` and `=nightly` ask for more."""

from hypothesis import settings

CI, NIGHTLY = 2_000, 20_000


def examples(usual: int, *, ci: int | None = None) -> int:
    """`usual` at a developer's desk, `ci` where every change is tried, ten times that at night."""
    asked = settings.default.max_examples
    if asked < CI:
        return usual
    return (ci or usual) * (NIGHTLY // CI if asked >= NIGHTLY else 1)
