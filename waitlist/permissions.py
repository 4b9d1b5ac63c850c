"""Who may do what with the list: the verb from the practice's matrix, the reach from whom the actor sees."""

import datetime as dt

from core.actors import Actor, ActorKind
from practice.models import ClientContact
from practice.permissions import may
from practice.queries import contacts_closed
from waitlist.models import Offer, WaitlistEntry


def may_change(by: Actor, entry: WaitlistEntry) -> bool:
    return may(by, "waitlist.change") and WaitlistEntry.objects.visible_to(by).filter(pk=entry.pk).exists()


def may_answer(by: Actor, offer: Offer, now: dt.datetime) -> bool:
    """Who was asked; a contact as far as their rights go today; or somebody of the practice who took it down."""
    if by.kind == ActorKind.CLIENT:
        return by.id == offer.client_id
    if by.kind == ActorKind.CONTACT:
        theirs = ClientContact.objects.filter(pk=by.id or 0, client=offer.client_id).exists()
        return theirs and not contacts_closed([by.id or 0], now, right="may_confirm")
    return may(by, "waitlist.offer") and Offer.objects.visible_to(by).filter(pk=offer.pk).exists()
