"""The one hook upward: an app says in `ready()` what its messages mean, and messaging asks it at sending."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.links import Draft
from messaging.rules.invitations import Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """What is said. `links`: those in the words, which work from the moment it is sent.

    For email: `subject_line` (without one it is refused), `html` as a fragment, `invitation` for the calendar. The
    practice's head, and how to stop these mails, are put round it by the channel.
    compared: which set of words is being compared, and `variant` which of the two this is.
    """

    text: str
    subject_line: str = ""
    html: str = ""
    links: tuple[Draft, ...] = ()
    invitation: Invitation | None = None
    compared: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Say nothing, for ever. `reason` is read by staff on the visit's timeline; at most 80 characters."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Ask again at `at` (aware). Past the message's `useful_until` it expires instead."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a message asks about, and what has to be known to understand an answer.

    about: equal for messages that ask the same (an attendance id, say). label: the visit as a text may name it,
    when and no more. inside_notice: to cancel now is late. asked_again: it asks for a second C.
    """

    about: Hashable
    starts_at: datetime | None = None
    label: str = ""
    inside_notice: bool = False
    asked_again: bool = False


Decision = Send | Skip | Later
Decide = Callable[[list[int], datetime], dict[int, Decision]]
Promote = Callable[[datetime, int], int]
Topics = Callable[[list[int], datetime], dict[int, Topic]]
Ahead = Callable[[Collection[int], datetime, datetime], Iterable["Coming"]]
FallBack = Callable[[list[int], datetime], Collection[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Planned for this client or contact, not yet a Message. The lowest `drop_rank` matters most."""

    client_id: int
    contact_id: int | None
    due_at: datetime
    drop_rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """decide: only reads; runs in the sender's transaction. A subject it leaves out is skipped.

    promote: turns due plan rows into Messages set-wise, at most `limit`, and returns how many.
    topics: for messages that ask. Of these subjects, those still waiting for an answer, each with what it asks
    about: two messages about the same are one question, and the latest is answered.
    A visit that moved or ended is left out. Without it every subject is its own topic, so a second reminder for
    one visit would make a reply ambiguous.
    """

    name: str
    decide: Decide
    promote: Promote | None = None
    topics: Topics | None = None
    ahead: Ahead | None = None
    fall_back: FallBack | None = None


@dataclass(frozen=True, slots=True)
class TaskAct:
    """Where a task's work is done: a page of an app above."""

    label: str
    url: str


# (client, change) of each task, in; the act of those that have one, out.
TaskActs = Callable[[Mapping[int, tuple[int, UUID | None]]], Mapping[int, TaskAct]]

_task_acts: dict[str, TaskActs] = {}
_registered: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    """Raises ValueError when another purpose has that name. Registering the same one again is harmless."""
    if _registered.setdefault(purpose.name, purpose) != purpose:
        raise ValueError(f"purpose {purpose.name!r} is already registered")


def get(name: str) -> Purpose | None:
    """None for a row written by an app that is no longer installed."""
    return _registered.get(name)


def all() -> list[Purpose]:  # noqa: A001  reads as purposes.all()
    return list(_registered.values())


def register_task_acts(kind: str, acts: TaskActs) -> None:
    """`acts` is asked for all tasks of this kind on a page at once, and only reads."""
    if _task_acts.setdefault(kind, acts) != acts:
        raise ValueError(f"tasks of kind {kind!r} have their act already")


def task_acts(kind: str, tasks: Mapping[int, tuple[int, UUID | None]]) -> Mapping[int, TaskAct]:
    """{task: act} of tasks {id: (client, change)}."""
    acts = _task_acts.get(kind)
    return acts(tasks) if acts and tasks else {}
