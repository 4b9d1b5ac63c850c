"""kill -9 in mid-send: a real process, its own connection, and the carrier's ledger as the judge."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from core import clock
from messaging.models import StaffTask
from messaging.operations.answers import CRISIS
from messaging.states import AttemptState, MessageClass, MessageState
from messaging.tests.factories import InboundMessageFactory, MessageFactory
from messaging.tests.standin import ACCOUNT, SECRET
from practice.models import Practice
from practice.tests.factories import ClientFactory, PracticeFactory

# A busy machine must not make the worker give up by itself: that is another test.
LEASE, GRACE = 10, 2
MANAGE = Path(__file__).parents[2] / "manage.py"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(carrier) -> dict[str, str]:
    database = urlsplit(os.environ["DATABASE_URL"])
    return os.environ | {
        "DATABASE_URL": database._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DEBUG": "1",
        "REHEARSAL": "0",
        "TWILIO_API_BASE_URL": carrier.url,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": SECRET,
        "TWILIO_FROM_NUMBER": "+12025550100",
        "PUBLIC_BASE_URL": "https://desk.example.org",
        "MESSAGE_LEASE_SECONDS": str(LEASE),
        "MESSAGE_GRACE_SECONDS": str(GRACE),
        "PYTHONWARNINGS": "ignore",
    }


@pytest.fixture
def worker(environment):
    running = []

    def start() -> subprocess.Popen:
        command = [sys.executable, str(MANAGE), "dispatch", "--once", "--json"]
        running.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def messages():
    PracticeFactory()
    person = ClientFactory()
    numbers = [f"+1202555{n:04}" for n in range(5)]
    subjects = [_inbound(number) for number in numbers]
    common = {"client": person, "purpose": CRISIS, "klass": MessageClass.CRISIS}
    return [
        MessageFactory(subject=subject, address=number, **common)
        for subject, number in zip(subjects, numbers, strict=True)
    ]


def run_until_done(worker, messages, seconds=180):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        process = worker()
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        for message in messages:
            message.refresh_from_db()
        if all(message.state == MessageState.ACCEPTED for message in messages):
            return json.loads(output.splitlines()[-1])
        time.sleep(0.5)
    raise AssertionError([(message.state, message.reason) for message in messages])


def wait_for(condition, messages, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, states_of(messages)
        time.sleep(0.01)


@pytest.mark.parametrize("fault", ["block", "hang"])
def test_a_worker_killed_in_mid_send_loses_nothing_and_sends_nothing_twice(carrier, worker, messages, fault):
    """block: the carrier had taken it; hang: it had not."""
    carrier.faults.extend([fault] * 2)
    carrier.hang_seconds = 30
    process = worker()
    wait_for(lambda: len([call for call in carrier.seen if call[0] == "POST"]) >= len(messages), messages)
    if fault == "block":
        wait_for(lambda: len(carrier.ledger) >= len(messages), messages)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert sorted(set(states_of(messages))) != [MessageState.ACCEPTED]
    run_until_done(worker, messages)

    text = Practice.objects.get().crisis_text
    assert sorted(carrier.texts) == sorted((message.address, text) for message in messages)
    assert StaffTask.objects.count() == 0
    ended = {attempt.state for message in messages for attempt in message.attempts.all()}
    found = AttemptState.ADOPTED if fault == "block" else AttemptState.ABSENT
    assert found in ended


def test_two_workers_at_once_share_the_work(carrier, worker, messages):
    processes = [worker(), worker()]
    outputs = [process.communicate(timeout=60)[0] for process in processes]

    claimed = [json.loads(output.splitlines()[-1])["claimed"] for output in outputs]
    assert (sum(claimed), len(carrier.ledger)) == (len(messages), len(messages))


def test_the_command_says_so_when_something_failed(environment, messages):
    environment["DATABASE_URL"] += "_gone"
    command = [sys.executable, str(MANAGE), "dispatch", "--once"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert process.returncode != 0


def test_the_command_explains_itself(environment):
    command = [sys.executable, str(MANAGE), "dispatch", "--help"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert "--once" in process.stdout
    assert "without a broker" in process.stdout


def states_of(messages):
    for message in messages:
        message.refresh_from_db()
    return [message.state for message in messages]


def _inbound(number):
    """Understood long ago: only its answer is still to be sent."""
    row = InboundMessageFactory(from_address=number, event__processed_at=clock.now())
    return row.pk
