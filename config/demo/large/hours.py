"""A provider's week as values: the hours they keep and the places in them, free of overlaps by construction."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from config.demo.chance import Chance
from config.demo.plans import VIDEO

TALK, MEDICATION, EVALUATION, INTAKE = "Follow-up", "Medication", "Evaluation", "Intake"
COUPLES, FAMILY, GROUP, SUPERVISION = "Couples", "Family", "Anxiety skills group", "Supervision"
FIRST_VISITS = (INTAKE, EVALUATION)
OPENS, CLOSES = 8 * 60, 19 * 60
# name of the shape of a day → how often; mornings and afternoons let two providers share a room
SHAPES = ["full"] * 5 + ["mornings", "afternoons"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Hours without a break, cut into `steps` of equal length."""

    start: int
    steps: int


@dataclass(slots=True, kw_only=True)
class Day:
    """every: 1 each week, 2 every second one, in the weeks whose number leaves `phase`."""

    weekday: int
    halves: list[Half]
    every: int = 1
    phase: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a visit fits: a minute of a weekday and what it is for."""

    weekday: int
    minute: int
    kind: str
    every: int = 1
    phase: int = 0


@dataclass(slots=True, kw_only=True)
class Week:
    """step: minutes from one start to the next. wishes: kinds that are not the usual, each once a week."""

    step: int
    usual: str
    video_share: float
    days: list[Day] = field(default_factory=list)
    wishes: list[tuple[str, int]] = field(default_factory=list)  # (kind, steps it takes)


def days_of(chance: Chance, step: int) -> list[Day]:
    """Five, four or three days a week; now and then one that is kept every second week only."""
    weekdays = sorted(chance.sample(range(5), chance.choice((5, 5, 5, 4, 4, 3))))
    shape, begins = chance.choice(SHAPES), OPENS + 30 * chance.randrange(4)
    days = [Day(weekday=weekday, halves=_halves(chance, shape, begins, step)) for weekday in weekdays]
    if len(days) < 5 and chance.odds(0.4):
        days[-1].every, days[-1].phase = 2, chance.randrange(2)
    return days


def _halves(chance: Chance, shape: str, begins: int, step: int) -> list[Half]:
    length = 240 if step < 75 else 225
    if shape == "mornings":
        return [Half(start=OPENS, steps=300 // step)]
    if shape == "afternoons":
        return [Half(start=13 * 60 + 15 * chance.randrange(3), steps=300 // step)]
    pause = 30 + 15 * chance.randrange(2)
    first = Half(start=begins, steps=length // step)
    second = Half(start=begins + length + pause, steps=length // step + (step == 75))
    return [first, second] if second.start + second.steps * step <= CLOSES else [first]


def places_of(chance: Chance, week: Week) -> Iterator[Place]:
    """The wishes go to a part of the week with room for them; the usual fills the rest."""
    halves = [(day, half) for day in week.days for half in day.halves]
    granted: dict[int, list[tuple[str, int]]] = {n: [] for n in range(len(halves))}
    for kind, steps in week.wishes:
        weekly = [n for n, (day, _) in enumerate(halves) if day.every == 1]
        fitting = [n for n in weekly if _used(granted[n]) + steps <= halves[n][1].steps]
        if fitting:
            granted[chance.choice(fitting)].append((kind, steps))
    for n, (day, half) in enumerate(halves):
        yield from _laid_out(chance, week, day, half, granted[n])


def _used(granted: list[tuple[str, int]]) -> int:
    return sum(steps for _, steps in granted)


def _laid_out(
    chance: Chance, week: Week, day: Day, half: Half, granted: list[tuple[str, int]]
) -> Iterator[Place]:
    left = half.steps - _used(granted)
    video = [(VIDEO, 1) for _ in range(left) if chance.odds(week.video_share)]
    order = [*granted, *video, *[(week.usual, 1)] * (left - len(video))]
    chance.shuffle(order)
    minute = half.start
    for kind, steps in order:
        yield Place(weekday=day.weekday, minute=minute, kind=kind, every=day.every, phase=day.phase)
        minute += steps * week.step
