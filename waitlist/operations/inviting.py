"""Staff send somebody the link by which they put themselves on the list."""

import datetime as dt
import uuid

from core.actors import Actor
from core.refusals import NotAllowed, Refusal
from messaging.operations.outbox import NewMessage, enqueue
from messaging.states import MessageClass
from practice.models import Change, Client
from practice.operations import record
from practice.operations.acting import begin, operation
from practice.permissions import may, require
from practice.queries import the_practice
from waitlist.queries.reach import ways
from waitlist.states import INVITE

USEFUL_FOR = dt.timedelta(days=2)


@operation("entry.invite", "client")
def invite(client_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> Change:
    """By text or email, in the hours for messages. Raises NotAllowed, Refusal where nothing may be used."""
    acting = begin("entry.invite", change_id, by, {"client": client_id})
    if acting.repeat:
        return acting.change
    client = Client.objects.visible_to(by).filter(pk=client_id).first()
    require(may(by, "waitlist.change"))
    if client is None:
        raise NotAllowed("This client is not in your list.")
    way = ways({client.pk: client}, acting.now, the_practice()).get(client.pk)
    if way is None or way.channel not in ("sms", "email"):
        raise Refusal(
            "There is no address we may write to.", remedy="Record consent first, or add them by hand."
        )
    line = record(
        "entry.invited", client, by=by, at=acting.now, change=acting.change, after={"channel": way.channel}
    )
    begins = max(acting.now, acting.change.undo_until)
    enqueue(
        [
            NewMessage(
                purpose=INVITE,
                subject=line.pk,
                client_id=client.pk,
                contact_id=way.contact_id,
                channel=way.channel,
                address=way.address,
                klass=MessageClass.OFFER,
                drop_rank=3,
                change_id=acting.change.pk,
                not_before=begins,
                due_at=max(begins, way.opens_at),
                useful_until=max(begins, way.opens_at) + USEFUL_FOR,
            )
        ],
        now=acting.now,
    )
    acting.close({"client": client.pk})
    return acting.change
