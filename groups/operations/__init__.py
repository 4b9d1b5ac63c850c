from groups.operations.acting import Grouped
from groups.operations.deciding import keep_session, lead_alone, report_absent
from groups.operations.groups import CapacityBelow, GroupFacts, save_group, set_group_state
from groups.operations.guests import make_up, walk_in
from groups.operations.marking import mark_member
from groups.operations.members import (
    CannotJoin,
    enrol,
    exit_member,
    hold_member,
    refer,
    resume,
    screen,
    wait_in_line,
)
from groups.operations.placing import GroupFull
from groups.operations.sessions import plan_sessions

__all__ = [
    "CannotJoin",
    "CapacityBelow",
    "GroupFacts",
    "GroupFull",
    "Grouped",
    "enrol",
    "exit_member",
    "hold_member",
    "keep_session",
    "lead_alone",
    "make_up",
    "mark_member",
    "plan_sessions",
    "refer",
    "report_absent",
    "resume",
    "save_group",
    "screen",
    "set_group_state",
    "wait_in_line",
    "walk_in",
]
