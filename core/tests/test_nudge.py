import pytest
from celery import current_app
from celery.signals import after_task_publish
from django.db import transaction
from kombu.exceptions import OperationalError
from structlog.testing import capture_logs

from core import nudge

TASK = "core.tests.nobody"


@pytest.fixture
def posted():
    """What the broker was handed for TASK: (arguments, whether it expires)."""
    found = []

    def note(sender, headers, body, **_):
        found.append((tuple(body[0]), headers["expires"] is not None))

    after_task_publish.connect(note, sender=TASK)
    yield found
    after_task_publish.disconnect(note, sender=TASK)


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_woken_after_commit_and_not_before(posted):
    with transaction.atomic():
        nudge.after_commit(TASK, 7, 8)
        before = list(posted)

    assert before == []
    assert posted == [((7, 8), True)]


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_wakes_nobody(posted):
    with transaction.atomic():
        nudge.after_commit(TASK)
        transaction.set_rollback(True)

    assert posted == []


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("gone"), ConnectionRefusedError()])
def test_a_broker_that_is_down_is_only_a_line_in_the_log(
    monkeypatch, django_capture_on_commit_callbacks, error
):
    def down(*args, **kwargs):
        raise error

    monkeypatch.setattr(current_app, "send_task", down)

    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        nudge.after_commit(TASK, 7)

    assert lines == [{"event": "nudge_lost", "task": TASK, "log_level": "warning"}]
