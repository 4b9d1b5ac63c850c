"""How big a benchmark practice is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """weeks_back: how far back somebody was in care here, however many of their visits are loaded.

    Past visits are laid down newest first until there are `past_visits`, so a shorter past is the end of a longer
    one, and neither places, people nor the weeks ahead depend on it.
    """

    name: str
    providers: int
    clients: int
    past_visits: int
    weeks_back: int
    weeks_ahead: int = 12


SCALES = {
    scale.name: scale
    for scale in (
        Scale(name="small", providers=20, clients=2_000, past_visits=10_000, weeks_back=3 * 52),
        Scale(name="large", providers=50, clients=20_000, past_visits=1_000_000, weeks_back=17 * 52),
    )
}
