"""When a carrier is taken out of service, and for how long. Source: dispatch-design, step 11."""

from collections.abc import Mapping

from messaging.rules.errors import Verdict

# These say that something is wrong with the carrier or our account there, not with one message or one number.
TROUBLE = frozenset({Verdict.NOT_SENT, Verdict.UNKNOWN, Verdict.CONFIGURATION})
MOST_CONFIGURATION_ERRORS = 5
# Below this many attempts a share says little.
LEAST_ATTEMPTS = 10
LONGEST_FACTOR = 10


def why_open(verdicts: Mapping[str, int]) -> str:
    """verdicts: how often each came in the last minute. Empty while the carrier is fit; else for staff."""
    if verdicts.get(Verdict.CONFIGURATION, 0) >= MOST_CONFIGURATION_ERRORS:
        return "It refuses our settings"
    failed, all_ = sum(verdicts.get(one, 0) for one in TROUBLE), sum(verdicts.values())
    return "More than half of the last minute failed" if all_ >= LEAST_ATTEMPTS and failed * 2 > all_ else ""


def pause_seconds(times: int, *, first: int) -> int:
    """Doubles each time the one message let through fails again; at most ten times `first`."""
    return first * min(2**times, LONGEST_FACTOR)
