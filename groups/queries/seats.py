"""Places nobody has, and who stands in line for one, as `scheduling.seats` asks it."""

from __future__ import annotations

import datetime as dt

from groups.models import Group
from groups.queries.sessions import ahead_of, has_begun
from groups.states import GroupState
from practice.states import ClientStatus
from scheduling.seats import Standing


def standing(group: Group, since: dt.datetime) -> Standing:
    ahead = ahead_of(group, since)
    line = group.memberships.in_line().exclude(client__status=ClientStatus.DISCHARGED)
    return Standing(
        visit=ahead[0] if ahead else None,
        free=_free(group, since),
        line=tuple(line.values_list("client_id", flat=True)),
    )


def _free(group: Group, since: dt.datetime) -> int:
    """A member on hold keeps theirs. Whether a guest has the seat of one session is asked when somebody is to come."""
    if group.state != GroupState.ACTIVE or (not group.is_open and has_begun(group, since)):
        return 0
    return max(group.capacity - group.memberships.seated().count(), 0)
