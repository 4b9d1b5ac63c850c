"""Many requests under way at once, while the next messages are decided on and the answers are written down.

Only the thread that owns a Post touches the database; the pool's threads make one request each and hand back its
outcome. The pool lives as long as the process, so that its threads keep their connections to the carrier.
"""

import contextvars
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import connection

from messaging.carriers import Outcome
from messaging.operations.failures import report
from messaging.operations.sending import Prepared, post, prepare
from messaging.operations.settling import Done, settle_all
from messaging.rules.errors import Verdict

SETTLED_AT_ONCE = 100


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="post")


class Post:
    """`failed`: how many raised. Their rows are still leased; the reaper takes them from there."""

    def __init__(self, owner: str) -> None:
        self.owner, self.failed, self.under_way = owner, 0, 0
        self._answers: SimpleQueue[Done] = SimpleQueue()
        # Another connection would not see rows of an open transaction (a test's): then all is done right here.
        self._is_alone = settings.MESSAGE_SENDERS < 2 or connection.in_atomic_block

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._settle(until_left=0)

    def send(self, ids: Collection[int]) -> None:
        """Decide, write the intents, and let the requests go; returns while some are still under way."""
        prepared, poisoned = prepare(ids, owner=self.owner)
        self.failed += poisoned
        for one in prepared:
            self._go(one)
        # No more than the pool can begin soon: their leases run.
        self._settle(until_left=2 * settings.MESSAGE_SENDERS)

    def _go(self, prepared: Prepared) -> None:
        self.under_way += 1
        if self._is_alone:
            self._answers.put(_done(prepared, post(prepared)))
        else:
            context = contextvars.copy_context()  # carries a frozen clock into the thread
            _pool(settings.MESSAGE_SENDERS).submit(context.run, self._in_thread, prepared)

    def _in_thread(self, prepared: Prepared) -> None:
        """Whatever happens, somebody waits for this answer."""
        outcome = Outcome(verdict=Verdict.UNKNOWN)
        try:
            outcome = post(prepared)
            if connection.connection is not None:
                connection.close()  # the rehearsal's mailbox is a table
        except BaseException as error:
            report("post_failed", error, attempt=prepared.letter.attempt_id)
        finally:
            self._answers.put(_done(prepared, outcome))

    def _settle(self, *, until_left: int) -> None:
        """Wait until no more than `until_left` are under way, and write down all that came back, together."""
        while answers := self._come_back(until_left):
            self.under_way -= len(answers)
            self.failed += settle_all(answers)

    def _come_back(self, until_left: int) -> list[Done]:
        answers: list[Done] = []
        while len(answers) < SETTLED_AT_ONCE:
            try:
                answers.append(self._answers.get(block=self.under_way - len(answers) > until_left))
            except Empty:
                break
        return answers


def _done(prepared: Prepared, outcome: Outcome) -> Done:
    return Done(prepared.message_id, prepared.letter.attempt_id, outcome)
