"""Who must not meet: written down by those who see the client, and taken away again by clinical staff only."""

import uuid

from core.actors import Actor
from core.refusals import Refusal
from practice.models import Client, KeepApart
from practice.operations.acting import begin, operation
from practice.permissions import may, require


@operation("apart.keep", "client")
def keep_apart(
    client_id: int,
    *,
    other_client_id: int | None = None,
    provider_id: int | None = None,
    reason: str = "",
    by: Actor,
    change_id: uuid.UUID | None = None,
) -> KeepApart:
    """From another client or from a provider; the same pair twice is one. Visits already booked are left alone.

    reason: kept encrypted, read by clinical staff only; whoever may not read it cannot write it either.
    Raises NotAllowed, Refusal without exactly one other.
    """
    content = {"client": client_id, "other": other_client_id, "provider": provider_id, "reason": reason}
    acting = begin("apart.keep", change_id, by, content)
    if acting.repeat:
        return KeepApart.objects.get(pk=acting.change.result["pair"])
    require(may(by, "apart.add") and (not reason or may(by, "apart.reason")))
    if (other_client_id is None) == (provider_id is None):
        raise Refusal("Say from whom: one client, or one provider.", field="other", remedy="Choose one.")
    if other_client_id == client_id:
        raise Refusal("That is the client themselves.", field="other", remedy="Choose somebody else.")
    first, second = client_id, other_client_id
    if second is not None and second < first:
        first, second = second, first
    clients = [pk for pk in (first, second) if pk is not None]
    list(Client.objects.select_for_update(no_key=True).filter(pk__in=clients).order_by("pk"))
    pair = _standing(first, second, provider_id)
    if pair is None:
        pair = KeepApart.objects.create(
            client_id=first, other_client_id=second, provider_id=provider_id, reason=reason
        )
        acting.created("apart.kept", pair)
    acting.close({"pair": pair.pk})
    return pair


def _standing(client_id: int, other_id: int | None, provider_id: int | None) -> KeepApart | None:
    pairs = KeepApart.objects.filter(client=client_id)
    if other_id is not None:
        return pairs.filter(other_client=other_id).first()
    return pairs.filter(provider=provider_id).first() if provider_id is not None else None


@operation("apart.end", "keepapart")
def end_apart(pair_id: int, *, by: Actor, change_id: uuid.UUID | None = None) -> None:
    """They may meet again. Raises NotAllowed, Refusal when it is gone already."""
    acting = begin("apart.end", change_id, by, {"pair": pair_id})
    if acting.repeat:
        return
    require(may(by, "apart.end"))
    pair = KeepApart.objects.select_for_update().filter(pk=pair_id).first()
    if pair is None:
        raise Refusal("These two are no longer kept apart.", remedy="Look at the card again.")
    acting.removed("apart.ended", pair)
    acting.close({})
