"""How people keep their visits: the odds, without dice."""

from dataclasses import dataclass

EARLY_MINUTE, LATE_MINUTE = 9 * 60, 17 * 60
MONDAY, FRIDAY = 0, 4
WORST = 0.9


@dataclass(frozen=True, slots=True)
class Habit:
    """misses: how often they fail to come to an ordinary visit; answers: how often they confirm when asked."""

    misses: float
    cancels: float
    answers: float


def odds_of_missing(
    habit: Habit, *, minute: int, weekday: int, lead_days: int, confirmed: bool, video: bool
) -> float:
    """Early hours, Mondays, Fridays and bookings long ago are missed more; whoever confirmed comes."""
    odds = habit.misses * (0.55 if confirmed else 1.5)
    odds *= 1.7 if minute < EARLY_MINUTE else 1.25 if minute >= LATE_MINUTE else 1.0
    odds *= 1.2 if weekday in {MONDAY, FRIDAY} else 1.0
    odds *= 0.75 if video else 1.0
    return min(WORST, odds * lead_factor(lead_days))


def lead_factor(days: int) -> float:
    """From 0.8 for a visit booked the same week to 1.6 for one booked six weeks ahead or more."""
    return 0.8 + 0.8 * min(days, 42) / 42
