"""Groups keep their places for `scheduling.seats`: whoever offers one does so under the group's lock."""

from __future__ import annotations

import datetime as dt
import uuid

from core.refusals import Refusal
from groups.models import Group
from groups.operations.acting import locked_group
from groups.operations.placing import come_to_sessions, end_spell, give_seat
from groups.queries.apart import pairs_against, refuse_apart
from groups.queries.seats import standing
from groups.queries.sessions import ahead_of
from groups.states import ExitReason
from practice.models import Client
from practice.operations.acting import Acting
from scheduling.operations import could_join
from scheduling.operations.locking import lock_rows
from scheduling.seats import Keeper, Standing


def lock(seats: uuid.UUID) -> bool:
    return Group.objects.select_for_update(no_key=True).filter(public_id=seats).first() is not None


def stand(seats: uuid.UUID, since: dt.datetime) -> Standing:
    group = Group.objects.filter(public_id=seats).first()
    return standing(group, since) if group else Standing()


def suits(seats: uuid.UUID, client_id: int, since: dt.datetime) -> bool:
    group = Group.objects.get(public_id=seats)
    if pairs_against(group, client_id):
        return False
    return could_join(ahead_of(group, since), client_id, now=since)


def give(acting: Acting, seats: uuid.UUID, client_id: int, since: dt.datetime, notice: str) -> None:
    """Raises GroupFull, CannotJoin, SeriesBlocked, Refusal."""
    group = _locked(seats)
    member = group.memberships.in_line().select_for_update(no_key=True).filter(client=client_id).first()
    if member is None:
        raise Refusal("They do not wait for a place any more.", remedy="Look at the group again.")
    member.group = group
    lock_rows(Client, [client_id])
    refuse_apart(group, client_id, by=acting.by)
    give_seat(acting, member)
    come_to_sessions(acting, member, notice=notice, override_reason="", since=since)


def leave(acting: Acting, seats: uuid.UUID, client_id: int) -> None:
    member = (
        _locked(seats).memberships.in_line().select_for_update(no_key=True).filter(client=client_id).first()
    )
    if member is not None:
        end_spell(acting, member, reason=ExitReason.CLIENT_REQUEST)


def _locked(seats: uuid.UUID) -> Group:
    return locked_group(Group.objects.values_list("pk", flat=True).get(public_id=seats))


KEEPER = Keeper(lock=lock, stand=stand, suits=suits, give=give, leave=leave)
