"""Who must not meet in a group: a client and its members, or those who lead it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from core.actors import Actor
from core.refusals import Refusal
from groups.models import Group
from groups.states import SEATED
from practice.models import Client, KeepApart
from practice.permissions import may


class CannotJoin(Refusal):
    """Says why only to those who may read such reasons; to everybody else it is one and the same no."""

    code = "cannot_join"


def pairs_against(group: Group, client_id: int) -> list[KeepApart]:
    """Between this client and a member with a place, or somebody who leads the group."""
    members = list(group.memberships.filter(state__in=SEATED).values_list("client_id", flat=True))
    others = Q(client=client_id, other_client__in=members) | Q(client__in=members, other_client=client_id)
    pairs = KeepApart.objects.filter(others | Q(client=client_id, provider__in=group.leaders))
    return list(pairs.select_related("client", "other_client", "provider").order_by("pk"))


def refuse_apart(group: Group, client_id: int, *, by: Actor) -> None:
    """Raises CannotJoin."""
    pairs = pairs_against(group, client_id)
    if not pairs:
        return
    if not may(by, "apart.reason"):
        raise CannotJoin(
            "This client cannot be placed in this group.",
            field="client",
            remedy="Ask who leads the group, or choose another group.",
        )
    seen = set(Client.objects.visible_to(by).filter(pk__in=_people(pairs)).values_list("pk", flat=True))
    raise CannotJoin(
        " ".join(_said(pair, client_id, seen) for pair in pairs),
        field="client",
        remedy="Choose another group for one of them.",
    )


def _people(pairs: Iterable[KeepApart]) -> set[int]:
    return {pk for pair in pairs for pk in (pair.client_id, pair.other_client_id) if pk is not None}


def _said(pair: KeepApart, client_id: int, seen: set[int]) -> str:
    why = f": {pair.reason}" if pair.reason else "."
    if pair.provider:
        return f"This client and {pair.provider.name} are kept apart{why}"
    other = pair.other_client if pair.client_id == client_id else pair.client
    whom = other.name if other and other.pk in seen else "somebody in the group"
    return f"This client and {whom} are kept apart{why}"
