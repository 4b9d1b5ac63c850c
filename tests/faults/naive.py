"""The sender everybody writes first: send, then mark; on an error try again. The harness must find it out."""

import time

from django.db import DatabaseError, connection, transaction

from core import clock
from messaging.carriers import Letter, TwilioCarrier
from messaging.models import Attempt, Message
from messaging.operations.dispatch import Tally, _promote_all
from messaging.rules.errors import Verdict
from messaging.states import MessageState


def naive() -> None:
    while True:
        try:
            _promote_all(clock.now(), Tally())
            while _send_one():
                pass
        except DatabaseError:
            connection.close()
        time.sleep(0.2)


@transaction.atomic
def _send_one() -> bool:
    """Rows are locked while they are sent, so that at least two senders do not take the same one."""
    now = clock.now()
    rows = Message.objects.select_for_update(skip_locked=True).filter(state=MessageState.DUE, channel="sms")
    message = rows.order_by("?").first()
    if message is None:
        return False
    attempt = Attempt(message=message, provider="naive", sender="+12025550100", started_at=now)
    letter = Letter(
        attempt_id=0,
        token=attempt.token,
        channel="sms",
        sender="+12025550100",
        destination=message.address,
        text=f"Hello {message.pk}",
        started_at=now,
        valid_seconds=600,
    )
    if TwilioCarrier().send(letter, timeout=2).verdict == Verdict.ACCEPTED:
        Message.objects.filter(pk=message.pk).update(state=MessageState.ACCEPTED, accepted_at=now)
    return True
