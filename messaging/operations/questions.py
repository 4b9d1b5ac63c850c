"""What a text from a number can be about: whose number it is, and which of our questions are still open there."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, QuerySet

from messaging import purposes, queries
from messaging.models import Message, WhichQuestion
from messaging.purposes import Topic
from messaging.rules.replies import Asked, Context
from messaging.rules.replies.codes import code_in, codes_for
from messaging.states import Asks, Closed, MessageState
from practice.states import Channel

# The client may answer before we have committed, or found out, that the carrier took it.
MAY_HAVE_ARRIVED = (
    MessageState.SENDING,
    MessageState.VERIFYING,
    MessageState.ACCEPTED,
    MessageState.DELIVERED,
)
# "A or B?" is about what was just said; later a letter alone would be a riddle.
WHICH_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Open:
    """One question still waiting, by the latest message that asks it."""

    message: Message
    topic: Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """questions: the soonest visit first. codes: of the clients on a shared number. which: an open "A or B?"."""

    questions: tuple[Open, ...]
    clients: frozenset[int]
    codes: dict[int, str]
    which: WhichQuestion | None
    opted_out: bool
    language: str

    def names_somebody(self, text: str) -> bool:
        """Whether the text carries one of the number's codes."""
        return code_in(text) in self.codes.values()

    def meant_by(self, text: str) -> tuple[Open, ...]:
        """All of them; on a shared number those of the client whose code the text carries, if it carries one."""
        code = code_in(text) if self.codes else ""
        whose = {client for client, theirs in self.codes.items() if theirs == code}
        return (
            tuple(one for one in self.questions if one.message.client_id in whose)
            if whose
            else self.questions
        )

    def context(self, meant: tuple[Open, ...]) -> Context:
        """As the rules want it, of the questions the text may mean."""
        whose = {one.message.client_id for one in meant}
        sole = meant[0] if len(meant) == 1 else None
        return Context(
            asks=self._asks(meant),
            visits=len(meant),
            clients_on_number=len(self.clients),
            code=self.codes.get(whose.pop() or 0) if len(whose) == 1 else None,
            inside_notice=any(one.topic.inside_notice for one in meant),
            previous="C" if sole and sole.topic.asked_again else None,
            opted_out=self.opted_out,
            language=self.language,
        )

    def _asks(self, meant: tuple[Open, ...]) -> Asked | None:
        """None as well when different things are asked at once: a letter alone would answer either."""
        if self.which is not None:
            return Asked.WHICH
        asked = {one.message.asks for one in meant}
        return Asked(asked.pop()) if len(asked) == 1 else None

    def whose(self, meant: tuple[Open, ...]) -> int | None:
        """The client the text is from, where that is beyond doubt."""
        asked = {one.message.client_id for one in meant}
        if len(asked) == 1 and len(meant) >= 1 and (not self.codes or len(self.clients) == 1):
            return asked.pop()
        return next(iter(self.clients)) if len(self.clients) == 1 else None


def standing(address: str, now: datetime) -> Standing:
    owners = queries.clients_among(queries.owners_of(address))
    return Standing(
        questions=open_questions(address, now),
        clients=frozenset(owners),
        codes=codes_for(owners),
        which=_open_which(address, now),
        opted_out=queries.is_suppressed(Channel.SMS, address, reason=Closed.OPTED_OUT),
        language=queries.language_of_clients(owners),
    )


def open_questions(address: str, now: datetime) -> tuple[Open, ...]:
    """Two reminders for one visit are one question; the soonest visit first."""
    by_purpose: dict[str, list[Message]] = defaultdict(list)
    for message in _asking(address, now).exclude(asks=Asks.WHICH).order_by("created_at", "id"):
        by_purpose[message.purpose].append(message)
    latest: dict[Hashable, Open] = {}
    for name, messages in by_purpose.items():
        for one in _with_topics(name, messages, now):
            latest[name.partition(".")[0], one.message.client_id, one.topic.about] = one
    return tuple(sorted(latest.values(), key=_soonest))


def _soonest(one: Open) -> tuple[float, int]:
    return (one.topic.starts_at.timestamp() if one.topic.starts_at else 0.0, one.message.pk)


def _asking(address: str, now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(
        address=address, channel=Channel.SMS, state__in=MAY_HAVE_ARRIVED, answer_until__gt=now
    ).exclude(asks="")


def _with_topics(name: str, messages: list[Message], now: datetime) -> Iterable[Open]:
    """In the order given, so that the latest of a topic is the last."""
    purpose = purposes.get(name)
    if purpose is None or purpose.topics is None:
        return [Open(message, Topic(about=(name, message.subject))) for message in messages]
    topics = purpose.topics([message.subject for message in messages], now)
    return [Open(one, topics[one.subject]) for one in messages if one.subject in topics]


def _open_which(address: str, now: datetime) -> WhichQuestion | None:
    """Only while nothing newer has been asked there: one open question at a time."""
    # By when it was asked: a question written down earlier may have waited for its window.
    asked = _asking(address, now).annotate(asked_at=Max("attempts__started_at"))
    last = asked.order_by(F("asked_at").desc(nulls_last=True), "-id").first()
    if last is None or last.asks != Asks.WHICH:
        return None
    return WhichQuestion.objects.filter(inbound=last.subject, answered_at=None).first()
