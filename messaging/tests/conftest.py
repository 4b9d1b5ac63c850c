"""A carrier to send to, a purpose to send for, and somebody who may be reached. Wednesday, ten in the morning."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from core import clock
from messaging import purposes
from messaging.models import Message
from messaging.operations import dispatch
from messaging.purposes import Decision, Purpose, Send
from messaging.states import MessageClass
from messaging.tests.factories import ConsentFactory, MessageFactory
from messaging.tests.standin import ACCOUNT, SECRET, Server, Standin
from practice.models import Client
from practice.states import Channel
from practice.tests.factories import AddressFactory, ClientFactory, EmailFactory, PracticeFactory

MORNING = dt.datetime(2026, 11, 25, 15, tzinfo=dt.UTC)  # 10:00 in New York


@pytest.fixture
def carrier(settings) -> Iterator[Standin]:
    standin = Standin()
    server = Server(standin)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.TWILIO_API_BASE_URL, settings.TWILIO_ACCOUNT_SID = standin.url, ACCOUNT
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM_NUMBER = SECRET, "+12025550100"
    settings.PUBLIC_BASE_URL = "https://desk.example.org"
    yield standin
    standin.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class TestPurpose:
    """Says "Hello <subject>" unless told otherwise."""

    __test__ = False
    answers: dict[int, Decision] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    before_deciding: Callable[[], None] = lambda: None

    def decide(self, subjects: list[int], now: dt.datetime) -> dict[int, Decision]:
        self.before_deciding()
        self.asked += subjects
        return {one: self.answers.get(one, hello(one)) for one in subjects}


def hello(subject: int) -> Send:
    return Send(
        text=f"Hello {subject}", subject_line="A message from your practice", html=f"<p>Hello {subject}</p>"
    )


@pytest.fixture
def purpose(monkeypatch) -> TestPurpose:
    told = TestPurpose()
    monkeypatch.setitem(purposes._registered, "test", Purpose(name="test", decide=told.decide))
    return told


class Clock:
    """`moment.at` is now, and may be set; `moment.wait(seconds=…)` moves it on."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.at = MORNING

    @property
    def at(self) -> dt.datetime:
        return self._at

    @at.setter
    def at(self, moment: dt.datetime) -> None:
        self._stack.close()
        self._at = moment
        self._stack.enter_context(clock.frozen(moment))

    def wait(self, **span: float) -> dt.datetime:
        self.at += dt.timedelta(**span)
        return self.at

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def moment(carrier) -> Iterator[Clock]:
    """A clock the test moves; the stand-in's is the same."""
    moved = Clock()
    carrier.now = lambda: moved.at
    yield moved
    moved.close()


@pytest.fixture
def reachable(moment, practice) -> Callable[..., Client]:
    """A client who agreed to texts and email at safe addresses."""

    def make(**columns) -> Client:
        person = ClientFactory(**columns)
        phone = AddressFactory(client=person, safe_to_text=True)
        email = EmailFactory(client=person, safe_to_email=True)
        ConsentFactory(client=person, channel=Channel.SMS, address=phone.value)
        ConsentFactory(client=person, channel=Channel.EMAIL, address=email.value)
        return person

    return make


def address_of(person: Client, channel: str = Channel.SMS) -> str:
    kind = "phone" if channel == Channel.SMS else "email"
    return person.addresses.get(kind=kind).value


@pytest.fixture
def due(moment, purpose, reachable) -> Callable[..., Message]:
    """A message to somebody who may be reached, due now."""

    def make(**columns) -> Message:
        person = columns.pop("client", None) or reachable()
        channel = columns.setdefault("channel", Channel.SMS)
        columns.setdefault("address", "" if channel == Channel.PORTAL else address_of(person, channel))
        return MessageFactory(client=person, **columns)

    return make


@pytest.fixture
def practice(db):
    return PracticeFactory(phone="+12025550199")


def sent(message: Message) -> Message:
    dispatch.tick()
    message.refresh_from_db()
    return message


ANY_TIME = {"klass": MessageClass.ANSWER}
