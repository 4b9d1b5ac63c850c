"""How many examples a property test tries: what its file says, ten times that with `--hypothesis-profile=nightly`."""

from hypothesis import settings

USUAL, NIGHTLY = 2_000, 20_000


def examples(usual: int) -> int:
    return usual * NIGHTLY // USUAL if settings.default.max_examples >= NIGHTLY else usual
