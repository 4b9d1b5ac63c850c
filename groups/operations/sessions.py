"""Sessions come into being: a series of appointments that belongs to a group, with everybody who has a place."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace

from core.actors import Actor
from core.refusals import Refusal
from groups.models import Group, Meeting
from groups.operations.acting import locked_group
from groups.permissions import may_with
from groups.queries.sessions import members_coming
from groups.states import GroupState
from practice.operations import record_many
from practice.operations.acting import Acting, begin, operation
from practice.operations.images import image
from practice.permissions import require
from scheduling.models import Appointment, Series
from scheduling.operations.series import (
    Chosen,
    SeriesActed,
    begin_series,
    done,
    done_before,
    grow_series,
)
from scheduling.rules.recurrence import Rhythm
from scheduling.states import Notice


@operation("group.plan", "group")
def plan_sessions(
    group_id: int,
    rhythm: Rhythm,
    rows: Sequence[Chosen],
    *,
    count: int,
    by: Actor,
    extends: int | None = None,
    change_id: uuid.UUID | None = None,
    notice: str = Notice.STANDARD,
) -> SeriesActed:
    """Every row becomes a session with whoever has a place at this moment, or none does.

    extends: the series to make longer by `count` dates of its rule; else a new one is begun.
    Raises SeriesBlocked naming the rows, NotAllowed, SlotTaken, Refusal for a group that is archived.
    """
    content = {"group": group_id, "rule": rhythm.pattern.rule, "first": rhythm.first, "count": count}
    content |= {"extends": extends, "notice": notice, "rows": [_asked(row) for row in rows]}
    acting = begin("group.plan", change_id, by, content)
    if acting.repeat:
        return done_before(acting)
    group = locked_group(group_id)
    require(may_with(by, "group.roster", group))
    if group.state == GroupState.ARCHIVED:
        raise Refusal("This group is archived.", remedy="Open it again first.")
    people = tuple(members_coming(group))
    rows = [replace(row, wish=replace(row.wish, client_ids=people)) for row in rows]
    series, visits = _write(acting, group, rhythm, rows, count=count, extends=extends, notice=notice)
    _link(acting, group, visits)
    if group.series_id != series.pk:
        before = image(group)
        group.series = series
        group.edition += 1
        acting.saved("group.planned", group, before)
    return done(acting, series, visits)


def _asked(row: Chosen) -> dict:
    """Who comes is decided under the lock, so it is no part of what was asked."""
    return asdict(replace(row, wish=replace(row.wish, client_ids=())))


def _write(
    acting: Acting,
    group: Group,
    rhythm: Rhythm,
    rows: Sequence[Chosen],
    *,
    count: int,
    extends: int | None,
    notice: str,
) -> tuple[Series, list[Appointment]]:
    if extends is None:
        return begin_series(acting, rhythm, rows, notice=notice)
    if extends != group.series_id:
        raise Refusal("The group has other sessions since you looked.", remedy="Look at it again.")
    return grow_series(acting, extends, rows, count=count, notice=notice)


def _link(acting: Acting, group: Group, visits: Sequence[Appointment]) -> None:
    meetings = [Meeting(group=group, appointment=visit) for visit in visits]
    Meeting.objects.bulk_create(meetings)
    lines = ((meeting, None, image(meeting).columns) for meeting in meetings)
    record_many("meeting.made", lines, by=acting.by, at=acting.now, change=acting.change)
