"""Everything is decided again, for a whole batch at once: in as many queries for one message as for fifty.

Each step looks at what the steps before have left, moves what may not go, and hands on the rest.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from messaging import purposes, queries
from messaging.models import Message, SendingPolicy
from messaging.operations import hello
from messaging.operations.budgeting import over_budget
from messaging.operations.capping import capped
from messaging.operations.moves import Moves
from messaging.purposes import Decision, Later, Send, Skip
from messaging.rules import windows
from messaging.states import MessageState
from practice.models import Practice

TOO_LATE = "No longer useful when its turn came"
OUTSIDE_HOURS = "Its hours for messages ended before it could go"
NO_HELLO = "Its number was new, and there was no time to say hello first"
NOT_SET_UP = "This channel is not set up"
NOBODY_KNOWS = "Nobody knows any more what this was about"
NOTHING_TO_SAY = "Nothing to say any more"

Wanted = dict[Message, Send]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What every step needs. `moves` collects what becomes of the messages that stay behind."""

    moves: Moves
    practice: Practice
    policy: SendingPolicy

    @property
    def now(self) -> datetime:
        return self.moves.now


def decide(messages: Iterable[Message], batch: Batch) -> Wanted:
    """What is to be said now, and in which words; in the order given."""
    wanted = _said(_still_useful(messages, batch), batch)
    for step in STEPS:
        wanted = step(wanted, batch) if wanted else wanted
    return wanted


def _still_useful(messages: Iterable[Message], batch: Batch) -> list[Message]:
    useful = []
    for message in messages:
        if batch.now < message.useful_until:
            useful.append(message)
        else:
            batch.moves.enter(message, MessageState.EXPIRED, reason=TOO_LATE)
    return useful


def _said(messages: list[Message], batch: Batch) -> Wanted:
    """The purposes speak first: "the visit was cancelled" tells staff more than "no consent"."""
    wanted: Wanted = {}
    decisions = _decisions(messages, batch.now)
    for message in messages:
        match decisions[message.purpose].get(message.subject, Skip(NOTHING_TO_SAY)):
            case Send() as send:
                wanted[message] = send
            case Skip(reason):
                batch.moves.enter(message, MessageState.SKIPPED, reason=reason or "Nothing to say")
            case Later(at):
                # At least a moment on, or a tick would claim the same row again and again.
                batch.moves.back_to_due(message, at=max(at, batch.now + timedelta(seconds=1)))
            case other:
                raise TypeError(f"{message.purpose} decided {type(other).__name__}")
    return wanted


def _decisions(messages: list[Message], now: datetime) -> dict[str, dict[int, Decision]]:
    subjects: dict[str, list[int]] = {}
    for message in messages:
        subjects.setdefault(message.purpose, []).append(message.subject)
    return {name: _ask(name, asked, now) for name, asked in subjects.items()}


def _ask(name: str, subjects: list[int], now: datetime) -> dict[int, Decision]:
    purpose = purposes.get(name)
    return purpose.decide(subjects, now) if purpose else dict.fromkeys(subjects, Skip(NOBODY_KNOWS))


def _set_up(wanted: Wanted, batch: Batch) -> Wanted:
    ready = queries.channels_set_up()
    return _skip(wanted, {m.pk: NOT_SET_UP for m in wanted if m.channel not in ready}, batch)


def _reachable(wanted: Wanted, batch: Batch) -> Wanted:
    return _skip(wanted, queries.refusals_for(wanted, batch.now, practice=batch.practice), batch)


def _greeted(wanted: Wanted, batch: Batch) -> Wanted:
    """A number that was typed by hand hears a neutral hello before it hears of a visit."""
    held = hello.not_yet(wanted, batch.now)
    for message in wanted:
        if message.pk in held:
            batch.moves.back_to_due(message, at=held[message.pk], too_late=NO_HELLO)
    return {message: send for message, send in wanted.items() if message.pk not in held}


def _in_their_windows(wanted: Wanted, batch: Batch) -> Wanted:
    """Checked once more here: a retry, a late worker or a moved client may have left it."""
    open_now: Wanted = {}
    for message, send in wanted.items():
        window, zone = (
            queries.window_of(message, batch.practice),
            queries.zone_of(message.client, batch.practice),
        )
        if (opens := windows.next_open(window, batch.now, zone)) <= batch.now:
            open_now[message] = send
        else:
            batch.moves.back_to_due(message, at=opens, too_late=OUTSIDE_HOURS)
    return open_now


def _under_the_caps(wanted: Wanted, batch: Batch) -> Wanted:
    over = capped(wanted, batch.now, policy=batch.policy, practice=batch.practice)
    return _skip(wanted, over, batch)


def _within_budget(wanted: Wanted, batch: Batch) -> Wanted:
    over = over_budget(wanted, batch.now, policy=batch.policy, practice=batch.practice)
    return _skip(wanted, over, batch)


def _skip(wanted: Wanted, reasons: Mapping[int, str], batch: Batch) -> Wanted:
    for message in wanted:
        if message.pk in reasons:
            batch.moves.enter(message, MessageState.SKIPPED, reason=reasons[message.pk])
    return {message: send for message, send in wanted.items() if message.pk not in reasons}


STEPS: tuple[Callable[[Wanted, Batch], Wanted], ...] = (
    _set_up,
    _reachable,
    _greeted,
    _in_their_windows,
    _under_the_caps,
    _within_budget,
)
