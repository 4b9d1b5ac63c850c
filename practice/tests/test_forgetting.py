import datetime as dt

import pytest

from core import clock
from practice.models import Change
from practice.operations.forgetting import forget_texts

pytestmark = pytest.mark.django_db


def change(undo_until: dt.datetime) -> Change:
    return Change.objects.create(
        actor_kind="user",
        act="x",
        digest="",
        via="web",
        at=undo_until,
        undo_until=undo_until,
        texts={"a:1": {"note": "x"}},
    )


def test_texts_are_forgotten_once_the_window_has_closed():
    now = clock.now()
    old, open_still = change(now - dt.timedelta(seconds=1)), change(now + dt.timedelta(minutes=1))

    assert forget_texts() == 1

    old.refresh_from_db()
    open_still.refresh_from_db()
    assert (old.texts, open_still.texts) == (None, {"a:1": {"note": "x"}})
