"""The day the demo opens on, modelled on the picture of the calendar: what the morning looks like at ten."""

from dataclasses import dataclass

DONE, IN_SESSION, HERE, MISSED = "done", "in_session", "here", "missed"
CONFIRMED, EXPECTED, HELD = "confirmed", "expected", "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    provider: str
    minute: int
    kind: str
    clients: tuple[str, ...]
    state: str
    weekly: bool = False
    title: str = ""
    minutes: int = 0  # 0 for the type's own length


def _at(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _row(provider: str, clock: str, kind: str, who: str, state: str, **more) -> Row:
    clients = tuple(who.split("|")) if who else ()
    return Row(provider=provider, minute=_at(clock), kind=kind, clients=clients, state=state, **more)


GROUP = "Anxiety skills group"
MEMBERS = "Bea Moss|Carl Reed|Dina Hart|Eli Snow|Faye Hunt|Gus Perry"

TODAY = [
    _row("Smith", "8:30", "Follow-up", "Olivia Brooks", DONE, weekly=True),
    _row("Smith", "9:45", "Follow-up", "Ethan Cole", MISSED, weekly=True),
    _row("Smith", "11:00", "Intake", "Lena Fox", CONFIRMED),
    _row("Smith", "13:30", "Follow-up", "Marcus Hill", CONFIRMED, weekly=True),
    _row("Smith", "15:00", "Couples", "Ruth Abrams|Dan Abrams", EXPECTED, title="Ruth & Dan Abrams"),
    _row("Lee", "8:00", "Follow-up", "Noah Kim", DONE, weekly=True),
    _row("Lee", "9:15", GROUP, MEMBERS, IN_SESSION, weekly=True, title=GROUP),
    _row("Lee", "12:30", "Follow-up", "", HELD, title="waitlist"),
    _row("Lee", "14:00", "Follow-up", "Sofia Diaz", CONFIRMED, weekly=True),
    _row("Ruiz", "9:00", "Medication", "Paul Grant", DONE),
    _row("Ruiz", "9:30", "Medication", "Amy Stone", DONE),
    _row("Ruiz", "10:00", "Medication", "Leo Park", HERE),
    _row("Ruiz", "10:30", "Medication", "Nina West", CONFIRMED),
    _row("Ruiz", "13:00", "Evaluation", "Gabe Moore", EXPECTED),
    _row("Ruiz", "14:30", "Medication", "Hana Sato", CONFIRMED),
    _row("Nair", "10:15", "Follow-up", "Jade Rivers", HERE, weekly=True),
    _row(
        "Nair",
        "11:30",
        "Family",
        "Ada Okafor|Chidi Okafor",
        CONFIRMED,
        weekly=True,
        title="The Okafor family",
    ),
    _row("Nair", "15:00", "Follow-up", "Cal Winters", EXPECTED),
    _row("Becker", "8:30", "Follow-up", "Ben Archer", DONE, weekly=True),
    _row("Becker", "13:00", "Follow-up", "Zoe Lane", CONFIRMED, weekly=True),
    _row("Becker", "14:15", "Follow-up", "Mia Frost", EXPECTED),
]
# (provider, from, until, words): hours of the day nobody can be booked into.
ABSENCES = [
    ("Lee", 11.0, 12.5, "Supervision"),
    ("Becker", 9.75, 13.0, "Time off"),
]
